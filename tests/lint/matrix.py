#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""The tables of docs/dbus-threat-model.md are made from dbus/*.xml and polkit/org.timeball1.policy: `matrix.py --write` writes
them, and as a lint this compares. Whoever adds a method or loosens a default shows it in a document that is read."""

import pathlib
import sys

import gates
import tree

PAGE = "docs/dbus-threat-model.md"
BEGIN, END = "<!-- made by tests/lint/matrix.py: {} -->", "<!-- end -->"
PLACES = ("allow_any", "allow_inactive", "allow_active")
SHORT, FOREIGN = "org.timeball1.", "org.freedesktop."


def short(name):
    return name.removeprefix(SHORT).removeprefix(FOREIGN)


def action_table(actions):
    yield "| action | elsewhere | inactive session | active session | implies |"
    yield "|---|---|---|---|---|"
    for name, defaults, annotations, _ in actions:
        implied = ", ".join(f"`{short(word)}`" for word in annotations.get(gates.IMPLY, "").split())
        yield f"| `{short(name)}` | " + " | ".join(defaults[place] for place in PLACES) + f" | {implied} |"


def method_table(methods, actions):
    defaults = {name: " / ".join(by_place[place] for place in PLACES) for name, by_place, *_ in actions}
    yield "| method | action | elsewhere / inactive / active |"
    yield "|---|---|---|"
    for interface, member, variant, action in sorted(methods, key=lambda m: (m[0], m[1], m[2] or "")):
        option = f", with `{variant}` as well" if variant else ""
        may = defaults.get(action, "yes") if action != gates.EVERYBODY else "yes"
        yield f"| `{short(interface)}.{member}`{option} | {f'`{short(action)}`' if action != gates.EVERYBODY else 'none'} | {may} |"


def tables(files):
    policy = next(source for source in files.sources if source.path == gates.POLICY)
    actions = list(gates.actions_of(policy))
    return {"actions": list(action_table(actions)), "methods": list(method_table(gates.methods(files), actions))}


def filled(text, made):
    """The page with its tables as they should be; a table without its place in the page is an error."""
    for name, lines in made.items():
        before, begin, rest = text.partition(BEGIN.format(name) + "\n")
        _, end, after = rest.partition(END)
        if not begin or not end:
            raise ValueError(f"there is no place for the table of {name}")
        text = before + begin + "\n".join(lines) + "\n" + end + after
    return text


def check(files):
    page = next((source for source in files.sources if source.path == PAGE), None)
    if not page:
        yield tree.Problem(PAGE, 0, "is missing")
        return
    try:
        expected = filled(page.text, tables(files))
    except ValueError as error:
        yield tree.Problem(PAGE, 0, str(error))
        return
    for number, (seen, wanted) in enumerate(zip(page.lines, expected.splitlines()), 1):
        if seen != wanted:
            yield tree.Problem(PAGE, number, f"is not what the XML and the policy say (tests/lint/matrix.py --write): {wanted}")
            return
    if page.text != expected:
        yield tree.Problem(PAGE, 0, "is not what the XML and the policy say (tests/lint/matrix.py --write)")


def example(*dropped, **changes):
    files = gates.example(**changes)
    actions = ["| action | elsewhere | inactive session | active session | implies |", "|---|---|---|---|---|",
               "| `step-clock` | auth_admin | auth_admin | auth_admin |  |"]
    methods = ["| method | action | elsewhere / inactive / active |", "|---|---|---|", "| `timesync1.Manager.Put` | `step-clock` | auth_admin / auth_admin / auth_admin |", "| `X.Get` | none | yes |",
               "| `X.Set` | `step-clock` | auth_admin / auth_admin / auth_admin |",
               "| `X.Set`, with `far` as well | `step-clock` | auth_admin / auth_admin / auth_admin |"]
    lines = [line for line in methods if line not in dropped]
    page = "\n".join(["# Threats", "", BEGIN.format("actions"), *actions, END, "", BEGIN.format("methods"), *lines, END, ""])
    return files | {PAGE: page}


BAD = {
    "a default that was loosened": example(active="auth_self"),
    "a method that is missing": example("| `X.Get` | none | yes |"),
    "a method that takes less now": example(method='<method name="Set"/>'),
    "no page": gates.example(),
    "a page without tables": gates.example() | {PAGE: "# Threats\n"},
}
GOOD = {"a page that agrees": example()}


def write(root):
    page = pathlib.Path(root, PAGE)
    page.write_text(filled(page.read_text(encoding="utf-8"), tables(tree.Tree(root))), encoding="utf-8")


if __name__ == "__main__":
    if sys.argv[1:2] == ["--write"]:
        write(pathlib.Path(__file__).parents[2])
    else:
        sys.exit(tree.run("matrix", check, BAD, GOOD))
