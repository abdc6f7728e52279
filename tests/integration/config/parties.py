# SPDX-License-Identifier: LGPL-2.1-or-later
"""The two who read a configuration: each is given the same file in a directory of its own and says yes or no; and
timeballd once more, which has to start with what it said yes to.

chronyd runs as the issue of compatibility wants it, `-x -t 1`: in a network and an IPC namespace of its own, without the
right to set a clock, to take a real-time priority or to lock memory.
"""

import contextlib
import json
import os
import pathlib
import subprocess
import tempfile

from harness import isolation

GUARD = ["unshare", "--net", "--ipc", "--", "sh", "-c", 'ip link set lo up; exec "$@"', "guard",
         "setpriv", "--bounding-set=-sys_time,-sys_nice,-ipc_lock", "--inh-caps=-sys_time,-sys_nice,-ipc_lock", "--"]
# The same without any right, as its unit's user.
UNPRIVILEGED = [*GUARD[:GUARD.index("setpriv")], "setpriv", f"--reuid={isolation.USER}", f"--regid={isolation.USER}",
                "--clear-groups", "--bounding-set=-all", "--inh-caps=-all", "--no-new-privs", "--"]
BASE = "cmdport 0\nport 0\nbindcmdaddress /\npidfile @D@/pid\n"
SECONDS = 60


@contextlib.contextmanager
def stage(text):
    """A directory with the configuration; yields it."""
    with tempfile.TemporaryDirectory(prefix="timeball-config.") as name:
        directory = pathlib.Path(name)
        directory.chmod(0o750)
        (directory / "empty.conf").touch()
        (directory / "test.cf").write_text((BASE + text + "\n").replace("@D@", name), encoding="utf-8")
        yield directory


class Chronyd:
    def __init__(self, peer):
        self.program = peer.program
        self.environment = {**os.environ, **peer.environment()}

    def accepts(self, text):
        """(yes or no, what it said)"""
        with stage(text) as directory:
            result = subprocess.run([*GUARD, self.program, "-x", "-t", "1", "-d", "-u", "root", "-f", "test.cf"],
                                    cwd=directory, env=self.environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                    stderr=subprocess.STDOUT, timeout=SECONDS, check=False)
            said = result.stdout.decode(errors="replace").replace(str(directory), "@D@")
        if "Fatal error" in said:
            return False, said
        if "Timeout reached" not in said:
            raise RuntimeError(f"chronyd neither started nor refused {text!r}:\n{said}")
        return True, said


class Timeballd:
    def __init__(self, program):
        self.program = program

    def accepts(self, text):
        """(yes or no, its report)"""
        with stage(text) as directory:
            result = subprocess.run([self.program, "--check", "test.cf", "--json"], cwd=directory, stdin=subprocess.DEVNULL,
                                    capture_output=True, timeout=SECONDS, check=False)
        if result.returncode not in (0, 1):
            raise RuntimeError(f"timeballd ended with {result.returncode} on {text!r}:\n{result.stderr.decode()}")
        report = json.loads(result.stdout)
        if report["ok"] != (result.returncode == 0):
            raise RuntimeError(f"timeballd's status does not fit its report on {text!r}")
        return report["ok"], report

    def starts(self, text):
        """(whether it runs its second, what it said)"""
        with stage(text) as directory:
            directory.chmod(0o755)
            result = subprocess.run([*UNPRIVILEGED, self.program, "-x", "-t", "1", "-d", "--bus=none", "-f", "test.cf"],
                                    cwd=directory, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                    stderr=subprocess.STDOUT, timeout=SECONDS, check=False)
            said = result.stdout.decode(errors="replace").replace(str(directory), "@D@")
        # Nobody answers, so it ends with 1 as chronyd does; what it says tells that from a start that failed.
        return result.returncode in (0, 1) and "Timeout reached" in said, said
