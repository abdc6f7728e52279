#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""timeballd itself, ordered over the bus while it follows chronyd: sources that come, are asked and go, the clock that is moved
and left alone, and who is told the time. All parts are real."""

import socket
import time

import stage
from harness import case, isolation, network, servers
from harness.deadline import wait_until
from harness.ntp_packet import MODE_CLIENT, Packet, stamp

SERVERS = 11, 12
NOBODY = 13
PORT = 11123
SOON_S = 30
FAST = {"iburst": stage.GLib.Variant("b", True), "minpoll": stage.GLib.Variant("i", -2), "maxpoll": stage.GLib.Variant("i", -2)}
OURS = "org.timeball1.Error."
INVALID = "org.freedesktop.DBus.Error.InvalidArgs"
UNSYNCHRONIZED = 3


class Orders(case.DaemonCase):
    def start_daemon(self, *config):
        self.daemon, self.api = self.follow([f"port {PORT}", "serverworkers 0", "allow 192.0.2.0/24", *config])
        self.client = stage.Client(stage.bus.address(self.directory))

    def serve(self, *numbers):
        addresses = [network.ipv4(number) for number in numbers]
        for address in addresses:
            self.network.servers.add_address(address)
            servers.chronyd(self, address)
        return addresses

    def call(self, member, signature="()", *values, path=stage.MANAGER, interface="Manager"):
        return self.client.call(path, f"{stage.NAME}.{interface}", member, signature, *values)

    def refusal(self, member, signature, *values, path=stage.MANAGER, interface="Manager"):
        return self.client.refusal(path, f"{stage.NAME}.{interface}", member, signature, *values)

    def clock(self, member, signature="()", *values):
        self.call(member, signature, *values, path=stage.CLOCK, interface="Clock")

    def get(self, path, interface, name):
        return self.client.get(path, interface, name)

    def wait_for(self, path, interface, name, value):
        wait_until(lambda: self.get(path, interface, name) == value, SOON_S, f"{name} is {value}")

    def test_a_source_at_run_time(self):
        address, = self.serve(SERVERS[0])
        self.start_daemon()
        path, = self.call("AddSource", "(ssa{sv})", "server", address, FAST)
        self.api.wait_for_state("synchronized", SOON_S)
        self.assertEqual(self.get(stage.MANAGER, "Manager", "SelectedSource"), path)
        self.assertEqual(self.get(path, "Source", "Origin"), "runtime")
        self.assertEqual(self.refusal("AddSource", "(ssa{sv})", "server", address, {})[0], OURS + "SourceExists")
        self.call("SetOptions", "(a{sv})", {"maxpoll": stage.GLib.Variant("i", 3), "selectopts": stage.GLib.Variant("s", "+prefer")},
                  path=path, interface="Source")
        self.assertEqual((self.get(path, "Source", "MaxPoll"), self.get(path, "Source", "Options")), (3, ["prefer"]))
        self.assertEqual(self.refusal("Refresh", "(s)", address)[0], OURS + "Unresolvable")
        self.call("Reselect")
        self.call("RemoveSourceByAddress", "(sa{sv})", address, {})
        self.assertEqual(self.client.rows(), [])
        self.wait_for(stage.MANAGER, "Manager", "SelectedSource", "/")
        again, = self.call("AddSourceFromLine", "(sb)", f"server {address} iburst minpoll -2 maxpoll -2", False)
        self.assertNotEqual(again, path)
        self.api.wait_for_state("synchronized", SOON_S)

    def test_lines_that_are_wrong(self):
        self.start_daemon()
        for options, says in (({"minpoll": stage.GLib.Variant("i", 99)}, "minpoll"), ({"colour": stage.GLib.Variant("s", "red")}, "colour"),
                              ({"key": stage.GLib.Variant("u", 9)}, "key 9")):
            name, text = self.refusal("AddSource", "(ssa{sv})", "server", "192.0.2.99", options)
            self.assertEqual(name, OURS + "InvalidOption", text)
            self.assertIn(says, text)
        name, text = self.refusal("AddSource", "(ssa{sv})", "server", "192.0.2.99", {"persist": stage.GLib.Variant("b", True)})
        self.assertEqual(name, OURS + "ReadOnly", text)
        self.assertEqual(self.client.rows(), [])

    def test_when_it_is_asked(self):
        address, = self.serve(SERVERS[0])
        self.start_daemon(f"server {address} minpoll -2 maxpoll -2", f"server {network.ipv4(NOBODY)} minpoll -2 offline",
                          "server 198.51.100.1 minpoll 10")
        path = f"{stage.SOURCES}/1"
        self.api.wait_for_state("synchronized", SOON_S)
        self.call("SetOnline", "(sba{sv})", address, False, {})
        self.assertEqual([row[6] for row in self.client.rows()], ["offline", "offline", "online"])
        sent = self.get(path, "NTPSource", "TotalTx")
        self.call("Burst", "(uu)", 2, 8, path=path, interface="Source")
        wait_until(lambda: self.get(path, "NTPSource", "TotalTx") >= sent + 2, SOON_S, "a burst of two although it is offline")
        self.wait_for(path, "Source", "Online", "offline")
        self.call("SetOnline", "(b)", True, path=path, interface="Source")
        sent = self.get(path, "NTPSource", "TotalTx")
        wait_until(lambda: self.get(path, "NTPSource", "TotalTx") > sent, SOON_S, "it is asked again")
        self.call("OnOffline")  # there is no route to the last one
        self.assertEqual([row[6] for row in self.client.rows()], ["online", "online", "offline"])

    def test_a_pool_at_run_time(self):
        addresses = self.serve(*SERVERS)
        isolation.hosts({"pool.test": addresses})
        self.start_daemon()
        pool, = self.call("AddSource", "(ssa{sv})", "pool", "pool.test", FAST | {"maxsources": stage.GLib.Variant("i", 2)})
        self.assertEqual(pool, f"{stage.POOLS}/1")
        self.wait_for(pool, "Pool", "Confirmed", 2)
        self.assertEqual(self.call("ListPools")[0], [(pool, "pool.test", 2, 2)])
        self.assertEqual(sorted(row[3] for row in self.client.rows()), sorted(addresses))
        self.assertGreater(self.get(pool, "Pool", "LastResolvedUSec"), 0)
        self.call("Refresh", "(s)", "pool.test")
        first, second = self.get(pool, "Pool", "Sources")
        self.call("Remove", "(a{sv})", {}, path=first, interface="Source")
        self.assertEqual((self.get(pool, "Pool", "Sources"), self.get(pool, "Pool", "MaxSources")), ([second], 1))
        self.call("RemoveSource", "(oa{sv})", pool, {})
        self.assertEqual((self.call("ListPools")[0], self.client.rows()), ([], []))

    def test_steps(self):
        """A source that is told to be 20 s off takes minutes to slew to."""
        address, = self.serve(SERVERS[0])
        self.start_daemon()
        self.assertEqual(self.refusal("MakeStep", "(a{sv})", {}, path=stage.CLOCK, interface="Clock")[0], OURS + "NotSynchronized")
        self.call("AddSource", "(ssa{sv})", "server", address, FAST | {"offset": stage.GLib.Variant("d", 20.0)})
        self.api.wait_for_state("synchronized", SOON_S)
        self.client.listen()
        left = self.get(stage.CLOCK, "Clock", "SystemOffsetSeconds")
        self.assertLess(left, -5)  # behind
        self.clock("MakeStep", "(a{sv})", {})
        self.client.wait_for("ClockStepped")
        seconds, _, reason = next(signal[3] for signal in self.client.take_signals() if signal[2] == "ClockStepped")
        self.assertEqual(reason, "makestep")
        self.assertLess(seconds, -1)
        self.assertGreater(self.get(stage.CLOCK, "Clock", "SystemOffsetSeconds"), -1)

    def test_what_moves_the_clock(self):
        self.start_daemon()
        for change, ppm in ((5.0, 5.0), (-7.5, -2.5)):
            self.clock("SetFrequency", "(d)", change)
            wait_until(lambda ppm=ppm: abs(self.get(stage.CLOCK, "Clock", "FrequencyPPM") - ppm) < 1e-3, SOON_S, f"{ppm} ppm")
        self.assertEqual(self.refusal("SetFrequency", "(d)", 1e6, path=stage.CLOCK, interface="Clock")[0], INVALID)
        self.clock("AdjustOffset", "(d)", 20.0)
        wait_until(lambda: self.get(stage.CLOCK, "Clock", "SystemOffsetSeconds") > 5, SOON_S, "what is to be taken away")
        self.assertEqual(self.refusal("AdjustOffset", "(d)", 1e12, path=stage.CLOCK, interface="Clock")[0], INVALID)

    def test_settings(self):
        self.start_daemon("makestep 1 3")
        for member, signature, values, name, value in (
                ("SetMakeStep", "(di)", (0.25, -1), "MakeStepThresholdSeconds", 0.25), ("SetMakeStep", "(di)", (2.5, 7), "MakeStepLimit", 7),
                ("SetMaxUpdateSkew", "(d)", (33.5,), "MaxUpdateSkewPPM", 33.5)):
            self.clock(member, signature, *values)
            self.assertAlmostEqual(self.get(stage.CLOCK, "Clock", name), value)
        self.call("SetReselectDistance", "(d)", 0.001)
        for member, signature, *values in (("SetMakeStep", "(di)", -1.0, 3), ("SetMaxUpdateSkew", "(d)", -1.0),
                                           ("SetLocal", "(ba{sv})", True, {"stratum": stage.GLib.Variant("i", 99)})):
            name, text = self.refusal(member, signature, *values, path=stage.CLOCK, interface="Clock")
            self.assertEqual(name, INVALID, text)
        self.assertEqual(self.refusal("SetReselectDistance", "(d)", -1.0)[0], INVALID)
        self.assertAlmostEqual(self.get(stage.CLOCK, "Clock", "MakeStepThresholdSeconds"), 2.5)

    def stratum_told(self, source):
        """What a client is told: the stratum, 0 with the alarm of an unsynchronized clock, None if nothing."""
        with self.network.servers.socket(socket.AF_INET, socket.SOCK_DGRAM) as client:
            client.settimeout(1.0)
            client.bind((source, 0))
            client.connect((network.ipv4(network.CLIENT), PORT))
            client.send(Packet(MODE_CLIENT, transmit=stamp(time.time_ns())).emit())
            try:
                answer = Packet.parse(client.recv(1024))
            except OSError:
                return None
            return 0 if answer.leap == UNSYNCHRONIZED else answer.stratum

    def test_local_is_told_to_clients(self):
        client = network.ipv4(SERVERS[0])
        self.network.servers.add_address(client)
        self.start_daemon()
        self.clock("SetLocal", "(ba{sv})", True, {"stratum": stage.GLib.Variant("u", 5)})
        wait_until(lambda: self.stratum_told(client) == 5, SOON_S, "stratum 5 is told")
        self.assertEqual(self.get(stage.SERVER, "Server", "StratumServed"), 5)
        self.clock("SetLocal", "(ba{sv})", True, {"stratum": stage.GLib.Variant("u", 7)})
        wait_until(lambda: self.stratum_told(client) == 7, SOON_S, "stratum 7 is told")
        self.clock("SetLocal", "(ba{sv})", False, {})
        wait_until(lambda: self.stratum_told(client) == 0, SOON_S, "nobody is told the time any more")


if __name__ == "__main__":
    case.main("chrony")
