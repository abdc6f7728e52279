# SPDX-License-Identifier: LGPL-2.1-or-later
"""Servers on one CPU and the load that asks them on the other, each in a network namespace of its own.

As by a network card of today, what has arrived is worked on by the CPU of who gets it (receive packet steering): without that, a
veth pair does the work of both in the sender's time.
"""

import ipaddress
import json
import pathlib
import shutil
import subprocess
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "integration"))

import peers  # noqa: E402
from harness import network  # noqa: E402
from harness.bus import PrivateBus  # noqa: E402
from harness.daemon import as_user  # noqa: E402
from harness.deadline import wait_until  # noqa: E402
from harness.process import Process  # noqa: E402

SERVER_CPU, LOAD_CPU = 0, 1
PORT = 123
POLICY = pathlib.Path(__file__).resolve().parents[3] / "dbus" / "org.timeball1.conf"
SOURCES, FIRST_SOURCE = "10.0.0.0/8", ipaddress.IPv4Address("10.0.0.1")
READY_S = 30
WINDOW = 128
UNLIMITED = 1 << 62
DAY_S = 86400


class Load:
    """What one run of the generator told."""

    def __init__(self, told):
        self.__dict__.update(told)

    @property
    def rate(self):
        return self.replies / self.seconds

    def cost(self, what):
        """Of a reply, in all threads: "cpu_ns", or instructions "user" or "kernel"."""
        return sum(thread[what] for thread in self.threads) / max(self.replies, 1)


class Buses:
    """What the harness needs to start a bus."""

    def __init__(self, made):
        self.directory, self.start = made.directory, made.start_bus


class Stage:
    def __init__(self, build, directory):
        self.build, self.directory = build, directory
        self.started = []
        self.network = network.Network()
        self.servers, self.clients = self.network.client, self.network.servers
        network.ip("-n", self.clients.name, "route", "add", "local", SOURCES, "dev", "lo")
        network.ip("-n", self.servers.name, "route", "add", SOURCES, "via", network.ipv4(network.FIRST_SERVER))
        for namespace, cpu in ((self.servers, SERVER_CPU), (self.clients, LOAD_CPU)):
            namespace.run("sh", "-c", f"echo {1 << cpu:x} >/sys/class/net/veth/queues/rx-0/rps_cpus")
        # The build may lie below a folder that the daemon's user cannot enter.
        self.timeballd = shutil.copy(build / "daemon" / "timeballd", directory)
        self.next = network.FIRST_SERVER + 8

    def close(self):
        for process in self.started:
            process.stop()
        self.network.remove()

    def address(self):
        self.next += 1
        self.servers.add_address(network.ipv4(self.next))
        return network.ipv4(self.next)

    def start(self, name, address, command, environment=None):
        """Once it answers; its process."""
        process = Process(name, self.servers.command("taskset", "-c", str(SERVER_CPU), *command), self.directory, environment)
        self.started.append(process)
        process.address = address

        def answers():
            if not process.running():
                raise AssertionError(f"{name} ended with {process.child.returncode}: {process.log()}")
            return self.load(process, requests=1, seconds=0.2, measured=False).replies

        wait_until(answers, READY_S, f"{name} answers")
        return process

    def write(self, name, *lines):
        path = self.directory / name
        path.write_text("\n".join([*lines, ""]), encoding="ascii")
        return path

    def start_bus(self, name, command, environment=None):
        process = Process(name, command, self.directory, environment)
        self.started.append(process)
        return process

    def bus(self, name="bus"):
        return PrivateBus(Buses(self), POLICY, name)

    def timeball(self, name, *lines, bus="none"):
        address = self.address()
        config = self.write(f"{name}.conf", "allow", f"bindaddress {address}", *lines)
        return self.start(name, address, [*as_user("net_bind_service"), self.timeballd, "-x", "-d", f"--bus={bus}",
                                          "-f", config])

    def chronyd(self, name="chronyd", peer="chrony"):
        address, home, chrony = self.address(), self.directory / name, peers.fetch(self.build / "peers", peer)
        home.mkdir(mode=0o750)
        config = self.write(f"{name}.conf", "local stratum 10", "allow", f"bindaddress {address}", "cmdport 0",
                            f"bindcmdaddress {home}/socket", f"pidfile {home}/pid")
        return self.start(name, address, [chrony.program, "-x", "-d", "-u", "root", "-f", config], chrony.environment())

    def ntpsec(self, name="ntpsec"):
        address, ntpsec = self.address(), peers.fetch(self.build / "peers", "ntpsec")
        config = self.write(f"{name}.conf", "interface ignore wildcard", f"interface listen {address}")
        return self.start(name, address, [ntpsec.program, "-n", "-c", config, "-l", "/dev/stderr"], ntpsec.environment())

    def echo(self, name, kind):
        address = self.address()
        return self.start(name, address, [self.build / "tests/bench/serve/echo", address, PORT, kind])

    def load(self, server, seconds, requests=UNLIMITED, sources=1000, first=0, window=WINDOW, rate=0, measured=True, before=()):
        """A run of tests/bench/serve/load against one server. `first`: the number of the first source's address. `rate`: requests
        a second, 0 = as fast as it answers. `before`: a command that runs it."""
        command = [*before, "taskset", "-c", str(LOAD_CPU), self.build / "tests/bench/serve/load", server.address, PORT,
                   FIRST_SOURCE + first, sources, window, requests, seconds, rate, server.pid if measured else 0]
        result = subprocess.run(self.clients.command(*map(str, command)), capture_output=True, text=True, check=False)
        if result.returncode != 0:
            raise AssertionError(f"load: {result.stderr}")
        load = Load(json.loads(result.stdout))
        if load.wrong:
            raise AssertionError(f"{load.wrong} replies of {server.name} were none")
        return load


    def overflows(self):
        """Datagrams that found a full buffer of a server's socket so far: nobody has accepted them."""
        names, values = (line.split() for line in self.servers.run("cat", "/proc/net/snmp").splitlines()
                         if line.startswith("Udp: "))
        return int(values[names.index("RcvbufErrors")])


def resident_kib(process):
    status = pathlib.Path(f"/proc/{process.pid}/status").read_text(encoding="ascii")
    return int(status.split("VmRSS:")[1].split()[0])
