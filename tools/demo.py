#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Timeball at work, for people: what tools/try shows.

    demo.py BUILD STAGE BUILT [--shell]

Runs as the first process of mount and process namespaces that tools/try has made: whatever it starts ends with it, what
it mounts is seen by nobody else, and nothing in it has the right to set the clock. STAGE is an empty folder outside of
anybody's home, since the daemon's user must reach what lies in it. BUILT is when the build was done, in seconds of
CLOCK_MONOTONIC: 20 s from then on are enough, or it fails.
"""

import contextlib
import os
import pathlib
import shutil
import socket
import subprocess
import sys
import time

SOURCE = pathlib.Path(__file__).resolve().parents[1]
sys.path.insert(0, str(SOURCE / "tests" / "integration"))

from harness import isolation  # noqa: E402
from harness.bus import PrivateBus  # noqa: E402
from harness.daemon import UNPRIVILEGED  # noqa: E402
from harness.deadline import wait_until  # noqa: E402
from harness.process import Process  # noqa: E402

POOL = "2.debian.pool.ntp.org"
POLICY = SOURCE / "dbus" / "org.timeball1.conf"
PORT = 11123
SYNCHRONIZED_WITHIN_S = 20
NAMES_WITHIN_S = 3
SHOWN_TIMES = 5
SHOWN_EVERY_S = 2
INTERRUPTED = 130
CLEAR = "\033[H\033[J"


class Stage:
    """A folder for this run and the programs that run in it."""

    def __init__(self, build, directory):
        self.build, self.directory = build, directory
        self.bus = None
        self._started = contextlib.ExitStack()
        isolation.mount("-t", "tmpfs", "-o", "mode=755", "tmpfs", str(directory))
        for name in ("etc", "etc-work"):
            (directory / name).mkdir()
        isolation.mount("-t", "overlay", "-o", f"lowerdir=/etc,upperdir={directory}/etc,workdir={directory}/etc-work",
                        "overlay", "/etc")
        isolation.add_user()
        self.timeballd = shutil.copy(build / "daemon" / "timeballd", directory)
        self.timeballctl = shutil.copy(build / "ctl" / "timeballctl", directory)

    def start(self, name, command, environment=None):
        process = Process(name, command, self.directory, environment)
        self._started.callback(process.stop)
        return process

    def ask(self, *arguments):
        """What timeballctl says, and its exit status."""
        environment = {"PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8", "DBUS_SYSTEM_BUS_ADDRESS": self.bus.address}
        result = subprocess.run([self.timeballctl, *arguments], env=environment, stdin=subprocess.DEVNULL,
                                stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False, timeout=10)
        return result.stdout, result.returncode

    def show_logs(self):
        for log in sorted(self.directory.glob("*.log")):
            print(f"--- what {log.stem} said:\n{log.read_text(encoding='utf-8', errors='replace')}")

    def close(self):
        self._started.close()


def free_port():
    """A UDP port of the loopback interface: the usual one if nobody has it."""
    for port in (PORT, 0):
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe, contextlib.suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return probe.getsockname()[1]
    raise AssertionError("no free UDP port on 127.0.0.1")


def pool_has_addresses():
    """Whether its name resolves; whether anybody answers there is for the daemon to find out."""
    result = subprocess.run(["timeout", str(NAMES_WITHIN_S), "getent", "ahosts", POOL], stdout=subprocess.DEVNULL, check=False)
    return result.returncode == 0


def start_reference(stage, port):
    """A server of the machine's own clock, as good as that is: another timeballd."""
    config = stage.directory / "reference.conf"
    config.write_text(f"local stratum 10\nallow 127.0.0.1\nbindaddress 127.0.0.1\nport {port}\n", encoding="ascii")
    return stage.start("reference server", [*UNPRIVILEGED, stage.timeballd, "-x", "-d", "--bus=none", "-f", config])


def start_daemon(stage, port, with_pool):
    lines = [f"server 127.0.0.1 port {port} iburst minpoll 1 maxpoll 4"]
    if with_pool:
        lines.append(f"pool {POOL} iburst")
    config = stage.directory / "timeball.conf"
    config.write_text("\n".join([*lines, ""]), encoding="ascii")
    stage.bus = PrivateBus(stage, POLICY)
    return stage.start("timeballd", [*UNPRIVILEGED, stage.timeballd, "-x", "-d", "-f", config],
                       {"DBUS_SYSTEM_BUS_ADDRESS": stage.bus.address})


def synchronized(stage, *programs):
    for program in programs:
        if not program.running():
            raise AssertionError(f"{program.name} ended with {program.child.returncode}")
    return stage.ask("status", "--check")[1] == 0


def show(stage, live):
    for shown in range(SHOWN_TIMES if live else 2):
        if shown:
            time.sleep(SHOWN_EVERY_S)
        text = "".join(f"$ timeballctl {verb}\n{stage.ask(verb)[0]}\n" for verb in ("status", "sources"))
        print((CLEAR if live else "\n") + text, end="", flush=True)


def demonstrate(stage, built_s):
    with_pool = pool_has_addresses()
    port = free_port()
    print(f"a timeballd -x that serves this machine's time on 127.0.0.1:{port}, another one following it"
          + (f" and the servers of\n{POOL} as far as they answer" if with_pool else f" ({POOL} has no address here)")
          + ",\nand a bus for that one; the clock itself is not touched", flush=True)
    reference = start_reference(stage, port)
    daemon = start_daemon(stage, port, with_pool)
    left_s = built_s + SYNCHRONIZED_WITHIN_S - time.monotonic()
    wait_until(lambda: synchronized(stage, reference, daemon), left_s, "timeballd is synchronized")
    taken_s = time.monotonic() - built_s
    print(f"synchronized {taken_s:.1f} s after the build", flush=True)
    if taken_s > SYNCHRONIZED_WITHIN_S:
        raise AssertionError(f"which is more than {SYNCHRONIZED_WITHIN_S} s")
    time.sleep(1 if sys.stdout.isatty() else 0)
    show(stage, sys.stdout.isatty())


def run_shell(stage):
    """Lets the one at the terminal have it, as root, who may do everything; what the daemon says goes to its log."""
    print(f"""
a shell on that bus: timeballctl, busctl --address=$DBUS_SYSTEM_BUS_ADDRESS and gdbus --address $DBUS_SYSTEM_BUS_ADDRESS talk to the
daemon, whose configuration is {stage.directory}/timeball.conf, and whose clock is none of this machine; exit ends it all""",
          flush=True)
    subprocess.run([os.environ.get("SHELL", "/bin/bash")], check=False,
                   env=os.environ | {"DBUS_SYSTEM_BUS_ADDRESS": stage.bus.address, "PATH": f"{stage.directory}:{os.environ['PATH']}"})


def main():
    stage = Stage(pathlib.Path(sys.argv[1]).resolve(), pathlib.Path(sys.argv[2]))
    try:
        demonstrate(stage, float(sys.argv[3]))
        if sys.argv[4:] == ["--shell"]:
            run_shell(stage)
    except AssertionError as error:
        stage.show_logs()
        print(f"failed: {error}")
        return 1
    except KeyboardInterrupt:
        return INTERRUPTED
    finally:
        stage.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
