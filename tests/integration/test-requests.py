#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""What requests look like on the wire beside their bytes: the address that they leave from and their traffic class.

effect: bindacqaddress dscp
"""

import socket

from harness import case, network
from harness.daemon import Timeballd

SERVER, OTHER = 11, 99
EXPEDITED = 46
WAIT_S = 10


class Requests(case.DaemonCase):
    """A socket stands for the server; it hears requests and does not answer."""

    def hear(self, address):
        is_ipv6 = ":" in address
        self.network.servers.add_address(address)
        server = self.network.servers.socket(socket.AF_INET6 if is_ipv6 else socket.AF_INET, socket.SOCK_DGRAM)
        self.addCleanup(server.close)
        server.settimeout(WAIT_S)
        if is_ipv6:
            server.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_RECVTCLASS, 1)
        else:
            server.setsockopt(socket.IPPROTO_IP, socket.IP_RECVTOS, 1)
        server.bind((address, 123))
        return server

    def request(self, server):
        """(sender's address, traffic class) of the next request."""
        data, ancillary, _, sender = server.recvmsg(1024, 256)
        self.assertEqual(len(data), 48)
        (_, _, traffic_class), = ancillary
        return sender[0], traffic_class[0]

    @staticmethod
    def drain(server):
        server.setblocking(False)
        try:
            while server.recv(1024):
                pass
        except BlockingIOError:
            server.settimeout(WAIT_S)

    def check(self, family):
        server = self.hear(family(SERVER))
        self.network.client.add_address(family(OTHER))
        line = f"server {family(SERVER)} iburst"
        plain = Timeballd(self, [line], name="plain")
        kernels_choice, traffic_class = self.request(server)
        self.assertEqual(traffic_class, 0)
        plain.process.stop()
        self.drain(server)
        own, = {family(network.CLIENT), family(OTHER)} - {kernels_choice}
        Timeballd(self, [line, f"bindacqaddress {own}", f"dscp {EXPEDITED}"], name="bound")
        self.assertEqual(self.request(server), (own, EXPEDITED << 2))

    def test_ipv4(self):
        self.check(network.ipv4)

    def test_ipv6(self):
        self.check(network.ipv6)


if __name__ == "__main__":
    case.main()
