# SPDX-License-Identifier: LGPL-2.1-or-later
"""Introspection data as plain values: of dbus/*.xml, and of what runs. Each interface that the daemon has by now is compared
with the XML to the last annotation; only interfaces of LATER may be missing, and are counted."""

from xml.etree import ElementTree

import stage
from harness import case

EMITS = "org.freedesktop.DBus.Property.EmitsChangedSignal"
ACTION = "org.timeball1.Action"
TIMESYNC, TIMESYNC_PATH = "org.freedesktop.timesync1.Manager", "/org/freedesktop/timesync1"
IN_THE_XML_ONLY = ("org.gtk.GDBus.C.UnixFD", ACTION)  # what sd-bus cannot tell begins so


# Interfaces whose objects come with what they are about; their XML is checked by tests/lint/introspection.py alone.
LATER = {f"{stage.NAME}.{name}" for name in ("NTS", "NTSServer", "Refclock", "Gnss", "RTC", "Smoothing", "Manual")}


def objects(source):
    """The interfaces by path, of one object of each kind."""
    return {stage.MANAGER: {"Manager"}, stage.CLOCK: {"Clock"}, stage.SERVER: {"Server"},
            f"{stage.SOURCES}/{source}": {"Source", "NTPSource", "SymmetricAuth"},
            stage.POOL: {"Pool"}, stage.HINT: {"Hint"}}


def annotations(element):
    found = {a.get("name"): a.get("value") for a in element.findall("annotation")
             if not a.get("name").startswith(IN_THE_XML_ONLY)}
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


def interface(root, name):
    return next(i for i in root.iter("interface") if i.get("name") == name)


def interfaces(root):
    return {i.get("name"): members(i) for i in root.iter("interface") if i.get("name").startswith(stage.NAME)}


def written():
    """All of dbus/*.xml."""
    found = {}
    for path in sorted((case.SOURCE / "dbus").glob("*.xml")):
        found |= interfaces(ElementTree.parse(path).getroot())
    return found


def contract():
    return {name: what for name, what in written().items() if name not in LATER}


def methods():
    """(interface, method): action, None for everybody; of the whole contract, LATER apart."""
    found = {}
    for path in sorted((case.SOURCE / "dbus").glob("*.xml")):
        for interface in ElementTree.parse(path).getroot().iter("interface"):
            for method in interface.findall("method") if interface.get("name") not in LATER else []:
                actions = [a.get("value") for a in method.findall("annotation") if a.get("name") == ACTION]
                found[interface.get("name"), method.get("name")] = actions[0] if actions else None
    return found


def variants():
    """(interface, method, option): action, of options that take one more than their method does."""
    found = {}
    for path in sorted((case.SOURCE / "dbus").glob("*.xml")):
        for interface in ElementTree.parse(path).getroot().iter("interface"):
            for method in interface.findall("method") if interface.get("name") not in LATER else []:
                for a in method.findall("annotation"):
                    if a.get("name").startswith(f"{ACTION}."):
                        found[interface.get("name"), method.get("name"), a.get("name").removeprefix(f"{ACTION}.")] = a.get("value")
    return found


def live(client, path):
    return ElementTree.fromstring(client.call(path, "org.freedesktop.DBus.Introspectable", "Introspect")[0])


def live_objects(client, source=2):
    """Members by path and interface, of one object of each kind, as far as there are such objects."""
    nodes, folders = {stage.MANAGER}, [stage.MANAGER]
    for folder in folders:
        found = {f"{folder}/{n.get('name')}" for n in live(client, folder).findall("node")}
        nodes |= found
        folders += sorted(found & {stage.SOURCES, stage.POOLS, stage.HINTS})
    return {path: interfaces(live(client, path)) for path in objects(source) if path in nodes}


def live_methods(client, source=2):
    """(path, interface, method, action) of what can be called by now, of timesync1 too."""
    actions = methods()
    live_ones = live_objects(client, source) | {TIMESYNC_PATH: {TIMESYNC: members(interface(live(client, TIMESYNC_PATH), TIMESYNC))}}
    return [(path, name, member, actions[name, member])
            for path, found in live_ones.items() for name, what in found.items()
            for kind, member in what if kind == "method"]


def compare(test, client, source=2):
    """What each object has is in the XML, to the last annotation, and at the path where it belongs."""
    expected, seen = contract(), {}
    for path, found in live_objects(client, source).items():
        test.assertLessEqual(set(found), {f"{stage.NAME}.{name}" for name in objects(source)[path]})
        seen |= found
    for name, found in seen.items():
        for member, what in found.items():
            test.assertEqual(what, expected[name].get(member), f"{name} {member}")
    return {f"{name}.{member[1]}" for name, what in expected.items() for member in what if member not in seen.get(name, {})}
