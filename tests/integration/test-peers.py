#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Symmetric peers: real chronyd on the other side, which we follow, and which follows us."""

from harness import case, network, servers
from harness.deadline import wait_until

UPSTREAM, PEER = 11, 12
OURS = network.CLIENT
POLLS = "minpoll -2 maxpoll -2"
SYNCHRONIZED_S = 40
GOOD_PACKETS = 30
GOOD_PACKETS_S = 40
REACHED = 0xff
CHRONYD_STRATUM = 3


class Peers(case.DaemonCase):
    def setUp(self):
        super().setUp()
        self.upstream = network.ipv4(UPSTREAM)
        self.options = POLLS

    def start_ours(self, *more):
        return self.follow([f"peer {self.peer_address} {self.options}", *more], rights=("net_bind_service",))[1]

    def add(self, peer, *more, stratum=None):
        """chronyd on that address, which has us for a peer."""
        self.peer_address = peer
        self.network.servers.add_address(peer)
        ours = network.ipv6(OURS) if ":" in peer else network.ipv4(OURS)
        return servers.chronyd(self, peer, stratum, [f"peer {ours} {self.options}", *more])

    def good_packets(self, api):
        """What the bus shows of the peer once it has given many samples."""
        row = wait_until(lambda: api.by_address(self.peer_address), SYNCHRONIZED_S, "the peer is listed")
        return wait_until(lambda: (ntp := api.ntp(row))["TotalGood"] >= GOOD_PACKETS and ntp, GOOD_PACKETS_S,
                          f"{GOOD_PACKETS} good packets")

    def check_following(self, address):
        """chronyd has a clock, we have none but it."""
        self.add(address, stratum=CHRONYD_STRATUM)
        api = self.start_ours()
        api.wait_for_state("synchronized", SYNCHRONIZED_S)
        ntp, row, clock = self.good_packets(api), api.by_address(address), api.clock()
        self.assertEqual(row.kind, "peer")
        self.assertEqual(row.state, "selected")
        self.assertEqual(clock["Stratum"], CHRONYD_STRATUM + 1)
        self.assertEqual(ntp["Mode"], "symmetric-active")
        self.assertEqual((ntp["TxTimestamping"], ntp["RxTimestamping"]), ("kernel", "kernel"))
        self.assertEqual(ntp["KernelTxTimestamps"], ntp["TotalTx"])
        self.assertEqual(bool(ntp["Interleaved"]), "xleave" in self.options)
        ahead, uncertainty = api.ahead_of_host_s()
        self.assertLess(abs(ahead), clock["MaxErrorSeconds"] + uncertainty)
        self.assertLess(abs(row.measured), row.error + clock["MaxErrorSeconds"])
        # It measures us too, and knows better than to follow.
        theirs = servers.chronyc(self, address, "ntpdata")
        self.assertEqual(theirs["Mode"], "Symmetric active")
        self.assertGreater(int(theirs["Total valid RX"]), GOOD_PACKETS / 2)
        print(f"\n  {address}: offset {row.measured * 1e6:.1f} us, delay {row.delay * 1e6:.1f} us, "
              f"bound {clock['MaxErrorSeconds'] * 1e6:.1f} us, {ntp['TotalGood']} of {ntp['TotalTx']} packets answered")

    def test_we_follow_chronyd(self):
        self.check_following(network.ipv4(PEER))

    def test_we_follow_chronyd_over_ipv6(self):
        self.check_following(network.ipv6(PEER))

    def test_interleaved(self):
        self.options = f"{POLLS} xleave"
        self.check_following(network.ipv4(PEER))
        theirs = servers.chronyc(self, self.peer_address, "ntpdata")
        self.assertEqual(theirs["Interleaved"], "Yes")
        self.assertEqual((theirs["TX timestamping"], theirs["RX timestamping"]), ("Kernel", "Kernel"))

    def test_chronyd_follows_us(self):
        """We have a server, chronyd has none but us; and we do not follow who follows us."""
        self.network.servers.add_address(self.upstream)
        servers.chronyd(self, self.upstream, CHRONYD_STRATUM)
        self.add(network.ipv4(PEER))
        api = self.start_ours(f"server {self.upstream} iburst {POLLS}")
        api.wait_for_state("synchronized", SYNCHRONIZED_S)

        def followed():
            tracking = servers.chronyc(self, self.peer_address, "tracking")
            return tracking["Stratum"] == str(CHRONYD_STRATUM + 2) and tracking

        tracking = wait_until(followed, SYNCHRONIZED_S, "chronyd follows us")
        self.assertIn(network.ipv4(OURS), tracking["Reference ID"])
        theirs = servers.chronyc(self, self.peer_address, "ntpdata", network.ipv4(OURS))
        self.assertEqual(theirs["Mode"], "Symmetric active")
        offset, delay = (float(theirs[name].split()[0]) for name in ("Offset", "Peer delay"))
        bound = api.clock()["MaxErrorSeconds"]
        self.assertLess(abs(offset), bound + delay)
        print(f"\n  chronyd's offset to us {offset * 1e6:.1f} us, delay {delay * 1e6:.1f} us")

        row = api.by_address(self.peer_address)
        wait_until(lambda: api.ntp(row)["RejectedPackets"].get("sync-loop", 0) > 3, SYNCHRONIZED_S,
                   "its packets show that it follows us")
        self.assertEqual(api.by_address(self.upstream).state, "selected")

    def test_restarts(self):
        """Either side may go and come back: the exchange begins anew by itself."""
        chronyd = self.add(network.ipv4(PEER), stratum=CHRONYD_STRATUM)
        api = self.start_ours()
        self.good_packets(api)
        chronyd.stop()
        servers.chronyd(self, self.peer_address, CHRONYD_STRATUM, [f"peer {network.ipv4(OURS)} {POLLS}"])
        row = api.by_address(self.peer_address)
        before = api.ntp(row)["TotalGood"]
        wait_until(lambda: api.ntp(row)["TotalGood"] >= before + GOOD_PACKETS, GOOD_PACKETS_S, "chronyd is back")


if __name__ == "__main__":
    case.main("chrony")
