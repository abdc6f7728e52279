# SPDX-License-Identifier: LGPL-2.1-or-later
"""What compiled objects hold and ask for: the truth behind macros, inline functions and the compiler's own calls.

The lints over objects look at the archives that meson hands them (name=path arguments) and, in their examples, at
snippets compiled here by the machine's `cc`. They do not run in sanitized builds, whose instrumentation adds both
variables and calls of its own.
"""

import pathlib
import re
import subprocess
import sys
import tempfile
from dataclasses import dataclass

import tree

SYMBOL = re.compile(r"^[0-9a-f]+ (?P<flags>.{7}) (?P<section>\S+)\t[0-9a-f]+ +(?:\.hidden )?(?P<name>\S+)$")
MEMBER = re.compile(r"^(?P<name>\S+):\s+file format")


@dataclass(frozen=True)
class Symbol:
    member: str  # the object file
    name: str
    section: str
    flags: str

    @property
    def undefined(self):
        return self.section == "*UND*"

    @property
    def offered(self):
        """To other objects: defined, and not static."""
        return not self.undefined and not self.flags.startswith("l")


def symbols(archive):
    result = subprocess.run(["objdump", "-t", str(archive)], check=True, capture_output=True, text=True)
    member = pathlib.Path(archive).name
    for line in result.stdout.splitlines():
        if match := MEMBER.match(line):
            member = match["name"]
        elif match := SYMBOL.match(line):
            yield Symbol(member, match["name"], match["section"], match["flags"])


def compiled(root, code):
    """An object file made of a snippet."""
    source, result = pathlib.Path(root, "snippet.c"), pathlib.Path(root, "snippet.o")
    source.write_text(code, encoding="utf-8")
    subprocess.run(["cc", "-std=gnu17", "-O1", "-fno-common", "-fno-builtin", "-fpic", "-c", str(source), "-o", str(result)],
                   check=True)
    return result


def prove(check, bad, good):
    """As tree.prove, for checks of (layer, object file) and examples of title -> (layer, C code)."""
    wrong = []
    for examples, expected in ((bad, True), (good, False)):
        for title, (layer, code) in examples.items():
            with tempfile.TemporaryDirectory(prefix="lint-") as folder:
                found = list(check(layer, compiled(folder, code)))
            if bool(found) != expected:
                wrong.append(f"{title}: {'was not caught' if expected else f'was objected to: {found[0]}'}")
    return wrong


def archives():
    """The name=path arguments of the command line."""
    return [argument.split("=", 1) for argument in sys.argv[2:]]


def close(name, wrong, problems):
    """Prints what was found; returns the exit status."""
    looked_at = len(archives())
    for text in wrong:
        print(f"{name}: the lint itself is wrong: {text}")
    for problem in problems:
        print(problem)
    if not looked_at:
        print(f"{name}: no archive was given")
    print(f"{name}: {len(wrong)} examples failed, {len(problems)} problems in {looked_at} layers")
    return 1 if wrong or problems or not looked_at else 0
