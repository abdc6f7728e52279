#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""A thousand sources: listing them is quick, and reading all of them makes one snapshot, not a thousand."""

import time

import stage

SOURCES = 1000
ROUNDS = 200 if stage.LONG else 20
LIST_LIMIT_S = 0.5
OBJECTS_LIMIT_S = 5.0
ASPECTS = ["stats", "select", "auth", "ntp", "refclock"]


class Thousand(stage.BusCase):
    def setUp(self):
        super().setUp()
        self.publisher_, self.client = self.publish(SOURCES)

    def timed(self, member, rounds, *call):
        """The answer's first value and the shortest time it took; how many snapshots all of them needed is judged."""
        times = []
        self.publisher_.tell("snapshots")
        for _ in range(rounds):
            since = time.monotonic()
            reply = self.client.raw_call(stage.MANAGER, *call)
            times.append(time.monotonic() - since)
        snapshots, = self.publisher_.tell("snapshots")
        print(f"\n  {member}: best {min(times) * 1000:.1f} ms, median {sorted(times)[rounds // 2] * 1000:.1f} ms of "
              f"{rounds}, {reply.get_size() / 1e6:.2f} MB")
        self.assertLess(snapshots, rounds + sum(times) * 6 + 10)
        return reply.get_child_value(0), min(times)

    def list_sources(self, rounds, **keys):
        return self.timed(f"ListSources{keys and ' with aspects' or ''}", rounds, f"{stage.NAME}.Manager", "ListSources",
                          "(a{sv})", keys)

    def test_list_sources(self):
        rows, seconds = self.list_sources(ROUNDS)
        self.assertEqual([row[1] for row in rows.unpack()], list(range(1, SOURCES + 1)))
        self.assertLess(seconds, LIST_LIMIT_S)

    def test_list_sources_with_all_aspects(self):
        rows, seconds = self.list_sources(3, aspects=stage.GLib.Variant("as", ASPECTS))
        self.assertEqual(rows.n_children(), SOURCES)
        self.assertGreater(len(rows.get_child_value(0).unpack()[-1]), 30)
        self.assertLess(seconds, OBJECTS_LIMIT_S)

    def test_get_managed_objects(self):
        objects, seconds = self.timed("GetManagedObjects", 3, "org.freedesktop.DBus.ObjectManager", "GetManagedObjects")
        self.assertEqual(objects.n_children(), SOURCES + len({"clock", "server"}))
        self.assertLess(seconds, OBJECTS_LIMIT_S)

    def test_update_is_cheap(self):
        """After each event of the engine: no work, but a note that there may be some."""
        nanoseconds, = self.publisher_.tell("updates", 100000)
        print(f"\n  bus_update: {nanoseconds / 100000:.0f} ns")
        self.publisher_.tell("snapshots")
        begin = time.monotonic()
        while time.monotonic() < begin + 2:
            self.publisher_.tell("updates", 100)
        snapshots, = self.publisher_.tell("snapshots")
        self.assertLess(snapshots, (time.monotonic() - begin) * 5 + 5)


if __name__ == "__main__":
    stage.main()
