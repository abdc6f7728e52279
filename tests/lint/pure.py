#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""What each layer may call, told from its compiled objects.

base, wire, crypto and core may call only what is listed here: functions of libc that look at nothing but their
arguments. So a system call, a clock, a lock, an environment variable or a printed line cannot slip in, whatever macro
hides it. The layers above are held off from what belongs to os/: sockets and clocks. Only base knows the log's inside,
and the layers that return reasons instead never write to it. And no layer calls what a layer holds that it may not
include: a declaration of one's own is no way around the direction.
"""

import re
import sys
from functools import partial

import layers
import objects
import tree

MEMORY = {"memcpy", "memmove", "memset", "memcmp", "memccpy", "memchr", "memrchr", "memmem", "explicit_bzero", "bcmp"}
TEXT = {
    "strlen", "strnlen", "strcmp", "strncmp", "strcasecmp", "strncasecmp", "strchr", "strchrnul", "strrchr", "strstr",
    "strspn", "strcspn", "strpbrk", "stpcpy", "strcpy", "strncpy", "strsep", "snprintf", "vsnprintf", "strtol", "strtoul",
    "strtoll", "strtoull", "strtod", "inet_pton", "inet_ntop", "__ctype_b_loc", "__ctype_tolower_loc", "tolower",
    "toupper", "isalnum", "isalpha", "isdigit", "isspace", "isxdigit", "__errno_location", "__isoc99_sscanf",
}
SORTING = {"qsort", "bsearch"}
MATHS = {
    name + suffix
    for name in ("sqrt", "cbrt", "exp", "exp2", "expm1", "log", "log2", "log10", "log1p", "pow", "hypot", "fabs", "floor",
                 "ceil", "trunc", "round", "rint", "lrint", "llrint", "lround", "llround", "nearbyint", "fmod", "modf",
                 "ldexp", "frexp", "scalbn", "fmin", "fmax", "fma", "sin", "cos", "tan", "atan", "atan2", "erf", "erfc",
                 "lgamma", "tgamma", "copysign", "nextafter", "ilogb", "logb")
    for suffix in ("", "f", "l")
}
COMPILER = {"__stack_chk_fail", "__assert_fail", "abort", "_GLOBAL_OFFSET_TABLE_", "__memcpy_chk", "__memset_chk",
            "__memmove_chk", "__snprintf_chk", "__vsnprintf_chk", "__strcpy_chk", "__strncpy_chk", "__stpcpy_chk",
            "__explicit_bzero_chk"}
ALLOCATION = {"malloc", "calloc", "realloc", "reallocarray", "free", "strdup", "strndup"}

PURE = MEMORY | TEXT | SORTING | MATHS | COMPILER
MAY_CALL = {  # layer -> (names, prefixes of names)
    "base": (PURE | ALLOCATION, ()),
    "wire": (PURE, ()),
    "crypto": (PURE | ALLOCATION, ("nettle_", "gnutls_")),
    "core": (PURE | ALLOCATION, ()),
}
SILENT = {"wire", "crypto", "core"}  # they return reasons; the layers above log

CLOCKS = re.compile(r"clock_(get|set|nano|adj).*|adjtimex|ntp_adjtime|ntp_gettime.*|gettimeofday|settimeofday|time|"
                    r"stime|(nano|u)?sleep|timer_.*|timerfd_.*")
SOCKETS = re.compile(r"socket|socketpair|bind|connect|listen|accept4?|send(to|msg|mmsg)?|recv(from|msg|mmsg)?|"
                     r"[gs]etsockopt|getsockname|getpeername|getaddrinfo|gethostby.*|res_n?(query|search)")
MUST_NOT_CALL = {
    "config": {"a clock": CLOCKS, "a socket": SOCKETS},
    "bus": {"a clock": CLOCKS, "a socket": SOCKETS},
    "run": {"a socket": SOCKETS},
}


def log_calls(layer, symbol):
    if layer in SILENT and re.fullmatch(r"log_(record|new|free|peek|pop|take_dropped|set_wakeup)", symbol.name):
        yield tree.Problem(symbol.member, 0, f"{layer} calls {symbol.name}: it returns reasons instead of logging")


def check(owners, layer, archive):
    """Problems of one layer's objects; `owners` tells of each name that the project's archives offer which layer's it is."""
    within_reach = {layer} | layers.MAY_INCLUDE.get(layer, set()) | layers.OUTSIDE.get(layer, set())
    found = list(objects.symbols(archive))
    defined = {symbol.name for symbol in found if not symbol.undefined}
    for symbol in found:
        if not symbol.undefined or symbol.name in defined:
            continue
        yield from log_calls(layer, symbol)
        owner = owners.get(symbol.name)
        if owner and owner not in within_reach:
            yield tree.Problem(symbol.member, 0, f"{layer} must not call {symbol.name} of {owner}")
        if layer in MAY_CALL and not owner:
            names, prefixes = MAY_CALL[layer]
            if symbol.name not in names and not symbol.name.startswith(prefixes):
                yield tree.Problem(symbol.member, 0, f"{layer} must not call {symbol.name}")
        for what, pattern in MUST_NOT_CALL.get(layer, {}).items():
            if pattern.fullmatch(symbol.name):
                yield tree.Problem(symbol.member, 0, f"{layer} calls {symbol.name}: {what} belongs to os")


OWNERS_IN_EXAMPLES = {"span_sum": "base", "wall_now": "os", "loop_run": "run", "assoc_ask": "core"}
BAD = {
    "core calls os by a declaration of its own": ("core", "extern long wall_now(void);\nlong f(void) { return wall_now(); }"),
    "base calls core": ("base", "long assoc_ask(void);\nlong f(void) { return assoc_ask(); }"),
    "os calls run": ("os", "long loop_run(void);\nlong f(void) { return loop_run(); }"),
    "config calls its sibling": ("config", "long wall_now(void);\nlong f(void) { return wall_now(); }"),
    "timeballctl calls core": ("ctl", "long assoc_ask(void);\nlong f(void) { return assoc_ask(); }"),
    "core reads a clock": ("core", "#include <time.h>\nlong f(void) { return time(NULL); }"),
    "core reads a clock through a macro": (
        "core", "#include <time.h>\n#define NOW(t) clock_gettime(CLOCK_BOOTTIME, t)\n"
        "void f(struct timespec *t) { NOW(t); }"),
    "wire allocates": ("wire", "#include <stdlib.h>\nvoid *f(void) { return malloc(9); }"),
    "wire frees": ("wire", "#include <stdlib.h>\nvoid f(void *p) { free(p); }"),
    "base prints": ("base", "#include <stdio.h>\nvoid f(void) { printf(\"%d\", 1); }"),
    "core writes to stderr": ("core", "#include <stdio.h>\nvoid f(void) { fputs(\"x\", stderr); }"),
    "core opens a socket": ("core", "#include <sys/socket.h>\nint f(void) { return socket(AF_INET, SOCK_DGRAM, 0); }"),
    "core asks for random bytes": ("core", "#include <stdlib.h>\nlong f(void) { return random(); }"),
    "core reads the environment": ("core", "#include <stdlib.h>\nchar *f(void) { return getenv(\"HOME\"); }"),
    "core reads a file": ("core", "#include <stdio.h>\nvoid *f(void) { return fopen(\"/x\", \"r\"); }"),
    "core logs": ("core", "void log_record(void);\nvoid f(void) { log_record(); }"),
    "core makes a raw system call": ("core", "long syscall(long, ...);\nlong f(void) { return syscall(39); }"),
    "base locks": ("base", "#include <pthread.h>\nint f(pthread_mutex_t *m) { return pthread_mutex_lock(m); }"),
    "bus sends": ("bus", "#include <sys/socket.h>\nlong f(void) { return send(1, \"\", 0, 0); }"),
    "config reads a clock": ("config", "#include <time.h>\nlong f(void) { return time(NULL); }"),
    "run binds": ("run", "#include <sys/socket.h>\nint f(struct sockaddr *a) { return bind(1, a, 16); }"),
}
GOOD = {
    "core calls base": ("core", "long span_sum(void);\nlong f(void) { return span_sum(); }"),
    "run calls os": ("run", "long wall_now(void);\nlong f(void) { return wall_now(); }"),
    "core computes": ("core", "#include <math.h>\n#include <string.h>\n"
                      "double f(double x, char *p) { memset(p, 0, 9); return sqrt(x) + log(x); }"),
    "base allocates": ("base", "#include <stdlib.h>\nvoid *f(void) { return calloc(2, 2); }"),
    "config reads a file": ("config", "#include <stdio.h>\nvoid *f(void) { return fopen(\"/x\", \"r\"); }"),
}


def main():
    wrong = objects.prove(partial(check, OWNERS_IN_EXAMPLES), BAD, GOOD)
    archives = objects.archives()
    owners = {symbol.name: layer for layer, archive in archives for symbol in objects.symbols(archive) if symbol.offered}
    problems = [problem for layer, archive in archives for problem in check(owners, layer, archive)]
    return objects.close("pure", wrong, problems)


if __name__ == "__main__":
    sys.exit(main())
