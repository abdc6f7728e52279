#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""The installed service under a real systemd: its user, READY, its name on the real system bus, the command line."""

import json
import shutil
import sys

from harness import case, container, isolation, network, servers
from harness.deadline import wait_until

UNIT = "timeballd.service"
TREE = case.BUILD / "debian-tree"
ACTIVE_S = 20
STATE = "/var/lib/timeball"
SYNCHRONIZED_S = 30
OVERRIDE = """[Service]
ExecStart=
ExecStart={command} {option}
AmbientCapabilities=
CapabilityBoundingSet=
"""


class UnitFile(case.NetworkCase):
    def setUp(self):
        super().setUp()
        self.address = network.ipv4(11)
        self.network.servers.add_address(self.address)
        servers.chronyd(self, self.address)
        self.machine = container.Container(self, TREE, self.directory / "machine")
        self.machine.install(case.BUILD)
        self.machine.write("/etc/timeball/timeball.conf", f"server {self.address} iburst\ndriftfile {STATE}/drift\n"
                           f"dumpdir {STATE}\n")

    def override(self, option=""):
        """The unit as shipped, but for the rights that a container can not have and for one more option."""
        for folder in ("usr/lib/systemd/system", "lib/systemd/system"):
            unit = self.machine.root / folder / UNIT
            if unit.exists():
                break
        commands = [line.partition("=")[2] for line in unit.read_text(encoding="utf-8").splitlines()
                    if line.startswith("ExecStart=")]
        self.machine.write(f"/etc/systemd/system/{UNIT}.d/virtual.conf",
                           OVERRIDE.format(command=commands[-1], option=option))

    def journal(self):
        return self.machine.run("journalctl", "-u", UNIT, "--no-pager").stdout

    def clock_property(self, name):
        shown = self.machine.run("busctl", "--json=short", "get-property", "org.timeball1", "/org/timeball1/clock",
                                 "org.timeball1.Clock", name)
        return json.loads(shown.stdout)["data"]

    def test_service(self):
        self.override("-x")
        self.machine.boot(self.network.client)
        started = self.machine.run("systemctl", "start", UNIT)
        self.assertEqual(started.returncode, 0, started.stderr + self.journal())  # Type=notify: READY was heard
        self.assertEqual(self.machine.unit(UNIT, "ActiveState"), "active", self.journal())
        pid = self.machine.unit(UNIT, "MainPID")
        self.assertEqual(self.machine.run("stat", "-c", "%U", f"/proc/{pid}").stdout.strip(), isolation.USER)
        wait_until(lambda: "synchronized" in self.machine.unit(UNIT, "StatusText").lower(), SYNCHRONIZED_S,
                   "the unit's status tells of synchronization")

        def synchronized():
            shown = self.machine.run("timeballctl", "--json=short", "status")
            return shown.returncode == 0 and json.loads(shown.stdout)

        print(f"\n  {self.machine.unit(UNIT, 'StatusText')}")
        self.assertTrue(wait_until(synchronized, SYNCHRONIZED_S, "timeballctl status works on the system bus"))
        entries = self.machine.run("journalctl", "-u", UNIT, "-o", "json", "--no-pager").stdout.splitlines()
        self.assertTrue([entry for entry in map(json.loads, entries) if entry.get("MESSAGE_ID") and
                         entry.get("_SYSTEMD_UNIT") == UNIT], "the journal has messages with MESSAGE_ID")
        # Only read through a call that also sets the clock: the unit's filter must let it pass.
        self.assertGreater(self.clock_property("KernelMaxErrorSeconds"), 0)
        self.assertEqual(self.machine.run("systemctl", "stop", UNIT).returncode, 0)
        self.assertEqual(self.machine.unit(UNIT, "Result"), "success", self.journal())
        # What it leaves: in the unit's folder, by the unit's user, for nobody else, within the unit's limits.
        for file in ("drift", f"{self.address}.dat"):
            self.assertEqual(self.machine.run("stat", "-c", "%U %G %a", f"{STATE}/{file}").stdout.split(),
                             [isolation.USER, isolation.USER, "600"], self.journal())

    def test_without_the_right_to_set_the_clock(self):
        """It then says so and ends, instead of pretending."""
        self.override()
        self.machine.boot(self.network.client)
        self.assertNotEqual(self.machine.run("systemctl", "start", UNIT).returncode, 0)
        self.assertIn("CAP_SYS_TIME is needed", self.journal())


if __name__ == "__main__":
    if not isolation.entered():
        if missing := [tool for tool in ("debootstrap", "systemd-nspawn") if not shutil.which(tool)]:
            print(f"skipped: needs {' and '.join(missing)}")
            sys.exit(isolation.EXIT_SKIP)
        container.tree(TREE)
    case.main("chrony")
