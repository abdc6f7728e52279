#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""shellcheck over every shell script, found by suffix or by first line."""

import re
import subprocess
import sys

import tree

COMPLAINT = re.compile(r"^(?P<path>[^:]+):(?P<line>\d+):\d+: (?P<text>.+)$")
FIRST_LINE = re.compile(rb"#!\s*(/usr)?/bin/(env )?(ba|da)?sh\b")


def check(files):
    scripts = [source.path for source in files.sources if source.suffix == ".sh" or FIRST_LINE.match(source.bytes)]
    if not scripts:
        return
    result = subprocess.run(["shellcheck", "--severity=style", "--external-sources", "--format=gcc",
                             "--source-path=SCRIPTDIR", *scripts], cwd=files.root, capture_output=True, text=True, check=False)
    for line in result.stdout.splitlines():
        if match := COMPLAINT.match(line):
            yield tree.Problem(match["path"], int(match["line"]), match["text"])
    if result.returncode not in (0, 1):
        yield tree.Problem("shellcheck", 0, f"failed: {result.stderr.strip()}")


BAD = {
    "an unquoted variable": {"tools/a": "#!/bin/bash\nrm -rf $1\n"},
    "an unchecked cd": {"tools/b.sh": "# shellcheck shell=bash\ncd \"$1\"\nls\n"},
    "a syntax error": {"c": "#! /bin/sh\nif true; then\n"},
}
GOOD = {"a script": {"tools/a": "#!/bin/bash\nrm -f \"$1\"\n"}, "no script": {"docs/a.md": "rm -rf $1\n"}}

if __name__ == "__main__":
    sys.exit(tree.run("shell", check, BAD, GOOD))
