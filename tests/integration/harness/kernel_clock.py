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


# The longest way that the clock may go beyond its own rate while a test looks: far more than readings err and than another
# program's corrections, far less than any test's lie.
MOVED_MAX_S = 0.010
NOMINAL_TICK_US = 10000
# What no program that keeps a clock right changes from one minute to the next.
SHARED_FIELDS = ("tai",)


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

    @property
    def rate(self):
        """Seconds a second by which it is made to gain."""
        return (self.freq / 65536 + (self.tick - NOMINAL_TICK_US) * 1e6 / NOMINAL_TICK_US) * 1e-6

    @property
    def steered_by_others(self):
        """Whether some daemon of the machine is disciplining its clock, so that it changes without us."""
        return not self.status & STA_UNSYNC


@dataclass(frozen=True)
class Reading:
    clock: KernelClock
    raw_ns: int  # CLOCK_MONOTONIC_RAW
    real_minus_raw_ns: int


def read():
    timex = Timex()
    if ctypes.CDLL(None, use_errno=True).adjtimex(ctypes.byref(timex)) < 0:
        raise OSError(ctypes.get_errno(), "adjtimex")
    clock = KernelClock(*(getattr(timex, name) for name in KernelClock.__dataclass_fields__))
    return Reading(clock, *read_real())


def read_real():
    """CLOCK_MONOTONIC_RAW and how far CLOCK_REALTIME is ahead of it, from the tightest of some readings."""
    best = None
    for _ in range(READINGS):
        before = time.clock_gettime_ns(time.CLOCK_MONOTONIC_RAW)
        real = time.clock_gettime_ns(time.CLOCK_REALTIME)
        after = time.clock_gettime_ns(time.CLOCK_MONOTONIC_RAW)
        if best is None or after - before < best[0]:
            best = after - before, (before + after) // 2, real - (before + after) // 2
    return best[1:]


def compared_fields(before):
    """All of them; on a machine whose clock somebody steers, only those that stay the same all the same."""
    return SHARED_FIELDS if before.clock.steered_by_others else tuple(KernelClock.__dataclass_fields__)


def changes(before, after):
    """What is not as it was, in words. In any case the clock itself is compared: it has only run on at its rate."""
    found = [f"{name}: {getattr(before.clock, name)} -> {getattr(after.clock, name)}" for name in compared_fields(before)
             if getattr(before.clock, name) != getattr(after.clock, name)]
    elapsed_ns = after.raw_ns - before.raw_ns
    moved_s = (after.real_minus_raw_ns - before.real_minus_raw_ns - elapsed_ns * before.clock.rate) * 1e-9
    if abs(moved_s) > MOVED_MAX_S:
        found.append(f"it moved by {moved_s:.6f} s in {elapsed_ns * 1e-9:.1f} s")
    return found
