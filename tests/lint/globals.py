#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""No mutable state at file scope, told from the sections of the compiled objects.

Whatever is written to lives in a value that somebody made and owns; so a test can make two of it. A constant table with
pointers in it is placed in .data.rel.ro, which the loader write-protects: that is no state.
"""

import re
import sys

import objects
import tree

WRITABLE = re.compile(r"\*COM\*|\.(data|bss|tdata|tbss|lbss|ldata)(?!\.rel\.ro)(\..*)?")
COVERAGE = re.compile(r"__gcov|\.LPB|__llvm_")  # counters that -Db_coverage adds


def check(layer, archive):
    for symbol in objects.symbols(archive):
        if "d" in symbol.flags and symbol.name == symbol.section or COVERAGE.match(symbol.name):
            continue
        if WRITABLE.fullmatch(symbol.section):
            yield tree.Problem(symbol.member, 0, f"{layer} holds mutable state: {symbol.name} in {symbol.section}")


BAD = {
    "a counter": ("core", "static int n;\nint f(void) { return ++n; }"),
    "an initialised variable": ("base", "int level = 3;\nint f(void) { return level; }"),
    "a static variable in a function": ("wire", "int f(void) { static int n = 5; return n++; }"),
    "a thread's variable": ("core", "_Thread_local int n;\nint f(void) { return n++; }"),
    "a table that lacks const": ("core", "const char *names[] = { \"a\", \"b\" };\nconst char *f(int i) { return names[i]; }"),
    "a common symbol": ("core", "int n __attribute__((common));\nint f(void) { return n; }"),
    "its own section": ("core", "int n __attribute__((section(\".data.quiet\"))) = 1;\nint f(void) { return n++; }"),
}
GOOD = {
    "constants": ("core", "const int n = 5;\nstatic const char *const names[] = { \"a\", \"b\" };\n"
                  "const char *f(int i) { return names[i + n]; }"),
    "a value handed in": ("core", "int f(int *n) { return ++*n; }"),
}


def main():
    wrong = objects.prove(check, BAD, GOOD)
    problems = [problem for layer, archive in objects.archives() for problem in check(layer, archive)]
    return objects.close("globals", wrong, problems)


if __name__ == "__main__":
    sys.exit(main())
