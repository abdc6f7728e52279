#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""What requests look like on the wire beside their bytes: the address that they leave from and their traffic class.

effect: acquisitionport bindacqaddress bindacqdevice dscp
"""

import socket
import time

from harness import case, network
from harness.daemon import Timeballd
from harness.deadline import wait_until
from harness.ntp_packet import MODE_CLIENT, MODE_SERVER, Packet, stamp
from harness.responder import Responder

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


class Ports(case.DaemonCase):
    """Where requests leave from, as real answers still find their way back."""

    def respond(self, *addresses):
        for address in addresses:
            self.network.servers.add_address(address)
        return self.keep(Responder(self.network.servers, addresses))

    def ports(self, config, n, name, families=(network.ipv4,)):
        """Those of n requests to each of two servers of each family, all of which are answered."""
        addresses = [family(number) for family in families for number in (SERVER, SERVER + 1)]
        responder = self.respond(*addresses)
        lines = [f"server {address} iburst minpoll -2 maxpoll -2" for address in addresses]
        daemon, api = self.follow([*lines, *config], name=name)
        wait_until(lambda: all(len(responder.times_s(address)) >= n for address in addresses), WAIT_S, "they are asked")
        wait_until(lambda: all(api.by_address(address).reach for address in addresses), WAIT_S, "all answer")
        daemon.process.stop()
        return {request.sender[1] for request in responder.requests}

    def test_random(self):
        self.assertGreater(len(self.ports([], 6, "plain")), 10)

    def test_fixed(self):
        self.assertEqual(self.ports(["acquisitionport 11321"], 6, "fixed", (network.ipv4, network.ipv6)), {11321})

    def test_one_that_stays(self):
        port, = self.ports(["acquisitionport 0"], 6, "drawn")
        self.assertGreater(port, 1023)

    def test_that_of_the_server(self):
        """Requests and answers of both kinds on one port, with threads that divide it among them."""
        self.assertEqual(self.ports(["acquisitionport 11123", "port 11123", "serverworkers 2", "allow", "local stratum 9"], 6, "both"),
                         {11123})

    def test_that_of_the_server_serves(self):
        self.respond(network.ipv4(SERVER))
        Timeballd(self, [f"server {network.ipv4(SERVER)} iburst minpoll -2 maxpoll -2", "acquisitionport 11123", "port 11123",
                         "serverworkers 2", "allow", "local stratum 9"], name="both")
        with self.network.servers.socket(socket.AF_INET, socket.SOCK_DGRAM) as client:
            client.settimeout(0.2)
            client.connect((network.ipv4(network.CLIENT), 11123))

            def answered():
                try:
                    client.send(Packet(MODE_CLIENT, transmit=stamp(time.time_ns())).emit())
                    return Packet.parse(client.recv(1024)).mode == MODE_SERVER
                except OSError:
                    return False
            for _ in range(10):
                wait_until(answered, WAIT_S, "it serves")

    def test_a_low_port(self):
        """A daemon that becomes another user keeps the right to it."""
        responder = self.respond(network.ipv4(SERVER))
        Timeballd(self, [f"server {network.ipv4(SERVER)} iburst minpoll -2 maxpoll -2", "acquisitionport 923"], name="low",
                  rights=("net_bind_service",))
        wait_until(lambda: responder.count() >= 3, WAIT_S, "it asks")
        self.assertEqual({request.sender[1] for request in responder.requests}, {923})

    def test_device(self):
        """By the loopback interface nobody is reached but this machine."""
        responder = self.respond(network.ipv4(SERVER))
        line = f"server {network.ipv4(SERVER)} iburst minpoll -2 maxpoll -2"
        inside = Timeballd(self, [line, "bindacqdevice lo"], name="inside")
        nowhere = Timeballd(self, [line, "bindacqdevice nowhere0"], name="nowhere")
        outside = Timeballd(self, [line, "bindacqdevice veth"], name="outside")
        wait_until(lambda: responder.count() >= 8, WAIT_S, "requests come by the other one")
        nowhere.process.wait_for_log(f"Could not send to {network.ipv4(SERVER)}: No such device", WAIT_S)
        outside.process.stop()
        count = responder.count()
        time.sleep(1)
        self.assertEqual(responder.count(), count)
        for daemon in (inside, nowhere):
            daemon.process.stop()


if __name__ == "__main__":
    case.main()
