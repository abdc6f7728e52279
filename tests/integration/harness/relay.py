# SPDX-License-Identifier: LGPL-2.1-or-later
"""Somebody on the path: passes requests on to a real server, and its replies back as he likes."""

import select
import socket
import threading


class Relay:
    def __init__(self, namespace, address, server, change):
        """Listens on port 123 of `address`; change(reply) gives the bytes that are passed on in its place."""
        self._change = change
        self._sockets = [namespace.socket(socket.AF_INET, socket.SOCK_DGRAM) for _ in range(2)]
        self._clients, self._server = self._sockets
        self._clients.bind((address, 123))
        self._server.bind((address, 0))
        self._server.connect((server, 123))
        self._sender = None  # one client, who waits for an answer before he asks again
        self._wake, self._waker = socket.socketpair()
        self._thread = threading.Thread(target=self._pass_on, daemon=True)
        self._thread.start()

    def stop(self):
        self._waker.close()
        self._thread.join()
        self._wake.close()
        for each in self._sockets:
            each.close()

    def _pass_on(self):
        while True:
            ready, _, _ = select.select([self._wake, *self._sockets], [], [])
            if self._wake in ready:
                return
            if self._clients in ready:
                data, self._sender = self._clients.recvfrom(1024)
                self._server.send(data)
            if self._server in ready:
                self._clients.sendto(self._change(self._server.recv(1024)), self._sender)
