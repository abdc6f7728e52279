#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Signals as a client gets them; when which one is sent is judged by tests/unit/bus/test-changes.c."""

import time

import stage

CHANGED = "PropertiesChanged"
IDLE_S = 60 if stage.LONG else 3
CHURN_S = 20 if stage.LONG else 4


class Changes(stage.BusCase):
    def setUp(self):
        super().setUp()
        self.publisher_, self.client = self.publish()
        self.client.listen()

    def told(self, *members, command):
        """The signals up to now and those that a command gives, at least one of each of these names."""
        self.publisher_.tell(*command)
        self.client.wait_for(*members)
        return self.client.take_signals()

    def of(self, member, signals):
        return [signal[3] for signal in signals if signal[2] == member]

    def test_properties(self):
        source = (f"{stage.SOURCES}/2", stage.PROPERTIES, CHANGED, (f"{stage.NAME}.Source", {"State": "falseticker"}, []))
        combined = [f"{stage.SOURCES}/{i}" for i in (1, 3)]
        manager = (stage.MANAGER, stage.PROPERTIES, CHANGED, (f"{stage.NAME}.Manager", {"SelectedSources": combined}, []))
        self.publisher_.tell("state", 2, "falseticker")
        stage.wait_until(lambda: len(self.client.receive()) >= 2, stage.JOINED_S, "two signals")
        self.assertCountEqual(self.client.take_signals(), [source, manager])

    def test_nothing_changed_nothing_sent(self):
        """The ticks of the publisher go on, and the clock with them."""
        time.sleep(IDLE_S)
        self.assertEqual(self.client.receive(), [])

    def test_sources_come_and_go(self):
        (path, interfaces), = self.of("InterfacesAdded", self.told("InterfacesAdded", command=("add", 1)))
        self.assertEqual(path, f"{stage.SOURCES}/4")
        self.assertEqual(interfaces[f"{stage.NAME}.Source"]["Name"], "ntp4.example")
        self.assertIn(f"{stage.NAME}.NTPSource", interfaces)
        (path, gone), = self.of("InterfacesRemoved", self.told("InterfacesRemoved", command=("remove", 4)))
        self.assertEqual(path, f"{stage.SOURCES}/4")
        self.assertEqual(set(gone), set(interfaces))  # else proxies stay behind

    def test_selection_changed(self):
        changed = self.of("SelectionChanged", self.told("SelectionChanged", command=("select", 3)))
        self.assertEqual(changed, [(f"{stage.SOURCES}/1", f"{stage.SOURCES}/3", "following ntp3.example (192.0.2.3)")])
        lost = self.of("SelectionChanged", self.told("SelectionChanged", command=("select", 0)))
        self.assertEqual(lost, [(f"{stage.SOURCES}/3", "/", "no source is selectable")])

    def test_clock_stepped(self):
        """The publisher's world stands still at 1,000 s after boot and the first second of 2026: the signal is later or earlier."""
        epoch_s = 1767225600 - 1000
        for who, reason in (("", "makestep"), ("foreign", "foreign")):
            (seconds, at_usec, why), = self.of("ClockStepped", self.told("ClockStepped", command=("step", 1500, who)))
            self.assertAlmostEqual(seconds, 1.5)
            self.assertAlmostEqual(at_usec * 1e-6 - epoch_s, time.clock_gettime(time.CLOCK_BOOTTIME), delta=stage.JOINED_S)
            self.assertEqual(why, reason)

    def test_many_sources_come(self):
        self.publisher_.tell("add", 100)
        stage.wait_until(lambda: len(self.of("InterfacesAdded", self.client.receive())) == 100, stage.JOINED_S, "all are told")
        self.assertEqual(len({arguments[0] for arguments in self.of("InterfacesAdded", self.client.signals)}), 100)


class Traffic(stage.BusCase):
    def test_bound(self):
        """A thousand sources that change all the time, the selected one too: twenty messages a second after a burst of fifty,
        and a hint to read all again."""
        publisher, client = self.publish(1000)
        client.listen()
        begin, turn = time.monotonic(), 0
        while time.monotonic() < begin + CHURN_S:
            turn += 1
            publisher.tell("strata", turn % 14 + 1)
            publisher.tell("select", turn % 1000 + 1)
            client.receive()
            time.sleep(0.02)
        stage.wait_until(lambda: client.receive() and time.monotonic() > begin + CHURN_S + 1.5, stage.JOINED_S, "all are told")
        seconds = time.monotonic() - begin
        kinds = [signal[2] for signal in client.signals]
        changed, selected, overflow = (kinds.count(kind) for kind in (CHANGED, "SelectionChanged", "SourcesChanged"))
        print(f"\n  {seconds:.1f} s of churn: {changed} PropertiesChanged, {selected} SelectionChanged, {overflow} SourcesChanged")
        self.assertEqual(len(kinds), changed + selected + overflow)
        self.assertLessEqual(len(kinds), 50 + 21 * seconds + 1)
        self.assertGreaterEqual(min(changed, selected, overflow), 1)
        self.assertLessEqual(overflow, seconds + 1)
        self.assertEqual({row[10] for row in client.rows()}, {turn % 14 + 1})


if __name__ == "__main__":
    stage.main()
