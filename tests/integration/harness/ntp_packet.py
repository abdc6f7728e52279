# SPDX-License-Identifier: LGPL-2.1-or-later
"""The 48-byte NTP header, written independently of the daemon's own codec, and one question to a server."""

import socket
import struct
import time
from dataclasses import dataclass

HEADER = struct.Struct("!BBbbII4sQQQQ")
EPOCH_1900 = 2208988800
MODE_CLIENT = 3
MODE_SERVER = 4
LEAP_UNSYNCHRONIZED = 3


def stamp(seconds):
    """Unix time in nanoseconds (an int: a float would lose half a microsecond) -> 64-bit NTP timestamp."""
    whole, nanoseconds = divmod(seconds, 10**9)
    return ((whole + EPOCH_1900) % 2**32) << 32 | (nanoseconds << 32) // 10**9


@dataclass
class Packet:
    mode: int
    leap: int = 0
    version: int = 4
    stratum: int = 0
    poll: int = 0
    precision: int = 0
    root_delay: int = 0
    root_dispersion: int = 0
    reference_id: bytes = b"\0\0\0\0"
    reference: int = 0
    origin: int = 0
    receive: int = 0
    transmit: int = 0

    def emit(self):
        return HEADER.pack(self.leap << 6 | self.version << 3 | self.mode, self.stratum, self.poll, self.precision,
                           self.root_delay, self.root_dispersion, self.reference_id, self.reference, self.origin,
                           self.receive, self.transmit)

    @classmethod
    def parse(cls, data):
        if len(data) < HEADER.size:
            return None
        first, *rest = HEADER.unpack_from(data)
        return cls(first & 7, first >> 6, first >> 3 & 7, *rest)


def ask(namespace, address, seconds=0.5):
    """One request from a namespace to a server; the reply, or None if there is no synchronized one."""
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    with namespace.socket(family, socket.SOCK_DGRAM) as client:
        client.settimeout(seconds)
        try:
            client.connect((address, 123))
            client.send(Packet(MODE_CLIENT, transmit=stamp(time.time_ns())).emit())
            reply = Packet.parse(client.recv(1024))
        except OSError:
            return None
    good = reply and reply.mode == MODE_SERVER and reply.leap != LEAP_UNSYNCHRONIZED and 0 < reply.stratum < 16
    return reply if good else None
