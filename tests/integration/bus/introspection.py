# SPDX-License-Identifier: LGPL-2.1-or-later
"""Introspection data as plain values: of dbus/*.xml, and of what runs."""

from xml.etree import ElementTree

import stage
from harness import case

EMITS = "org.freedesktop.DBus.Property.EmitsChangedSignal"
ACTION = "org.timeball1.Action"
IN_THE_XML_ONLY = {"org.gtk.GDBus.C.UnixFD", ACTION}  # sd-bus cannot tell them


def objects(source):
    """The interfaces by path, of one object of each kind."""
    return {stage.MANAGER: {"Manager"}, stage.CLOCK: {"Clock"}, stage.SERVER: {"Server"},
            f"{stage.SOURCES}/{source}": {"Source", "NTPSource"}}


def annotations(element):
    found = {a.get("name"): a.get("value") for a in element.findall("annotation") if a.get("name") not in IN_THE_XML_ONLY}
    if element.tag == "property":
        found.setdefault(EMITS, "true")
    return found


def members(interface):
    """Everything that can be compared of an interface, as plain values by kind and name."""
    found = {}
    for element in interface:
        if not isinstance(element.tag, str) or element.tag == "annotation":
            continue
        default = "in" if element.tag == "method" else None
        arguments = [(a.get("name"), a.get("type"), a.get("direction", default)) for a in element.findall("arg")]
        found[element.tag, element.get("name")] = (element.get("type"), element.get("access"), arguments,
                                                   annotations(element))
    return found


def interfaces(root):
    return {i.get("name"): members(i) for i in root.iter("interface") if i.get("name").startswith(stage.NAME)}


def contract():
    found = {}
    for path in sorted((case.SOURCE / "dbus").glob("*.xml")):
        found |= interfaces(ElementTree.parse(path).getroot())
    return found


def live(client, path):
    return ElementTree.fromstring(client.call(path, "org.freedesktop.DBus.Introspectable", "Introspect")[0])


def compare(test, client, source=2):
    """That of each object, to the last annotation; and nothing in the XML is left over."""
    written, seen = contract(), {}
    for path, names in objects(source).items():
        found = interfaces(live(client, path))
        test.assertEqual(set(found), {f"{stage.NAME}.{name}" for name in names})
        seen |= found
    test.assertEqual(set(seen), set(written))
    for name, expected in written.items():
        test.assertEqual(set(seen[name]), set(expected), name)
        for member, what in expected.items():
            test.assertEqual(seen[name][member], what, f"{name} {member}")
