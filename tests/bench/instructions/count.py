#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Instructions that core spends on one sample: from the reply to the order for the clock. Prints, judges nothing.

    count.py PROGRAM

Two runs of different lengths under callgrind; the difference of what it counts in functions of daemon/core, over the
difference of the samples. Deterministic for one build.
"""

import pathlib
import re
import subprocess
import sys
import tempfile

SHORT_S, LONG_S = 1000, 3000


def instructions_in_core(program, seconds):
    with tempfile.TemporaryDirectory() as folder:
        counts = pathlib.Path(folder, "counts")
        subprocess.run(["valgrind", "--quiet", "--tool=callgrind", f"--callgrind-out-file={counts}", program, str(seconds)],
                       check=True, stdout=subprocess.DEVNULL)
        report = subprocess.run(["callgrind_annotate", "--threshold=100", "--show-percs=no", counts], check=True,
                                stdout=subprocess.PIPE, text=True).stdout
    lines = re.findall(r"^\s*([\d,]+)\s+(\S+):", report, re.MULTILINE)
    return sum(int(count.replace(",", "")) for count, path in lines if "/core/" in path)


def main():
    try:
        short, long = (instructions_in_core(sys.argv[1], seconds) for seconds in (SHORT_S, LONG_S))
    except FileNotFoundError as error:
        sys.exit(f"{error.filename} is needed to count instructions: apt install valgrind")
    print(f"instructions in core for a sample at poll 0, its request included: {(long - short) / (LONG_S - SHORT_S):.0f}")


if __name__ == "__main__":
    main()
