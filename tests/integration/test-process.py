#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""The daemon as a process: its user, its memory, its first request, its words to the service manager, its end."""

import pathlib
import pwd
import re
import time

from harness import case, isolation, network
from harness.daemon import Timeballd
from harness.deadline import wait_until
from harness.notify import NotifySocket
from harness.responder import Responder

SOURCES = (11, 12, 13, 14)
OPTIONS = "iburst minpoll 0 maxpoll 0"
SYNCHRONIZED_S = 20
READY_S = 10
WATCHDOG_S = 4.0  # long beside how long a busy machine stalls
BEATS = 4
END_S = 2
STARTS = 5


class Process(case.DaemonCase):
    def setUp(self):
        super().setUp()
        addresses = [network.ipv4(number) for number in SOURCES]
        for address in addresses:
            self.network.servers.add_address(address)
        self.responder = self.keep(Responder(self.network.servers, addresses))
        self.config = [f"server {address} {OPTIONS}" for address in addresses]
        self.notify = self.keep(NotifySocket(self.directory))

    def test_rights_and_memory(self):
        daemon, api = self.follow(self.config)
        api.wait_for_state("synchronized", SYNCHRONIZED_S)
        self.assertEqual(len(api.sources()), len(SOURCES))
        self.assertEqual(daemon.user_id(), pwd.getpwnam(isolation.USER).pw_uid)
        status = pathlib.Path(f"/proc/{daemon.pid}/status").read_text(encoding="ascii")
        self.assertEqual(set(re.findall(r"^Cap(?:Inh|Prm|Eff|Bnd|Amb):\t(\w+)", status, re.M)), {"0" * 16})
        print(f"\n  with {len(SOURCES)} sources: RSS {daemon.resident_kib()} KiB, private {daemon.private_kib()} KiB")

    def test_time_to_first_request(self):
        """Printed, not judged: it depends on the machine."""
        delays_ms = []
        for start in range(STARTS):
            before = self.responder.count()
            daemon = Timeballd(self, self.config)
            wait_until(lambda seen=before: self.responder.count() > seen, READY_S, "the first request arrives")
            delays_ms.append((self.responder.times_s()[before] - daemon.exec_time_s()) * 1e3)
            self.assertEqual(daemon.process.stop(), 0, f"start {start}")
        print(f"\n  from exec to the first request on the wire: {', '.join(f'{delay:.1f}' for delay in delays_ms)} ms")

    def test_service_manager(self):
        daemon = Timeballd(self, self.config, environment=self.notify.environment(WATCHDOG_S))
        self.notify.wait_for("READY", READY_S, "1")
        wait_until(lambda: len(self.notify.having("WATCHDOG")) >= BEATS, BEATS * WATCHDOG_S * 2, "the watchdog is fed")
        beats = [message.time_s for message in self.notify.having("WATCHDOG")]
        self.assertLess(max(later - earlier for earlier, later in zip(beats, beats[1:])), WATCHDOG_S)

        def synchronized():
            texts = [message.fields["STATUS"] for message in self.notify.having("STATUS")]
            return [text for text in texts if re.search("synchronized", text, re.I) and "unsync" not in text.lower()]

        text = wait_until(synchronized, SYNCHRONIZED_S, "STATUS tells of synchronization")[0]
        print(f"\n  STATUS={text}")
        daemon.terminate()
        self.assertEqual(daemon.process.wait(END_S), 0)
        self.notify.wait_for("STOPPING", END_S, "1")

    def test_ends_soon_and_leaves_nothing(self):
        before = self.leftovers()
        daemon, api = self.follow(self.config)
        api.wait_for_state("synchronized", SYNCHRONIZED_S)
        start = time.monotonic()
        daemon.terminate()
        self.assertEqual(daemon.process.wait(END_S), 0)
        print(f"\n  from SIGTERM to the end {(time.monotonic() - start) * 1e3:.0f} ms")
        self.assertFalse(api.present())
        self.assertEqual(self.leftovers(), before)

    @staticmethod
    def leftovers():
        """Everything in this world's /run (the test's own folder aside) and /etc."""
        names = {str(path) for path in pathlib.Path("/run").rglob("*") if case.ROOT not in [path, *path.parents]}
        return names | {str(path) for path in pathlib.Path("/etc").glob("*")}


if __name__ == "__main__":
    case.main()
