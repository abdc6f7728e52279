#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""A source goes away and comes back: by a network that drops its packets, and by a server that ends."""

from harness import case, network, servers
from harness.deadline import wait_until

OPTIONS = "iburst minpoll -1 maxpoll -1"  # eight lost polls are 4 s
SYNCHRONIZED_S = 20
LOST_S = 20
BACK_S = 20


class SourceLost(case.DaemonCase):
    def setUp(self):
        super().setUp()
        self.address = network.ipv4(11)
        self.network.servers.add_address(self.address)
        self.server = servers.chronyd(self, self.address)

    def row(self):
        return self.api.by_address(self.address)

    def follow_source(self):
        _, self.api = self.follow([f"server {self.address} {OPTIONS}"])
        self.api.wait_for_state("synchronized", SYNCHRONIZED_S)

    def wait_until_lost(self):
        seen = []

        def unreachable():
            seen.append(self.row().reach)
            return seen[-1] == 0

        wait_until(unreachable, LOST_S, "the reach register runs empty")
        self.assertTrue(any(0 < reach < seen[0] or bin(reach).count("1") < 8 for reach in seen[:-1]),
                        f"reach fell at once: {seen}")
        wait_until(lambda: not self.api.source(self.row())["Reachable"], LOST_S, "Source.Reachable is false")
        self.api.wait_for_state("holdover", LOST_S)
        manager = self.api.manager()
        self.assertFalse(manager["Synchronized"])
        self.assertEqual(manager["SelectedSource"], "/")
        self.assertTrue(manager["StateReason"])
        self.assertNotIn(self.row().state, ("selected", "combined"))

    def wait_until_back(self):
        self.api.wait_for_state("synchronized", BACK_S)
        wait_until(lambda: self.row().state == "selected", BACK_S, "the source is selected again")
        self.assertEqual(self.api.manager()["SelectedSource"], self.row().path)

    def test_network_drops(self):
        self.follow_source()
        self.network.servers.block(self.address)
        self.wait_until_lost()
        self.network.servers.pass_all()
        self.wait_until_back()

    def test_server_ends(self):
        """The kernel then refuses: each request is answered by an ICMP error."""
        self.follow_source()
        self.server.stop()
        self.wait_until_lost()
        servers.chronyd(self, self.address)
        self.wait_until_back()


if __name__ == "__main__":
    case.main("chrony")
