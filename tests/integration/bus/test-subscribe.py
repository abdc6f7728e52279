#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Subscribe and its signal as clients get them; which rows are told when is judged by tests/unit/bus/test-subscriptions.c."""

import os
import pathlib
import re
import signal
import time
from unittest import mock

import stage
from caller import INVALID, LIMITS, Caller
from harness import case, network, servers
from harness.deadline import wait_until
from live import KEEPS_NOTHING

MANAGER = f"{stage.NAME}.Manager"
UPDATED = "SourcesUpdated"
QUIET_S = 1.0
CHURN_S = 20 if stage.LONG else 2
GROWTH_LIMIT_KB = 8 * 1024
BOUNDED = ('<busconfig><include>{policy}</include><limit name="max_outgoing_bytes">1000000</limit></busconfig>\n')
ASPECTS = ["stats", "select", "auth", "ntp"]


class Stage(stage.BusCase):
    def subscriber(self, interval_ms=250, **options):
        client = stage.Client(self.bus.address)
        client.listen()
        self.subscribe(client, interval_ms, **options)
        return client

    def subscribe(self, client, interval_ms=250, **options):
        client.call(stage.MANAGER, MANAGER, "Subscribe", "(ua{sv})", interval_ms, options)

    def refusal(self, client, interval_ms=250, **options):
        return client.refusal(stage.MANAGER, MANAGER, "Subscribe", "(ua{sv})", interval_ms, options)

    def updates(self, client):
        """(rows, removed) of each signal that has come."""
        return [arguments[1:] for path, _, member, arguments in client.receive() if (path, member) == (stage.MANAGER, UPDATED)]

    def rows(self, client):
        return [row for rows, _ in self.updates(client) for row in rows]

    def told(self, client):
        """What comes next, and no longer stands among what has come."""
        client.wait_for(UPDATED)
        updates = self.updates(client)
        client.take_signals()
        return updates

    def up_to_now(self, client):
        """What the daemon has sent to it has come."""
        client.call(stage.MANAGER, "org.freedesktop.DBus.Peer", "Ping")
        return self.updates(client)


class Subscribe(Stage):
    def setUp(self):
        super().setUp()
        self.publisher_, self.client = self.publish()

    def test_only_rows_that_changed(self):
        one = self.subscriber()
        self.publisher_.tell("measure", 1, 5)
        (rows, removed), = self.told(one)
        self.assertEqual((len(rows), removed), (1, []))
        expected = self.client.rows(ids=stage.GLib.Variant("au", [1]))
        self.assertEqual(rows[0][:10] + rows[0][14:], expected[0][:10] + expected[0][14:])
        self.assertEqual(rows[0][15], 0.005)
        self.publisher_.tell("state", 3, "falseticker")
        self.assertEqual([(row[1], row[5]) for rows, _ in self.told(one) for row in rows], [(3, "falseticker")])

    def test_nothing_changed_nothing_sent(self):
        """The ticks of the publisher go on, and the clock with them."""
        one = self.subscriber(what=stage.GLib.Variant("as", ASPECTS))
        time.sleep(QUIET_S)
        self.assertEqual(self.updates(one), [])

    def test_sources_come_and_go(self):
        one = self.subscriber()
        self.publisher_.tell("add", 1)
        (rows, removed), = self.told(one)
        self.assertEqual(([row[2] for row in rows], removed), (["ntp4.example"], []))
        self.publisher_.tell("remove", 2)
        self.assertEqual(self.told(one), [([], [f"{stage.SOURCES}/2"])])

    def test_unicast(self):
        one, other = self.subscriber(), self.subscriber()
        bystander = stage.Client(self.bus.address)
        bystander.listen()
        other.call(stage.MANAGER, MANAGER, "Unsubscribe")
        other.call(stage.MANAGER, MANAGER, "Unsubscribe")  # there is none: no error
        for offset_ms in (5, 6):  # by the second one the other's interval would be over, too
            self.publisher_.tell("measure", 3, offset_ms)
            self.assertEqual(len(self.told(one)[0][0]), 3)
        self.assertEqual(self.up_to_now(other), [])
        self.assertEqual(self.up_to_now(bystander), [])
        self.subscribe(other)
        self.publisher_.tell("measure", 3, 7)
        self.told(one)
        self.told(other)
        self.assertEqual(self.up_to_now(bystander), [])

    def test_what(self):
        one = self.subscriber(what=stage.GLib.Variant("as", ["ntp"]))
        self.publisher_.tell("measure", 1, 5)
        extra = self.told(one)[0][0][0][-1]
        self.assertEqual(extra["LocalAddress"], "198.51.100.7")
        self.assertNotIn("SpanSeconds", extra)
        self.subscribe(one, what=stage.GLib.Variant("as", ["stats"]))  # other columns: all is told anew
        rows, = [rows for rows, _ in self.told(one)]
        self.assertEqual([row[1] for row in rows], [2, 3, 1])
        self.assertIn("SpanSeconds", rows[0][-1])

    def test_wrong_options(self):
        for options in ({"what": stage.GLib.Variant("as", ["stats", "nonsense"])}, {"what": stage.GLib.Variant("s", "stats")},
                        {"aspects": stage.GLib.Variant("as", ["stats"])}):
            name, text = self.refusal(self.client, **options)
            self.assertEqual(name, INVALID)
            self.assertIn("what", text)

    def test_interval(self):
        """A source changes all the time: the bound holds, whatever is asked for."""
        begin = time.monotonic()
        one = self.subscriber(0)
        turn = 0
        while time.monotonic() < begin + CHURN_S:
            turn += 1
            self.publisher_.tell("measure", 1, turn)
            time.sleep(0.01)
        n = len(self.up_to_now(one))
        self.assertLessEqual(n, (time.monotonic() - begin) / 0.25 + 1)
        wait_until(lambda: [row for row in self.rows(one) if abs(row[15] - turn / 1000) < 1e-9], stage.JOINED_S, "the last comes")
        self.assertGreaterEqual(n, 1)

    def test_limit_of_a_user(self):
        call = (stage.MANAGER, MANAGER, "Subscribe", stage.GLib.Variant("(ua{sv})", (250, {})))
        *four, fifth = [Caller(self, "nobody") for _ in range(5)]
        for caller in four:
            caller.send(*call)
        self.assertEqual([caller.answer()[0] for caller in four], ["ok"] * 4)
        self.assertEqual(fifth.call(*call)[0], LIMITS)
        self.assertEqual(four[0].call(*call)[0], "ok")  # it is one of the four
        self.subscribe(self.client)                     # another user is not affected
        four[0].call(stage.MANAGER, MANAGER, "Unsubscribe", stage.GLib.Variant("()", ()))
        self.assertEqual(fifth.call(*call)[0], "ok")
        four[1].end()
        wait_until(lambda: four[0].call(*call)[0] == "ok", stage.JOINED_S, "who is killed makes room")

    def test_killed_subscriber_ends_the_traffic(self):
        caller = Caller(self, "nobody")
        caller.call(stage.MANAGER, MANAGER, "Subscribe", stage.GLib.Variant("(ua{sv})", (250, {})))
        before = set(self.client.names())
        caller.end()
        wait_until(lambda: set(self.client.names()) < before, stage.JOINED_S, "the bus has seen it go")
        self.client.rows()  # and the daemon has been told
        monitor = self.bus.monitor()
        one = self.subscriber()
        self.publisher_.tell("measure", 3, 5)
        self.told(one)
        sent = wait_until(lambda: [m for m in monitor.messages() if m.member == UPDATED], stage.JOINED_S, "the monitor has seen it")
        self.assertEqual([m.destination for m in sent], [one.connection.get_unique_name()])

    def test_limit_of_all_and_a_lost_bus(self):
        def fill():
            clients = [stage.Client(self.bus.address) for _ in range(33)]
            for client in clients[:32]:
                self.subscribe(client)
            self.assertEqual(self.refusal(clients[32])[0], LIMITS)
            return clients

        clients = fill()
        clients[5].connection.close_sync(None)
        wait_until(lambda: self.refusal(clients[32])[0] is None, stage.JOINED_S, "there is room again")
        self.bus.process.child.kill()
        self.bus.process.wait(stage.JOINED_S)
        self.publisher_.tell("measure", 3, 5)
        self.bus.process.log_path.unlink()  # in it, the next one says that it listens
        self.bus = self.start_bus()
        client = stage.Client(self.bus.address)
        wait_until(client.present, stage.JOINED_S, f"{stage.NAME} is on the bus")
        fill()


class Thousand(Stage):
    def begin(self, policy=case.POLICY):
        self.enterContext(mock.patch.dict(os.environ, KEEPS_NOTHING))
        self.publisher_, self.client = self.publish(1000, policy)

    def test_in_parts(self):
        self.begin()
        one = self.subscriber()
        self.publisher_.tell("measure", 1000, 5)
        wait_until(lambda: len(self.rows(one)) >= 1000, stage.JOINED_S, "all rows")
        self.assertEqual([len(rows) for rows, _ in self.updates(one)], [256, 256, 256, 232])
        self.assertEqual({row[1] for row in self.rows(one)}, set(range(1, 1001)))

    def churn(self):
        """All sources change all the time; how much the memory has grown in it, and what the last offset was."""
        before = self.resident_kb()
        begin, turn = time.monotonic(), 1
        while time.monotonic() < begin + CHURN_S:
            turn += 1
            self.publisher_.tell("measure", 1000, turn)
            time.sleep(0.05)
        return self.resident_kb() - before, turn / 1000

    def wait_for_all(self, client, offset_s):
        wait_until(lambda: len({row[1] for row in self.rows(client) if abs(row[15] - offset_s) < 1e-9}) == 1000,
                   stage.JOINED_S, "all come in the end")

    def resident_kb(self):
        pid = self.publisher_.child.pid
        return int(re.search(r"VmRSS:\s+(\d+)", pathlib.Path(f"/proc/{pid}/status").read_text(encoding="ascii")).group(1))

    def test_bus_that_does_not_read(self):
        """Thousand sources change all the time, and eight want all that is known of them: no more than one message waits here."""
        self.begin()
        one, *greedy = self.subscriber(), *[stage.Client(self.bus.address) for _ in range(8)]
        for client in greedy:
            self.subscribe(client, what=stage.GLib.Variant("as", ASPECTS))
        self.publisher_.tell("measure", 1000, 1)
        wait_until(lambda: len(self.rows(one)) >= 1000, stage.JOINED_S, "all rows")
        self.bus.process.freeze()
        grown, offset_s = self.churn()
        self.bus.process.thaw()
        print(f"\n  {grown} KiB more while the bus was stopped")
        self.assertLess(grown, GROWTH_LIMIT_KB)
        self.wait_for_all(one, offset_s)

    def test_subscriber_that_does_not_read(self):
        """The bus keeps for it what its limits let it, and turns the rest away; nobody else feels anything of it."""
        policy = self.directory / "bounded.conf"
        policy.write_text(BOUNDED.format(policy=case.POLICY), encoding="ascii")
        self.begin(policy)
        sluggard = Caller(self, "nobody")
        options = {"what": stage.GLib.Variant("as", ASPECTS)}
        sluggard.call(stage.MANAGER, MANAGER, "Subscribe", stage.GLib.Variant("(ua{sv})", (250, options)))
        sluggard.child.send_signal(signal.SIGSTOP)
        one = self.subscriber()
        self.publisher_.tell("measure", 1000, 1)
        self.wait_for_all(one, 0.001)
        grown, offset_s = self.churn()
        self.wait_for_all(one, offset_s)
        print(f"\n  {grown} KiB more while one did not read")
        self.assertLess(grown, GROWTH_LIMIT_KB)


class Daemon(case.DaemonCase):
    def test_real_daemon(self):
        address = network.ipv4(11)
        self.network.servers.add_address(address)
        servers.chronyd(self, address)
        _, api = self.follow([f"server {address} iburst minpoll -2 maxpoll -2"])
        client = stage.Client(stage.bus.address(self.directory))
        client.listen()
        client.call(stage.MANAGER, MANAGER, "Subscribe", "(ua{sv})", 250, {})
        api.wait_for_state("synchronized", stage.JOINED_S)

        def rows():
            return [row for *_, member, arguments in client.receive() if member == UPDATED for row in arguments[1]]

        wait_until(lambda: len({row[13] for row in rows()}) >= 3, stage.JOINED_S, "three samples")
        self.assertEqual({row[3] for row in rows()}, {address})
        self.assertEqual(rows()[-1][5], "selected")


if __name__ == "__main__":
    case.main("chrony")
