#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""The server's threads and sockets: nobody can tell how many answer him, and where they hear is what the configuration says.

effect: serverworkers bindaddress binddevice
effect: ratelimit interval burst leak kod clientloglimit noclientlog
"""

import os
import pathlib
import re
import socket
import sys
import threading

from harness import case, network
from harness.daemon import Timeballd
from harness.deadline import wait_until
from harness.ntp_packet import MODE_CLIENT, Packet
from harness.responder import Responder

UPSTREAM, SECOND = 11, 50
DAEMON = network.CLIENT
PORT = 11123
LOCAL = ["local stratum 7", "allow", f"port {PORT}"]
CLIENTS = ("198.51.100.0/24", "198.51.100.{}")  # in the servers' namespace: any address of it may be used
EXPEDITED = 46
ANSWER_S = 5
SYNCHRONIZED_S = 30
PORTS = 1000
ADDRESSES = 250
FLOOD = 20000
STEP_S = 30.0

# Opens sockets on ports, as a service manager would, and becomes the command.
PASS_SOCKETS = """
import fcntl, os, socket, sys
ports = [int(port) for port in sys.argv[1].split(",")]
opened = [socket.socket(socket.AF_INET, socket.SOCK_DGRAM) for port in ports]
for item, port in zip(opened, ports):
    item.bind(("0.0.0.0", port))
held = [fcntl.fcntl(item, fcntl.F_DUPFD_CLOEXEC, 100) for item in opened]
for number, fd in enumerate(held, 3):
    os.dup2(fd, number)
os.environ.update(LISTEN_FDS=str(len(held)), LISTEN_PID=str(os.getpid()))
os.execvp(sys.argv[2], sys.argv[2:])
"""


class Refused(Timeballd):
    """One that does not start."""

    def _check_end(self, case_):
        case_.assertEqual(self.process.child.returncode, 1)


class Workers(case.DaemonCase):
    def setUp(self):
        super().setUp()
        network.ip("-n", "servers", "route", "add", "local", CLIENTS[0], "dev", "lo")
        network.ip("-n", "client", "route", "add", CLIENTS[0], "via", network.ipv4(network.FIRST_SERVER))

    def serve(self, workers, *more, **options):
        """The daemon with so many workers, once it answers."""
        lines = [*LOCAL, *([] if workers is None else [f"serverworkers {workers}"]), *more]
        daemon = Timeballd(self, lines, name=f"timeballd-{workers}", **options)
        wait_until(lambda: self.ask(seconds=0.2), SYNCHRONIZED_S, "it serves")
        return daemon

    def client(self, source="", address=network.ipv4(DAEMON), port=PORT):
        client = self.network.servers.socket(socket.AF_INET6 if ":" in address else socket.AF_INET, socket.SOCK_DGRAM)
        client.bind((source, 0))
        client.connect((address, port))
        return client

    def ask(self, seconds=ANSWER_S, **where):
        """The reply to one request from a port of its own, or None."""
        with self.client(**where) as client:
            client.settimeout(seconds)
            try:
                client.send(Packet(MODE_CLIENT, transmit=1).emit())
                return Packet.parse(client.recv(1024))
            except OSError:
                return None

    @staticmethod
    def threads(daemon):
        """{thread: its name}"""
        tasks = pathlib.Path(f"/proc/{daemon.pid}/task").iterdir()
        return {task: (task / "comm").read_text(encoding="ascii").strip() for task in tasks}

    def workers(self, daemon):
        return sorted(task for task, name in self.threads(daemon).items() if name.startswith("serve"))

    def test_threads(self):
        """As many as the configuration says; by itself one for each processor, up to four."""
        processors = len(os.sched_getaffinity(0))
        for asked, expected in ((0, 0), (1, 1), (5, 5), (None, min(processors, 4))):
            daemon = self.serve(asked)
            self.assertEqual(len(self.workers(daemon)), expected)
            daemon.process.stop()

    def test_one_address_many_ports(self):
        """All requests of one client are answered, however many workers there are."""
        for workers in (0, 2, 4):
            daemon = self.serve(workers)
            replies = [self.ask(source=CLIENTS[1].format(7)) for _ in range(PORTS)]
            self.assertEqual(sum(reply is not None and reply.stratum == 7 for reply in replies), PORTS)
            daemon.process.stop()

    def wait_for_workers(self):
        """Until they have taken all that has arrived."""
        def waiting():
            rows = [line.split() for line in self.network.client.run("cat", "/proc/net/udp").splitlines()[1:]]
            return sum(int(row[4].split(":")[1], 16) for row in rows if row[1].endswith(f":{PORT:04X}"))

        wait_until(lambda: waiting() == 0, SYNCHRONIZED_S, "all has been looked at")

    def verdicts(self, workers, *limit):
        """What became of PORTS requests of one client, each from a port of its own: {verdict: number}."""
        daemon = self.serve(workers, *limit)
        for number in range(PORTS):
            with self.client(source=CLIENTS[1].format(9)) as client:
                client.send(Packet(MODE_CLIENT, transmit=1).emit())
            if number % 50 == 49:
                self.wait_for_workers()
        daemon.terminate()
        daemon.process.wait(ANSWER_S)
        found = re.findall(r"Requests for the time, ([a-z-]+): (\d+)", daemon.process.log())
        return {name: int(number) for name, number in found}

    def test_rate_limit(self):
        """So many in a row, then a part of them, wherever they come from; the same with any number of workers."""
        for workers in (0, 2, 4):
            counts = self.verdicts(workers, "ratelimit interval 12 burst 8 leak 2")
            self.assertTrue(8 + 150 < counts["answered"] < 8 + 350, counts)
            self.assertGreaterEqual(counts["rate-limited"], PORTS - 8 - 350)
        for limit, least, most in (("interval -19", PORTS, PORTS + 20), ("interval 12 burst 255", 350, 550),
                                   ("interval 12 leak 4", 8 + 15, 8 + 150)):
            counts = self.verdicts(2, f"ratelimit {limit}")
            self.assertTrue(least <= counts["answered"] <= most, (limit, counts))
        counts = self.verdicts(2, "ratelimit interval 12 burst 8 leak 2 kod 1")
        self.assertTrue(200 < counts["kissed"] < 550, counts)

    def exchange(self, reply, number, source):
        """The next reply to a client in interleaved mode, whose ports are all different."""
        with self.client(source=source) as client:
            client.settimeout(ANSWER_S)
            client.send(Packet(MODE_CLIENT, origin=reply.receive, receive=1000 + number, transmit=2000 + number).emit())
            return Packet.parse(client.recv(1024))

    def interleaved(self, source, exchanges, meanwhile=lambda: None):
        """Of so many replies in a row, how many told when the one before left."""
        reply, found = self.ask(source=source), 0
        for number in range(exchanges):
            before, reply = reply, self.exchange(reply, number, source)
            if reply.origin == 1000 + number:
                self.assertGreater(reply.transmit, before.receive)
                self.assertLess(reply.transmit, reply.receive)
                found += 1
            else:
                self.assertEqual(reply.origin, 2000 + number)
            meanwhile()
        return found

    def test_interleaved(self):
        """What is remembered for one address is remembered for all its ports."""
        for workers in (0, 2, 4):
            daemon = self.serve(workers)
            self.assertEqual(self.interleaved(CLIENTS[1].format(9), PORTS), PORTS - 1)
            daemon.process.stop()
        daemon = self.serve(1, "noclientlog")
        self.assertEqual(self.interleaved(CLIENTS[1].format(9), 5), 0)
        daemon.process.stop()

    def test_memory_for_clients(self):
        """With the least of it, what one client has made it remember makes room for the next one's."""
        def disturb():
            self.interleaved(CLIENTS[1].format(8), 2)

        for limit, expected in (([], 4), (["clientloglimit 0"], 0)):
            daemon = self.serve(1, *limit)
            self.assertEqual(self.interleaved(CLIENTS[1].format(9), 5, disturb), expected)
            daemon.process.stop()

    def test_addresses_are_divided(self):
        """Of two workers each is woken by its share of the addresses, and by no other."""
        daemon = self.serve(2)

        def sleeps():
            text = [(task / "status").read_text(encoding="ascii") for task in self.workers(daemon)]
            return [int(re.search(r"^voluntary_ctxt_switches:\s+(\d+)", status, re.M).group(1)) for status in text]

        before = sleeps()
        for number in range(1, ADDRESSES + 1):
            self.assertIsNotNone(self.ask(source=CLIENTS[1].format(number)))
        shares = [now - then for now, then in zip(sleeps(), before)]
        for share in shares:
            self.assertGreater(share, ADDRESSES / 4, shares)

    def test_port_in_use(self):
        self.serve(2)
        second = Refused(self, [*LOCAL, "serverworkers 2"], name="second")
        second.process.wait(ANSWER_S)
        self.assertIn(f"Could not serve time on port {PORT}: Address already in use (is another time server running?)",
                      second.process.log())

    def test_bind_address(self):
        """One of each family; without one of a family, all its addresses."""
        self.network.client.add_address(network.ipv4(SECOND))
        daemon = Timeballd(self, [*LOCAL, f"bindaddress {network.ipv4(SECOND)}"])
        wait_until(lambda: self.ask(0.2, address=network.ipv4(SECOND)), SYNCHRONIZED_S, "it serves")
        self.assertIsNone(self.ask(0.5))
        self.assertIsNotNone(self.ask(address=network.ipv6(DAEMON)))
        daemon.process.stop()
        self.network.client.add_address(network.ipv6(SECOND))
        Timeballd(self, [*LOCAL, f"bindaddress {network.ipv6(SECOND)}"], name="other")
        wait_until(lambda: self.ask(0.2, address=network.ipv6(SECOND)), SYNCHRONIZED_S, "it serves")
        self.assertIsNone(self.ask(0.5, address=network.ipv6(DAEMON)))
        self.assertIsNotNone(self.ask())

    def test_bind_device(self):
        self.serve(2, "binddevice veth").process.stop()
        daemon = Timeballd(self, [*LOCAL, "binddevice lo"], name="loopback")
        address = ("127.0.0.1", PORT)

        def answers():
            with self.network.client.socket(socket.AF_INET, socket.SOCK_DGRAM) as client:
                client.settimeout(0.2)
                client.sendto(Packet(MODE_CLIENT, transmit=1).emit(), address)
                try:
                    return client.recv(1024)
                except OSError:
                    return None

        wait_until(answers, SYNCHRONIZED_S, "it serves on lo")
        self.assertIsNone(self.ask(0.5))
        self.assertTrue(daemon.process.running())

    def test_traffic_class(self):
        self.serve(1, f"dscp {EXPEDITED}")
        for address, level, option in ((network.ipv4(DAEMON), socket.IPPROTO_IP, socket.IP_RECVTOS),
                                       (network.ipv6(DAEMON), socket.IPPROTO_IPV6, socket.IPV6_RECVTCLASS)):
            with self.client(address=address) as client:
                client.settimeout(ANSWER_S)
                client.setsockopt(level, option, 1)
                client.send(Packet(MODE_CLIENT, transmit=1).emit())
                _, ((_, _, traffic_class),), _, _ = client.recvmsg(1024, 256)
                self.assertEqual(traffic_class[0], EXPEDITED << 2)

    def test_passed_sockets(self):
        """Those on the port are served, a worker each, with no right to the port; others are closed, which is said."""
        config = [line for line in LOCAL if not line.startswith("port")]
        prefix = [sys.executable, "-c", PASS_SOCKETS, f"123,{PORT}"]
        daemon = Timeballd(self, [*config, "serverworkers 3"], prefix=prefix)
        wait_until(lambda: self.ask(0.2, port=123), SYNCHRONIZED_S, "it serves on port 123")
        self.assertEqual(daemon.effective_rights(), 0)
        self.assertEqual(len(self.workers(daemon)), 1)
        self.assertIsNone(self.ask(0.5, port=PORT))
        self.assertIn("Passed socket 4 is closed: it is none of UDP port 123", daemon.process.log())
        with self.network.client.socket(socket.AF_INET, socket.SOCK_DGRAM) as free:
            free.bind(("0.0.0.0", PORT))

    def test_flood_is_quiet(self):
        """However much nonsense arrives, the log stays as it is; at the end it is counted."""
        daemon = self.serve(2)
        lines = daemon.process.log().count("\n")
        with self.client() as client:
            for number in range(FLOOD):
                client.send(bytes(number % 60) if number % 2 else Packet(number % 8, version=number % 9 % 8).emit())
        wait_until(lambda: self.ask(0.2), SYNCHRONIZED_S, "it has got through")
        self.assertEqual(daemon.process.log().count("\n"), lines)
        daemon.terminate()
        daemon.process.wait(ANSWER_S)
        self.assertIn("Requests for the time, malformed: ", daemon.process.log())

    def test_step_under_load(self):
        """While the daemon steps its clock, no reply mixes stamps of before and after."""
        upstream = network.ipv4(UPSTREAM)
        self.network.servers.add_address(upstream)
        responder = self.keep(Responder(self.network.servers, [upstream], offset_s=STEP_S))
        responder.silent = True
        stop, found, mixed = threading.Event(), set(), []

        def load(source):
            while not stop.is_set():
                reply = self.ask(0.2, source=source)
                if reply is None:
                    continue
                between = (reply.transmit - reply.receive) / 2**32
                if not -0.5 < between < STEP_S / 2:
                    mixed.append(between)
                found.add(reply.stratum)

        daemon = Timeballd(self, [f"server {upstream} iburst minpoll -2 maxpoll -2", "makestep 1 3", "serverworkers 2",
                                  *LOCAL[1:]])
        threads = [threading.Thread(target=load, args=(CLIENTS[1].format(number),)) for number in range(1, 5)]
        for thread in threads:
            thread.start()
        try:
            wait_until(lambda: 0 in found, SYNCHRONIZED_S, "it serves an unsynchronized clock")
            responder.silent = False
            wait_until(lambda: 3 in found, SYNCHRONIZED_S, "it has synchronized by a step")
        finally:
            stop.set()
            for thread in threads:
                thread.join()
        self.assertEqual(mixed, [])
        self.assertRegex(daemon.process.log(), r"(?i)step")


if __name__ == "__main__":
    case.main()
