#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Who starts with what: the distribution's chronyd and timeballd read the same lines, every row of the table at the ends
of its range. Each line on which they differ stands in differences.txt, under the reason; the test fails if the differences
are others. What chronyd quietly accepts outside a range, timeballd accepts with a warning that names the value in effect.

What timeballd accepts, it also starts with, as the user of its unit.

    compare.py --list    prints the differences as they are, to be reviewed
"""

import concurrent.futures
import os
import pathlib
import sys

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))

import cases  # noqa: E402
import parties  # noqa: E402
import peers  # noqa: E402
from harness import isolation  # noqa: E402

AT_A_TIME = 24  # chronyd sleeps most of its second
ONLY_OURS, ONLY_THEIRS = "timeballd", "chronyd"
SEED = 20261123
RANDOM_LINES = {"short": 300, "long": 6000}


def reviewed(path):
    """{line: who accepts it} of differences.txt."""
    found, who = {}, None
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        if not line or line.startswith("#"):
            continue
        if not line.startswith(" "):
            who = line.split(":")[0]
            if who not in (ONLY_OURS, ONLY_THEIRS):
                raise ValueError(f"{path.name}:{number}: begins neither with {ONLY_OURS} nor with {ONLY_THEIRS}")
            continue
        text = line.strip().replace("\\n", "\n")
        if text in found:
            raise ValueError(f"{path.name}:{number}: stands here twice")
        found[text] = who
    return found


def both(party, lines):
    with concurrent.futures.ThreadPoolExecutor(AT_A_TIME) as pool:
        return dict(zip(lines, pool.map(party.accepts, lines)))


def differences(theirs, ours):
    return {line: ONLY_THEIRS if theirs[line][0] else ONLY_OURS for line in ours if theirs[line][0] != ours[line][0]}


def silent_clamps(table, theirs, ours):
    """Lines whose value is outside the range, but whose report does not name the value in effect."""
    for line, end in cases.clamped(table).items():
        if line not in ours or not ours[line][0]:
            continue
        warnings = [problem["text"] for problem in ours[line][1]["warnings"]]
        if not any(f": {end} is used" in text for text in warnings):
            yield line, end, warnings


def to_be_started(lines, ours):
    """Of what timeballd accepts everything in the long run, in the short one the first line of each directive."""
    accepted = [line for line in lines if ours[line][0]]
    if os.environ.get("TIMEBALL_COUNTS", "short") == "long":
        return accepted
    return list({line.split()[0].lower(): line for line in reversed(accepted)}.values())


def tell(what, lines):
    for line in lines:
        print(f"{what}: {line}".replace("\n", "\\n"))
    return bool(lines)


def main(arguments):
    build = pathlib.Path(os.environ["TIMEBALL_BUILD"])
    if not isolation.entered():
        peers.fetch(build / "peers", "chrony")  # there is no way out of the world that is entered now
    isolation.enter()
    table = cases.rows(build / "tests/integration/config/print-rows")
    lines = cases.all_lines(table)
    # The build may lie below a folder that the unit's user cannot enter.
    program = pathlib.Path("/run/timeballd")
    program.touch()
    isolation.mount("--bind", os.environ.get("TIMEBALL_CHECKER", str(build / "daemon/timeballd")), str(program))
    timeballd = parties.Timeballd(str(program))
    chronyd = parties.Chronyd(peers.fetch(build / "peers", "chrony"))
    ours, theirs = both(timeballd, lines), both(chronyd, lines)
    now = differences(theirs, ours)
    if "--list" in arguments:
        for who in (ONLY_OURS, ONLY_THEIRS):
            print(f"{who}:")
            for line in (line for line in now if now[line] == who):
                print("    " + line.replace("\n", "\\n"))
        return 0

    seed = int(os.environ.get("TIMEBALL_SEED", SEED))
    some = list(cases.random_lines(table, seed, RANDOM_LINES[os.environ.get("TIMEBALL_COUNTS", "short")]))
    ours_some, theirs_some = both(timeballd, some), both(chronyd, some)
    refused = [line for line in some if theirs_some[line][0] and not ours_some[line][0]]

    known = reviewed(HERE / "differences.txt")
    bad = tell("differs, but is not in differences.txt", [f"{line} (only {now[line]} accepts it)" for line in now
                                                          if known.get(line) != now[line]])
    bad |= tell("is in differences.txt, but does not differ", [line for line in known if known[line] != now.get(line)])
    silent = list(silent_clamps(table, theirs, ours))
    bad |= tell("is clamped without naming the value", [f"{line} ({end})" for line, end, _ in silent])
    bad |= tell("only chronyd accepts", refused)
    tried = to_be_started(lines, ours)
    with concurrent.futures.ThreadPoolExecutor(AT_A_TIME) as pool:
        started = dict(zip(tried, pool.map(timeballd.starts, tried)))
    failed = [line for line in tried if not started[line][0]]
    bad |= tell("is accepted, but timeballd does not start", [f"{line}\n{started[line][1]}" for line in failed])
    print(f"{len(tried)} accepted lines, {sum(yes for yes, _ in started.values())} of them timeballd starts with, unprivileged")
    print(f"{len(some)} random lines (seed {seed}), {sum(yes for yes, _ in theirs_some.values())} accepted by chronyd, "
          f"{sum(yes for yes, _ in ours_some.values())} by timeballd")
    print(f"{len(lines)} lines, {sum(yes for yes, _ in theirs.values())} accepted by chronyd, "
          f"{sum(yes for yes, _ in ours.values())} by timeballd, {len(now)} reviewed differences")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
