#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""How much one user may take of the daemon over D-Bus, X_EACH of X_MAX in daemon/bus/*.h, stands in docs/dbus-threat-model.md."""

import re
import sys

import tree

PAGE, FOLDER = "docs/dbus-threat-model.md", "daemon/bus/"
EACH = re.compile(r"\b(\w+)_EACH = (\d+),\s*/\* of one (?:user|sender)\b")
# The row of the page's bounds that says it.
ROWS = {
    "HELD_WAITING": "calls that wait to know their sender's user",
    "HELD_CHECKS": "calls that polkit is asked about",
    "CLIENT_CALLS": "list of clients",
    "SAVE_CALLS": "calls that wait for the disk",
    "SUBSCRIPTIONS": "subscribers",
    "SYNC_WAITS": "calls of `WaitSync` that wait",
}


def said(page, name):
    """The second column of its row, or None."""
    for line in page.lines:
        columns = [column.strip() for column in line.split("|")]
        if len(columns) > 3 and columns[1] == ROWS.get(name):
            return columns[2]
    return None


def check(files):
    page = next((source for source in files.sources if source.path == PAGE), None)
    if not page:
        yield tree.Problem(PAGE, 0, "is missing")
        return
    for source in files.sources:
        if not source.path.startswith(FOLDER) or source.suffix != ".h":
            continue
        for name, each in EACH.findall(source.text):
            most = re.search(rf"\b{name}_MAX = (\d+)", source.text)
            bound = said(page, name)
            if bound is None:
                yield tree.Problem(source.path, 0, f"{name}_EACH has no row in {PAGE}")
            elif not most or not re.search(rf"\b{each} of one\b", bound) or most[1] not in re.findall(r"\d+", bound):
                yield tree.Problem(PAGE, 0, f"{ROWS[name]}: {bound}, which is not what {source.path} says")


HEADER = "enum {\n        SAVE_CALLS_MAX = 64,\n        SAVE_CALLS_EACH = 8, /* of one user; root has all */\n};\n"
ROW = "| calls that wait for the disk | 8 of one user, 64 of all | refused |\n"


def example(header=HEADER, row=ROW):
    return {f"{FOLDER}save-call.h": header, PAGE: "# Threats\n\n| what | bound | above it |\n|---|---|---|\n" + row}


BAD = {
    "a bound without a row": example(row=""),
    "a bound of a kind that is not known": example(header=HEADER.replace("SAVE", "OTHER")),
    "another number for one": example(row=ROW.replace("8", "9")),
    "another number for all": example(row=ROW.replace("64", "32")),
    "no page": {f"{FOLDER}save-call.h": HEADER},
}
GOOD = {"a page that agrees": example(), "what is not of one user": example(header=HEADER.replace("user", "subnet"), row="")}

if __name__ == "__main__":
    sys.exit(tree.run("bounds", check, BAD, GOOD))
