#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""What README.md says to type or to copy is taken by the programs."""

import json
import pathlib
import shutil
import subprocess
import tempfile
import unittest

from harness import case


def block(heading, number):
    """The numbered block of code in a section."""
    section = (case.SOURCE / "README.md").read_text(encoding="utf-8").split(f"\n## {heading}\n")[1].split("\n## ")[0]
    return section.split("```\n")[2 * number + 1]


class Readme(unittest.TestCase):
    def setUp(self):
        """Both programs in one folder, as timeballctl looks for the other one beside itself."""
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.directory = pathlib.Path(folder.name)
        self.ctl = shutil.copy(case.BUILD / "ctl/timeballctl", self.directory)
        self.daemon = shutil.copy(case.BUILD / "daemon/timeballd", self.directory)

    def run_program(self, *words):
        return subprocess.run(words, capture_output=True, text=True, check=False, timeout=30)

    def check(self, text):
        """What timeballd --check reports, by way of timeballctl."""
        file = self.directory / "timeball.conf"
        file.write_text(text, encoding="utf-8")
        result = self.run_program(self.ctl, "config", "check", "--json", file)
        daemon = self.run_program(self.daemon, "--check", file)
        self.assertEqual(result.returncode, daemon.returncode, result.stderr)
        return json.loads(result.stdout)

    def test_configuration(self):
        report = self.check(block("Configure", 0))
        self.assertEqual((report["errors"], report["warnings"]), ([], []))
        self.assertEqual([directive["name"] for directive in report["directives"]], ["pool", "makestep", "rtcsync"])

    def test_wrong_configuration_is_found(self):
        self.assertEqual(len(self.check("rtcsync # keep it right\n")["errors"]), 1)

    def test_commands(self):
        """--help leaves out what the verb does, not the reading of the words before it."""
        lines = block("Watch", 0).splitlines()
        self.assertGreater(len(lines), 2)
        for line in lines:
            words = line.removeprefix("sudo ").split("#")[0].split()
            self.assertEqual(words[0], "timeballctl")
            result = self.run_program(self.ctl, *words[1:], "--help")
            self.assertEqual((result.returncode, result.stderr), (0, ""), line)
            self.assertIn("Verbs:", result.stdout)


if __name__ == "__main__":
    unittest.main()
