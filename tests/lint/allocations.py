#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""core takes memory where its owner can see it: in a *_new function, or where a list grows towards its named limit.

The name of the function says which: NOUN_new; NOUN_add, NOUN_grow, NOUN_reserve or make_room.
"""

import re
import sys

import functions
import tree

ALLOCATES = re.compile(r"\b(malloc|calloc|realloc|reallocarray|strdup|strndup|asprintf|vasprintf)\s*\(")
ALLOWED = re.compile(r"(\w+_)?(new|add|grow|reserve|make_room)(_\w+)?")


def check(files):
    sources = files.in_layers({"core"})
    found = {}
    for function in functions.functions(files, sources):
        found.setdefault(function.path, []).append(function)
    for source in sources:
        for number, line in enumerate(source.code, 1):
            for match in ALLOCATES.finditer(line):
                inside = [f for f in found.get(source.path, ()) if f.first <= number <= f.last]
                if not inside or not ALLOWED.fullmatch(inside[0].name):
                    where = inside[0].name if inside else "file scope"
                    yield tree.Problem(source.path, number, f"{where} calls {match.group(1)}: only *_new and what "
                                       "grows a list (*_add, *_grow, *_reserve, make_room) take memory")


BAD = {
    "on a packet": {"daemon/core/a.c": "void assoc_on_packet(void) {\n        void *p = malloc(3);\n}\n"},
    "in a macro": {"daemon/core/a.c": "#define COPY(x) strdup(x)\n"},
    "behind a good function": {"daemon/core/a.c": "void *a_new(void) {\n        return calloc(1, 1);\n}\n\n"
                               "int a_run(void) {\n        return !realloc(0, 3);\n}\n"},
}
GOOD = {
    "in a constructor": {"daemon/core/a.c": "Engine *engine_new(void) {\n        return calloc(1, 1);\n}\n"},
    "a list grows": {"daemon/core/a.c": "static int sources_grow(L *l) {\n        return !reallocarray(l, 2, 3);\n}\n"},
    "other layers": {"daemon/run/a.c": "int f(void) {\n        return !malloc(3);\n}\n"},
    "a comment": {"daemon/core/a.c": "void f(void) {\n        /* no malloc() here */\n}\n"},
}

if __name__ == "__main__":
    sys.exit(tree.run("allocations", check, BAD, GOOD))
