#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""The XML that we ship is well-formed. That of the D-Bus contract is an introspection document in which every interface and
member has its text and every argument its line, names carry their units, each property says whether it announces itself,
nothing is writable, and what a method takes is one of the known actions. Errors are those of names.h, and each of those is
told of. This holds for interfaces too that no object has yet."""

import re
import subprocess
import sys
from xml.etree import ElementTree

import tree

LINE = re.compile(r":(\d+):")
SUFFIXES = (".xml", ".policy", ".ui")
CHILDREN = {
    "node": {"node", "interface"},
    "interface": {"method", "signal", "property", "annotation", "doc"},
    "method": {"arg", "annotation", "doc"},
    "signal": {"arg", "annotation", "doc"},
    "property": {"annotation", "doc"},
    "arg": {"annotation", "doc"},
}
REQUIRED = {"interface": ("name",), "method": ("name",), "signal": ("name",), "property": ("name", "type", "access"),
            "arg": ("name", "type"), "annotation": ("name", "value")}


def well_formed(files, source):
    result = subprocess.run(["xmllint", "--noout", "--nonet", source.path], cwd=files.root, capture_output=True, text=True,
                            check=False)
    if result.returncode:
        text = result.stderr.strip().splitlines()
        line = LINE.search(text[0]) if text else None
        yield tree.Problem(source.path, int(line.group(1)) if line else 0, text[0] if text else "xmllint failed")


def documented(element):
    """Whether text says what the element is: a doc element of any namespace, an annotation, or a comment before it."""
    return any(child.tag.endswith("doc") or child.get("name", "").endswith("DocString") for child in element)


def introspection(path, element, above, commented):
    name = element.get("name", "")
    for attribute in REQUIRED.get(element.tag, ()):
        if not element.get(attribute):
            yield tree.Problem(path, 0, f"a {element.tag} of {above} lacks its {attribute}")
    if element.tag in ("interface", "method", "signal", "property") and not commented and not documented(element):
        yield tree.Problem(path, 0, f"{element.tag} {above}.{name} has no text that says what it is")
    before = False
    for child in element:
        if child.tag is ElementTree.Comment:
            before = True
            continue
        tag = child.tag.rpartition("}")[2]
        if tag not in CHILDREN.get(element.tag, set()) | ({"doc"} if "}" in child.tag else set()):
            yield tree.Problem(path, 0, f"{element.tag} {name} must not hold a {tag}")
        elif "}" not in child.tag:
            yield from introspection(path, child, name or above, before)
        before = False


ACTION = "org.timeball1.Action"
EMITS = "org.freedesktop.DBus.Property.EmitsChangedSignal"
ACTIONS = {"org.timeball1." + name for name in (
    "inspect", "measure", "set-online", "set-link-servers", "set-runtime-servers", "manage-sources", "manage-server", "manage-rtc",
    "step-clock", "configure", "manage-keys", "control")}
UNITS = {"USec": "t", "Seconds": "du", "PPM": "d", "_usec": "t", "_seconds": "du", "_ppm": "d"}
ERROR = re.compile(r"org\.timeball1\.Error\.(\w+)")
NAMES = "dbus/names.h"
OURS = "org.timeball1."


def annotation(element, name):
    values = [a.get("value") for a in element.findall("annotation") if a.get("name") == name]
    return values[0] if len(values) == 1 else None if not values else ""


def rest_of(kind):
    """What stands behind the first complete type of a signature; None if there is none."""
    if kind.startswith("a"):
        return rest_of(kind[1:])
    if not kind or kind[0] not in "({":
        return kind[1:] if kind and kind[0] in "ybnqiuxtdhsogv" else None
    end, rest = ")}"["({".index(kind[0])], kind[1:]
    while rest and not rest.startswith(end):
        rest = rest_of(rest)
    return rest[1:] if rest else None


def wrong_type(element):
    """Why the type can not be that of what is so called; None if it can."""
    kind, name = element.get("type", ""), element.get("name", "")
    if rest_of(kind) != "":
        return f"the type '{kind}' is not one complete type"
    for suffix, kinds in UNITS.items():
        if name.endswith(suffix) and kind not in kinds:
            return f"'{kind}' is not the type of a {suffix.lstrip('_')}"
    return None


def wrong_property(element):
    if element.get("access") != "read":
        yield "is writable: what changes something is a method with an action"
    if annotation(element, EMITS) not in ("true", "false", "const", "invalidates"):
        yield "does not say by EmitsChangedSignal whether it announces itself"
    if wrong_type(element):
        yield wrong_type(element)


def wrong_call(element, text):
    """Of a method or a signal."""
    action = annotation(element, ACTION)
    if element.tag == "signal" and action is not None or action is not None and action not in ACTIONS:
        yield f"'{action}' is not an action that it can take"
    for arg in element.findall("arg"):
        if element.tag == "method" and arg.get("direction") not in ("in", "out"):
            yield f"argument {arg.get('name')} goes neither in nor out"
        if wrong_type(arg):
            yield f"argument {arg.get('name')}: {wrong_type(arg)}"
        if f"@{arg.get('name')}: " not in text:
            yield f"argument {arg.get('name')} has no line @{arg.get('name')}"


def contract(path, interface):
    """What our own interfaces hold to beyond the grammar."""
    text, seen = "", set()
    for element in interface:
        if element.tag is ElementTree.Comment:
            text = element.text
            continue
        name = element.get("name", "")
        if element.tag in ("method", "signal", "property"):
            if not text.strip().startswith(f"{name}:"):
                yield tree.Problem(path, 0, f"the text before {element.tag} {name} does not begin with '{name}:'")
            if name in seen:
                yield tree.Problem(path, 0, f"{name} stands twice in {interface.get('name')}")
            for why in wrong_property(element) if element.tag == "property" else wrong_call(element, text):
                yield tree.Problem(path, 0, f"{element.tag} {name}: {why}")
        seen.add(name)
        text = ""


def check_errors(files, told):
    """Errors that the XML tells of are in names.h, and the other way round."""
    for source in files.sources:
        if source.path == NAMES:
            known = set(ERROR.findall(source.text))
            for name in sorted(told - known):
                yield tree.Problem(NAMES, 0, f"the error {name} that the XML tells of is missing")
            for name in sorted(known - told):
                yield tree.Problem(NAMES, 0, f"no XML tells of the error {name}")


def check(files):
    told = set()
    for source in files.sources:
        if source.suffix not in SUFFIXES and not source.bytes.startswith((b"<?xml", b"<!DOCTYPE")):
            continue
        malformed = list(well_formed(files, source))
        yield from malformed
        if malformed or not source.path.startswith("dbus/"):
            continue
        parser = ElementTree.XMLParser(target=ElementTree.TreeBuilder(insert_comments=True))
        root = ElementTree.fromstring(source.text, parser)
        if root.tag == "node":
            told |= set(ERROR.findall(source.text))
            yield from introspection(source.path, root, "node", True)
            for interface in root.iter("interface"):
                if interface.get("name", "").startswith(OURS):
                    yield from contract(source.path, interface)
    yield from check_errors(files, told)


def node(inside, text="<!-- The clock. -->"):
    return f'<node>{text}<interface name="org.x.Y">{inside}</interface></node>\n'


def ours(inside):
    return {"dbus/a.xml": f'<node><!-- x --><interface name="org.timeball1.Y">{inside}</interface></node>\n'}


def of_type(kind, name="P", access="read", emits="true"):
    return ours(f'<!-- {name}: x --><property name="{name}" type="{kind}" access="{access}"><annotation name="{EMITS}" '
                f'value="{emits}"/></property>')


def taking(action, kind="s", text="M: x @a: x", direction="in"):
    return ours(f'<!-- {text} --><method name="M"><annotation name="{ACTION}" value="{action}"/><arg name="a" type="{kind}" '
                f'direction="{direction}"/></method>')


BAD = {
    "not closed": {"dbus/a.xml": "<node><interface></node>\n"},
    "a policy that is no XML": {"polkit/a.policy": "<policyconfig>\n"},
    "a bus policy that is no XML": {"dbus/a.conf": "<!DOCTYPE busconfig>\n<busconfig>\n"},
    "a property without type": {"dbus/a.xml": node('<!-- x --><property name="P" access="read"/>')},
    "a member without text": {"dbus/a.xml": node('<method name="M"/>')},
    "an interface without text": {"dbus/a.xml": node("", "")},
    "an unknown element": {"dbus/a.xml": node('<!-- x --><methud name="M"/>')},
    "an argument without name": {"dbus/a.xml": node('<!-- x --><method name="M"><arg type="s"/></method>')},
    "a writable property": of_type("s", access="readwrite"),
    "a property that does not say whether it announces itself": of_type("s", emits=""),
    "no type": of_type("(s"),
    "two types": of_type("ss"),
    "an instant in seconds": of_type("d", "LastUSec"),
    "a span of whole milliseconds": of_type("x", "AgeSeconds"),
    "an unknown action": taking("org.timeball1.everything"),
    "an argument without its line": taking("org.timeball1.inspect", text="M: x"),
    "an argument without direction": taking("org.timeball1.inspect", direction=""),
    "an argument of no type": taking("org.timeball1.inspect", kind="a"),
    "text of something else": taking("org.timeball1.inspect", text="N: x @a: x"),
    "a member twice": ours('<!-- M: x --><method name="M"/><!-- M: x --><method name="M"/>'),
    "an error that nobody knows": ours('<!-- M: org.timeball1.Error.X --><method name="M"/>') | {NAMES: "\n"},
    "an error that nobody tells of": ours("") | {NAMES: '#define X "org.timeball1.Error.X"\n'},
}
GOOD = {
    "a contract": {"dbus/a.xml": node('<!-- x --><method name="M"><arg name="a" type="s"/></method>')},
    "text in an annotation": {"dbus/a.xml": node('<property name="P" type="s" access="read"><annotation '
                                                 'name="org.gtk.GDBus.DocString" value="x"/></property>')},
    "a property of ours": of_type("a(ssts)"),
    "a span in seconds": of_type("d", "AgeSeconds"),
    "a method of ours": taking("org.timeball1.inspect"),
    "a dictionary": taking("org.timeball1.inspect", kind="a{s(ii)}"),
    "an error": ours('<!-- M: org.timeball1.Error.X --><method name="M"/>') | {NAMES: '#define X "org.timeball1.Error.X"\n'},
    "another kind of XML": {"dbus/a.xml": "<busconfig/>\n"},
}

if __name__ == "__main__":
    sys.exit(tree.run("introspection", check, BAD, GOOD))
