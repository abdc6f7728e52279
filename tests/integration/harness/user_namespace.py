#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Runs a command as root of a new user namespace: `user_namespace.py COMMAND...`

The command sees all capabilities, so that daemons which insist on CAP_SYS_TIME start; the kernel asks for that right in
the first user namespace and refuses every change of the clock. (unshare(1) maps only one user without the setuid
helpers of another package.)
"""

import ctypes
import os
import pathlib
import signal
import sys

CLONE_NEWUSER = 0x10000000
CLONE_NEWNS = 0x00020000
ALL_USERS = "0 0 65536"
PR_SET_PDEATHSIG = 1


def main():
    libc = ctypes.CDLL(None, use_errno=True)
    unshared, unshared_end = os.pipe()
    mapped, mapped_end = os.pipe()
    child = os.fork()
    if child == 0:
        libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
        if libc.unshare(CLONE_NEWUSER | CLONE_NEWNS) != 0:
            sys.exit(f"unshare: {os.strerror(ctypes.get_errno())}")
        os.write(unshared_end, b".")
        os.read(mapped, 1)
        os.setresgid(0, 0, 0)
        os.setresuid(0, 0, 0)
        libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL)  # the change of users forgot it
        os.execvp(sys.argv[1], sys.argv[1:])
    os.close(unshared_end)
    if os.read(unshared, 1):
        for kind in ("uid_map", "gid_map"):
            pathlib.Path(f"/proc/{child}/{kind}").write_text(ALL_USERS, encoding="ascii")
        os.write(mapped_end, b".")
    signal.signal(signal.SIGTERM, lambda number, frame: os.kill(child, number))
    _, status = os.waitpid(child, 0)
    return os.waitstatus_to_exitcode(status)


if __name__ == "__main__":
    sys.exit(main())
