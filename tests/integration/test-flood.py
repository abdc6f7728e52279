#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Clients without number cost no memory: once the daemon has met as many as it remembers, it does not grow any more.

The load is that of the bench (tests/bench/serve), which also asks from ten million addresses: `compare.py --addresses`.
"""

import json
import os

from harness import case, network
from harness.daemon import Timeballd
from harness.deadline import wait_until

SOURCES, FIRST_SOURCE, SECOND_SOURCE = "10.0.0.0/8", "10.0.0.1", "10.64.0.1"
PORT = 11123
LOAD = case.BUILD / "tests/bench/serve/load"
# The default has room for about 11,000 clients.
FILLING = 50000
FLOODING = {"short": 150000, "long": 10000000}[os.environ.get("TIMEBALL_COUNTS", "short")]
SERVES_S, LOAD_S = 20, 3600
WINDOW = 64
RESIDENT_MAX_KIB = 32 << 10
GROWTH_MAX_KIB = 256


class Flood(case.DaemonCase):
    def setUp(self):
        super().setUp()
        network.ip("-n", "servers", "route", "add", "local", SOURCES, "dev", "lo")
        network.ip("-n", "client", "route", "add", SOURCES, "via", network.ipv4(network.FIRST_SERVER))

    def ask(self, first, count):
        """So many requests, each from an address of its own."""
        words = [LOAD, network.ipv4(network.CLIENT), PORT, first, count, WINDOW, count, LOAD_S, 0, 0]
        return json.loads(self.network.servers.run(*map(str, words)))

    def test_memory_does_not_grow(self):
        sanitized = b"__asan_init" in (case.BUILD / "daemon" / "timeballd").read_bytes()
        daemon = Timeballd(self, ["local stratum 7", "allow", f"port {PORT}"])
        wait_until(lambda: self.ask(FIRST_SOURCE, 1)["replies"], SERVES_S, "it serves")
        self.ask(FIRST_SOURCE, FILLING)
        full = daemon.resident_kib()
        told = self.ask(SECOND_SOURCE, FLOODING)
        flooded = daemon.resident_kib()
        self.assertEqual((told["sent"], told["wrong"]), (FLOODING, 0))
        self.assertGreater(told["replies"], FLOODING / 2)
        self.assertLess(flooded, full + GROWTH_MAX_KIB)
        if not sanitized:
            self.assertLess(flooded, RESIDENT_MAX_KIB)
        print(f"\n  resident {full} KiB after {FILLING} addresses, {flooded} KiB after {FLOODING} more, "
              f"{told['lost']} requests without a reply")


if __name__ == "__main__":
    case.main()
