# SPDX-License-Identifier: LGPL-2.1-or-later
"""A small NTP server that can lie and that remembers every request with the kernel's receive time.

Real servers stand for honest time in these tests; this one stands for the liar, and for the tcpdump beside the wire.
"""

import select
import socket
import struct
import threading
import time
from dataclasses import dataclass

from harness.ntp_packet import MODE_CLIENT, MODE_SERVER, Packet, stamp

SO_TIMESTAMPNS = 35  # not in Python's socket module
TIMESPEC = struct.Struct("@qq")
PRECISION = -20


@dataclass
class Request:
    time_ns: int  # CLOCK_REALTIME, by the kernel at arrival
    sender: tuple
    to: str
    data: bytes


class Responder:
    def __init__(self, namespace, addresses, offset_s=0.0, stratum=2):
        self.offset_ns = round(offset_s * 1e9)
        self.stratum = stratum
        self.silent = False
        self.requests = []
        self._sockets = {self._bind(namespace, address): address for address in addresses}
        self._wake, self._waker = socket.socketpair()
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    @staticmethod
    def _bind(namespace, address):
        server = namespace.socket(socket.AF_INET6 if ":" in address else socket.AF_INET, socket.SOCK_DGRAM)
        server.setsockopt(socket.SOL_SOCKET, SO_TIMESTAMPNS, 1)
        server.bind((address, 123))
        return server

    def count(self):
        return len(self.requests)

    def times_s(self, address=None):
        """Arrival times of the requests so far, for one of its addresses or all of them."""
        return [request.time_ns / 1e9 for request in self.requests if address in (None, request.to)]

    def stop(self):
        self._waker.close()
        self._thread.join()
        self._wake.close()
        for server in self._sockets:
            server.close()

    def _serve(self):
        while True:
            ready, _, _ = select.select([self._wake, *self._sockets], [], [])
            if self._wake in ready:
                return
            for server in ready:
                self._answer(server)

    def _answer(self, server):
        data, ancillary, _, sender = server.recvmsg(1024, 256)
        arrived = time.time_ns()
        for level, kind, value in ancillary:
            if (level, kind) == (socket.SOL_SOCKET, SO_TIMESTAMPNS):
                seconds, nanoseconds = TIMESPEC.unpack(value[:TIMESPEC.size])
                arrived = seconds * 10**9 + nanoseconds
        self.requests.append(Request(arrived, sender, self._sockets[server], data))
        request = Packet.parse(data)
        if self.silent or request is None or request.mode != MODE_CLIENT:
            return
        reply = Packet(MODE_SERVER, version=request.version, stratum=self.stratum, poll=request.poll,
                       precision=PRECISION, root_delay=1, root_dispersion=1, reference_id=b"\x7f\x7f\x01\x01",
                       reference=stamp(arrived + self.offset_ns - 10**9), origin=request.transmit,
                       receive=stamp(arrived + self.offset_ns), transmit=stamp(time.time_ns() + self.offset_ns))
        server.sendto(reply.emit(), sender)
