# SPDX-License-Identifier: LGPL-2.1-or-later
"""The source tree as the lints see it, and the one way in which a lint runs.

A lint is a function from a Tree to problems, with examples beside it: trees that it must object to and trees that it
must let pass. Every run proves the examples first, in a folder of its own, and only then looks at the real tree, so that
a lint which has gone blind fails. The tree is walked, not asked from git: a clone and an unpacked tarball look alike.
"""

import pathlib
import re
import sys
import tempfile
from dataclasses import dataclass
from functools import cached_property

DAEMON_LAYERS = ("base", "wire", "crypto", "core", "os", "refclock", "serve", "config", "bus", "run", "helpers")
PURE_LAYERS = ("base", "wire", "core")
C_SUFFIXES = (".c", ".h")

SKIPPED_NAMES = {".git", "__pycache__", "subprojects"}  # in a second working tree, .git is a file
BUILD_MARK = "meson-private"  # what every build folder holds

COMMENT_OR_STRING = re.compile(r'//[^\n]*|/\*.*?\*/|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])*\'', re.DOTALL)


@dataclass(frozen=True)
class Problem:
    path: str
    line: int
    text: str

    def __str__(self):
        return f"{self.path}:{self.line}: {self.text}" if self.line else f"{self.path}: {self.text}"


@dataclass(frozen=True)
class Source:
    root: pathlib.Path
    path: str  # from the root, with slashes

    @property
    def suffix(self):
        return pathlib.PurePosixPath(self.path).suffix

    @cached_property
    def bytes(self):
        return (self.root / self.path).read_bytes()

    @cached_property
    def text(self):
        return self.bytes.decode("utf-8", errors="replace")

    @cached_property
    def lines(self):
        return self.text.splitlines()

    @cached_property
    def code(self):
        """The lines of a C file with comments and the contents of strings blanked out."""
        return COMMENT_OR_STRING.sub(blanked, self.text).splitlines()

    @property
    def layer(self):
        """The folder below daemon/; "main" for daemon/main.c; the first folder elsewhere, "" at the root."""
        parts = self.path.split("/")
        if parts[0] == "daemon":
            return parts[1] if len(parts) > 2 else "main"
        return parts[0] if len(parts) > 1 else ""


def blanked(match):
    text = match.group()
    if text[0] in "\"'":
        return text[0] + " " * (len(text) - 2) + text[0]
    return re.sub(r"[^\n]", " ", text)


class Tree:
    def __init__(self, root):
        self.root = pathlib.Path(root).resolve()

    @cached_property
    def sources(self):
        return [Source(self.root, path) for path in sorted(walk(self.root, ""))]

    def having(self, *suffixes):
        return [source for source in self.sources if source.suffix in suffixes]

    @property
    def c(self):
        return self.having(*C_SUFFIXES)

    def in_layers(self, layers):
        return [source for source in self.c if source.path.startswith("daemon/") and source.layer in layers]


def walk(root, folder):
    for entry in (root / folder).iterdir():
        path = f"{folder}{entry.name}"
        if entry.is_symlink() or entry.name in SKIPPED_NAMES:
            continue
        if entry.is_dir():
            build = not folder and entry.name.startswith("build")
            if not build and not (entry / BUILD_MARK).exists():
                yield from walk(root, path + "/")
        elif entry.suffix not in (".o", ".pyc"):
            yield path


def matches(sources, pattern, explain):
    """One problem for each match of `pattern` in the code of the sources; `explain(match)` is its text."""
    for source in sources:
        for number, line in enumerate(source.code, 1):
            for match in re.finditer(pattern, line):
                yield Problem(source.path, number, explain(match))


def prove(name, check, bad, good):
    """Runs the check over its examples: each maps paths to contents. Returns what was wrong with the check itself."""
    wrong = []
    for examples, expected in ((bad, True), (good, False)):
        for title, files in examples.items():
            with tempfile.TemporaryDirectory(prefix=f"lint-{name}-") as folder:
                for path, content in files.items():
                    file = pathlib.Path(folder, path)
                    file.parent.mkdir(parents=True, exist_ok=True)
                    file.write_text(content, encoding="utf-8")
                found = list(check(Tree(folder)))
            if bool(found) != expected:
                wrong.append(f"{title}: {'was not caught' if expected else f'was objected to: {found[0]}'}")
    return wrong


def run(name, check, bad, good, report=None):
    """The main function of a lint: examples first, then the tree in argv[1]. Returns the exit status."""
    root = pathlib.Path(sys.argv[1]) if len(sys.argv) > 1 else pathlib.Path(__file__).parents[2]
    wrong = prove(name, check, bad, good)
    for text in wrong:
        print(f"{name}: the lint itself is wrong: {text}")
    problems = list(check(Tree(root)))
    for problem in problems:
        print(problem)
    if report:
        report(Tree(root))
    print(f"{name}: {len(bad)} bad and {len(good)} good examples told apart, {len(problems)} problems in the tree"
          if not wrong else f"{name}: {len(wrong)} examples failed, {len(problems)} problems in the tree")
    return 1 if wrong or problems else 0
