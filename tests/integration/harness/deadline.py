# SPDX-License-Identifier: LGPL-2.1-or-later
"""Waiting for something to become true, with a deadline instead of a guess."""

import time

INTERVAL_S = 0.05


def wait_until(probe, seconds, what, every_s=INTERVAL_S):
    """Calls probe() until its result is true, and returns that; AssertionError with its last result otherwise."""
    end = time.monotonic() + seconds
    while True:
        result = probe()
        if result:
            return result
        if time.monotonic() >= end:
            raise AssertionError(f"{what}: not within {seconds} s, at last: {result!r}")
        time.sleep(every_s)
