#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Include direction: a layer includes only the layers below it, and says so in the line.

Includes are written from the daemon root ("core/assoc.h"), so that the layer stands in every include. The table is the
picture of docs/architecture.md. Pure layers also name the system headers that they may include: none that can do I/O.
"""

import re
import sys

import tree

BELOW_CORE = {"base", "wire", "crypto"}
UP_TO_CORE = BELOW_CORE | {"core"}
BUS_NAMES = "dbus/names.h"

# What each folder of daemon/ may include besides itself.
MAY_INCLUDE = {
    "base": set(),
    "wire": {"base"},
    "crypto": {"base", "wire"},
    "core": BELOW_CORE,
    "os": UP_TO_CORE,
    "refclock": UP_TO_CORE | {"os"},
    "serve": UP_TO_CORE | {"os"},
    "config": UP_TO_CORE,
    "bus": UP_TO_CORE | {BUS_NAMES},
    "run": UP_TO_CORE | {"os", "refclock", "serve", "config", "bus"},
    "main": {"base", "config", "run"},
}
OUTSIDE = {"ctl": {"base"}}  # what a folder beside daemon/ may include of it
# It executes the engine's actions itself, so of os it knows only the clock's contract; its scenarios are configured in words.
SIMULATOR = UP_TO_CORE | {"config", "os/clock.h"}

PURE_HEADERS = {
    "arpa/inet.h", "assert.h", "ctype.h", "endian.h", "errno.h", "float.h", "inttypes.h", "limits.h", "math.h",
    "stdalign.h", "stdarg.h", "stdbool.h", "stddef.h", "stdint.h", "stdio.h", "stdlib.h", "string.h", "strings.h",
}
# Headers of libraries, and the folders that may know them.
LIBRARY_HEADERS = {"nettle/": {"crypto"}, "gnutls/": {"crypto", "os", "helpers"},
                   "systemd/": {"os", "bus", "run", "helpers", "main", "ctl"}}

INCLUDE = re.compile(r'\s*#\s*include\s*(?:"([^"]+)"|<([^>]+)>)')


def included(source):
    for number, line in enumerate(source.lines, 1):
        if match := INCLUDE.match(line):
            yield number, match.group(1), match.group(2)


def allowed(source, target):
    """Whether a source file may include `target`, and otherwise why not."""
    layer, _, _ = target.partition("/")
    top = source.path.split("/")[0]
    if top == "daemon" and source.layer == "helpers":
        return None
    if top == "daemon":
        if not {layer, target} & ({source.layer} | MAY_INCLUDE.get(source.layer, set())):
            return f"{source.layer} must not include {target}"
    elif top in OUTSIDE:
        if layer in tree.DAEMON_LAYERS and layer not in OUTSIDE[top]:
            return f"{top} must not include {layer} of the daemon"
    elif source.path.startswith("tests/sim/"):
        if layer in tree.DAEMON_LAYERS and layer not in SIMULATOR and target not in SIMULATOR:
            return f"the simulator must not include {target}: it drives core as the daemon does"
    elif top != "tests" and layer in tree.DAEMON_LAYERS:
        return f"{top} must not include the daemon's {target}"
    return None


def written_from_root(source, target):
    if "/" in target and not target.startswith("."):
        return True
    return not source.path.startswith("daemon/")


def own_problems(source):
    for number, own, system in included(source):
        if own:
            if not written_from_root(source, own):
                yield tree.Problem(source.path, number, f'"{own}" is not written from the daemon root')
            elif why := allowed(source, own):
                yield tree.Problem(source.path, number, why)
        elif source.layer in tree.PURE_LAYERS and source.path.startswith("daemon/") and system not in PURE_HEADERS:
            yield tree.Problem(source.path, number, f"{source.layer} must not include <{system}>")
        else:
            yield from library_problems(source, number, system)


def library_problems(source, number, system):
    for prefix, layers in LIBRARY_HEADERS.items():
        if system.startswith(prefix) and not source.path.startswith("tests/") and source.layer not in layers:
            yield tree.Problem(source.path, number, f"{source.layer} must not include <{system}>")


def check(files):
    for source in files.c:
        yield from own_problems(source)


BAD = {
    "wire includes core": {"daemon/wire/a.c": '#include "core/assoc.h"\n'},
    "core includes os": {"daemon/core/a.h": '#include "os/udp.h"\n'},
    "siblings include one another": {"daemon/bus/a.c": '#include "config/config.h"\n'},
    "os includes run": {"daemon/os/a.c": '#  include "run/loop.h"\n'},
    "include beside the file": {"daemon/core/a.c": '#include "assoc.h"\n'},
    "include by a relative path": {"daemon/core/a.c": '#include "../wire/ntp.h"\n'},
    "pure layer includes sockets": {"daemon/base/a.c": "#include <sys/socket.h>\n"},
    "core includes a clock": {"daemon/core/a.c": "#include <time.h>\n"},
    "core includes sd-bus": {"daemon/core/a.c": "#include <systemd/sd-bus.h>\n"},
    "config includes sd-event": {"daemon/config/a.c": "#include <systemd/sd-event.h>\n"},
    "ctl includes core": {"ctl/a.c": '#include "core/snapshot.h"\n'},
    "the simulator includes run": {"tests/sim/a.c": '#include "run/daemon.h"\n'},
    "the panel includes the daemon": {"gui-gtk/a.c": '#include "base/time.h"\n'},
    "an unknown folder": {"daemon/misc/a.c": '#include "base/time.h"\n'},
    "core includes the bus's names": {"daemon/core/a.c": '#include "dbus/names.h"\n'},
    "main includes core": {"daemon/main.c": '#include "core/engine.h"\n'},
}
GOOD = {
    "downwards": {"daemon/core/a.c": '#include "core/b.h"\n#include "wire/ntp.h"\n#include <math.h>\n'},
    "run joins": {"daemon/run/a.c": '#include "bus/bus.h"\n#include "os/udp.h"\n#include <systemd/sd-event.h>\n'},
    "ctl": {"ctl/a.c": '#include "base/strtab.h"\n#include "dbus/names.h"\n#include "format.h"\n'},
    "a simulated clock": {"tests/sim/a.c": '#include "os/clock.h"\n#include "core/engine.h"\n#include "node.h"\n'},
    "the bus's names": {"daemon/bus/a.c": '#include "dbus/names.h"\n'},
    "a unit test": {"tests/unit/os/a.c": '#include "os/udp.h"\n#include <sys/socket.h>\n'},
}

if __name__ == "__main__":
    sys.exit(tree.run("layers", check, BAD, GOOD))
