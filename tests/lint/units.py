#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""The units as systemd itself reads them: `units.py SERVICE SYSUSERS TIMEBALLD`

Verified in a root of their own, where the program is and nothing else of the machine: no unknown key, no missing file, a user
that exists after systemd-sysusers, and a bound for what an attacker could do from inside (systemd-analyze security).
"""

import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

# 10 times the score that the tool prints; the best of other daemons' units has 21. The right to set the clock (0.9 with
# its system calls), to bind port 123 and to use the network are what is left.
EXPOSURE_MAX = 20
UNIT = "timeballd.service"
# Enough of a machine for the unit's dependencies.
TARGETS = ("sysinit", "basic", "shutdown", "multi-user", "time-set", "time-sync", "local-fs", "sockets", "paths", "slices")
NEEDED = {"User": "timeball", "Type": "notify", "StateDirectory": "timeball", "LogsDirectory": "timeball",
          "RuntimeDirectory": "timeball systemd/timesync",
          "RuntimeDirectoryPreserve": "restart",
          "AmbientCapabilities": "CAP_SYS_TIME CAP_NET_BIND_SERVICE",
          "CapabilityBoundingSet": "CAP_SYS_TIME CAP_NET_BIND_SERVICE",
          "Alias": "dbus-org.timeball1.service dbus-org.freedesktop.timesync1.service",
          # systemd.special(7): time-sync.target is for those who are ready only when the clock is synchronized. READY does not
          # wait for that, so that we must not be what reaches it.
          "Wants": "time-set.target", "Before": "time-set.target",
          "RestartPreventExitStatus": "3"}
FORBIDDEN = ("ProtectClock", "PrivateUsers")  # either takes the right to steer the clock away


def run(*command):
    done = subprocess.run(command, capture_output=True, text=True, check=False,
                          env={**os.environ, "SYSTEMD_COLORS": "0", "SYSTEMD_LOG_LEVEL": "warning"})
    return done.returncode, done.stdout + done.stderr


def machine(root, service, sysusers, program):
    """A root with the unit, its program and its user, made by systemd-sysusers."""
    units = root / "usr/lib/systemd/system"
    for folder in (units, root / "etc/systemd/system", root / "usr/sbin", root / "bin", root / "usr/lib/sysusers.d"):
        folder.mkdir(parents=True)
    for target in TARGETS:
        (units / f"{target}.target").write_text("[Unit]\nDescription=target\n", encoding="ascii")
    (units / "system.slice").write_text("[Unit]\nDescription=slice\n", encoding="ascii")
    shutil.copy(service, units)
    shutil.copy(sysusers, root / "usr/lib/sysusers.d" / "timeball.conf")
    shutil.copy(program, root / "usr/sbin/timeballd")
    shutil.copy("/bin/kill", root / "bin")
    return run("systemd-sysusers", f"--root={root}")


def keys(service):
    found = {}
    for line in service.read_text(encoding="utf-8").splitlines():
        name, equals, value = line.partition("=")
        if equals and not line.startswith("#"):
            found[name] = value
    return found


def check_keys(service):
    found = keys(service)
    for name, value in NEEDED.items():
        if found.get(name) != value:
            yield f"{name}= is '{found.get(name)}', not '{value}'"
    for name in FORBIDDEN:
        if name in found:
            yield f"{name}= takes the right to steer the clock away"


def check_verify(service, sysusers, program):
    with tempfile.TemporaryDirectory(prefix="timeball-units-") as folder:
        root = pathlib.Path(folder)
        status, output = machine(root, service, sysusers, program)
        if status != 0:
            yield f"systemd-sysusers ends with {status}: {output}"
        users = (root / "etc/passwd").read_text(encoding="utf-8")
        if not re.search(r"^timeball:[^:]*:\d+:\d+:.*:(/usr/sbin/nologin|/sbin/nologin)$", users, re.M):
            yield f"systemd-sysusers made no user without a shell: {users}"
        status, output = run("systemd-analyze", "verify", "--man=no", "--generators=no", "--recursive-errors=no",
                             f"--root={root}", UNIT)
        if status != 0 or output.strip():
            yield f"systemd-analyze verify ends with {status}: {output}"


def check_exposure(service):
    status, output = run("systemd-analyze", "security", "--offline=true", f"--threshold={EXPOSURE_MAX}", "--no-pager",
                         str(service))
    if status != 0:
        yield f"systemd-analyze security ends with {status}: {output}"


def check(service, sysusers, program):
    yield from check_keys(service)
    yield from check_verify(service, sysusers, program)
    yield from check_exposure(service)


def can_fail(service, sysusers, program):
    """Each check on a unit that is wrong in its way."""
    text = service.read_text(encoding="utf-8")
    with tempfile.TemporaryDirectory(prefix="timeball-units-") as folder:
        wrong = pathlib.Path(folder) / UNIT
        for edited, checked in ((text.replace("User=timeball", "User=nobody"), check_keys),
                                (text.replace("Wants=time-set", "Wants=time-sync.target time-set"), check_keys),
                                (text.replace("UMask=", "ProtectClock=yes\nUMask="), check_keys),
                                (text.replace("UMask=", "NoSuchKey="), lambda unit: check_verify(unit, sysusers, program)),
                                (text.replace("timeballd -n", "nowhere"), lambda unit: check_verify(unit, sysusers, program)),
                                (text.replace("NoNewPrivileges=yes", ""), check_exposure)):
            wrong.write_text(edited, encoding="utf-8")
            if edited == text or not list(checked(wrong)):
                return False
    return True


def main():
    service, sysusers, program = (pathlib.Path(argument).resolve() for argument in sys.argv[1:4])
    if not can_fail(service, sysusers, program):
        print("this lint passes a unit that is wrong")
        return 1
    status, output = run("systemd-sysusers", "--dry-run", str(sysusers))
    problems = list(check(service, sysusers, program))
    if status != 0:
        problems.append(f"systemd-sysusers --dry-run ends with {status}: {output}")
    for problem in problems:
        print(problem)
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
