# SPDX-License-Identifier: LGPL-2.1-or-later
"""Real NTP servers in the servers' namespace. None of them can touch the clock (see isolation.py)."""

import os
import pathlib
import subprocess
import sys

from harness.deadline import wait_until
from harness.ntp_packet import ask

CHRONYD_READY_S = 10
CHRONYD_ASKED_EVERY_S = 0.1
NTPSEC_READY_S = 60  # it needs some polls of its upstream before it serves
NTPSEC_ASKED_EVERY_S = 1.0  # it does not get ready while it is asked much faster
CLOCK_CALLS = "adjtimex,clock_adjtime,clock_settime,settimeofday"


def chronyd(case, address, stratum=3, more=()):
    """chronyd on an address of its own that serves the machine's own clock. `more`: lines that overrule the usual ones.
    Without a stratum it serves what `more` makes it follow, and is not waited for."""
    name = f"chronyd-{address}"
    home = case.directory / name
    home.mkdir(mode=0o750, exist_ok=True)  # or it would not put its socket there
    config = home / "chrony.conf"
    own = [f"local stratum {stratum}"] if stratum else []
    config.write_text("\n".join([*own, "allow", "cmdport 0", f"bindcmdaddress {home}/socket", f"pidfile {home}/pid",
                                 f"bindaddress {address}", *more, ""]),
                      encoding="ascii")
    peer = case.peer("chrony")
    process = case.start(name, case.network.servers.command(peer.program, "-x", "-d", "-u", "root", "-f", config),
                         peer.environment())
    if stratum:
        wait_until_serving(case, process, address, CHRONYD_READY_S, CHRONYD_ASKED_EVERY_S)
    return process


def chronyc(case, address, *words):
    """What the chronyd on that address reports: its lines "NAME : VALUE" as a dictionary of texts."""
    peer = case.peer("chrony")
    socket = case.directory / f"chronyd-{address}" / "socket"
    result = subprocess.run([peer.path("usr/bin/chronyc"), "-n", "-h", socket, *words], capture_output=True, text=True,
                            env=os.environ | peer.environment(), check=True)
    fields = (line.partition(":") for line in result.stdout.splitlines() if ":" in line)
    return {name.strip(): value.strip() for name, _, value in fields}


def chronyd_follower(case, server, address, options="", more=()):
    """chronyd that follows `server` from an address of its own, and serves nobody; chronyc() asks it. `options` of the server;
    `more` lines."""
    home = case.directory / f"chronyd-{address}"
    home.mkdir(mode=0o700)
    config = home / "chrony.conf"
    config.write_text("\n".join([f"server {server} iburst minpoll -2 maxpoll -2 {options}", *more, "port 0", "cmdport 0",
                                 f"bindcmdaddress {home}/socket", f"pidfile {home}/pid", f"bindacqaddress {address}", ""]),
                      encoding="ascii")
    peer = case.peer("chrony")
    process = case.start(home.name, case.network.servers.command(peer.program, "-x", "-d", "-u", "root", "-f", config),
                         peer.environment())
    wait_until((home / "socket").exists, CHRONYD_READY_S, f"{process.name} can be asked")
    return process


def ntpsec(case, address, upstream, name="ntpsec", more=()):
    """ntpsec that follows `upstream`. It serves only once it believes that it disciplines the clock, so it runs as root
    of a user namespace, with its clock calls answered by strace instead of the kernel."""
    config = case.directory / f"{name}.conf"
    config.write_text("\n".join([f"server {upstream} iburst minpoll 3 maxpoll 3", "interface ignore wildcard",
                                 f"interface listen {address}", "interface listen 127.0.0.1", *more, ""]),
                      encoding="ascii")
    case.network.servers.run("sysctl", "-qw", "net.ipv4.ip_unprivileged_port_start=0")
    guard = [sys.executable, pathlib.Path(__file__).with_name("user_namespace.py"), "strace", "-D", "-f", "-qq",
             "-o", case.directory / f"{name}.calls", "-e", f"trace={CLOCK_CALLS}",
             "-e", f"inject={CLOCK_CALLS}:retval=0"]
    peer = case.peer("ntpsec")
    process = case.start(name, case.network.servers.command(*guard, peer.program, "-n", "-g", "-c", config,
                                                            "-l", "/dev/stderr"), peer.environment())
    wait_until_serving(case, process, address, NTPSEC_READY_S, NTPSEC_ASKED_EVERY_S)
    return process


def wait_until_serving(case, process, address, seconds, every_s):
    """Until it gives synchronized time to its own namespace."""
    def answers():
        if not process.running():
            raise AssertionError(f"{process.name} ended with {process.child.returncode}")
        return ask(case.network.servers, address)

    wait_until(answers, seconds, f"{process.name} serves on {address}", every_s)
