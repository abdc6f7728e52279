# SPDX-License-Identifier: LGPL-2.1-or-later
"""A small virtual machine with a Debian kernel and one program, for what must not be done to this machine's clock.

QEMU emulates it (no KVM needed) with a clock that skips what the guest idles away, so that minutes take seconds and each run
is like the other. QEMU and the kernel are unpacked beside the build like the peers, never installed.
"""

import gzip
import os
import pathlib
import re
import shutil
import stat
import subprocess
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "integration"))

import peers  # noqa: E402

QEMU = "usr/bin/qemu-system-x86_64"
MACHINE = ["-M", "q35,hpet=off", "-accel", "tcg", "-icount", "shift=1,sleep=off", "-rtc", "base=2026-01-01,clock=vm",
           "-cpu", "qemu64", "-m", "1024", "-vga", "none", "-net", "none", "-nodefaults", "-serial", "stdio", "-display",
           "none", "-no-reboot"]


def apt(*words):
    result = subprocess.run(["apt-get", *words], capture_output=True, text=True, check=False,
                            env={**os.environ, "LC_ALL": "C"})
    return result.stdout


def missing_packages():
    """QEMU and the libraries that this machine lacks for it, and the kernel that Debian's metapackage names."""
    wanted = re.findall(r"^Inst (\S+)", apt("-s", "install", "--no-install-recommends", "qemu-system-x86"), re.M)
    plan = apt("-s", "install", "--no-install-recommends", "linux-image-cloud-amd64")
    kernel = re.findall(r"^Inst (linux-image-[0-9]\S*)", plan, re.M)
    if not kernel:
        raise peers.PeerError("there is no kernel package linux-image-cloud-amd64")
    return [*wanted, kernel[0]]


def tree(dest):
    """The folder `dest` with QEMU and the kernel; made if it is not there. Needs the machine's network."""
    dest = pathlib.Path(dest).resolve()
    dest.parent.mkdir(parents=True, exist_ok=True)
    with peers.locked(dest.with_name(f".{dest.name}.lock")):
        if not (dest / peers.STAMP).exists():
            fresh = dest.with_name(dest.name + ".new")
            shutil.rmtree(fresh, ignore_errors=True)
            fresh.mkdir()
            for package in missing_packages():
                peers.download(package, fresh)
            (fresh / peers.STAMP).touch()
            shutil.rmtree(dest, ignore_errors=True)
            fresh.rename(dest)
    return dest


def libraries(program):
    """Files that the dynamic linker loads for a program, the linker included."""
    text = subprocess.run(["ldd", program], capture_output=True, text=True, check=True).stdout
    return re.findall(r"(/\S+) \(0x", text)


class Archive:
    """An initial file system in the kernel's "newc" format of cpio."""

    def __init__(self):
        self._data = bytearray()
        self._names = set()

    def _add(self, name, mode, content=b""):
        self._names.add(name)
        encoded = name.encode() + b"\0"
        header = [len(self._names), mode, 0, 0, 1, 0, len(content), 0, 0, 0, 0, len(encoded), 0]
        self._data += b"070701" + b"".join(b"%08X" % number for number in header) + encoded
        self._data += bytes(-len(self._data) % 4) + content
        self._data += bytes(-len(self._data) % 4)

    def add_folder(self, name):
        if name and name not in self._names:
            self.add_folder(name.rpartition("/")[0])
            self._add(name, stat.S_IFDIR | 0o755)

    def add_content(self, name, content):
        if name not in self._names:
            self.add_folder(name.rpartition("/")[0])
            self._add(name, stat.S_IFREG | 0o755, content)

    def add_text(self, name, lines):
        self.add_content(name, "".join(f"{line}\n" for line in lines).encode())

    def add_file(self, name, source):
        self.add_content(name, pathlib.Path(source).read_bytes())

    def add_program(self, name, source):
        self.add_file(name, source)
        for library in libraries(source):
            self.add_file(library.lstrip("/"), library)

    def write(self, path):
        self._add("TRAILER!!!", 0)
        path.write_bytes(gzip.compress(bytes(self._data), compresslevel=1))


def run(dest, archive, seconds):
    """Boots until the guest powers off; its console's lines."""
    [kernel] = (dest / "boot").glob("vmlinuz-*")
    unpacked = dest / QEMU
    qemu = unpacked if unpacked.exists() else shutil.which("qemu-system-x86_64")
    directories = sorted({str(library.parent) for library in dest.rglob("*.so.*")
                          if library.parent.name.endswith("-linux-gnu")})
    firmware = [word for folder in ("qemu", "seabios") if (dest / "usr/share" / folder).exists()
                for word in ("-L", dest / "usr/share" / folder)]
    result = subprocess.run([qemu, *firmware, *MACHINE, "-kernel", kernel, "-initrd", archive,
                             "-append", "console=ttyS0 panic=-1 quiet tsc=reliable"],
                            stdin=subprocess.DEVNULL, capture_output=True, timeout=seconds, check=False,
                            env={**os.environ, "LD_LIBRARY_PATH": ":".join(directories)})
    return (result.stdout + result.stderr).decode(errors="replace").splitlines()
