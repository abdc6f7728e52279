#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""WaitSync: who is answered when, who is turned down, and that nothing stays of those who leave. When a goal is reached, and how
often it is looked, is judged by tests/unit/bus/test-sync-waits.c."""

import math
import random
import time

import stage
from caller import INVALID, LIMITS, vanish
from harness import case, network, servers
from harness.deadline import wait_until

MANAGER = f"{stage.NAME}.Manager"
SIGNATURE = "(ddda{sv})"
WAITERS = 64
KILLED = 10000 if stage.LONG else 60
KILLED_WITHIN_S = 0.05
SHORT_S, LONG_S = 0.3, 60.0


class Wait:
    """A call that goes on."""

    def __init__(self, client, correction=0.0, skew=0.0, timeout=0.0):
        self.reached = self.last = self.error = None
        client.connection.call(stage.NAME, stage.MANAGER, MANAGER, "WaitSync",
                               stage.GLib.Variant(SIGNATURE, (correction, skew, timeout, {})), None,
                               stage.Gio.DBusCallFlags.NO_AUTO_START, 600000, None, self.on_answer)
        self.client = client

    def on_answer(self, connection, result):
        try:
            self.reached, self.last = connection.call_finish(result).unpack()
        except stage.GLib.Error as error:
            self.error = stage.Gio.DBusError.get_remote_error(error)

    def answered(self):
        self.client.receive()
        return self.reached is not None or self.error is not None

    def result(self):
        wait_until(self.answered, stage.JOINED_S, "the call is answered")
        assert self.error is None, self.error
        return self.reached


class WaitSync(stage.BusCase):
    def setUp(self):
        super().setUp()
        self.publisher_, self.client = self.publish()

    def wait_sync(self, *arguments):
        return self.client.call(stage.MANAGER, MANAGER, "WaitSync", SIGNATURE, *arguments, {})

    def test_reached_at_once(self):
        reached, last = self.wait_sync(0.0, 0.0, 0.0)
        clock = self.client.get_all(stage.CLOCK, f"{stage.NAME}.Clock")
        self.assertTrue(reached)
        self.assertEqual(last, {key: clock[key] for key in ("ReferenceID", "SystemOffsetSeconds", "SkewPPM")})

    def test_time_is_over(self):
        self.publisher_.tell("engine", 0, "unsynchronized")
        begin = time.monotonic()
        reached, last = self.wait_sync(0.0, 0.0, SHORT_S)
        self.assertFalse(reached)
        self.assertEqual(set(last), {"ReferenceID", "SystemOffsetSeconds", "SkewPPM"})
        self.assertGreaterEqual(time.monotonic() - begin, SHORT_S)

    def test_waits_for_the_state(self):
        self.publisher_.tell("engine", 0, "unsynchronized")
        wait, patient = Wait(self.client, timeout=LONG_S), Wait(self.client)
        self.assertFalse(self.wait_sync(0.0, 0.0, SHORT_S)[0])
        self.assertFalse(wait.answered() or patient.answered())
        self.publisher_.tell("engine", 0, "synchronized")
        self.assertTrue(wait.result() and patient.result())

    def test_waits_for_the_figures(self):
        skew = self.client.get(stage.CLOCK, "Clock", "SkewPPM")
        self.assertTrue(self.wait_sync(0.0, skew * 2, SHORT_S)[0])
        self.assertFalse(self.wait_sync(0.0, skew / 2, SHORT_S)[0])
        self.publisher_.tell("correct", 500)
        self.assertFalse(self.wait_sync(0.1, 0.0, SHORT_S)[0])
        wait = Wait(self.client, 0.1, skew, LONG_S)
        self.assertTrue(self.wait_sync(1.0, 0.0, 0.0)[0])
        self.publisher_.tell("correct", 99)
        self.assertTrue(wait.result())
        self.assertAlmostEqual(wait.last["SystemOffsetSeconds"], 0.099)

    def test_wrong_arguments(self):
        names = ("max_correction_seconds", "max_skew_ppm", "timeout_seconds")
        for place, name in enumerate(names):
            for value in (-1.0, math.nan, -math.inf):
                arguments = [0.0] * place + [value] + [0.0] * (2 - place)
                error, text = self.client.refusal(stage.MANAGER, MANAGER, "WaitSync", SIGNATURE, *arguments, {})
                self.assertEqual(error, INVALID)
                self.assertIn(name, text)
        self.assertEqual(self.client.error_of(stage.MANAGER, MANAGER, "WaitSync", SIGNATURE, 0.0, 0.0, 0.0,
                                              {"tries": stage.GLib.Variant("u", 1)}), INVALID)

    def fill(self):
        """All places are taken, and one more is refused. The daemon knows the caller by then, or eight would be the most."""
        self.wait_sync(0.0, 0.0, 0.001)
        waits = [Wait(self.client) for _ in range(WAITERS)]
        self.assertEqual(self.client.error_of(stage.MANAGER, MANAGER, "WaitSync", SIGNATURE, 0.0, 0.0, 0.0, {}), LIMITS)
        self.assertFalse([wait for wait in waits if wait.answered()])
        return waits

    def test_one_too_many(self):
        self.publisher_.tell("engine", 0, "unsynchronized")
        waits = self.fill()
        self.publisher_.tell("engine", 0, "synchronized")
        self.assertTrue(all(wait.result() for wait in waits))
        self.publisher_.tell("engine", 0, "unsynchronized")
        self.fill()  # nothing stayed of the first ones

    def test_killed_callers(self):
        """Killed before or after the daemon has found out whose call it is: each place is free again."""
        self.publisher_.tell("engine", 0, "unsynchronized")
        call = (stage.MANAGER, MANAGER, "WaitSync", "ddda{sv}", 0.0, 0.0, 0.0, {})
        before = set(self.client.names())
        chance = random.Random(5)
        for _ in range(KILLED):
            vanish(self.bus.address, "nobody", call, chance.uniform(0, KILLED_WITHIN_S))
        wait_until(lambda: set(self.client.names()) <= before, stage.JOINED_S, "the bus has seen all of them go")
        self.fill()

    def test_bus_is_lost(self):
        self.publisher_.tell("engine", 0, "unsynchronized")
        self.fill()
        self.bus.process.child.kill()
        self.bus.process.wait(stage.JOINED_S)
        self.publisher_.tell("engine", 0, "synchronized")
        self.publisher_.tell("engine", 0, "unsynchronized")
        self.bus.process.log_path.unlink()  # in it, the next one says that it listens
        self.bus = self.start_bus()
        self.client = stage.Client(self.bus.address)
        wait_until(self.client.present, stage.JOINED_S, f"{stage.NAME} is on the bus")
        self.fill()


class Daemon(case.DaemonCase):
    def test_real_daemon(self):
        address = network.ipv4(11)
        self.network.servers.add_address(address)
        self.follow([f"server {address} iburst minpoll -2 maxpoll -2"])
        client = stage.Client(stage.bus.address(self.directory))
        wait = Wait(client, 0.1, 0.0, LONG_S)
        self.assertFalse(client.call(stage.MANAGER, MANAGER, "WaitSync", SIGNATURE, 0.0, 0.0, SHORT_S, {})[0])
        self.assertFalse(wait.answered())  # nobody serves the time yet
        servers.chronyd(self, address)
        self.assertTrue(wait.result())
        self.assertEqual(client.get(stage.MANAGER, "Manager", "State"), "synchronized")
        self.assertLessEqual(abs(wait.last["SystemOffsetSeconds"]), 0.1)


if __name__ == "__main__":
    case.main("chrony")
