#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""The stage itself, without the daemon: peers serve, the responder lies, blocks block, the clock is out of reach."""

import time

from harness import case, network, servers
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


if __name__ == "__main__":
    case.main("chrony", "ntpsec")
