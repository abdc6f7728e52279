#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""The bus is absent, stopped, killed, or gives the name to another: the loop goes on in time and joins when it can."""

import os
import signal
import time

import stage
from harness import bus, case
from harness.deadline import wait_until

STOPPED_S = 30 if stage.LONG else 5
RESTARTS = 20 if stage.LONG else 3
TICK_S = 0.05
LATE_LIMIT_S = 2.0  # a call that waits for the bus would take as long as that is stopped


class Life(stage.BusCase):
    def check_in_time(self, publisher, since):
        """The ticks of the loop since then were neither late nor left out."""
        ticks, latest_usec = publisher.tell("lateness")
        seconds = time.monotonic() - since
        print(f"\n  {ticks} ticks in {seconds:.1f} s, the latest by {latest_usec / 1000:.1f} ms")
        self.assertLess(latest_usec, LATE_LIMIT_S * 1e6)
        self.assertGreater(ticks, seconds / LATE_LIMIT_S - 2)

    def start_publisher(self, address):
        publisher = self.keep(stage.Publisher(self, address))
        publisher.tell("lateness")
        return publisher, time.monotonic()

    def joined(self, address, seconds=stage.JOINED_S):
        client = stage.Client(address)
        wait_until(client.present, seconds, f"{stage.NAME} is on the bus")
        return client

    def test_bus_appears(self):
        publisher, since = self.start_publisher(bus.address(self.directory))
        publisher.tell("select", 2)  # no connection: nothing happens
        started = self.start_bus()
        client = self.joined(started.address)
        self.assertEqual(client.get(stage.MANAGER, "Manager", "SelectedSource"), f"{stage.SOURCES}/2")
        self.check_in_time(publisher, since)

    def test_folder_of_the_socket_appears(self):
        inner = self.directory / "later"
        publisher, since = self.start_publisher(f"unix:path={inner}/bus.socket")
        inner.mkdir(mode=0o755)
        config = self.directory / "later.conf"
        config.write_text(bus.CONFIG.format(socket=inner / "bus.socket", policy=case.POLICY), encoding="ascii")
        later = self.start("later-bus", ["dbus-daemon", f"--config-file={config}", "--nofork", "--nopidfile",
                                         "--print-address=1"])
        later.wait_for_log("unix:path=", stage.JOINED_S)  # the socket is there before anybody listens on it
        self.joined(f"unix:path={inner}/bus.socket")
        self.check_in_time(publisher, since)

    def test_bus_is_killed_and_restarted(self):
        running = self.start_bus()
        publisher, since = self.start_publisher(running.address)
        self.joined(running.address)
        for _ in range(RESTARTS):
            running.process.child.kill()
            running.process.wait(stage.JOINED_S)
            publisher.tell("stratum", 1, 5)
            running.process.log_path.unlink()  # in it, the next one says that it listens
            running = self.start_bus()
            client = self.joined(running.address)
            self.assertEqual(len(client.rows()), 3)
        self.check_in_time(publisher, since)

    def test_bus_is_stopped(self):
        running = self.start_bus()
        publisher, since = self.start_publisher(running.address)
        client = self.joined(running.address)
        client.listen()
        running.process.freeze()
        end = time.monotonic() + STOPPED_S
        while time.monotonic() < end:
            publisher.tell("stratum", 1, 3 + int(time.monotonic()) % 7)
            publisher.tell("select", 1 + int(time.monotonic()) % 3)
            time.sleep(TICK_S)
        self.check_in_time(publisher, since)
        publisher.tell("stratum", 1, 15)
        publisher.tell("select", 2)
        running.process.thaw()
        wait_until(lambda: client.get(f"{stage.SOURCES}/1", "Source", "Stratum") == 15, stage.JOINED_S, "the bus works again")
        self.assertTrue(client.present())

    def test_bus_is_stopped_when_it_is_joined(self):
        running = self.start_bus()
        running.process.freeze()
        publisher, since = self.start_publisher(running.address)
        time.sleep(STOPPED_S / 2)  # nothing can be awaited: that nothing hangs is what is looked at
        self.check_in_time(publisher, since)
        running.process.thaw()
        self.joined(running.address)

    def test_ends_at_once_while_the_bus_is_stopped(self):
        running = self.start_bus()
        publisher = stage.Publisher(self, running.address)
        self.joined(running.address)
        running.process.freeze()
        for stratum in range(30):
            publisher.tell("stratum", 1, stratum % 15)
            publisher.tell("step", 5)
        since = time.monotonic()
        publisher.stop()
        self.assertLess(time.monotonic() - since, 10)  # the bus does not read until later
        running.process.thaw()

    def test_name_is_taken(self):
        """The second one waits in the queue, says so once, and takes over."""
        running = self.start_bus()
        first = stage.Publisher(self, running.address, 1)
        client = self.joined(running.address)
        second = self.keep(stage.Publisher(self, running.address, 2))
        wait_until(lambda: "Another process owns" in second.log(), stage.JOINED_S, "the second one notices")
        self.assertEqual(len(client.rows()), 1)
        self.assertNotIn("Joined", second.log().partition("Another process owns")[2])
        first.stop()
        wait_until(lambda: client.present() and len(client.rows()) == 2, stage.JOINED_S, "the second one takes over")
        self.assertEqual(second.log().count("Another process owns"), 1)

    def test_only_the_bus_gives_a_name(self):
        """On a bus that lets everybody send us signals: who waits for its name is told by another sender that it has it."""
        running = self.start_bus(policy=self.open_policy())
        self.keep(stage.Publisher(self, running.address, 1))
        liar = self.joined(running.address)
        before = set(liar.names())
        second = self.keep(stage.Publisher(self, running.address, 2))
        wait_until(lambda: "Another process owns" in second.log(), stage.JOINED_S, "the second one notices")
        name, = set(liar.names()) - before
        liar.connection.emit_signal(name, "/org/freedesktop/DBus", stage.DRIVER, "NameAcquired", stage.GLib.Variant("(s)", (stage.NAME,)))
        liar.call(stage.MANAGER, "org.freedesktop.DBus.Peer", "Ping", destination=name)
        self.assertNotIn("Joined", second.log().partition("Another process owns")[2])

    def test_name_is_refused(self):
        """No policy file: it is said once, tried again with pauses, and nothing else happens."""
        policy = self.directory / "no-policy.conf"
        policy.write_text("<busconfig/>\n", encoding="ascii")
        running = self.start_bus(policy=policy)
        publisher, since = self.start_publisher(running.address)
        wait_until(lambda: "refuses the name" in publisher.log(), stage.JOINED_S, "it is said")
        policy.write_text(case.POLICY.read_text(encoding="utf-8"), encoding="utf-8")
        os.kill(running.process.pid, signal.SIGHUP)  # reads its policy again
        self.joined(running.address, 30)
        self.assertEqual(publisher.log().count("refuses the name"), 1)
        self.check_in_time(publisher, since)


if __name__ == "__main__":
    stage.main()
