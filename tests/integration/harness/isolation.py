# SPDX-License-Identifier: LGPL-2.1-or-later
"""A world of its own for one test script.

The script runs again inside new mount and process namespaces, without CAP_SYS_TIME in its bounding set: nothing in it
can set the machine's clock, its /run is an empty tmpfs, what it writes to /etc is seen by nobody else, and when it
ends - even by SIGKILL - every process, network namespace and file that it made is gone.
"""

import os
import pathlib
import pwd
import subprocess
import sys

MARK = "TIMEBALL_TEST_ISOLATED"
EXIT_SKIP = 77  # meson's code for a test that cannot run here
USER = "timeball"
FIRST_FREE_UID = 64100

NSSWITCH = "passwd: files\ngroup: files\nshadow: files\nhosts: files dns\nservices: files\nprotocols: files\n"
HOSTS = "127.0.0.1 localhost\n::1 localhost\n"
RESOLV_CONF = "nameserver 192.0.2.2\noptions timeout:1 attempts:1\n"


def entered():
    return os.environ.get(MARK) == str(os.getpid()) == "1"  # the first process of the new world


def enter():
    """To be called first; returns inside the new world."""
    if entered():
        furnish()
        return
    if os.geteuid() != 0:
        print("skipped: needs root to make namespaces")
        sys.exit(EXIT_SKIP)
    os.environ[MARK] = "1"
    os.execvp("setpriv", ["setpriv", "--bounding-set=-sys_time", "--inh-caps=-sys_time", "--",
                          "unshare", "--mount", "--propagation", "private", "--pid", "--fork", "--kill-child",
                          "--mount-proc", "--", sys.executable, *sys.argv])


def furnish():
    mount("-t", "tmpfs", "-o", "mode=755", "tmpfs", "/run")
    for name in ("etc", "etc-work", "lock"):
        pathlib.Path("/run", name).mkdir()
    mount("-t", "overlay", "-o", "lowerdir=/etc,upperdir=/run/etc,workdir=/run/etc-work", "overlay", "/etc")
    etc("nsswitch.conf", NSSWITCH)
    etc("resolv.conf", RESOLV_CONF)
    etc("hosts", HOSTS)
    add_user()


def etc(name, text):
    """Replaces a file of /etc, for this world only."""
    path = pathlib.Path("/etc", name)
    path.unlink(missing_ok=True)
    path.write_text(text, encoding="ascii")


def hosts(names):
    """Makes names resolve: {name: [address, ...]}, in the order given."""
    etc("hosts", HOSTS + "".join(f"{address} {name}\n" for name, addresses in names.items() for address in addresses))


def add_user(name=USER):
    """A user of the system, as a package would have made it: the daemon's, or a peer's."""
    try:
        pwd.getpwnam(name)
        return
    except KeyError:
        uid = FIRST_FREE_UID
    taken = {entry.pw_uid for entry in pwd.getpwall()}
    while uid in taken:
        uid += 1
    with open("/etc/passwd", "a", encoding="ascii") as passwd, open("/etc/group", "a", encoding="ascii") as group:
        passwd.write(f"{name}:x:{uid}:{uid}::/nonexistent:/usr/sbin/nologin\n")
        group.write(f"{name}:x:{uid}:\n")


def mount(*arguments):
    subprocess.run(["mount", *arguments], check=True)


def unmount(path):
    subprocess.run(["umount", path], check=True)
