#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""The kernel backend, whose every call is seen and none reaches the kernel.

timeballd steers "directly" as root of a user namespace, where the kernel refuses every change of the clock, and strace answers
its clock calls in the kernel's place (which also blinds its reads: they say nothing). What is judged is the sequence of
calls: whether a kernel that obeyed would have had the right time.
"""

import pathlib
import re
import sys
from dataclasses import dataclass

from harness import case, kernel_clock, network
from harness.deadline import wait_until
from harness.responder import Responder
from harness.servers import CLOCK_CALLS

USER_NAMESPACE = pathlib.Path(case.__file__).with_name("user_namespace.py")
OFFSET_S = 0.050
UPDATE_S = 20
NOMINAL_TICK = 10000
CALL = re.compile(r"(adjtimex|clock_adjtime|clock_settime|settimeofday)\((?:CLOCK_REALTIME, )?\{(.*)\}\)? = 0")
QUALITY = {"ADJ_STATUS", "ADJ_MAXERROR", "ADJ_ESTERROR", "ADJ_MICRO"}
RATE = {"ADJ_FREQUENCY", "ADJ_TICK"}
STEP = {"ADJ_SETOFFSET", "ADJ_NANO"}


@dataclass
class Call:
    modes: set
    fields: dict

    def number(self, name):
        return int(self.fields[name])

    def status(self):
        return set(self.fields["status"].split("|"))

    def gain_ppm(self):
        """By how much the kernel would let the clock gain."""
        return (self.number("tick") - NOMINAL_TICK) * 100 + self.number("freq") / 65536


class KernelClock(case.DaemonCase):
    def setUp(self):
        super().setUp()
        self.clock_before = kernel_clock.read()
        self.address = network.ipv4(11)
        self.network.servers.add_address(self.address)
        self.responder = self.keep(Responder(self.network.servers, [self.address], offset_s=OFFSET_S))
        self.trace = self.directory / "calls"
        self.trace.touch()

    def tearDown(self):
        self.assertEqual(kernel_clock.changes(self.clock_before, kernel_clock.read()), [])
        super().tearDown()

    def steer(self, *directives, inject=True):
        guard = [sys.executable, USER_NAMESPACE, "strace", "-D", "-f", "-qq", "-v", "-o", self.trace, "-e", f"trace={CLOCK_CALLS}"]
        if inject:
            guard += ["-e", f"inject={CLOCK_CALLS}:retval=0"]
        return self.start("timeballd", self.network.client.command(
            *guard, self.timeballd, "-d", "--bus=none", f"server {self.address} iburst", *directives))

    def calls(self):
        """The writes so far, in their order."""
        found = []
        for line in self.trace.read_text(encoding="ascii").splitlines():
            match = CALL.search(line)
            if not match:
                continue
            self.assertIn("adjtime", match.group(1), "the clock is only ever set by adjtimex")
            fields = dict(re.findall(r"(\w+)=([^,{}]+)", match.group(2)))
            modes = set(fields["modes"].split("|")) - {"0"}
            if modes:
                found.append(Call(modes, fields))
        return found

    def wait_for(self, what, wanted):
        return wait_until(lambda: [call for call in self.calls() if wanted(call)], UPDATE_S, what)

    def end(self, daemon):
        daemon.child.terminate()  # handed on by user_namespace.py
        self.assertEqual(daemon.wait(UPDATE_S), 0)

    def test_takes_over(self):
        """Other adjustments end, the kernel's loop goes off, the clock counts as unsynchronized until we know better."""
        daemon = self.steer()
        self.wait_for("the first rate", lambda call: call.modes == RATE)
        first = self.calls()[:4]
        self.assertEqual(first[0].modes, {"ADJ_OFFSET_SINGLESHOT"})
        self.assertEqual(first[0].number("offset"), 0)
        self.assertEqual(first[1].modes, {"ADJ_OFFSET", "ADJ_STATUS"})
        self.assertEqual(first[1].number("offset"), 0)
        self.assertEqual(first[2].modes, {"ADJ_STATUS", "ADJ_MICRO"})
        self.assertEqual(first[2].status(), {"STA_UNSYNC"})
        self.assertEqual(first[3].modes, RATE)
        self.assertEqual(first[3].gain_ppm(), 0)
        quality = self.wait_for("what the kernel is told at start", lambda call: call.modes == QUALITY)[0]
        self.assertEqual((quality.number("maxerror"), quality.status()), (16000000, {"STA_UNSYNC"}))
        self.end(daemon)

    def test_slews(self):
        """We are 50 ms late: the clock is made faster, with no step, and the kernel is told how wrong it still is."""
        daemon = self.steer("rtcsync")
        faster = self.wait_for("a faster rate", lambda call: call.modes == RATE and call.gain_ppm() > 0)[0]
        self.assertLessEqual(faster.gain_ppm(), 100000)
        told = self.wait_for("a known error", lambda call: call.modes == QUALITY and call.number("maxerror") < 16000000)[0]
        self.assertGreaterEqual(told.number("maxerror"), OFFSET_S * 1e6 * 0.5)
        self.assertNotIn("STA_UNSYNC", told.status())
        self.assertFalse([call for call in self.calls() if "ADJ_SETOFFSET" in call.modes])
        rates = len([call for call in self.calls() if call.modes == RATE])
        self.end(daemon)
        last = [call for call in self.calls() if call.modes == RATE]
        self.assertGreater(len(last), rates)
        self.assertLess(abs(last[-1].gain_ppm()), 500, "the end leaves the base frequency, not a slew")

    def test_steps(self):
        """With makestep: one step by what is lacking, and everything that the kernel forgets then is told again."""
        daemon = self.steer("makestep 0.01 1", "rtcsync")
        self.wait_for("a step", lambda call: call.modes == STEP)
        step_at = next(i for i, call in enumerate(self.calls()) if call.modes == STEP)
        wait_until(lambda: len(self.calls()) > step_at + 1, UPDATE_S, "something after the step")
        step, after = self.calls()[step_at:step_at + 2]
        forward_s = step.number("tv_sec") + step.number("tv_usec") * 1e-9
        self.assertAlmostEqual(forward_s, OFFSET_S, delta=0.005)
        self.assertEqual(after.modes, QUALITY)
        self.end(daemon)

    def test_without_rtcsync(self):
        """Then the kernel is never told that it is synchronized."""
        daemon = self.steer()
        self.wait_for("a known error", lambda call: call.modes == QUALITY and call.number("maxerror") < 16000000)
        self.end(daemon)
        for call in self.calls():
            if "ADJ_STATUS" in call.modes:
                self.assertIn("STA_UNSYNC", call.status())

    def test_refused(self):
        """The kernel itself answers, and refuses: the daemon says what is missing, and ends."""
        daemon = self.steer(inject=False)
        self.assertEqual(daemon.wait(UPDATE_S), 1)
        self.assertIn("CAP_SYS_TIME is needed to steer the clock", daemon.log())


if __name__ == "__main__":
    case.main()
