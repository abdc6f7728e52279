#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Sizes: functions, files and parameters have limits; the rest is printed (docs/architecture.md, "Sizes").

A test's function has the limit of the layers above core. Files that are one table are named below and have no limit.
"""

import sys

import functions
import tree

LINES_PURE, LINES_ELSEWHERE = 60, 100
FILE_LINES = 600
BUILD_FILE_LINES = 120
PARAMETERS = 6
MEMBERS = 20
P90_PURE, P90_ELSEWHERE = 35, 45

TABLES = {"daemon/config/table.c", "daemon/config/directives.c"}
# sd-bus prescribes seven parameters to the getter and the setter of a property.
CALLBACK = "(sd_bus * "


def pure(path):
    return path.startswith("daemon/") and path.split("/")[1] in tree.PURE_LAYERS


def check(files):
    for function in functions.functions(files, files.c):
        limit = LINES_PURE if pure(function.path) else LINES_ELSEWHERE
        if function.lines > limit:
            yield tree.Problem(function.path, function.first, f"{function.name} has {function.lines} lines, more than {limit}")
        if function.parameters > PARAMETERS and not function.signature.startswith(CALLBACK):
            yield tree.Problem(function.path, function.first,
                               f"{function.name} has {function.parameters} parameters, more than {PARAMETERS}")
    for source in files.c + files.having(".py"):
        if len(source.lines) > FILE_LINES and source.path not in TABLES:
            yield tree.Problem(source.path, 0, f"{len(source.lines)} lines, more than {FILE_LINES}")
    for source in files.sources:
        if source.path.endswith("meson.build") and len(source.lines) > BUILD_FILE_LINES:
            yield tree.Problem(source.path, 0, f"{len(source.lines)} lines, more than {BUILD_FILE_LINES}")


def quantile(values, q):
    return sorted(values)[min(len(values) - 1, int(q * len(values)))] if values else 0


def lines_of(sources):
    return sum(len(source.lines) for source in sources)


def report(files):
    found = list(functions.functions(files, files.c))
    for title, target, wanted in (("base wire core", P90_PURE, pure),
                                  ("elsewhere", P90_ELSEWHERE, lambda path: not pure(path) and path[:5] != "tests"),
                                  ("tests", None, lambda path: path.startswith("tests/"))):
        group = [function for function in found if wanted(function.path)]
        lengths = [function.lines for function in group]
        longest = max(group, key=lambda function: function.lines, default=None)
        print(f"functions, {title}: {len(group)}, median {quantile(lengths, 0.5)}, p90 {quantile(lengths, 0.9)}"
              + (f" (aim {target})" if target else "") + (f", longest {longest.name} {longest.lines}" if longest else ""))
    product = [source for source in files.c if not source.path.startswith("tests/")]
    print(f"files: median {quantile([len(s.lines) for s in product], 0.5)}, "
          f"largest {max(((len(s.lines), s.path) for s in product), default=(0, ''))}")
    for (path, struct), count in functions.struct_members(files, product).items():
        if count > MEMBERS:
            print(f"struct {struct} of {path} has {count} members, more than {MEMBERS}")
    ratio(files, product)


def ratio(files, product):
    tests = [source for source in files.c + files.having(".py") if source.path.startswith("tests/")]
    a, b = lines_of(product), lines_of(tests)
    print(f"lines: product {a}, tests {b}, ratio {b / max(a, 1):.2f} (aim 0.70)")
    for layer in ("wire", "core"):
        a = lines_of(files.in_layers({layer}))
        b = lines_of([source for source in tests if source.path.startswith(f"tests/unit/{layer}/")])
        print(f"lines of {layer}: product {a}, unit tests {b}, ratio {b / max(a, 1):.2f} (aim 1.00)")


def long_function(lines, signature="int f(void)"):
    return f"{signature} {{\n" + "        g();\n" * (lines - 2) + "}\n"


BAD = {
    "61 lines in core": {"daemon/core/a.c": long_function(61)},
    "61 lines in an inline function of base": {"daemon/base/a.h": long_function(61, "static inline int f(void)")},
    "101 lines in run": {"daemon/run/a.c": long_function(101)},
    "101 lines in a test": {"tests/unit/core/a.c": long_function(101)},
    "a long function behind a short one": {"daemon/wire/a.c": long_function(5) + long_function(70, "int g(int a)")},
    "seven parameters": {"ctl/a.c": "int f(int a, int b, int c, int d, int e, int f, void (*g)(int, int)) {\n}\n"},
    "601 lines": {"daemon/os/a.c": "int a;\n" * 601},
    "a long build file": {"daemon/meson.build": "# x\n" * 121},
}
GOOD = {
    "60 lines in core": {"daemon/core/a.c": long_function(60)},
    "100 lines in run": {"daemon/run/a.c": long_function(100)},
    "a table": {"daemon/config/table.c": "int a;\n" * 900},
    "a property's getter": {"daemon/bus/a.c": "int get(sd_bus *bus, const char *path, const char *interface, const char *p,"
                            " sd_bus_message *reply, void *userdata, sd_bus_error *e) {\n}\n"},
    "six parameters, one a function": {"ctl/a.c": "int f(int a, int b, int c, int d, int e, void (*g)(int, int)) {\n}\n"},
}

if __name__ == "__main__":
    sys.exit(tree.run("sizes", check, BAD, GOOD, report))
