#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Who may do what, whom polkit asks for a password, and what becomes of calls when their callers leave or polkit stands still:
timeballd itself with the real polkitd."""

import ast
import json
import os
import pathlib
import select
import shutil
import signal
import subprocess
import sys
import time
from xml.etree import ElementTree

import dbus

import stage
from caller import DENIED, DIALOG, INVALID, LIMITS, SERVER, Caller, arguments_of, arguments_with, vanish
from harness import case, isolation, polkit
from harness.deadline import wait_until
from introspection import live_methods, methods, variants
from live import SOME, Stage

KILLED = 10000 if stage.LONG else 200
STOPPED_S = 30 if stage.LONG else 0  # beside the time that we give polkit
AT_ONCE_S = 1.0
MANAGER = f"{stage.NAME}.Manager"
OURS = f"{stage.NAME}."
OWNER = "org.freedesktop.policykit.owner"
IMPLY = "org.freedesktop.policykit.imply"
AUTHORITY = "/org/freedesktop/PolicyKit1/Authority", "org.freedesktop.PolicyKit1.Authority"
EXPECTED = {"root": "done", "games": "done", "news": DENIED, "nobody": DIALOG, isolation.USER: DENIED}


AT_MANAGER, AT_CLOCK = (stage.MANAGER, MANAGER), (stage.CLOCK, f"{stage.NAME}.Clock")
AT_SERVER, AT_SOURCE = (stage.SERVER, SERVER), (f"{stage.SOURCES}/1", f"{stage.NAME}.Source")
BAD_OPTION, NO_SOURCE = f"{stage.NAME}.Error.InvalidOption", f"{stage.NAME}.Error.NoSuchSource"


def of_source(signature, **options):
    return "(ssa{sv})", ("server", "192.0.2.77", {key: stage.GLib.Variant(signature, value) for key, value in options.items()})


# Each is the only thing that is wrong with the call.
WRONG = [
    (AT_MANAGER, "AddSource", of_source("i", minpoll=99), BAD_OPTION),
    (AT_MANAGER, "AddSource", of_source("b", nonsense=True), BAD_OPTION),
    (AT_MANAGER, "AddSource", of_source("b", persist=True), f"{stage.NAME}.Error.ReadOnly"),
    (AT_MANAGER, "AddSourceFromLine", ("(sb)", ("server x.example minpol 3", False)), BAD_OPTION),
    (AT_MANAGER, "AddSourceFromLine", ("(sb)", ("server", False)), BAD_OPTION),
    (AT_MANAGER, "RemoveSource", ("(oa{sv})", (stage.CLOCK, {})), NO_SOURCE),
    (AT_MANAGER, "RemoveSource", ("(oa{sv})", (f"{stage.SOURCES}/999", {})), NO_SOURCE),
    (AT_MANAGER, "RemoveSourceByAddress", ("(sa{sv})", ("192.0.2.99", {})), NO_SOURCE),
    (AT_MANAGER, "SetOnline", ("(sba{sv})", ("no.such.example", True, {})), NO_SOURCE),
    (AT_MANAGER, "SetReselectDistance", ("(d)", (-1.0,)), INVALID),
    (AT_CLOCK, "SetMakeStep", ("(di)", (-1.0, 3)), INVALID),
    (AT_CLOCK, "SetMaxUpdateSkew", ("(d)", (-5.0,)), INVALID),
    (AT_CLOCK, "SetFrequency", ("(d)", (1e9,)), INVALID),
    (AT_CLOCK, "AdjustOffset", ("(d)", (1e300,)), INVALID),
    (AT_CLOCK, "SetLocal", ("(ba{sv})", (True, {"stratum": stage.GLib.Variant("i", 77)})), INVALID),
    (AT_SOURCE, "SetOptions", ("(a{sv})", ({"minpoll": stage.GLib.Variant("i", 9), "maxpoll": stage.GLib.Variant("i", 3)},)), BAD_OPTION),
]


# What is shown is what is done: a line is not hidden behind spaces, a source goes by its name.
SHOWN = [
    (AT_MANAGER, "AddSourceFromLine", ("(sb)", ("server" + " " * 220 + "evil.example  prefer   trust", False)),
     "Manager.AddSourceFromLine server evil.example prefer trust"),
    (AT_MANAGER, "AddSource", of_source("i", minpoll=5), "Manager.AddSource server 192.0.2.77 minpoll 5"),
    (AT_MANAGER, "RemoveSource", ("(oa{sv})", (f"{stage.SOURCES}/1", {})), "Manager.RemoveSource 192.0.2.11"),
    (AT_MANAGER, "SetLinkServers", ("(isasa{sv})", (1, "api", ["192.0.2.60", "a.example"], {})),
     "Manager.SetLinkServers 192.0.2.60, a.example interface 1 origin api"),
    (AT_MANAGER, "RevertLinkServers", ("(is)", (1, "api")), "Manager.RevertLinkServers interface 1 origin api"),
    (AT_MANAGER, "SetReselectDistance", ("(d)", (0.25,)), "Manager.SetReselectDistance reselectdist 0.25"),
    (AT_MANAGER, "Reload", ("()", ()), "Manager.Reload"),
    (AT_SOURCE, "Remove", ("(a{sv})", ({},)), "Source.Remove 192.0.2.11"),
    (AT_SOURCE, "SetOnline", ("(b)", (False,)), "Source.SetOnline 192.0.2.11 offline"),
    (AT_SOURCE, "SetOptions", ("(a{sv})", ({"offset": stage.GLib.Variant("d", 1000.0)},)), "Source.SetOptions 192.0.2.11 offset 1000"),
    (AT_CLOCK, "SetFrequency", ("(d)", (400.0,)), "Clock.SetFrequency 400 ppm"),
    (AT_CLOCK, "AdjustOffset", ("(d)", (-1.5,)), "Clock.AdjustOffset -1.5 s"),
    (AT_CLOCK, "SetMakeStep", ("(di)", (2.5, 7)), "Clock.SetMakeStep makestep 2.5 7"),
    (AT_CLOCK, "SetLocal", ("(ba{sv})", (True, {"stratum": stage.GLib.Variant("i", 5)})), "Clock.SetLocal local stratum 5"),
    (AT_SERVER, "Allow", ("(sb)", ("", True)), "Server.Allow everybody all"),
    (AT_SERVER, "SetAccessList", ("(a(sbb))", ([("0.0.0.0/0", True, False), ("192.0.2.0/24", False, True)],)),
     "Server.SetAccessList 2 rules: allow 0.0.0.0/0, deny all 192.0.2.0/24"),
]


def without_owner():
    """Our policy as it would be for a daemon that is root."""
    root = ElementTree.parse(polkit.POLICY).getroot()
    for action in root.findall("action"):
        for annotation in action.findall("annotate"):
            if annotation.get("key") == OWNER:
                action.remove(annotation)
    return ElementTree.tostring(root, encoding="unicode")


def with_implied(words):
    """Actions and what they imply."""
    implied = {action.get("id"): annotation.text.split() for action in ElementTree.parse(polkit.POLICY).getroot().findall("action")
               for annotation in action.findall("annotate") if annotation.get("key") == IMPLY}
    names = {OURS + word for word in words}
    return names.union(*(implied.get(name, []) for name in names))


def outcome(answer):
    """What a caller is told, as far as it is about whether it may: what is wrong after that is the daemon's."""
    return "done" if answer == "ok" or answer.startswith("org.timeball1.Error.") else answer


class Matrix(Stage):
    def call_everything(self, users):
        """What each user is told at each method that there is by now: {(user, method): outcome}, and the actions."""
        found, methods = {}, live_methods(self.client, source=1)
        callers = {user: Caller(self, user) for user in users}
        for number, user in enumerate(users):
            for path, interface, member, _ in methods:
                if member != "Shutdown":
                    found[user, f"{interface}.{member}"] = self.call_one(callers[user], path, interface, member, number)
        for user in users:
            found[user, f"{MANAGER}.Shutdown"] = self.shut_down(callers[user])
        return found, {f"{interface}.{member}": action for _, interface, member, action in methods}

    def call_one(self, caller, path, interface, member, number):
        if path.startswith(stage.SOURCES):
            path = self.some_source()  # those before may have removed it
        answer, text = caller.call(path, interface, member, arguments_of(interface, member, number=number),
                                   destination=interface.rpartition(".")[0])
        return outcome(answer), text

    def shut_down(self, caller):
        """It ends if the answer says so, and then there is another one; it goes on otherwise."""
        answer, text = caller.call(stage.MANAGER, MANAGER, "Shutdown", arguments_of(MANAGER, "Shutdown"))
        if outcome(answer) == "done":
            self.assertEqual(self.daemon.process.wait(stage.JOINED_S), 0)
            self.start_daemon()
        else:
            self.assertTrue(self.serves())
        return outcome(answer), text

    def some_source(self):
        for row in self.client.rows():
            return row[0]
        return self.client.call(stage.MANAGER, f"{stage.NAME}.Manager", "AddSource", "(ssa{sv})", "server", "192.0.2.11", {})[0]

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

    def test_arguments_come_first(self):
        """What is wrong with a call is told before anybody is asked for a password; which keys there are is not told at all."""
        caller = Caller(self, "nobody")
        for place, member, arguments, expected in WRONG:
            with self.subTest(method=member, arguments=arguments):
                told, text = caller.call(*place, member, stage.GLib.Variant(*arguments), dialog=True)
                self.assertEqual(told, expected, text)
        with_key = stage.GLib.Variant("(ssa{sv})", ("server", "192.0.2.77", {"key": stage.GLib.Variant("u", 77)}))
        self.assertEqual(caller.call(*AT_MANAGER, "AddSource", with_key)[0], DIALOG)

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


class Variants(Stage):
    def start_daemon(self):
        state = self.directory / "state"
        state.mkdir()
        shutil.chown(state, isolation.USER)
        self.options = [f"--saved={state / 'saved.conf'}"]
        super().start_daemon()

    def test_option_that_takes_more(self):
        """It takes both actions, that of the method and its own: two users have one of them each."""
        actions, paths = methods(), {interface: path for path, interface, *_ in live_methods(self.client, source=1)}
        for (interface, member, variant), action in variants().items():
            needed = actions[interface, member], action
            lacking = {"games": None} | {user: next((a for a in needed if a not in with_implied(has)), None) for user, has in SOME.items()}
            for number, (user, missing) in enumerate(lacking.items()):
                with self.subTest(user=user, method=member, variant=variant):
                    told, text = Caller(self, user).call(paths[interface], interface, member,
                                                         arguments_with(interface, member, variant, number))
                    self.assertEqual(told, DENIED if missing else "ok", text)
                    self.assertIn(f"needs {missing}, " if missing else "", text)
            self.assertIn(action, lacking.values())

    def test_without_the_option(self):
        """The method's own action is enough."""
        caller = Caller(self, "lp")
        for interface, member, _ in variants():
            path = stage.SERVER if interface == SERVER else stage.MANAGER
            self.assertEqual(caller.call(path, interface, member, arguments_of(interface, member))[0], "ok")


# What a desktop shows dialogs with: it prints each as a line of JSON, and ends it with what it reads: "given" (a password, by
# whoever checks it) or "dismissed".
AGENT = """
import json, sys
from gi.repository import Gio, GLib
address, pid, start = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
flags = Gio.DBusConnectionFlags.AUTHENTICATION_CLIENT | Gio.DBusConnectionFlags.MESSAGE_BUS_CONNECTION
bus = Gio.DBusConnection.new_for_address_sync(address, flags, None, None)
node = Gio.DBusNodeInfo.new_for_xml('<node><interface name="org.freedesktop.PolicyKit1.AuthenticationAgent">'
    '<method name="BeginAuthentication"><arg type="s"/><arg type="s"/><arg type="s"/><arg type="a{ss}"/><arg type="s"/>'
    '<arg type="a(sa{sv})"/></method><method name="CancelAuthentication"><arg type="s"/></method></interface></node>')
open_dialogs = []
def on_call(bus, sender, path, interface, member, arguments, invocation):
    words = arguments.unpack()
    if member == "CancelAuthentication":
        print(json.dumps(["cancelled", words[0]]), flush=True)
        invocation.return_value(None)
        return
    open_dialogs.append(invocation)
    print(json.dumps(["asked", words[0], words[1], words[4]]), flush=True)
def on_input(channel, condition):
    word = sys.stdin.readline().strip()
    if word == "given":
        open_dialogs.pop().return_value(None)
    elif word == "dismissed":
        open_dialogs.pop().return_dbus_error("org.freedesktop.PolicyKit1.Error.Cancelled", "dismissed")
    return bool(word)
bus.register_object("/agent", node.interfaces[0], on_call, None, None)
subject = ("unix-process", {"pid": GLib.Variant("u", pid), "start-time": GLib.Variant("t", start)})
bus.call_sync("org.freedesktop.PolicyKit1", "/org/freedesktop/PolicyKit1/Authority", "org.freedesktop.PolicyKit1.Authority",
              "RegisterAuthenticationAgent", GLib.Variant("((sa{sv})ss)", (subject, "C", "/agent")), None, 0, -1, None)
print(json.dumps(["registered"]), flush=True)
GLib.io_add_watch(0, GLib.IO_IN | GLib.IO_HUP, on_input)
GLib.MainLoop().run()
"""


class Agent:
    """An authentication agent of a user, for one process of that user."""

    def __init__(self, test, user, pid):
        start = pathlib.Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()[19]
        self.child = subprocess.Popen(
            ["setpriv", f"--reuid={user}", "--regid=65534", "--clear-groups", "--", sys.executable, "-c", AGENT,
             test.bus.address, str(pid), start], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        test.addCleanup(self.end)
        assert self.read() == ["registered"]

    def read(self):
        return json.loads(self.child.stdout.readline())

    def tell(self, word):
        self.child.stdin.write(word + "\n")
        self.child.stdin.flush()

    def end(self):
        self.child.kill()
        self.child.wait()
        self.child.stdin.close()
        self.child.stdout.close()


class Dialog(Stage):
    def setUp(self):
        super().setUp()
        self.caller = Caller(self, "nobody")
        self.assertEqual(self.deny(self.caller, 1)[0], DIALOG)
        self.agent = Agent(self, "nobody", self.caller.child.pid)

    def ask(self, number):
        """A call for which somebody may be asked; the dialog's action, text and cookie."""
        self.caller.send(stage.SERVER, SERVER, "Deny", arguments_of(SERVER, "Deny", number=number), dialog=True)
        what, *dialog = self.agent.read()
        self.assertEqual(what, "asked")
        return dialog

    def give_password(self, cookie):
        """As polkit's own helper does, once it has checked a password."""
        user = os.stat(f"/proc/{self.agent.child.pid}").st_uid
        identity = ("unix-user", dbus.Dictionary({"uid": dbus.UInt32(0)}, signature="sv"))
        self.bus.connect().call_blocking(polkit.NAME, *AUTHORITY, "AuthenticationAgentResponse2", "us(sa{sv})",
                                         (user, cookie, identity))
        self.agent.tell("given")

    def test_password(self):
        """The dialog shows what it is about; nothing is done before, and it is asked for that call alone."""
        self.assertEqual(self.deny(self.caller, 2)[0], DIALOG)  # does not allow it: no dialog, or it would be read next
        action, text, cookie = self.ask(3)
        self.assertEqual(action, "org.timeball1.manage-server")
        self.assertTrue(text.endswith(" (Server.Deny 203.0.113.3 all)."), text)
        self.assertEqual(self.refused(), set())
        self.give_password(cookie)
        self.assertEqual(self.caller.answer()[0], "ok")
        self.assertEqual(self.refused(), {"203.0.113.3"})
        self.assertTrue(self.ask(4)[1].endswith(" 203.0.113.4 all)."))  # elsewhere than in a session nothing is kept
        self.agent.tell("dismissed")
        answer, text = self.caller.answer()
        self.assertEqual(answer, DENIED)
        self.assertIn("dismissed", text)
        self.assertEqual(self.refused(), {"203.0.113.3"})

    def test_caller_leaves(self):
        """Its dialog is closed, and what it called for is not done even if somebody gives the password."""
        cookie = self.ask(3)[2]
        self.caller.end()
        self.assertEqual(self.agent.read(), ["cancelled", cookie])
        with self.assertRaises(dbus.DBusException):  # polkit has no such dialog any more
            self.give_password(cookie)
        self.assertEqual(self.refused(), set())

    def test_what_a_text_may_hold(self):
        hostile = "192.0.2.1\n\x1b[31m%n$(method)" + "x" * 65536
        arguments = stage.GLib.Variant("(sb)", (hostile, False))
        self.caller.send(stage.SERVER, SERVER, "Deny", arguments, dialog=True)
        self.assertEqual(self.caller.answer()[0], "org.timeball1.Error.InvalidSubnet")  # it is looked at before any dialog
        self.assertTrue(self.ask(5)[1].endswith("203.0.113.5 all)."))

    def test_what_it_is_about(self):
        """Every dialog shows what is going to be done, as the daemon understands it."""
        for place, member, arguments, shown in SHOWN:
            with self.subTest(method=member, arguments=arguments):
                self.caller.send(*place, member, stage.GLib.Variant(*arguments), dialog=True)
                what, _, text, _ = self.agent.read()
                self.agent.tell("dismissed")
                self.assertEqual((what, text.rpartition("(")[2]), ("asked", f"{shown})."))
                self.assertEqual(self.caller.answer()[0], DENIED)
        many = stage.GLib.Variant("(a(sbb))", ([("192.0.2.0/24", True, False)] * 100,))
        self.caller.send(*AT_SERVER, "SetAccessList", many, dialog=True)
        text = self.agent.read()[2]
        self.agent.tell("dismissed")
        self.assertRegex(text, r"SetAccessList 100 rules:( allow 192\.0\.2\.0/24,){10,30} \.\.\.\)\.$")  # there is more


class Absent(Stage):
    def test_without_polkit_it_is_root_alone(self):
        self.polkit.process.stop()
        for user in ("games", "nobody"):
            answer, text = self.deny(Caller(self, user), 1)
            self.assertEqual(answer, DENIED)
            self.assertIn("only root has as long as there is no polkit", text)
        self.assertEqual(self.refused(), set())
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

    def stand_still(self):
        """Ten calls of one user that rules allow, while polkit does not answer; and one of root's."""
        os.kill(self.polkit.process.pid, signal.SIGSTOP)
        callers = [Caller(self, "games") for _ in range(10)]
        for number, caller in enumerate(callers):
            caller.send(stage.SERVER, SERVER, "Deny", arguments_of(SERVER, "Deny", number=number))
        return callers

    def test_polkit_stopped(self):
        root = Caller(self, "root")
        self.assertEqual(self.deny(root, 100)[0], "ok")
        begin = time.monotonic()
        callers = self.stand_still()
        refused = select.select([caller.child.stdout for caller in callers], [], [], stage.JOINED_S)[0]
        self.assertLessEqual(len(refused), 2)
        took = []
        while not all(select.select([caller.child.stdout], [], [], 0)[0] for caller in callers):
            self.assertLess(time.monotonic(), begin + stage.JOINED_S)
            since = time.monotonic()
            self.assertEqual(self.deny(root, 101)[0], "ok")
            took.append(time.monotonic() - since)
            self.assertTrue(self.serves())
            time.sleep(0.1)
        self.assertLess(sorted(took)[len(took) // 2], AT_ONCE_S)
        answers = sorted(caller.answer() for caller in callers)
        self.assertEqual([name for name, _ in answers], [DENIED] * 8 + [LIMITS] * 2)
        self.assertIn("did not answer in time", answers[0][1])
        self.assertEqual(self.refused(), {"203.0.113.100", "203.0.113.101"})
        time.sleep(STOPPED_S)
        os.kill(self.polkit.process.pid, signal.SIGCONT)
        self.assertEqual(self.deny(Caller(self, "games"), 102)[0], "ok")
        self.assertEqual(self.refused(), {f"203.0.113.{n}" for n in (100, 101, 102)})
        print(f"\n  root's calls took {sorted(took)[len(took) // 2] * 1e3:.1f} ms (median of {len(took)}) while polkit was stopped")

    def test_polkit_goes_on(self):
        """What waited is done once, for who is still there."""
        callers = self.stand_still()
        wait_until(lambda: sum(bool(select.select([caller.child.stdout], [], [], 0)[0]) for caller in callers) == 2,
                   stage.JOINED_S, "two of ten are one too many")
        waiting = [caller for caller in callers if not select.select([caller.child.stdout], [], [], 0)[0]]
        gone = {f"203.0.113.{callers.index(caller)}" for caller in waiting[:4]}
        there = len(self.client.names())
        for caller in waiting[:4]:
            caller.end()
        wait_until(lambda: len(self.client.names()) == there - 4, stage.JOINED_S, "the bus knows that four have left")
        self.client.call(stage.SERVER, SERVER, "CheckAccess", "(s)", "192.0.2.1")  # and so does the daemon
        os.kill(self.polkit.process.pid, signal.SIGCONT)
        self.assertEqual([caller.answer()[0] for caller in waiting[4:]], ["ok"] * 4)
        self.assertEqual(self.refused(), {f"203.0.113.{callers.index(caller)}" for caller in waiting[4:]})
        self.assertFalse(self.refused() & gone)

    def kill_callers(self, begin, end):
        may, stayed = set(), set()
        self.client.call(stage.SERVER, SERVER, "SetAccessList", "(a(sbb))", [])
        for i in range(begin, end):
            user = ("games", "nobody", "games", "news")[i % 4]
            subnet = f"198.18.{i // 256}.{i % 256}"
            if user == "games":
                may.add(subnet)
            stays = (subnet,) if i % 40 == 0 else ()  # so long that it is done
            self.assertEqual(vanish(self.bus.address, user, (stage.SERVER, SERVER, "Deny", "sb", subnet, False), i % 51 / 1000,
                                    lambda stays=stays: wait_until(lambda: self.refused().issuperset(stays), stage.JOINED_S, "it is done")),
                             b"x")
            stayed.update(stays)
        done = self.refused()
        self.assertLessEqual(done, may)
        self.assertLessEqual(stayed, done)
        return len(done)


if __name__ == "__main__":
    case.main()
