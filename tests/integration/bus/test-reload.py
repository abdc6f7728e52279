#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""The configuration is read again while timeballd runs, by SIGHUP and by the bus: all of it or nothing; and what is changed at run
time is saved, taken back, and found by the next start."""

import os
import shutil
import signal
import socket
import time

import stage
from harness import case, isolation, network
from harness.daemon import Timeballd
from harness.deadline import wait_until
from harness.ntp_packet import MODE_CLIENT, Packet, stamp

FIRST, SECOND, THIRD = (network.ipv4(number) for number in (11, 12, 13))
ASKER = network.ipv4(network.FIRST_SERVER)
PORT = 11123
WAIT_S = 30
CONFIG_INVALID = "org.timeball1.Error.ConfigInvalid"
IO_ERROR = "org.freedesktop.DBus.Error.IOError"
READ_ONLY = "org.timeball1.Error.ReadOnly"
BASE = [f"server {FIRST} minpoll 4", f"server {SECOND} offline", "makestep 1 3"]
SERVING = [*BASE, f"port {PORT}", "serverworkers 1", "local stratum 5", f"allow {ASKER}"]


class Reload(case.DaemonCase):
    def begin(self, config, **options):
        self.daemon, self.api = self.follow(config, **options)
        self.client = stage.Client(stage.bus.address(self.directory))
        self.file = self.directory / "timeballd.conf"

    def write(self, *lines):
        self.file.write_text("\n".join([*lines, ""]), encoding="ascii")

    def manager(self, method, signature="()", *arguments):
        return self.client.call(stage.MANAGER, f"{stage.NAME}.Manager", method, signature, *arguments)

    def refused(self, method):
        return self.client.refusal(stage.MANAGER, f"{stage.NAME}.Manager", method)

    def get(self, name, interface="Manager", path=stage.MANAGER):
        return self.client.get(path, interface, name)

    def sources(self):
        """{address: id}"""
        return {row[3]: row[1] for row in self.client.rows()}

    def reload(self):
        return self.manager("Reload")[0]

    def is_served(self):
        with self.network.servers.socket(socket.AF_INET, socket.SOCK_DGRAM) as client:
            client.settimeout(0.3)
            client.connect((network.ipv4(network.CLIENT), PORT))
            try:
                client.send(Packet(MODE_CLIENT, transmit=stamp(time.time_ns())).emit())
                return len(client.recv(1024)) >= 48
            except OSError:
                return False


class Whole(Reload):
    def test_sources_come_go_and_stay(self):
        self.begin(BASE)
        before, generation = self.sources(), self.get("ConfigurationGeneration")
        self.assertEqual(set(before), {FIRST, SECOND})
        self.write(BASE[0], f"server {THIRD}", "makestep 0.5 -1", "maxupdateskew 7")
        self.assertEqual(self.reload(), [])
        after = self.sources()
        self.assertEqual(set(after), {FIRST, THIRD})
        self.assertEqual(after[FIRST], before[FIRST])
        self.assertEqual(self.get("MakeStepThresholdSeconds", "Clock", stage.CLOCK), 0.5)
        self.assertEqual(self.get("MakeStepLimit", "Clock", stage.CLOCK), -1)
        self.assertAlmostEqual(self.get("MaxUpdateSkewPPM", "Clock", stage.CLOCK), 7)
        self.assertGreater(self.get("ConfigurationGeneration"), generation)

    def test_an_error_changes_nothing(self):
        self.begin(BASE)
        before, generation = self.sources(), self.get("ConfigurationGeneration")
        self.write(f"server {THIRD}", "makestep 0.5 -1", "maxupdateskwe 7")
        name, text = self.refused("Reload")
        self.assertEqual(name, CONFIG_INVALID)
        self.assertIn(f"{self.file}:3: 'maxupdateskwe': there is no such directive; is 'maxupdateskew' meant?", text)
        self.file.unlink()
        name, text = self.refused("Reload")
        self.assertEqual(name, CONFIG_INVALID)
        self.assertIn(f"{self.file}: the file can't be read", text)
        self.assertEqual(self.sources(), before)
        self.assertEqual(self.get("MakeStepLimit", "Clock", stage.CLOCK), 3)
        self.assertEqual(self.get("ConfigurationGeneration"), generation)

    def test_more_sources_than_there_is_room_for(self):
        self.begin(BASE)
        for number in range(3):
            self.manager("AddSourceFromLine", "(sb)", f"server 198.51.100.{number} offline", False)
        before = self.sources()
        many = [f"server 198.18.{number // 250}.{number % 250} offline" for number in range(2048)]
        self.write(*many[:2046], "makestep 7 7")
        name, text = self.refused("Reload")
        self.assertEqual(name, CONFIG_INVALID)
        self.assertIn("2049 sources with those that came at run time: 2048 are the most", text)
        self.assertEqual(self.sources(), before)
        self.assertEqual(self.get("MakeStepLimit", "Clock", stage.CLOCK), 3)
        self.write(*many[:2045])
        self.assertEqual(self.reload(), [])
        self.assertEqual(len(self.sources()), 2048)

    def test_a_source_that_is_there_already(self):
        self.begin(BASE)
        self.manager("AddSourceFromLine", "(sb)", f"server {THIRD} offline", False)
        self.write(*BASE, f"server {THIRD} minpoll 5")
        for _ in range(2):  # it is so as long as it is so
            self.assertEqual(self.reload(), [f"'{THIRD}': this server is left out: a source with that name or address is there "
                                             "already"])
        self.manager("RevertRuntimeChanges")
        self.assertEqual(self.get("MinPoll", "Source", f"{stage.SOURCES}/{self.sources()[THIRD]}"), 5)

    def test_by_signal(self):
        self.begin(BASE)
        self.write(BASE[0], "nonsense")
        self.daemon.process.child.send_signal(signal.SIGHUP)
        self.daemon.process.wait_for_log(f"The configuration stays as it is: {self.file}:2: 'nonsense'", WAIT_S)
        self.write(BASE[0], f"server {THIRD}")
        self.daemon.process.child.send_signal(signal.SIGHUP)
        self.daemon.process.wait_for_log("The configuration has been read again", WAIT_S)
        self.assertEqual(set(self.sources()), {FIRST, THIRD})

    def test_what_cannot_change_is_named(self):
        self.begin(BASE)
        self.write(*BASE, "user nobody", f"port {PORT}", "maxntsconnections 7")
        for _ in range(2):  # it is so as long as it is so
            warnings = self.reload()
            self.assertEqual([warning for warning in warnings if "started anew" in warning],
                             [f"{self.file}:{line}: '{word}': this can't be changed while the daemon runs: it takes effect when "
                              "the daemon is started anew" for line, word in ((5, "port"), (4, "user"))])

    def test_sourcedir_and_keys(self):
        folder = self.directory / "sources"
        folder.mkdir()
        keys = self.directory / "keys"
        keys.write_text("1 SHA256 HEX:" + "5A" * 32 + "\n", encoding="ascii")
        os.chmod(keys, 0o644)
        (folder / "a.sources").write_text(f"server {SECOND}\n", encoding="ascii")
        self.begin([f"server {FIRST} key 1", f"sourcedir {folder}", f"keyfile {keys}"])
        before = self.sources()
        self.assertEqual(set(before), {FIRST, SECOND})
        (folder / "a.sources").write_text(f"server {THIRD}\nnonsense\n", encoding="ascii")
        self.manager("ReloadSources")
        self.assertEqual(set(self.sources()), {FIRST, THIRD})
        self.assertEqual(self.sources()[FIRST], before[FIRST])
        self.assertEqual(self.manager("ListKeys")[0], [(1, "SHA256", 256)])
        keys.write_text("1 SHA256 HEX:" + "A5" * 32 + "\n2 AES128 HEX:" + "0F" * 16 + "\n", encoding="ascii")
        self.manager("ReloadKeys")
        self.assertEqual(self.manager("ListKeys")[0], [(1, "SHA256", 256), (2, "AES128", 128)])
        keys.unlink()
        self.assertEqual(self.refused("ReloadKeys")[0], CONFIG_INVALID)
        self.assertEqual(len(self.manager("ListKeys")[0]), 2)
        keys.write_text("3 MD5 HEX:" + "5A" * 16 + "\n", encoding="ascii")
        self.reload()
        self.assertEqual(self.manager("ListKeys")[0], [(3, "MD5", 128)])


    def test_nobody_writes_into_a_fifo(self):
        keys = self.directory / "keys"
        keys.write_text("1 SHA256 HEX:" + "5A" * 32 + "\n", encoding="ascii")
        os.chmod(keys, 0o644)
        self.begin([f"server {FIRST} key 1", f"keyfile {keys}"])
        keys.unlink()
        os.mkfifo(keys)
        os.chmod(keys, 0o666)
        name, text = self.refused("ReloadKeys")
        self.assertEqual((name, text), (CONFIG_INVALID, f"{keys}: the file can't be read: It is no plain file"))
        self.assertEqual(self.manager("ListKeys")[0], [(1, "SHA256", 256)])
        self.file.unlink()
        os.mkfifo(self.file)
        os.chmod(self.file, 0o666)
        name, text = self.refused("Reload")
        self.assertEqual((name, text), (CONFIG_INVALID, f"{self.file}: the file can't be read: It is no plain file"))


class Kept(Reload):
    def test_what_came_at_run_time(self):
        self.begin(BASE)
        before = self.sources()
        self.manager("AddSourceFromLine", "(sb)", f"server {THIRD} offline", False)
        self.manager("RemoveSource", "(oa{sv})", f"{stage.SOURCES}/{before[SECOND]}", {})
        first = f"{stage.SOURCES}/{before[FIRST]}"
        self.client.call(first, f"{stage.NAME}.Source", "SetOptions", "(a{sv})", {"minpoll": stage.GLib.Variant("i", 5)})
        self.client.call(stage.CLOCK, f"{stage.NAME}.Clock", "SetMakeStep", "(di)", 2.5, 7)
        self.manager("SetLinkServers", "(isasa{sv})", 1, "api", ["192.0.2.61"], {})
        self.reload()
        self.assertEqual(set(self.sources()), {FIRST, THIRD, "192.0.2.61"})
        self.assertEqual(self.get("MinPoll", "Source", first), 5)
        self.assertEqual(self.get("MakeStepLimit", "Clock", stage.CLOCK), 7)
        self.assertTrue(self.get("ConfigurationDirty"))
        self.manager("RevertRuntimeChanges")
        self.assertEqual(set(self.sources()), {FIRST, SECOND, "192.0.2.61"})
        self.assertEqual(self.sources()[FIRST], before[FIRST])
        self.assertEqual(self.get("MinPoll", "Source", first), 4)
        self.assertEqual(self.get("MakeStepLimit", "Clock", stage.CLOCK), 3)
        self.assertFalse(self.get("ConfigurationDirty"))

    def wait_for_stratum(self, stratum):
        wait_until(lambda: self.get("StratumServed", "Server", stage.SERVER) == stratum, WAIT_S, f"stratum {stratum} is served")

    def test_local_that_was_taken_back(self):
        self.begin(SERVING)
        self.wait_for_stratum(5)
        self.client.call(stage.CLOCK, f"{stage.NAME}.Clock", "SetLocal", "(ba{sv})", False, {})
        self.wait_for_stratum(0)
        self.reload()
        self.assertEqual(self.get("StratumServed", "Server", stage.SERVER), 0)
        self.assertEqual(set(self.sources()), {FIRST, SECOND})
        self.manager("RevertRuntimeChanges")
        self.wait_for_stratum(5)


    def test_what_is_taken_back_twice(self):
        self.begin(SERVING)
        local = lambda on, **options: self.client.call(stage.CLOCK, f"{stage.NAME}.Clock", "SetLocal", "(ba{sv})", on, options)
        self.wait_for_stratum(5)
        local(False)
        local(True, stratum=stage.GLib.Variant("i", 6))
        self.wait_for_stratum(6)
        local(False)
        self.wait_for_stratum(0)
        self.reload()
        self.assertEqual(self.get("StratumServed", "Server", stage.SERVER), 0)
        self.assertTrue(self.get("ConfigurationDirty"))
        self.write(*[line for line in SERVING if not line.startswith("local")])
        self.reload()
        self.assertFalse(self.get("ConfigurationDirty"))


    def test_a_refused_reload_forgets_nothing(self):
        self.begin(SERVING)
        self.wait_for_stratum(5)
        self.client.call(stage.CLOCK, f"{stage.NAME}.Clock", "SetLocal", "(ba{sv})", False, {})
        self.wait_for_stratum(0)
        self.manager("AddSourceFromLine", "(sb)", f"server {THIRD} offline", False)
        without = [line for line in SERVING if not line.startswith(("local", "server "))]
        self.write(*without, *[f"server 198.18.{number // 250}.{number % 250} offline" for number in range(2048)])
        self.assertEqual(self.refused("Reload")[0], CONFIG_INVALID)
        self.assertTrue(self.get("ConfigurationDirty"))
        self.write(*SERVING)
        self.reload()
        self.assertFalse(self.get("LocalMode", "Clock", stage.CLOCK)["enabled"])
        self.assertTrue(self.get("ConfigurationDirty"))


class Serving(Reload):
    def test_rules(self):
        self.begin(SERVING)
        wait_until(self.is_served, WAIT_S, "time is served")
        self.write(*SERVING[:-1])
        self.reload()
        wait_until(lambda: not self.is_served(), WAIT_S, "nobody is served")
        self.write(*SERVING, "ratelimit interval 4 burst 3")
        self.reload()
        wait_until(self.is_served, WAIT_S, "time is served again")
        limit = self.get("RateLimit", "Server", stage.SERVER)
        self.assertEqual((limit["enabled"], limit["interval"], limit["burst"]), (True, 4, 3))
        self.write(*[line.replace("stratum 5", "stratum 7") for line in SERVING])
        self.reload()
        wait_until(lambda: self.get("StratumServed", "Server", stage.SERVER) == 7, WAIT_S, "the other stratum is served")

    def test_a_server_comes_later(self):
        self.begin([*BASE, f"port {PORT}", "serverworkers 1", "local stratum 5"])
        self.assertFalse(self.get("Enabled", "Server", stage.SERVER))
        self.assertFalse(self.is_served())
        self.write(*SERVING)
        self.assertEqual(self.reload(), [])
        self.assertTrue(self.get("Enabled", "Server", stage.SERVER))
        wait_until(self.is_served, WAIT_S, "time is served")

    def test_rules_by_the_bus_outlive_a_reload(self):
        self.begin(SERVING[:-1] + ["allow 203.0.113.1"])
        self.client.call(stage.SERVER, f"{stage.NAME}.Server", "Allow", "(sb)", ASKER, False)
        wait_until(self.is_served, WAIT_S, "time is served")
        self.assertTrue(self.get("ConfigurationDirty"))
        self.write(*SERVING[:-1], "allow 203.0.113.2")
        self.reload()
        wait_until(self.is_served, WAIT_S, "time is served")
        self.manager("RevertRuntimeChanges")
        wait_until(lambda: not self.is_served(), WAIT_S, "that is taken back")
        self.assertFalse(self.get("ConfigurationDirty"))


class Saved(Reload):
    def setUp(self):
        super().setUp()
        self.state = self.directory / "state"
        self.state.mkdir()
        shutil.chown(self.state, isolation.USER)
        self.saved = self.state / "saved.conf"

    def saved_lines(self):
        return [line for line in self.saved.read_text(encoding="ascii").splitlines() if not line.startswith("#")]

    def manager_refusal(self, method, *arguments):
        return self.client.refusal(stage.MANAGER, f"{stage.NAME}.Manager", method, *arguments)

    def test_saved_and_found_again(self):
        self.begin(SERVING, options=[f"--saved={self.saved}"])
        self.assertFalse(self.get("ReadOnly"))
        self.client.call(stage.SERVER, f"{stage.NAME}.Server", "Deny", "(sb)", "203.0.113.0/24", False)
        self.client.call(stage.CLOCK, f"{stage.NAME}.Clock", "SetMakeStep", "(di)", 2.5, 7)
        self.manager("AddSourceFromLine", "(sb)", f"server {THIRD} offline minpoll 5", False)
        self.manager("RemoveSource", "(oa{sv})", f"{stage.SOURCES}/{self.sources()[SECOND]}", {})
        self.assertTrue(self.get("ConfigurationDirty"))
        warnings = self.manager("SaveRuntimeChanges")[0]
        self.assertEqual(len(warnings), 1)
        self.assertIn(f"'{SECOND}': it was removed, but comes back when the daemon starts", warnings[0])
        self.assertEqual(self.saved_lines(), ["deny 203.0.113.0/24", "makestep 2.5 7", f"server {THIRD} offline minpoll 5"])
        self.daemon.terminate()
        self.daemon.process.wait(WAIT_S)
        Timeballd(self, SERVING, bus=stage.bus.address(self.directory), options=[f"--saved={self.saved}"], name="again")
        wait_until(lambda: self.client.present() and set(self.sources()) == {FIRST, SECOND, THIRD}, WAIT_S, "all are there")
        self.assertEqual(self.get("MakeStepLimit", "Clock", stage.CLOCK), 7)
        self.assertFalse(self.get("ConfigurationDirty"))

    def test_the_disk_does_not_take_it(self):
        self.saved.mkdir()
        self.begin(BASE, options=[f"--saved={self.saved}"])
        self.client.call(stage.CLOCK, f"{stage.NAME}.Clock", "SetMakeStep", "(di)", 2.5, 7)
        why = f"{self.saved} can't be written: Is a directory"
        self.assertEqual(self.refused("SaveRuntimeChanges"), (IO_ERROR, why))
        self.assertTrue(self.get("ConfigurationDirty"))
        self.assertEqual(self.manager_refusal("AddSourceFromLine", "(sb)", f"server {THIRD} offline", True),
                         (IO_ERROR, f"The source is there, but is not saved: {why}"))
        path = f"{stage.SOURCES}/{self.sources()[THIRD]}"
        self.assertEqual(self.get("Origin", "Source", path), "runtime")
        self.reload()
        self.assertIn(THIRD, self.sources())
        self.saved.rmdir()
        self.assertEqual(self.manager("SaveRuntimeChanges")[0], [])
        self.assertFalse(self.get("ConfigurationDirty"))
        self.assertEqual(self.get("Origin", "Source", path), "saved")
        self.assertEqual(self.saved_lines(), ["makestep 2.5 7", f"server {THIRD} offline"])

    def test_kept_when_it_is_answered(self):
        self.begin(BASE, options=[f"--saved={self.saved}"])
        for number in range(20):
            line = f"server 198.51.100.{number} offline"
            path = self.manager("AddSourceFromLine", "(sb)", line, True)[0]
            self.assertEqual(self.saved_lines()[-1], line)
            self.assertEqual(self.get("Origin", "Source", path), "saved")
        self.assertFalse(self.get("ConfigurationDirty"))

    def remove(self, path):
        self.manager("RemoveSource", "(oa{sv})", path, {})

    def test_nothing_piles_up(self):
        self.begin(BASE, options=[f"--saved={self.saved}"])
        line = f"server {THIRD} offline"
        for _ in range(10):
            self.remove(self.manager("AddSourceFromLine", "(sb)", line, True)[0])
            self.assertTrue(self.get("ConfigurationDirty"))
        self.assertEqual(self.saved_lines(), [line])
        self.assertEqual(self.get("Origin", "Source", self.manager("AddSourceFromLine", "(sb)", line, False)[0]), "saved")
        self.assertFalse(self.get("ConfigurationDirty"))

    def test_a_source_of_the_files_comes_back(self):
        self.begin(BASE, options=[f"--saved={self.saved}"])
        for persist in (False, True):
            self.remove(f"{stage.SOURCES}/{self.sources()[FIRST]}")
            self.assertTrue(self.get("ConfigurationDirty"))
            path = self.manager("AddSourceFromLine", "(sb)", BASE[0], persist)[0]
            self.assertEqual(self.get("Origin", "Source", path), "config")
            self.assertFalse(self.get("ConfigurationDirty"))
        self.assertEqual(self.manager("SaveRuntimeChanges")[0], [])
        self.assertEqual(self.saved_lines(), [])
        self.assertEqual(self.reload(), [])
        self.assertEqual(set(self.sources()), {FIRST, SECOND})

    def test_lines_by_hand(self):
        """They stand in the file in another form than the daemon would write."""
        self.saved.write_text(f"! mine\nserver   {SECOND}\toffline\n  SERVER {THIRD} offline  ", encoding="ascii")
        self.begin(BASE[:1], options=[f"--saved={self.saved}"])
        self.manager("AddSourceFromLine", "(sb)", "server 198.51.100.7 offline", True)
        for address in (SECOND, THIRD):
            path = f"{stage.SOURCES}/{self.sources()[address]}"
            self.assertEqual(self.get("Origin", "Source", path), "saved")
        self.assertFalse(self.get("ConfigurationDirty"))
        self.assertEqual(self.saved_lines(), ["! mine", f"server {SECOND} offline", f"server {THIRD} offline",
                                              "server 198.51.100.7 offline"])
        self.assertEqual(self.reload(), [])
        self.remove(f"{stage.SOURCES}/{self.sources()[THIRD]}")
        self.assertTrue(self.get("ConfigurationDirty"))
        self.manager("AddSourceFromLine", "(sb)", "server 198.51.100.8 offline", True)
        self.reload()
        self.assertNotIn(THIRD, self.sources())

    def test_taking_back_is_saved(self):
        self.begin([*BASE, f"port {PORT}", "serverworkers 1"], options=[f"--saved={self.saved}"])
        local = lambda on: self.client.call(stage.CLOCK, f"{stage.NAME}.Clock", "SetLocal", "(ba{sv})", on, {})
        local(False)  # there is none
        self.assertFalse(self.get("ConfigurationDirty"))
        local(True)
        self.assertEqual(self.manager("SaveRuntimeChanges")[0], [])
        self.assertEqual(len(self.saved_lines()), 1)
        local(False)
        self.assertTrue(self.get("ConfigurationDirty"))
        self.assertEqual(self.manager("SaveRuntimeChanges")[0], [])
        self.assertFalse(self.get("ConfigurationDirty"))
        self.assertEqual(self.saved_lines(), [])

    def at_once(self, *calls):
        """[(answer, error's name)] of calls that are sent before the first one is answered"""
        answers = [None] * len(calls)

        def on_answer(connection, result, number):
            try:
                answers[number] = (connection.call_finish(result).unpack(), None)
            except stage.GLib.Error as error:
                answers[number] = (None, stage.Gio.DBusError.get_remote_error(error))

        for number, (method, *arguments) in enumerate(calls):
            parameters = stage.GLib.Variant(arguments[0], tuple(arguments[1:])) if arguments else None
            self.client.connection.call(stage.NAME, stage.MANAGER, f"{stage.NAME}.Manager", method, parameters, None,
                                        stage.Gio.DBusCallFlags.NONE, WAIT_S * 1000, None, on_answer, number)
        while None in answers:
            stage.GLib.MainContext.default().iteration(True)
        return answers

    def test_reading_again_while_the_disk_writes(self):
        self.begin(SERVING, options=[f"--saved={self.saved}"])
        self.manager("ReloadSources")  # of whom it does not know, only a few calls are kept
        for number in range(10):
            address, method = f"198.51.100.{number}", ("RevertRuntimeChanges", "Reload")[number % 2]
            added, read = self.at_once(("AddSourceFromLine", "(sb)", f"server {address} offline", True), (method,))
            self.assertEqual((added[1], read[1]), (None, None))
            self.assertEqual(self.get("Origin", "Source", added[0][0]), "saved", method)
            self.assertFalse(self.get("ConfigurationDirty"))
            self.assertEqual(self.saved_lines()[-1], f"server {address} offline")
            self.client.call(stage.SERVER, f"{stage.NAME}.Server", "Deny", "(sb)", f"203.0.113.{number}", False)
            saved, read = self.at_once(("SaveRuntimeChanges",), (method,))
            self.assertEqual((saved[1], read[1]), (None, None))
            self.assertFalse(self.get("ConfigurationDirty"))
            self.assertEqual(self.manager("SaveRuntimeChanges")[0], [])
            self.assertEqual(self.saved_lines()[:number + 1], [f"deny 203.0.113.{rule}" for rule in range(number + 1)])
        self.assertEqual(len(self.saved_lines()), 20)

    def test_reading_again_before_the_disk_refuses(self):
        self.saved.mkdir()
        self.begin(BASE, options=[f"--saved={self.saved}"])
        for number in range(10):
            self.client.call(stage.CLOCK, f"{stage.NAME}.Clock", "SetMakeStep", "(di)", 2.5, 7)
            line = f"server 198.51.100.{number} offline"
            answers = self.at_once(("SaveRuntimeChanges",), ("AddSourceFromLine", "(sb)", line, True), ("RevertRuntimeChanges",))
            self.assertEqual([name for _, name in answers], [IO_ERROR, IO_ERROR, None])
            stays = self.get("MakeStepLimit", "Clock", stage.CLOCK) == 7 or len(self.sources()) > 2  # the disk was slower
            self.assertEqual(self.get("ConfigurationDirty"), stays)
            self.manager("RevertRuntimeChanges")
            self.assertEqual(set(self.sources()), {FIRST, SECOND})
            self.assertEqual(self.get("MakeStepLimit", "Clock", stage.CLOCK), 3)

    def test_many_at_once_and_one_that_leaves(self):
        self.begin(BASE, options=[f"--saved={self.saved}"])
        answers, lines = [], [f"server 198.51.100.{number} offline" for number in range(30)]
        leaves = stage.Client(stage.bus.address(self.directory))

        def on_answer(connection, result):
            try:
                answers.append(connection.call_finish(result).unpack()[0])
            except stage.GLib.Error as error:
                answers.append(error.message)

        self.manager("ReloadSources")  # of whom it does not know, only a few calls are kept
        for caller, line in [(leaves, f"server {THIRD} offline"), *((self.client, line) for line in lines)]:
            caller.connection.call(stage.NAME, stage.MANAGER, f"{stage.NAME}.Manager", "AddSourceFromLine",
                                   stage.GLib.Variant("(sb)", (line, True)), None, stage.Gio.DBusCallFlags.NONE, WAIT_S * 1000, None,
                                   on_answer)
            if caller is leaves:
                leaves.connection.flush_sync(None)
                leaves.connection.close_sync(None)
        while len(answers) < len(lines) + 1:
            stage.GLib.MainContext.default().iteration(True)
        paths = {answer for answer in answers if answer.startswith(stage.SOURCES)}
        self.assertEqual(len(paths), len(lines), answers)
        self.assertEqual([line for line in self.saved_lines() if THIRD not in line], lines)
        self.assertFalse(self.get("ConfigurationDirty"))

    def test_without_a_file(self):
        self.begin(BASE)
        self.assertTrue(self.get("ReadOnly"))
        name, text = self.refused("SaveRuntimeChanges")
        self.assertEqual(name, READ_ONLY)
        self.assertIn("--saved=FILE", text)

    def test_a_folder_that_cannot_be_written(self):
        os.chown(self.state, 0, -1)
        self.begin(BASE, options=[f"--saved={self.saved}"])
        self.assertEqual(self.refused("SaveRuntimeChanges")[0], READ_ONLY)

    def test_lines_that_are_wrong_are_left_out(self):
        self.saved.write_text(f"server {THIRD}\nmakestep 9\nuser root\nmaxupdateskew 9\n", encoding="ascii")
        self.begin(BASE, options=[f"--saved={self.saved}"])
        self.assertEqual(set(self.sources()), {FIRST, SECOND, THIRD})
        self.assertAlmostEqual(self.get("MaxUpdateSkewPPM", "Clock", stage.CLOCK), 9)
        log = self.daemon.process.log()
        self.assertIn(f"{self.saved}:2: 'makestep': ", log)
        self.assertIn(f"{self.saved}:3: 'user': this can't be changed at run time", log)

    def test_the_log_is_opened_anew_and_the_daemon_ends(self):
        log = self.state / "log"
        self.begin(BASE, options=["-l", log])
        wait_until(log.exists, WAIT_S, "the log is there")
        log.rename(self.state / "log.1")
        self.manager("CycleLogs")
        wait_until(log.exists, WAIT_S, "there is a new one")
        os.chown(self.state, 0, -1)
        log.rename(self.state / "log.2")
        name, text = self.refused("CycleLogs")
        self.assertEqual(name, "org.freedesktop.DBus.Error.IOError")
        self.assertEqual(text, "The log file can't be opened anew: Permission denied.")
        self.manager("Shutdown", "(a{sv})", {})
        self.assertEqual(self.daemon.process.child.wait(WAIT_S), 0)
        self.assertIn("Told to end over D-Bus", (self.state / "log.2").read_text(encoding="ascii"))


if __name__ == "__main__":
    case.main()
