#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""A real kernel's clock is steered, in a virtual machine: `test-real-clock.py`

guest/clock-guest.c is the machine's first process, its reference clock and somebody else who sets the kernel's clock.
"""

import pathlib
import platform
import re
import sys
import tempfile
import unittest
from dataclasses import dataclass

from harness import case, isolation, virtual_machine

TREE = case.BUILD / "virtual-machine"
GUEST = case.BUILD / "tests" / "integration" / "clock-guest"
COMMAND = ('/timeballd -d --bus=none "server 127.0.0.1 port 11123 iburst minpoll 0 maxpoll 2" "makestep 0.1 3" rtcsync')
MACHINE_S = 280
STA_UNSYNC = 0x40
OSCILLATOR_PPM = 50  # what the clock must be made to gain
SETTLED_NS = 200_000  # 7,000 is usual; what must be mended is a thousand times as much
# Seconds of the guest: what happens (as in clock-guest.c) and when all must be well again.
STEPPED_BY = 10
FOREIGN_STEP, STEP_MENDED_BY = 40, 55
FOREIGN_RATE, RATE_MENDED_BY = 80, 95
TERMINATED = 120


@dataclass
class State:
    second: int
    ahead_ns: int
    tick: int
    freq: int
    status: int
    maxerror_us: int

    def gain_ppm(self):
        return (self.tick - 10000) * 100 + self.freq / 65536


class RealClock(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        with tempfile.TemporaryDirectory() as folder:
            archive = virtual_machine.Archive()
            archive.add_program("init", GUEST)
            archive.add_program("timeballd", case.BUILD / "daemon" / "timeballd")
            path = pathlib.Path(folder) / "initrd"
            archive.write(path)
            cls.lines = virtual_machine.run(TREE, path, COMMAND, MACHINE_S)
        found = [re.findall(r"=(-?\d+)", line) for line in cls.lines if line.startswith("state ")]
        cls.states = {int(numbers[0]): State(*map(int, numbers)) for numbers in found}
        print("\n".join(cls.lines[-3:] if len(cls.states) == 125 else cls.lines))

    def at(self, first, last):
        """The states of some seconds; the machine must have lived through all of them."""
        self.assertEqual(len(self.states), 125, "the machine did not get to its end")
        return [self.states[second] for second in range(first, last + 1)]

    def check_settled(self, first, last):
        for state in self.at(first, last):
            self.assertLess(abs(state.ahead_ns), SETTLED_NS, state)
            self.assertLessEqual(abs(state.ahead_ns), state.maxerror_us * 1000, state)  # the kernel's bound is true
            self.assertFalse(state.status & STA_UNSYNC, state)
        worst = max(abs(state.ahead_ns) for state in self.at(first, last))
        print(f"\n  seconds {first} to {last}: at most {worst / 1000:.1f} us off")

    def check_said(self, text):
        self.assertTrue([line for line in self.lines if text in line], f"'{text}' was not said")

    def test_steps_and_keeps_time(self):
        self.check_settled(STEPPED_BY, FOREIGN_STEP)
        self.check_said("System clock was stepped by 0.5")

    def test_finds_the_frequency(self):
        gains = sorted(state.gain_ppm() for state in self.at(STEPPED_BY, FOREIGN_STEP))
        self.assertAlmostEqual(gains[len(gains) // 2], OSCILLATOR_PPM, delta=0.5)

    def test_mends_a_foreign_step(self):
        self.check_said("somebody set the system clock forward by 0.050000 seconds")
        self.check_settled(STEP_MENDED_BY, FOREIGN_RATE)

    def test_mends_a_foreign_rate(self):
        self.check_said("System clock interference detected")
        self.check_settled(RATE_MENDED_BY, TERMINATED)

    def test_leaves_the_base_frequency(self):
        self.assertIn("ended 0", self.lines)
        for state in self.at(TERMINATED + 2, 125):
            self.assertAlmostEqual(state.gain_ppm(), OSCILLATOR_PPM, delta=0.5)
            self.assertLess(abs(state.ahead_ns), SETTLED_NS)


if __name__ == "__main__":
    if platform.machine() != "x86_64":
        print("skipped: the virtual machine is an x86-64")
        sys.exit(isolation.EXIT_SKIP)
    virtual_machine.tree(TREE)
    unittest.main(verbosity=2)
