#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""How late replies to requests for the time are while a client of the bus calls for all that is heavy. Prints, judges nothing.

    beside-serving.py BUILD [--rounds N] [--seconds S] [--rate REQUESTS]

Needs root and two CPUs; the build should be a release. The daemon's worker has one CPU. The other has the rest: the daemon's loop,
its bus, the client, and the load. Worker and load go before all else, so that what the machine does meanwhile falls on neither. In each round the server is asked three times: beside nothing; while another
daemon, with the same configuration, on a bus of its own, in the place of ours, is called; and while it is called itself. Between the
second and the third nothing differs but that the calls are its own.
"""

import argparse
import os
import pathlib
import statistics
import subprocess
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "serve"))

import stage  # noqa: E402
from harness import isolation  # noqa: E402
from harness.api import Api  # noqa: E402

SOURCES = 1000
CONFIG = ("serverworkers 1", "local stratum 10", *(f"server 198.18.{n // 256}.{n % 256} offline" for n in range(SOURCES)))
PRIORITY = 1
FIRST_OF_ALL = ("chrt", "--fifo", str(PRIORITY))
ALONE, OTHER, OWN = "beside nothing", "beside calls of another daemon", "beside calls of its own"
AIM = 1.10

# Calls, as root, that nobody limits; a byte for each to end with, and how many there were.
CALLER = """
import select, sys
import dbus.bus
from dbus.lowlevel import MethodCallMessage
HEAVY = (("org.timeball1.Manager", "ListSources", "a{sv}", {}), ("org.freedesktop.DBus.ObjectManager", "GetManagedObjects", ""),
         ("org.timeball1.Manager", "Describe", "as", []),
         ("org.timeball1.Manager", "GetHistory", "osttu", "/org/timeball1/clock", "offset", 0, 0, 4096))
connection = dbus.bus.BusConnection(sys.argv[1])
calls = 0
while not select.select([sys.stdin], [], [], 0)[0]:
    for interface, member, signature, *arguments in HEAVY:
        message = MethodCallMessage("org.timeball1", "/org/timeball1", interface, member)
        message.append(*arguments, signature=signature)
        connection.send_message_with_reply_and_block(message, 60)
        calls += 1
        if calls == 1:
            print("calling", flush=True)
print(calls)
"""


class Called:
    """A daemon and its bus; only the daemon's workers stay on the CPU of servers, and have it before all others."""

    def __init__(self, made, name):
        self.bus = made.bus(f"{name}-bus")
        self.server = made.timeball(name, *CONFIG, bus=self.bus.address)
        Api(self.bus.connect()).wait_for_daemon()
        for pid in (self.server.pid, self.bus.process.pid):
            os.sched_setaffinity(pid, {stage.LOAD_CPU})
        for thread in set(map(int, os.listdir(f"/proc/{self.server.pid}/task"))) - {self.server.pid}:
            os.sched_setscheduler(thread, os.SCHED_FIFO, os.sched_param(PRIORITY))

    def __enter__(self):
        self.child = subprocess.Popen(["taskset", "-c", str(stage.LOAD_CPU), sys.executable, "-c", CALLER, self.bus.address],
                                      stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        if self.child.stdout.readline() != "calling\n":
            raise AssertionError("no answer to the first call")
        return self

    def __exit__(self, *unused):
        self.calls = int(self.child.communicate("\n")[0])


def compare(made, arguments):
    measured, other = Called(made, "timeballd"), Called(made, "other")
    loads, calls = {ALONE: [], OTHER: [], OWN: []}, {ALONE: [], OTHER: [], OWN: []}

    def ask():
        return made.load(measured.server, arguments.seconds, rate=arguments.rate, before=FIRST_OF_ALL)

    for _ in range(arguments.rounds):
        loads[ALONE].append(ask())
        for name, called in ((OTHER, other), (OWN, measured)):
            with called:
                loads[name].append(ask())
            calls[name].append(called.calls)
    print(f"{SOURCES} sources, {arguments.rate} requests/s; us, medians of {arguments.rounds} rounds")
    print(f"{'':34}{'half':>8}{'99 %':>8}{'99.9 %':>8}{'lost':>8}   calls")
    for name, runs in loads.items():
        columns = [statistics.median(getattr(load, what) for load in runs) for what in ("median_us", "p99_us", "p999_us")]
        print(f"{name:34}" + "".join(f"{column:8.0f}" for column in columns) +
              f"{sum(load.lost for load in runs):8}   {statistics.median(calls[name]) if calls[name] else 0:.0f}")
    for other_name in (OTHER, ALONE):
        ratios = [own.p999_us / than.p999_us for own, than in zip(loads[OWN], loads[other_name], strict=True)]
        print(f"99.9 % {OWN} : {other_name} = {statistics.median(ratios):.3f}, aim {AIM:.2f} at most")


def main():
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("build", type=pathlib.Path)
    parser.add_argument("--rounds", type=int, default=40)
    parser.add_argument("--seconds", type=float, default=1.0)
    parser.add_argument("--rate", type=int, default=20000)
    arguments = parser.parse_args()
    isolation.enter()
    with tempfile.TemporaryDirectory(dir="/run") as directory:
        pathlib.Path(directory).chmod(0o755)
        made = stage.Stage(arguments.build.resolve(), pathlib.Path(directory))
        try:
            compare(made, arguments)
        finally:
            made.close()


if __name__ == "__main__":
    sys.exit(main())
