#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""timeballctl and timeballd, both real: what one tells the other to do is done, and can be saved, taken back and read again."""

import json
import shutil

import ctl_case
import stage
from ctl_case import FAILURE, NO_SUCH_SOURCE, NOT_RUNNING, NOT_SYNCHRONIZED, USAGE
from harness import case, isolation, network, servers
from harness.deadline import wait_until

FIRST, SECOND, THIRD = (network.ipv4(number) for number in (11, 12, 13))
BASE = [f"server {FIRST} minpoll 4", f"server {SECOND} offline", "makestep 1 3"]
WAIT_S = 30


class CtlDaemon(ctl_case.Ctl, case.DaemonCase):
    def setUp(self):
        super().setUp()
        self.program = self.directory / "timeballctl"
        shutil.copy(case.BUILD / "ctl" / "timeballctl", self.program)
        self.state = self.directory / "state"
        self.state.mkdir()
        shutil.chown(self.state, isolation.USER)
        self.saved = self.state / "saved.conf"
        self.file = self.directory / "timeballd.conf"

    def address_of_bus(self):
        return stage.bus.address(self.directory)

    def begin(self, *config):
        self.daemon, self.api = self.follow(config, options=[f"--saved={self.saved}"])

    def write(self, *lines):
        self.file.write_text("\n".join([*lines, ""]), encoding="ascii")

    def json(self, *arguments):
        return json.loads(self.run_ctl(*arguments, "--json=short"))

    def addresses(self):
        return {row["Address"] for row in self.json("sources")}

    def shown(self, name, *target):
        return self.run_ctl("show", "-P", name, *target).strip()


class Keys(CtlDaemon):
    def test_auth(self):
        keys = self.directory / "keys"
        keys.write_text("7 AES128 HEX:" + "0F" * 16 + "\n", encoding="ascii")
        self.begin(f"server {FIRST} key 7", f"server {SECOND}", f"keyfile {keys}")
        first, second = self.json("auth")
        self.assertEqual((first["Authentication"], first["KeyID"], first["KeyType"], first["KeyLength"]), ("key", 7, "AES128", 128))
        self.assertNotIn("KeyID", second)
        self.assertRegex(self.run_ctl("auth", "--no-legend"), rf"{FIRST} +key +AES128 +7 +128 +no\n{SECOND} +- +- +- +- +-\n")

    def test_what_is_no_source(self):
        self.begin(*BASE)
        for path in ("/org/timeball1/clock", "/org/timeball1", "99"):
            self.run_ctl("source", path, status=NO_SUCH_SOURCE)


class Changes(CtlDaemon):
    def test_sources(self):
        self.begin(*BASE)
        self.run_ctl("add", "server", THIRD, "minpoll", "5", "offline")
        self.assertEqual(self.addresses(), {FIRST, SECOND, THIRD})
        self.assertIn(THIRD, self.run_ctl("add", "server", THIRD, status=FAILURE))
        self.run_ctl("set", THIRD, "minpoll=6", "maxpoll=8", "selectopts=+prefer")
        self.assertEqual((self.shown("MinPoll", THIRD), self.shown("MaxPoll", THIRD)), ("6", "8"))
        self.assertIn("prefer", self.shown("Options", THIRD))
        self.run_ctl("online", f"{SECOND}/32")
        self.assertEqual(self.shown("Online", SECOND), "online")
        self.run_ctl("offline")
        self.assertEqual({self.shown("Online", address) for address in self.addresses()}, {"offline"})
        self.run_ctl("burst", FIRST, "1/2")
        self.assertEqual(self.shown("Online", FIRST), "burst-offline")
        self.run_ctl("remove", SECOND)
        self.assertEqual(self.addresses(), {FIRST, THIRD})
        self.run_ctl("remove", SECOND, status=NO_SUCH_SOURCE)
        self.run_ctl("set", "192.0.2.99", "minpoll=5", status=NO_SUCH_SOURCE)

    def test_clock(self):
        self.begin(*BASE, "local stratum 7")
        wait_until(lambda: self.shown("Stratum", "clock") == "7", WAIT_S, "the local reference stands in")
        self.run_ctl("makestep", "0.5", "4")
        self.run_ctl("max-update-skew", "12")
        self.assertEqual([float(self.shown(name, "clock")) for name in ("MakeStepThresholdSeconds", "MakeStepLimit", "MaxUpdateSkewPPM")],
                         [0.5, 4, 12])
        self.run_ctl("adjust-frequency", "2.5")
        self.assertAlmostEqual(float(self.shown("FrequencyPPM", "clock")), 2.5, places=3)
        self.run_ctl("local", "off")
        wait_until(lambda: self.shown("Stratum", "clock") == "0", WAIT_S, "it is gone")

    def test_saved_and_taken_back(self):
        self.begin(*BASE)
        self.run_ctl("add", "server", THIRD, "offline")
        self.assertEqual(self.shown("ConfigurationDirty"), "yes")
        self.assertEqual(self.run_ctl("save"), "")
        self.assertEqual(self.shown("ConfigurationDirty"), "no")
        self.assertIn(f"server {THIRD} offline\n", self.saved.read_text(encoding="ascii"))
        self.run_ctl("remove", SECOND)
        self.assertIn(f"'{SECOND}': it was removed, but comes back", self.run_ctl("save"))
        self.run_ctl("makestep", "9", "9")
        self.run_ctl("discard")
        self.assertEqual(self.addresses(), {FIRST, SECOND, THIRD})
        self.assertEqual(self.shown("MakeStepLimit", "clock"), "3")
        self.run_ctl("add", "server", "192.0.2.77", "offline", "--save")
        self.assertIn("server 192.0.2.77 offline\n", self.saved.read_text(encoding="ascii"))


class Waits(CtlDaemon):
    def test_until_synchronized(self):
        self.network.servers.add_address(FIRST)
        self.begin(f"server {FIRST} iburst minpoll -2 maxpoll -2")
        told = self.run_ctl("wait-sync", "1", "0", "0", "0.5", status=NOT_SYNCHRONIZED)
        self.assertIn("Not synchronized, or not well enough", told)
        self.assertEqual(self.json_of("wait-sync", "--timeout=0.5", status=NOT_SYNCHRONIZED)["Reached"], False)
        servers.chronyd(self, FIRST)
        self.assertRegex(self.run_ctl("waitsync", "60", "10", "1e6", "1"), "^Synchronized, offset ")
        answer = self.json_of("wait-sync", "--max-error=100s", f"--timeout={WAIT_S}")
        self.assertTrue(answer["Reached"])
        self.assertLess(abs(answer["SystemOffsetSeconds"]), 10)
        self.run_ctl("wait-sync", "1", "0", "1e-12", "0.5", status=NOT_SYNCHRONIZED)
        self.assertIn(", error at most ", self.run_ctl("wait-sync", "--max-error=1ns", "--timeout=0.5", status=NOT_SYNCHRONIZED))
        for wrong in ("-1", "x", "nan"):
            self.run_ctl("wait-sync", "1", wrong, status=USAGE)

    def json_of(self, *arguments, **options):
        return json.loads(self.run_ctl(*arguments, "--json=short", **options))


class Files(CtlDaemon):
    def test_read_again(self):
        keys, folder = self.directory / "keys", self.directory / "sources"
        keys.write_text("7 SHA256 HEX:" + "5A" * 32 + "\n", encoding="ascii")
        folder.mkdir()
        lines = [*BASE, f"keyfile {keys}", f"sourcedir {folder}"]
        self.begin(*lines)
        self.assertEqual(self.json("keys"), [{"KeyID": 7, "KeyType": "SHA256", "KeyLength": 256}])
        self.assertRegex(self.run_ctl("keys"), r"\n +7 +SHA256 +256\n")
        keys.write_text("8 AES128 HEX:" + "0F" * 16 + "\n", encoding="ascii")
        self.run_ctl("rekey")
        self.assertEqual([key["KeyID"] for key in self.json("keys")], [8])
        self.check_keygen(keys)
        (folder / "a.sources").write_text(f"server {THIRD}\n", encoding="ascii")
        self.run_ctl("reload", "sources")
        self.assertEqual(self.addresses(), {FIRST, SECOND, THIRD})
        self.write(*lines, "makestep 2 2", "port 123")
        self.assertIn(f"warning: {self.file}:7: 'port': this can't be changed while the daemon runs", self.run_ctl("reload"))
        self.assertEqual(self.shown("MakeStepLimit", "clock"), "2")
        self.write(*lines, "makestpe 5 5")
        self.assertIn(f"{self.file}:6: 'makestpe'", self.run_ctl("reload", status=FAILURE))
        self.assertEqual(self.shown("MakeStepLimit", "clock"), "2")
        self.run_ctl("reload", "everything", status=USAGE)

    def check_keygen(self, keys):
        """Each kind of key that is made is one that the daemon takes."""
        kinds = (("AES128", 128, ()), ("AES256", 256, ()), ("MD5", 160, ()), ("SHA1", 80, (80,)), ("SHA256", 256, (256,)),
                 ("SHA384", 160, ()), ("SHA512", 4096, (4096,)), ("SHA3-224", 160, ()), ("SHA3-256", 160, ()), ("SHA3-384", 160, ()),
                 ("SHA3-512", 160, ()))
        lines = [self.run_ctl("keygen", str(number), kind, *map(str, bits), address=False)
                 for number, (kind, _, bits) in enumerate(kinds, 1)]
        keys.write_text("".join(lines), encoding="ascii")
        self.run_ctl("rekey")
        self.assertEqual([(key["KeyID"], key["KeyType"], key["KeyLength"]) for key in self.json("keys")],
                         [(number, kind, bits) for number, (kind, bits, _) in enumerate(kinds, 1)])
        self.assertRegex(self.run_ctl("keygen", address=False), r"^1 AES128 HEX:[0-9A-F]{32}\n$")
        self.assertNotEqual(self.run_ctl("keygen", address=False), self.run_ctl("keygen", address=False))
        for wrong, said in ((("0",), "'0' is not an id"), (("1", "DES"), "'DES'"), (("1", "AES128", "256"), "has 128 bits"),
                            (("1", "SHA1", "79"), "from 80 to 4096"), (("1", "SHA1", "81"), "whole octets")):
            self.assertIn(said, self.run_ctl("keygen", *wrong, status=USAGE, address=False))

    def test_dump_describe_and_the_end(self):
        dumps = self.state / "dumps"
        dumps.mkdir()
        shutil.chown(dumps, isolation.USER)
        self.network.servers.add_address(FIRST)
        servers.chronyd(self, FIRST)
        self.begin(f"server {FIRST} iburst minpoll -2 maxpoll -2", f"dumpdir {dumps}")
        self.api.wait_for_state("synchronized", WAIT_S)
        self.run_ctl("dump")
        wait_until((dumps / f"{FIRST}.dat").exists, WAIT_S, "the samples are written")
        self.run_ctl("cyclelogs")
        described = self.json("describe")
        self.assertEqual([source["Address"] for source in described["sources"]], [FIRST])
        self.assertEqual(set(self.json("describe", "clock")), {"schema", "clock"})
        self.assertEqual(self.run_ctl("log-level"), "info\n")
        points = self.json("history", FIRST, "--since=1h")["Points"]
        self.assertGreaterEqual(len(points), 3)
        self.assertTrue(all(abs(point["Value"]) < 10 for point in points))
        self.assertRegex(self.run_ctl("history", "--csv", "--no-legend"), r"^\d{16},-?[0-9.e-]+,")
        self.assertEqual(len(self.run_ctl("graph", FIRST).splitlines()), 11)
        self.assertIn("'tomorrow-ish' is neither", self.run_ctl("history", "--since=tomorrow-ish", status=USAGE))
        self.run_ctl("history", FIRST, "--series=colour", status=USAGE)
        self.run_ctl("shutdown")
        self.assertEqual(self.daemon.process.child.wait(WAIT_S), 0)
        self.run_ctl("sources", status=NOT_RUNNING)


if __name__ == "__main__":
    case.main("chrony")
