# SPDX-License-Identifier: LGPL-2.1-or-later
"""The functions and structs of C files, as universal-ctags tells them."""

import subprocess
from dataclasses import dataclass

FORMAT = "%{input}\t%K\t%N\t%n\t%e\t%Z\t%S"


@dataclass(frozen=True)
class Function:
    path: str
    name: str
    first: int
    last: int
    signature: str

    @property
    def lines(self):
        return self.last - self.first + 1

    @property
    def parameters(self):
        inside = self.signature.strip()[1:-1].strip()
        if inside in ("", "void"):
            return 0
        depth, count = 0, 1
        for character in inside:
            depth += (character in "([") - (character in ")]")
            count += character == "," and depth == 0
        return count


def tags(root, sources, kinds):
    """Rows (path, kind, name, first line, last line, scope, signature) of the tags of some C sources."""
    if not sources:
        return
    command = ["ctags", "--quiet", "--options=NONE", "--languages=C", "--langmap=C:.c.h", f"--kinds-C={kinds}",
               "--fields=+neSZ", "-x", f"--_xformat={FORMAT}", "--sort=no", "-L", "-"]
    result = subprocess.run(command, cwd=root, input="\n".join(source.path for source in sources), check=True,
                            capture_output=True, text=True)
    for line in result.stdout.splitlines():
        path, kind, name, first, last, scope, signature = line.split("\t")
        yield path, kind, name, int(first), int(last or first), scope, signature


def functions(files, sources):
    for path, _, name, first, last, _, signature in tags(files.root, sources, "f"):
        yield Function(path, name, first, last, signature)


def struct_members(files, sources):
    """(path, struct) -> its number of members."""
    counts = {}
    for path, _, _, _, _, scope, _ in tags(files.root, sources, "m"):
        counts[path, scope] = counts.get((path, scope), 0) + 1
    return counts
