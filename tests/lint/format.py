#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Every C file is as clang-format 14 with the tree's .clang-format writes it. To mend: clang-format -i FILE."""

import pathlib
import re
import shutil
import subprocess
import sys

import tree

PROGRAM = shutil.which("clang-format-14") or shutil.which("clang-format")
STYLE = pathlib.Path(__file__).parents[2] / ".clang-format"
COMPLAINT = re.compile(r"^(?P<path>[^:\n]+):(?P<line>\d+):\d+: error: code should be clang-formatted", re.MULTILINE)


def check(files):
    paths = [source.path for source in files.c]
    if not paths:
        return
    result = subprocess.run([PROGRAM, f"--style=file:{STYLE}", "--dry-run", "-Werror", "--ferror-limit=1", *paths],
                            cwd=files.root, capture_output=True, text=True, check=False)
    found = list(COMPLAINT.finditer(result.stderr))
    for match in found:
        yield tree.Problem(match["path"], int(match["line"]), "is not formatted: clang-format -i mends it")
    if result.returncode and not found:
        yield tree.Problem(".clang-format", 0, f"clang-format failed: {result.stderr.strip()}")


BAD = {
    "a wrong indent": {"daemon/core/a.c": "int f(void) {\n    return 1;\n}\n"},
    "a brace on its own line": {"ctl/a.c": "int f(void)\n{\n        return 1;\n}\n"},
    "an unformatted header": {"daemon/core/a.h": "int  f( void );\n"},
    "in tests": {"tests/unit/core/a.c": "int f(void) { int a=1; return a; }\n"},
}
GOOD = {"a formatted file": {"daemon/core/a.c": "int f(void) {\n        return 1;\n}\n"}}


def main():
    version = subprocess.run([PROGRAM or "clang-format", "--version"], capture_output=True, text=True, check=True).stdout
    if " 14." not in version:
        print(f"format: needs clang-format 14, the version whose result is the rule; found {version.strip()}")
        return 1
    return tree.run("format", check, BAD, GOOD)


if __name__ == "__main__":
    sys.exit(main())
