#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""The conventions of CONTRIBUTING.md that a line or a file's name tells.

Licence line first; a header opens by saying what it is; no drawer names; nothing left for later; no goto, no variable
length on the stack; no path of one person's machine; whitespace as .editorconfig says.
"""

import pathlib
import re
import sys

import tree

LICENCE = "SPDX-License-Identifier: LGPL-2.1-or-later"
HEADER_LINES = 15
DRAWERS = re.compile(r"(^|[-_])(util|utils|common|misc|helper|helpers)([-_]|$)")
FOLDER_OF_PROCESSES = "daemon/helpers/"  # each of its folders is a process of its own

# Put together from parts, so that this file passes itself.
LATER = re.compile(r"\b(" + "|".join(("TO" + "DO", "FIX" + "ME", "XX" + "X", "HA" + "CK")) + r")\b")
MACHINE = re.compile(r"(?<![\w./$}*-])/(work|root|home/\w+|Users|build)/\w")
FORBIDDEN = {r"\bgoto\b": "goto: use _cleanup_", r"\b(alloca|strdupa)\b": "alloca", r"\bstrtok\s*\(": "strtok keeps state",
             r"\b(localtime|gmtime|asctime|ctime|rand)\s*\(": "keeps hidden state: use the reentrant form",
             r"\b(pthread_cancel|longjmp|setjmp)\s*\(": "jumps over scope ends"}
IN_PRODUCT = {r"\b(sprintf|vsprintf|strcat|gets)\s*\(": "writes without a bound"}
TEXT = {".c", ".h", ".py", ".md", ".build", ".xml", ".policy", ".service", ".conf", ".txt", ".sh", ""}
MARKED = {".c", ".h", ".py", ".sh"}


def script(source):
    return source.suffix in ("", ".sh", ".py") and source.bytes.startswith(b"#!")


def licence(source):
    if source.suffix in MARKED or script(source):
        if not any(LICENCE in line for line in source.lines[:3]):
            yield tree.Problem(source.path, 1, "has no SPDX licence line among its first three")


def opening(source):
    """A header's first comment stands before its first declaration and is neither missing nor an essay."""
    if source.suffix != ".h":
        return
    rest = [line for line in source.text.split("\n", 1)[-1].replace("#pragma once", "").splitlines()]
    text = "\n".join(rest).lstrip()
    match = re.match(r"/\*.*?\*/", text, re.DOTALL)
    if not match:
        yield tree.Problem(source.path, 1, "does not open with a comment that says what it is")
    elif match.group().count("\n") > HEADER_LINES + 1:
        yield tree.Problem(source.path, 1, f"opens with more than {HEADER_LINES} lines of comment")
    if "#pragma once" not in source.text:
        yield tree.Problem(source.path, 1, "lacks #pragma once")


def name(source):
    path = pathlib.PurePosixPath(source.path.removeprefix(FOLDER_OF_PROCESSES))
    for part in (*path.parts[:-1], path.stem):
        if DRAWERS.search(part):
            yield tree.Problem(source.path, 0, f"{part}: name the noun, not a drawer")
    if source.suffix in tree.C_SUFFIXES and "_" in path.stem:
        yield tree.Problem(source.path, 0, "files are named in kebab-case")


def lines(source):
    if source.suffix not in TEXT or b"\0" in source.bytes or source.path.startswith(("LICENSE", "tests/fuzz/corpus/")):
        return
    for number, line in enumerate(source.text.split("\n"), 1):
        if LATER.search(line):
            yield tree.Problem(source.path, number, f"{LATER.search(line).group()}: do it now or file an issue")
        if MACHINE.search(line):
            yield tree.Problem(source.path, number, "a path of one machine")
        if line.endswith("\r") or (line.rstrip() != line and source.suffix != ".md"):
            yield tree.Problem(source.path, number, "whitespace at the end")
        if "\t" in line and source.suffix in MARKED | {".build"}:
            yield tree.Problem(source.path, number, "a tab")
    if source.bytes and not source.bytes.endswith(b"\n"):
        yield tree.Problem(source.path, len(source.lines), "no newline at the end")


def forbidden(source):
    if source.suffix in tree.C_SUFFIXES:
        patterns = FORBIDDEN if source.path.startswith("tests/") else FORBIDDEN | IN_PRODUCT
        for pattern, why in patterns.items():
            yield from tree.matches([source], pattern, lambda match, why=why: f"{match.group().rstrip('( ')}: {why}")


def check(files):
    for source in files.sources:
        for rule in (licence, opening, name, lines, forbidden):
            yield from rule(source)


MARK = f"/* {LICENCE} */\n"
HEADER = f"{MARK}#pragma once\n\n"
BAD = {
    "no licence line": {"daemon/core/a.c": "int a;\n"},
    "a script without licence line": {"tools/run": "#!/bin/bash\ntrue\n"},
    "a header that says nothing": {"daemon/core/a.h": f"{HEADER}#include <math.h>\n\n/* f */\nint f(void);\n"},
    "a header that says too much": {"daemon/core/a.h": f"{HEADER}/*\n{' * x' * 1}\n" + " * x\n" * 20 + " */\n"},
    "a header without guard": {"daemon/core/a.h": f"{MARK}/* What it is. */\nint f(void);\n"},
    "a drawer": {"daemon/base/util.c": MARK},
    "another drawer": {"daemon/os/socket-helpers.c": MARK},
    "a drawer for a folder": {"daemon/common/list.c": MARK},
    "snake case": {"daemon/base/net_address.c": MARK},
    "left for later": {"docs/a.md": "TO" + "DO: write\n"},
    "somebody's machine": {"docs/a.md": "see " + "/work" + "/x\n"},
    "a tab": {"daemon/core/a.c": f"{MARK}int\ta;\n"},
    "a space at the end": {"daemon/core/a.c": f"{MARK}int a; \n"},
    "a return at the end": {"docs/a.md": "a\r\n"},
    "no last newline": {"docs/a.md": "a"},
    "goto": {"daemon/core/a.c": f"{MARK}void f(void) {{\n        goto end;\n}}\n"},
    "alloca": {"daemon/run/a.c": f"{MARK}void *p = alloca(3);\n"},
    "an unbounded write": {"ctl/a.c": f"{MARK}int n = sprintf(p, \"x\");\n"},
    "hidden state": {"daemon/os/a.c": f"{MARK}const char *t = ctime(&now);\n"},
}
GOOD = {
    "a source": {"daemon/core/a.c": f"{MARK}\n/* goto is not used */\nint a; /* gmtime_r */\n"},
    "a header": {"daemon/core/a.h": f"{HEADER}/* What it is. */\n\n#include <math.h>\n"},
    "a process": {"daemon/helpers/clock/main.c": MARK},
    "a path in another root": {"docs/a.md": "see $T/root/x and https://example.org/home/x\n"},
}

if __name__ == "__main__":
    sys.exit(tree.run("style", check, BAD, GOOD))
