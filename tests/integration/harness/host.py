# SPDX-License-Identifier: LGPL-2.1-or-later
"""What of the machine itself the tests must leave as it was: services, packages, network namespaces, files. (Its clock:
harness/kernel_clock.py.)"""

import os
import pathlib
import re
import subprocess

SERVICES = {"chronyd", "ntpd", "systemd-timesyn", "timeballd", "dbus-daemon", "gpsd", "polkitd", "NetworkManager"}
PACKAGES = ("chrony", "ntpsec", "openntpd", "systemd-timesyncd", "timeball")
PLACES = ("/run", "/etc", "/var/lib", "/var/log", "/tmp")
NAMES = re.compile("timeball|chrony|ntpsec|ntpd|netns")


def services():
    """The daemons (children of process 1) that keep time or serve a bus: name and process id."""
    found = set()
    for stat in pathlib.Path("/proc").glob("[0-9]*/stat"):
        try:
            pid, name, parent = re.match(r"(\d+) \((.*)\) \S (\d+)", stat.read_text(encoding="utf-8")).groups()
        except OSError:
            continue  # it ended meanwhile
        if parent == "1" and name in SERVICES:
            found.add((name, int(pid)))
    return found


def packages():
    result = subprocess.run(["dpkg-query", "-W", "-f", "${Package} ${db:Status-Status}\\n", *PACKAGES],
                            capture_output=True, text=True, check=False)
    return set(result.stdout.splitlines())


def entries(folder):
    """What is in it; nothing if it is gone meanwhile, as others' temporary folders may be."""
    try:
        return list(folder.iterdir())
    except (FileNotFoundError, NotADirectoryError, PermissionError):
        return []


def files():
    """Files, two levels deep, whose names tell of time daemons or namespaces."""
    folders = [pathlib.Path(place) for place in PLACES]
    folders += [path for folder in folders for path in entries(folder) if path.is_dir() and not path.is_symlink()]
    return {str(path) for folder in folders for path in entries(folder) if NAMES.search(path.name)}


def namespaces():
    return set(subprocess.run(["ip", "netns", "list"], capture_output=True, text=True, check=True).stdout.split())


def links():
    return {path.name for path in pathlib.Path("/sys/class/net").iterdir()}


def state():
    """Everything, to be compared with what it is later."""
    return {"services": services(), "packages": packages(), "files": files(), "namespaces": namespaces(),
            "links": links()}


def processes_with(variable, value):
    """Ids of the processes that have a variable in the environment they were started with."""
    wanted = f"{variable}={value}".encode()
    found = []
    for environ in pathlib.Path("/proc").glob("[0-9]*/environ"):
        try:
            if wanted in environ.read_bytes().split(b"\0") and int(environ.parent.name) != os.getpid():
                found.append(int(environ.parent.name))
        except OSError:
            continue
    return found


def names_of(pids):
    names = set()
    for pid in pids:
        try:
            names.add(pathlib.Path(f"/proc/{pid}/comm").read_text(encoding="utf-8").strip())
        except OSError:
            continue
    return names
