# SPDX-License-Identifier: LGPL-2.1-or-later
"""The base of the integration tests: a network and a folder for each test, logs shown when it fails."""

import os
import pathlib
import shutil
import unittest

import peers
from harness import isolation
from harness.api import Api
from harness.bus import PrivateBus
from harness.daemon import Timeballd
from harness.network import Network
from harness.process import Process

ROOT = pathlib.Path("/run/test")
SOURCE = pathlib.Path(__file__).resolve().parents[3]
BUILD = pathlib.Path(os.environ.get("TIMEBALL_BUILD", SOURCE / "build")).resolve()  # set it to run a script by hand
POLICY = SOURCE / "dbus" / "org.timeball1.conf"


class NetworkCase(unittest.TestCase):
    """Two namespaces, and whatever the test starts in them."""

    def run(self, result=None):
        """Shows every log of a test that failed."""
        result = result or self.defaultTestResult()
        before = len(result.failures) + len(result.errors)
        super().run(result)
        if len(result.failures) + len(result.errors) > before:
            for log in sorted(ROOT.rglob("*.log")):
                text = log.read_text(encoding="utf-8", errors="replace")
                print(f"--- {log.name} of {self.id()}\n{text}", flush=True)
        shutil.rmtree(ROOT, ignore_errors=True)
        return result

    def setUp(self):
        isolation.hosts({})
        self.directory = ROOT
        self.directory.mkdir(mode=0o755)
        self.network = Network()
        self.addCleanup(self.network.remove)

    def peer(self, name):
        return peers.fetch(BUILD / "peers", name)

    def keep(self, started):
        """Stops what was started when the test ends."""
        self.addCleanup(started.stop)
        return started

    def start(self, name, command, environment=None):
        return self.keep(Process(name, command, self.directory, environment))


class DaemonCase(NetworkCase):
    """The same with a bus and the daemon."""

    def setUp(self):
        super().setUp()
        # The build may lie below a folder that the daemon's user cannot enter.
        self.timeballd = self.directory / "timeballd"
        self.timeballd.touch()
        isolation.mount("--bind", str(BUILD / "daemon" / "timeballd"), str(self.timeballd))
        self.addCleanup(isolation.unmount, str(self.timeballd))

    def start_bus(self, name="bus"):
        return PrivateBus(self, POLICY, name)

    def follow(self, config, **options):
        """The daemon on a bus of its own, and that bus's view of it."""
        bus = self.start_bus()
        daemon = Timeballd(self, config, bus=bus.address, **options)
        api = Api(bus.connect())
        api.wait_for_daemon()
        return daemon, api


def main(*peer_names):
    """Runs the script's tests; the peers that they need are fetched first, while the machine's resolver is in reach."""
    if not isolation.entered():
        for name in peer_names:
            peers.fetch(BUILD / "peers", name)
    isolation.enter()
    unittest.main(verbosity=2)
