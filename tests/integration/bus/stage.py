# SPDX-License-Identifier: LGPL-2.1-or-later
"""A private bus with our policy, and the bus layer on it as the daemon's user, with a snapshot that the test decides."""

import os
import pathlib
import subprocess
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))

from gi.repository import Gio, GLib  # noqa: E402

from harness import bus, case, isolation  # noqa: E402
from harness.daemon import UNPRIVILEGED  # noqa: E402
from harness.deadline import wait_until  # noqa: E402

NAME = "org.timeball1"
MANAGER = "/org/timeball1"
CLOCK = "/org/timeball1/clock"
SOURCES = "/org/timeball1/source"
SERVER = "/org/timeball1/server"
POOLS = "/org/timeball1/pool"
POOL = f"{POOLS}/1"
HINTS = "/org/timeball1/hint"
HINT = f"{HINTS}/1"
PROPERTIES = "org.freedesktop.DBus.Properties"
DRIVER = "org.freedesktop.DBus"
JOINED_S = 30
CALL_MS = 10000
OPEN_POLICY = ('<busconfig><policy context="default"><allow own="org.timeball1"/>'
               '<allow send_destination="org.timeball1"/></policy></busconfig>\n')
LONG = os.environ.get("TIMEBALL_COUNTS") == "long"


class Client:
    """A connection of our own, as root."""

    def __init__(self, address):
        flags = Gio.DBusConnectionFlags
        self.connection = Gio.DBusConnection.new_for_address_sync(
            address, flags.AUTHENTICATION_CLIENT | flags.MESSAGE_BUS_CONNECTION, None, None)
        self.connection.set_exit_on_close(False)
        self.signals = []

    def raw_call(self, path, interface, member, signature="()", *arguments, destination=NAME):
        """The answer as it came: making Python values of a thousand sources takes longer than getting them."""
        return self.connection.call_sync(destination, path, interface, member, GLib.Variant(signature, arguments), None,
                                         Gio.DBusCallFlags.NO_AUTO_START, CALL_MS, None)

    def call(self, *arguments, **keywords):
        return self.raw_call(*arguments, **keywords).unpack()

    def error_of(self, *arguments, **keywords):
        """The D-Bus name of the error that a call gives, None if it succeeds."""
        try:
            self.call(*arguments, **keywords)
        except GLib.Error as error:
            return Gio.DBusError.get_remote_error(error)
        return None

    def refusal(self, *arguments, **keywords):
        """The name and the text of the error that a call gives, None and "" if it succeeds."""
        try:
            self.call(*arguments, **keywords)
        except GLib.Error as error:
            name = Gio.DBusError.get_remote_error(error)
            return name, error.message.removeprefix(f"GDBus.Error:{name}: ")
        return None, ""

    def get_all(self, path, interface=""):
        return self.call(path, PROPERTIES, "GetAll", "(s)", interface)[0]

    def get(self, path, interface, name):
        return self.call(path, PROPERTIES, "Get", "(ss)", f"{NAME}.{interface}", name)[0]

    def rows(self, **keys):
        return self.call(MANAGER, f"{NAME}.Manager", "ListSources", "(a{sv})", keys)[0]

    def present(self):
        return self.call("/", DRIVER, "NameHasOwner", "(s)", NAME, destination=DRIVER)[0]

    def names(self):
        return self.call("/", DRIVER, "ListNames", destination=DRIVER)[0]

    def listen(self):
        """From now on, what comes from the daemon is appended to self.signals as (path, interface, member, arguments)."""
        def on_signal(_connection, _sender, path, interface, member, arguments):
            self.signals.append((path, interface, member, arguments.unpack()))

        self.connection.signal_subscribe(NAME, None, None, None, None, Gio.DBusSignalFlags.NONE, on_signal)
        self.present()  # the bus has the match before it answers
        self.call(MANAGER, "org.freedesktop.DBus.Peer", "Ping")  # and the daemon knows by now that it has joined

    def receive(self):
        """Takes in what has come."""
        while GLib.MainContext.default().iteration(False):
            pass
        return self.signals

    def wait_for(self, *members, seconds=JOINED_S):
        """Until there is at least one signal of each of these names."""
        wait_until(lambda: {signal[2] for signal in self.receive()} >= set(members), seconds,
                   f"the signals {members}; there are {self.signals}", 0.01)

    def take_signals(self):
        taken, self.signals = self.signals, []
        return taken


class Publisher:
    """The bus layer as a process; see publisher.c for the commands."""

    def __init__(self, test, address, sources=3, user=True, server=True):
        self.log_path = test.directory / "publisher.log"
        with open(self.log_path, "ab") as log:
            command = [*(UNPRIVILEGED if user else []), test.publisher, address, str(sources),
                       *([] if server else ["no-server"])]
            self.child = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log, text=True)

    def ask(self, *words):
        """Does it, and returns the words that the answer has before its last one."""
        self.child.stdin.write(" ".join(str(word) for word in words) + "\n")
        self.child.stdin.flush()
        *values, last = self.child.stdout.readline().split()
        assert last == "done", (words, last)
        return values

    def tell(self, *words):
        """The same with numbers."""
        return [int(value) for value in self.ask(*words)]

    def log(self):
        return self.log_path.read_text(encoding="utf-8", errors="replace")

    def stop(self):
        """Ends it as it wants to be ended; that has to work."""
        if self.child.stdin.closed:
            return
        self.child.stdin.close()
        status = self.child.wait(JOINED_S)
        self.child.stdout.close()
        assert status == 0, status

    def kill(self):
        self.child.kill()
        self.child.wait()
        self.child.stdin.close()
        self.child.stdout.close()


class BusCase(case.NetworkCase):
    """Without a network: a folder, a bus when the test starts one, and the programs where the daemon's user reaches them."""

    def setUp(self):
        self.directory = case.ROOT
        self.directory.mkdir(mode=0o755)
        self.publisher = self.reachable("tests/integration/bus/bus-publisher")

    def reachable(self, program):
        """A program of the build, outside of folders that only root may enter."""
        path = self.directory / pathlib.Path(program).name
        path.touch()
        isolation.mount("--bind", str(case.BUILD / program), str(path))
        self.addCleanup(isolation.unmount, str(path))
        return path

    def start_bus(self, name="bus", policy=case.POLICY):
        return bus.PrivateBus(self, policy, name)

    def open_policy(self):
        path = self.directory / "open-policy.conf"
        path.write_text(OPEN_POLICY, encoding="ascii")
        return path

    def publish(self, sources=3, policy=case.POLICY, user=True, server=True):
        """A bus, the publisher on it, and a client that sees it."""
        self.bus = self.start_bus(policy=policy)
        publisher = self.keep(Publisher(self, self.bus.address, sources, user, server))
        client = Client(self.bus.address)
        wait_until(client.present, JOINED_S, f"{NAME} is on the bus")
        return publisher, client


def main():
    case.main()
