# SPDX-License-Identifier: LGPL-2.1-or-later
"""Calls as other users: valid arguments for every method of the XML, processes that call, and processes that are killed."""

import os
import pwd
import signal
import subprocess
import sys
import time

import dbus
import dbus.bus
from dbus.lowlevel import MethodCallMessage

import stage

DENIED = "org.freedesktop.DBus.Error.AccessDenied"
DIALOG = "org.freedesktop.DBus.Error.InteractiveAuthorizationRequired"
INVALID = "org.freedesktop.DBus.Error.InvalidArgs"
LIMITS = "org.freedesktop.DBus.Error.LimitsExceeded"
UNCLEAR = ("org.freedesktop.DBus.Error.UnknownMethod", "org.freedesktop.DBus.Error.NoReply")
SERVER = f"{stage.NAME}.Server"

# For methods that have any; what a test does again and again is made from a number.
ARGUMENTS = {
    "Manager.ListSources": lambda n: ("(a{sv})", {}),
    "Manager.GetSource": lambda n: ("(s)", "1"),
    "Manager.Describe": lambda n: ("(as)", ["manager"]),
    "Manager.GetHistory": lambda n: ("(osttu)", stage.CLOCK, "offset", 0, 0, 16),
    "Manager.Subscribe": lambda n: ("(ua{sv})", 60000, {}),
    "Manager.WaitSync": lambda n: ("(ddda{sv})", 0.0, 0.0, 0.001, {}),
    "Manager.AddSource": lambda n: ("(ssa{sv})", "server", f"2001:db8:1::{n + 1:x}", {}),
    "Manager.AddSourceFromLine": lambda n: ("(sb)", f"server 2001:db8:2::{n + 1:x} offline", False),
    "Manager.RemoveSource": lambda n: ("(oa{sv})", f"{stage.SOURCES}/1", {}),
    "Manager.RemoveSourceByAddress": lambda n: ("(sa{sv})", "192.0.2.12", {}),
    "Manager.SetReselectDistance": lambda n: ("(d)", 1e-4),
    "Manager.SetOnline": lambda n: ("(sba{sv})", "", True, {}),
    "Manager.Burst": lambda n: ("(suua{sv})", "", 1, 1, {}),
    "Manager.Refresh": lambda n: ("(s)", ""),
    "Manager.SetLinkServers": lambda n: ("(isasa{sv})", 1, "api", [f"192.0.2.{60 + n}"], {}),
    "Manager.RevertLinkServers": lambda n: ("(is)", 1, "api"),
    "Manager.SetRuntimeNTPServers": lambda n: ("(as)", [f"192.0.2.{80 + n}"]),
    "Manager.Dump": lambda n: ("(a{sv})", {}),
    "Manager.Shutdown": lambda n: ("(a{sv})", {}),
    "Source.SetOnline": lambda n: ("(b)", True),
    "Source.Burst": lambda n: ("(uu)", 1, 1),
    "Source.Remove": lambda n: ("(a{sv})", {}),
    "Source.SetOptions": lambda n: ("(a{sv})", {"minpoll": stage.GLib.Variant("i", 4)}),
    "Source.GetHistory": lambda n: ("(sttu)", "offset", 0, 0, 16),
    "Clock.MakeStep": lambda n: ("(a{sv})", {}),
    "Clock.SetMakeStep": lambda n: ("(di)", 1.0, 3),
    "Clock.SetMaxUpdateSkew": lambda n: ("(d)", 1000.0),
    "Clock.SetFrequency": lambda n: ("(d)", 0.0),
    "Clock.AdjustOffset": lambda n: ("(d)", 0.0),
    "Clock.SetLocal": lambda n: ("(ba{sv})", True, {"stratum": stage.GLib.Variant("i", 5)}),
    "Server.Allow": lambda n: ("(sb)", f"203.0.113.{n % 256}", False),
    "Server.Deny": lambda n: ("(sb)", f"203.0.113.{n % 256}", True),
    "Server.SetAccessList": lambda n: ("(a(sbb))", [("192.0.2.0/24", True, False)]),
    "Server.CheckAccess": lambda n: ("(s)", "192.0.2.1"),
    "Server.ListClients": lambda n: ("(uua{sv})", 0, 10, {}),
    "Server.ListTopClients": lambda n: ("(u)", 5),
}

TRUE = stage.GLib.Variant("b", True)
# The same with an option that takes an action more than the method.
VARIANTS = {
    "Manager.AddSource persist": lambda n: ("(ssa{sv})", "server", f"2001:db8:3::{n + 1:x}", {"persist": TRUE}),
    "Manager.AddSourceFromLine persist": lambda n: ("(sb)", f"server 2001:db8:4::{n + 1:x} offline", True),
    "Server.ListClients reset": lambda n: ("(uua{sv})", 0, 10, {"reset": TRUE}),
}

# Calls as another user: lines "FLAGS PATH INTERFACE MEMBER VARIANT" on stdin; on stdout the error's name and text, or "ok" and the
# answer. FLAGS are those of g_dbus_connection_call.
CALLER = """
import sys
from gi.repository import Gio, GLib
flags = Gio.DBusConnectionFlags.AUTHENTICATION_CLIENT | Gio.DBusConnectionFlags.MESSAGE_BUS_CONNECTION
bus = Gio.DBusConnection.new_for_address_sync(sys.argv[1], flags, None, None)
bus.set_exit_on_close(False)
for line in sys.stdin:
    flags, destination, path, interface, member, arguments = line.rstrip("\\n").split(" ", 5)
    try:
        answer = bus.call_sync(destination, path, interface, member, GLib.Variant.parse(None, arguments, None, None), None,
                               Gio.DBusCallFlags(int(flags)), 60000, None)
        print("ok", repr(answer.unpack()), flush=True)
    except GLib.Error as error:
        name = Gio.DBusError.get_remote_error(error)
        Gio.DBusError.strip_remote_error(error)
        print(name, error.message, flush=True)
"""


def arguments_of(interface, member, *others, number=0):
    """Valid ones, or others of the same types."""
    make = ARGUMENTS.get(f"{interface.rpartition('.')[2]}.{member}")
    signature, *values = make(number) if make else ("()",)
    return stage.GLib.Variant(signature, others or tuple(values))


def arguments_with(interface, member, variant, number=0):
    """Valid ones with that option, which has to be in VARIANTS."""
    signature, *values = VARIANTS[f"{interface.rpartition('.')[2]}.{member} {variant}"](number)
    return stage.GLib.Variant(signature, tuple(values))


class Caller:
    """A process of that user with a connection of its own."""

    def __init__(self, test, user):
        self.child = subprocess.Popen(
            ["setpriv", f"--reuid={user}", "--regid=65534", "--clear-groups", "--", sys.executable, "-c", CALLER,
             test.bus.address], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        test.addCleanup(self.end)

    def send(self, path, interface, member, arguments, dialog=False, destination=stage.NAME):
        """dialog: somebody may be asked for a password."""
        flags = stage.Gio.DBusCallFlags.NO_AUTO_START
        if dialog:
            flags |= stage.Gio.DBusCallFlags.ALLOW_INTERACTIVE_AUTHORIZATION
        self.child.stdin.write(f"{int(flags)} {destination} {path} {interface} {member} {arguments.print_(True)}\n")
        self.child.stdin.flush()

    def answer(self):
        """The name of the error, or "ok"; and its text, or what was returned."""
        name, _, text = self.child.stdout.readline().rstrip("\n").partition(" ")
        return name, text

    def call(self, *call, **how):
        self.send(*call, **how)
        return self.answer()

    def end(self):
        if self.child.poll() is None:
            self.child.kill()
        self.child.wait()
        self.child.stdin.close()
        self.child.stdout.close()


def vanish(address, user, call, after_s, wait=lambda: None):
    """A process of that user that makes a call and is killed so long after it has been sent, and after wait(). call: path, interface,
    member, signature, arguments."""
    told, tell = os.pipe()
    pid = os.fork()
    if pid == 0:
        try:
            os.setresuid(*[pwd.getpwnam(user).pw_uid] * 3)
            connection = dbus.bus.BusConnection(address)
            message = MethodCallMessage(stage.NAME, *call[:3])
            message.append(*call[4:], signature=call[3])
            connection.send_message(message)
            connection.flush()
            os.write(tell, b"x")
            signal.pause()
        finally:
            os._exit(1)
    os.close(tell)
    sent = os.read(told, 1)
    os.close(told)
    time.sleep(after_s)
    wait()
    os.kill(pid, signal.SIGKILL)
    os.waitpid(pid, 0)
    return sent
