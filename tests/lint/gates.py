#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Who may call what is said in three places that agree: the annotation in dbus/*.xml, the row in daemon/bus/gate.c, the action
in polkit/org.timeball1.policy. Every method has exactly one row, every variant of one that takes more has its own, and no
action is laxer than it should be."""

import re
import sys
from collections import Counter
from xml.etree import ElementTree

import tree

GATES, POLICY = "daemon/bus/gate.c", "polkit/org.timeball1.policy"
ACTION = "org.timeball1.Action"
OWNER = ("org.freedesktop.policykit.owner", "unix-user:timeball")
IMPLY = "org.freedesktop.policykit.imply"
ROW = re.compile(r'\{ (?:OURS\("(\w+)"\)|(TIMESYNC)), "(\w+)", (?:NULL|"([\w-]+)"), GATE_(\w+), (?:CHEAP|EXPENSIVE), \{ \w+ \} \}')
NAMED = re.compile(r'\[GATE_(\w+)\] = "([^"]*)"')
VARIABLE = re.compile(r"\$\((\w+)\)")
EVERYBODY = "everybody"
SHOWN = "call"  # what polkit is told of a call, whole
ALONE = {"org.timeball1.step-clock", "org.timeball1.manage-keys"}  # asked for each time, implied by nothing
TIMESYNC = "org.freedesktop.timesync1.Manager"


def table(text, name):
    """The strings of a table by enum value: that which begins after its name."""
    start = text.find(name)
    return dict(NAMED.findall(text[start:text.find("};", start)])) if start >= 0 else {}


def gate_rows(text):
    """(interface, method, variant or None, enum value of the action) of each row."""
    for ours, timesync, member, variant, action in ROW.findall(text):
        yield TIMESYNC if timesync else f"org.timeball1.{ours}", member, variant or None, action


def methods(files):
    """The same out of the XML, with the action's name."""
    for source in files.sources:
        if not source.path.startswith("dbus/") or source.suffix != ".xml":
            continue
        for interface in ElementTree.fromstring(source.text).iter("interface"):
            for method in interface.findall("method"):
                said = {a.get("name"): a.get("value") for a in method.findall("annotation")}
                place = interface.get("name"), method.get("name")
                yield *place, None, said.get(ACTION, EVERYBODY)
                for name, action in said.items():
                    if name.startswith(ACTION + "."):
                        yield *place, name.removeprefix(ACTION + "."), action


def words(place):
    interface, member, variant = place
    return f"{interface}.{member}" + (f" with {variant}" if variant else "")


def compare_methods(files, text, names):
    rows = list(gate_rows(text))
    for place, n in Counter(row[:3] for row in rows).items():
        if n > 1:
            yield tree.Problem(GATES, 0, f"{words(place)} has {n} rows")
    gates = {row[:3]: names.get(row[3], row[3]) for row in rows}
    written = {(*place, variant): action for *place, variant, action in methods(files)}
    for place, action in written.items():
        if place not in gates:
            yield tree.Problem(GATES, 0, f"{words(place)} has no row: nobody may call it")
        elif gates[place] != action:
            yield tree.Problem(GATES, 0, f"{words(place)} takes {gates[place]}; the XML says {action}")
    for place in gates:
        if place not in written:
            yield tree.Problem(GATES, 0, f"{words(place)} has a row and is not in the XML")


def actions_of(policy):
    """Of each action: defaults by place, annotations, message."""
    for action in ElementTree.fromstring(policy.text).findall("action"):
        yield (action.get("id"), {d.tag: d.text for d in action.find("defaults")},
               {a.get("key"): a.text or "" for a in action.findall("annotate")}, action.findtext("message", ""))


def check_action(name, defaults, annotations):
    lax = {place for place in ("allow_any", "allow_inactive") if defaults.get(place) not in ("no", "auth_admin", "auth_admin_keep")}
    if set(defaults) != {"allow_any", "allow_inactive", "allow_active"} or lax:
        yield f"{name} lets somebody in who does not sit there: {defaults}"
    if annotations.get(OWNER[0]) != OWNER[1]:
        yield f"{name} is not owned by the daemon's user: polkit would not answer it"
    if name in ALONE and set(defaults.values()) != {"auth_admin"}:
        yield f"{name} is to be asked for each time"


def check_policy(policy, known, used):
    """used: the actions that gate a method."""
    actions = list(actions_of(policy))
    names = [name for name, *_ in actions]
    for name in sorted(set(known) ^ set(names)):
        yield f"{name} is an action {'here, but not in the gates' if name in names else 'of the gates that is missing'}"
    for name, defaults, annotations, message in actions:
        yield from check_action(name, defaults, annotations)
        for implied in annotations.get(IMPLY, "").split():
            if implied not in names or implied in ALONE:
                yield f"{name} must not imply {implied}"
        shown = VARIABLE.findall(message)
        if shown != ([SHOWN] if name in used else []):
            yield f"the message of {name} shows {shown}: whoever gives a password is to see what for, which is {SHOWN}"


def check(files):
    gates = next((source for source in files.sources if source.path == GATES), None)
    policy = next((source for source in files.sources if source.path == POLICY), None)
    if not gates or not policy:
        yield tree.Problem(GATES if not gates else POLICY, 0, "is missing")
        return
    names = table(gates.text, "gate_action_names[]")
    used = {names.get(action, action) for *_, action in gate_rows(gates.text)}
    yield from compare_methods(files, gates.text, names)
    for text in check_policy(policy, set(names.values()) - {EVERYBODY}, used):
        yield tree.Problem(POLICY, 0, text)


def example(**changes):
    """A tree with one method of everybody, and one that takes an action."""
    parts = {
        "method": '<method name="Set"><annotation name="org.timeball1.Action" value="org.timeball1.step-clock"/>'
                  '<annotation name="org.timeball1.Action.far" value="org.timeball1.step-clock"/></method>',
        "rows": '{ OURS("X"), "Get", NULL, GATE_EVERYBODY, CHEAP, { NO_SERVICE } },\n'
                '{ OURS("X"), "Set", NULL, GATE_STEP, CHEAP, { NO_SERVICE } },\n'
                '{ OURS("X"), "Set", "far", GATE_STEP, EXPENSIVE, { HINTS } },\n'
                '{ TIMESYNC, "Put", NULL, GATE_STEP, CHEAP, { NO_SERVICE } },\n',
        "theirs": "org.timeball1.step-clock", "active": "auth_admin", "any": "auth_admin", "owner": "unix-user:timeball", "message": "$(call)",
        "imply": "", "id": "org.timeball1.step-clock",
    } | changes
    return {
        "dbus/org.timeball1.X.xml": f'<node><interface name="org.timeball1.X"><method name="Get"/>{parts["method"]}'
                                    "</interface></node>\n",
        "dbus/org.freedesktop.timesync1.Manager.xml":
            f'<node><interface name="{TIMESYNC}"><method name="Put"><annotation name="org.timeball1.Action"'
            f' value="{parts["theirs"]}"/></method></interface></node>\n',
        GATES: 'gate_action_names[] = {\n[GATE_EVERYBODY] = "everybody",\n[GATE_STEP] = "org.timeball1.step-clock",\n};\n'
               'static const Gate gates[] = {\n' + parts["rows"] + "};\n",
        POLICY: f'<policyconfig><action id="{parts["id"]}"><message>{parts["message"]}</message><defaults>'
                f'<allow_any>{parts["any"]}</allow_any><allow_inactive>auth_admin</allow_inactive>'
                f'<allow_active>{parts["active"]}</allow_active></defaults>'
                f'<annotate key="{OWNER[0]}">{parts["owner"]}</annotate><annotate key="{IMPLY}">{parts["imply"]}</annotate>'
                "</action></policyconfig>\n",
    }


FULL = example()[GATES].partition("gates[] = {\n")[2].removesuffix("};\n")
BAD = {
    "a method without a row": example(rows=FULL.replace('"Get"', '"Give"')),
    "a row that the XML does not have": example(rows=FULL + '{ OURS("X"), "Put", NULL, GATE_STEP, CHEAP, { NO_SERVICE } },\n'),
    "two rows of one method": example(rows=FULL + FULL),
    "another action than in the XML": example(rows=FULL.replace("GATE_EVERYBODY", "GATE_STEP")),
    "another action than in timesync1's XML": example(theirs="everybody"),
    "a variant that the XML does not have": example(rows=FULL.replace('"far"', '"near"')),
    "an action that the policy does not have": example(id="org.timeball1.other"),
    "no owner": example(owner="unix-user:root"),
    "anybody may": example(any="yes"),
    "a step that is remembered": example(active="auth_admin_keep"),
    "a step that is implied": example(imply="org.timeball1.step-clock"),
    "a message that shows what is not told": example(message="$(call) $(subnet)"),
    "a message that does not show what for": example(message="$(method)"),
    "no policy": {GATES: example()[GATES]},
}
GOOD = {"three that agree": example()}

if __name__ == "__main__":
    sys.exit(tree.run("gates", check, BAD, GOOD))
