# SPDX-License-Identifier: LGPL-2.1-or-later
"""The state of the machine's clock as far as somebody can change it. Only ever read here."""

import ctypes
import time
from dataclasses import dataclass

STA_UNSYNC = 0x0040
READINGS = 32


class Timex(ctypes.Structure):
    _fields_ = [("modes", ctypes.c_uint), ("offset", ctypes.c_long), ("freq", ctypes.c_long),
                ("maxerror", ctypes.c_long), ("esterror", ctypes.c_long), ("status", ctypes.c_int),
                ("constant", ctypes.c_long), ("precision", ctypes.c_long), ("tolerance", ctypes.c_long),
                ("tv_sec", ctypes.c_long), ("tv_usec", ctypes.c_long), ("tick", ctypes.c_long),
                ("ppsfreq", ctypes.c_long), ("jitter", ctypes.c_long), ("shift", ctypes.c_int),
                ("stabil", ctypes.c_long), ("jitcnt", ctypes.c_long), ("calcnt", ctypes.c_long),
                ("errcnt", ctypes.c_long), ("stbcnt", ctypes.c_long), ("tai", ctypes.c_int),
                ("reserved", ctypes.c_int * 11)]


@dataclass(frozen=True)
class KernelClock:
    """What a program with the right to do so could have changed. (maxerror grows by itself: left out.)"""

    offset: int
    freq: int
    esterror: int
    status: int
    constant: int
    tick: int
    tai: int


def read():
    timex = Timex()
    if ctypes.CDLL(None, use_errno=True).adjtimex(ctypes.byref(timex)) < 0:
        raise OSError(ctypes.get_errno(), "adjtimex")
    return KernelClock(*(getattr(timex, name) for name in KernelClock.__dataclass_fields__))


def steered_by_others(clock):
    """Whether some daemon of the machine is disciplining its clock, so that it changes without us."""
    return not clock.status & STA_UNSYNC


def real_minus_raw_ns():
    """CLOCK_REALTIME minus CLOCK_MONOTONIC_RAW, from the tightest of some readings: a step shows here at once."""
    best = None
    for _ in range(READINGS):
        before = time.clock_gettime_ns(time.CLOCK_MONOTONIC_RAW)
        real = time.clock_gettime_ns(time.CLOCK_REALTIME)
        after = time.clock_gettime_ns(time.CLOCK_MONOTONIC_RAW)
        if best is None or after - before < best[0]:
            best = after - before, real - (before + after) // 2
    return best[1]
