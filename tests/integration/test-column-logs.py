#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""chrony's log files beside those of chronyd that follows the same server; banners, rotation, and large corrections.

effect: log logdir logbanner logchange mailonchange
"""

import os
import pwd
import re
import signal

from harness import case, isolation, network, servers
from harness.api import MANAGER, NAME
from harness.daemon import Timeballd
from harness.deadline import wait_until
from harness.responder import Responder

NAMES = ("measurements", "statistics", "tracking", "selection")
WAIT_S = 30
OFFSET_S = 3  # the server is ahead: we are behind; a stall of half a second adds a quarter
NEARLY_S = 0.5
WRONG = r"System clock wrong by (2\.[5-9]|3\.[0-4])\d{5} seconds"


def columns(line):
    """Where the columns of a line end."""
    return [match.end() for match in re.finditer(r"\S+", line)]


class ColumnLogs(case.DaemonCase):
    def setUp(self):
        super().setUp()
        self.address = network.ipv4(11)
        self.network.servers.add_address(self.address)
        self.responder = self.keep(Responder(self.network.servers, [self.address], offset_s=OFFSET_S))
        self.user = pwd.getpwnam(isolation.USER)
        self.folder = self.make_folder("columns")

    def make_folder(self, name):
        folder = self.directory / name
        folder.mkdir()
        os.chown(folder, self.user.pw_uid, self.user.pw_gid)
        return folder

    def run_daemon(self, *lines, files=NAMES, name="daemon", bus="none"):
        return Timeballd(self, [f"server {self.address} iburst minpoll -2 maxpoll -2", f"log {' '.join(files)}",
                                f"logdir {self.folder}", *lines], bus=bus, name=name)

    def lines(self, name, folder=None):
        """Whole lines only: the last one may be on its way."""
        file = (folder or self.folder) / f"{name}.log"
        text = file.read_text(encoding="ascii") if file.exists() else ""
        return text[:text.rfind("\n") + 1].splitlines()

    def wait_for(self, names, n, folder=None):
        wait_until(lambda: all(len(self.lines(name, folder)) >= n for name in names), WAIT_S, f"{n} lines of {names}")

    def test_beside_chronyd(self):
        theirs = self.directory / "theirs"
        follower = network.ipv4(78)
        self.network.servers.add_address(follower)
        servers.chronyd_follower(self, self.address, follower,
                                 more=[f"log {' '.join(NAMES)}", f"logdir {theirs}", "makestep 0.1 1"])
        daemon = self.run_daemon("makestep 0.1 1")
        self.wait_for(NAMES, 20)
        self.wait_for(NAMES, 20, theirs)
        self.assertEqual(daemon.process.stop(), 0)
        for name in NAMES:
            ours, others = self.lines(name), self.lines(name, theirs)
            self.assertEqual(ours[:3], others[:3], name)  # the banner
            last, other = ours[-1], others[-1]
            with self.subTest(name):
                self.assertEqual(columns(last), columns(other), f"{last}\n{other}")
                self.assertRegex(last, rf"^\d{{4}}-\d\d-\d\d \d\d:\d\d:\d\d {self.address} ")
        # The signs of the first line are chrony's.
        for folder in (self.folder, theirs):
            self.assertAlmostEqual(float(self.lines("measurements", folder)[3].split()[11]), OFFSET_S, delta=NEARLY_S)
            self.assertAlmostEqual(float(self.lines("statistics", folder)[3].split()[4]), -OFFSET_S, delta=NEARLY_S)
            tracking = self.lines("tracking", folder)
            self.assertEqual(tracking[3][19:], " 0.0.0.0          0      0.000 1000000.000  0.000e+00 ?  0  0.000e+00 "
                                               "-0.000e+00  1.000e+00  1.000e+00  1.500e+00")
            self.assertAlmostEqual(float(tracking[4].split()[6]), -OFFSET_S, delta=NEARLY_S)
            low, high = map(float, self.lines("selection", folder)[3].split()[8:10])
            self.assertLessEqual(low, high)
            self.assertAlmostEqual(low, -OFFSET_S, delta=NEARLY_S)

    def test_banners_and_rotation(self):
        daemon = self.run_daemon("logbanner 3", files=["tracking"])
        self.wait_for(["tracking"], 14)
        lines = self.lines("tracking")
        rules = [i for i, line in enumerate(lines) if line.startswith("==")]
        self.assertEqual(rules[:4], [0, 2, 6, 8])
        self.assertFalse((self.folder / "measurements.log").exists())
        # The next line makes it anew.
        (self.folder / "tracking.log").rename(self.folder / "old")
        self.wait_for(["tracking"], 1)
        self.assertEqual(daemon.process.stop(), 0)

    def test_cycle(self):
        """Moved away, the file goes on without a heading; after CycleLogs it begins with one."""
        bus = self.start_bus()
        daemon = self.run_daemon("logbanner 100000", files=["tracking"], bus=bus.address)
        file = self.folder / "tracking.log"
        self.wait_for(["tracking"], 5)
        file.rename(self.folder / "first")
        self.wait_for(["tracking"], 1)
        self.assertFalse(self.lines("tracking")[0].startswith("="))
        connection = bus.connect()
        file.rename(self.folder / "second")
        connection.call_blocking(NAME, MANAGER, f"{NAME}.Manager", "CycleLogs", "", (), timeout=WAIT_S)
        # Lines may have been on their way: then the heading is behind them.
        wait_until(lambda: any(line.startswith("=") for line in self.lines("tracking")), WAIT_S, "there is a heading")
        self.assertEqual(daemon.process.stop(), 0)

    def test_no_banner(self):
        daemon = self.run_daemon("logbanner 0", files=["rawmeasurements", "statistics"])
        self.wait_for(["measurements", "statistics"], 2)
        self.assertEqual(daemon.process.stop(), 0)
        for name in ("measurements", "statistics"):
            self.assertNotIn("Date (UTC)", "\n".join(self.lines(name)))

    def test_only_raw_has_what_is_of_no_use(self):
        """A server that says that it is not synchronized is heard, and not measured."""
        self.responder.stratum = 0
        daemon = self.run_daemon("logbanner 0", files=["measurements", "tracking"])
        wait_until(lambda: self.responder.count() > 4, WAIT_S, "it asks")
        self.wait_for(["tracking"], 1)
        self.assertEqual(daemon.process.stop(), 0)
        self.assertEqual(self.lines("measurements"), [])
        daemon = self.run_daemon("logbanner 0", files=["rawmeasurements"], name="raw")
        self.wait_for(["measurements"], 2)
        self.assertEqual(daemon.process.stop(), 0)
        self.assertRegex(self.lines("measurements")[-1], rf"{self.address} +N  0 111 1[01][01] ")

    def test_large_corrections(self):
        daemon = self.run_daemon("logchange 1", "mailonchange root@localhost 0.5", "makestep 0.1 1")
        log = daemon.process.log
        wait_until(lambda: "System clock wrong by" in log(), WAIT_S, "the correction is told")
        self.assertRegex(log(), r"mailonchange: no mail is sent to root@localhost: act on MESSAGE_ID=[0-9a-f]{32} in the journal")
        self.assertRegex(log(), WRONG + r"\n")
        self.assertRegex(log(), WRONG + r", more than 0\.5: no mail is sent to root@localhost\n")
        self.assertEqual(daemon.process.stop(), 0)

    def test_small_corrections(self):
        daemon = self.run_daemon("logchange 5", files=["tracking"])
        self.wait_for(["tracking"], 6)
        self.assertEqual(daemon.process.stop(), 0)
        self.assertNotIn("System clock wrong by", daemon.process.log())

    def test_what_cannot_be_written_is_told_once(self):
        os.rmdir(self.folder)
        daemon = self.run_daemon()
        wait_until(lambda: self.responder.count() > 8, WAIT_S, "it asks")
        wait_until(lambda: "Could not write" in daemon.process.log(), WAIT_S, "it is told")
        self.assertEqual(daemon.process.stop(), 0)
        self.assertEqual(daemon.process.log().count("Could not write"), 1)

    def test_reload(self):
        """Files begin to be written, and somewhere else."""
        other = self.make_folder("other")
        daemon = self.run_daemon(files=["statistics", "tracking"])
        self.wait_for(["statistics", "tracking"], 4)
        file = self.directory / "daemon.conf"
        file.write_text(file.read_text(encoding="ascii").replace("log statistics tracking", "log tracking")
                        .replace(str(self.folder), str(other)), encoding="ascii")
        daemon.process.child.send_signal(signal.SIGHUP)
        self.wait_for(["tracking"], 5, other)
        self.assertEqual(self.lines("tracking", other)[0], "=" * 131)
        self.assertFalse((other / "statistics.log").exists())
        self.assertEqual(daemon.process.stop(), 0)


if __name__ == "__main__":
    case.main("chrony")
