#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""What `meson install` does to a machine's configuration: it brings one, and never touches what is there."""

import os
import pathlib
import subprocess
import tempfile
import unittest

from harness import case

CONFIG = "etc/timeball/timeball.conf"
DEFAULT = "usr/share/timeball/timeball.conf"
EDITED = "server 192.0.2.1 iburst\n"


class Install(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory(prefix="timeball-install.")
        self.addCleanup(self.folder.cleanup)
        self.root = pathlib.Path(self.folder.name)
        self.config, self.default = self.root / CONFIG, self.root / DEFAULT

    def install(self):
        os.umask(0o022)
        result = subprocess.run(["meson", "install", "-C", case.BUILD, "--no-rebuild", "--destdir", self.root],
                                capture_output=True, text=True, check=False)
        self.assertEqual(result.returncode, 0, result.stdout + result.stderr)
        self.assertIn("server", self.default.read_text(encoding="utf-8"))

    def test_first_installation(self):
        self.install()
        self.assertEqual(self.config.read_bytes(), self.default.read_bytes())
        self.assertEqual(self.config.stat().st_mode & 0o7777, 0o644)
        checked = subprocess.run([case.BUILD / "daemon" / "timeballd", "--check", self.config], check=False)
        self.assertEqual(checked.returncode, 0)

    def test_what_others_look_for(self):
        """polkit, the bus and those who write clients find what is ours in their folders; rules are examples, in none of them."""
        self.install()
        for path, source in (("polkit-1/actions/org.timeball1.policy", "polkit"), ("dbus-1/system.d/org.timeball1.conf", "dbus"),
                             ("dbus-1/interfaces/org.timeball1.Manager.xml", "dbus"),
                             ("doc/timeball/polkit/50-timeball.rules.example", "polkit")):
            installed = self.root / "usr/share" / path
            self.assertEqual(installed.read_bytes(), (case.SOURCE / source / installed.name).read_bytes(), path)
        self.assertFalse(list(self.root.rglob("rules.d")))

    def test_edited(self):
        self.install()
        self.config.write_text(EDITED, encoding="utf-8")
        self.config.chmod(0o640)
        self.default.write_text("# an old default\n", encoding="utf-8")
        self.install()
        self.assertEqual(self.config.read_text(encoding="utf-8"), EDITED)
        self.assertEqual(self.config.stat().st_mode & 0o7777, 0o640)
        self.assertNotIn("old default", self.default.read_text(encoding="utf-8"))

    def test_elsewhere(self):
        """Also a link that points to nothing is somebody's decision."""
        self.config.parent.mkdir(parents=True)
        self.config.symlink_to("/nonexistent/site.conf")
        self.install()
        self.assertEqual(os.readlink(self.config), "/nonexistent/site.conf")


if __name__ == "__main__":
    unittest.main(verbosity=2)
