#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Symmetric keys with real servers: each type of key that the distribution's chronyd knows, ntpsec, somebody on the path
who changes replies, and a key that is not the server's.

effect: keyfile
"""

import json
import os
import re
import subprocess

from harness import case, isolation, network, servers
from harness.deadline import wait_until
from harness.relay import Relay

OPTIONS = "iburst minpoll -2 maxpoll -2"
READY_S = 30
REFUSED = 5  # replies
MAC_AT = 48
SECRET = "ASCII:twelve-or-more-octets"
HEX = "000102030405060708090a0b0c0d0e0f"
LONG_HEX = HEX + "10111213"
TYPES = {
    "MD5": SECRET, "SHA1": SECRET, "SHA256": SECRET, "SHA384": SECRET, "SHA512": SECRET, "SHA3-224": SECRET,
    "SHA3-256": SECRET, "SHA3-384": SECRET, "SHA3-512": SECRET,
    "AES128": "HEX:000102030405060708090a0b0c0d0e0f",
    "AES256": "HEX:000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f",
}
CUT_IN_VERSION_4 = ("SHA256", "SHA384", "SHA512", "SHA3-224", "SHA3-256", "SHA3-384", "SHA3-512")
USABLE = ("selected", "combined", "not-combined", "selectable")
NOT_AUTHENTIC = ("unauthenticated", "no-mac", "crypto-nak", "other-key", "bad-mac")
CHANGED_KEY = 2  # SHA1
# What somebody on the path makes of replies under that key, and the reason why they are refused; None: they are not.
CHANGES = (
    (lambda reply: reply, None),
    (lambda reply: reply[:MAC_AT], "no-mac"),
    (lambda reply: reply[:MAC_AT] + bytes(4), "crypto-nak"),
    (lambda reply: reply[:MAC_AT] + (3).to_bytes(4, "big") + reply[MAC_AT + 4:], "other-key"),
    (lambda reply: reply[:1] + b"\1" + reply[2:], "bad-mac"),  # stratum 1
    (lambda reply: reply[:-4], "bad-mac"),
    (lambda reply: reply[:-1] + bytes([reply[-1] ^ 1]), "bad-mac"),
)

# Lines of a key file with an ID of their own each; those of which chronyd 4.3 and timeballd make something else.
FORMS = """\
1 aaaaaaaaaaaa
2 MD5 aaaaaaaaaaaa
3 SHA1 HEX:aabbccddeeff00112233
4 SHA1 hex:aabbccddeeff00112233
5 SHA1 ASCII:aabbccddeeff00112233
6x SHA1 aaaaaaaaaaaa
7 TIGER aaaaaaaaaaaaa
8 WHIRLPOOL aaaaaaaaaaaaa
9 AES128 HEX:000102030405060708090a0b0c0d0e0f
10 AES128 aaaa
11 AES256 ASCII:01234567890123456789012345678901
12 SHA3-224 aaaaaaaaaaaaa
13 SHA3-512 aaaaaaaaaaaaa
14 SHA384 aaaaaaaaaaaaa extra
15 NONE aaaaaaaaaaaaa
16
+17 SHA1 aaaaaaaaaaaaaaaaaaa
18 SHA1 HEX:abc
19 SHA1 HEX:zzzz
20 SHA1 HEX:
21 SHA1 ASCII:
22 SHA1 short
  23 SHA256 aaaaaaaaaaaaab\t
! 24 SHA1 aaaaaaaaaaaaaaaaaaa
25 SHA256 # comment
26 sha1 aaaaaaaaaaaaaaaaaaa
-4294967269 SHA1 aaaaaaaaaaaaaaaaaaa
28.5 SHA1 aaaaaaaaaaaaaaaaaaa
0x1d SHA1 aaaaaaaaaaaaaaaaaaa
30 AES-128 HEX:000102030405060708090a0b0c0d0e0f
31 HEX:000102030405060708090a0b0c0d0e0f SHA1
4294967328 SHA1 aaaaaaaaaaaaaaaaaaa
""".splitlines()
ONLY_OURS = {26}  # a type in small letters
ONLY_THEIRS = {27, 32}  # numbers that come round


class Keys(case.DaemonCase):
    def key_file(self, name, lines):
        path = self.directory / name
        path.write_text("\n".join([*lines, ""]), encoding="ascii")
        path.chmod(0o640)
        subprocess.run(["chgrp", isolation.USER, path], check=True)
        return path

    def every_type(self):
        """A key file with a key of each type, by IDs from 1 on."""
        return self.key_file("keys", [f"{number} {name} {TYPES[name]}" for number, name in enumerate(TYPES, 1)])

    def add_addresses(self, count, first=11):
        addresses = [network.ipv4(number) for number in range(first, first + count)]
        for address in addresses:
            self.network.servers.add_address(address)
        return addresses

    def chronyd(self, address, keys, *more):
        return servers.chronyd(self, address, more=[f"keyfile {keys}", *more])

    @staticmethod
    def refused(api, row):
        """How many of a source's replies were refused for the sake of authentication, by reason."""
        rejected = api.ntp(row)["RejectedPackets"]
        return {reason: rejected[reason] for reason in NOT_AUTHENTIC if reason in rejected}

    def follow_all(self, keys, addresses, options=""):
        """Each source under its own key is usable, and no reply of one was found not to be authentic."""
        daemon, api = self.follow([f"keyfile {keys}", *(f"server {address} key {number} {OPTIONS} {options}"
                                                        for number, address in enumerate(addresses, 1))])
        api.wait_for_state("synchronized", READY_S)
        wait_until(lambda: all(row.state in USABLE for row in api.sources()), READY_S, "all sources are usable")
        for row in api.sources():
            self.assertTrue(row.authenticated)
            self.assertEqual(row.auth, "key")
            self.assertEqual(self.refused(api, row), {})
        self.assertNotIn("warning", daemon.process.log().lower())
        return api

    def test_every_type_of_chronyd(self):
        keys, addresses = self.every_type(), self.add_addresses(len(TYPES))
        self.chronyd(addresses[0], keys, "bindaddress 0.0.0.0")
        api = self.follow_all(keys, addresses)
        for name, address in zip(TYPES, addresses):
            self.assertEqual(api.ntp(api.by_address(address))["Version"], 3 if name in CUT_IN_VERSION_4 else 4, name)

    def test_every_type_in_version_4(self):
        keys, addresses = self.every_type(), self.add_addresses(len(TYPES))
        self.chronyd(addresses[0], keys, "bindaddress 0.0.0.0")
        api = self.follow_all(keys, addresses, "version 4")
        for row in api.sources():
            self.assertEqual(api.ntp(row)["Version"], 4)

    def test_ntpsec(self):
        upstream, *sources = self.add_addresses(4)
        servers.chronyd(self, upstream)
        theirs = self.key_file("ntp.keys", [f"1 MD5 {HEX}", f"2 SHA1 {LONG_HEX}", f"3 AES-128 {HEX}"])
        theirs.chmod(0o644)
        servers.ntpsec(self, sources[0], upstream, more=[*(f"interface listen {address}" for address in sources[1:]),
                                                         f"keys {theirs}", "trustedkey 1 2 3"])
        ours = self.key_file("keys", [f"1 MD5 HEX:{HEX}", f"2 SHA1 HEX:{LONG_HEX}", f"3 AES128 HEX:{HEX}"])
        self.follow_all(ours, sources, "minpoll 1 maxpoll 1")  # it answers one client no faster

    def test_changed_replies(self):
        keys, [server, *addresses] = self.every_type(), self.add_addresses(1 + len(CHANGES))
        self.chronyd(server, keys)
        for address, (change, _) in zip(addresses, CHANGES):
            self.keep(Relay(self.network.servers, address, server, change))
        _, api = self.follow([f"keyfile {keys}", *(f"server {address} key {CHANGED_KEY} {OPTIONS}" for address in addresses)])
        for address, (_, reason) in zip(addresses, CHANGES):
            row = wait_until(lambda wanted=address: api.by_address(wanted), READY_S, f"{address} is there")
            if reason is None:
                wait_until(lambda wanted=address: api.by_address(wanted).state in USABLE, READY_S, f"{address} is usable")
                self.assertEqual(self.refused(api, row), {})
                continue
            wait_until(lambda row=row, reason=reason: self.refused(api, row).get(reason, 0) >= REFUSED, READY_S,
                       f"replies of {address} are refused as {reason}")
            self.assertEqual(list(self.refused(api, row)), [reason])
            self.assertEqual(api.ntp(row)["TotalValid"], 0)
            source = api.source(row)
            self.assertEqual(source["State"], "no-samples")
            self.assertEqual(source["StateReason"], f"no samples yet: its replies under key {CHANGED_KEY} are not authentic")

    def test_keys_that_are_not_the_servers(self):
        """chronyd does not answer a request that it cannot verify; a key that we do not have is not asked with."""
        theirs, (right, wrong, missing) = self.every_type(), self.add_addresses(3)
        self.chronyd(right, theirs, "bindaddress 0.0.0.0")
        ours = self.key_file("our-keys", [f"2 SHA1 {SECRET}", "3 SHA256 ASCII:another-secret"])
        daemon, api = self.follow([f"keyfile {ours}", f"server {right} key 2 {OPTIONS}", f"server {wrong} key 3 {OPTIONS}",
                                   f"server {missing} key 99 {OPTIONS}"])
        wait_until(lambda: api.by_address(right).state == "selected", READY_S, "the right key is taken")
        wait_until(lambda: api.ntp(api.by_address(wrong))["TotalTx"] >= REFUSED, READY_S, "the wrong one is tried")
        self.assertEqual(api.ntp(api.by_address(wrong))["TotalRx"], 0)
        self.assertEqual(api.ntp(api.by_address(missing))["TotalTx"], 0)
        self.assertEqual(api.source(api.by_address(missing))["StateReason"], "not asked: there is no key 99")
        log = daemon.process.log()
        self.assertIn(f"timeballd.conf:4: '99': {ours} has no key with this ID: {missing} is not asked", log)
        self.assertNotIn("secret", log)


class Forms(case.NetworkCase):
    """Which lines of a key file are keys: the same for chronyd and for us, but for what is named above."""

    def missing_of_chronyd(self, config):
        peer = self.peer("chrony")
        own = [f"pidfile {self.directory}/pid", "cmdport 0", "port 0", "bindcmdaddress /"]
        file = self.directory / "chrony.conf"
        file.write_text("\n".join([*own, *config, ""]), encoding="ascii")
        said = subprocess.run(self.network.client.command(peer.program, "-x", "-d", "-t", "1", "-u", "root", "-f", file),
                              env={**os.environ, **peer.environment()}, capture_output=True, text=True, check=False)
        self.assertIn("Timeout reached", said.stderr + said.stdout)
        return {int(number) for number in re.findall(r"Key (\d+) is missing", said.stderr + said.stdout)}

    def missing_of_timeballd(self, config):
        file = self.directory / "timeball.conf"
        file.write_text("\n".join([*config, ""]), encoding="ascii")
        said = subprocess.run([case.BUILD / "daemon" / "timeballd", "--check", file, "--json"], capture_output=True,
                              text=True, check=True)
        return {int(problem["word"]) for problem in json.loads(said.stdout)["warnings"] if "is not asked" in problem["text"]}

    def test_forms(self):
        keys = self.directory / "keys"
        keys.write_text("\n".join([*FORMS, ""]), encoding="ascii")
        config = [f"keyfile {keys}", *(f"server 127.0.0.{number} key {number}" for number in range(1, len(FORMS) + 1))]
        theirs, ours = self.missing_of_chronyd(config), self.missing_of_timeballd(config)
        self.assertEqual(theirs - ours, ONLY_OURS)
        self.assertEqual(ours - theirs, ONLY_THEIRS)
        self.assertGreater(len(ours), 10)


if __name__ == "__main__":
    case.main("chrony", "ntpsec")
