#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""The drift file over restarts, beside chronyd's; one that is broken, and one that can not be written."""

import os
import pwd
import re

from harness import case, isolation, network
from harness.daemon import Timeballd
from harness.deadline import wait_until
from harness.responder import Responder

LINE = re.compile(r"^ *(-?\d+\.\d{6}) +(\d+\.\d{6})\n$")
READ = re.compile(r"Frequency (-?\d+\.\d{3}) \+/- (\d+\.\d{3}) ppm read from (\S+)")
UPDATE_S = 20
NO_ONE = network.ipv4(77)


class DriftFile(case.DaemonCase):
    def setUp(self):
        super().setUp()
        self.address = network.ipv4(11)
        self.network.servers.add_address(self.address)
        self.responder = self.keep(Responder(self.network.servers, [self.address]))
        self.user = pwd.getpwnam(isolation.USER)
        self.folder = self.directory / "state"
        self.folder.mkdir()
        os.chown(self.folder, self.user.pw_uid, self.user.pw_gid)
        self.file = self.folder / "drift"

    def run_daemon(self, name, interval="", server=None):
        return Timeballd(self, [f"server {server or self.address} iburst minpoll 0 maxpoll 0",
                                f"driftfile {self.file} {interval}"], name=name)

    def wait_for_updates(self):
        before = self.responder.count()
        wait_until(lambda: self.responder.count() > before + 6, UPDATE_S, "it asks and is answered")

    def read(self):
        return tuple(map(float, LINE.match(self.file.read_text(encoding="ascii")).groups()))

    def test_from_one_run_to_the_next(self):
        first = self.run_daemon("first")
        self.wait_for_updates()
        self.assertFalse(self.file.exists())  # it is not an hour yet
        self.assertEqual(first.process.stop(), 0)
        self.assertNotRegex(first.process.log(), READ)
        frequency, skew = self.read()
        self.assertLess(abs(frequency), 1000)
        self.assertGreater(skew, 0)
        self.assertEqual(self.file.stat().st_uid, self.user.pw_uid)
        self.assertEqual(os.listdir(self.folder), [self.file.name])

        second = self.run_daemon("second", server=NO_ONE)
        wait_until(lambda: READ.search(second.process.log()), UPDATE_S, "the file is read")
        self.assertEqual(second.process.stop(), 0)
        self.check_reading(second.process.log(), frequency, skew)
        self.assertEqual(self.read(), (frequency, skew))

        chronyd = self.start("chronyd", self.network.client.command(
            self.peer("chrony").program, "-x", "-d", "-u", "root", "cmdport 0", "bindcmdaddress /",
            f"pidfile {self.directory}/chronyd.pid", f"driftfile {self.file}"))
        wait_until(lambda: READ.search(chronyd.log()), UPDATE_S, "chronyd reads it too")
        self.check_reading(chronyd.log(), frequency, skew)

    def check_reading(self, log, frequency, skew):
        read = READ.search(log)
        self.assertEqual((read[1], read[2], read[3]), (f"{frequency:.3f}", f"{skew:.3f}", str(self.file)))

    def test_while_it_runs(self):
        daemon = self.run_daemon("daemon", 1)
        wait_until(self.file.exists, UPDATE_S, "the file is written")
        first = self.file.stat().st_ino
        wait_until(lambda: self.file.stat().st_ino != first, UPDATE_S, "and again, as another file")
        self.read()
        self.assertEqual(daemon.process.stop(), 0)

    def test_survives_the_machine(self):
        """The disk has the new text before the name stands for it, and the name before anything else is done."""
        trace = self.directory / "calls"
        trace.touch(0o666)
        # A sanitizer's search for leaks does not work under a tracer.
        options = {"ASAN_OPTIONS": os.environ.get("ASAN_OPTIONS", "") + ":detect_leaks=0"}
        strace = ["strace", "-D", "-f", "-qq", "-o", trace, "-e", "trace=openat,fsync,renameat,unlinkat"]
        daemon = Timeballd(self, [f"server {self.address} iburst minpoll 0 maxpoll 0", f"driftfile {self.file}"],
                           environment=options, prefix=strace)
        self.wait_for_updates()
        self.assertEqual(daemon.process.stop(), 0)
        calls = [re.search(r"(\w+)\(", line)[1] for line in trace.read_text(encoding="utf-8").splitlines()
                 if "drift.tmp" in line or "fsync(" in line]
        self.assertEqual(calls[-5:], ["unlinkat", "openat", "fsync", "renameat", "fsync"])

    def test_broken(self):
        self.file.write_text("# by hand\n12.5 0.1\n", encoding="ascii")
        daemon = self.run_daemon("daemon")
        self.wait_for_updates()
        self.assertEqual(daemon.process.stop(), 0)
        self.assertIn(f"driftfile: {self.file}, line 1: the frequency is not a number: right are two numbers, "
                      "the frequency from -100000 to 100000 ppm and the skew from 0 to 1e+06 ppm", daemon.process.log())
        self.read()  # it is a good one now

    def test_no_right_to_it(self):
        os.chown(self.folder, 0, 0)
        self.folder.chmod(0o755)
        self.file.touch(0o600)
        daemon = self.run_daemon("daemon", 1)
        wait_until(lambda: "Could not write" in daemon.process.log(), UPDATE_S, "it says so")
        self.wait_for_updates()
        self.assertEqual(daemon.process.stop(), 0)
        log = daemon.process.log()
        self.assertIn(f"driftfile: could not read {self.file} (Permission denied)", log)
        self.assertEqual(log.count(f"Could not write {self.file}: Permission denied"), 1)


if __name__ == "__main__":
    case.main("chrony")
