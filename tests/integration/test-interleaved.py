#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Interleaved mode with a real server that knows it, and with one that does not."""

from harness import case, network, servers
from harness.deadline import wait_until
from harness.ntp_packet import Packet
from harness.responder import Responder

SERVER = 11
OPTIONS = "iburst minpoll -2 maxpoll -2 xleave"
SYNCHRONIZED_S = 20
GOOD_REPLIES = 30
GOOD_REPLIES_S = 30
BASIC_REPLIES = 2  # chronyd begins to remember with the first request that asks for it


class Interleaved(case.DaemonCase):
    def setUp(self):
        super().setUp()
        self.address = network.ipv4(SERVER)
        self.network.servers.add_address(self.address)

    def good_replies(self, api):
        """What the bus shows of the source once it has given many samples."""
        api.wait_for_state("synchronized", SYNCHRONIZED_S)
        row = api.by_address(self.address)
        return wait_until(lambda: (ntp := api.ntp(row))["TotalGood"] >= GOOD_REPLIES and ntp, GOOD_REPLIES_S,
                          f"{GOOD_REPLIES} good replies")

    def test_chronyd(self):
        servers.chronyd(self, self.address)
        _, api = self.follow([f"server {self.address} {OPTIONS}"])
        ntp = self.good_replies(api)
        self.assertTrue(ntp["Interleaved"])
        self.assertEqual(ntp["Mode"], "server")
        self.assertEqual((ntp["TxTimestamping"], ntp["RxTimestamping"]), ("kernel", "kernel"))
        self.assertEqual(ntp["KernelTxTimestamps"], ntp["TotalTx"])
        # The mode begins once, and anew after each request without a timely reply (a stalled machine has some).
        unanswered = ntp["TotalTx"] - ntp["TotalGood"] - ntp["RejectedPackets"]["first-interleaved"]
        self.assertIn(ntp["RejectedPackets"]["first-interleaved"], range(1, unanswered + 2))
        self.assertLessEqual(ntp["RejectedPackets"].get("bogus-origin", 0), unanswered)
        # It serves the clock that we started with and, having no reason to, did not leave by much.
        row, clock = api.by_address(self.address), api.clock()
        self.assertLess(abs(row.measured), row.error + clock["MaxErrorSeconds"])
        ahead, uncertainty = api.ahead_of_host_s()
        self.assertLess(abs(ahead), clock["MaxErrorSeconds"] + uncertainty)
        print(f"\n  offset {row.measured * 1e6:.1f} us, delay {row.delay * 1e6:.1f} us, bound "
              f"{clock['MaxErrorSeconds'] * 1e6:.1f} us, server's response time {ntp['ResponseTimeSeconds'] * 1e6:.1f} us")
        # And the server's own view: all replies but the first ones in that mode.
        report = servers.chronyc(self, self.address, "serverstats")
        self.assertGreaterEqual(int(report["Interleaved NTP packets"]), GOOD_REPLIES - BASIC_REPLIES * (1 + unanswered))
        self.assertGreater(int(report["NTP timestamps held"]), 0)

    def test_server_without_it(self):
        responder = self.keep(Responder(self.network.servers, [self.address]))
        _, api = self.follow([f"server {self.address} {OPTIONS}"])
        ntp = self.good_replies(api)
        self.assertFalse(ntp["Interleaved"])
        self.assertFalse({"first-interleaved", "bogus-origin"} & set(ntp["RejectedPackets"]))
        asked = [Packet.parse(request.data) for request in responder.requests]
        self.assertEqual((asked[0].origin, asked[0].receive), (0, 0))
        secrets = [number for packet in asked[1:] for number in (packet.receive, packet.transmit)]
        self.assertEqual(len(set(secrets)), 2 * len(asked) - 2)
        self.assertNotIn(0, secrets)


if __name__ == "__main__":
    case.main("chrony")
