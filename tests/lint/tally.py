#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""tools/tally.py counts each result for what it is: a green total cannot come of a test that failed, hung or never ran."""

import pathlib
import subprocess
import sys
import tempfile
import unittest

TALLY = pathlib.Path(sys.argv[1], "tools", "tally.py")


def tally(*logs, options=()):
    """The last line and the exit status over logs, each given as the results of its tests; None is a missing log."""
    with tempfile.TemporaryDirectory() as folder:
        paths = []
        for number, log in enumerate(logs):
            paths.append(pathlib.Path(folder, f"{number}.json"))
            if log is not None:
                lines = [f'{{"name": "t{i}", "result": "{result}"}}\n' for i, result in enumerate(log)]
                paths[-1].write_text("".join(lines), encoding="ascii")
        result = subprocess.run([sys.executable, TALLY, *options, *paths], capture_output=True, text=True, check=False)
    return result.stdout.splitlines()[-1], result.returncode


class TallyTest(unittest.TestCase):
    def test_adds_up_the_logs(self):
        self.assertEqual(tally(["OK", "OK"], ["OK", "EXPECTEDFAIL"]), ("4 passed, 0 failed, 0 skipped", 0))

    def test_counts_tests_outside_meson(self):
        self.assertEqual(tally(["OK"], options=["--passed", "2"]), ("3 passed, 0 failed, 0 skipped", 0))
        self.assertEqual(tally(["OK"], options=["--failed", "1"]), ("1 passed, 1 failed, 0 skipped", 1))

    def test_a_bad_result_is_a_failure(self):
        for result in ("FAIL", "TIMEOUT", "ERROR", "INTERRUPT", "UNEXPECTEDPASS", "something new"):
            self.assertEqual(tally(["OK", result]), ("1 passed, 1 failed, 0 skipped", 1), result)

    def test_a_skipped_test_is_no_proof(self):
        self.assertEqual(tally(["OK", "SKIP"]), ("1 passed, 0 failed, 1 skipped", 1))

    def test_a_run_without_tests_is_a_failure(self):
        self.assertEqual(tally(["OK"], []), ("1 passed, 1 failed, 0 skipped", 1))
        self.assertEqual(tally(["OK"], None), ("1 passed, 1 failed, 0 skipped", 1))
        self.assertEqual(tally(), ("0 passed, 0 failed, 0 skipped", 1))


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
