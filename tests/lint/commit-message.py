#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""A commit's subject is `area: what` in at most 60 characters; a body, after a blank line, says why.

As a lint it looks at the commits that are not yet upstream: what has landed is history. As a hook it judges one message:
    printf '#!/bin/sh\\nexec tests/lint/commit-message.py . "$1"\\n' >.git/hooks/commit-msg; chmod +x .git/hooks/commit-msg
"""

import pathlib
import re
import shutil
import subprocess
import sys

SUBJECT_LENGTH = 60
SUBJECT = re.compile(r"[a-z0-9][a-z0-9./ -]*: \S.*[^.\s]")
GENERATED = re.compile(r'Merge |Revert "|fixup! |squash! ')


def problems(message):
    lines = [line for line in message.splitlines() if not line.startswith("#")]
    subject = lines[0] if lines else ""
    if GENERATED.match(subject):
        return
    if len(subject) > SUBJECT_LENGTH:
        yield f"the subject has {len(subject)} characters, more than {SUBJECT_LENGTH}"
    if not SUBJECT.fullmatch(subject):
        yield "the subject is not `area: what` without a full stop"
    if len(lines) > 1 and lines[1]:
        yield "the second line is not blank"
    if not any(line.strip() for line in lines[2:]):
        yield "no body says why"


BAD = ["", "Fix things", "core: " + "x" * 55, "core: end.\n\nWhy.", "core:x\n\nWhy.", "core: what", "core: what\nWhy.", "core: what\n\n# a"]
GOOD = ["core: what\n\nWhy.\n", "tests/sim: a clock that wanders\n\nBecause.\n\nMore.", "core: " + "x" * 54 + "\n\nWhy.",
        'Revert "core: what"\n\nThis reverts commit 1.', "# a comment\ncore: what\n\nWhy."]


def unlanded(root):
    """Messages of the commits that upstream lacks; none outside a repository, without an upstream or without git."""
    if not shutil.which("git"):
        return []
    result = subprocess.run(["git", "-c", "safe.directory=*", "-C", root, "log", "-z", "--format=%B", "@{upstream}..HEAD"],
                            capture_output=True, text=True, check=False)
    return [message for message in result.stdout.split("\0") if message.strip()] if result.returncode == 0 else []


def main():
    wrong = [message for message in BAD if not list(problems(message))] + [m for m in GOOD if list(problems(m))]
    for message in wrong:
        print(f"commit-message: the lint itself is wrong about {message!r}")
    messages = [pathlib.Path(sys.argv[2]).read_text(encoding="utf-8")] if len(sys.argv) > 2 else unlanded(sys.argv[1])
    found = [(message.partition("\n")[0], text) for message in messages for text in problems(message)]
    for subject, text in found:
        print(f"{subject!r}: {text}")
    print(f"commit-message: {len(BAD)} bad and {len(GOOD)} good examples told apart, {len(messages)} messages looked at")
    return 1 if wrong or found else 0


if __name__ == "__main__":
    sys.exit(main())
