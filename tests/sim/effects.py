#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Every directive and option of sources, selection, clock, server and logging that has an effect has a test that fails without it.

A scenario or an integration test names what it is about in a line "effect: NAME NAME". Of each row of the table that says
it has an effect, one test must do so. And each scenario is run once for each of its names with that directive or option
taken out of the configurations (tests/sim/leave-out.h): it must fail. So a mark alone is not enough.
Usage: effects.py PRINT-ROWS FOLDER-OF-SCENARIOS SOURCE-ROOT
"""

import json
import os
import pathlib
import re
import subprocess
import sys

GROUPS = ("Time sources", "Source selection", "System clock", "Serving time", "Logging")
MARK = re.compile(r"\beffect: ([a-z0-9_ ]+)$", re.MULTILINE)


def rows_with_effect(print_rows):
    """The names that need a test: directives of the groups above, and their options."""
    directives = json.loads(subprocess.run([print_rows], check=True, capture_output=True).stdout)
    for directive in directives:
        if directive["effect"] and directive["group"] in GROUPS:
            yield directive["name"]
            yield from (option["name"] for option in directive["options"] if option["effect"])


def marks(files):
    """{file: names} for the files that have marks."""
    found = {file: " ".join(MARK.findall(file.read_text(encoding="utf-8"))).split() for file in sorted(files)}
    return {file: names for file, names in found.items() if names}


def fails_without(program, name):
    environment = {**os.environ, "TIMEBALL_SIM_WITHOUT": name}
    done = subprocess.run([program, "1"], env=environment, check=False, capture_output=True)
    return done.returncode == 1 and b"expectations failed" in done.stdout


def problems(print_rows, programs, root):
    rows = set(rows_with_effect(print_rows))
    scenarios = marks((root / "tests/sim/scenarios").glob("*.c"))
    others = marks((root / "tests/integration").rglob("test-*.py"))
    marked = {name for names in (*scenarios.values(), *others.values()) for name in names}
    for name in sorted(rows - marked):
        yield f"{name} has an effect by the table, but no test says \"effect: {name}\""
    for name in sorted(marked - rows):
        yield f"a test says \"effect: {name}\", which is no directive or option with an effect"
    for file, names in scenarios.items():
        for name in names:
            if not fails_without(programs / f"scenario-{file.stem}", name):
                yield f"{file.name} passes without {name}"
    print(f"{len(rows)} directives and options, {len(scenarios)} scenarios and {len(others)} other tests that name some")


def main():
    print_rows, programs, root = map(pathlib.Path, sys.argv[1:])
    found = list(problems(print_rows, programs, root))
    for problem in found:
        print(problem)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
