# SPDX-License-Identifier: LGPL-2.1-or-later
"""Two network namespaces joined by a veth pair: the client's, and one for all servers.

Servers live on addresses of their own, 192.0.2.N and 2001:db8::N, that a test adds as it needs them.
"""

import ctypes
import os
import socket
import subprocess
import threading

CLONE_NEWNET = 0x40000000
CLIENT = 1
FIRST_SERVER = 2


def ipv4(number):
    return f"192.0.2.{number}"


def ipv6(number):
    return f"2001:db8::{number}"


class Namespace:
    def __init__(self, name):
        self.name = name
        ip("netns", "add", name)
        ip("-n", name, "link", "set", "lo", "up")

    def command(self, *words):
        """The command line that runs `words` in here."""
        return ["ip", "netns", "exec", self.name, *words]

    def run(self, *words):
        return subprocess.run(self.command(*words), check=True, capture_output=True, text=True).stdout

    def socket(self, family, kind):
        """A socket of this namespace for the calling process, which itself stays where it is."""
        made = []
        thread = threading.Thread(target=lambda: made.append(self._socket(family, kind)))
        thread.start()
        thread.join()
        if not made:
            raise OSError(f"no socket in namespace {self.name}")
        return made[0]

    def _socket(self, family, kind):
        libc = ctypes.CDLL(None, use_errno=True)
        fd = os.open(f"/run/netns/{self.name}", os.O_RDONLY | os.O_CLOEXEC)
        try:
            if libc.setns(fd, CLONE_NEWNET) != 0:  # moves this thread only
                raise OSError(ctypes.get_errno(), "setns")
        finally:
            os.close(fd)
        return socket.socket(family, kind)

    def add_address(self, address):
        length, more = ("64", ["nodad"]) if ":" in address else ("24", [])
        ip("-n", self.name, "addr", "add", f"{address}/{length}", "dev", "veth", *more)

    def remove_address(self, address):
        ip("-n", self.name, "addr", "del", f"{address}/{'64' if ':' in address else '24'}", "dev", "veth")

    def set_link(self, state):
        """"up" or "down"."""
        ip("-n", self.name, "link", "set", "veth", state)

    def block(self, address):
        """Drops every NTP request to an address; pass_all() ends it."""
        self._drop(address)

    def lose(self, address, percent):
        """Drops so many of the NTP requests to an address, at random."""
        self._drop(address, f"numgen random mod 100 < {percent}")

    def _drop(self, address, condition=""):
        family = "ip6" if ":" in address else "ip"
        self._nft("add table inet test", "add chain inet test arrivals { type filter hook input priority 0; }",
                  f"add rule inet test arrivals {family} daddr {address} udp dport 123 {condition} counter drop")

    def pass_all(self):
        self._nft("add table inet test", "delete table inet test")

    def _nft(self, *commands):
        subprocess.run(self.command("nft", "-f", "-"), input="\n".join(commands) + "\n", text=True, check=True)

    def remove(self):
        ip("netns", "del", self.name)


class Network:
    def __init__(self):
        self.client = Namespace("client")
        self.servers = Namespace("servers")
        ip("link", "add", "veth", "netns", "client", "type", "veth", "peer", "name", "veth", "netns", "servers")
        for namespace, number in ((self.client, CLIENT), (self.servers, FIRST_SERVER)):
            namespace.add_address(ipv4(number))
            namespace.add_address(ipv6(number))
            namespace.set_link("up")

    def remove(self):
        self.client.remove()
        self.servers.remove()


def ip(*words):
    result = subprocess.run(["ip", *words], capture_output=True, text=True, check=False)
    if result.returncode != 0:
        raise OSError(f"ip {' '.join(words)}: {result.stderr.strip()}")
