#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""codespell over every text of the tree. Words that it takes for mistakes and that are none stand below, with the reason."""

import re
import subprocess
import sys

import tree

FINE = {
    "te": "a name of a stamp",
    "ans": "an answer's variable",
    "clen": "the length of a ciphertext",
    "fo": "chrony's abbreviation",
    "hist": "history",
    "inh": "inherited capabilities",
    "localed": "a service of systemd",
    "retuned": "of an oscillator",
}
BINARY = {".png", ".bin", ".pcap", ".gz"}
DATA = ("tests/fuzz/corpus/", "tests/vectors/")
COMPLAINT = re.compile(r"^(?:\./)?(?P<path>[^:]+):(?P<line>\d+): (?P<text>.+ ==> .+)$")


def check(files):
    paths = [source.path for source in files.sources
             if source.suffix not in BINARY and not source.path.startswith(DATA) and b"\0" not in source.bytes]
    if not paths:
        return
    result = subprocess.run(["codespell", "--ignore-words-list", ",".join(FINE), *paths], cwd=files.root,
                            capture_output=True, text=True, check=False)
    for line in result.stdout.splitlines():
        if match := COMPLAINT.match(line):
            yield tree.Problem(match["path"], int(match["line"]), match["text"])
    if result.returncode not in (0, 65):
        yield tree.Problem("codespell", 0, f"failed: {result.stderr.strip()}")


WRONG = "rec" + "ieve"  # in two parts, so that this file passes
BAD = {
    "in a comment": {"daemon/core/a.c": f"/* we {WRONG} it */\n"},
    "in a document": {"docs/a.md": f"to {WRONG}\n"},
    "in a file without suffix": {"tools/try": f"# to {WRONG}\n"},
}
GOOD = {"well spelt": {"docs/a.md": "to receive\n"}, "data": {"tests/fuzz/corpus/a": f"{WRONG}\n"}}

if __name__ == "__main__":
    sys.exit(tree.run("spelling", check, BAD, GOOD))
