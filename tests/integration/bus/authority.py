# SPDX-License-Identifier: LGPL-2.1-or-later
"""A polkit that answers when it is told to, and what it is told. The real one says no by itself about whoever has left the bus, so
that nobody would see whether the daemon looks."""

import json
import os
import select
import subprocess
import sys

import stage

NAME = "org.freedesktop.PolicyKit1"
AUTHORITY = """
import json, sys
from gi.repository import Gio, GLib
flags = Gio.DBusConnectionFlags.AUTHENTICATION_CLIENT | Gio.DBusConnectionFlags.MESSAGE_BUS_CONNECTION
bus = Gio.DBusConnection.new_for_address_sync(sys.argv[1], flags, None, None)
node = Gio.DBusNodeInfo.new_for_xml('<node><interface name="org.freedesktop.PolicyKit1.Authority">'
    '<method name="CheckAuthorization"><arg type="(sa{sv})"/><arg type="s"/><arg type="a{ss}"/><arg type="u"/><arg type="s"/>'
    '<arg type="(bba{ss})" direction="out"/></method><method name="CancelCheckAuthorization"><arg type="s"/></method>'
    '</interface></node>')
asked = []
def on_call(bus, sender, path, interface, member, arguments, invocation):
    words = arguments.unpack()
    if member == "CheckAuthorization":
        asked.append(invocation)
        print(json.dumps(["asked", words[1], words[2], words[4]]), flush=True)
    else:
        print(json.dumps(["cancelled", words[0]]), flush=True)
        invocation.return_value(None)
def on_input(channel, condition):
    line = sys.stdin.readline()
    if line:
        asked.pop(0).return_value(GLib.Variant("((bba{ss}))", (json.loads(line),)))
        bus.flush_sync()
        print(json.dumps(["answered"]), flush=True)
    return bool(line)
bus.register_object("/org/freedesktop/PolicyKit1/Authority", node.interfaces[0], on_call, None, None)
bus.call_sync("org.freedesktop.DBus", "/", "org.freedesktop.DBus", "RequestName",
              GLib.Variant("(su)", ("org.freedesktop.PolicyKit1", 4)), None, 0, -1, None)
print(json.dumps(["ready"]), flush=True)
GLib.io_add_watch(0, GLib.IO_IN | GLib.IO_HUP, on_input)
GLib.MainLoop().run()
"""
YES = [True, False, {}]
TOLD_S = 20


def bus_policy(directory):
    """A file for PrivateBus(policy=): ours, and what a polkit needs."""
    path = directory / "authority.conf"
    path.write_text(f'<busconfig><include>{stage.case.POLICY}</include><policy context="default"><allow own="{NAME}"/>'
                    f'<allow send_destination="{NAME}"/></policy></busconfig>\n', encoding="ascii")
    return path


class Authority:
    def __init__(self, test):
        self.child = subprocess.Popen([sys.executable, "-c", AUTHORITY, test.bus.address], stdin=subprocess.PIPE,
                                      stdout=subprocess.PIPE)
        self.test, self.heard = test, b""
        test.addCleanup(self.end)
        assert self.read() == ["ready"]

    def read(self):
        """What it is told next, or that it has answered."""
        while b"\n" not in self.heard:
            self.test.assertTrue(select.select([self.child.stdout], [], [], TOLD_S)[0], "it is told nothing")
            self.heard += os.read(self.child.stdout.fileno(), 65536)
        line, _, self.heard = self.heard.partition(b"\n")
        return json.loads(line)

    def answer(self, authorized):
        """To the oldest question: (authorized, by a password, details). What it was told before it did."""
        self.child.stdin.write(json.dumps(authorized).encode() + b"\n")
        self.child.stdin.flush()
        told = []
        while (what := self.read()) != ["answered"]:
            told.append(what)
        return told

    def end(self):
        self.child.kill()
        self.child.wait()
        self.child.stdin.close()
        self.child.stdout.close()
