# SPDX-License-Identifier: LGPL-2.1-or-later
"""Configuration lines for every row of the table: each parameter at min-1, min, max, max+1, with a word, and missing.

`@D@` stands for a directory of the case's own.
"""

import json
import random
import subprocess

WORD = "xyzzy"
SUBNETS = ("10", "10.1", "10.1/8", "10.0.0.0/8", "10/32", "10/33", "10/-1", "10/8x", "10/", "/8", "1.2.3.4", "1.2.3.4.5",
           "256.1.1.1", "2001:db8::/32", "::1", "::/0", "::1/128", "::1/129", "localhost", WORD, "all", "ALL")
ADDRESSES = ("127.0.0.1", "::1", "1.2.3", "127.0.0.1/8", "256.1.1.1", "::g")
# Arguments with which the real daemon can run in an empty directory and a network namespace of its own.
GOOD = {
    "confdir": ["@D@"], "include": ["@D@/empty.conf"], "sourcedir": ["@D@"], "hwtimestamp": ["*"], "refclock": ["SHM", "0"],
    "leapsectz": ["right/UTC"], "pidfile": ["@D@/pid"], "user": ["root"], "tempcomp": ["@D@/t", "30", "@D@/empty.conf"],
    "mailonchange": ["root", "1"], "ntsservercert": ["@D@/none"], "ntsserverkey": ["@D@/none"],
}
# What the table has no parameter for: how words and numbers are read.
GRAMMAR = (
    "! a comment", "; a comment", "  # a comment", "% a comment", "PORT 0", "port 0 # no comment", "port 0#", "port 12abc",
    "port 1.5", "port +5", "port 0x10", "port 99999999999", "port -99999999999", "maxdistance inf", "maxdistance nan",
    "maxdistance 0x10", "maxdistance 1e400", "maxdistance 1,5", "maxdistance 1e", "maxdistance .5", "xyzzy", "xyzzy 1",
    "server 127.0.0.1 minpoll 6iburst", "server 127.0.0.1 minpoll 6xyzzy", "server 127.0.0.1 minpoll 6.5",
    "server 127.0.0.1 maxdelay 1xyzzy", "server 127.0.0.1 extfield F323iburst", "server 127.0.0.1 IBURST", "server 127.0.0.1 iburst iburst",
    "server 127.0.0.1 minpoll 4 maxpoll 3", "server 127.0.0.1 xyzzy", "server 10.0.0.0/8", "server 256.1.1.1",
    "server fe80::1%lo", "pool 127.0.0.1", "peer 127.0.0.1 nts", "server 127.0.0.1 nts key 1",
    "log Measurements", "refclock shm 0", "refclock SHM 0:perm=0644", "refclock SHM 0:xyzzy", "refclock SOCK @D@/s",
    "refclock SOCK @D@/s:xyzzy", "refclock PPS @D@/none", "refclock PHC @D@/none:xyzzy", "refclock xyzzy 0",
    "refclock SHM 0 refid ABCDE", "refclock SHM 0 tai", "include @D@/none", "include @D@/none*", "include @D@/*.conf",
    "confdir @D@/none", "confdir 1 2 3 4 5 6 7 8 9 10", "confdir 1 2 3 4 5 6 7 8 9 10 11", "sourcedir @D@/none",
    "sourcedir 1 2 3 4 5 6 7 8 9 10 11", "rtcfile @D@/rtc\nrtcsync", "noclientlog\nratelimit",
    "ntsservercert @D@/none\nntsservercert @D@/none\nntsserverkey @D@/none", "server 127.0.0.1\nserver 127.0.0.1",
    "refclock SHM 0 refid ABC lock DEF", "smoothtime 400 0.01 xyzzy", "smoothtime 1.2.0 xyzzy leaponly", "makestep 1.5.5 3", "minsamples 10\nmaxsamples 5",
    "allow all all", "allow all 10/8", "allow 10/8 10/8", "port", "bindaddress 127.0.0.1 ::1",
)


def rows(program):
    return json.loads(subprocess.run([program], check=True, capture_output=True, text=True).stdout)


def number(value):
    return str(int(value)) if value == int(value) else repr(value)


def beyond(param):
    """[(text outside the range, text of the nearest end)]"""
    if param["kind"] not in ("integer", "number"):
        return []
    return [(number(param["min"] - 1), number(param["min"])), (number(param["max"] + 1), number(param["max"]))]


def good_value(param):
    if param["default"] is not None and not param["repeats"]:
        return param["default"]
    return {"integer": number(max(param["min"], 1)), "number": number(max(param["min"], 1)), "host": "127.0.0.1",
            "address": "127.0.0.1", "listen": "@D@/sock", "subnet": "10.0.0.0/8", "refid": "ABC",
            "choice": (param["choices"] or [""])[0], "hex": (param["choices"] or [""])[0]}.get(param["kind"], "@D@/x")


def values(param):
    kind = param["kind"]
    if kind in ("integer", "number"):
        (below, low), (above, high) = beyond(param)
        return [below, low, high, above, WORD]
    if kind in ("choice", "hex"):
        return [*param["choices"], param["choices"][0].upper(), WORD]
    return {"subnet": SUBNETS, "address": ADDRESSES, "listen": (*ADDRESSES, "/", "@D@/sock"),
            "host": ("127.0.0.1", "::1", WORD), "refid": ("A", "ABCD", "ABCDE")}.get(kind, (WORD,))


def argument_lines(name, form):
    good = GOOD.get(name) if len(GOOD.get(name, ())) == len(form) else None
    good = good or [good_value(param) for param in form]
    for count in range(len(form) + 1):
        yield " ".join([name, *good[:count]])
    yield " ".join([name, *good, "surplus"])
    for position, param in enumerate(form):
        for value in values(param):
            yield " ".join([name, *good[:position], value, *good[position + 1:]])


def option_lines(row):
    name = row["name"]
    start = " ".join([name, *(GOOD.get(name) or [good_value(param) for param in row["forms"][0]])])
    for param in row["options"]:
        option = f"{start} {param['name']}"
        yield option
        if param["kind"] != "flag":
            for value in values(param):
                yield f"{option} {value}"


def lines(row):
    if row["alias_of"] or row["ignored"]:  # read as another one, or ignored
        yield from (row["name"], f"{row['name']} @D@/x", f"{row['name']} 1 2")
        return
    for form in row["forms"]:
        yield from argument_lines(row["name"], form)
    yield from option_lines(row)


def all_lines(table):
    """Every line once, in a stable order."""
    return list(dict.fromkeys([line for row in table for line in lines(row)] + list(GRAMMAR)))


def clamped(table):
    """{line: text of the value in effect} for what is outside a range that clamps."""
    found = {}
    for row in table:
        name = row["name"]
        for form in row["forms"]:
            good = GOOD.get(name) if len(GOOD.get(name, ())) == len(form) else [good_value(param) for param in form]
            for position, param in enumerate(form):
                for outside, end in beyond(param):
                    if param["beyond"] == "clamp":
                        found[" ".join([name, *good[:position], outside, *good[position + 1:]])] = end
        start = " ".join([name, *(GOOD.get(name) or [good_value(param) for param in row["forms"][0]])])
        for param in row["options"]:
            for outside, end in beyond(param):
                if param["beyond"] == "clamp":
                    found[f"{start} {param['name']} {outside}"] = end
    return found


def random_value(generator, param, tails=("",)):
    value = generator.choice(values(param))
    if param["kind"] in ("integer", "number") and generator.random() < 0.5:
        value = number(generator.uniform(param["min"], param["max"]))
    return value + generator.choice(tails)


def random_lines(table, seed, count):
    """Lines with several options and values from anywhere, seldom right as a whole."""
    generator = random.Random(seed)
    # What stands behind a number is often the next word. Of several arguments differences.txt tells.
    tails = ("", "", "", "", "iburst", "x", ".0", "e1")
    live = [row for row in table if not row["alias_of"]]
    optional = [row for row in live if row["options"]]
    for _ in range(count):
        row = generator.choice(optional if generator.random() < 0.7 else live)
        form = generator.choice(row["forms"])
        arguments = [random_value(generator, param, tails if len(form) == 1 else ("",)) for param in form]
        words = [row["name"], *(GOOD.get(row["name"]) or arguments)]
        for param in generator.sample(row["options"], min(len(row["options"]), generator.randrange(5))):
            words.append(param["name"])
            if param["kind"] != "flag":
                words.append(random_value(generator, param, tails))
        yield " ".join(words)
