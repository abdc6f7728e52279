#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Other projects' daemons follow ours: ntpsec plain and with a key, systemd-timesyncd. (test-serve: chronyd and ntpdig.)

None of them can touch the clock: ntpsec lacks the right to, timesyncd insists on it and has it in a user namespace where
it counts for nothing, with its calls answered by strace.
"""

import pathlib
import sys

import dbus

from harness import case, isolation, network, servers
from harness.bus import PrivateBus
from harness.daemon import Timeballd
from harness.deadline import wait_until

CLIENT = 11
DAEMON = network.ipv4(network.CLIENT)
STRATUM = 7
FOLLOWED_S = 90  # ntpsec wants several replies, and does not hurry
KEY, SECRET = 5, "000102030405060708090a0b0c0d0e0f"
# Of the peer status word (RFC 9327, 3.2).
KEYED, SELECTION, SYSTEM_PEER = 0x6000, 0x0700, 0x0600  # keyed: authenticated, as it is asked to be
HERE = pathlib.Path(__file__).parent
TIMESYNCD_USER = "systemd-timesync"
TIMESYNC_NAME, TIMESYNC_PATH = "org.freedesktop.timesync1", "/org/freedesktop/timesync1"
# What timesyncd needs of a machine, seen by it alone; $0 is its configuration.
FURNISH = f"""
set -e
mkdir -p /run/systemd/system /run/systemd/timesync /run/systemd/netif
chown {TIMESYNCD_USER}: /run/systemd/timesync
mount -t tmpfs tmpfs /var/lib/systemd
mkdir /var/lib/systemd/timesync
chown {TIMESYNCD_USER}: /var/lib/systemd/timesync
mkdir -p /etc/systemd
cp "$0" /etc/systemd/timesyncd.conf
exec "$@"
"""
TIMESYNC_POLICY = f"""<busconfig><policy user="{TIMESYNCD_USER}"><allow own="{TIMESYNC_NAME}"/></policy>
<policy context="default"><allow send_destination="{TIMESYNC_NAME}"/></policy></busconfig>
"""


class PeerStats:
    """One measurement: day, second, address, status word, offset, delay, ..."""

    def __init__(self, line):
        words = line.split()
        self.address, self.status = words[2], int(words[3], 16)
        self.offset_s, self.delay_s = float(words[4]), float(words[5])

    def is_system_peer(self):
        return self.status & SELECTION == SYSTEM_PEER


class RealClients(case.DaemonCase):
    def setUp(self):
        super().setUp()
        self.network.servers.add_address(network.ipv4(CLIENT))
        self.keys = self.directory / "keys"
        self.keys.write_text(f"{KEY} SHA1 HEX:{SECRET}\n", encoding="ascii")
        self.keys.chmod(0o644)
        Timeballd(self, [f"local stratum {STRATUM}", "allow", f"keyfile {self.keys}"], rights=("net_bind_service",))
        wait_until(lambda: servers.ask(self.network.servers, DAEMON), FOLLOWED_S, "it serves")

    def ntpsec(self, options="", more=()):
        """How ntpsec sees its only server once it has chosen it: a line of its file of measurements."""
        stats = self.directory / "ntpsec-stats"
        stats.mkdir()
        config = self.directory / "ntp.conf"
        config.write_text("\n".join([f"server {DAEMON} iburst minpoll 0 maxpoll 0 {options}", "interface ignore wildcard",
                                     f"interface listen {network.ipv4(CLIENT)}", f"statsdir {stats}/", "statistics peerstats",
                                     "filegen peerstats file peerstats type none enable", *more, ""]), encoding="ascii")
        peer = self.peer("ntpsec")
        process = self.start("ntpsec", self.network.servers.command(peer.program, "-n", "-c", config, "-l", "/dev/stderr"),
                             peer.environment())

        def chosen():
            self.assertTrue(process.running(), "ntpsec ended")
            file = stats / "peerstats"
            rows = [PeerStats(line) for line in file.read_text(encoding="ascii").splitlines()] if file.exists() else []
            return rows and rows[-1].is_system_peer() and rows[-1]

        return wait_until(chosen, FOLLOWED_S, "ntpsec has chosen its server", 0.5)

    def test_ntpsec(self):
        row = self.ntpsec()
        self.assertEqual(row.address, DAEMON)
        self.assertLess(abs(row.offset_s), row.delay_s / 2 + 1e-3)
        self.assertNotEqual(row.status & KEYED, KEYED)

    def test_ntpsec_with_a_key(self):
        theirs = self.directory / "ntp.keys"
        theirs.write_text(f"{KEY} SHA1 {SECRET}\n", encoding="ascii")
        row = self.ntpsec(f"key {KEY}", [f"keys {theirs}", f"trustedkey {KEY}"])
        self.assertLess(abs(row.offset_s), row.delay_s / 2 + 1e-3)
        self.assertEqual(row.status & KEYED, KEYED)

    def test_timesyncd(self):
        isolation.add_user(TIMESYNCD_USER)
        policy = self.directory / "timesync.conf"
        policy.write_text(TIMESYNC_POLICY, encoding="ascii")
        bus = PrivateBus(self, policy, "timesync-bus")
        config = self.directory / "timesyncd.conf"
        config.write_text(f"[Time]\nNTP={DAEMON}\nFallbackNTP=\n", encoding="ascii")
        peer = self.peer("timesyncd")
        guard = [sys.executable, HERE / "harness" / "user_namespace.py", "sh", "-c", FURNISH, config, "strace", "-D", "-f", "-qq",
                 "-o", self.directory / "timesyncd.calls", "-e", f"trace={servers.CLOCK_CALLS}",
                 "-e", f"inject={servers.CLOCK_CALLS}:retval=0"]
        process = self.start("timesyncd", self.network.servers.command(*guard, peer.program),
                             peer.environment() | {"DBUS_SYSTEM_BUS_ADDRESS": bus.address, "SYSTEMD_LOG_LEVEL": "debug",
                                                   "SYSTEMD_LOG_TARGET": "console"})
        connection = bus.connect()

        def message():
            self.assertTrue(process.running(), "timesyncd ended")
            try:
                return connection.call_blocking(TIMESYNC_NAME, TIMESYNC_PATH, "org.freedesktop.DBus.Properties", "Get", "ss",
                                                (f"{TIMESYNC_NAME}.Manager", "NTPMessage"), timeout=5)
            except dbus.DBusException:
                return None

        def accepted():
            told = message()
            return told and int(told[3]) != 0 and told

        told = wait_until(accepted, FOLLOWED_S, "timesyncd has a reply of its server")
        leap, version, mode, stratum = (int(number) for number in told[:4])
        self.assertEqual((leap, version, mode, stratum), (0, 4, 4, STRATUM))
        wait_until(lambda: "adjtime" in (self.directory / "timesyncd.calls").read_text(encoding="ascii"), FOLLOWED_S,
                   "timesyncd adjusts what it takes for the clock")


if __name__ == "__main__":
    case.main("ntpsec", "timesyncd")
