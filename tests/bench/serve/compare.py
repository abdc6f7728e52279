#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""What serving costs, beside other servers and the least that a socket costs. Prints, judges nothing but that replies are right.

    compare.py BUILD [--rounds N] [--seconds S]            all servers in turn, again and again
    compare.py BUILD --addresses N                         memory while so many clients ask
    compare.py BUILD --long SECONDS [--share PERCENT]      so much of what it can serve, for long

Needs root and two CPUs; the build should be a release. The servers run on one CPU and the load on the other (stage.py).
A round asks each server for some seconds; figures are medians of rounds, so ratios are of one run.
"""

import argparse
import pathlib
import statistics
import sys
import tempfile
import time

import stage
from harness import isolation
from harness.api import Api

import peers

LOCAL = "local stratum 10"
FLOOR, CHRONYD, ONE, TWO = "echo, stamps and addresses", "chronyd", "timeballd, 1 worker", "timeballd, 2 workers"
AIMS = ((ONE, CHRONYD, 0.85), (ONE, FLOOR, 1.10), (TWO, ONE, 1.15))
STEPS = 10  # of a run that looks at memory
FULL = 100000  # addresses that fill every table at its default size
IDLE_S = 10
SOURCE_OPTIONS = "iburst minpoll 0 maxpoll 2"


def servers(made):
    yield "timeballd, no worker", made.timeball("timeballd-0", LOCAL, "serverworkers 0")
    yield ONE, made.timeball("timeballd-1", LOCAL, "serverworkers 1")
    yield TWO, made.timeball("timeballd-2", LOCAL, "serverworkers 2")
    yield CHRONYD, made.chronyd()
    yield "ntpsec", made.ntpsec()
    yield "echo, bare", made.echo("echo-bare", "bare")
    yield FLOOR, made.echo("echo-honest", "honest")


def median(loads, what):
    return statistics.median(what(load) for load in loads)


def busiest_two(load):
    """How the two busiest threads shared the replies, in percent: by instructions of their own, or else by CPU time."""
    by = "user" if load.instructions else "cpu_ns"
    first, second = sorted((thread[by] for thread in load.threads), reverse=True)[:2]
    return 100 * first / (first + second)


def compare(made, arguments):
    asked = dict(servers(made))
    loads = {name: [] for name in asked}
    for _ in range(arguments.rounds):
        for name, server in asked.items():
            loads[name].append(made.load(server, arguments.seconds))
    counted = all(load.instructions for runs in loads.values() for load in runs)
    print(f"{'':28}{'replies/s':>10}{'CPU ns':>8}{'user':>7}{'kernel':>8}{'lost':>6}{'us':>6}{'p99':>6}"
          + ("" if counted else "   (no counters of instructions here)"))
    for name, runs in loads.items():
        columns = [median(runs, lambda load, what=what: load.cost(what)) for what in ("cpu_ns", "user", "kernel")]
        print(f"{name:28}{median(runs, lambda load: load.rate):10.0f}{columns[0]:8.0f}{columns[1]:7.0f}{columns[2]:8.0f}"
              f"{sum(load.lost for load in runs):6}{median(runs, lambda load: load.median_us):6.0f}"
              f"{median(runs, lambda load: load.p99_us):6.0f}")
    for ours, other, aim in AIMS:
        ratios = [mine.cost("cpu_ns") / theirs.cost("cpu_ns") for mine, theirs in zip(loads[ours], loads[other])]
        print(f"CPU of {ours} : {other} = {statistics.median(ratios):.3f}, aim {aim:.2f} at most")
    print(f"requests of 1000 addresses at 2 workers: {median(loads[TWO], busiest_two):.1f} % at the busier one, aim 40 to 60 %")


def look_at_memory(made, arguments):
    server = made.timeball("timeballd", LOCAL)
    full = min(FULL, arguments.addresses // 2)
    made.load(server, stage.DAY_S, requests=full, sources=full)
    at_full = stage.resident_kib(server)
    print(f"{full:9} addresses: resident {at_full} KiB")
    for step in range(1, STEPS + 1):
        part = arguments.addresses // STEPS
        load = made.load(server, stage.DAY_S, requests=part, sources=part, first=part * (step - 1))
        now = stage.resident_kib(server)
        print(f"{part * step:9} addresses: resident {now} KiB, {load.rate:.0f} replies/s, {load.lost} lost", flush=True)
    print(f"after the table was full: {now - at_full:+} KiB; aim: flat, below 32768 KiB")


def synchronization(api, reference):
    clock, row = api.clock(), api.by_address(reference.address)
    return (f"{api.state()}, {row.state} source measured {row.measured * 1e6:+.1f} us, "
            f"bound {clock['MaxErrorSeconds'] * 1e6:.1f} us")


def serve_for_long(made, arguments):
    """The daemon follows a server too, and tells on its bus how well."""
    reference = made.timeball("reference", LOCAL)
    bus = made.bus()
    server = made.timeball("timeballd", f"server {reference.address} {SOURCE_OPTIONS}", LOCAL, bus=bus.address)
    api = Api(bus.connect())
    api.wait_for_daemon()
    api.wait_for_state("synchronized", stage.READY_S)
    time.sleep(IDLE_S)
    print(f"idle: {synchronization(api, reference)}")
    capacity = statistics.median(made.load(server, 2).rate for _ in range(3))
    rate, before, loads = int(capacity * arguments.share / 100), made.overflows(), []
    for _ in range(STEPS):
        loads.append(load := made.load(server, arguments.long / STEPS, rate=rate))
        print(f"{load.sent / load.seconds:.0f} requests/s, {load.lost} without a reply in time, {load.late} late, "
              f"turnaround {load.median_us} us, "
              f"99 % within {load.p99_us} us; {synchronization(api, reference)}", flush=True)
    print(f"{sum(load.sent for load in loads)} requests at {arguments.share} % of {capacity:.0f} a second: "
          f"{sum(load.lost for load in loads)} without a reply in time, {sum(load.late for load in loads)} late, "
          f"{made.overflows() - before} of them turned away by a full socket")


def main():
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("build", type=pathlib.Path)
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--seconds", type=float, default=1.0)
    parser.add_argument("--addresses", type=int)
    parser.add_argument("--long", type=float)
    parser.add_argument("--share", type=int, default=90)
    arguments = parser.parse_args()
    if not isolation.entered():
        for name in ("chrony", "ntpsec"):
            peers.fetch(arguments.build / "peers", name)
    isolation.enter()
    with tempfile.TemporaryDirectory(dir="/run") as directory:
        pathlib.Path(directory).chmod(0o755)
        made = stage.Stage(arguments.build.resolve(), pathlib.Path(directory))
        try:
            (look_at_memory if arguments.addresses else serve_for_long if arguments.long else compare)(made, arguments)
        finally:
            made.close()


if __name__ == "__main__":
    sys.exit(main())
