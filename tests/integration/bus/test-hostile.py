#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""timeballd with callers that send anything, with a bus that stands still or is killed, and with clients that know nothing of us."""

import os
import pwd
import random
import re
import select
import subprocess
import sys
import time

import junk
import stage
from caller import DENIED, SERVER, Caller, arguments_of
from harness import case
from introspection import live, live_methods, live_objects
from live import CONFIG, Stage

JUNK = 1000000 if stage.LONG else 10000
AT_ONCE = 64
CHECKS_EACH = 8  # that polkit is asked about for one user; above that it is LimitsExceeded
READ_ONLY = "org.freedesktop.DBus.Error.PropertyReadOnly"
ERROR = re.compile(r"org\.(freedesktop\.DBus|timeball1)\.Error\.\w+\Z")
HOSTILE = ("new\nline", "\x1b]0;title\x07\x1b[31m", "%n%n%s%s", "x" * 65536, "\u202egnp.exe", "-oProxyCommand=x", "a\tb\rc", "'\"`$(reboot)")
CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")
TEXT_MAX = 2048
CONNECTIONS = 255 if stage.LONG else 64
GROWTH_MAX_KIB = 8192 if stage.LONG else 2048
SOURCES = 1000
ANSWERS = 32
ANSWERS_MAX_KIB = 8192
HELD_S = 1.5
STOPPED_S = 30 if stage.LONG else 3
NAMES = ("org.timeball1", "org.freedesktop.timesync1")
MAY_WAIT = {"WaitSync"}


def methods_with_types(client):
    """(path, interface, method, the types of its arguments) of what is live."""
    found = []
    for path, interface, member, _ in live_methods(client, source=1):
        for element in live(client, path).iter("interface"):
            if element.get("name") == interface:
                method = next(m for m in element.findall("method") if m.get("name") == member)
                found.append((path, interface, member, [a.get("type") for a in method.findall("arg") if a.get("direction") == "in"]))
    return found


class Sender:
    """Calls without waiting, so many at once."""

    def __init__(self, client, at_once):
        self.connection, self.at_once, self.waiting, self.answers = client.connection, at_once, 0, {}

    def on_answer(self, connection, result):
        self.waiting -= 1
        try:
            connection.call_finish(result)
            name = "ok"
        except stage.GLib.Error as error:
            name = stage.Gio.DBusError.get_remote_error(error) or str(error)
        self.answers[name] = self.answers.get(name, 0) + 1

    def send(self, path, interface, member, arguments):
        self.wait(self.at_once - 1)
        if member in MAY_WAIT:
            return self.connection.call(stage.NAME, path, interface, member, arguments, None, stage.Gio.DBusCallFlags.NO_AUTO_START,
                                        1, None, None)
        self.waiting += 1
        return self.connection.call(stage.NAME, path, interface, member, arguments, None, stage.Gio.DBusCallFlags.NO_AUTO_START,
                                    600000, None, self.on_answer)

    def wait(self, at_most=0):
        while self.waiting > at_most:
            stage.GLib.MainContext.default().iteration(True)


class Junk(Stage):
    def flood(self, client, methods, n, at_once):
        source, sender = random.Random(n), Sender(client, at_once)
        for _ in range(n):
            path, interface, member, kinds = source.choice(methods)
            sender.send(path, interface, member, junk.arguments(source, kinds))
        sender.wait()
        return sender.answers

    def as_user(self, user):
        """A connection of ours that the bus takes for that user's."""
        os.seteuid(pwd.getpwnam(user).pw_uid)
        try:
            return stage.Client(self.bus.address)
        finally:
            os.seteuid(0)

    def test_arguments_that_nobody_would_send(self):
        """As root, who gets through with everything, and as one whom polkit lets do nothing."""
        methods = methods_with_types(self.client)
        harmless = [method for method in methods if method[2] != "Shutdown"]
        before = self.refused()
        answers = self.flood(self.as_user("news"), methods, JUNK // 10, CHECKS_EACH)
        self.assertEqual(self.refused(), before)
        self.assertIn(DENIED, answers)
        for name, n in self.flood(self.client, harmless, JUNK - JUNK // 10, AT_ONCE).items():
            answers[name] = answers.get(name, 0) + n
        for name in answers:
            self.assertTrue(name == "ok" or ERROR.match(name), name)
        self.assertTrue(self.daemon.process.running())
        self.assertTrue(self.client.get_all(stage.MANAGER, f"{stage.NAME}.Manager"))
        print(f"\n  {JUNK} calls of {len(methods)} methods: " + ", ".join(f"{n} {name.rpartition('.')[2]}" for name, n in
                                                                       sorted(answers.items(), key=lambda item: -item[1])))

    def hostile_arguments(self, interface, member):
        """Valid arguments, and each text in them replaced by each hostile one."""
        valid = arguments_of(interface, member)
        for i in range(valid.n_children()):
            kind = valid.get_child_value(i).get_type_string()
            for text in HOSTILE:
                swapped = {"s": text, "as": [text], "a{sv}": {text: stage.GLib.Variant("s", text)}, "a(sbb)": [(text, True, False)]}
                if kind in swapped:
                    values = [valid.get_child_value(k) for k in range(valid.n_children())]
                    values[i] = stage.GLib.Variant(kind, swapped[kind])
                    yield stage.GLib.Variant.new_tuple(*values)

    def test_texts(self):
        """Errors and log hold nothing that moves a terminal's cursor or begins another line, and not all of what is long."""
        calls = 0
        for path, interface, member, _ in methods_with_types(self.client):
            for arguments in self.hostile_arguments(interface, member):
                calls += 1
                try:
                    self.client.connection.call_sync(stage.NAME, path, interface, member, arguments, None,
                                                     stage.Gio.DBusCallFlags.NO_AUTO_START, stage.CALL_MS, None)
                except stage.GLib.Error as error:
                    self.assertRegex(stage.Gio.DBusError.get_remote_error(error), ERROR)
                    text = error.message.partition(": ")[2]
                    with self.subTest(method=f"{interface}.{member}", arguments=arguments.print_(False)[:100]):
                        self.assertIsNone(CONTROL.search(text), repr(text[:200]))
                        self.assertLess(len(text), TEXT_MAX)
        for line in self.daemon.process.log().splitlines():
            self.assertIsNone(CONTROL.search(line), repr(line))
            self.assertLess(len(line), 2 * TEXT_MAX)
        print(f"\n  {calls} calls with hostile texts")


# So many connections, and calls on each that nobody waits for; they stay until a line comes.
CROWD = """
import sys
import dbus.bus
from dbus.lowlevel import MethodCallMessage
connections = [dbus.bus.BusConnection(sys.argv[1]) for _ in range(int(sys.argv[2]))]
for connection in connections:
    for _ in range(int(sys.argv[3])):
        message = MethodCallMessage("org.timeball1", "/org/timeball1/server", "org.timeball1.Server", "ListClients")
        message.append(0, 10, {}, signature="uua{sv}")
        connection.send_message(message)
for connection in connections:
    connection.flush()
print("sent", flush=True)
sys.stdin.readline()
"""


class Crowd(Stage):
    def test_memory(self):
        """One user with many connections, each with as many calls as the bus allows, while polkit does not answer: the bus keeps
        what we have not read, and we no more than we may."""
        before = most = self.daemon.resident_kib()
        self.polkit.process.freeze()
        crowd = subprocess.Popen(["setpriv", "--reuid=games", "--regid=65534", "--clear-groups", "--", sys.executable, "-c", CROWD,
                                  self.bus.address, str(CONNECTIONS), "128"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.addCleanup(crowd.stdin.close)
        self.addCleanup(crowd.stdout.close)
        answered = Sender(self.client, AT_ONCE)
        while not select.select([crowd.stdout], [], [], 0.01)[0]:
            most = max(most, self.daemon.resident_kib())
        answered.send(stage.SERVER, SERVER, "CheckAccess", stage.GLib.Variant("(s)", ("192.0.2.1",)))
        while answered.waiting:
            most = max(most, self.daemon.resident_kib())
            stage.GLib.MainContext.default().iteration(False)
            time.sleep(0.01)
        self.assertTrue(self.serves())
        crowd.kill()
        crowd.wait()
        self.polkit.process.thaw()
        self.assertEqual(self.deny(Caller(self, "games"), 1)[0], "ok")
        self.judge_memory(f"{CONNECTIONS} connections with 128 calls each", GROWTH_MAX_KIB, before, most)

    def judge_memory(self, what, growth_max_kib, before, most):
        after = self.daemon.resident_kib()
        sanitized = b"__asan_init" in (case.BUILD / "daemon" / "timeballd").read_bytes()
        # There each piece of memory has its surroundings, and what is freed is kept for a while, in case somebody uses it.
        room = growth_max_kib * (8 if sanitized else 1)
        self.assertLess(most - before, room)
        self.assertLess(after - before, room // (1 if sanitized else 4))
        print(f"\n  {what}: RSS {before} KiB, at most {most}, {after} afterwards")


class LargeAnswers(Crowd):
    config = [*CONFIG, *(f"server 198.18.{n // 256}.{n % 256} offline" for n in range(SOURCES))]

    def ask_in_vain(self):
        """Many calls have come, and the bus takes none of the answers."""
        sender = Sender(self.client, ANSWERS)
        self.client.rows()  # the daemon knows who it is, or it would not hold so many calls
        self.daemon.process.freeze()
        for _ in range(ANSWERS):
            sender.send(stage.MANAGER, "org.freedesktop.DBus.ObjectManager", "GetManagedObjects", stage.GLib.Variant("()", ()))
        self.client.present()  # the bus has handed the calls on before it answers
        self.bus.process.freeze()
        self.daemon.process.thaw()
        return sender

    def test_memory(self):
        """One answer waits, and so do the calls after it."""
        before = most = self.daemon.resident_kib()
        sender = self.ask_in_vain()
        end = time.monotonic() + HELD_S
        while time.monotonic() < end:
            most = max(most, self.daemon.resident_kib())
            time.sleep(0.01)
        self.bus.process.thaw()
        while sender.waiting:
            most = max(most, self.daemon.resident_kib())
            stage.GLib.MainContext.default().iteration(False)
            time.sleep(0.01)
        self.assertEqual(sender.answers, {"ok": ANSWERS})
        self.assertEqual(self.client.get(stage.MANAGER, "Manager", "SourceCount"), len(self.client.rows()))
        self.judge_memory(f"{ANSWERS} answers with {len(self.client.rows())} sources", ANSWERS_MAX_KIB, before, most)

    def test_bus_is_killed(self):
        self.ask_in_vain()
        time.sleep(HELD_S)
        self.kill_bus()
        self.assertTrue(self.serves())
        self.start_bus_again()
        self.assertTrue(self.client.rows())


class ReadOnly(Stage):
    def open_bus(self):
        return super().open_bus(self.open_policy())

    open_policy = stage.BusCase.open_policy

    def test_no_property_is_writable(self):
        """On a bus that lets the call through; ours does not even do that."""
        callers = [Caller(self, user) for user in ("root", "games")]
        n = 0
        for path, interfaces in live_objects(self.client, source=1).items():
            for interface in interfaces:
                for name in self.client.get_all(path, interface):
                    n += 1
                    arguments = stage.GLib.Variant("(ssv)", (interface, name, stage.GLib.Variant("s", "x")))
                    for caller in callers:
                        self.assertEqual(caller.call(path, stage.PROPERTIES, "Set", arguments)[0], READ_ONLY, f"{interface}.{name}")
        print(f"\n  {n} properties, none of them writable")


class Clients(Stage):
    def run_as(self, user, *words):
        return subprocess.run(["setpriv", f"--reuid={user}", "--regid=65534", "--clear-groups", "--", *words], capture_output=True,
                              text=True, check=False, timeout=60, env=os.environ | {"DBUS_SYSTEM_BUS_ADDRESS": self.bus.address})

    def test_busctl(self):
        where = (stage.NAME, stage.SERVER, SERVER)
        done = self.run_as("nobody", "busctl", "introspect", "--no-pager", stage.NAME, stage.MANAGER)
        self.assertIn("GetPermissions", done.stdout)
        self.assertEqual(self.run_as("nobody", "busctl", "get-property", *where, "Enabled").stdout, "b true\n")
        denied = self.run_as("nobody", "busctl", "--allow-interactive-authorization=no", "call", *where, "Deny", "sb", "10.1", "false")
        self.assertNotEqual(denied.returncode, 0)
        self.assertIn("needs org.timeball1.manage-server", denied.stderr)
        done = self.run_as("games", "busctl", "call", *where, "Deny", "sb", "10.1", "false")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(self.refused(), {"10.1.0.0/16"})

    def test_gdbus(self):
        call = ("gdbus", "call", "--system", "-d", stage.NAME, "-o", stage.SERVER, "-m")
        done = self.run_as("nobody", *call, f"{SERVER}.CheckAccess", "192.0.2.1")
        self.assertEqual(done.stdout, "(true,)\n", done.stderr)
        denied = self.run_as("nobody", *call, f"{SERVER}.Deny", "10.2", "false")
        self.assertIn("org.freedesktop.DBus.Error.InteractiveAuthorizationRequired", denied.stderr)
        self.assertEqual(self.run_as("games", *call, f"{SERVER}.Deny", "10.2", "false").stdout, "()\n")
        done = self.run_as("nobody", "gdbus", "introspect", "--system", "-d", stage.NAME, "-o", stage.CLOCK)
        self.assertIn(f"interface {stage.NAME}.Clock", done.stdout)

    def test_nobody_else_owns_our_names(self):
        for user in ("root", "games", "nobody"):
            caller = Caller(self, user)
            for name in NAMES:
                arguments = stage.GLib.Variant("(su)", (name, 2))  # in the place of who has it
                answer, _ = caller.call("/", stage.DRIVER, "RequestName", arguments, destination=stage.DRIVER)
                self.assertEqual(answer, DENIED, f"{user} {name}")


class Bus(Stage):
    def test_bus_stands_still(self):
        """Who is served does not notice, and the daemon is there when the bus goes on."""
        self.bus.process.freeze()
        end = time.monotonic() + STOPPED_S
        while time.monotonic() < end:
            self.assertTrue(self.serves())
            time.sleep(0.05)
        self.bus.process.thaw()
        self.assertEqual(self.deny(Caller(self, "games"), 1)[0], "ok")

    def test_bus_is_killed_while_polkit_is_asked(self):
        """Nothing that it was asked about is done; on the new bus everything is as before."""
        callers = [Caller(self, "games") for _ in range(9)]
        for number, caller in enumerate(callers):
            self.assertEqual(self.deny(caller, 100 + number)[0], "ok")
        before = self.refused()
        self.polkit.process.freeze()
        for number, caller in enumerate(callers):
            caller.send(stage.SERVER, SERVER, "Deny", arguments_of(SERVER, "Deny", number=number))
        answered = select.select([caller.child.stdout for caller in callers], [], [], stage.JOINED_S)[0]  # 8 wait for polkit
        self.assertEqual(len(answered), 1)
        self.kill_bus()
        for caller in callers:
            self.assertNotEqual(caller.answer()[0], "ok")
        self.assertTrue(self.serves())
        self.start_bus_again()
        self.assertEqual(self.refused(), before)
        self.assertEqual(self.deny(Caller(self, "games"), 9)[0], "ok")
        self.assertTrue(self.serves())


if __name__ == "__main__":
    stage.main()
