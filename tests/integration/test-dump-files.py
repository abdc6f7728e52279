#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""What is known of a source over a restart with -r, and the files that are of no use.

effect: dumpdir
"""

import os
import pwd

from harness import case, isolation, network
from harness.daemon import Timeballd
from harness.deadline import wait_until
from harness.responder import Responder

SYNCHRONIZED = "Clock synchronized"
CHRONYS = "SRC0\n192.0.2.12\n1 377 8 2 0\n0 0\n"
UPDATE_S = 20


class DumpFiles(case.DaemonCase):
    def setUp(self):
        super().setUp()
        self.address = network.ipv4(11)
        self.network.servers.add_address(self.address)
        self.responder = self.keep(Responder(self.network.servers, [self.address], offset_s=0.25))
        user = pwd.getpwnam(isolation.USER)
        self.folder = self.directory / "state"
        self.folder.mkdir()
        os.chown(self.folder, user.pw_uid, user.pw_gid)
        self.file = self.folder / f"{self.address}.dat"

    def run_daemon(self, name, polling, *options):
        return Timeballd(self, [f"server {self.address} {polling}", "makestep 0.1 3", f"dumpdir {self.folder}"],
                         options=options, name=name)

    def measure(self):
        """A run that leaves its samples behind."""
        daemon = self.run_daemon("measures", "iburst minpoll 0 maxpoll 0")
        before = self.responder.count()
        wait_until(lambda: self.responder.count() > before + 8, UPDATE_S, "it asks and is answered")
        self.assertFalse(self.file.exists())
        self.assertEqual(daemon.process.stop(), 0)
        self.assertEqual(os.listdir(self.folder), [self.file.name])
        lines = self.file.read_text(encoding="ascii").splitlines()
        self.assertEqual(lines[0], "timeball-samples 1")
        self.assertEqual(lines[7], f"source {self.address} 123")
        self.assertGreaterEqual(int(lines[8].split()[1]), 6)

    def test_with_r(self):
        """The virtual clock begins anew, a quarter of a second off, and yet one answer is enough."""
        self.measure()
        before = self.responder.count()
        daemon = self.run_daemon("knows", "minpoll 6", "-r")
        wait_until(lambda: SYNCHRONIZED in daemon.process.log(), UPDATE_S, "it is synchronized")
        self.assertEqual(self.responder.count() - before, 1)
        self.assertFalse(self.file.exists())
        self.assertEqual(daemon.process.stop(), 0)
        self.assertRegex(daemon.process.log(), rf"\d+ samples of {self.address} read from {self.file}")
        self.assertRegex(daemon.process.log(), r"Virtual clock was stepped by 0\.2(5|49)")

    def test_without_r(self):
        self.measure()
        before = self.responder.count()
        daemon = self.run_daemon("forgets", "minpoll 0 maxpoll 0")
        wait_until(lambda: self.responder.count() >= before + 2, UPDATE_S, "it asks twice")
        self.assertNotIn(SYNCHRONIZED, daemon.process.log())
        self.assertFalse(self.file.exists())
        self.assertEqual(daemon.process.stop(), 0)

    def test_of_no_use(self):
        """Each is named with its reason; ours go, those of others stay."""
        self.measure()
        good = self.file.read_text(encoding="ascii")
        lines = good.splitlines()
        old = [f"{word} {int(value) - 50_000_000_000}" if word in ("mono", "raw") else f"{word} {value}"
               for word, value in (line.split() for line in lines[1:4])]
        files = {
            "a": (good.replace("\nsource ", "\nserver "), 8, "another word is due here"),
            "b": ("\n".join([lines[0], *old, *lines[4:], ""]), 1, "the clock was set since, or the machine started"),
            "c": (CHRONYS, 1, "this is no dump of timeballd"),
            "d": ("x" * 100_000, 1, "this is no dump of timeballd"),
            "e": (good.replace("\nend\n", "\n"), len(lines) - 1, "another word is due here"),
        }
        self.file.unlink()
        for name, (text, *_) in files.items():
            (self.folder / f"{name}.dat").write_text(text, encoding="ascii")
        (self.folder / "drift").write_text("10 1\n", encoding="ascii")
        daemon = self.run_daemon("looks", "minpoll 6", "-r")
        before = self.responder.count()
        wait_until(lambda: self.responder.count() > before, UPDATE_S, "it asks")
        self.assertEqual(sorted(os.listdir(self.folder)), ["c.dat", "d.dat", "drift"])
        self.assertEqual(daemon.process.stop(), 0)
        for name, (_, line, reason) in files.items():
            self.assertIn(f"dumpdir: {self.folder}/{name}.dat, line {line}: {reason}: its samples are not used",
                          daemon.process.log())
        self.assertNotIn("read from", daemon.process.log())

    def test_no_such_folder(self):
        self.folder.rmdir()
        daemon = self.run_daemon("daemon", "iburst minpoll 0 maxpoll 0", "-r")
        wait_until(lambda: self.responder.count() > 1, UPDATE_S, "it asks")
        self.assertEqual(daemon.process.stop(), 0)
        self.assertIn(f"Could not write {self.file}: No such file or directory", daemon.process.log())
        self.folder.mkdir()


if __name__ == "__main__":
    case.main()
