#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Who may call what of the server, on a bus without polkit: root, another user, and another process of the daemon's own user; and what
becomes of callers, and of a bus, that go away in the middle. Every method, with polkit, is called in test-polkit.py."""

import os
import pwd
import signal
import time

import authority
import stage
from caller import DENIED, INVALID, LIMITS, SERVER, Caller, arguments_of, vanish
from harness import isolation
from harness.deadline import wait_until
from introspection import methods

MANAGER = f"{stage.NAME}.Manager"
RATE_LIMITED = f"{stage.NAME}.Error.RateLimited"
INVALID_SUBNET = "org.timeball1.Error.InvalidSubnet"
NO_SERVER = "org.timeball1.Error.NoServer"
USERS = ("root", "games", isolation.USER)
REMEMBERED, CROWD = 384, 540  # senders; 512 are what a bus lets one connection watch
KILLED = 10000 if stage.LONG else 200
PATIENCE_S = 10  # for the bus to say whose user a sender is
DENY = ("Deny", "sb", "203.0.113.0/24", False)
SERVED = {member: action for (interface, member), action in methods().items() if interface == SERVER}
CHANGING = {"Allow", "Deny", "SetAccessList", "ResetCounters"}


class Matrix(stage.BusCase):
    def test_every_method_by_every_user(self):
        publisher, _ = self.publish()
        for user in USERS:
            caller = Caller(self, user)
            for member, action in SERVED.items():
                before = publisher.tell("changes")
                answer, text = caller.call(stage.SERVER, SERVER, member, arguments_of(SERVER, member))
                changed = publisher.tell("changes") != before
                with self.subTest(user=user, method=member):
                    may = action is None or user == "root"
                    self.assertEqual(answer, "ok" if may else DENIED, text)
                    self.assertEqual(changed, may and member in CHANGING)
                    if not may:
                        self.assertIn(f"needs {action}, which only root has", text)
                        self.assertIn(f"Server.{member} ", text)
                        self.assertEqual("own user" in text, user == isolation.USER)

    def test_reset_by_listing_takes_more(self):
        self.publish()
        query = arguments_of(SERVER, "ListClients", 0, 10, {"reset": stage.GLib.Variant("b", True)})
        answer, text = Caller(self, "games").call(stage.SERVER, SERVER, "ListClients", query)
        self.assertEqual(answer, DENIED)
        self.assertIn("needs org.timeball1.inspect", text)
        self.assertEqual(Caller(self, "root").call(stage.SERVER, SERVER, "ListClients", query)[0], "ok")

    def test_arguments_come_first(self):
        """Also for who may not: what is wrong is wrong for everybody."""
        self.publish()
        caller = Caller(self, "games")
        for member, *others in (("Allow", "10/33", False), ("ListTopClients", 0), ("ListClients", 0, 1001, {})):
            answer, text = caller.call(stage.SERVER, SERVER, member, arguments_of(SERVER, member, *others))
            self.assertIn(answer, (INVALID_SUBNET, INVALID), text)

    def test_without_an_interface(self):
        """On a bus whose policy lets it through: it does not get round the gate."""
        publisher, client = self.publish(policy=self.open_policy())
        message = stage.Gio.DBusMessage.new_method_call(stage.NAME, stage.SERVER, None, "Deny")
        message.set_body(arguments_of(SERVER, "Deny"))
        reply, _ = client.connection.send_message_with_reply_sync(message, stage.Gio.DBusSendMessageFlags.NONE,
                                                                  stage.CALL_MS, None)
        self.assertEqual(reply.get_message_type(), stage.Gio.DBusMessageType.ERROR)
        self.assertEqual(publisher.tell("changes")[0], 0)

    def test_nobody_is_served(self):
        _, client = self.publish(server=False)
        self.assertFalse(client.get(stage.SERVER, "Server", "Enabled"))
        self.assertEqual(client.get(stage.SERVER, "Server", "Listen"), [])
        for member in SERVED:
            arguments = arguments_of(SERVER, member)
            self.assertEqual(client.error_of(stage.SERVER, SERVER, member, arguments.get_type_string(), *arguments), NO_SERVER)


class Remembered(stage.BusCase):
    """The bus is asked once for each sender, as long as it is remembered."""

    def crowd(self, size):
        """So many connections; one user may not have as many."""
        found = []
        for i in range(size):
            os.seteuid(pwd.getpwnam(("games", "news", "lp")[i % 3]).pw_uid)
            try:
                found.append(stage.Client(self.bus.address))
            finally:
                os.seteuid(0)
        return found

    def call(self, *clients):
        for client in clients:
            self.assertEqual(client.error_of(stage.SERVER, SERVER, "Deny", "(sb)", "203.0.113.0/24", False), DENIED)

    def questions(self):
        """How often the bus was asked whose user somebody is. What was sent before this is known to the monitor after it."""
        self.marks += 1
        stage.Client(self.bus.address).call("/", stage.DRIVER, "GetId", destination=stage.DRIVER)
        wait_until(lambda: [m.member for m in self.monitor.messages()].count("GetId") == self.marks, stage.JOINED_S, "the mark is seen")
        members = [message.member for message in self.monitor.messages()]
        return members.count("GetConnectionUnixUser")

    def begin(self, **how):
        publisher, client = self.publish(**how)
        self.monitor, self.marks = self.bus.monitor(), 0
        return publisher, client

    def test_more_than_are_remembered(self):
        """Who has not called for longest is forgotten, and nobody is kept out: there are more than the bus lets us watch."""
        publisher, _ = self.begin()
        crowd = self.crowd(CROWD)
        first, last, one_more, *others = crowd[0], crowd[REMEMBERED - 1], *crowd[REMEMBERED:]
        self.call(*crowd[:REMEMBERED])
        self.assertEqual(self.questions(), REMEMBERED)
        self.call(first, one_more, last, first)
        self.assertEqual(self.questions(), REMEMBERED + 1)
        self.call(crowd[1])  # was forgotten for the one more
        self.assertEqual(self.questions(), REMEMBERED + 2)
        self.call(*others)
        stage.Client(self.bus.address).call(stage.SERVER, SERVER, "Deny", "(sb)", "203.0.113.0/24", False)
        self.assertEqual(publisher.tell("changes")[0], 1)

    def test_only_the_bus_says_who_left(self):
        """On a bus that lets everybody send us signals: another sender's NameOwnerChanged is nothing."""
        _, client = self.begin(policy=self.open_policy())
        caller, liar = self.crowd(2)
        self.call(caller)
        self.assertEqual(self.questions(), 1)
        owner, = client.call("/", stage.DRIVER, "GetNameOwner", "(s)", stage.NAME, destination=stage.DRIVER)
        name = caller.connection.get_unique_name()
        liar.connection.emit_signal(owner, "/org/freedesktop/DBus", stage.DRIVER, "NameOwnerChanged",
                                    stage.GLib.Variant("(sss)", (name, name, "")))
        liar.connection.flush_sync()
        liar.call(stage.SERVER, SERVER, "CheckAccess", "(s)", "192.0.2.1")  # what came before it is dealt with
        self.call(caller)
        self.assertEqual(self.questions(), 1)
        caller.connection.close_sync()
        caller, = self.crowd(1)
        self.call(caller)
        self.assertEqual(self.questions(), 2)


class Leaving(stage.BusCase):
    """Between the question and polkit's answer."""

    def begin(self):
        publisher, client = self.publish(policy=authority.bus_policy(self.directory))
        self.authority = authority.Authority(self)
        return publisher, client

    def ask(self, caller, number):
        """A call that polkit is asked about; what it is told."""
        caller.send(stage.SERVER, SERVER, "Deny", arguments_of(SERVER, "Deny", number=number))
        what, *question = self.authority.read()
        self.assertEqual(what, "asked")
        return question

    def settle(self, client):
        """What the daemon has got, it has dealt with."""
        for _ in range(2):
            client.call(stage.SERVER, SERVER, "CheckAccess", "(s)", "192.0.2.1")

    def test_yes_comes_too_late(self):
        """For who has left nothing is done whatever polkit says, and polkit is told that nobody asks any more."""
        publisher, client = self.begin()
        caller = Caller(self, "games")
        action, details, number = self.ask(caller, 1)
        self.assertEqual((action, details), ("org.timeball1.manage-server", {
            "method": "Server.Deny", "call": "Server.Deny 203.0.113.1 all", "subnet": "203.0.113.1"}))
        there = len(client.names())
        caller.end()
        wait_until(lambda: len(client.names()) < there, stage.JOINED_S, "the bus knows that it has left")
        self.settle(client)
        told = self.authority.answer(authority.YES)
        self.settle(client)
        self.assertEqual(publisher.tell("changes")[0], 0)
        self.assertEqual(told or [self.authority.read()], [["cancelled", number]])
        self.ask(Caller(self, "games"), 2)
        self.authority.answer(authority.YES)
        wait_until(lambda: publisher.tell("changes")[0] == 1, stage.JOINED_S, "of who is there, it is done")

    def test_everything_is_looked_at_again(self):
        """What has gone, or was done by somebody else, while polkit was asked."""
        publisher, client = self.begin()
        callers = [Caller(self, "games") for _ in range(5)]
        source = f"{stage.SOURCES}/1"
        calls = ((stage.MANAGER, MANAGER, "SetOnline", stage.GLib.Variant("(sba{sv})", (source, False, {}))),
                 (stage.MANAGER, MANAGER, "RemoveSource", stage.GLib.Variant("(oa{sv})", (source, {}))),
                 (source, f"{stage.NAME}.Source", "Remove", stage.GLib.Variant("(a{sv})", ({},))),
                 *[(stage.MANAGER, MANAGER, "Burst", stage.GLib.Variant("(suua{sv})", ("2", 1, 1, {})))] * 2)
        for caller, call in zip(callers, calls):
            caller.send(*call)
            self.assertEqual(self.authority.read()[0], "asked")
        publisher.tell("remove", 1)
        for _ in calls:
            self.authority.answer(authority.YES)
        gone = f"{stage.NAME}.Error.NoSuchSource"
        self.assertEqual([caller.answer()[0] for caller in callers],
                         [gone, gone, f"{stage.DRIVER}.Error.UnknownObject", "ok", RATE_LIMITED])
        self.assertEqual(publisher.ask("order")[1:], ["burst", "2", "1", "1"])


    def test_names_are_looked_up_once_a_minute(self):
        """For who is not root, as bursts are; the first source is given by its address."""
        publisher, client = self.begin()
        caller = Caller(self, "games")
        for selector, expected in (("2", "ok"), ("2", RATE_LIMITED), ("3", "ok"), ("3", RATE_LIMITED), ("", "ok")):
            caller.send(stage.MANAGER, MANAGER, "Refresh", stage.GLib.Variant("(s)", (selector,)))
            self.assertEqual(self.authority.read()[0], "asked")
            self.authority.answer(authority.YES)
            self.assertEqual(caller.answer()[0], expected, selector)
        self.assertEqual(publisher.ask("order")[1:], ["refresh", "1"])
        client.call(stage.MANAGER, MANAGER, "Refresh", "(s)", "2")
        self.assertEqual(publisher.ask("order")[1:], ["refresh", "2"])


class Budget(stage.BusCase):
    def test_what_costs_much(self):
        """30 in 10 s of one user over all of its connections, what sd-bus answers by itself too; root has as many as it likes."""
        self.publish()
        managed = (stage.MANAGER, f"{stage.DRIVER}.ObjectManager", "GetManagedObjects", stage.GLib.Variant("()", ()))
        listed = (stage.MANAGER, f"{stage.NAME}.Manager", "ListSources", stage.GLib.Variant("(a{sv})", ({},)))
        begin = time.monotonic()
        callers = [Caller(self, "games") for _ in range(2)]
        told = [callers[i % 2].call(*(managed if i % 3 else listed))[0] for i in range(40)]
        if time.monotonic() - begin < 10:  # or the first ones may be had again
            self.assertEqual(told, ["ok"] * 30 + [RATE_LIMITED] * 10)
        self.assertEqual({Caller(self, user).call(*managed)[0] for user in ("news", "root")}, {"ok"})
        root = Caller(self, "root")
        self.assertEqual({root.call(*managed)[0] for _ in range(40)}, {"ok"})

    def test_what_asks_polkit_much(self):
        """Thirteen questions are one call."""
        self.publish()
        permissions = (stage.MANAGER, MANAGER, "GetPermissions", stage.GLib.Variant("()", ()))
        begin = time.monotonic()
        caller = Caller(self, "games")
        told = [caller.call(*permissions)[0] for _ in range(31)]
        self.assertEqual(told[:30], ["ok"] * 30)
        if time.monotonic() - begin < 10:
            self.assertEqual(told[30], RATE_LIMITED)

    def test_too_often_before_polkit(self):
        """Whose call is one too many is told so, whatever polkit would say of it."""
        self.publish()
        top = (stage.SERVER, SERVER, "ListTopClients", stage.GLib.Variant("(u)", (1,)))
        begin = time.monotonic()
        caller = Caller(self, "games")
        told = [caller.call(*top)[0] for _ in range(31)]
        self.assertEqual(told[:30], [DENIED] * 30)
        if time.monotonic() - begin < 10:
            self.assertEqual(told[30], RATE_LIMITED)


class Waiting(stage.BusCase):
    """The bus does not say whose user the sender is: it stands still."""

    def send(self, client, member, signature="()", *values):
        """A call that is not waited for; its answer is appended to self.answers: "ok" or the error's name."""
        def on_answer(connection, result):
            try:
                connection.call_finish(result)
                self.answers.append("ok")
            except stage.GLib.Error as error:
                self.answers.append(stage.Gio.DBusError.get_remote_error(error))

        client.connection.call(stage.NAME, stage.SERVER, SERVER, member, stage.GLib.Variant(signature, values), None,
                               stage.Gio.DBusCallFlags.NO_AUTO_START, 60000, None, on_answer)
        client.connection.flush_sync()

    def setUp(self):
        super().setUp()
        self.answers = []

    def wait_for_answers(self, n, seconds=stage.JOINED_S):
        def enough():
            while stage.GLib.MainContext.default().iteration(False):
                pass
            return len(self.answers) >= n

        wait_until(enough, seconds, f"{n} answers; there are {self.answers}", 0.01)
        return sorted(self.answers)

    def stand_still(self, publisher, *sends):
        """What is sent arrives, and the bus stops before it is asked who sent it."""
        os.kill(publisher.child.pid, signal.SIGSTOP)
        for send in sends:
            send()
        wait_until(lambda: stage.Client(self.bus.address).present(), stage.JOINED_S, "the bus has passed everything on")
        self.bus.process.freeze()
        os.kill(publisher.child.pid, signal.SIGCONT)
        publisher.tell("lateness")

    def deny(self, client):
        return lambda: self.send(client, "Deny", "(sb)", "203.0.113.0/24", False)

    def test_done_once_the_bus_goes_on(self):
        publisher, client = self.publish()
        self.stand_still(publisher, self.deny(client))
        self.assertEqual(publisher.tell("changes")[0], 0)
        self.bus.process.thaw()
        self.assertEqual(self.wait_for_answers(1), ["ok"])
        self.assertEqual(publisher.tell("changes")[0], 1)

    def test_no_answer_is_no(self):
        publisher, client = self.publish()
        self.stand_still(publisher, self.deny(client))
        since = time.monotonic()
        wait_until(lambda: time.monotonic() - since > PATIENCE_S + 1, 60, "our own patience is over")
        self.bus.process.thaw()
        self.assertEqual(self.wait_for_answers(1), [DENIED])
        self.assertEqual(publisher.tell("changes")[0], 0)
        self.deny(client)()  # and it is asked again for the next one
        self.assertEqual(self.wait_for_answers(2), ["ok", DENIED])
        self.assertEqual(publisher.tell("changes")[0], 1)

    def test_caller_goes_meanwhile(self):
        publisher, client = self.publish()
        self.stand_still(publisher, lambda: vanish(self.bus.address, "root", (stage.SERVER, SERVER, *DENY), 0))
        self.bus.process.thaw()
        client.call(stage.SERVER, SERVER, "CheckAccess", "(s)", "192.0.2.1")
        self.assertEqual(publisher.tell("changes")[0], 0)

    def test_bus_is_killed_meanwhile(self):
        publisher, client = self.publish()
        self.stand_still(publisher, self.deny(client))
        self.bus.process.child.kill()
        self.bus.process.wait(stage.JOINED_S)
        self.bus.process.log_path.unlink()
        self.bus = self.start_bus()
        client = stage.Client(self.bus.address)
        wait_until(client.present, stage.JOINED_S, "it is on the new bus")
        self.assertEqual(publisher.tell("changes")[0], 0)
        client.call(stage.SERVER, SERVER, "Deny", "(sb)", "203.0.113.0/24", False)
        self.assertEqual(publisher.tell("changes")[0], 1)

    def test_it_ends_meanwhile(self):
        publisher, client = self.publish()
        self.stand_still(publisher, self.deny(client), self.deny(client))
        publisher.stop()
        self.bus.process.thaw()
        self.wait_for_answers(2)
        self.assertNotIn("ok", self.answers)

    def test_so_many_of_one_sender(self):
        publisher, client = self.publish()
        self.stand_still(publisher, *[self.deny(client)] * 12)
        self.bus.process.thaw()
        self.assertEqual(self.wait_for_answers(12), ["ok"] * 8 + [LIMITS] * 4)
        self.assertEqual(publisher.tell("changes")[0], 8)

    def test_so_many_at_all(self):
        publisher, _ = self.publish()
        clients = [stage.Client(self.bus.address) for _ in range(70)]
        self.stand_still(publisher, *map(self.deny, clients))
        self.bus.process.thaw()
        self.assertEqual(self.wait_for_answers(70), ["ok"] * 64 + [LIMITS] * 6)
        clients += [stage.Client(self.bus.address) for _ in range(70)]  # who has been let in does not keep others out
        for client in clients:
            client.call(stage.SERVER, SERVER, "Deny", "(sb)", "203.0.113.0/24", False)
        self.assertEqual(publisher.tell("changes")[0], 64 + 140)

    def test_so_many_that_a_worker_has(self):
        publisher, client = self.publish()
        publisher.tell("hold", 1)
        for _ in range(9):
            self.send(client, "ListClients", "(uua{sv})", 0, 10, {})
        self.assertEqual(self.wait_for_answers(1), [LIMITS])
        self.assertEqual(publisher.tell("held"), [8])
        self.send(client, "CheckAccess", "(s)", "192.0.2.1")  # nothing else waits
        self.assertEqual(self.wait_for_answers(2), ["ok", LIMITS])
        publisher.tell("release")
        self.assertEqual(self.wait_for_answers(10), ["ok"] * 9 + [LIMITS])

    def test_what_a_worker_has_when_it_ends(self):
        publisher, client = self.publish()
        publisher.tell("hold", 1)
        self.send(client, "ListClients", "(uua{sv})", 0, 10, {})
        wait_until(lambda: publisher.tell("held") == [1], stage.JOINED_S, "the call has arrived")
        publisher.stop()  # the Bus goes first, then the answer comes
        self.wait_for_answers(1)

    def test_killed_callers(self):
        """0 to 50 ms after the call. What was done, was done for root; and the daemon goes on."""
        publisher, client = self.publish()
        stayed = 0
        for i in range(KILLED):
            done = publisher.tell("changes")[0]
            stays = i % 40 == 0  # until it is done: a Deny of root
            stayed += stays
            query = (stage.SERVER, SERVER, "ListTopClients", "u", 1000)
            user = ("root", "games")[i % 2]
            self.assertEqual(vanish(self.bus.address, user, (stage.SERVER, SERVER, *DENY) if i % 4 < 2 else query,
                                    i % 51 / 1000, lambda: stays and wait_until(
                                        lambda: publisher.tell("changes")[0] > done, stage.JOINED_S, "it is done")), b"x")
        client.call(stage.SERVER, SERVER, "CheckAccess", "(s)", "192.0.2.1")
        done = publisher.tell("changes")[0]
        self.assertLessEqual(done, (KILLED + 3) // 4)  # every fourth is a Deny of root
        self.assertGreaterEqual(done, stayed)
        print(f"\n  {KILLED} callers killed; {done} of {KILLED // 4} calls of root were done before")


if __name__ == "__main__":
    stage.main()
