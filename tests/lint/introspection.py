#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""The XML that we ship is well-formed, and that of the D-Bus contract is an introspection document in which every
interface and member has its text."""

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


def check(files):
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
            yield from introspection(source.path, root, "node", True)


def node(inside, text="<!-- The clock. -->"):
    return f'<node>{text}<interface name="org.x.Y">{inside}</interface></node>\n'


BAD = {
    "not closed": {"dbus/a.xml": "<node><interface></node>\n"},
    "a policy that is no XML": {"polkit/a.policy": "<policyconfig>\n"},
    "a bus policy that is no XML": {"dbus/a.conf": "<!DOCTYPE busconfig>\n<busconfig>\n"},
    "a property without type": {"dbus/a.xml": node('<!-- x --><property name="P" access="read"/>')},
    "a member without text": {"dbus/a.xml": node('<method name="M"/>')},
    "an interface without text": {"dbus/a.xml": node("", "")},
    "an unknown element": {"dbus/a.xml": node('<!-- x --><methud name="M"/>')},
    "an argument without name": {"dbus/a.xml": node('<!-- x --><method name="M"><arg type="s"/></method>')},
}
GOOD = {
    "a contract": {"dbus/a.xml": node('<!-- x --><method name="M"><arg name="a" type="s"/></method>')},
    "text in an annotation": {"dbus/a.xml": node('<property name="P" type="s" access="read"><annotation '
                                                 'name="org.gtk.GDBus.DocString" value="x"/></property>')},
    "another kind of XML": {"dbus/a.xml": "<busconfig/>\n"},
}

if __name__ == "__main__":
    sys.exit(tree.run("introspection", check, BAD, GOOD))
