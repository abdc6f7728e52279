#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""timeballctl beside busctl reading the same, from start to output: time, processor time, instructions. Prints, judges nothing.

Both in turn, so that what else the machine does falls on both; the medians are compared.
"""

import pathlib
import re
import resource
import statistics
import subprocess
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "integration" / "bus"))

import ctl_case  # noqa: E402
import stage  # noqa: E402

ROUNDS = 31
CALL = ("call", stage.NAME)
PROPERTIES = "org.freedesktop.DBus.Properties"
# What timeballctl is asked, and what busctl is asked to get the same.
PAIRS = (
    (("sources",), (*CALL, stage.MANAGER, f"{stage.NAME}.Manager", "ListSources", "a{sv}", "0")),
    (("tracking",), (*CALL, stage.CLOCK, PROPERTIES, "GetAll", "s", "")),
    (("show", "-P", "State", "manager"), ("get-property", stage.NAME, stage.MANAGER, f"{stage.NAME}.Manager", "State")),
    (("sources", "-j", "-v"), (*CALL, stage.MANAGER, f"{stage.NAME}.Manager", "ListSources", "a{sv}", "1", "aspects", "as", "3",
                               "select", "stats", "ntp")),
)


class Beside(ctl_case.CtlCase):
    def run_once(self, command):
        """Seconds that passed, and seconds of a processor."""
        before, begin = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic()
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL, env=self.environment({"LC_ALL": "C.UTF-8"}))
        passed, after = time.monotonic() - begin, resource.getrusage(resource.RUSAGE_CHILDREN)
        return passed, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime

    def instructions(self, command):
        out = self.directory / "counts"
        subprocess.run(["valgrind", "--quiet", "--tool=callgrind", f"--callgrind-out-file={out}", *command], check=True,
                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=self.environment())
        return int(re.search(r"^totals: (\d+)", out.read_text(encoding="utf-8"), re.MULTILINE).group(1))

    def compare(self, ours, others):
        commands = self.command(ours), ["busctl", f"--address={self.bus.address}", "--timeout=60", *others]
        times = [[], []]
        for _ in range(ROUNDS):
            for found, command in zip(times, commands, strict=True):
                found.append(self.run_once(command))
        row = [statistics.median(column) for found in times for column in zip(*found, strict=True)]
        counts = [self.instructions(command) for command in commands]
        print(f"  {' '.join(ours):26} {row[0] * 1e3:6.1f} {row[2] * 1e3:6.1f} {row[0] / row[2]:5.2f}   "
              f"{row[1] * 1e3:6.1f} {row[3] * 1e3:6.1f} {row[1] / row[3]:5.2f}   "
              f"{counts[0] / 1e6:6.1f} {counts[1] / 1e6:6.1f} {counts[0] / counts[1]:5.2f}", flush=True)

    def beside(self, sources):
        self.publish(sources)
        print(f"\n{sources} sources: ms that pass, ms of a processor, millions of instructions: timeballctl, busctl, ratio")
        for ours, others in PAIRS:
            self.compare(ours, others)

    def test_some(self):
        self.beside(5)

    def test_thousand(self):
        self.beside(1000)


if __name__ == "__main__":
    stage.main()
