#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""GetHistory: what was measured as a client gets it; what is kept of it and how it is put together is judged by
tests/unit/core/test-history.c."""

import math

import stage

MANAGER, SOURCE = f"{stage.NAME}.Manager", f"{stage.NAME}.Source"
INVALID = "org.freedesktop.DBus.Error.InvalidArgs"
FAR = 2**53


class History(stage.BusCase):
    def setUp(self):
        super().setUp()
        self.publisher_, self.client = self.publish()
        self.began = self.client.get(stage.CLOCK, "Clock", "TimeUSec")
        for milliseconds in (1, 4, -2):
            self.publisher_.tell("sample", 2, milliseconds)
        self.publisher_.tell("sample", 0, 8)

    def history(self, *arguments):
        return self.client.call(stage.MANAGER, MANAGER, "GetHistory", "(osttu)", *arguments)

    def error(self, *arguments):
        return self.client.error_of(stage.MANAGER, MANAGER, "GetHistory", "(osttu)", *arguments)

    def test_samples(self):
        now, resolution, points = self.history(f"{stage.SOURCES}/2", "offset", 0, 0, 4096)
        self.assertEqual(resolution, 0)
        self.assertEqual([[round(value, 6) for value in point[1:]] for point in points],
                         [[0.001, 0.5, 0.001, 0.001], [0.004, 0.5, 0.004, 0.004], [-0.002, 0.5, -0.002, -0.002]])
        times = [point[0] for point in points]
        self.assertEqual(times, sorted(times))
        self.assertLessEqual(self.began - 1, times[0])
        self.assertLessEqual(times[-1], now)
        self.assertEqual(self.client.call(f"{stage.SOURCES}/2", SOURCE, "GetHistory", "(sttu)", "offset", 0, 0, 4096)[2], points)

    def test_range(self):
        first, second, third = (point[0] for point in self.history(f"{stage.SOURCES}/2", "offset", 0, 0, 4096)[2])
        for since, until, expected in ((second, 0, [0.004, -0.002]), (0, second + 1, [0.001, 0.004]), (first, second + 1, [0.001, 0.004]),
                                       (third + 2, 0, []), (FAR, 0, []), (0, 1, []), (0, FAR, [0.001, 0.004, -0.002])):
            points = self.history(f"{stage.SOURCES}/2", "offset", since, until, 4096)[2]
            self.assertEqual([round(point[1], 6) for point in points], expected, (since, until))

    def test_put_together(self):
        _, resolution, (point,) = self.history(f"{stage.SOURCES}/2", "offset", 0, 0, 1)
        self.assertGreaterEqual(resolution, 1)
        self.assertEqual([round(value, 6) for value in point[1:]], [0.001, 0.5, -0.002, 0.004])

    def test_series(self):
        _, _, points = self.history(f"{stage.SOURCES}/2", "frequency", 0, 0, 10)
        self.assertEqual([round(point[1], 6) for point in points], [1, 4, -2])
        _, _, points = self.history(f"{stage.SOURCES}/2", "delay", 0, 0, 10)
        self.assertTrue(math.isnan(points[0][2]))
        self.assertEqual(self.history(f"{stage.SOURCES}/2", "jitter", 0, 0, 10)[2], [])
        self.assertEqual([round(point[1], 6) for point in self.history(stage.CLOCK, "offset", 0, 0, 10)[2]], [0.008])
        self.assertEqual(self.history(f"{stage.SOURCES}/1", "offset", 0, 0, 10)[2], [])

    def test_refused(self):
        source = f"{stage.SOURCES}/2"
        for arguments in ((source, "offset", 0, 0, 0), (source, "offset", 0, 0, 4097), (source, "load", 0, 0, 1), (source, "", 0, 0, 1),
                          (source, "x" * 100000, 0, 0, 1), (stage.CLOCK, "delay", 0, 0, 1), (stage.CLOCK, "\x1b[2J", 0, 0, 1)):
            self.assertEqual(self.error(*arguments), INVALID, arguments)
        for path in ("/", stage.MANAGER, f"{stage.SOURCES}/4", f"{stage.SOURCES}/02", stage.SERVER):
            self.assertEqual(self.error(path, "offset", 0, 0, 1), "org.timeball1.Error.NoSuchSource", path)
        self.assertIsNotNone(self.client.error_of(f"{stage.SOURCES}/4", SOURCE, "GetHistory", "(sttu)", "offset", 0, 0, 1))


if __name__ == "__main__":
    stage.main()
