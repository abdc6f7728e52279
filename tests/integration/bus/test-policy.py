#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""The shipped bus policy on a bus that denies by default: who may own the name, and what may be sent to it."""

import subprocess
import sys
from xml.etree import ElementTree

import dbus
from dbus.lowlevel import MethodCallMessage

import stage
from harness import case
from introspection import methods

DENIED = "org.freedesktop.DBus.Error.AccessDenied"
TIMESYNC = "org.freedesktop.timesync1"
OTHER_USERS = ("nobody", "games")
OWN = """
import sys
from gi.repository import Gio, GLib
flags = Gio.DBusConnectionFlags.AUTHENTICATION_CLIENT | Gio.DBusConnectionFlags.MESSAGE_BUS_CONNECTION
bus = Gio.DBusConnection.new_for_address_sync(sys.argv[1], flags, None, None)
try:
    print(bus.call_sync("org.freedesktop.DBus", "/", "org.freedesktop.DBus", "RequestName",
                        GLib.Variant("(su)", ("org.timeball1", 4)), None, 0, 5000, None).unpack()[0])
except GLib.Error as error:
    print(Gio.DBusError.get_remote_error(error))
"""
READ = """
import sys
from gi.repository import Gio, GLib
flags = Gio.DBusConnectionFlags.AUTHENTICATION_CLIENT | Gio.DBusConnectionFlags.MESSAGE_BUS_CONNECTION
bus = Gio.DBusConnection.new_for_address_sync(sys.argv[1], flags, None, None)
print(len(bus.call_sync("org.timeball1", "/org/timeball1", "org.timeball1.Manager", "ListSources",
                        GLib.Variant("(a{sv})", ({},)), None, 0, 5000, None).unpack()[0]))
"""


class Policy(stage.BusCase):
    def as_user(self, user, code):
        command = ["setpriv", f"--reuid={user}", "--regid=65534", "--clear-groups", "--", sys.executable, "-c", code,
                   self.bus.address]
        return subprocess.run(command, capture_output=True, text=True, check=True, timeout=20).stdout.strip()

    def test_nobody_else_owns_the_name(self):
        self.publish()
        for user in (*OTHER_USERS, "root"):
            self.assertEqual(self.as_user(user, OWN), DENIED, user)

    def test_nobody_else_owns_the_name_before_the_daemon(self):
        self.bus = self.start_bus()
        for user in (*OTHER_USERS, "root"):
            self.assertEqual(self.as_user(user, OWN), DENIED, user)

    def test_everybody_may_read(self):
        self.publish()
        for user in (*OTHER_USERS, "root"):
            self.assertEqual(self.as_user(user, READ), "3", user)

    def test_what_is_not_listed_is_denied(self):
        _, client = self.publish()
        manager = f"{stage.NAME}.Manager"
        for interface, member, signature, arguments in (
                (stage.PROPERTIES, "Set", "(ssv)", (manager, "State", stage.GLib.Variant("s", "x"))),
                (manager, "Nonsense", "(a{sv})", ({},)),
                (f"{stage.NAME}.RTC", "Trim", "()", ()),
                (f"{stage.NAME}.Nonsense", "Anything", "()", ()),
                ("org.freedesktop.LogControl1", "Anything", "()", ())):
            self.assertEqual(client.error_of(stage.MANAGER, interface, member, signature, *arguments), DENIED, member)

    def test_without_an_interface_is_denied(self):
        """D-Bus lets callers leave the interface out; that must not get round the list."""
        self.publish()
        call = MethodCallMessage(stage.NAME, stage.MANAGER, None, "GetSource")
        with self.assertRaises(dbus.DBusException) as raised:
            self.bus.connect().send_message_with_reply_and_block(call, 5)
        self.assertEqual(raised.exception.get_dbus_name(), DENIED)

    def test_peer_and_introspection(self):
        _, client = self.publish()
        client.call(stage.MANAGER, "org.freedesktop.DBus.Peer", "Ping")
        client.call(stage.CLOCK, "org.freedesktop.DBus.Introspectable", "Introspect")

    def test_rules_name_their_destination(self):
        """A rule without send_destination opens other services; one user may own, by its names. What is denied is so by
        default, and what is allowed is mandatory: a rule for one of the names is heeded for the other one too."""
        rules = [(policy, rule) for policy in ElementTree.parse(case.POLICY).getroot().findall("policy") for rule in policy]
        owned = [(rule.tag, policy.get("user"), rule.get("own")) for policy, rule in rules if "own" in rule.attrib]
        self.assertEqual(owned, [("allow", "timeball", stage.NAME), ("allow", "timeball", TIMESYNC)])
        for _, rule in rules:
            if "own" not in rule.attrib:
                self.assertIn(rule.get("send_destination"), (stage.NAME, TIMESYNC), rule.attrib)
        self.assertEqual({(rule.tag, policy.get("context")) for policy, rule in rules if "own" not in rule.attrib},
                         {("deny", "default"), ("allow", "mandatory")})

    def test_rules_cover_the_contract(self):
        """Every method of the XML can be called, and nothing else of our interfaces is named."""
        allowed = {(rule.get("send_interface"), rule.get("send_member")) for rule in ElementTree.parse(case.POLICY).iter("allow")
                   if (rule.get("send_interface") or "").startswith((stage.NAME, TIMESYNC))}
        self.assertEqual(allowed, set(methods()))


if __name__ == "__main__":
    stage.main()
