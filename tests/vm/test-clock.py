#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""The whole daemon owns a real kernel's clock, in a virtual machine where true time is known: `test-clock.py`

guest/init.c plays the scripts below: it sets the clock wrong, serves true time, starts timeballd with its configuration on a
bus of its own, looks at the clock all the time and says each second how wrong it is, what state the kernel is in, and how
much was left to the two bounds that are told to the world. Everything is counted in the machine's own time, of which hours
pass in a minute.
"""

import os
import pathlib
import platform
import re
import signal
import sys
import tempfile
import unittest
from types import SimpleNamespace

import virtual_machine
from harness import bus, case, isolation

TREE = case.BUILD / "virtual-machine"
GUEST = case.BUILD / "tests" / "vm" / "clock-guest"
TIMEBALLD = case.BUILD / "daemon" / "timeballd"
LONG = os.environ.get("TIMEBALL_COUNTS") == "long"
PATIENCE_S = 18000 if LONG else 1200  # with this machine, which may be busy; the test counts in the other's time
USER_ID = 123
ACCOUNTS = {"passwd": ["root:x:0:0::/:/bin/false", f"timeball:x:{USER_ID}:{USER_ID}::/:/bin/false"],
            "group": ["root:x:0:", f"timeball:x:{USER_ID}:"]}
BUS = {"socket": "/run/dbus/system_bus_socket", "policy": "/etc/timeball-bus.conf"}
LEAP_SECONDS = ["3644697600 36 # 1 Jul 2015", "3692217600 37 # 1 Jan 2017"]
CAP_SYS_TIME = 1 << 25
CONFIG = ["user timeball", "pidfile /run/timeballd.pid"]
SERVER = "server 127.0.0.1 port 11123 iburst minpoll 4 maxpoll 4"
NOON = 1781524800.5  # 15 June 2026, and half a second, so that no look at the clock falls on the turn of a second
OSCILLATOR_PPM = 50
SLEW_PPM = 400
MIDNIGHT = 1782864000  # 1 July 2026, 00:00 UTC
BEFORE_S, AFTER_S = 200, 100  # what is watched of that night
LEAP_MODES = ("system", "step", "slew")
NETWORK = "server delay_s=1e-4 jitter_s=2e-5"

STA_PLL, STA_INS, STA_DEL, STA_UNSYNC, STA_NANO = 0x1, 0x10, 0x20, 0x40, 0x2000
TIME_OK, TIME_INS, TIME_OOP, TIME_WAIT = 0, 1, 3, 4
STA_LOOPS = STA_PLL | 0x2 | 0x4 | 0x8  # what makes the kernel steer by itself
LEFT_TAI_S = 37
SETTLED_NS = 150_000  # half of the way to the server and back
HELD_NS = 80_000  # 40,000 is usual, when the oscillator has jumped
KERNEL_ERROR_MAX_US = 16_000_000
RTC_WRONG_S, RTC_WRITTEN_S = 3600, 720  # the kernel writes it every 659 s, if it is synchronized
WASTED_NS = 30_000_000  # from poll to poll the kernel adds half a millisecond a second, and the slew takes one away


def verbs(phase, config, clock, *then):
    """A phase's part of the script: a new world and a wrong clock, and the daemon with that configuration."""
    return [f"phase {phase}", f"world begin_s={NOON} fast_ppm={OSCILLATOR_PPM}", NETWORK,
            f"clock tai_s={LEFT_TAI_S} {clock}", f"start timeballd /timeballd -d -f /etc/{config}.conf", *then]


def play(configs, script):
    """What the machine's console said."""
    archive = virtual_machine.Archive()
    archive.add_program("init", GUEST)
    archive.add_program("timeballd", TIMEBALLD)
    archive.add_program("dbus-daemon", "/usr/bin/dbus-daemon")
    archive.add_file(BUS["policy"].lstrip("/"), case.POLICY)
    archive.add_text("etc/bus.conf", [bus.CONFIG.format(**BUS)])
    for name, lines in ACCOUNTS.items():
        archive.add_text(f"etc/{name}", lines)
    archive.add_text("etc/leap-seconds.list", LEAP_SECONDS)
    for name, lines in configs.items():
        archive.add_text(f"etc/{name}.conf", [*CONFIG, SERVER, *lines])
    archive.add_text("script", ["start bus /dbus-daemon --config-file=/etc/bus.conf --nofork --nopidfile", *script])
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder) / "initrd"
        archive.write(path)
        return virtual_machine.run(TREE, path, PATIENCE_S)


def number(text):
    return int(text) if re.fullmatch(r"-?\d+", text) else float(text)


class Machine(unittest.TestCase):
    """One boot; the tests judge what it said."""

    configs, script = {}, []

    @classmethod
    def setUpClass(cls):
        cls.lines = play(cls.configs, cls.script)
        if "end" not in cls.lines or [line for line in cls.lines if line.startswith("error: ")]:
            raise AssertionError("the machine did not get to its end:\n" + "\n".join(cls.lines))
        cls.phases, cls.states = {}, {}
        for line in cls.lines:
            if line.startswith("phase "):
                said = cls.phases.setdefault(line.split()[1], [])
                states = cls.states.setdefault(line.split()[1], [])
            elif line.startswith("state "):
                values = dict(word.split("=") for word in line.split()[2:])
                states.append(SimpleNamespace(**{name: number(value) for name, value in values.items()}))
            elif cls.phases:
                said.append(line)

    def run(self, result=None):
        """Shows what was said in the phase of a test that failed; the phase is the second word of its name."""
        before = len(result.failures) + len(result.errors)
        super().run(result)
        if len(result.failures) + len(result.errors) > before:
            phase = self._testMethodName.split("_")[1]
            said = [line for line in self.lines if line.startswith(f"state phase={phase} ") or line in self.phases[phase]]
            print("\n".join([f"--- {phase}", *said]), flush=True)

    def between(self, phase, first, last):
        return [state for state in self.states[phase] if first <= state.second <= last]

    def check_said(self, phase, text):
        self.assertTrue([line for line in self.phases[phase] if text in line], f"'{text}' was not said")

    def hardware_clock(self, phase):
        """How far it is ahead, in whole seconds."""
        [line] = [line for line in self.phases[phase] if line.startswith("rtc ")]
        return int(line.partition("=")[2])

    def check_settled(self, phase, first, last, within_ns=SETTLED_NS):
        worst = max(state.worst_ns for state in self.between(phase, first, last))
        print(f"\n  {phase}, seconds {first} to {last}: at most {worst / 1000:.1f} us off", end="")
        self.assertLess(worst, within_ns)

    def check_bounds(self, phase):
        """From the moment when something was known, each second: both bounds are true."""
        states = [state for state in self.states[phase] if state.answers]
        self.assertTrue(states, "the daemon never said how wrong it may be")
        for bound in ("kernel", "published"):
            least = min(getattr(state, bound + "_margin_ns") for state in states)
            print(f"\n  {phase}: {least / 1000:.1f} us were left to the {bound} bound", end="")
            self.assertGreaterEqual(least, 0, bound)

    def check_kernel(self, state, flags, tai_s=LEFT_TAI_S):
        """What the kernel is to be left in after each phase: no loop of its own, nothing of what others had ordered."""
        self.assertEqual(state.status, flags, state)
        self.assertLess(state.maxerror_us, KERNEL_ERROR_MAX_US, state)
        self.assertGreaterEqual(state.maxerror_us * 1000, abs(state.ahead_ns), state)
        self.assertLess(state.esterror_us * 1000, SETTLED_NS, state)
        self.assertEqual(state.tai, tai_s, state)

    def check_frequency(self, state, ppm=OSCILLATOR_PPM, within_ppm=0.5):
        """The base frequency is in force: the clock loses what the oscillator gains."""
        self.assertAlmostEqual((state.tick - 10000) * 100 + state.freq / 65536, -ppm, delta=within_ppm)


class Moves(Machine):
    """How the clock is set right, and kept from others."""

    configs = {"step": ["makestep 0.1 3", "rtcsync"], "slew": ["maxslewrate 1000"], "watch": ["makestep 0.1 3", "rtcsync"]}
    slew_s, step_at, retune_at, stall_at, stall_s = 300, 60, 120, 80, 100
    script = [
        *verbs("steps", "step", "ahead_s=-1", "run for_s=10", "rights timeballd", "run for_s=110",
               f"signal timeballd {signal.SIGTERM:d}", "run for_s=10"),
        *verbs("slews", "slew", "ahead_s=0.1 tick=9500", f"run for_s={slew_s} look_ms=50", f"set-rtc ahead_s={RTC_WRONG_S}",
               f"run for_s={RTC_WRITTEN_S}", "tell-rtc", f"signal timeballd {signal.SIGTERM:d}", "run for_s=10"),
        *verbs("watches", "watch", "ahead_s=0", f"run for_s={step_at}", "step by_s=0.05", f"run for_s={retune_at - step_at}",
               "retune ppm=300", "run for_s=60", f"signal timeballd {signal.SIGTERM:d}", "run for_s=2"),
        *verbs("stalls", "slew", "ahead_s=0", f"run for_s={step_at}", "step by_s=0.05", f"run for_s={stall_at - step_at}",
               f"signal timeballd {signal.SIGSTOP:d}", f"run for_s={stall_s}",
               f"signal timeballd {signal.SIGCONT:d}", "run for_s=300", f"signal timeballd {signal.SIGKILL:d}", "run for_s=1"),
        "phase once", f"world begin_s={NOON} fast_ppm={OSCILLATOR_PPM}", NETWORK, "clock ahead_s=-10",
        "start timeballd /timeballd -q -f /etc/slew.conf", "run for_s=20",
    ]

    def test_steps_once_and_for_all(self):
        """A second behind: one step, and no other."""
        self.check_said("steps", "System clock was stepped by 0.999")
        self.assertEqual(self.states["steps"][-1].sets, 1)
        self.check_settled("steps", 20, 130)
        self.check_bounds("steps")

    def test_steps_leave_the_kernel_right(self):
        self.check_kernel(self.states["steps"][119], 0)
        self.check_frequency(self.states["steps"][119])

    def test_steps_as_a_user_with_one_right(self):
        """Started as root, it runs as its own user, and has kept the right to set the clock and no other."""
        said = [line.split() for line in self.phases["steps"] if line.startswith("rights ")]
        self.assertIn(["rights", "Uid:", *[str(USER_ID)] * 4], said)
        self.assertIn(["rights", "CapPrm:", f"{CAP_SYS_TIME:016x}"], said)
        self.assertIn(["rights", "CapEff:", f"{CAP_SYS_TIME:016x}"], said)

    def test_steps_ended_with_the_base_frequency(self):
        self.assertIn("ended phase=steps name=timeballd status=0", self.phases["steps"])
        self.check_frequency(self.states["steps"][-1])
        self.check_settled("steps", 120, 130)

    def test_slews_without_a_step(self):
        """A tenth of a second ahead: it goes off at no more than maxslewrate, never back, never in a jump."""
        states = self.states["slews"]
        self.assertEqual(states[-1].sets, 0)
        self.assertEqual(sum(state.backwards for state in states), 0)
        slowest = min(state.slowest_ppm for state in states[2:])
        fastest = max(state.fastest_ppm for state in states[2:])
        print(f"\n  slews at {slowest:.1f} to {fastest:.1f} ppm", end="")
        self.assertGreater(slowest, -OSCILLATOR_PPM - 1000 - 20)  # the rate is still being learnt
        self.assertLess(slowest, -OSCILLATOR_PPM - 1000 + 20)
        self.assertLess(fastest, 1000)
        self.check_settled("slews", 150, self.slew_s + RTC_WRITTEN_S + 10)
        self.check_bounds("slews")
        wasted_ns = max(state.kernel_margin_ns for state in states if state.answers)
        self.assertLess(wasted_ns, WASTED_NS, "what the slew takes away is told to the kernel once, not twice")

    def test_slews_leave_the_kernel_right(self):
        """Without rtcsync it is never told that it is synchronized. What was in force at the start was nobody's oscillator."""
        self.check_kernel(self.states["slews"][self.slew_s - 1], STA_UNSYNC)
        self.assertTrue(all(state.status_and & STA_UNSYNC for state in self.states["slews"]))
        self.assertFalse(any(state.status_or & (STA_INS | STA_DEL | STA_LOOPS) for state in self.states["slews"][3:]))
        self.check_frequency(self.states["slews"][-1])

    def test_slews_leave_the_hardware_clock_alone(self):
        self.assertIn(self.hardware_clock("slews"), (RTC_WRONG_S - 1, RTC_WRONG_S))

    def test_watches_for_a_foreign_step(self):
        self.check_said("watches", "somebody set the system clock forward by 0.050000 seconds")
        self.check_said("watches", "Alert foreign-change: something else set the clock forward by 0.050000 s")
        self.check_said("watches", "Alert one-source: 127.0.0.1 is the only source")
        self.check_settled("watches", self.step_at + 20, self.retune_at)

    def test_watches_for_a_foreign_rate(self):
        self.check_said("watches", "System clock interference detected")
        self.check_settled("watches", self.retune_at + 20, self.retune_at + 60)
        self.check_frequency(self.states["watches"][-1])

    def test_stalls_in_the_middle_of_a_slew(self):
        """Nobody ends the slew in time: it goes too far, and that is seen and taken back."""
        states = self.states["stalls"]
        self.assertLess(min(state.ahead_ns for state in states), -20_000_000)
        self.assertEqual(states[-1].sets, 1)
        self.check_settled("stalls", self.stall_at + self.stall_s + 250, self.stall_at + self.stall_s + 300)
        self.check_bounds("stalls")

    def test_once_and_no_more(self):
        """-q: one step, however far, and the daemon ends."""
        self.assertIn("ended phase=once name=timeballd status=0", self.phases["once"])
        self.check_said("once", "System clock wrong by 9.999")
        self.assertEqual(self.states["once"][-1].sets, 1)
        self.assertLess(abs(self.states["once"][-1].ahead_ns), 20 * OSCILLATOR_PPM * 1000 + SETTLED_NS)


class Dies(Machine):
    """Killed in the middle of a slew, the daemon leaves the clock running off; the next one takes that back."""

    configs = {"slow": [f"maxslewrate {SLEW_PPM}", "rtcsync", "driftfile /run/timeball/drift"]}
    learn_s, slew_s, dead_s, mend_s = 120, 40, 10, 400
    script = [
        f"folder /run/timeball {USER_ID}",
        *verbs("learns", "slow", "ahead_s=0", f"run for_s={learn_s}", f"signal timeballd {signal.SIGTERM:d}", "run for_s=2"),
        "phase slews", "start timeballd /timeballd -d -f /etc/slow.conf", "run for_s=20", "step by_s=0.1",
        f"run for_s={slew_s}",
        "phase dead", f"signal timeballd {signal.SIGKILL:d}", f"run for_s={dead_s}",
        "phase mends", "start timeballd /timeballd -d -f /etc/slow.conf", f"run for_s={mend_s}",
    ]

    def test_dead_in_the_middle_of_a_slew(self):
        self.assertIn(f"ended phase=dead name=timeballd status={-signal.SIGKILL:d}", self.phases["dead"])
        for state in self.states["dead"]:
            self.check_frequency(state, OSCILLATOR_PPM + SLEW_PPM, 5)
            self.assertGreater(state.kernel_margin_ns, 0)  # so slow a slew is within what the kernel adds to it

    def test_mends_begins_with_the_base_frequency(self):
        """A rate like that may be an oscillator's: only the drift file tells."""
        self.check_said("mends", "/run/timeball/drift")
        self.check_frequency(self.states["mends"][0])

    def test_mends_what_was_left(self):
        self.assertEqual({state.sets for state in self.states["mends"]}, {1})  # the foreign one
        self.check_settled("mends", self.mend_s - 100, self.mend_s)
        self.check_kernel(self.states["mends"][-1], 0)
        self.check_bounds("mends")


class Leaps(Machine):
    """A second is inserted, as the server announces: Unix time shows 23:59:59 twice."""

    configs = {mode: [f"leapsecmode {mode}", "leapseclist /etc/leap-seconds.list", "rtcsync"] for mode in LEAP_MODES}
    script = [line for mode in LEAP_MODES for line in (
        f"phase {mode}", f"world begin_s={MIDNIGHT - BEFORE_S - 0.5} fast_ppm={OSCILLATOR_PPM} leap_s={MIDNIGHT}",
        f"{NETWORK} announces=1", "clock ahead_s=0", f"start timeballd /timeballd -d -f /etc/{mode}.conf",
        f"run for_s={BEFORE_S + AFTER_S}", f"signal timeballd {signal.SIGTERM:d}", "run for_s=2")]

    def check_leap(self, mode, settled_s):
        """Right before it and again soon after, in error and in state; TAI never jumps."""
        states = self.states[mode]
        self.check_settled(mode, 30, BEFORE_S)
        self.check_settled(mode, BEFORE_S + settled_s, BEFORE_S + AFTER_S)
        self.check_bounds(mode)
        self.check_kernel(states[-3], 0, LEFT_TAI_S + 1)
        self.check_frequency(states[-1])
        self.assertEqual(states[-3].clock, TIME_OK)
        self.assertEqual({state.tai for state in states[30:BEFORE_S]}, {LEFT_TAI_S})
        self.assertEqual({state.tai for state in states[BEFORE_S + 1:]}, {LEFT_TAI_S + 1})
        self.assertFalse([line for line in self.phases[mode] if "somebody" in line])

    def check_sets(self, mode, sets):
        self.assertEqual([self.states[mode][second - 1].sets for second in (BEFORE_S, BEFORE_S + 1)], [0, sets])
        self.assertEqual(self.states[mode][-1].sets, sets)

    def test_system_lets_the_kernel_do_it(self):
        """Second by second: armed, 23:59:60, over."""
        states = self.states["system"]
        self.assertTrue(all(state.status & STA_INS for state in states[30:BEFORE_S]))
        self.assertEqual([state.clock for state in states[BEFORE_S - 2:BEFORE_S + 2]],
                         [TIME_INS, TIME_INS, TIME_OOP, TIME_WAIT])
        self.check_sets("system", 1)
        self.check_leap("system", 1)

    def test_step_does_it_alone(self):
        self.assertFalse(any(state.status_or & STA_INS for state in self.states["step"][10:]))
        self.check_sets("step", 1)
        self.check_leap("step", 1)

    def test_slew_goes_there_slowly(self):
        states = self.states["slew"]
        self.assertFalse(any(state.status_or & STA_INS for state in states[10:]))
        self.assertEqual(sum(state.backwards for state in states), 0)
        self.check_sets("slew", 0)
        self.check_leap("slew", 30)


class Holds(Machine):
    """Hours of an oscillator that wanders, goes with the temperature of the day, and jumps."""

    hours = 48 if LONG else 6
    configs = {"hold": ["makestep 0.1 3", "rtcsync"]}
    script = [
        "phase holds",
        f"world begin_s={NOON} fast_ppm={OSCILLATOR_PPM} sine_ppm=1 sine_s=86400 wander=1e-9 seed=1 jump_s=7200 jump_ppm=0.3",
        NETWORK, f"clock ahead_s=-1 tai_s={LEFT_TAI_S}", "start timeballd /timeballd -d -f /etc/hold.conf",
        f"run for_s={hours * 3600 - RTC_WRITTEN_S} tell_s=60", f"set-rtc ahead_s={RTC_WRONG_S}",
        f"run for_s={RTC_WRITTEN_S} tell_s=60", "tell-rtc",
    ]

    def test_holds_within_both_bounds(self):
        states = self.states["holds"]
        self.assertEqual(states[-1].second, self.hours * 3600)
        self.assertGreater(sum(state.answers for state in states), self.hours * 3600 - 60)
        self.check_bounds("holds")

    def test_holds_the_time(self):
        self.check_settled("holds", 120, self.hours * 3600, HELD_NS)
        worst = sorted(state.worst_ns for state in self.states["holds"][1:])
        print(f"\n  half of the minutes within {worst[len(worst) // 2] / 1000:.1f} us", end="")

    def test_holds_the_kernel_right(self):
        later = self.states["holds"][1:]
        self.assertEqual({state.status for state in later}, {0})
        self.assertLess(max(state.maxerror_most_us for state in later), 20_000)
        self.check_kernel(later[-1], 0)
        self.assertEqual(later[-1].sets, 1)
        self.assertIn(self.hardware_clock("holds"), (-1, 0), "rtcsync: the kernel keeps the hardware clock right")


if __name__ == "__main__":
    if platform.machine() != "x86_64":
        print("skipped: the virtual machine is an x86-64")
        sys.exit(isolation.EXIT_SKIP)
    virtual_machine.tree(TREE)
    unittest.main(verbosity=2)
