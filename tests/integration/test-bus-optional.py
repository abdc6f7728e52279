#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Timekeeping does not wait for the bus: none wanted, none there yet, one that is stopped, one that is restarted."""

import time

from harness import bus, case, network
from harness.api import Api
from harness.daemon import Timeballd
from harness.deadline import wait_until
from harness.notify import NotifySocket
from harness.responder import Responder

POLL_S = 0.5
OPTIONS = "iburst minpoll -1 maxpoll -1"
POLLS = 16
FROZEN_S = 31  # a call over D-Bus gives up after 25
START_POLLS = 8  # iburst has times of its own
GAP_LIMIT_S = FROZEN_S / 4  # far from what waiting for the bus would take, and from how long a busy machine stalls
READY_S = 10
JOINED_S = 15


class BusOptional(case.DaemonCase):
    def setUp(self):
        super().setUp()
        self.address, self.other_address = network.ipv4(11), network.ipv4(12)
        for address in (self.address, self.other_address):
            self.network.servers.add_address(address)
        self.responder = self.keep(Responder(self.network.servers, [self.address, self.other_address]))
        self.config = [f"server {self.address} {OPTIONS}"]
        self.notify = self.keep(NotifySocket(self.directory))

    def start_daemon(self, **options):
        return Timeballd(self, self.config, environment=self.notify.environment(), **options)

    def polls(self, number, seconds):
        """Waits for so many more requests."""
        goal = self.responder.count() + number
        wait_until(lambda: self.responder.count() >= goal, seconds, f"{goal} requests arrive")

    def check_ready_and_polling(self):
        self.notify.wait_for("READY", READY_S, "1")
        self.polls(POLLS, POLLS * POLL_S * 2)

    def test_no_bus_wanted(self):
        daemon = self.start_daemon(bus="none")
        self.check_ready_and_polling()
        self.assertTrue(daemon.process.running())

    def test_bus_appears_later(self):
        self.start_daemon(bus=bus.address(self.directory))
        self.check_ready_and_polling()
        api = Api(self.start_bus().connect())
        api.wait_for_daemon(JOINED_S)
        api.wait_for_state("synchronized", JOINED_S)

    def test_bus_is_stopped(self):
        """Two daemons at once: the bus of the one stops while it is at work, that of the other is stopped at its start."""
        early, late = self.start_bus("early"), self.start_bus("late")
        Timeballd(self, [f"server {self.other_address} {OPTIONS}"], bus=late.address, name="at-work")
        at_work = Api(late.connect())
        at_work.wait_for_daemon()
        at_work.wait_for_state("synchronized", JOINED_S)
        for stopped in (early, late):
            stopped.process.freeze()
        start_s = time.time()
        self.start_daemon(bus=early.address)
        self.check_ready_and_polling()
        wait_until(lambda: time.time() >= start_s + FROZEN_S, 2 * FROZEN_S, f"the buses were stopped for {FROZEN_S} s")
        polls = {"at its start": self.responder.times_s(self.address)[START_POLLS:],
                 "at work": [at for at in self.responder.times_s(self.other_address) if at >= start_s]}
        for stopped in (early, late):
            stopped.process.thaw()
        for when, times in polls.items():
            gaps = [later - earlier for earlier, later in zip(times, times[1:])]
            print(f"\n  {len(times)} polls in {FROZEN_S} s with the bus stopped {when}, {min(gaps):.3f} to {max(gaps):.3f} s apart")
            self.assertGreater(len(times), FROZEN_S / POLL_S * 0.6, when)
            self.assertLess(max(gaps), GAP_LIMIT_S, when)
        self.assertEqual(at_work.state(), "synchronized")
        at_start = Api(early.connect())
        at_start.wait_for_daemon(JOINED_S)
        at_start.wait_for_state("synchronized", JOINED_S)

    def test_bus_is_restarted(self):
        first = self.start_bus()
        daemon = self.start_daemon(bus=first.address)
        Api(first.connect()).wait_for_daemon()
        first.process.child.kill()
        first.process.wait(READY_S)
        self.polls(4, 4 * POLL_S * 2)
        (self.directory / "bus.socket").unlink()
        second = Api(self.start_bus().connect())
        second.wait_for_daemon(JOINED_S)
        self.assertTrue(daemon.process.running())
        second.wait_for_state("synchronized", JOINED_S)


if __name__ == "__main__":
    case.main()
