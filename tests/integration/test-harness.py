#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""The stage itself, without the daemon: peers serve, the responder lies, blocks block, the clock is out of reach."""

import dataclasses
import time
import unittest

from harness import case, kernel_clock, network, servers
from harness.ntp_packet import EPOCH_1900, ask
from harness.responder import Responder


def server_time(reply):
    return reply.transmit / 2**32 - EPOCH_1900


class Stage(case.NetworkCase):
    def test_chronyd_serves_both_families(self):
        addresses = [network.ipv4(11), network.ipv6(11)]
        for address in addresses:
            self.network.servers.add_address(address)
            servers.chronyd(self, address)
        for address in addresses:
            reply = ask(self.network.client, address)
            self.assertEqual(reply.stratum, 3)
            self.assertAlmostEqual(server_time(reply), time.time(), delta=0.5)

    def test_ntpsec_serves(self):
        upstream, address = network.ipv4(11), network.ipv4(12)
        self.network.servers.add_address(upstream)
        self.network.servers.add_address(address)
        servers.chronyd(self, upstream)
        servers.ntpsec(self, address, upstream)
        self.assertEqual(ask(self.network.client, address).stratum, 4)

    def test_responder_lies_and_counts(self):
        address = network.ipv6(12)
        self.network.servers.add_address(address)
        liar = self.keep(Responder(self.network.servers, [address], offset_s=100.0))
        self.assertAlmostEqual(server_time(ask(self.network.client, address)), time.time() + 100, delta=0.5)
        self.assertEqual(liar.count(), 1)

    def test_blocked_address_is_silent(self):
        address = network.ipv4(12)
        self.network.servers.add_address(address)
        responder = self.keep(Responder(self.network.servers, [address]))
        self.network.servers.block(address)
        self.assertIsNone(ask(self.network.client, address, seconds=0.2))
        self.assertEqual(responder.count(), 0)
        self.network.servers.pass_all()
        self.assertIsNotNone(ask(self.network.client, address))

    def test_clock_cannot_be_set(self):
        with self.assertRaises(PermissionError):
            time.clock_settime(time.CLOCK_REALTIME, time.time())


class ClockAsBefore(unittest.TestCase):
    """The comparison that other tests end with finds what there is to find, whoever steers the machine's clock."""

    SECOND_NS = 10**9
    ALONE = kernel_clock.KernelClock(offset=0, freq=0, esterror=16000000, status=0x40, constant=2, tick=10000, tai=0)
    STEERED = dataclasses.replace(ALONE, freq=-1310720, esterror=200, status=0x2001, tai=37)  # by 20 ppm

    def changes(self, clock, moved_s=0.0, **changed):
        before = kernel_clock.Reading(clock, 0, 7 * self.SECOND_NS)
        real_minus_raw_ns = 7 * self.SECOND_NS + round((moved_s + 100 * clock.rate) * 1e9)
        after = kernel_clock.Reading(dataclasses.replace(clock, **changed), 100 * self.SECOND_NS, real_minus_raw_ns)
        return kernel_clock.changes(before, after)

    def test_nothing_happened(self):
        self.assertEqual(self.changes(self.ALONE), [])
        self.assertEqual(self.changes(self.STEERED), [])
        self.assertEqual(self.changes(self.STEERED, freq=-1310000, esterror=300, moved_s=0.002), [])

    def test_every_field_counts(self):
        for name in kernel_clock.KernelClock.__dataclass_fields__:
            changed = {name: getattr(self.ALONE, name) ^ 1}
            self.assertEqual(len(self.changes(self.ALONE, **changed)), 1, name)

    def test_steered_clock_is_compared_too(self):
        self.assertEqual(self.changes(self.STEERED, tai=0), ["tai: 37 -> 0"])

    def test_it_moved(self):
        for clock in (self.ALONE, self.STEERED):
            for moved_s in (0.1, -0.1):
                self.assertEqual(len(self.changes(clock, moved_s)), 1)
        self.assertAlmostEqual(self.STEERED.rate, -20e-6)

    def test_of_this_machine(self):
        before = kernel_clock.read()
        self.assertEqual(kernel_clock.changes(before, kernel_clock.read()), [])


if __name__ == "__main__":
    case.main("chrony", "ntpsec")
