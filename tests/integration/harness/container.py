# SPDX-License-Identifier: LGPL-2.1-or-later
"""A booted Debian with its own systemd and system bus, for what only a service manager can show.

A minimal tree is made once by debootstrap and kept beside the build. Each container gets a throw-away layer over it, so
it can install and break what it likes. It has no CAP_SYS_TIME, and shares the network namespace that it is given.
"""

import os
import pathlib
import re
import shutil
import subprocess

import peers
from harness import isolation
from harness.deadline import wait_until

INCLUDED = "systemd,systemd-sysv,dbus,libnettle8,libsystemd0"
BOOTED_S = 30
MINIMAL_S = 1200
CGROUPS = [pathlib.Path("/sys/fs/cgroup", hierarchy, group)
           for hierarchy in ("systemd", "unified", "") for group in ("payload", "supervisor")]


def tree(dest):
    """The minimal tree in the folder `dest`; made if it is not there. Needs the machine's network."""
    dest = pathlib.Path(dest).resolve()
    with peers.locked(dest.with_name(f".{dest.name}.lock")):
        if not (dest / peers.STAMP).exists():
            fresh = dest.with_name(dest.name + ".new")
            shutil.rmtree(fresh, ignore_errors=True)
            release = codename()
            result = subprocess.run(["debootstrap", "--variant=minbase", f"--include={INCLUDED}", release, fresh,
                                     mirror(release)], capture_output=True, text=True, timeout=MINIMAL_S, check=False)
            if result.returncode != 0:
                raise peers.PeerError(f"debootstrap failed: {result.stdout[-2000:]}{result.stderr[-2000:]}")
            (fresh / peers.STAMP).touch()
            fresh.rename(dest)
    return dest


def codename():
    """Of the release that this machine runs: its libraries fit what was built here."""
    release = pathlib.Path("/etc/os-release").read_text(encoding="utf-8")
    return re.search(r"^VERSION_CODENAME=(\w+)", release, re.M).group(1)


def mirror(release):
    """The site that this machine gets its packages of that release from."""
    result = subprocess.run(["apt-get", "indextargets", "--format", "$(SITE) $(CODENAME)", "Created-By: Packages"],
                            capture_output=True, text=True, check=True)
    sites = [line.split()[0] for line in result.stdout.splitlines() if line.split()[1:] == [release]]
    if not sites:
        raise peers.PeerError(f"no package source for {release}")
    return sites[0]


class Container:
    """Lives in `directory`; boot() starts it."""

    def __init__(self, case, lower, directory):
        self._case = case
        self._process = None
        self.root = directory / "root"
        for part in ("root", "upper", "work"):
            (directory / part).mkdir(parents=True)
        isolation.mount("-t", "overlay", "-o", f"lowerdir={lower},upperdir={directory}/upper,workdir={directory}/work",
                        "overlay", str(self.root))
        case.addCleanup(isolation.unmount, str(self.root))

    def install(self, build):
        """What `meson install` would put into a machine, and the libraries that this machine has and the tree lacks."""
        staging = self._case.directory / "install"
        subprocess.run(["meson", "install", "-C", build, "--no-rebuild", "--quiet", "--destdir", staging], check=True)
        packed = subprocess.run(["tar", "-C", staging, "-c", "."], check=True, capture_output=True).stdout
        subprocess.run(["tar", "-C", self.root, "-x", "--keep-directory-symlink", "--no-same-owner"], input=packed,
                       check=True)
        shutil.rmtree(staging)
        self._copy_libraries(build / "daemon" / "timeballd")

    def _copy_libraries(self, program):
        result = subprocess.run(["ldd", program], check=True, capture_output=True, text=True)
        for library in re.findall(r"=> (/\S+)", result.stdout):
            if not (self.root / library.lstrip("/")).exists():
                shutil.copy(library, self.root / "usr/lib" / os.path.basename(library))

    def write(self, path, text):
        file = self.root / path.lstrip("/")
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")

    def boot(self, namespace):
        self._case.addCleanup(remove_cgroups, [group for group in CGROUPS if not group.exists()])
        self._process = self._case.start("container", [
            "systemd-nspawn", "--quiet", "--machine=timeball-test", "-D", self.root, "--boot", "--register=no",
            "--keep-unit", "--system-call-filter=adjtimex clock_adjtime",  # to read: without CAP_SYS_TIME no more
            f"--network-namespace-path=/run/netns/{namespace.name}", "--console=pipe"])
        self._case.addCleanup(self.power_off)
        wait_until(self._booted, BOOTED_S, "the container has booted")

    def _init(self):
        pid = self._process.pid
        children = pathlib.Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii").split()
        return children[0] if children else None

    def _booted(self):
        return self._init() and self.run("systemctl", "is-active", "multi-user.target").stdout.strip() == "active"

    def run(self, *words):
        """Runs a command inside; the finished process with its output."""
        return subprocess.run(["nsenter", "-t", self._init(), "-a", "--", *words], stdin=subprocess.DEVNULL,
                              capture_output=True, text=True, check=False)

    def unit(self, name, key):
        return self.run("systemctl", "show", "--value", "-p", key, name).stdout.strip()

    def power_off(self):
        if self._process.running() and self._init():
            self.run("systemctl", "poweroff")
            self._process.wait(BOOTED_S)


def remove_cgroups(groups):
    """What systemd-nspawn leaves of its groups: empty folders."""
    for group in groups:
        for folder in sorted(group.rglob("*/"), reverse=True) + [group]:
            if folder.is_dir():
                folder.rmdir()
