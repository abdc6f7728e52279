#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""A run of these tests leaves the machine as it was, whether it ends by itself or is killed in the middle."""

import os
import pathlib
import signal
import subprocess
import sys
import tempfile
import unittest
import uuid

from harness import host, isolation, kernel_clock
from harness.deadline import wait_until

TOKEN = "TIMEBALL_TEST_TOKEN"
HERE = pathlib.Path(__file__).parent
SCRIPT_S = 120


class HostUntouched(unittest.TestCase):
    def setUp(self):
        self.before, self.clock_before = host.state(), kernel_clock.read()
        self.token = uuid.uuid4().hex
        self.environment = os.environ | {TOKEN: self.token}

    def tearDown(self):
        wait_until(lambda: not host.processes_with(TOKEN, self.token), 10, "all its processes have ended")
        self.assertEqual(host.state(), self.before)
        self.assertEqual(kernel_clock.changes(self.clock_before, kernel_clock.read()), [])

    def command(self, test):
        return [sys.executable, HERE / "test-harness.py", test]

    def test_after_a_run(self):
        result = subprocess.run(self.command("Stage.test_chronyd_serves_both_families"), env=self.environment,
                                capture_output=True, text=True, timeout=SCRIPT_S, check=False)
        self.assertEqual(result.returncode, 0, result.stdout + result.stderr)

    def test_after_a_run_that_is_killed(self):
        with tempfile.TemporaryFile() as output:
            with subprocess.Popen(self.command("Stage.test_ntpsec_serves"), env=self.environment, stdout=output,
                                  stderr=output) as script:
                def peers_run():
                    return {"chronyd", "ntpd"} <= host.names_of(host.processes_with(TOKEN, self.token))

                wait_until(peers_run, SCRIPT_S, "both peers run")
                script.send_signal(signal.SIGKILL)


if __name__ == "__main__":
    if os.geteuid() != 0:
        print("skipped: needs root to make namespaces")
        sys.exit(isolation.EXIT_SKIP)
    unittest.main(verbosity=2)
