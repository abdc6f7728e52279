#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""timeballd follows real servers that serve the very clock it runs on: what it then believes can be checked.

Under -x its virtual clock starts as the machine's and may leave it. A referee - one more honest server, never
selected - measures how far it did: that is the true offset, to half the referee's delay.
"""

import statistics

from harness import case, network, servers
from harness.deadline import wait_until

SOURCE, REFEREE, UPSTREAM = 11, 12, 13
OPTIONS = "iburst minpoll -2 maxpoll -2"
SAMPLES = 16
MEDIAN_LIMIT_S = 1e-3
SYNCHRONIZED_S = 20
SAMPLES_S = 30


class FollowServers(case.DaemonCase):
    def add_servers(self, *addresses):
        for address in addresses:
            self.network.servers.add_address(address)

    def referee_samples(self, api, referee):
        """The referee's last samples one by one, each with the clock's own view at that time and the sources'."""
        last = 0
        for _ in range(SAMPLES):
            def newer(before=last):
                clock, rows = api.clock(), {row.address: row for row in api.sources()}
                return rows[referee].last_sample_usec > before and (clock, rows)

            clock, rows = wait_until(newer, SAMPLES_S / 2, "the referee measures")
            last = rows[referee].last_sample_usec
            yield clock, rows

    def check_estimates(self, api, source, referee):
        """Every estimate lies within its own published bound of the truth; the median of the truth is printed. Offsets are those of
        the clock as it is now: it may have been corrected between the two samples."""
        api.wait_for_state("synchronized", SYNCHRONIZED_S)
        true_offsets = []
        for clock, rows in self.referee_samples(api, referee):
            truth, uncertainty = rows[referee].offset, rows[referee].delay / 2
            self.assertLessEqual(abs(truth), clock["MaxErrorSeconds"] + uncertainty)
            self.assertLessEqual(abs(rows[source].offset - truth), rows[source].error + uncertainty)
            self.assertIn(rows[source].state, ("selected", "combined"))
            self.assertEqual(rows[referee].state, "no-select")
            true_offsets.append(abs(truth))
        ahead, uncertainty = api.ahead_of_host_s()
        self.assertLessEqual(abs(ahead), clock["MaxErrorSeconds"] + uncertainty)
        median = statistics.median(true_offsets)
        print(f"\n  {source}: median of {SAMPLES} offsets {median * 1e6:.1f} us, "
              f"largest {max(true_offsets) * 1e6:.1f} us, bound {clock['MaxErrorSeconds'] * 1e6:.1f} us")
        self.assertLess(median, MEDIAN_LIMIT_S)

    def check_chronyd(self, source, referee):
        self.add_servers(source, referee)
        for address in (source, referee):
            servers.chronyd(self, address)
        _, api = self.follow([f"server {source} {OPTIONS}", f"server {referee} {OPTIONS} noselect"])
        self.check_estimates(api, source, referee)
        clock = api.clock()
        ntp = api.ntp(api.by_address(source))
        self.assertEqual((ntp["TxTimestamping"], ntp["RxTimestamping"]), ("kernel", "kernel"))
        self.assertEqual(ntp["KernelTxTimestamps"], ntp["TotalTx"])
        self.assertEqual(clock["Stratum"], 4)
        self.assertEqual(clock["LeapStatus"], "normal")
        self.assertTrue(api.manager()["Synchronized"])

    def test_chronyd_over_ipv4(self):
        self.check_chronyd(network.ipv4(SOURCE), network.ipv4(REFEREE))

    def test_chronyd_over_ipv6(self):
        self.check_chronyd(network.ipv6(SOURCE), network.ipv6(REFEREE))

    def test_ntpsec(self):
        source, referee, upstream = (network.ipv4(number) for number in (SOURCE, REFEREE, UPSTREAM))
        self.add_servers(source, referee, upstream)
        for address in (referee, upstream):
            servers.chronyd(self, address)
        servers.ntpsec(self, source, upstream)
        _, api = self.follow([f"server {source} {OPTIONS}", f"server {referee} {OPTIONS} noselect"])
        self.check_estimates(api, source, referee)
        self.assertEqual(api.clock()["Stratum"], 5)


if __name__ == "__main__":
    case.main("chrony", "ntpsec")
