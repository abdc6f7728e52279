# SPDX-License-Identifier: LGPL-2.1-or-later
"""timeballctl as a user calls it: on a private bus, with and without a terminal."""

import os
import pty
import subprocess
import termios

import stage
from harness.deadline import wait_until

OK, FAILURE, USAGE, NOT_RUNNING, NO_SUCH_SOURCE, NOT_AUTHORIZED, NOT_SYNCHRONIZED = range(7)
SECONDS = 60
DECIDING = ("NO_COLOR", "SYSTEMD_COLORS", "COLUMNS", "TIMEBALL_PAGER", "SYSTEMD_PAGER", "PAGER", "LESS", "SUDO_UID")


class Ctl:
    """What runs timeballctl: `program` on the bus at `address_of_bus()`."""

    def command(self, arguments, address=True):
        return [str(word) for word in (self.program, *([f"--address={self.address_of_bus()}"] if address else []), *arguments)]

    @staticmethod
    def environment(changes=None):
        clean = {key: value for key, value in os.environ.items() if key not in DECIDING}
        return clean | {"LC_ALL": "C.UTF-8"} | (changes or {})

    def run_ctl(self, *arguments, status=OK, address=True, environment=None):
        """Its output, or what it says on stderr when it is to fail."""
        result = subprocess.run(self.command(arguments, address), capture_output=True, text=True, check=False, timeout=SECONDS,
                                env=self.environment(environment))
        self.assertEqual(result.returncode, status, result.stdout + result.stderr)
        if status in (OK, NOT_SYNCHRONIZED):
            self.assertEqual(result.stderr, "")
            return result.stdout
        self.assertNotEqual(result.stderr, "")
        return result.stderr


class CtlCase(Ctl, stage.BusCase):
    def setUp(self):
        super().setUp()
        self.program = self.reachable("ctl/timeballctl")

    def address_of_bus(self):
        return self.bus.address

    def in_terminal(self, *arguments, keys=b"", asked=b"", environment=None, status=OK, address=True, before=()):
        """All that it writes to a terminal of its own; `keys` are pressed when anything stands there, or `asked`, and nothing is
        echoed: what is typed before that, who asks for a password throws away."""
        pid, terminal = pty.fork()
        if pid == 0:
            words = [*before, *self.command(arguments, address)]
            os.execvpe(words[0], words, self.environment({"TERM": "xterm", "COLUMNS": "120"} | (environment or {})))
        written = b""
        while True:
            try:
                part = os.read(terminal, 65536)
            except OSError:  # what Linux says at the end
                break
            if not part:
                break
            written += part
            if keys and asked in written:
                if asked:
                    wait_until(lambda: not termios.tcgetattr(terminal)[3] & termios.ECHO, SECONDS, "the echo is off", 0.01)
                os.write(terminal, keys)
                keys = b""
        os.close(terminal)
        self.assertEqual(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]), status, written)
        return written.decode().replace("\r\n", "\n")
