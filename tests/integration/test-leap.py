#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Leap seconds by the files that leapseclist and leapsectz name, in the real daemon over its virtual clock.

The server says that it is some seconds before the end of 2026. Its own leap second is made by the test: measurements within
five seconds of it do not count, so that the test need not be on time.
effect: leapseclist leapsectz
"""

import struct
import time

from harness import case, network
from harness.deadline import wait_until
from harness.responder import Responder

MIDNIGHT_2027_S = 1798761600
NTP_UNIX_EPOCH = 2208988800
BEFORE_S = 16
SYNCHRONIZED_S = 12
PASSED_S = 20
OPTIONS = "iburst minpoll -1 maxpoll -1"


def ntp(seconds):
    return seconds + NTP_UNIX_EPOCH


def leap_list(expires_s, *entries):
    return "".join([f"#@ {ntp(expires_s)}\n", *(f"{ntp(at)} {offset}\n" for at, offset in entries)])


def zone(*records):
    """A compiled time zone of version 2 with these leap seconds: RFC 9636."""
    def header(leaps):
        return b"TZif2" + bytes(15) + struct.pack("!6L", 0, 0, leaps, 0, 1, 4) + bytes(0)

    types = bytes(6) + b"UTC\0"
    return (header(0) + types + header(len(records)) + types
            + b"".join(struct.pack("!ql", at, correction) for at, correction in records) + b"\nUTC0\n")


class Leap(case.DaemonCase):
    def setUp(self):
        super().setUp()
        self.address = network.ipv4(11)
        self.network.servers.add_address(self.address)

    def serve(self, utc_s):
        """A server on whose clock it is utc_s now."""
        self.utc_offset_s = utc_s - time.time()
        return self.keep(Responder(self.network.servers, [self.address], offset_s=self.utc_offset_s, stratum=1))

    def write(self, name, content):
        path = self.directory / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode("ascii"))
        path.chmod(0o644)
        return path

    def run_daemon(self, *directives):
        daemon, api = self.follow([f"server {self.address} {OPTIONS}", "makestep 1 3", *directives])
        api.wait_for_state("synchronized", SYNCHRONIZED_S)
        return daemon, api

    def test_inserted_by_the_list(self):
        path = self.write("list", leap_list(MIDNIGHT_2027_S + 10**7, (1483228800, 37), (MIDNIGHT_2027_S, 38)))
        server = self.serve(MIDNIGHT_2027_S - BEFORE_S)
        daemon, api = self.run_daemon(f"leapseclist {path}")
        wait_until(lambda: api.clock()["LeapStatus"] == "insert", SYNCHRONIZED_S, "the leap second is announced")
        self.assertEqual(api.clock()["TAIOffset"], 37)
        wait_until(lambda: api.clock()["LeapStatus"] == "unsynchronized", PASSED_S, "the leap second passes")
        server.offset_ns -= 10**9
        self.utc_offset_s -= 1
        wait_until(lambda: api.clock()["LeapStatus"] == "normal", PASSED_S, "the leap second is over")
        self.assertEqual(api.clock()["TAIOffset"], 38)
        ahead, uncertainty = api.ahead_of_host_s()
        self.assertLess(abs(ahead - self.utc_offset_s), api.clock()["MaxErrorSeconds"] + uncertainty)
        self.assertIn("Virtual clock was set back by a second, since a leap second was inserted", daemon.process.log())
        # It is as before for those who measure, too.
        before = api.by_address(self.address).samples
        wait_until(lambda: api.by_address(self.address).samples > before, PASSED_S, "measurements go on")
        self.assertLess(abs(api.clock()["LastOffsetSeconds"]), 0.01)
        self.assertNotIn("no longer synchronized", daemon.process.log())

    def test_offset_by_the_zone(self):
        path = self.write("zone", zone((78796800, 1), (94694401, 2)))
        self.serve(MIDNIGHT_2027_S - 1000)
        daemon, api = self.run_daemon(f"leapsectz {path}")
        wait_until(lambda: api.clock()["TAIOffset"] == 12, SYNCHRONIZED_S, "the zone's offset is shown")
        self.assertIn(f"Read 2 leap seconds from {path}", daemon.process.log())

    def test_expired_list(self):
        path = self.write("list", leap_list(MIDNIGHT_2027_S - 2000, (1483228800, 37)))
        self.serve(MIDNIGHT_2027_S - 1000)
        daemon, api = self.run_daemon(f"leapseclist {path}")
        daemon.process.wait_for_log("The list of leap seconds has expired and needs an update", SYNCHRONIZED_S)
        wait_until(lambda: api.clock()["TAIOffset"] == 37, SYNCHRONIZED_S, "the old offset is shown")

    def test_broken_list(self):
        path = self.write("list", leap_list(MIDNIGHT_2027_S, (1483228800, 37)) + "soon 38\n")
        self.serve(MIDNIGHT_2027_S - 1000)
        daemon, _ = self.run_daemon(f"leapseclist {path}")
        self.assertIn(f"{path}:3: leap second list has another format", daemon.process.log())


if __name__ == "__main__":
    case.main()
