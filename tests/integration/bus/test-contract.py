#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""What the running bus layer has is what dbus/*.xml says, to the member."""

import json
import math
import subprocess
import unittest
from xml.etree import ElementTree

import stage
from harness import case
from introspection import compare, live, live_objects

PATIENCE_US = 600e6  # an age is told as an instant: by the clock as it is


class Page(unittest.TestCase):
    def test_every_member_is_in_the_manual(self):
        path = case.BUILD / "docs/org.timeball1.5"
        text = path.read_text(encoding="utf-8")
        for xml in (case.SOURCE / "dbus").glob("*.xml"):
            for interface in ElementTree.parse(xml).getroot().iter("interface"):
                name = interface.get("name")
                section = text.partition(f"\n.SH {name.upper()}\n")[2].partition("\n.SH ")[0]
                self.assertTrue(section, name)
                for member in interface:
                    if member.get("name") and member.tag != "annotation":
                        entry = section.partition(f'\n.TP\n.BR {member.get("name")} "')[2]
                        self.assertTrue(entry, f"{name}.{member.get('name')}")
                        for argument in member.findall("arg"):
                            self.assertIn(f"\n.TP\n.I {argument.get('name')}\n", entry, f"{name}.{member.get('name')}")
        warnings = subprocess.run(["groff", "-man", "-Tutf8", "-ww", "-z", path], capture_output=True, text=True, check=True).stderr
        self.assertEqual(warnings, "")


def plain(value):
    """As JSON has it."""
    if isinstance(value, float) and not math.isfinite(value):
        return None
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in value]
    return {key: plain(item) for key, item in value.items()} if isinstance(value, dict) else value


class Contract(stage.BusCase):
    def test_live_introspection_is_the_xml(self):
        publisher, client = self.publish()
        publisher.tell("pool", 2)
        publisher.tell("key", 2, 7)
        missing = compare(self, client)
        print(f"\n  {len(missing)} members of the XML are not live yet")
        for interface in sorted({name for name, *_ in missing}):
            print(f"    {interface}: {' '.join(sorted(member for name, _, member in missing if name == interface))}")

    def test_objects_of_the_tree(self):
        _, client = self.publish()
        root = live(client, stage.MANAGER)
        self.assertIn("org.freedesktop.DBus.ObjectManager", {i.get("name") for i in root.iter("interface")})
        self.assertLessEqual({"clock", "server", "source"}, {n.get("name") for n in root.findall("node")})
        sources = live(client, stage.SOURCES)
        self.assertEqual({n.get("name") for n in sources.findall("node")}, {"1", "2", "3"})
        self.assertIsNotNone(client.error_of(f"{stage.SOURCES}/4", stage.PROPERTIES, "GetAll", "(s)", ""))

    def test_get_managed_objects(self):
        _, client = self.publish()
        managed = client.call(stage.MANAGER, "org.freedesktop.DBus.ObjectManager", "GetManagedObjects")[0]
        expected = {path: found for path, found in live_objects(client).items() if path != stage.MANAGER}
        self.assertLessEqual({*expected, *(f"{stage.SOURCES}/{i}" for i in (1, 2, 3))}, set(managed))
        for path, interfaces in expected.items():
            self.assertEqual({name for name in managed[path] if name.startswith(stage.NAME)}, set(interfaces))
            for name, members in interfaces.items():
                self.assertEqual(set(managed[path][name]), {n for kind, n in members if kind == "property"}, path)

    def test_each_property_reads_alone(self):
        _, client = self.publish()
        for path, interfaces in live_objects(client).items():
            for name in interfaces:
                for key in client.get_all(path, name):
                    client.get(path, name.removeprefix(f"{stage.NAME}."), key)

    def test_nothing_is_writable(self):
        """Without our bus policy in between; with it the call does not even arrive (test-policy.py)."""
        _, client = self.publish(policy=self.open_policy())
        for path, interfaces in live_objects(client).items():
            for name in interfaces:
                for key in client.get_all(path, name):
                    error = client.error_of(path, stage.PROPERTIES, "Set", "(ssv)", name, key, stage.GLib.Variant("s", "x"))
                    self.assertEqual(error, "org.freedesktop.DBus.Error.PropertyReadOnly", key)

    def test_values(self):
        """The clock of the snapshot is 1 ms ahead: positive, everywhere."""
        _, client = self.publish()
        manager, clock, source = (client.get_all(path) for path in (stage.MANAGER, stage.CLOCK, f"{stage.SOURCES}/2"))
        self.assertEqual(manager["State"], "synchronized")
        self.assertEqual(manager["SelectedSource"], f"{stage.SOURCES}/1")
        self.assertEqual(manager["SelectedSources"], [f"{stage.SOURCES}/{i}" for i in (1, 2, 3)])
        self.assertEqual(manager["ConfigFile"], "/etc/timeball/timeball.conf")
        self.assertAlmostEqual(clock["LastOffsetSeconds"], 1e-3)
        self.assertAlmostEqual(source["OffsetSeconds"], 1e-3)
        self.assertAlmostEqual(source["EstimatedOffsetSeconds"], 1e-3)
        self.assertEqual(source["RejectedPackets"], {"delay-ratio": 1, "bogus-origin": 1})
        self.assertEqual(source["StateReason"].strip(), source["StateReason"])
        self.assertAlmostEqual((clock["TimeUSec"] - source["LastSampleUSec"]) / 1e6 % 3600, 10, delta=3600)
        self.assertFalse(math.isnan(source["Score"]))

    def test_row_is_the_properties(self):
        _, client = self.publish()
        row = client.rows(aspects=stage.GLib.Variant("as", ["stats", "select", "ntp", "auth"]))[1]
        source = client.get_all(row[0])
        names = ("Id Name Address Kind State Online Authenticated Authentication ReferenceIDText Stratum Reachability Poll "
                 "LastSampleUSec OffsetSeconds MeasuredOffsetSeconds OffsetErrorSeconds FrequencyPPM SkewPPM StdDevSeconds "
                 "PeerDelaySeconds PeerDispersionSeconds Score Samples").split()
        for name, value in zip(names, row[1:-1], strict=True):
            if name == "LastSampleUSec":
                self.assertAlmostEqual(value, source[name], delta=1e6)
            else:
                self.assertEqual(value, source[name], name)
        for name in ("Runs", "StateReason", "EffectiveOptions", "KissCode", "RejectedPackets", "Authenticated", "TotalTx"):
            self.assertEqual(row[-1][name], source[name])

    def describe(self, client, *sections):
        return json.loads(client.call(stage.MANAGER, f"{stage.NAME}.Manager", "Describe", "(as)", sections)[0])

    def check_described(self, client, found, path, name):
        """What an object of Describe has of one interface is what GetAll says, to the digit; what moves on, nearly."""
        for key, value in client.get_all(path, f"{stage.NAME}.{name}").items():
            if key.endswith("USec"):
                self.assertAlmostEqual(found[key], value, delta=PATIENCE_US, msg=key)
            else:
                self.assertEqual(found[key], plain(value), key)

    def test_described(self):
        _, client = self.publish()
        described = self.describe(client)
        self.assertEqual(described["schema"], 1)
        self.assertEqual(self.describe(client, "manager", "clock").keys(), {"schema", "manager", "clock"})
        for section, path in (("manager", stage.MANAGER), ("clock", stage.CLOCK), ("server", stage.SERVER)):
            self.check_described(client, described[section], path, section.capitalize())
        self.assertEqual([source["Path"] for source in described["sources"]], [f"{stage.SOURCES}/{i}" for i in (1, 2, 3)])
        for source in described["sources"]:
            self.check_described(client, source, source["Path"], "Source")
            self.check_described(client, source["NTPSource"], source["Path"], "NTPSource")
        self.assertEqual(client.error_of(stage.MANAGER, f"{stage.NAME}.Manager", "Describe", "(as)", ["clock", "keys"]),
                         "org.freedesktop.DBus.Error.InvalidArgs")

    def test_too_much_for_one_text(self):
        publisher, client = self.publish(sources=1000)
        self.assertEqual(len(self.describe(client, "sources")["sources"]), 1000)
        publisher.tell("add", 1)
        self.assertEqual(client.error_of(stage.MANAGER, f"{stage.NAME}.Manager", "Describe", "(as)", ["sources"]),
                         "org.freedesktop.DBus.Error.LimitsExceeded")
        self.assertEqual(self.describe(client, "clock").keys(), {"schema", "clock"})

    def test_log_control(self):
        _, client = self.publish()
        told = client.get_all("/org/freedesktop/LogControl1", "org.freedesktop.LogControl1")
        self.assertEqual(told, {"LogLevel": "warning", "LogTarget": "console", "SyslogIdentifier": "timeballd"})

    def test_filters(self):
        publisher, client = self.publish(sources=4)
        publisher.tell("state", 2, "falseticker")
        variant = stage.GLib.Variant

        def ids(**keys):
            return [row[1] for row in client.rows(**keys)]

        self.assertEqual(ids(), [1, 2, 3, 4])
        self.assertEqual(ids(state=variant("s", "falseticker")), [2])
        self.assertEqual(ids(ids=variant("au", [4, 1, 99])), [1, 4])
        self.assertEqual(ids(ids=variant("au", [])), [])
        self.assertEqual(ids(kind=variant("s", "refclock")), [])
        self.assertEqual(ids(online=variant("s", "online"), state=variant("s", "selected")), [1])
        self.assertEqual(ids(**{"changed-since": variant("t", 2**53)}), [])
        for bad in ({"colour": variant("s", "red")}, {"state": variant("u", 1)}, {"aspects": variant("as", ["nonsense"])},
                    {"ids": variant("as", ["1"])}, {"changed-since": variant("s", "")}):
            self.assertEqual(client.error_of(stage.MANAGER, f"{stage.NAME}.Manager", "ListSources", "(a{sv})", bad),
                             "org.freedesktop.DBus.Error.InvalidArgs", bad)

    def test_get_source(self):
        publisher, client = self.publish()
        for text in ("2", f"{stage.SOURCES}/2", "ntp2.example", "NTP2.Example", "192.0.2.2"):
            self.assertEqual(client.call(stage.MANAGER, f"{stage.NAME}.Manager", "GetSource", "(s)", text)[0],
                             f"{stage.SOURCES}/2", text)
        for text in ("", "0", "4", "02", "/", "192.0.2.9", "nobody.example", "-1", "99999999999999999999"):
            self.assertEqual(client.error_of(stage.MANAGER, f"{stage.NAME}.Manager", "GetSource", "(s)", text),
                             "org.timeball1.Error.NoSuchSource", text)
        publisher.tell("name", 3, "hostile")
        self.assertEqual(client.get(f"{stage.SOURCES}/3", "Source", "Name"), "?[31mred?]0;title??" + "???")


if __name__ == "__main__":
    stage.main()
