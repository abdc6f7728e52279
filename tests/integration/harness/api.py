# SPDX-License-Identifier: LGPL-2.1-or-later
"""org.timeball1 as a client sees it: plain Python values, one method a question."""

import time
from collections import namedtuple

import dbus

from harness.deadline import wait_until

NAME = "org.timeball1"
MANAGER = "/org/timeball1"
CLOCK = "/org/timeball1/clock"
PROPERTIES = "org.freedesktop.DBus.Properties"
TIMEOUT_S = 5
READINGS = 16

# The columns of ListSources, in their order.
SourceRow = namedtuple("SourceRow", """
    path id name address kind state online authenticated auth refid stratum reach poll last_sample_usec
    offset measured error freq_ppm skew_ppm stddev delay dispersion score samples extra""")


class Api:
    def __init__(self, connection):
        self._connection = connection

    def present(self):
        return bool(self._connection.name_has_owner(NAME))

    def wait_for_daemon(self, seconds=10):
        wait_until(self.present, seconds, f"{NAME} is on the bus")

    def _call(self, path, interface, member, signature, *arguments):
        return self._connection.call_blocking(NAME, path, interface, member, signature, arguments, timeout=TIMEOUT_S)

    def _properties(self, path, interface):
        return dict(self._call(path, PROPERTIES, "GetAll", "s", f"{NAME}.{interface}"))

    def manager(self):
        return self._properties(MANAGER, "Manager")

    def clock(self):
        return self._properties(CLOCK, "Clock")

    def ahead_of_host_s(self):
        """How far the daemon's clock is ahead of the machine's, and the uncertainty: the tightest of some readings."""
        best = None
        for _ in range(READINGS):
            before = time.time_ns()
            now_usec = self._call(CLOCK, PROPERTIES, "Get", "ss", f"{NAME}.Clock", "TimeUSec")
            after = time.time_ns()
            if best is None or after - before < best[0]:
                best = after - before, now_usec * 1000 - (before + after) // 2
        return best[1] / 1e9, best[0] / 2e9 + 1e-6

    def source(self, row):
        """All of a source that stands outside of its row."""
        return self._properties(row.path, "Source")

    def ntp(self, row):
        return self._properties(row.path, "NTPSource")

    def sources(self):
        rows = self._call(MANAGER, f"{NAME}.Manager", "ListSources", "a{sv}", dbus.Dictionary({}, signature="sv"))
        return [SourceRow(*row) for row in rows]

    def by_address(self, address):
        """The row of the source with that address, or None."""
        return next((row for row in self.sources() if row.address == address), None)

    def state(self):
        return str(self.manager()["State"])

    def wait_for_state(self, state, seconds):
        seen = []

        def reached():
            if not seen or seen[-1] != self.state():
                seen.append(self.state())
            return seen[-1] == state

        try:
            wait_until(reached, seconds, f"Manager.State is {state!r}")
        except AssertionError as error:
            raise AssertionError(f"{error}; it went {' -> '.join(seen)}") from None
