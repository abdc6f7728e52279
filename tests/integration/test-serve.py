#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""timeballd -x serves the time it got from a real server to real clients, and what it says of itself is true.

The upstream server serves the machine's own clock, which the tests read as the truth. The daemon has the rights that
its unit gives it for this, the one for port 123, or none and a port above 1023.
"""

import json
import socket
import subprocess
import sys
import time

from harness import case, isolation, network, servers
from harness.daemon import Timeballd
from harness.deadline import wait_until
from harness.ntp_packet import EPOCH_1900, MODE_CLIENT, MODE_SERVER, Packet, stamp

UPSTREAM, CLIENT, DENIED = 11, 12, 13
SECOND = 50  # another address of the daemon
DAEMON = network.CLIENT
OPTIONS = "iburst minpoll -2 maxpoll -2"
HIGH_PORT = 11123
OFFSET_S = 0.5  # of a right client, whatever a busy machine does to its stamps: how right is tested by what it says
NET_BIND_SERVICE = 1 << 10
SYNCHRONIZED_S = 20
LOCAL_REFERENCE = b"\x7f\x7f\x01\x01"
MODES = {0: None, 1: 2, 2: None, 3: MODE_SERVER, 4: None, 5: None, 6: None, 7: None}


def seconds(stamp64):
    return (stamp64 >> 32) - EPOCH_1900 + (stamp64 & 0xffffffff) / 2**32


class Serve(case.DaemonCase):
    def setUp(self):
        super().setUp()
        self.upstream = network.ipv4(UPSTREAM)
        for number in (UPSTREAM, CLIENT, DENIED):
            self.network.servers.add_address(network.ipv4(number))
            self.network.servers.add_address(network.ipv6(number))
        self.network.client.add_address(network.ipv4(SECOND))

    def ask(self, request, address=network.ipv4(DAEMON), source=None, port=123):
        """One datagram from the servers' namespace: the answer's octets and when it came, or None."""
        family = socket.AF_INET6 if ":" in address else socket.AF_INET
        with self.network.servers.socket(family, socket.SOCK_DGRAM) as client:
            client.settimeout(0.5)
            if source:
                client.bind((source, 0))
            client.connect((address, port))
            client.send(request)
            try:
                return client.recv(1024), time.time_ns()
            except OSError:
                return None

    def reply(self, **where):
        before = time.time_ns()
        answer = self.ask(Packet(MODE_CLIENT, transmit=stamp(before)).emit(), **where)
        if answer is None:
            return None
        packet = Packet.parse(answer[0])
        self.assertEqual(packet.origin, stamp(before))
        packet.asked, packet.answered = before / 1e9, answer[1] / 1e9
        return packet

    def follow_upstream(self, *more, **options):
        servers.chronyd(self, self.upstream)
        daemon, api = self.follow([f"server {self.upstream} {OPTIONS}", *more], **options)
        api.wait_for_state("synchronized", SYNCHRONIZED_S)
        return daemon, api

    def reply_between_updates(self, api):
        """A reply, and what the bus says before and after it of the same update of the clock."""
        def undisturbed():
            before, packet, after = api.clock(), self.reply(), api.clock()
            return before["ReferenceTimeUSec"] == after["ReferenceTimeUSec"] and (before, packet, after)

        return wait_until(undisturbed, SYNCHRONIZED_S, "a reply between two updates")

    def check_truth(self, before, packet, after):
        """The true time lies within the root distance of what the reply says, and that is what the bus says: but for a slew in
        progress, which concerns the system's clock and not the time that is served."""
        distance = packet.root_delay / 2**17 + packet.root_dispersion / 2**16
        uncertainty = (packet.answered - packet.asked) / 2 + 1e-6
        error = (seconds(packet.receive) + seconds(packet.transmit)) / 2 - (packet.asked + packet.answered) / 2
        self.assertLessEqual(abs(error), distance + uncertainty)
        self.assertGreaterEqual(packet.root_delay / 2**16, before["RootDelaySeconds"])
        self.assertLessEqual(before["MaxErrorSeconds"] - abs(before["SystemOffsetSeconds"]), distance)
        self.assertLessEqual(distance, after["MaxErrorSeconds"] + 2 / 2**16)
        self.assertLessEqual(seconds(packet.receive), seconds(packet.transmit) + 2.0**packet.precision)
        self.assertLess(seconds(packet.reference), seconds(packet.receive))
        return error

    def test_what_it_says_is_true(self):
        daemon, api = self.follow_upstream("allow 192.0.2.0/24", "allow 2001:db8::/64", f"deny {network.ipv4(DENIED)}",
                                           rights=("net_bind_service",))
        self.assertEqual(daemon.effective_rights(), NET_BIND_SERVICE)
        before, packet, after = self.reply_between_updates(api)
        error = self.check_truth(before, packet, after)
        self.assertEqual((packet.leap, packet.mode, packet.version, packet.stratum), (0, MODE_SERVER, 4, 4))
        self.assertEqual(packet.reference_id, socket.inet_aton(self.upstream))
        print(f"\n  served {error * 1e6:.1f} us from the truth, root delay {packet.root_delay / 0.065536:.0f} us, "
              f"root dispersion {packet.root_dispersion / 0.065536:.0f} us")

        for where in ({"address": network.ipv4(SECOND)}, {"address": network.ipv6(DAEMON)},
                      {"source": network.ipv4(CLIENT)}):
            self.assertEqual(self.reply(**where).stratum, 4, where)
        self.assertIsNone(self.reply(source=network.ipv4(DENIED)))
        self.assertEqual(self.reply(address=network.ipv6(DAEMON), source=network.ipv6(DENIED)).stratum, 4)

        for mode, expected in MODES.items():
            answer = self.ask(Packet(mode, transmit=1).emit())
            self.assertEqual(answer and Packet.parse(answer[0]).mode, expected, f"mode {mode}")
        self.assertEqual(Packet.parse(self.ask(Packet(0, version=1, transmit=1).emit())[0]).version, 1)
        for length in (0, 1, 47):
            self.assertIsNone(self.ask(Packet(MODE_CLIENT).emit()[:length]), f"{length} octets")

    def test_real_clients(self):
        self.follow_upstream("allow", rights=("net_bind_service",))
        client = network.ipv4(CLIENT)
        servers.chronyd_follower(self, network.ipv4(DAEMON), client)
        wait_until(lambda: servers.chronyc(self, client, "tracking")["Stratum"] == "5", SYNCHRONIZED_S,
                   "chronyd follows timeballd")
        tracking = servers.chronyc(self, client, "tracking")
        self.assertEqual(tracking["Reference ID"].split()[0], socket.inet_aton(network.ipv4(DAEMON)).hex().upper())
        self.assertLess(abs(float(tracking["Last offset"].split()[0])), OFFSET_S)

        peer = self.peer("ntpdig")
        result = subprocess.run(self.network.servers.command(sys.executable, peer.program, "-j", "-t", "5",
                                                             network.ipv4(DAEMON)),
                                capture_output=True, text=True, check=False, timeout=30,
                                env={"PATH": "/usr/bin:/bin"} | peer.environment())
        self.assertEqual(result.returncode, 0, result.stderr)
        answer = json.loads(result.stdout)
        self.assertEqual((answer["stratum"], answer["leap"]), (4, "no-leap"))
        self.assertLess(abs(answer["offset"]), OFFSET_S)

    def test_real_client_interleaved(self):
        """chronyd is told when each reply really left."""
        self.follow(["local stratum 7", "allow"], rights=("net_bind_service",))
        client = network.ipv4(CLIENT)
        servers.chronyd_follower(self, network.ipv4(DAEMON), client, "xleave")
        wait_until(lambda: servers.chronyc(self, client, "ntpdata").get("Interleaved") == "Yes", SYNCHRONIZED_S,
                   "chronyd gets interleaved replies")
        wait_until(lambda: servers.chronyc(self, client, "tracking")["Stratum"] == "8", SYNCHRONIZED_S,
                   "chronyd follows timeballd")

    def test_real_clients_with_keys(self):
        """Each under its own key: a digest that is cut in version 4, and AES-CMAC."""
        keys = self.directory / "keys"
        keys.write_text("1 SHA256 ASCII:the-first-of-the-keys\n2 AES128 HEX:000102030405060708090a0b0c0d0e0f\n",
                        encoding="ascii")
        keys.chmod(0o644)
        self.follow(["local stratum 7", "allow", f"keyfile {keys}"], rights=("net_bind_service",))
        for number, key in ((CLIENT, 1), (DENIED, 2)):
            client = network.ipv4(number)
            servers.chronyd_follower(self, network.ipv4(DAEMON), client, f"key {key}", [f"keyfile {keys}"])
            wait_until(lambda asked=client: servers.chronyc(self, asked, "tracking")["Stratum"] == "8", SYNCHRONIZED_S,
                       f"chronyd follows under key {key}")

    def allowed(self, *numbers):
        """Which of these addresses are answered."""
        return [number for number in numbers if self.reply(source=network.ipv4(number), port=HIGH_PORT)]

    def test_names(self):
        """Names in allow and deny are looked up while it serves; who is not known yet is not let in by accident."""
        isolation.hosts({"friend.test": [network.ipv4(CLIENT), network.ipv4(DENIED)]})
        daemon, _ = self.follow(["local", f"port {HIGH_PORT}", "allow friend.test"])
        daemon.process.wait_for_log(f"allow friend.test is {network.ipv4(CLIENT)}", SYNCHRONIZED_S)
        self.assertEqual(self.allowed(UPSTREAM, CLIENT, DENIED), [CLIENT])
        daemon.process.stop()

        other = Timeballd(self, ["local", f"port {HIGH_PORT}", "allow 192.0.2.0/24", "deny foe.test"], name="other")
        other.process.wait_for_log("deny: could not look foe.test up: until then time is served to nobody", SYNCHRONIZED_S)
        self.assertEqual(self.allowed(CLIENT, DENIED), [])
        isolation.hosts({"foe.test": [network.ipv4(DENIED)]})
        self.network.client.add_address(network.ipv4(SECOND + 1))  # it hears of the network, and asks again
        other.process.wait_for_log(f"deny foe.test is {network.ipv4(DENIED)}", SYNCHRONIZED_S)
        self.assertEqual(self.allowed(CLIENT, DENIED), [CLIENT])

    def test_local_without_rights(self):
        """A clock that nobody has set, served as such on a port that everybody may use."""
        daemon, api = self.follow(["local stratum 7", "allow", f"port {HIGH_PORT}"])
        packet = self.reply(port=HIGH_PORT)
        self.assertEqual((packet.leap, packet.stratum, packet.reference_id), (0, 7, LOCAL_REFERENCE))
        self.assertEqual((packet.root_delay, packet.root_dispersion), (0, 0))
        self.assertEqual(daemon.effective_rights(), 0)
        clock = api.clock()
        self.assertEqual((clock["ReferenceID"], clock["Stratum"], clock["ReferenceName"]), (0x7f7f0101, 7, "local"))
        self.assertEqual(api.state(), "unsynchronized")
        self.assertIn("the local clock stands in as a reference of stratum 7", api.manager()["StateReason"])
        self.assertIn("Local clock stands in as a reference of stratum 7", daemon.process.log())
        daemon.terminate()
        daemon.process.wait(5)
        self.assertIn("Requests for the time, answered: 1", daemon.process.log())

    def test_unsynchronized(self):
        self.follow([f"server {self.upstream} {OPTIONS}", "allow", f"port {HIGH_PORT}"])
        packet = self.reply(port=HIGH_PORT)
        self.assertEqual((packet.leap, packet.stratum, packet.reference_id, packet.reference), (3, 0, b"\0\0\0\0", 0))
        self.assertEqual((packet.root_delay, packet.root_dispersion), (1 << 16, 1 << 16))

    def test_no_socket_for_nobody(self):
        """Without allow the port is closed; without the right to it the daemon keeps time for itself."""
        daemon, api = self.follow_upstream()
        self.assertNotIn(":0123 ", self.network.client.run("cat", "/proc/net/udp"))
        self.assertNotIn("port", [word.strip(":") for word in daemon.process.log().split()])
        other = Timeballd(self, [f"server {self.upstream} {OPTIONS}", "allow"], name="without-right")
        other.process.wait_for_log("port: no right to use port 123: time is served to nobody", 5)
        self.assertTrue(other.process.running())
        self.assertEqual(other.effective_rights(), 0)
        self.assertTrue(api.present())


if __name__ == "__main__":
    case.main("chrony", "ntpdig")
