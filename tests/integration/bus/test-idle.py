#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""A synchronized daemon that nobody listens to: all that it says on the bus is timesync1's news of replies."""

import time

import stage
from harness import case, network, servers
from harness.api import Api
from harness.daemon import Timeballd
from harness.deadline import wait_until

OPTIONS = "iburst minpoll 2 maxpoll 2"
SYNCHRONIZED_S = 30
SETTLED_S, SETTLING_S = 9, 120  # no news for so long, in the end
IDLE_S = 60
TIMESYNC = ("sig", "/org/freedesktop/timesync1", "org.freedesktop.DBus.Properties", "PropertiesChanged")


class Idle(case.DaemonCase):
    def start_daemon(self):
        address = network.ipv4(11)
        self.network.servers.add_address(address)
        servers.chronyd(self, address)
        bus = self.start_bus()
        # With one source alone, that there is only one would be news after a minute.
        Timeballd(self, [f"server {address} {OPTIONS}", f"server {network.ipv4(12)} offline"], bus=bus.address)
        api = Api(bus.connect())
        api.wait_for_daemon()
        api.wait_for_state("synchronized", SYNCHRONIZED_S)
        return bus, api, api.by_address(address)

    def said(self, monitor, daemon):
        """What the daemon said, but for timesync1's; and how often it said that."""
        messages = [m for m in monitor.messages() if m.sender == daemon]
        others = [m for m in messages if (m.kind, m.path, m.interface, m.member) != TIMESYNC]
        return others, len(messages) - len(others)

    def settle(self, bus, daemon):
        """Until nothing has come for a while."""
        monitor, news = bus.monitor("settling"), []

        def quiet():
            others, _ = self.said(monitor, daemon)
            if not news or len(others) != news[-1][1]:
                news.append((time.monotonic(), len(others)))
            return time.monotonic() - news[-1][0] > SETTLED_S

        wait_until(quiet, SETTLING_S, "there is no news any more")
        monitor.stop()

    def test_nothing_is_said(self):
        bus, api, row = self.start_daemon()
        daemon = str(bus.connect().get_name_owner(stage.NAME))
        self.settle(bus, daemon)
        replies = -api.ntp(row)["TotalRx"]
        monitor = bus.monitor()
        time.sleep(IDLE_S)
        others, news = self.said(monitor, daemon)
        monitor.stop()
        replies += api.ntp(row)["TotalRx"]
        print(f"\n  {replies} replies in {IDLE_S} s, {news} times timesync1's PropertiesChanged")
        self.assertEqual(others, [])
        self.assertLessEqual(news, replies + 1)  # of one that came just before
        self.assertGreaterEqual(news, 1)  # the monitor sees what there is


if __name__ == "__main__":
    case.main("chrony")
