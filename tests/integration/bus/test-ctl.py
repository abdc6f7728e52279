#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""timeballctl against the bus layer: what it shows, what it ends with, and that it never starts the daemon."""

import json
import select
import subprocess
import time

import ctl_case
import stage
from ctl_case import FAILURE, NO_SUCH_SOURCE, NOT_AUTHORIZED, NOT_RUNNING, NOT_SYNCHRONIZED, USAGE

SOMEBODY = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"]


class Ctl(ctl_case.CtlCase):
    def test_status(self):
        self.publish()
        for verb in ([], ["status"]):
            text = self.run_ctl(*verb)
            self.assertIn("Synchronized to ntp1.example (192.0.2.1), within 10.90 ms", text)
        self.assertIn("400.0 us behind, being slewed away", text)
        self.assertIn("1.000 ms ahead, RMS 500.0 us", text)

    def test_address_from_the_environment(self):
        self.publish()
        text = self.run_ctl(address=False, environment={"DBUS_SYSTEM_BUS_ADDRESS": self.bus.address})
        self.assertIn("Synchronized", text)

    def test_sources(self):
        publisher, _ = self.publish()
        publisher.tell("state", 2, "falseticker")
        lines = self.run_ctl("sources").splitlines()
        self.assertEqual(len(lines), 4)
        self.assertRegex(lines[0], "^S  NAME .* OFFSET .* ERROR$")
        self.assertRegex(lines[1], r"^\*  ntp1.example +selected .* 377 .* \+1.000 ms +7.000 ms$")
        self.assertRegex(lines[2], r"^x  ntp2.example +falseticker ")
        verbose = self.run_ctl("sources", "-v", "--no-legend").splitlines()
        self.assertEqual(len(verbose), 3)
        self.assertRegex(verbose[1], "interval is")
        self.assertRegex(self.run_ctl("sources", "-n").splitlines()[1], r"^\*  192.0.2.1 ")

    def test_stats(self):
        self.publish()
        for verb in ("stats", "sourcestats"):
            self.assertRegex(self.run_ctl(verb, "--units=us").splitlines()[1],
                             r"^ntp1.example +17 +9 +17 min +\+2.000 ppm +0.100 ppm +\+1000.000 us +10.000 us +30.000 us$")

    def test_json(self):
        _, client = self.publish()
        status = json.loads(self.run_ctl("status", "--json=short"))
        self.assertEqual(set(status), {"Manager", "Clock", "Sources"})
        self.assertEqual(set(status["Manager"]), set(client.get_all(stage.MANAGER)))
        self.assertEqual(status["Clock"]["LastOffsetSeconds"], 0.001)
        rows = json.loads(self.run_ctl("sources", "-j"))
        source = client.get_all(f"{stage.SOURCES}/1")
        self.assertEqual([row["Id"] for row in rows], [1, 2, 3])
        self.assertLessEqual(set(rows[0]) - {"Path"}, set(source))
        self.assertLessEqual(set(json.loads(self.run_ctl("stats", "--json=pretty"))[0]) - {"Path"}, set(source))
        self.assertEqual(set(json.loads(self.run_ctl("show", "--json=pretty", "2"))), set(source))
        self.assertEqual(json.loads(self.run_ctl("show", "-j"))["State"], "synchronized")

    def test_show(self):
        self.publish()
        lines = dict(line.split("=", 1) for line in self.run_ctl("show").splitlines())
        self.assertEqual(lines["State"], "synchronized")
        self.assertEqual(lines["LastOffsetSeconds"], "0.001")
        for object_ in ("2", "ntp2.example", "192.0.2.2", f"{stage.SOURCES}/2"):
            names = [line.split("=")[0] for line in self.run_ctl("show", object_).splitlines()]
            self.assertEqual(names[:2], ["Id", "Name"])
        self.assertEqual(self.run_ctl("show", "-p", "State", "-p", "Version", "--value", "manager").split()[0], "synchronized")
        self.assertEqual(self.run_ctl("show", "-P", "RejectedPackets", "2"), "bogus-origin=1 delay-ratio=1\n")
        self.assertEqual(self.run_ctl("show", "-P", "Options", "2"), "prefer trust\n")
        self.run_ctl("show", "-p", "Nonsense", status=FAILURE)
        self.assertEqual(json.loads(self.run_ctl("show", "-p", "State", "-p", "SourceCount", "-j", "manager")),
                         {"State": "synchronized", "SourceCount": 3})
        self.run_ctl("show", "-j", "-p", "Nonsense", status=FAILURE)

    def test_check(self):
        publisher, _ = self.publish()
        self.run_ctl("--check")
        self.run_ctl("--check", "--max-error=1s")
        self.assertIn("which is more than 5.000 ms", self.run_ctl("--check", "--max-error=5ms", status=NOT_SYNCHRONIZED))
        publisher.tell("select", 0)
        publisher.tell("engine", 0, "unsynchronized")
        self.assertEqual(self.run_ctl("--check", status=NOT_SYNCHRONIZED), "Not synchronized: no source is selectable\n")

    def test_server(self):
        _, client = self.publish()
        for verb in ("server", "serverstats"):
            self.assertIn("Requests", self.run_ctl(verb))
        self.assertEqual(set(json.loads(self.run_ctl("server", "-j"))), set(client.get_all(stage.SERVER)))
        self.assertIn("Enabled=yes", self.run_ctl("show", "server"))

    def test_no_server(self):
        self.publish(server=False)
        self.assertEqual(self.run_ctl("server"), "Time is served to nobody.\n")
        self.assertIn("served to nobody", self.run_ctl("clients", status=FAILURE))

    def test_clients(self):
        self.publish()
        clients = json.loads(self.run_ctl("clients", "-j"))
        self.assertEqual(len({row["Address"] for row in clients}), len(clients))
        self.assertEqual(len(self.run_ctl("clients").splitlines()), len(clients) + 1)
        top = json.loads(self.run_ctl("top", "3", "-j"))
        self.assertEqual([row["NTPRequests"] for row in top],
                         sorted((row["NTPRequests"] for row in clients), reverse=True)[:3])
        self.assertEqual(len(self.run_ctl("top", "--no-legend").splitlines()), min(10, len(clients)))
        most = max(row["NTPRequests"] for row in clients)
        self.assertEqual([row["NTPRequests"] for row in json.loads(self.run_ctl("clients", "-j", f"--min-packets={most}"))], [most])
        self.assertEqual([row["Address"] for row in json.loads(self.run_ctl("clients", "-j", f"--subnet={clients[0]['Address']}"))],
                         [clients[0]["Address"]])
        by_requests = [row["NTPRequests"] for row in json.loads(self.run_ctl("clients", "-j", "--sort=requests"))]
        self.assertEqual(by_requests, sorted(by_requests, reverse=True))
        self.run_ctl("clients", "--sort=beauty", status=USAGE)
        self.run_ctl("clients", "--min-packets=-1", status=USAGE)
        self.run_ctl("clients", "--subnet=nowhere", status=USAGE)
        self.run_ctl("clients", "--reset", "-j")
        self.assertEqual({row["NTPRequests"] for row in json.loads(self.run_ctl("clients", "-j"))}, {0})
        for number in ("0", "1001", "x", "1x", ""):
            self.assertIn("1 to 1000", self.run_ctl("top", number, status=USAGE))

    def test_access(self):
        self.publish()
        for words, served in ((["deny", "all"], False), (["allow", "192.0.2.0/24"], True), (["deny", "192.0.2.7"], False),
                              (["allow", "192.0.2.0/24"], False), (["allow", "all", "192.0.2.0/24"], True), (["deny"], True),
                              (["deny", "all"], False), (["allow"], True)):
            self.assertEqual(self.run_ctl(*words), "")
            for verb in ("access-check", "accheck"):
                self.assertEqual(self.run_ctl(verb, "192.0.2.7"), f"192.0.2.7 is {'' if served else 'not '}served\n", words)
        self.assertEqual(json.loads(self.run_ctl("access-check", "2001:db8::1", "-j")), {"Address": "2001:db8::1", "Allowed": True})
        self.assertIn("'192.0.2.0/33'", self.run_ctl("allow", "192.0.2.0/33", status=USAGE))
        self.assertIn("'nonsense'", self.run_ctl("access-check", "nonsense", status=USAGE))
        self.assertIn("too many", self.run_ctl("allow", "192.0.2.1", "192.0.2.2", status=USAGE))
        self.run_ctl("deny", "all")
        for words in (["allow", ""], ["allow", "all", ""]):  # an empty variable of a script
            self.assertIn("'' is no subnet", self.run_ctl(*words, status=USAGE))
            self.assertIn("not served", self.run_ctl("access-check", "192.0.2.7"))

    def test_figures(self):
        _, client = self.publish()
        self.assertIn("Residual", self.run_ctl("tracking"))
        self.assertEqual(set(json.loads(self.run_ctl("tracking", "-j"))), set(client.get_all(stage.CLOCK)))
        self.assertIn("Online: 3", self.run_ctl("activity"))
        self.assertEqual(json.loads(self.run_ctl("activity", "-j"))["ActivityOnline"], 3)

    def test_selection(self):
        publisher, client = self.publish()
        publisher.tell("state", 2, "falseticker")
        for verb in ("select", "selectdata"):
            lines = self.run_ctl(verb).splitlines()
            self.assertRegex(lines[1], r"^\*  ntp1.example ")
            self.assertRegex(lines[2], r"^x  ntp2.example .* prefer trust .* interval is ")
        self.assertLessEqual(set(json.loads(self.run_ctl("select", "-j"))[0]) - {"Path"}, set(client.get_all(f"{stage.SOURCES}/1")))
        for verb in ("auth", "authdata"):
            self.assertRegex(self.run_ctl(verb).splitlines()[1], "^ntp1.example ")

    def test_one_source(self):
        _, client = self.publish()
        everything = client.get_all(f"{stage.SOURCES}/2")
        for name in ("2", "ntp2.example", "NTP2.example", "192.0.2.2", f"{stage.SOURCES}/2"):
            self.assertRegex(self.run_ctl("source", name), r"^. ntp2.example \(192.0.2.2\): ")
        self.assertEqual(set(json.loads(self.run_ctl("source", "2", "-j"))), set(everything))
        self.assertEqual(self.run_ctl("sourcename", "192.0.2.2"), "ntp2.example\n")
        for verb in ("ntp-data", "ntpdata"):
            self.assertEqual(self.run_ctl(verb).count("Root dispersion"), 3)
            self.assertEqual(self.run_ctl(verb, "ntp2.example").count("Root dispersion"), 1)
        self.assertEqual(set(json.loads(self.run_ctl("ntp-data", "2", "-j"))[0]), set(everything))
        self.run_ctl("ntp-data", "nobody.example", status=NO_SUCH_SOURCE)

    def test_rules(self):
        self.publish()
        self.run_ctl("deny", "all")
        self.run_ctl("allow", "192.0.2.0/24")
        self.assertEqual(self.run_ctl("access", "--no-legend").split(),
                         ["0.0.0.0/0", "deny", "192.0.2.0/24", "allow", "::/0", "deny"])
        self.assertEqual(json.loads(self.run_ctl("access", "-j"))[1], {"Subnet": "192.0.2.0/24", "Allowed": True, "All": False})

    def test_counters(self):
        _, client = self.publish()
        self.assertGreater(client.get(stage.SERVER, "Server", "NTPReceived"), 0)
        self.assertEqual(self.run_ctl("reset", "counters"), "")
        self.assertEqual(client.get(stage.SERVER, "Server", "NTPReceived"), 0)

    def as_somebody(self, *arguments):
        """As a user with no rights: what it says, when that is that it may not."""
        result = subprocess.run([*SOMEBODY, *self.command(arguments)], capture_output=True, text=True, check=False,
                                timeout=ctl_case.SECONDS, env=self.environment())
        self.assertEqual((result.returncode, result.stdout), (NOT_AUTHORIZED, ""), result.stderr)
        return result.stderr

    def test_not_authorized(self):
        self.publish()
        for words, action in ((["clients"], "inspect"), (["allow", "192.0.2.1"], "manage-server"), (["access"], "inspect"),
                              (["reset", "counters"], "manage-server")):
            told = self.as_somebody(*words, "--no-ask-password")
            self.assertIn(f"org.timeball1.{action}", told)
            self.assertIn("or become root (sudo)", told)

    def test_signals_of_others(self):
        """Anybody may send a signal to us alone: what does not come from the daemon is not shown."""
        publisher, client = self.publish()
        before = set(client.names())
        monitor = subprocess.Popen(self.command(["monitor", "--timeout=30"]), stdout=subprocess.PIPE, text=True,
                                   env=self.environment())
        self.addCleanup(monitor.communicate)
        self.addCleanup(monitor.kill)
        listener, = stage.wait_until(lambda: {name for name in client.names() if name.startswith(":")} - before, stage.JOINED_S,
                                     "it is on the bus")
        other = stage.Client(self.bus.address)
        changed = stage.GLib.Variant("(sa{sv}as)", (f"{stage.NAME}.Manager", {"State": stage.GLib.Variant("s", "forged")}, []))
        step = stage.GLib.Variant("(dts)", (12345.0, 1, "forged"))
        deadline = time.monotonic() + stage.JOINED_S
        line = ""
        while "1.5" not in line:  # from when on it listens is not known
            self.assertLess(time.monotonic(), deadline)
            other.connection.emit_signal(listener, stage.MANAGER, f"{stage.NAME}.Manager", "ClockStepped", step)
            other.connection.emit_signal(listener, stage.MANAGER, stage.PROPERTIES, "PropertiesChanged", changed)
            other.connection.flush_sync()
            publisher.tell("step", 1500)
            if select.select([monitor.stdout], [], [], 0.5)[0]:
                line = monitor.stdout.readline()
            self.assertNotIn("forged", line)
        self.assertIn("ClockStepped 1.5", line)

    def test_more_than_the_budget(self):
        """Who asks more often than the daemon answers waits, and gets all of it."""
        self.publish()
        command = [*SOMEBODY, *self.command(["watch", "-i", "0.1", "--timeout=14", "--json=short", "sources"])]
        result = subprocess.run(command, capture_output=True, text=True, check=False, timeout=ctl_case.SECONDS,
                                env=self.environment())
        self.assertEqual((result.returncode, result.stderr), (0, ""))
        self.assertGreater(result.stdout.count("\x1e"), 31)

    def test_set_ntp(self):
        """The service that switches is not on this bus; it is not mistaken for the daemon."""
        self.publish()
        self.assertNotIn("daemon is not running", self.run_ctl("set-ntp", "yes", status=NOT_RUNNING))
        self.assertIn("'maybe'", self.run_ctl("set-ntp", "maybe", status=USAGE))

    def test_exit_statuses(self):
        publisher, _ = self.publish()
        self.run_ctl("show", "nobody.example", status=NO_SUCH_SOURCE)
        self.run_ctl("nonsense", status=USAGE)
        self.run_ctl("status", "now", status=USAGE)
        self.assertIn("config check [FILE]", self.run_ctl("config", status=USAGE))
        self.assertIn("'b'", self.run_ctl("config", "check", "a", "b", status=USAGE))
        self.assertTrue(self.run_ctl("-z", status=USAGE).startswith("timeballctl: "))
        for option in ("--json=xml", "--units=fortnights", "--color=red", "--max-error=1y", "--nonsense"):
            self.run_ctl(option, status=USAGE)
        publisher.kill()
        stage.wait_until(lambda: not stage.Client(self.bus.address).present(), stage.JOINED_S, "the name is free")
        self.assertIn("not running", self.run_ctl(status=NOT_RUNNING))
        self.bus.process.stop()
        self.assertIn(self.bus.address.split(",")[0], self.run_ctl(status=FAILURE))

    def test_denied(self):
        policy = self.directory / "own-only.conf"
        policy.write_text('<busconfig><policy context="default"><allow own="org.timeball1"/></policy></busconfig>\n',
                          encoding="ascii")
        self.publish(policy=policy)
        self.run_ctl(status=NOT_AUTHORIZED)

    def test_daemon_is_not_started(self):
        """The bus knows how to start it; a question does not."""
        started = self.directory / "started"
        services = self.directory / "services"
        services.mkdir()
        program = self.directory / "start"
        program.write_text(f"#!/bin/sh\ntouch {started}\n", encoding="ascii")
        program.chmod(0o755)
        (services / "org.timeball1.service").write_text(
            f"[D-BUS Service]\nName=org.timeball1\nExec={program}\nUser=root\n", encoding="ascii")
        policy = self.directory / "with-services.conf"
        policy.write_text(f'<busconfig><servicedir>{services}</servicedir>'
                          '<policy context="default"><allow send_destination="org.timeball1"/></policy></busconfig>\n',
                          encoding="ascii")
        self.bus = self.start_bus(policy=policy)
        for verb in ("status", "sources", "stats", "show"):
            self.run_ctl(verb, status=NOT_RUNNING)
        self.assertFalse(started.exists())

    def test_hostile_names(self):
        publisher, _ = self.publish()
        publisher.tell("name", 1, "hostile")
        for arguments in (["status"], ["sources", "-v"], ["stats"], ["show", "1"], ["show"], ["-j"], ["--check"]):
            for character in self.run_ctl(*arguments):
                self.assertTrue(character == "\n" or character.isprintable(), (arguments, character))

    def test_colours(self):
        self.publish()
        self.assertNotIn("\033", self.run_ctl("sources"))
        self.assertIn("\033[1;32m", self.run_ctl("sources", "--color=always"))
        self.assertNotIn("\033", self.run_ctl("sources", environment={"SYSTEMD_COLORS": "1", "NO_COLOR": "1"}))
        self.assertIn("\033", self.run_ctl("sources", environment={"SYSTEMD_COLORS": "1"}))

    def test_quiet(self):
        publisher, _ = self.publish()
        self.assertEqual(self.run_ctl("-q", "--check"), "")
        self.assertEqual(self.run_ctl("sources", "--quiet"), "")
        publisher.tell("engine", 0, "unsynchronized")
        self.assertEqual(self.run_ctl("-q", "--check", status=NOT_SYNCHRONIZED), "")

    def test_options_of_other_verbs(self):
        self.publish()
        self.assertIn("--property has no meaning for sources", self.run_ctl("sources", "-p", "State", status=USAGE))
        self.assertIn("without --check", self.run_ctl("--max-error=1ms", status=USAGE))

    def test_help_and_version(self):
        help_ = self.run_ctl("--help", address=False)
        self.assertLessEqual(max(map(len, help_.splitlines())), 80)
        for word in ("status", "sources", "stats", "show", "config check", "--json", "--address"):
            self.assertIn(word, help_)
        self.assertRegex(self.run_ctl("--version", address=False), r"^timeball \d+\.\d+\.\d+\n$")


if __name__ == "__main__":
    stage.main()
