# SPDX-License-Identifier: LGPL-2.1-or-later
"""The socket on which a service manager hears READY, STATUS, WATCHDOG and STOPPING (sd_notify(3))."""

import os
import socket
import threading
import time
from dataclasses import dataclass

from harness.deadline import wait_until


@dataclass
class Message:
    time_s: float  # CLOCK_MONOTONIC
    fields: dict


class NotifySocket:
    def __init__(self, directory):
        self.path = directory / "notify.socket"
        self.messages = []
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._socket.bind(str(self.path))
        os.chmod(self.path, 0o777)
        self._thread = threading.Thread(target=self._receive, daemon=True)
        self._thread.start()

    def environment(self, watchdog_s=None):
        """What the service manager puts into the environment of its service."""
        variables = {"NOTIFY_SOCKET": str(self.path)}
        if watchdog_s is not None:
            variables["WATCHDOG_USEC"] = str(round(watchdog_s * 1e6))
        return variables

    def having(self, key):
        return [message for message in self.messages if key in message.fields]

    def wait_for(self, key, seconds, value=None):
        def heard():
            return [message for message in self.having(key) if value in (None, message.fields[key])]

        return wait_until(heard, seconds, f"the service manager hears {key}")[0]

    def stop(self):
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as end:
            end.sendto(b"", str(self.path))
        self._thread.join()
        self._socket.close()

    def _receive(self):
        while data := self._socket.recv(65536):
            fields = dict(line.partition("=")[::2] for line in data.decode().splitlines())
            self.messages.append(Message(time.monotonic(), fields))
