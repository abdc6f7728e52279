#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Alerts as a client gets them, by the publisher's world and by the daemon itself; when which one is raised is judged by
tests/unit/core/test-alert.c, how many signals there are by tests/unit/bus/test-changes.c."""

import json
import pathlib
import re
import signal
import time

import ctl_case
import stage
from harness import case, network
from harness.daemon import Timeballd
from harness.deadline import wait_until
from harness.responder import Responder

RAISED, CLEARED, CHANGED = "AlertRaised", "AlertCleared", "PropertiesChanged"
IDLE_S = 60 if stage.LONG else 3
SETTLED_S = 1.5  # an object is told about once a second
# What spoils the world, how long it takes to be an alert, what mends it, how long it takes to be over; and what it is then.
PLAYS = [
    ((("state", 2, "falseticker"),), 60, (("state", 2, "combined"),), 60, "falsetickers", "warning", "degraded",
     "1 of 3 sources contradicts the majority and is not followed: ntp2.example"),
    ((("expire", 1),), 0, (("expire", 0),), 0, "leap-list-expired", "warning", "degraded", "the list of leap seconds has expired"),
    ((("result", 0, "no-majority"),), 60, (("result", 0, "ok"),), 60, "no-majority", "critical", "bad", "no majority: "),
    ((("reach", 1, 0),), 60, (("reach", 1, 1),), 60, "unreachable", "warning", "degraded",
     "the selected source ntp1.example has not answered eight requests"),
    ((("engine", 0, "holdover"),), 600, (("engine", 0, "synchronized"),), 60, "unsynchronized", "critical", "bad",
     "the clock is not synchronized: "),
    ((("step", 1500, "foreign"),), 0, (), 3600, "foreign-change", "warning", "degraded",
     "something else set the clock back by 1.500000 s"),
    ((("remove", 3), ("remove", 2)), 60, (("add", 2),), 0, "one-source", "info", "good", "ntp1.example is the only source"),
    ((("refuse", 1),), 0, (), 0, "clock-refused", "critical", "bad", "the kernel refuses to adjust the clock"),
]


def wakes_in_s(pid):
    """When the first timer of a process expires; infinity: none is armed."""
    files = [path.read_text(encoding="ascii") for path in pathlib.Path(f"/proc/{pid}/fdinfo").iterdir()]
    left = [int(seconds) + int(ns) * 1e-9 for text in files for seconds, ns in re.findall(r"it_value: \((\d+), (\d+)\)", text)]
    return min([span for span in left if span > 0], default=float("inf"))


class Played(ctl_case.CtlCase):
    def setUp(self):
        super().setUp()
        self.publisher_, self.client = self.publish()
        self.client.listen()

    def tell(self, *commands):
        for command in commands:
            self.publisher_.tell(*command)

    def alerts(self):
        return [tuple(alert) for alert in self.client.get(stage.MANAGER, "Manager", "Alerts")]

    def health(self):
        return self.client.get(stage.MANAGER, "Manager", "Health")

    def told(self, member):
        """The arguments of the one signal of that name, which comes."""
        self.client.wait_for(member)
        wanted, = [taken[3] for taken in self.client.signals if taken[2] == member]
        self.client.signals = [taken for taken in self.client.signals if taken[2] != member]
        return wanted

    def test_come_and_go(self):
        self.assertEqual((self.alerts(), self.health()), ([], "good"))
        for spoil, patience_s, mend, calm_s, name, severity, health, text in PLAYS:
            self.tell(*spoil)
            if patience_s:
                self.assertEqual(self.alerts(), [], name)
                self.publisher_.tell("wait", patience_s)
            told = self.told(RAISED)
            self.assertEqual(told[:2], (name, severity))
            self.assertTrue(told[3].startswith(text), told)
            self.assertEqual(self.alerts(), [told[:4]])
            now = self.client.get(stage.CLOCK, "Clock", "TimeUSec")
            self.assertAlmostEqual((now - told[2]) * 1e-6, patience_s, delta=stage.JOINED_S)
            known = self.client.get_all(stage.MANAGER, f"{stage.NAME}.Manager")
            self.assertEqual(told[4], {key: known[key] for key in ("Health", "State", "StateReason", "SelectedSource")})
            self.assertEqual(self.health(), health)
            if name == "clock-refused":  # for good: the clock is never updated here
                break
            self.tell(*mend)
            if calm_s:
                self.assertEqual(self.alerts(), [told[:4]], name)
                self.publisher_.tell("wait", calm_s)
            self.assertEqual(self.told(CLEARED), (name,))
            self.assertEqual((self.alerts(), self.health()), ([], "good"))

    def test_nothing_changed_nothing_sent(self):
        """Clocks go on, figures change, and the alert is what it was."""
        self.tell(("expire", 1), ("state", 3, "falseticker"), ("wait", 60))
        changed = {}

        def settled():
            for taken in self.client.receive():
                if taken[2] == CHANGED:
                    changed.update(taken[3][1])
            return len(changed.get("Alerts", [])) == 2 and changed.get("Health") == "degraded"

        wait_until(settled, stage.JOINED_S, "both are announced")
        self.assertEqual([tuple(alert) for alert in changed["Alerts"]], self.alerts())
        wait_until(lambda: len([taken for taken in self.client.receive() if taken[2] == RAISED]) == 2, stage.JOINED_S, "both signals")
        before = -1
        while len(self.client.receive()) != before:  # the last of what has changed with them
            before = len(self.client.signals)
            time.sleep(SETTLED_S)
        self.client.take_signals()
        time.sleep(IDLE_S)
        self.assertEqual(self.client.receive(), [])

    def test_hostile_name(self):
        self.tell(("name", 2, "hostile"), ("state", 2, "falseticker"), ("wait", 60))
        self.assertRegex(self.told(RAISED)[3], r": \?\[31mred\?\]0;title\?")
        self.assertTrue(self.alerts()[0][3].isprintable())

    def test_timeballctl(self):
        self.assertEqual(self.run_ctl("--no-legend", "alerts"), "")
        self.assertIn("Nothing is wrong.", self.run_ctl("alerts"))
        self.tell(("expire", 1), ("state", 2, "falseticker"), ("wait", 60))
        wait_until(lambda: len(self.alerts()) == 2, stage.JOINED_S, "two alerts")
        rows = json.loads(self.run_ctl("alerts", "--json=short"))
        self.assertEqual([tuple(row.values()) for row in rows], self.alerts())
        self.assertEqual(list(rows[0]), ["Id", "Severity", "SinceUSec", "Text"])
        self.assertRegex(self.run_ctl("alerts"), r"(?m)^\S+ \S+ .* warning +falsetickers +1 of 3 sources contradicts")
        self.assertRegex(self.run_ctl("status"), r"(?m)^ +Alert: warning, leap-list-expired: the list of leap seconds")
        self.assertRegex(self.run_ctl("status", "--check"), r"^Synchronized to .*; degraded: falsetickers, leap-list-expired\n$")
        self.tell(("refuse", 1))
        self.assertRegex(self.run_ctl("status", "--check", status=ctl_case.NOT_SYNCHRONIZED), r"; bad: clock-refused, falsetickers, ")
        self.assertIn("clock-refused", json.loads(self.run_ctl("describe", "-j"))["manager"]["Alerts"][0])


class Real(case.DaemonCase):
    """A list of leap seconds that has expired is an alert at once; none waits for a minute, which only the long run does."""

    def list_until(self, expires_s):
        path = pathlib.Path(self.directory, "leap-seconds.list")
        path.write_text(f"#@ {int(expires_s) + 2208988800}\n3692217600 37\n", encoding="ascii")
        path.chmod(0o644)
        return path

    def configure(self):
        self.address = network.ipv4(11)
        self.network.servers.add_address(self.address)
        return [f"server {self.address} iburst minpoll -1 maxpoll -1", f"leapseclist {self.list_until(time.time() - 86400)}"]

    def serve(self):
        """From now on the daemon is told the time, and so knows that the list has expired."""
        self.keep(Responder(self.network.servers, [self.address], stratum=1))

    def test_expired_list(self):
        daemon, _ = self.follow(self.configure())
        client = stage.Client(stage.bus.address(self.directory))
        client.listen()
        self.serve()
        client.wait_for(RAISED)
        daemon.process.wait_for_log("Alert leap-list-expired: the list of leap seconds has expired", stage.JOINED_S)
        alert, = client.get(stage.MANAGER, "Manager", "Alerts")
        self.assertEqual(alert[:2], ("leap-list-expired", "warning"))
        self.assertAlmostEqual(alert[2] * 1e-6, time.time(), delta=stage.JOINED_S)
        self.list_until(time.time() + 86400)
        daemon.process.child.send_signal(signal.SIGHUP)
        client.wait_for(CLEARED)
        daemon.process.wait_for_log("Alert leap-list-expired is over", stage.JOINED_S)
        self.assertEqual(client.get(stage.MANAGER, "Manager", "Health"), "good")

    def test_without_a_bus(self):
        daemon = Timeballd(self, self.configure())
        self.serve()
        daemon.process.wait_for_log("Alert leap-list-expired: the list of leap seconds has expired", stage.JOINED_S)

    def test_no_sources(self):
        """Nothing happens to this daemon: a minute after its start it wakes for the alert."""
        daemon = Timeballd(self, ["port 0"])
        # At first it wakes within a second, for a network that has come up.
        wait_until(lambda: 10 < wakes_in_s(daemon.pid) <= 60, stage.JOINED_S, "it is to wake within a minute")
        if stage.LONG:
            daemon.process.wait_for_log("Alert no-sources: no source of time is configured", 60 + stage.JOINED_S)
            self.assertGreater(wakes_in_s(daemon.pid), 60)


if __name__ == "__main__":
    case.main()
