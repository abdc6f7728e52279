#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Adds up the test runs of tools/check from meson's logs (one JSON object a line).

    tally.py [--passed N] [--failed N] LOG...

Names what failed or was skipped, and ends with the line `N passed, N failed, N skipped`. The exit status is 0 only if
something passed and nothing failed or was skipped: a test that could not run is no proof. A log that is missing or
empty is a failure too, since its run was asked for.
"""

import argparse
import json
import sys

PASSED = {"OK", "EXPECTEDFAIL"}
SKIPPED = {"SKIP"}


def results(path):
    """(name, result) of each test in a log; a log without any counts as one failure."""
    try:
        with open(path, encoding="utf-8") as log:
            found = [(entry["name"], entry["result"]) for entry in map(json.loads, log)]
    except (OSError, ValueError, KeyError) as error:
        return [(f"{path}: {error}", "FAIL")]
    return found or [(f"{path}: no test ran", "FAIL")]


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--passed", type=int, default=0, help="tests that passed outside meson")
    parser.add_argument("--failed", type=int, default=0, help="tests that failed outside meson")
    parser.add_argument("logs", nargs="*", metavar="LOG")
    arguments = parser.parse_args()
    passed, failed, skipped = arguments.passed, arguments.failed, 0
    for path in arguments.logs:
        for name, result in results(path):
            if result in PASSED:
                passed += 1
                continue
            skipped += result in SKIPPED
            failed += result not in SKIPPED
            print(f"{result}: {name}")
    print(f"{passed} passed, {failed} failed, {skipped} skipped")
    return 0 if passed and not failed and not skipped else 1


if __name__ == "__main__":
    sys.exit(main())
