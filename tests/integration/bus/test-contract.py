#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""What the running bus layer has is what dbus/*.xml says, to the member."""

import math

import stage
from introspection import compare, contract, live, objects

class Contract(stage.BusCase):
    def test_live_introspection_is_the_xml(self):
        _, client = self.publish()
        compare(self, client)

    def test_objects_of_the_tree(self):
        _, client = self.publish()
        root = live(client, stage.MANAGER)
        self.assertIn("org.freedesktop.DBus.ObjectManager", {i.get("name") for i in root.iter("interface")})
        self.assertEqual({n.get("name") for n in root.findall("node")}, {"clock", "server", "source"})
        sources = live(client, stage.SOURCES)
        self.assertEqual({n.get("name") for n in sources.findall("node")}, {"1", "2", "3"})
        self.assertIsNotNone(client.error_of(f"{stage.SOURCES}/4", stage.PROPERTIES, "GetAll", "(s)", ""))

    def test_get_managed_objects(self):
        _, client = self.publish()
        objects = client.call(stage.MANAGER, "org.freedesktop.DBus.ObjectManager", "GetManagedObjects")[0]
        self.assertEqual(set(objects), {stage.CLOCK, stage.SERVER, *(f"{stage.SOURCES}/{i}" for i in (1, 2, 3))})
        for path, published in objects.items():
            for name in published:
                if name.startswith(stage.NAME):
                    self.assertEqual(set(published[name]), {n for kind, n in contract()[name] if kind == "property"}, path)

    def test_each_property_reads_alone(self):
        _, client = self.publish()
        for path, names in objects(2).items():
            for name in names:
                everything = client.get_all(path, f"{stage.NAME}.{name}")
                for key in everything:
                    client.get(path, name, key)

    def test_nothing_is_writable(self):
        """Without our bus policy in between; with it the call does not even arrive (test-policy.py)."""
        _, client = self.publish(policy=self.open_policy())
        for path, names in objects(2).items():
            for name in names:
                for key in client.get_all(path, f"{stage.NAME}.{name}"):
                    error = client.error_of(path, stage.PROPERTIES, "Set", "(ssv)", f"{stage.NAME}.{name}", key,
                                            stage.GLib.Variant("s", "x"))
                    self.assertEqual(error, "org.freedesktop.DBus.Error.PropertyReadOnly", key)

    def test_values(self):
        """The clock of the snapshot is 1 ms ahead: positive, everywhere."""
        _, client = self.publish()
        manager, clock, server, source = (client.get_all(path) for path in objects(2))
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
