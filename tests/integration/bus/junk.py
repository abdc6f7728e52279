# SPDX-License-Identifier: LGPL-2.1-or-later
"""Arguments of the right types, and of others, that nobody would send: from a random source with a seed."""

from gi.repository import GLib

TEXTS = ("", "1", "all", "0", "-1", "192.0.2.0/24", "2001:db8::/32", "10.1", "ntp.example", "/org/timeball1/source/1", "offset", "server",
         "server 192.0.2.77", "iface:eth0", "new\nline", "\x1b[31mred", "%n%s%n", "\u202egnp", "--help", "-oProxyCommand=x", "x" * 300,
         "\u00e9\u4e2d", "a b", "../../etc/passwd", "sources", "clock", "\t", "'", "*")
LONG_TEXT = "x" * 65536
PATHS = ("/", "/org/timeball1", "/org/timeball1/clock", "/org/timeball1/source/1", "/org/timeball1/source/999", "/org/timeball1/pool/1", "/a")
KEYS = ("persist", "iburst", "minpoll", "maxpoll", "stratum", "distance", "orphan", "reset", "sort", "subnet", "min-packets", "what", "aspects",
        "state", "ids", "changed-since", "selectopts", "maxdelay", "offset", "threshold", "", "x\ny")
DOUBLES = (0.0, -0.0, 1.0, -1.0, 1e-9, 1e9, 1e308, -1e308, float("inf"), float("-inf"), float("nan"), 4.0, 0.25)
BITS = {"y": (8, False), "n": (16, True), "q": (16, False), "i": (32, True), "u": (32, False), "x": (64, True), "t": (64, False)}
ANY = ("s", "b", "u", "i", "d", "t", "as", "o", "au")


def whole(source, kind):
    bits, signed = BITS[kind]
    low = -(1 << bits - 1) if signed else 0
    high = low + (1 << bits) - 1
    return source.choice((0, 1, 2, min(high, 5), low, high, source.randint(low, high), source.randint(0, min(high, 100))))


def text(source):
    return LONG_TEXT if source.random() < 0.002 else source.choice(TEXTS)


def value(source, kind):
    """A GLib.Variant of that type, one complete type."""
    if kind in BITS:
        return GLib.Variant(kind, whole(source, kind))
    if kind == "d":
        return GLib.Variant("d", source.choice(DOUBLES))
    if kind == "b":
        return GLib.Variant("b", source.random() < 0.5)
    if kind == "s":
        return GLib.Variant("s", text(source))
    if kind == "o":
        return GLib.Variant("o", source.choice(PATHS))
    if kind == "v":
        return GLib.Variant("v", value(source, source.choice(ANY)))
    if kind == "a{sv}":
        return GLib.Variant(kind, {source.choice(KEYS): value(source, source.choice(ANY)) for _ in range(source.choice((0, 0, 1, 1, 3)))})
    if kind.startswith("a"):
        of = GLib.VariantType.new(kind[1:])
        return GLib.Variant.new_array(of, [value(source, kind[1:]) for _ in range(source.choice((0, 1, 1, 2, 40)))])
    return GLib.Variant.new_tuple(*[value(source, part) for part in parts(kind[1:-1])])


def parts(kinds):
    """The complete types that stand in a row."""
    while kinds:
        end = next(i for i in range(1, len(kinds) + 1) if GLib.variant_type_string_is_valid(kinds[:i]))
        yield kinds[:end]
        kinds = kinds[end:]


def arguments(source, kinds):
    """Of a method that takes these types; one in sixteen has one too few, one too many or another."""
    wrong = source.random()
    if wrong < 0.02:
        kinds = kinds[:-1]
    elif wrong < 0.04:
        kinds = [*kinds, source.choice(ANY)]
    elif wrong < 0.06 and kinds:
        kinds = [*kinds[:-1], source.choice(ANY)]
    return GLib.Variant.new_tuple(*[value(source, kind) for kind in kinds])
