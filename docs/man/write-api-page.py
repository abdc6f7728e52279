#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""org.timeball1(5) from the XML of the D-Bus contract, on standard output.

write-api-page.py VERSION XML...
"""

import re
import sys
from xml.etree import ElementTree

EMITS = "org.freedesktop.DBus.Property.EmitsChangedSignal"
ACTION = "org.timeball1.Action"
ORDER = ("Manager", "Clock", "Source", "NTPSource", "SymmetricAuth", "Pool", "Server", "Hint")
ANNOUNCED = {"true": "announced when it changes", "false": "not announced", "const": "never changes",
             "invalidates": "announced without its value"}
ARGUMENT = re.compile(r"^@(\w+): ", re.MULTILINE)
HEAD = """.\\" Made from dbus/*.xml; change those.
.TH ORG.TIMEBALL1 5 "" "timeball {version}" "timeball"
.SH NAME
org.timeball1 \\- the D\\-Bus API of timeballd
.SH DESCRIPTION
.BR timeballd (8)
publishes what it knows as properties, and does what it can do by methods, under the name
.B org.timeball1
on the system bus. The XML that this page is made from is installed in /usr/share/dbus\\-1/interfaces.
Types are written as D\\-Bus signatures.
"""
TAIL = """.SH SEE ALSO
.BR timeballd (8),
.BR timeballctl (1),
.BR timeball.conf (5),
.BR busctl (1)
"""


def roff(text):
    """Text as it is, whatever characters it begins with."""
    text = " ".join(text.split()).replace("\\", "\\e").replace("-", "\\-")
    return "\\&" + text if text.startswith((".", "'")) else text


def paragraphs(text):
    return [roff(part) for part in re.split(r"\n\s*\n", text.strip()) if part.strip()]


def annotation(element, name):
    return next((a.get("value") for a in element.findall("annotation") if a.get("name") == name), None)


def unindented(text):
    return "\n".join(line.strip() for line in text.strip().splitlines())


def signature(element):
    """As busctl writes it, with the names of the arguments."""
    def listed(direction):
        return ", ".join(f"{a.get('type')} {a.get('name')}" for a in element.findall("arg")
                         if a.get("direction", direction) == direction)

    back = listed("out") if element.tag == "method" else ""
    return f"({listed('in')})" + (f" -> ({back})" if back else "")


def member(element, text):
    name, text = element.get("name"), unindented(text).removeprefix(f"{element.get('name')}:").strip()
    if element.tag == "property":
        how = f"{element.get('type')}, {ANNOUNCED[annotation(element, EMITS)]}"
        yield f'.TP\n.BR {name} " {roff(how)}"'
        yield "\n.sp\n".join(paragraphs(text))
        return
    yield f".TP\n.BR {name} \" {roff(signature(element))}\""
    arguments, _, body = text.rpartition("\n\n") if text.startswith("@") else ("", "", text)
    yield "\n.sp\n".join(paragraphs(body))
    action = annotation(element, ACTION)
    if action:
        yield f".sp\nIt takes the action {roff(action)}."
    parts = ARGUMENT.split(arguments)[1:]
    for argument, said in zip(parts[::2], parts[1::2]):
        yield f".RS\n.TP\n.I {argument}\n{roff(said)}\n.RE"


def interface(element, text):
    text = unindented(text).removeprefix(f"{element.get('name')}:").strip()
    short, _, body = text.partition("\n")
    yield f".SH {element.get('name').upper()}\n.I {roff(element.get('name'))}\n\\- {roff(short.removeprefix('@short_description:'))}"
    for paragraph in paragraphs(body):
        yield f".PP\n{paragraph}"
    for title, tag in (("Methods", "method"), ("Signals", "signal"), ("Properties", "property")):
        if element.find(tag) is not None:
            yield f".SS {title}"
            comment = ""
            for child in element:
                if child.tag is ElementTree.Comment:
                    comment = child.text
                elif child.tag == tag:
                    yield from member(child, comment)


def interfaces(path):
    parser = ElementTree.XMLParser(target=ElementTree.TreeBuilder(insert_comments=True))
    comment = ""
    for child in ElementTree.parse(path, parser).getroot():
        if child.tag is ElementTree.Comment:
            comment = child.text
        elif child.tag == "interface":
            yield child, comment


def place(found):
    name = found[0].get("name").removeprefix("org.timeball1.")
    return (ORDER.index(name), "") if name in ORDER else (len(ORDER), name)


def main():
    version, *paths = sys.argv[1:]
    print(HEAD.format(version=version), end="")
    for element, comment in sorted((found for path in paths for found in interfaces(path)), key=place):
        print("\n".join(interface(element, comment)))
    print(TAIL, end="")


if __name__ == "__main__":
    main()
