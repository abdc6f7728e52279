#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""A server that lies by 100 ms: named and left out when others know better, followed when it is all there is - and even
then by the virtual clock of -x alone, never by the machine's."""

import os

from harness import case, kernel_clock, network, servers
from harness.deadline import wait_until
from harness.responder import Responder

LIE_S = 0.1
HONEST = (11, 12, 13)
LIAR = 14
OPTIONS = "iburst minpoll -2 maxpoll -2"
CLOCK_CALLS = "adjtimex,clock_adjtime,clock_settime,settimeofday"
SETTLED_S = 40
CLOSE_S = 1e-3
ENDED_S = 5


class Liars(case.DaemonCase):
    def setUp(self):
        super().setUp()
        self.liar = network.ipv4(LIAR)
        self.network.servers.add_address(self.liar)
        self.keep(Responder(self.network.servers, [self.liar], offset_s=LIE_S))

    def add_honest(self, numbers):
        addresses = [network.ipv4(number) for number in numbers]
        for address in addresses:
            self.network.servers.add_address(address)
            servers.chronyd(self, address)
        return addresses

    def test_one_of_four_is_a_falseticker(self):
        honest = self.add_honest(HONEST)
        _, api = self.follow([f"server {address} {OPTIONS}" for address in [self.liar, *honest]])
        api.wait_for_state("synchronized", SETTLED_S)
        wait_until(lambda: api.by_address(self.liar).state == "falseticker", SETTLED_S, "the liar is a falseticker")
        row = api.by_address(self.liar)
        source = api.source(row)
        print(f"\n  {row.name}: {source['State']}: {source['StateReason']}")
        self.assertEqual(source["State"], "falseticker")
        self.assertEqual(source["StateChar"], "x")
        self.assertRegex(source["StateReason"], r"\d")  # with its figures
        self.assertAlmostEqual(row.measured, -LIE_S, delta=CLOSE_S)  # we are behind what it says
        for address in honest:
            self.assertIn(api.by_address(address).state, ("selected", "combined", "not-combined", "selectable"))
            self.assertLess(abs(api.by_address(address).measured), CLOSE_S)
        self.assertLess(api.clock()["MaxErrorSeconds"], LIE_S)

    def test_only_the_liar_moves_only_the_virtual_clock(self):
        [referee] = self.add_honest(HONEST[:1])
        calls = self.directory / "clock-calls"
        kernel = kernel_clock.read()

        trace = ["strace", "-D", "-f", "-o", calls, "-e", f"trace={CLOCK_CALLS}"]  # -D: signals reach the daemon
        # A sanitizer's search for leaks does not work under a tracer.
        options = {"ASAN_OPTIONS": os.environ.get("ASAN_OPTIONS", "") + ":detect_leaks=0"}
        daemon, api = self.follow([f"server {self.liar} {OPTIONS}", f"server {referee} {OPTIONS} noselect",
                                   "makestep 1 3"], environment=options, prefix=trace)
        api.wait_for_state("synchronized", SETTLED_S)
        wait_until(lambda: abs(api.by_address(self.liar).measured) < CLOSE_S, SETTLED_S, "the liar looks right to us")
        # The referee sees where the virtual clock is: ahead by the lie.
        wait_until(lambda: abs(api.by_address(referee).measured - LIE_S) < CLOSE_S, SETTLED_S,
                   "we look wrong to the referee")
        wait_until(lambda: abs(api.clock()["SystemOffsetSeconds"]) < CLOSE_S, SETTLED_S, "the correction is done")
        ahead, uncertainty = api.ahead_of_host_s()
        self.assertAlmostEqual(ahead, LIE_S, delta=CLOSE_S + uncertainty)
        self.assertEqual(api.by_address(self.liar).state, "selected")
        self.assertFalse(api.manager()["SteeringEnabled"])
        print(f"\n  virtual clock ahead of the honest server by {api.by_address(referee).measured * 1e3:.3f} ms")
        daemon.process.stop()

        wait_until(lambda: "+++ exited" in calls.read_text(encoding="ascii"), ENDED_S, "the trace is complete")
        self.check_clock_calls(calls.read_text(encoding="ascii"))
        print(f"  of the kernel's clock as before: {', '.join(kernel_clock.compared_fields(kernel))}, and its time")
        self.assertEqual(kernel_clock.changes(kernel, kernel_clock.read()), [])

    def check_clock_calls(self, log):
        """It never even asked: the only calls are reads, whose modes are 0."""
        calls = [line for line in log.splitlines() if "+++" not in line and "---" not in line]
        self.assertTrue(calls, "the trace shows that it reads the clock")
        for call in calls:
            self.assertRegex(call, r"adjt\w*\(.*modes=0,")


if __name__ == "__main__":
    case.main("chrony")
