#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""What tools/try shows once it has built: synchronized within 20 s of the build's end, whatever went by before it began."""

import os
import pathlib
import subprocess
import sys
import tempfile
import time
import unittest

from harness import case, isolation

SOURCE = pathlib.Path(__file__).resolve().parents[2]
APART = ["setpriv", "--bounding-set=-sys_time", "--inh-caps=-sys_time", "--",
         "unshare", "--mount", "--propagation", "private", "--pid", "--fork", "--kill-child", "--mount-proc", "--"]
PATIENCE_S = 100


class Demo(unittest.TestCase):
    def run_demo(self, built_s_ago, *options, typed=""):
        with tempfile.TemporaryDirectory(prefix="timeball-demo.", dir="/run") as stage:
            command = [*APART, sys.executable, SOURCE / "tools" / "demo.py", case.BUILD, stage,
                       str(time.monotonic() - built_s_ago), *options]
            return subprocess.run(command, input=typed, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                                  text=True, check=False, timeout=PATIENCE_S)

    def test_in_time(self):
        result = self.run_demo(0)
        self.assertEqual(result.returncode, 0, result.stdout)
        self.assertRegex(result.stdout, r"synchronized \d+\.\d s after the build")
        self.assertIn("$ timeballctl sources", result.stdout)

    def test_shell(self):
        result = self.run_demo(0, "--shell", typed="timeballctl offline || exit\ntimeballctl activity\n"
                               "busctl --address=$DBUS_SYSTEM_BUS_ADDRESS list --no-pager | grep org.timeball1\n")
        self.assertEqual(result.returncode, 0, result.stdout)
        said = result.stdout.partition("exit ends it all")[2]
        self.assertRegex(said, r"Online: 0\n")
        self.assertIn("org.timeball1", said)

    def test_too_late(self):
        result = self.run_demo(20)
        self.assertEqual(result.returncode, 1, result.stdout)
        self.assertRegex(result.stdout, r"failed: timeballd is synchronized: not within -?\d|failed: which is more than 20 s")


if __name__ == "__main__":
    if os.geteuid() != 0:
        print("skipped: needs root to make namespaces")
        sys.exit(isolation.EXIT_SKIP)
    unittest.main(verbosity=2)
