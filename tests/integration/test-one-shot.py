#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Runs that end by themselves, -Q beside chronyd's -Q; and a start as root that does not stay root."""

import pathlib
import pwd
import re
import subprocess

from harness import case, isolation, network
from harness.daemon import UNPRIVILEGED
from harness.deadline import wait_until
from harness.responder import Responder

WRONG = re.compile(r"System clock wrong by (-?\d+\.\d+) seconds \((\w+)\)")
NO_SOURCE = "No suitable source for synchronisation"
STEPPED = re.compile(r"Virtual clock was stepped by (2\.999|3\.000)")
SECONDS = 30
UPDATES_S = "10"  # iburst takes six for an update
CLOSE_S = 1e-3
NO_ONE = network.ipv4(77)


class OneShot(case.DaemonCase):
    def setUp(self):
        super().setUp()
        self.address = network.ipv4(11)
        self.network.servers.add_address(self.address)

    def serve(self, offset_s):
        return self.keep(Responder(self.network.servers, [self.address], offset_s=offset_s))

    def run_once(self, program, *arguments):
        command = self.network.client.command(str(program), *arguments)
        return subprocess.run(command, timeout=SECONDS, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, text=True, check=False)

    def check_offset_as_chronyd(self, offset_s):
        server = self.serve(offset_s)
        directive = f"server {self.address} iburst"
        ours = self.run_once(self.timeballd, "-Q", directive)
        theirs = self.run_once(self.peer("chrony").program, "-Q", "-u", "root", directive)
        for result in (ours, theirs):
            self.assertEqual(result.returncode, 0, result.stdout)
            value, done = WRONG.search(result.stdout).groups()
            self.assertAlmostEqual(float(value), offset_s, delta=CLOSE_S)
            self.assertEqual(done, "ignored")
        server.stop()

    def test_offset_of_a_server_ahead(self):
        self.check_offset_as_chronyd(0.25)

    def test_offset_of_a_server_behind(self):
        self.check_offset_as_chronyd(-1.5)

    def test_set_once_with_a_virtual_clock(self):
        self.serve(3.0)
        result = self.run_once(self.timeballd, "-x", "-q", f"server {self.address} iburst")
        self.assertEqual(result.returncode, 0, result.stdout)
        value, done = WRONG.search(result.stdout).groups()
        self.assertAlmostEqual(float(value), 3.0, delta=CLOSE_S)
        self.assertEqual(done, "step")

    def test_offset_without_rights(self):
        """-Q is for everybody: no root, no iburst, and no file that somebody else holds."""
        self.serve(0.25)
        held = self.directory / "held.pid"
        held.write_text("1\n", encoding="ascii")
        held.chmod(0o600)
        result = self.run_once(*UNPRIVILEGED, self.timeballd, "-Q", f"server {self.address}", f"pidfile {held}", "user root",
                               "makestep 0.1 1")
        self.assertEqual(result.returncode, 0, result.stdout)
        value, done = WRONG.search(result.stdout).groups()
        self.assertAlmostEqual(float(value), 0.25, delta=CLOSE_S)
        self.assertEqual(done, "ignored")
        self.assertEqual(held.read_text(encoding="ascii"), "1\n")

    def test_no_time_to_measure(self):
        result = self.run_once(self.timeballd, "-Q", "-t", "1", f"server {NO_ONE} iburst")
        self.assertEqual(result.returncode, 1, result.stdout)
        self.assertNotRegex(result.stdout, WRONG)

    def test_nobody_answers(self):
        """It ends by itself, as chronyd does, with its words."""
        directive = f"server {NO_ONE} iburst"
        ours = self.run_once(self.timeballd, "-Q", directive)
        theirs = self.run_once(self.peer("chrony").program, "-Q", "-u", "root", directive)
        for result in (ours, theirs):
            self.assertEqual(result.returncode, 1, result.stdout)
            self.assertIn(NO_SOURCE, result.stdout)
            self.assertNotRegex(result.stdout, WRONG)
        self.assertEqual(self.run_once(self.timeballd, "-x", "-q", directive).returncode, 1)

    def run_for(self, *arguments):
        return self.run_once(self.timeballd, "-x", "-d", "--bus=none", "-t", UPDATES_S, f"server {self.address} iburst",
                             *arguments)

    def test_time_limit(self):
        """-t: it ends, and well if the clock is synchronized by then."""
        result = self.run_for()
        self.assertEqual(result.returncode, 1, result.stdout)
        self.assertIn("Timeout reached", result.stdout)
        self.serve(0)
        result = self.run_for()
        self.assertEqual(result.returncode, 0, result.stdout)
        self.assertIn("Timeout reached", result.stdout)

    def test_restarted(self):
        """-R: the steps of the start are used up; what is allowed always still is."""
        self.serve(3.0)
        self.assertRegex(self.run_for("makestep 1 3").stdout, STEPPED)
        self.assertNotIn("stepped", self.run_for("-R", "makestep 1 3").stdout)
        self.assertRegex(self.run_for("-R", "makestep 1 -1").stdout, STEPPED)

    def test_maxchange(self):
        """A correction that is too large ends the daemon, before anything has been changed."""
        self.serve(3.0)
        result = self.run_for("makestep 0.1 3", "maxchange 0.5 0 0")
        self.assertEqual(result.returncode, 3, result.stdout)
        self.assertRegex(result.stdout, r"Adjustment of (2\.999|3\.000) seconds exceeds the allowed maximum of 0\.500 seconds \(exiting\)")
        self.assertNotIn("stepped", result.stdout)
        result = self.run_for("makestep 0.1 3", "maxchange 0.5 0 -1")
        self.assertEqual(result.returncode, 1, result.stdout)  # by -t: nothing was corrected, so nothing is synchronized
        self.assertIn("(ignored)", result.stdout)

    def test_start_as_root(self):
        """-u: another user and not one right, before the first packet."""
        responder = self.serve(0)
        daemon = self.start("timeballd", self.network.client.command(
            self.timeballd, "-x", "-d", "--bus=none", "-u", isolation.USER, f"server {self.address} iburst"))
        wait_until(responder.count, SECONDS, "it asks")
        status = pathlib.Path(f"/proc/{daemon.pid}/status").read_text(encoding="ascii")
        user = str(pwd.getpwnam(isolation.USER).pw_uid)
        self.assertEqual(set(re.search(r"^Uid:\t(.*)$", status, re.M).group(1).split()), {user})
        self.assertEqual(re.search(r"^Groups:(.*)$", status, re.M).group(1).strip(), "")
        self.assertEqual(set(re.findall(r"^Cap(?:Inh|Prm|Eff|Amb):\t(\w+)", status, re.M)), {"0" * 16})
        self.assertRegex(status, r"NoNewPrivs:\t1")
        self.assertEqual(daemon.stop(), 0)


if __name__ == "__main__":
    case.main("chrony")
