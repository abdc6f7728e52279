#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""timeballd itself on the bus, following chronyd, and timeballctl looking at it: all parts are real."""

import json
import pathlib
import shutil
import socket
import subprocess
import time

import stage
from harness import case, network, servers
from harness.deadline import wait_until
from harness.ntp_packet import MODE_CLIENT, MODE_SERVER, Packet, stamp
from introspection import compare

SERVER, SILENT = 11, 12
OPTIONS = "iburst minpoll -2 maxpoll -2"
SYNCHRONIZED_S = 20
PORT = 11123


class Daemon(case.DaemonCase):
    def setUp(self):
        super().setUp()
        self.programs = self.directory / "programs"
        self.programs.mkdir()
        for program in ("ctl/timeballctl", "daemon/timeballd"):  # together, as where they are installed
            shutil.copy(case.BUILD / program, self.programs)

    def run_ctl(self, *arguments, status=0):
        result = subprocess.run([self.programs / "timeballctl", *arguments], capture_output=True, text=True, check=False,
                                timeout=30)
        self.assertEqual(result.returncode, status, result.stdout + result.stderr)
        return result.stdout

    def test_timeballctl_shows_a_synchronized_clock(self):
        address, silent = network.ipv4(SERVER), network.ipv4(SILENT)
        self.network.servers.add_address(address)
        servers.chronyd(self, address)
        config = [f"server {address} {OPTIONS}", f"server {silent} {OPTIONS} offset 0.001"]
        _, api = self.follow(config)
        api.wait_for_state("synchronized", SYNCHRONIZED_S)
        to = f"--address={stage.bus.address(self.directory)}"
        self.assertRegex(self.run_ctl(to, "--check", "--max-error=10s"), rf"^Synchronized to {address}, within ")
        self.assertIn(f"Reference: {address}, stratum 3", self.run_ctl(to))
        rows = wait_until(lambda: [row for row in json.loads(self.run_ctl(to, "sources", "--json=short"))
                                   if row["State"] in ("selected", "no-samples")], SYNCHRONIZED_S, "both have their state")
        self.assertEqual(rows[0]["Address"], address)
        self.assertRegex(self.run_ctl(to, "sources", "-v"), rf"\*  +1  {address} .* followed\n")
        self.assertRegex(self.run_ctl(to, "stats"), rf"\n{address} ")
        self.assertEqual(self.run_ctl(to, "show", "-P", "OffsetCorrectionSeconds", silent), "-0.001\n")
        client = stage.Client(stage.bus.address(self.directory))
        compare(self, client, source=1)

    def ask(self, source):
        """Whether a request from that address is answered."""
        with self.network.servers.socket(socket.AF_INET, socket.SOCK_DGRAM) as client:
            client.settimeout(1.0)
            client.bind((source, 0))
            client.connect((network.ipv4(network.CLIENT), PORT))
            client.send(Packet(MODE_CLIENT, transmit=stamp(time.time_ns())).emit())
            try:
                return Packet.parse(client.recv(1024)).mode == MODE_SERVER
            except OSError:
                return False

    def test_timeballctl_says_whom_to_serve(self):
        self.check_whom_to_serve(0)

    def test_timeballctl_says_whom_workers_serve(self):
        self.check_whom_to_serve(2)

    def check_whom_to_serve(self, workers):
        one, other = network.ipv4(SERVER), network.ipv4(SILENT)
        for address in (one, other):
            self.network.servers.add_address(address)
        self.follow([f"port {PORT}", f"serverworkers {workers}", "local stratum 5", "allow 192.0.2.0/24"])
        to = f"--address={stage.bus.address(self.directory)}"
        wait_until(lambda: self.ask(one), SYNCHRONIZED_S, "a request is answered")
        self.assertEqual(self.run_ctl(to, "deny", one), "")
        self.assertEqual(self.run_ctl(to, "access-check", one), f"{one} is not served\n")
        wait_until(lambda: not self.ask(one), SYNCHRONIZED_S, "no request of one is answered any more")
        wait_until(lambda: self.ask(other), SYNCHRONIZED_S, "those of the other are")
        self.assertEqual(self.run_ctl(to, "allow", "all", "192.0.2.0/24"), "")
        wait_until(lambda: self.ask(one), SYNCHRONIZED_S, "a request is answered again")
        rows = {row["Address"]: row for row in json.loads(self.run_ctl(to, "clients", "-j"))}
        self.assertEqual(set(rows), {one, other})
        self.assertGreaterEqual(rows[one]["NTPRequests"], 2)
        self.assertEqual(rows[one]["NTPDropped"], 0)
        self.assertIn(json.loads(self.run_ctl(to, "top", "1", "-j"))[0]["Address"], rows)
        server = json.loads(self.run_ctl(to, "server", "-j"))
        self.assertEqual((server["Enabled"], server["StratumServed"], server["Workers"]), (True, 5, workers))
        self.assertGreaterEqual(server["NTPRefused"]["not-allowed"], 1)
        self.assertGreaterEqual(server["NTPReceived"] - server["NTPDropped"], 3)

    def test_config_check(self):
        good, bad = self.directory / "good.conf", self.directory / "bad.conf"
        good.write_text("server 192.0.2.1 iburst nts\nmakestep 1 3\n", encoding="ascii")
        bad.write_text("server 192.0.2.1\nsevrer 192.0.2.2\n", encoding="ascii")
        text = self.run_ctl("config", "check", str(good))
        self.assertIn("0 errors", text)
        self.assertIn(f"{good}:2", text)
        self.assertNotIn("default", text)
        self.assertIn("default", self.run_ctl("config", "check", "-v", str(good)))
        text = self.run_ctl("config", "check", str(bad), status=1)
        self.assertRegex(text, rf"error +{bad}:2 +'sevrer'")
        report = json.loads(self.run_ctl("config", "check", "--json=short", str(bad), status=1))
        self.assertEqual(report, json.loads(subprocess.run([self.programs / "timeballd", "--check", bad, "--json"],
                                                           capture_output=True, text=True, check=False).stdout))
        self.assertEqual(report["errors"][0]["line"], 2)
        for options, told in ((["--check=/dev/stdin"], "/dev/stdin:2"), (["-p", "-f", "/dev/stdin"], "\nmakestep 1 3\n")):
            piped = subprocess.run([self.programs / "timeballd", *options], input=good.read_text(encoding="ascii"),
                                   capture_output=True, text=True, check=False)
            self.assertEqual((piped.returncode, told in "\n" + piped.stdout), (0, True), piped)
        self.run_ctl("config", "check", str(pathlib.Path(self.directory, "absent.conf")), status=1)


if __name__ == "__main__":
    case.main("chrony")
