#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""timeballd itself with the real polkitd, on a bus that denies by default: who may do what, whom polkit asks for a password, and
what becomes of it all when a caller, polkit or the bus goes away or stands still."""

import ast
import os
import subprocess
import time
from xml.etree import ElementTree

import stage
from caller import DENIED, DIALOG, LIMITS, SERVER, Caller, arguments_of, vanish
from harness import bus, case, isolation, network, polkit
from harness.daemon import Timeballd
from harness.deadline import wait_until
from introspection import live_methods

PORT = 11123
ASKING = 11
KILLED = 10000 if stage.LONG else 200
POLKIT_PATIENCE_S = 12
OWNER = "org.freedesktop.policykit.owner"
CONFIG = [f"port {PORT}", "serverworkers 0", "local stratum 5", "allow 192.0.2.0/24", "server 192.0.2.11 minpoll 4",
          "server 192.0.2.12 offline"]
# One user that rules let do everything, one that they let do nothing, and nobody, for whom the defaults stand: a password.
RULES = """
polkit.addAdminRule(function(action, subject) { return ["unix-user:root"]; });
polkit.addRule(function(action, subject) {
    if (action.id.indexOf("org.timeball1.") == 0 && subject.user == "games")
        return polkit.Result.YES;
    if (action.id.indexOf("org.timeball1.") == 0 && subject.user == "news")
        return polkit.Result.NO;
});
"""
EXPECTED = {"root": "done", "games": "done", "news": DENIED, "nobody": DIALOG, isolation.USER: DENIED}


def without_owner():
    """Our policy as it would be for a daemon that is root."""
    root = ElementTree.parse(polkit.POLICY).getroot()
    for action in root.findall("action"):
        for annotation in action.findall("annotate"):
            if annotation.get("key") == OWNER:
                action.remove(annotation)
    return ElementTree.tostring(root, encoding="unicode")


def outcome(answer):
    """What a caller is told, as far as it is about whether it may: what is wrong after that is the daemon's."""
    return "done" if answer == "ok" or answer.startswith("org.timeball1.Error.") else answer


class Stage(case.DaemonCase):
    def setUp(self):
        super().setUp()
        self.bus = self.open_bus()
        self.polkit = polkit.Polkit(self, self.bus.address, RULES)
        self.start_daemon()

    def open_bus(self):
        return bus.PrivateBus(self, polkit.bus_policy(self, case.POLICY))

    def start_daemon(self):
        self.daemon = Timeballd(self, CONFIG, bus=self.bus.address)
        self.client = stage.Client(self.bus.address)
        wait_until(self.client.present, stage.JOINED_S, f"{stage.NAME} is on the bus")

    def rules(self):
        """The subnets that are refused by now."""
        rows = self.client.call(stage.SERVER, SERVER, "GetAccessList")[0]
        return {subnet for subnet, allowed, _ in rows if not allowed}

    def deny(self, caller, number, **how):
        return caller.call(stage.SERVER, SERVER, "Deny", arguments_of(SERVER, "Deny", number=number), **how)


class Matrix(Stage):
    def call_everything(self, users):
        """What each user is told at each method that there is by now: {(user, method): outcome}, and the actions."""
        found, methods = {}, live_methods(self.client, source=1)
        callers = {user: Caller(self, user) for user in users}
        for number, user in enumerate(users):
            for path, interface, member, _ in methods:
                if member == "Shutdown":
                    continue
                answer, text = callers[user].call(path, interface, member, arguments_of(interface, member, number=number))
                found[user, f"{interface}.{member}"] = outcome(answer), text
        return found, {f"{interface}.{member}": action for _, interface, member, action in methods if member != "Shutdown"}

    def test_every_method_by_every_user(self):
        users = ("nobody", "news", isolation.USER, "games", "root")  # who changes nothing comes first
        found, actions = self.call_everything(users)
        for (user, method), (told, text) in found.items():
            with self.subTest(user=user, method=method):
                self.assertEqual(told, EXPECTED[user] if actions[method] else "done", text)
                if told in (DENIED, DIALOG):
                    self.assertIn(f"needs {actions[method]}, ", text)
        print(f"\n  {len(found)} calls: {len(actions)} methods by {len(users)} users")

    def test_it_fails_without_the_owner(self):
        """The daemon is not root: polkit tells it about others because it owns the actions."""
        self.polkit.replace(without_owner())
        found, actions = self.call_everything(("nobody", "games", "root"))
        for (user, method), (told, text) in found.items():
            with self.subTest(user=user, method=method):
                self.assertEqual(told, DENIED if actions[method] and user != "root" else "done", text)
                if told == DENIED:
                    self.assertIn("polkit fails to answer", text)

    def test_permissions(self):
        words = {}
        for user in ("root", "games", "news", "nobody", isolation.USER):
            answer, text = Caller(self, user).call(stage.MANAGER, f"{stage.NAME}.Manager", "GetPermissions",
                                                   stage.GLib.Variant("()", ()), dialog=True)
            self.assertEqual(answer, "ok", text)
            words[user] = ast.literal_eval(text)[0]
        names = {action.get("id") for action in ElementTree.parse(polkit.POLICY).getroot().findall("action")}
        for user, word in (("root", "yes"), ("games", "yes"), ("news", "no"), (isolation.USER, "no")):
            self.assertEqual(words[user], dict.fromkeys(names, word), user)
        self.assertEqual(words["nobody"], dict.fromkeys(names, "auth") | {f"{stage.NAME}.panel.administer": "no"})


class Absent(Stage):
    def test_without_polkit_it_is_root_alone(self):
        self.polkit.process.stop()
        for user in ("games", "nobody"):
            answer, text = self.deny(Caller(self, user), 1)
            self.assertEqual(answer, DENIED)
            self.assertIn("only root has as long as there is no polkit", text)
        self.assertEqual(self.rules(), set())
        self.assertEqual(self.deny(Caller(self, "root"), 2)[0], "ok")
        _, text = Caller(self, "games").call(stage.MANAGER, f"{stage.NAME}.Manager", "GetPermissions",
                                             stage.GLib.Variant("()", ()))
        self.assertEqual(set(ast.literal_eval(text)[0].values()), {"no"})
        self.polkit.start()
        self.assertEqual(self.deny(Caller(self, "games"), 3)[0], "ok")

    def test_killed_callers(self):
        """0 to 50 ms after the call. What was done, was done for whom rules let."""
        done = sum(self.kill_callers(begin, min(begin + 200, KILLED)) for begin in range(0, KILLED, 200))
        print(f"\n  {KILLED} callers killed; {done} of the {KILLED // 2} calls that polkit allows were done before")
        self.assertEqual(self.deny(Caller(self, "games"), 1)[0], "ok")

    def kill_callers(self, begin, end):
        may = set()
        self.client.call(stage.SERVER, SERVER, "SetAccessList", "(a(sbb))", [])
        for i in range(begin, end):
            user = ("games", "nobody", "games", "news")[i % 4]
            subnet = f"198.18.{i // 256}.{i % 256}"
            if user == "games":
                may.add(subnet)
            self.assertEqual(vanish(self.bus.address, user, (stage.SERVER, SERVER, "Deny", "sb", subnet, False), i % 51 / 1000),
                             b"x")
        done = self.rules()
        self.assertLessEqual(done, may)
        return len(done)


if __name__ == "__main__":
    case.main()
