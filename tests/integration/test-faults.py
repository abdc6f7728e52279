#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""The surroundings fail and recover: a link, an address, half of the packets, the processor's time."""

import time

from harness import case, network, servers
from harness.deadline import wait_until

OPTIONS = "iburst minpoll -1 maxpoll -1"
SYNCHRONIZED_S = 20
LOST_S = 20
BACK_S = 20
LOSS_PERCENT = 50
STOPPED_S = 10
POLL_S = 0.5


class Faults(case.DaemonCase):
    def setUp(self):
        super().setUp()
        self.address = network.ipv4(11)
        self.network.servers.add_address(self.address)
        servers.chronyd(self, self.address)

    def row(self):
        return self.api.by_address(self.address)

    def follow_source(self):
        self.daemon, self.api = self.follow([f"server {self.address} {OPTIONS}"])
        self.api.wait_for_state("synchronized", SYNCHRONIZED_S)

    def good(self):
        return self.api.ntp(self.row())["TotalGood"]

    def wait_for_good(self, number, seconds):
        goal = self.good() + number
        wait_until(lambda: self.good() >= goal, seconds, f"{number} more good measurements")

    def test_link_goes_down_and_comes_up(self):
        self.follow_source()
        self.network.client.set_link("down")
        self.api.wait_for_state("holdover", LOST_S)
        self.network.client.set_link("up")
        self.api.wait_for_state("synchronized", BACK_S)
        self.wait_for_good(4, BACK_S)

    def test_own_address_changes(self):
        self.follow_source()
        self.network.client.remove_address(network.ipv4(network.CLIENT))
        self.network.client.add_address(network.ipv4(99))
        self.wait_for_good(4, BACK_S)
        self.assertEqual(self.api.ntp(self.row())["LocalAddress"], network.ipv4(99))

    def test_starts_before_the_network(self):
        self.network.client.set_link("down")
        self.daemon, self.api = self.follow([f"server {self.address} {OPTIONS}"])
        wait_until(lambda: self.row().online == "online", SYNCHRONIZED_S, "the source is there")
        self.network.client.set_link("up")
        self.api.wait_for_state("synchronized", BACK_S)

    def test_half_of_the_requests_are_lost(self):
        self.network.servers.lose(self.address, LOSS_PERCENT)
        self.follow_source()
        self.wait_for_good(8, BACK_S)
        self.assertEqual(self.api.state(), "synchronized")

    def test_process_is_stopped_for_a_while(self):
        """It then goes on with its polls; the missed ones are not made up for."""
        self.follow_source()
        before = self.api.ntp(self.row())["TotalTx"]
        self.daemon.process.freeze()
        time.sleep(STOPPED_S)  # what is tested is that nothing happens meanwhile
        self.daemon.process.thaw()
        self.wait_for_good(4, BACK_S)
        self.assertLess(self.api.ntp(self.row())["TotalTx"] - before, STOPPED_S / POLL_S)
        self.assertEqual(self.api.state(), "synchronized")


if __name__ == "__main__":
    case.main("chrony")
