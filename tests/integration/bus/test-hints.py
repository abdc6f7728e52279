#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Servers that networks offer, and those that timesync1 is given while running: timeballd makes sources of them and removes
them again, and nobody can make anything else of such a list."""

import os
import pwd
import signal
import subprocess
import sys

import stage
from harness import case, daemon, isolation, network, servers
from harness.deadline import wait_until

SERVER, OTHER, KEYED = 11, 12, 13
SYNCHRONIZED_S = 30
TIMESYNC, PATH = "org.freedesktop.timesync1", "/org/freedesktop/timesync1"
MANAGER = f"{stage.NAME}.Manager"
INVALID, LIMITS = "org.freedesktop.DBus.Error.InvalidArgs", "org.freedesktop.DBus.Error.LimitsExceeded"
DENIED = "org.freedesktop.DBus.Error.AccessDenied"
HOSTILE = ("", "a b", "a\nserver evil.example", "$(reboot)", "`reboot`", "a;b", "a|b", "../etc/passwd", "-oProxy", "a%n",
           "\x1b[31mred", "fe80::1%lo", "fe80::1%1", "[::1]", "b\u00fccher.example", "a" * 300, "a" * 65536, "ntp.example iburst prefer")
NOBODY = ("127.0.0.1", "::1", "::ffff:127.0.0.1", "0.0.0.0", "::", "224.0.1.1", "255.255.255.255", "ff02::101")
SERVICE = "timeball-hints"
SET = """
import sys
from gi.repository import Gio, GLib
flags = Gio.DBusConnectionFlags.AUTHENTICATION_CLIENT | Gio.DBusConnectionFlags.MESSAGE_BUS_CONNECTION
bus = Gio.DBusConnection.new_for_address_sync(sys.argv[1], flags, None, None)
for member, arguments in (("SetLinkServers", GLib.Variant("(isasa{sv})", (1, "networkd", ["192.0.2.11"], {}))),
                          ("RevertLinkServers", GLib.Variant("(is)", (1, "networkd")))):
    try:
        bus.call_sync("org.timeball1", "/org/timeball1", "org.timeball1.Manager", member, arguments, None, 0, 10000, None)
        print("done")
    except GLib.Error as error:
        print(Gio.DBusError.get_remote_error(error))
try:
    bus.call_sync("org.freedesktop.timesync1", "/org/freedesktop/timesync1", "org.freedesktop.timesync1.Manager",
                  "SetRuntimeNTPServers", GLib.Variant("(as)", (["192.0.2.12"],)), None, 0, 10000, None)
    print("done")
except GLib.Error as error:
    print(Gio.DBusError.get_remote_error(error))
"""


class Hints(case.DaemonCase):
    def begin(self, config, **options):
        timeballd, self.api = self.follow(config, **options)
        self.client = stage.Client(stage.bus.address(self.directory))
        wait_until(lambda: self.client.call("/", stage.DRIVER, "NameHasOwner", "(s)", TIMESYNC, destination=stage.DRIVER)[0],
                   stage.JOINED_S, "both names are there")
        return timeballd

    def reload(self, timeballd, config):
        (self.directory / "timeballd.conf").write_text("\n".join([*config, ""]), encoding="ascii")
        timeballd.process.child.send_signal(signal.SIGHUP)

    def serve(self, *numbers):
        for number in numbers:
            self.network.servers.add_address(network.ipv4(number))
            servers.chronyd(self, network.ipv4(number))

    def offer(self, ifindex, origin, *names):
        return self.client.error_of(stage.MANAGER, MANAGER, "SetLinkServers", "(isasa{sv})", ifindex, origin, list(names), {})

    def revert(self, ifindex, origin):
        return self.client.error_of(stage.MANAGER, MANAGER, "RevertLinkServers", "(is)", ifindex, origin)

    def hints(self):
        return self.client.call(stage.MANAGER, MANAGER, "ListHints")[0]

    def origins(self):
        """Origins and options of the sources by name."""
        shown = {row.name: self.api.source(row) for row in self.api.sources()}
        return {str(name): (str(source["Origin"]), [str(option) for option in source["Options"]]) for name, source in shown.items()}

    def lists(self):
        known = self.client.call(PATH, stage.PROPERTIES, "GetAll", "(s)", "", destination=TIMESYNC)[0]
        return {name: known[f"{name}NTPServers"] for name in ("Link", "System", "Runtime")}

    def set_runtime(self, *names):
        return self.client.error_of(PATH, f"{TIMESYNC}.Manager", "SetRuntimeNTPServers", "(as)", list(names),
                                    destination=TIMESYNC)

    def test_runtime_servers_by_busctl(self):
        """One is added and followed, and an empty array removes it."""
        self.serve(SERVER)
        self.begin([])
        environment = os.environ | {"DBUS_SYSTEM_BUS_ADDRESS": stage.bus.address(self.directory)}

        def busctl(*words):
            subprocess.run(["busctl", "call", TIMESYNC, PATH, f"{TIMESYNC}.Manager", "SetRuntimeNTPServers", "as", *words],
                           env=environment, check=True, capture_output=True, timeout=30)

        busctl("1", network.ipv4(SERVER))
        self.assertEqual(self.lists(), {"Link": [], "System": [], "Runtime": [network.ipv4(SERVER)]})
        self.assertEqual(self.origins(), {network.ipv4(SERVER): ("timesync1", [])})
        self.api.wait_for_state("synchronized", SYNCHRONIZED_S)
        self.assertEqual(self.client.call(PATH, stage.PROPERTIES, "Get", "(ss)", f"{TIMESYNC}.Manager", "ServerName",
                                          destination=TIMESYNC)[0], network.ipv4(SERVER))
        busctl("0")
        self.assertEqual((self.lists()["Runtime"], self.origins()), ([], {}))

    def test_offered_followed_and_reverted(self):
        self.serve(SERVER)
        self.begin([f"server {network.ipv4(OTHER)} iburst"])
        self.assertIsNone(self.offer(1, "networkd", network.ipv4(SERVER), network.ipv4(OTHER)))
        (path, *rest), = self.hints()
        self.assertEqual((path, rest), ("/org/timeball1/hint/1",
                                        [1, "networkd", [network.ipv4(SERVER), network.ipv4(OTHER)], True]))
        hint = self.client.get_all(path, f"{stage.NAME}.Hint")
        source = next(row for row in self.api.sources() if row.address == network.ipv4(SERVER))
        self.assertEqual((hint["Interface"], hint["RejectReason"], hint["Sources"]), ("lo", "", [source.path]))
        self.assertFalse(source.authenticated)
        self.assertEqual(self.origins(), {network.ipv4(SERVER): ("hint", []), network.ipv4(OTHER): ("config", [])})
        self.assertEqual(self.lists()["Link"], [network.ipv4(SERVER), network.ipv4(OTHER)])
        self.api.wait_for_state("synchronized", SYNCHRONIZED_S)
        # Another network has the same: it stays as long as one of them has it.
        self.assertIsNone(self.offer(7, "api", network.ipv4(SERVER)))
        self.assertIsNone(self.revert(1, "networkd"))
        self.assertEqual(self.api.state(), "synchronized")
        self.assertEqual([hint[0] for hint in self.hints()], ["/org/timeball1/hint/2"])
        self.assertIsNone(self.offer(7, "api"))
        self.assertIsNone(self.revert(7, "api"))  # nothing is left to be reverted
        self.assertEqual((self.hints(), self.lists()["Link"]), ([], []))
        self.assertEqual(self.origins(), {network.ipv4(OTHER): ("config", [])})

    def test_behind_a_source_with_a_key(self):
        """As long as one is configured, even if it does not answer."""
        keys = self.directory / "keys"
        keys.write_text("7 SHA256 HEX:00112233445566778899AABBCCDDEEFF\n", encoding="ascii")
        keys.chmod(0o644)
        config = [f"keyfile {keys}", f"server {network.ipv4(KEYED)} key 7 iburst"]
        timeballd = self.begin(config)
        self.assertIsNone(self.offer(1, "networkd", network.ipv4(SERVER)))
        self.assertEqual(self.origins()[network.ipv4(SERVER)], ("hint", ["noselect"]))
        (path, *_), = self.hints()
        hint = self.client.get_all(path, f"{stage.NAME}.Hint")
        self.assertTrue(hint["Accepted"])
        self.assertIn("authentication", hint["RejectReason"])
        self.reload(timeballd, [])
        wait_until(lambda: self.origins() == {network.ipv4(SERVER): ("hint", [])}, SYNCHRONIZED_S, "it may be selected now")
        self.assertEqual(self.client.get_all(path, f"{stage.NAME}.Hint")["RejectReason"], "")
        self.reload(timeballd, config)
        wait_until(lambda: self.origins()[network.ipv4(SERVER)] == ("hint", ["noselect"]), SYNCHRONIZED_S, "and now it may not")

    def test_hostile_lists(self):
        timeballd = self.begin([f"server {network.ipv4(OTHER)}"])
        for name in HOSTILE:
            self.assertEqual(self.offer(1, "api", "192.0.2.77", name), INVALID, name)
            self.assertEqual(self.set_runtime("192.0.2.77", name), INVALID, name)
            self.assertEqual(self.offer(1, name, "192.0.2.77"), INVALID, name)
        for name in NOBODY:
            for interface, member, where, arguments in (
                    (MANAGER, "SetLinkServers", stage.NAME, ("(isasa{sv})", 1, "api", ["192.0.2.77", name], {})),
                    (f"{TIMESYNC}.Manager", "SetRuntimeNTPServers", TIMESYNC, ("(as)", ["192.0.2.77", name]))):
                path = PATH if where == TIMESYNC else stage.MANAGER
                refused, text = self.client.refusal(path, interface, member, *arguments, destination=where)
                self.assertEqual((refused, text), (INVALID, f"'{name}' is no server: no other machine has that address."))
        many = [f"n{i}.example" for i in range(10000)]
        self.assertEqual((self.offer(1, "api", *many), self.set_runtime(*many)), (LIMITS, LIMITS))
        for ifindex in (0, -1, -2**31):
            self.assertEqual((self.offer(ifindex, "api", "192.0.2.77"), self.revert(ifindex, "api")), (INVALID, INVALID))
        self.assertEqual(self.client.error_of(stage.MANAGER, MANAGER, "SetLinkServers", "(isasa{sv})", 1, "api", [],
                                              {"colour": stage.GLib.Variant("s", "red")}), INVALID)
        self.assertEqual(self.hints(), [])
        self.assertEqual(self.origins(), {network.ipv4(OTHER): ("config", [])})
        self.assertIsNone(self.offer(1, "api", *["192.0.2.77", "192.0.2.78"] * 5000))
        self.assertEqual(len(self.api.sources()), 3)
        for i in range(2, 65):
            self.assertIsNone(self.offer(i, "api", *(f"192.0.2.{100 + (i * 16 + j) % 120}" for j in range(16))))
        self.assertEqual(self.offer(65, "api", "192.0.2.77"), LIMITS)
        self.assertEqual(len(self.api.sources()), 1 + 64)
        for i in range(1, 65):
            self.assertIsNone(self.revert(i, "api"))
        self.assertEqual(len(self.api.sources()), 1)
        self.assertTrue(timeballd.process.running())

    def test_removed_by_somebody(self):
        """It does not come back before another list."""
        self.begin([])
        self.assertIsNone(self.set_runtime(network.ipv4(SERVER)))
        self.client.call(stage.MANAGER, MANAGER, "RemoveSource", "(oa{sv})", self.api.sources()[0].path, {})
        self.client.call(stage.MANAGER, MANAGER, "AddSourceFromLine", "(sb)", f"server {network.ipv4(OTHER)}", False)
        self.assertEqual(set(self.origins()), {network.ipv4(OTHER)})
        self.assertEqual(self.lists()["Runtime"], [network.ipv4(SERVER)])
        self.assertIsNone(self.set_runtime(network.ipv4(OTHER), network.ipv4(KEYED)))
        self.assertEqual(self.origins(), {network.ipv4(OTHER): ("runtime", []), network.ipv4(KEYED): ("timesync1", [])})

    def test_the_service_user_may_hint_and_nothing_else(self):
        isolation.add_user(SERVICE)
        self.begin([])
        command = [*daemon.as_user(), sys.executable, "-c", SET, stage.bus.address(self.directory)]
        for user, expected in ((SERVICE, ["done", "done", DENIED]), ("nobody", [DENIED] * 3)):
            command[1:3] = [f"--reuid={user}", f"--regid={pwd.getpwnam(user).pw_gid}"]
            answers = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60).stdout.split()
            self.assertEqual(answers, expected, user)


if __name__ == "__main__":
    case.main("chrony")
