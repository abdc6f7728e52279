#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""org.freedesktop.timesync1 of timeballd that follows chronyd, through the real timedatectl: what it shows is what the
daemon knows."""

import os
import pathlib
import re
import subprocess
import sys
import time
from xml.etree import ElementTree

import stage
from harness import case, daemon, network, servers
from harness.deadline import wait_until
from introspection import live, members

SERVER, OTHER = 11, 12
OPTIONS = "iburst minpoll -2 maxpoll -2"
SYNCHRONIZED_S = 20
TIMESYNC, PATH = "org.freedesktop.timesync1", "/org/freedesktop/timesync1"
INTERFACE = f"{TIMESYNC}.Manager"
UNITS_US = {"us": 1, "ms": 1000, "s": 1000000}
HOLD = """
import sys
from gi.repository import Gio, GLib
flags = Gio.DBusConnectionFlags.AUTHENTICATION_CLIENT | Gio.DBusConnectionFlags.MESSAGE_BUS_CONNECTION
bus = Gio.DBusConnection.new_for_address_sync(sys.argv[1], flags, None, None)
print("owner", bus.call_sync("org.freedesktop.DBus", "/", "org.freedesktop.DBus", "RequestName",
                             GLib.Variant("(su)", (sys.argv[2], 4)), None, 0, 5000, None).unpack()[0], flush=True)
GLib.MainLoop().run()
"""
OWNER = "owner 1"


def span_us(text):
    """"+1.5ms", "2min 3.4s" as microseconds."""
    sign = -1 if text.startswith("-") else 1
    return sign * sum(float(number) * (60000000 if unit == "min" else UNITS_US[unit])
                      for number, unit in re.findall(r"([0-9.]+)(min|us|ms|s)\b", text))


def shown(text):
    """The lines "Name: value" of timedatectl timesync-status."""
    return {name.strip(): value.strip() for name, _, value in (line.partition(":") for line in text.splitlines())}


class Timesync(case.DaemonCase):
    def setUp(self):
        super().setUp()
        pathlib.Path("/run/systemd/system").mkdir(parents=True, exist_ok=True)  # or timedatectl believes it is not there
        self.environment = os.environ | {"DBUS_SYSTEM_BUS_ADDRESS": stage.bus.address(self.directory)}

    def serve(self, *numbers):
        for number in numbers:
            self.network.servers.add_address(network.ipv4(number))
            servers.chronyd(self, network.ipv4(number))

    def synchronize(self, *more):
        self.serve(SERVER)
        timeballd, api = self.follow([f"server {network.ipv4(SERVER)} {OPTIONS}", *more])
        api.wait_for_state("synchronized", SYNCHRONIZED_S)
        return timeballd, api, stage.Client(stage.bus.address(self.directory))

    def wait_for_name(self, client):
        wait_until(lambda: client.call("/", stage.DRIVER, "NameHasOwner", "(s)", TIMESYNC, destination=stage.DRIVER)[0],
                   stage.JOINED_S, "the second name is there")

    def timedatectl(self, *words):
        result = subprocess.run(["timedatectl", "--no-pager", *words], capture_output=True, text=True, check=False, timeout=30,
                                env=self.environment)
        self.assertEqual((result.returncode, result.stderr), (0, ""), result.stdout)
        return result.stdout

    def everything(self, client):
        return client.call(PATH, stage.PROPERTIES, "GetAll", "(s)", "", destination=TIMESYNC)[0]

    def between_two_replies(self, client, *words):
        """What timedatectl said, and the properties of that moment."""
        def try_once():
            before = self.everything(client)
            text = self.timedatectl(*words)
            return self.everything(client) == before and (text, before)

        return wait_until(try_once, SYNCHRONIZED_S, "no reply came while timedatectl looked")

    def test_timedatectl_shows_the_selected_source(self):
        _, api, client = self.synchronize()
        address = network.ipv4(SERVER)
        text, known = self.between_two_replies(client, "timesync-status")
        status = shown(text)
        (_, version, mode, stratum, precision, root_delay, root_dispersion, ref_id, t1, t2, t3, t4, spike, count,
         jitter) = known["NTPMessage"]
        self.assertEqual((version, mode, stratum, len(ref_id), spike), (4, 4, 3, 4, False))
        self.assertLess(abs(t4 / 1e6 - time.time()), 60)
        self.assertEqual(status["Server"], f"{address} ({address})")
        self.assertEqual(status["Poll interval"], "250ms (min: 250ms; max 250ms)")
        self.assertEqual((status["Leap"], status["Version"], status["Stratum"]), ("normal", "4", "3"))
        self.assertEqual(status["Reference"], bytes(ref_id).hex().upper())
        self.assertEqual(int(re.search(r"\((-?\d+)\)", status["Precision"]).group(1)), precision)
        self.assertEqual(int(status["Packet count"]), count)
        self.assertEqual(span_us(status["Delay"]), (t4 - t1) - (t3 - t2))
        self.assertEqual(span_us(status["Offset"]), ((t2 - t1) + (t3 - t4)) // 2 if t2 + t3 > t1 + t4
                         else -((t1 - t2 + t4 - t3) // 2))
        self.assertEqual(span_us(status["Jitter"]), jitter)
        self.assertEqual(span_us(status["Root distance"].partition("(")[0]), root_delay // 2 + root_dispersion)
        self.assertIn("(max: 3s)", status["Root distance"])
        self.assertAlmostEqual(float(status["Frequency"].removesuffix("ppm")), known["Frequency"] / 65536, delta=0.001)
        self.check_against_our_own(api, client)

    def check_against_our_own(self, api, client):
        """The same as org.timeball1 says it, with the sign turned round."""
        def read():
            before = self.everything(client)["NTPMessage"]
            row = api.by_address(network.ipv4(SERVER))
            ntp, frequency = api.ntp(row), api.clock()["FrequencyPPM"]
            after = self.everything(client)
            return after["NTPMessage"] == before and (after, row, ntp, frequency)

        known, row, ntp, frequency = wait_until(read, SYNCHRONIZED_S, "no reply came while the bus was read")
        *_, t1, t2, t3, t4, _, count, _ = known["NTPMessage"]
        self.assertAlmostEqual(((t4 - t1) - (t3 - t2)) / 1e6, ntp["PeerDelaySeconds"], delta=3e-6)
        self.assertAlmostEqual(((t2 - t1) + (t3 - t4)) / 2e6, -row.measured, delta=3e-6)
        self.assertEqual(count, ntp["TotalValid"])
        self.assertEqual(known["Frequency"], round(-frequency * 65536))

    def test_show_timesync_and_the_contract(self):
        _, _, client = self.synchronize(f"server {network.ipv4(OTHER)} noselect", "pool pool.example", "maxdistance 2.5")
        text, known = self.between_two_replies(client, "show-timesync", "--all")
        values = dict(line.split("=", 1) for line in text.splitlines())
        self.assertEqual(values["SystemNTPServers"], f"{network.ipv4(SERVER)} {network.ipv4(OTHER)} pool.example")
        self.assertEqual((values["FallbackNTPServers"], values["ServerName"]), ("", network.ipv4(SERVER)))
        self.assertEqual(values["ServerAddress"], network.ipv4(SERVER))
        self.assertEqual(values["RootDistanceMaxUSec"], "2.500000s")
        self.assertEqual(known["ServerAddress"], (2, [192, 0, 2, SERVER]))
        self.assertIn(f"PacketCount={known['NTPMessage'][-2]}, ", values["NTPMessage"])
        self.assertEqual(self.timedatectl("show-timesync", "-p", "PollIntervalUSec", "--value"), "250ms\n")
        written = ElementTree.parse(case.SOURCE / "dbus" / f"{INTERFACE}.xml").getroot().find("interface")
        for found in live(client, PATH).iter("interface"):
            if found.get("name") == INTERFACE:
                self.assertEqual(members(found), members(written))
        self.assertEqual(set(known), {name for kind, name in members(written) if kind == "property"})

    def test_nothing_is_selected(self):
        self.follow([f"server {network.ipv4(SERVER)} {OPTIONS}"])
        client = stage.Client(stage.bus.address(self.directory))
        self.wait_for_name(client)
        self.assertEqual(shown(self.timedatectl("timesync-status"))["Packet count"], "0")
        known = self.everything(client)
        self.assertEqual((known["ServerName"], known["ServerAddress"], known["PollIntervalUSec"]), ("", (0, []), 0))
        self.assertEqual(known["NTPMessage"], (0, 0, 0, 0, 0, 0, 0, [0, 0, 0, 0], 0, 0, 0, 0, False, 0, 0))

    def test_announced_by_reply_and_at_most_once_a_second(self):
        """Four replies a second come."""
        _, _, client = self.synchronize()
        heard = []
        client.connection.signal_subscribe(TIMESYNC, stage.PROPERTIES, "PropertiesChanged", PATH, INTERFACE,
                                           stage.Gio.DBusSignalFlags.NONE,
                                           lambda *signal: heard.append((time.monotonic(), signal[5].unpack())))
        client.present()

        def told():
            client.receive()
            return len(heard) >= 5

        started = time.monotonic()
        wait_until(told, SYNCHRONIZED_S, "replies are announced", 0.01)
        self.assertGreater(time.monotonic() - started, 3)  # four pauses of a second, less what the bus held back at first
        counts = [changed["NTPMessage"][-2] for _, (_, changed, _) in heard]
        self.assertEqual(counts, sorted(set(counts)))
        self.assertEqual({name for _, (_, changed, _) in heard for name in changed}, {"NTPMessage"})
        self.network.servers.block(network.ipv4(SERVER))

        def quiet():
            client.receive()
            before, known = len(heard), self.everything(client)["NTPMessage"]
            time.sleep(1.5)
            client.receive()
            return len(heard) == before and self.everything(client)["NTPMessage"] == known

        wait_until(quiet, SYNCHRONIZED_S, "no reply, no signal")

    def test_monitor_follows(self):
        self.synchronize()
        monitor = self.start("monitor", ["timedatectl", "--no-pager", "timesync-status", "--monitor"], self.environment)
        wait_until(lambda: len(set(re.findall(r"Packet count: (\d+)", monitor.log()))) >= 3, SYNCHRONIZED_S,
                   "timedatectl shows one reply after the other")

    def hold(self, name, user):
        command = [*daemon.as_user(), sys.executable, "-c", HOLD, stage.bus.address(self.directory), name]
        if user:
            command[1:3] = [f"--reuid={user}", "--regid=65534"]
        return self.start("holder", command)

    def test_second_name_taken_and_freed(self):
        bus = self.start_bus()
        holder = self.hold(TIMESYNC, None)
        holder.wait_for_log(OWNER, stage.JOINED_S)
        self.serve(SERVER)
        timeballd = daemon.Timeballd(self, [f"server {network.ipv4(SERVER)} {OPTIONS}"], bus=bus.address)
        timeballd.process.wait_for_log(f"Another process owns {TIMESYNC}", stage.JOINED_S)
        client = stage.Client(bus.address)
        client.get(stage.MANAGER, "Manager", "State")  # it goes on without
        holder.stop()
        timeballd.process.wait_for_log(f"Took over {TIMESYNC}", stage.JOINED_S)
        self.assertEqual(self.everything(client)["SystemNTPServers"], [network.ipv4(SERVER)])
        bus.process.child.kill()
        bus.process.child.wait()
        stage.bus.PrivateBus(self, case.POLICY)
        self.wait_for_name(stage.Client(bus.address))

    def test_beside_the_policy_of_timesyncd(self):
        """Its file denies what is sent to the owner of its name, and may be read behind ours."""
        both = self.directory / "both.conf"
        both.write_text(f'<busconfig><include>{case.POLICY}</include><policy context="default">'
                        f'<deny send_destination="{TIMESYNC}"/></policy></busconfig>\n', encoding="ascii")
        bus = stage.bus.PrivateBus(self, both)
        daemon.Timeballd(self, [], bus=bus.address)
        client = stage.Client(bus.address)
        wait_until(client.present, stage.JOINED_S, "the daemon is on the bus")
        self.assertEqual(client.rows(), [])
        self.wait_for_name(client)
        self.assertEqual(client.rows(), [])
        self.assertEqual(self.everything(client)["SystemNTPServers"], [])

    def test_nobody_else_owns_the_name(self):
        self.start_bus()
        for user in ("nobody", "root"):
            holder = self.hold(TIMESYNC, user)
            holder.wait_for_log("AccessDenied", stage.JOINED_S)
            holder.stop()


if __name__ == "__main__":
    case.main("chrony")
