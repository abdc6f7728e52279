#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""A clock that is ten seconds ahead, on every surface that shows an offset or takes one: docs/signs.md."""

import json
import re
import subprocess

import stage
from harness import case
from harness.deadline import wait_until
from harness.responder import Responder

AHEAD_S = 10.0
CLOSE_S = 1.0  # far more than any answer is late, far less than any sign is
OPTION_S = 4.0
FAST_PPM = 400.0  # more than any kernel's clock is corrected by
MEASURED, FOLLOWED, MOVED = "192.0.2.11", "192.0.2.12", "192.0.2.13"
# At that rate next to nothing of ten seconds is gone before the test is over.
CONFIG = [f"server {MEASURED} noselect minpoll -1 maxpoll -1", f"server {FOLLOWED} noselect minpoll -1 maxpoll -1",
          f"server {MOVED} noselect minpoll -1 maxpoll -1 offset {OPTION_S}", "maxslewrate 100"]
SAMPLES = 4  # enough for an estimate
TIMESYNC, TIMESYNC_PATH = "org.freedesktop.timesync1", "/org/freedesktop/timesync1"


class Signs(case.DaemonCase):
    def setUp(self):
        super().setUp()
        for address in (MEASURED, FOLLOWED, MOVED):
            self.network.servers.add_address(address)
        self.keep(Responder(self.network.servers, [MEASURED, FOLLOWED, MOVED], offset_s=-AHEAD_S))
        dumps = self.directory / "dumps"
        dumps.mkdir()
        dumps.chmod(0o777)
        self.dump_file, self.drift_file = dumps / f"{MEASURED}.dat", dumps / "drift"
        self.drift_file.write_text(f"{FAST_PPM} 1.0\n", encoding="ascii")
        self.drift_file.chmod(0o644)
        self.daemon, self.api = self.follow([*CONFIG, f"dumpdir {dumps}", f"driftfile {self.drift_file}"])
        self.client = stage.Client(stage.bus.address(self.directory))
        self.client.listen()

    def ctl(self, *words):
        to = f"--address={stage.bus.address(self.directory)}"
        result = subprocess.run([case.BUILD / "ctl" / "timeballctl", to, "--units=ms", *words], capture_output=True, text=True,
                                check=False, timeout=30)
        self.assertEqual((result.returncode, result.stderr), (0, ""), result.stderr)
        return result.stdout

    def call(self, path, interface, member, signature, *values):
        return self.client.call(path, f"{stage.NAME}.{interface}", member, signature, *values)

    def ahead(self, value, expected=AHEAD_S):
        self.assertAlmostEqual(float(value), expected, delta=CLOSE_S)

    def ahead_ms(self, pattern, text, expected=AHEAD_S):
        found = re.search(pattern, text)
        self.assertIsNotNone(found, text)
        self.ahead(float(found[1]) / 1e3, expected)

    def wait_for_samples(self, address):
        return wait_until(lambda: (row := self.api.by_address(address)).samples >= SAMPLES and row, stage.JOINED_S, "it is measured")

    def row_of(self, address):
        return next(row for row in json.loads(self.ctl("sources", "--json=short")) if row["Address"] == address)

    def follow_one(self):
        """One update, by the next sample, and no other for a minute."""
        self.wait_for_samples(FOLLOWED)
        self.ctl("set", FOLLOWED, "minpoll=6", "maxpoll=6", "selectopts=-noselect")
        self.api.wait_for_state("synchronized", stage.JOINED_S)

    def test_what_is_measured(self):
        row = self.wait_for_samples(MEASURED)
        self.ahead(row.offset)
        self.ahead(row.measured)
        source = self.client.get_all(row.path, f"{stage.NAME}.Source")
        for name in ("OffsetSeconds", "MeasuredOffsetSeconds", "EstimatedOffsetSeconds", "LowLimitSeconds", "HighLimitSeconds"):
            self.ahead(source[name])
        self.call(stage.MANAGER, "Manager", "Subscribe", "(ua{sv})", 250, {})
        updated = wait_until(lambda: [row for _, _, name, arguments in self.client.receive() if name == "SourcesUpdated"
                                      for row in arguments[1] if row[3] == MEASURED], stage.JOINED_S, "its row has changed")
        self.ahead(updated[0][14])
        described, = (one for one in json.loads(self.call(stage.MANAGER, "Manager", "Describe", "(as)", ["sources"])[0])["sources"]
                      if one["Address"] == MEASURED)
        self.ahead(described["OffsetSeconds"])
        for _, value, _, low, high in self.call(row.path, "Source", "GetHistory", "(sttu)", "offset", 0, 0, 16)[2]:
            for shown in (value, low, high):
                self.ahead(shown)
        self.check_timeballctl()
        self.call(stage.MANAGER, "Manager", "Dump", "(a{sv})", {})
        wait_until(self.dump_file.exists, stage.JOINED_S, "the samples are written")
        for line in re.findall(r"^\d+ (\S+) (?:\S+ ){5}\S+$", self.dump_file.read_text(encoding="ascii"), re.M):
            self.ahead(line)

    def check_timeballctl(self):
        number = r"([+-][0-9.]+) ms"
        self.ahead_ms(rf"{MEASURED} .* {number} ", self.ctl("sources"))
        self.ahead_ms(rf"{MEASURED} .* {number} ", self.ctl("stats"))
        self.ahead(self.row_of(MEASURED)["OffsetSeconds"])
        self.ahead_ms(r"([0-9.]+) ms ahead", self.ctl("source", MEASURED))
        for limit in re.search(rf"{MEASURED} .* {number} +{number} ", self.ctl("select")).groups():
            self.ahead(float(limit) / 1e3)
        self.ahead_ms(rf"UTC +{number} ", self.ctl("history", MEASURED))
        self.ahead_ms(rf"^ *{number} ", self.ctl("graph", MEASURED))
        self.ahead(json.loads(self.ctl("history", MEASURED, "--json=short"))["Points"][0]["Value"])

    def test_option_offset(self):
        """chrony's sign, wherever it is given: the source's time is moved by it."""
        row = self.wait_for_samples(MOVED)
        self.ahead(row.offset, AHEAD_S - OPTION_S)
        self.assertEqual(self.client.get(row.path, "Source", "OffsetCorrectionSeconds"), -OPTION_S)
        self.ctl("set", MOVED, "offset=-0.125")
        self.assertEqual(self.client.get(row.path, "Source", "OffsetCorrectionSeconds"), 0.125)
        self.call(row.path, "Source", "SetOptions", "(a{sv})", {"offset": stage.GLib.Variant("d", OPTION_S)})
        self.assertEqual(self.client.get(row.path, "Source", "OffsetCorrectionSeconds"), -OPTION_S)

    def clock(self):
        return self.client.get_all(stage.CLOCK, f"{stage.NAME}.Clock")

    def test_what_is_followed(self):
        fast = self.clock()["FrequencyPPM"]
        self.assertGreater(fast, 0)
        self.kernel_ppm = FAST_PPM - fast  # what the virtual clock is on top of
        self.follow_one()
        clock = self.clock()
        self.ahead(clock["LastOffsetSeconds"])
        self.ahead(clock["SystemOffsetSeconds"])
        self.ahead(self.call(stage.MANAGER, "Manager", "WaitSync", "(ddda{sv})", 0.0, 0.0, 1.0, {})[1]["SystemOffsetSeconds"])
        _, value, *_ = self.call(stage.MANAGER, "Manager", "GetHistory", "(osttu)", stage.CLOCK, "offset", 0, 0, 16)[2][0]
        self.ahead(value)
        _, value, *_ = self.call(stage.MANAGER, "Manager", "GetHistory", "(osttu)", stage.CLOCK, "frequency", 0, 0, 16)[2][0]
        self.assertAlmostEqual(value, fast, delta=1.0)  # with which this update found it
        number = r"([0-9.]+) ms ahead"
        self.ahead_ms(rf"Offset: {number}", self.ctl("status"))
        self.ahead_ms(rf"Last update: {number}", self.ctl("status"))
        self.ahead_ms(rf"Offset left: {number}", self.ctl("tracking"))
        self.ahead_ms(rf"Last offset: {number}", self.ctl("tracking"))
        self.ahead(json.loads(self.ctl("status", "--json=short"))["Clock"]["LastOffsetSeconds"])
        known = self.client.call(TIMESYNC_PATH, stage.PROPERTIES, "GetAll", "(s)", "", destination=TIMESYNC)[0]
        *_, t1, t2, t3, t4, _, _, _ = known["NTPMessage"]
        self.ahead(((t2 - t1) + (t3 - t4)) / 2e6, -AHEAD_S)  # timesyncd's sign
        self.check_moves(clock)
        self.check_steps()

    def check_moves(self, clock):
        self.call(stage.CLOCK, "Clock", "AdjustOffset", "(d)", AHEAD_S)
        self.ahead(self.clock()["SystemOffsetSeconds"], 2 * AHEAD_S)
        self.ctl("doffset", str(-AHEAD_S))
        self.ahead(self.clock()["SystemOffsetSeconds"])
        self.call(stage.CLOCK, "Clock", "SetFrequency", "(d)", 1000.0)
        self.assertAlmostEqual(self.clock()["FrequencyPPM"], clock["FrequencyPPM"] + 1000.0, delta=1.0)
        self.ctl("dfreq", "1000")
        fast = self.clock()["FrequencyPPM"]
        self.assertAlmostEqual(fast, clock["FrequencyPPM"] + 2000.0, delta=1.0)
        self.assertRegex(self.ctl("status"), r"Frequency: [0-9.]+ ppm fast")
        self.assertEqual(self.client.call(TIMESYNC_PATH, stage.PROPERTIES, "Get", "(ss)", f"{TIMESYNC}.Manager", "Frequency",
                                          destination=TIMESYNC)[0], round(-fast * 65536))
        self.check_files(fast)

    def check_files(self, fast):
        before = self.drift_file.stat().st_ino
        self.call(stage.MANAGER, "Manager", "Dump", "(a{sv})", {})
        wait_until(lambda: self.dump_file.exists() and self.drift_file.stat().st_ino != before, stage.JOINED_S, "both are written")
        self.assertAlmostEqual(float(self.drift_file.read_text(encoding="ascii").split()[0]), fast + self.kernel_ppm, delta=1.0)
        # A clock that is corrected because it is fast gains less than the kernel's.
        rate = float(re.search(r"^local-rate (\S+)$", self.dump_file.read_text(encoding="ascii"), re.M)[1])
        self.assertAlmostEqual(rate, -fast * 1e-6, delta=1e-6)

    def check_steps(self):
        self.client.take_signals()
        self.call(stage.CLOCK, "Clock", "MakeStep", "(a{sv})", {})
        self.client.wait_for("ClockStepped")
        stepped, = (arguments for _, _, name, arguments in self.client.signals if name == "ClockStepped")
        self.ahead(stepped[0])
        said = "Virtual clock was stepped by "
        self.daemon.process.wait_for_log(said, stage.JOINED_S)
        self.ahead(re.search(rf"{said}(\S+) seconds", self.daemon.process.log())[1], -AHEAD_S)  # chronyd's sentence and sign


if __name__ == "__main__":
    case.main()
