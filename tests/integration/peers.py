#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Other projects' time daemons, unpacked beside the build and never installed.

Each peer is downloaded by `apt-get download` and unpacked by `dpkg -x` into DEST/NAME: no maintainer script runs, no
service starts, no installed package is replaced (the packages conflict with one another). Shared libraries that the
machine lacks are unpacked into the same tree.

As a module: peers.fetch(dest, "chrony") -> Peer. As a command it prints one `name=program` line a peer:
    peers.py --dest build/peers chrony ntpsec
"""

import argparse
import contextlib
import fcntl
import os
import pathlib
import shutil
import subprocess
import sys
from dataclasses import dataclass

STAMP = ".complete"
SECONDS_FOR_APT = 300


@dataclass(frozen=True)
class Package:
    name: str
    program: str
    libraries: tuple = ()  # packages that hold the libraries which a minimal system may lack
    parts: tuple = ()  # packages that the program is no use without


PACKAGES = {
    "chrony": Package("chrony", "usr/sbin/chronyd",
                      ("libcap2", "libgnutls30", "libnettle8", "libhogweed6", "libseccomp2", "libedit2", "libbsd0",
                       "libmd0", "libp11-kit0", "libidn2-0", "libunistring2", "libtasn1-6", "libgmp10", "libffi8")),
    "ntpsec": Package("ntpsec", "usr/sbin/ntpd", ("libcap2", "libssl3", "libbsd0", "libmd0")),
    "ntpdig": Package("ntpsec-ntpdig", "usr/bin/ntpdig", parts=("python3-ntp",)),
    "openntpd": Package("openntpd", "usr/sbin/ntpd"),
    "timesyncd": Package("systemd-timesyncd", "lib/systemd/systemd-timesyncd"),
}


class PeerError(Exception):
    """A peer could not be had; the text says why."""


@dataclass(frozen=True)
class Peer:
    name: str
    root: pathlib.Path

    @property
    def program(self):
        return self.root / PACKAGES[self.name].program

    def path(self, inside):
        """A file of the package by its installed path without the leading slash."""
        return self.root / inside

    def environment(self):
        """What to add to the environment so that the unpacked libraries are found."""
        directories = sorted({str(library.parent) for library in self.root.rglob("*.so.*")
                              if "-linux-gnu" in str(library.parent)})
        found = {"LD_LIBRARY_PATH": ":".join(directories)} if directories else {}
        modules = self.root / "usr/lib/python3/dist-packages"
        return found | {"PYTHONPATH": str(modules)} if modules.exists() else found


def fetch(dest, name):
    """Unpacks a peer into dest/name unless it is there already; safe against runs at the same time."""
    if name not in PACKAGES:
        raise PeerError(f"no peer named {name!r}: there are {', '.join(sorted(PACKAGES))}")
    dest = pathlib.Path(dest).resolve()
    dest.mkdir(parents=True, exist_ok=True)
    peer = Peer(name, dest / name)
    with locked(dest / f".{name}.lock"):
        if not (peer.root / STAMP).exists():
            unpack(peer)
    return peer


@contextlib.contextmanager
def locked(path):
    with open(path, "w", encoding="ascii") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def unpack(peer):
    package = PACKAGES[peer.name]
    fresh = peer.root.with_name(peer.name + ".new")
    shutil.rmtree(fresh, ignore_errors=True)
    fresh.mkdir()
    unpacked = Peer(peer.name, fresh)
    for name in (package.name, *package.parts):
        download(name, fresh)
    if not unpacked.program.exists():
        raise PeerError(f"package {package.name} has no {package.program}")
    if missing_libraries(unpacked):
        for library in package.libraries:
            download(library, fresh)
        if missing := missing_libraries(unpacked):
            raise PeerError(f"{peer.name} needs shared libraries that are nowhere: {', '.join(missing)}")
    (fresh / STAMP).touch()
    shutil.rmtree(peer.root, ignore_errors=True)
    fresh.rename(peer.root)


def download(package, into):
    """Downloads one package and unpacks it; a missing or stale package list is read again once."""
    directory = into.with_name(into.name + ".deb")
    shutil.rmtree(directory, ignore_errors=True)
    directory.mkdir()
    try:
        command = ["apt-get", "download", "-qq", "-o", "APT::Sandbox::User=root", package]
        result = run(command, directory)
        if result.returncode != 0:
            run(["apt-get", "update", "-qq"], directory)
            result = run(command, directory)
        files = list(directory.glob("*.deb"))
        if result.returncode != 0 or len(files) != 1:
            raise PeerError(f"`{' '.join(command)}` failed: {result.stderr.strip() or 'no package came'}")
        result = run(["dpkg", "-x", str(files[0]), str(into)], directory)
        if result.returncode != 0:
            raise PeerError(f"unpacking {files[0].name} failed: {result.stderr.strip()}")
    finally:
        shutil.rmtree(directory, ignore_errors=True)


def run(command, directory):
    try:
        return subprocess.run(command, cwd=directory, stdin=subprocess.DEVNULL, capture_output=True, text=True,
                              timeout=SECONDS_FOR_APT, check=False)
    except FileNotFoundError as error:
        raise PeerError(f"{command[0]} is missing: peers come as Debian packages") from error
    except subprocess.TimeoutExpired as error:
        raise PeerError(f"`{' '.join(command)}` took more than {SECONDS_FOR_APT} s") from error


def missing_libraries(peer):
    result = subprocess.run(["ldd", str(peer.program)], env=os.environ | peer.environment(), capture_output=True,
                            text=True, check=False)
    return [line.split()[0] for line in result.stdout.splitlines() if line.endswith("not found")]


def main():
    parser = argparse.ArgumentParser(description="Unpacks other projects' time daemons without installing them.")
    parser.add_argument("--dest", required=True, help="folder that gets one sub-folder a peer")
    parser.add_argument("names", nargs="+", metavar="NAME", help=f"one of {', '.join(sorted(PACKAGES))}")
    arguments = parser.parse_args()
    try:
        for name in arguments.names:
            print(f"{name}={fetch(arguments.dest, name).program}")
    except PeerError as error:
        print(f"peers.py: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
