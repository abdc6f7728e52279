# SPDX-License-Identifier: LGPL-2.1-or-later
"""A program that a test runs beside itself, with its output in a file."""

import os
import signal
import subprocess

from harness.deadline import wait_until


class Process:
    def __init__(self, name, command, directory, environment=None):
        self.name = name
        self.log_path = directory / f"{name}.log"
        with open(self.log_path, "ab") as log:
            self._log_start = log.tell()  # what comes before is of an earlier one of the same name
            self.child = subprocess.Popen([str(word) for word in command], stdin=subprocess.DEVNULL, stdout=log,
                                          stderr=subprocess.STDOUT, env=os.environ | (environment or {}))

    @property
    def pid(self):
        return self.child.pid

    def running(self):
        return self.child.poll() is None

    def log(self):
        return self.log_path.read_bytes()[self._log_start:].decode(errors="replace")

    def wait_for_log(self, text, seconds):
        def seen():
            if text in self.log():
                return True
            if not self.running():
                raise AssertionError(f"{self.name} ended with {self.child.returncode} before it said {text!r}")
            return False

        wait_until(seen, seconds, f"{self.name} says {text!r}")

    def freeze(self):
        self.child.send_signal(signal.SIGSTOP)

    def thaw(self):
        self.child.send_signal(signal.SIGCONT)

    def wait(self, seconds):
        """Its exit status; negative for a signal."""
        try:
            return self.child.wait(seconds)
        except subprocess.TimeoutExpired as error:
            raise AssertionError(f"{self.name} did not end within {seconds} s") from error

    def stop(self, seconds=5):
        """Ends it, by force if it does not listen. Its exit status."""
        if not self.running():
            return self.child.returncode
        self.thaw()
        self.child.terminate()
        try:
            return self.child.wait(seconds)
        except subprocess.TimeoutExpired:
            self.child.kill()
            return self.child.wait()
