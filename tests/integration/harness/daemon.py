# SPDX-License-Identifier: LGPL-2.1-or-later
"""timeballd -x in the client's namespace, as the user and with the rights that its unit gives it: none, or that
to ports below 1024."""

import pathlib
import re
import signal

from harness import isolation


def as_user(*rights):
    """The words that run a command as the daemon's user with these capabilities ("net_bind_service") and no other."""
    kept = "".join(f",+{right}" for right in rights)
    ambient = [f"--ambient-caps=-all{kept}"] if rights else []
    return ["setpriv", f"--reuid={isolation.USER}", f"--regid={isolation.USER}", "--clear-groups",
            f"--inh-caps=-all{kept}", *ambient, f"--bounding-set=-all{kept}", "--no-new-privs", "--"]


UNPRIVILEGED = as_user()
SANITIZER = r"Sanitizer|runtime error:"
NOTE_EXEC_TIME = ["bash", "-c", 'echo "$EPOCHREALTIME" >"$0"; exec "$@"']  # microseconds, and no process of its own


class Timeballd:
    def __init__(self, case, config, bus="none", environment=None, prefix=(), options=(), name="timeballd", rights=()):
        """`config`: its lines. `prefix`: a command to run it under, such as strace. `options`: of its command line. `name`: one
        of its own, if there are several at a time. `rights`: its capabilities."""
        file = case.directory / f"{name}.conf"
        file.write_text("\n".join([*config, ""]), encoding="ascii")
        self._exec_time = case.directory / f"{name}.exec-time"
        self._exec_time.touch()
        self._exec_time.chmod(0o666)
        command = [*prefix, *as_user(*rights), *NOTE_EXEC_TIME, self._exec_time, case.timeballd, "-x", "-d", "-f", file,
                   f"--bus={bus}", *options]
        case.addCleanup(self._check_end, case)  # runs after the process was stopped
        self.process = case.start(name, case.network.client.command(*command), environment)

    @property
    def pid(self):
        return self.process.pid

    def exec_time_s(self):
        """CLOCK_REALTIME at its start."""
        return float(self._exec_time.read_text(encoding="ascii"))

    def user_id(self):
        status = pathlib.Path(f"/proc/{self.pid}/status").read_text(encoding="ascii")
        return int(re.search(r"^Uid:\t(\d+)", status, re.M).group(1))

    def effective_rights(self):
        """Its effective capabilities as bits."""
        status = pathlib.Path(f"/proc/{self.pid}/status").read_text(encoding="ascii")
        return int(re.search(r"^CapEff:\t([0-9a-f]+)", status, re.M).group(1), 16)

    def resident_kib(self):
        """Rss of /proc/PID/smaps_rollup."""
        rollup = pathlib.Path(f"/proc/{self.pid}/smaps_rollup").read_text(encoding="ascii")
        return int(re.search(r"^Rss:\s+(\d+) kB", rollup, re.M).group(1))

    def private_kib(self):
        """What it alone has in memory."""
        rollup = pathlib.Path(f"/proc/{self.pid}/smaps_rollup").read_text(encoding="ascii")
        return sum(int(number) for number in re.findall(r"^Private_\w+:\s+(\d+) kB", rollup, re.M))

    def _check_end(self, case):
        case.assertEqual(self.process.child.returncode, 0, "exit status of timeballd")
        case.assertNotRegex(self.process.log(), SANITIZER)

    def terminate(self):
        self.process.child.send_signal(signal.SIGTERM)
