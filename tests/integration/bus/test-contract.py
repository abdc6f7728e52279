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
from harness.deadline import wait_until
from harness.responder import Responder
from introspection import LATER, compare, live, live_objects, written

NTP_EPOCH = 2208988800
LEAP_S = 2145916800  # 2038-01-01; a second is deleted there
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


class Daemon(case.DaemonCase):
    """timeballd itself, with an object of each kind."""

    def setUp(self):
        super().setUp()
        keys = self.directory / "keys"
        keys.write_text("7 SHA256 HEX:00112233445566778899AABBCCDDEEFF\n", encoding="ascii")
        keys.chmod(0o644)
        leaps = self.directory / "leap-seconds.list"
        leaps.write_text(f"#@ {NTP_EPOCH + LEAP_S + 1} \n{NTP_EPOCH + 1483228800} 37\n{NTP_EPOCH + LEAP_S} 36\n", encoding="ascii")
        leaps.chmod(0o644)
        state = self.directory / "state"
        state.mkdir()
        state.chmod(0o777)
        self.api = self.follow(["pool pool.example iburst maxsources 2", f"keyfile {keys}", "server 192.0.2.11 key 7 offline", "authselectmode ignore",
                                "port 11123", "allow 192.0.2.0/24", "local stratum 5 activate 0.5", f"leapseclist {leaps}",
                                f"driftfile {state}/drift 1"])[1]
        self.client = stage.Client(stage.bus.address(self.directory))
        self.client.call(stage.MANAGER, f"{stage.NAME}.Manager", "SetLinkServers", "(isasa{sv})", 1, "api", ["192.0.2.12"], {})

    def test_live_introspection_is_the_xml(self):
        source, = (row[1] for row in self.client.rows() if row[3] == "192.0.2.11")
        missing = compare(self, self.client, source)
        self.assertEqual(missing, set())
        later = {name.rpartition(".")[2]: len(members) for name, members in written().items() if name in LATER}
        print(f"\n  {sum(later.values())} members of {len(later)} interfaces are not live yet: {', '.join(sorted(later))}")

    def call(self, path, interface, member, signature, *values):
        return self.client.call(path, f"{stage.NAME}.{interface}", member, signature, *values)

    def test_what_is_in_effect(self):
        self.assertEqual(self.client.get(stage.POOL, "Pool", "Options"), "iburst maxsources 2")
        self.assertTrue(self.client.get(stage.MANAGER, "Manager", "ServerEnabled"))
        self.assertEqual(self.client.get(stage.MANAGER, "Manager", "HintsPolicy"), "use")
        local = {"enabled": True, "stratum": 5, "distance": 1.0, "orphan": False, "activate": 0.5, "waitsynced": 0.0,
                 "waitunsynced": 0.0}
        self.assertEqual(self.client.get(stage.CLOCK, "Clock", "LocalMode"), local)
        self.client.listen()
        self.call(stage.CLOCK, "Clock", "SetLocal", "(ba{sv})", True, {"stratum": stage.GLib.Variant("u", 5),
                                                                      "activate": stage.GLib.Variant("d", 0.5)})
        self.call(stage.CLOCK, "Clock", "SetMaxUpdateSkew", "(d)", 7.0)
        self.assertEqual(self.told_of_the_clock(), {"MaxUpdateSkewPPM": 7.0})  # the other is what it was
        self.call(stage.CLOCK, "Clock", "SetLocal", "(ba{sv})", False, {})
        self.assertEqual(self.told_of_the_clock(), {"LocalMode": {"enabled": False}})

    def told_of_the_clock(self):
        """The first change that is announced from now on."""
        told = wait_until(lambda: [arguments[1] for path, _, name, arguments in self.client.receive()
                                   if name == "PropertiesChanged" and path == stage.CLOCK], stage.JOINED_S, "a change of the clock")
        self.client.take_signals()
        return told[0]

    def test_what_the_daemon_learns(self):
        self.assertEqual(self.client.get(stage.CLOCK, "Clock", "NextLeap"), ("", 0, ""))
        self.assertTrue(math.isnan(self.client.get(stage.CLOCK, "Clock", "DriftFileAgeSeconds")))
        self.network.servers.add_address("192.0.2.13")
        self.keep(Responder(self.network.servers, ["192.0.2.13"], stratum=1))
        self.call(stage.MANAGER, "Manager", "AddSourceFromLine", "(sb)", "server 192.0.2.13 iburst minpoll -1 maxpoll -1", False)
        self.api.wait_for_state("synchronized", stage.JOINED_S)
        self.assertEqual(self.client.get(stage.CLOCK, "Clock", "NextLeap"), ("delete", LEAP_S * 10**6, "table"))
        wait_until(lambda: 0.0 <= self.client.get(stage.CLOCK, "Clock", "DriftFileAgeSeconds") < stage.JOINED_S, stage.JOINED_S,
                   "the drift file is written")


class Contract(stage.BusCase):
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
        for bad in ({"colour": variant("s", "red")}, {"state": variant("u", 1)}, {"aspects": variant("as", ["nonsense"])}, {"ids": variant("au", [1] * 2049)},
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
