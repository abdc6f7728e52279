#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""What can be ordered of the clock: each setting as a line of configuration, moves, and what is refused."""

import stage

INVALID = "org.freedesktop.DBus.Error.InvalidArgs"
OURS = "org.timeball1.Error."
CLOCK = f"{stage.NAME}.Clock"
EPERM, ERANGE = 1, 34


def variant(signature, value):
    return stage.GLib.Variant(signature, value)


class Clock(stage.BusCase):
    def setUp(self):
        super().setUp()
        self.played, self.client = self.publish()

    def call(self, member, signature="()", *values):
        """Does it, and returns what was ordered last."""
        self.client.call(stage.CLOCK, CLOCK, member, signature, *values)
        return " ".join(self.played.ask("order")[1:])

    def refusal(self, *arguments):
        name, text = self.client.refusal(stage.CLOCK, CLOCK, *arguments)
        self.assertIsNotNone(name, arguments)
        self.assertLess(len(text), 300)
        self.assertTrue(text.isprintable(), text)
        return name

    def orders(self):
        return int(self.played.ask("order")[0])

    def test_step(self):
        self.assertEqual(self.call("MakeStep", "(a{sv})", {}), "make-step")
        self.played.tell("fail", EPERM)
        self.assertEqual(self.refusal("MakeStep", "(a{sv})", {}), OURS + "StepRefused")
        self.played.tell("fail", 0)
        self.played.tell("engine", 0, "unsynchronized")
        self.assertEqual(self.refusal("MakeStep", "(a{sv})", {}), OURS + "NotSynchronized")
        self.assertEqual(self.refusal("MakeStep", "(a{sv})", {"colour": variant("s", "red")}), INVALID)

    def test_settings_are_lines(self):
        for member, signature, values, line in (
                ("SetMakeStep", "(di)", (1.0, 3), "set makestep 1 3"), ("SetMakeStep", "(di)", (0.25, -1), None),
                ("SetMakeStep", "(di)", (0.0, 0), "set makestep 0 0"), ("SetMaxUpdateSkew", "(d)", (10.0,), "set maxupdateskew 10"),
                ("SetLocal", "(ba{sv})", (True, {}), "set local"), ("SetLocal", "(ba{sv})", (False, {}), "set local off"),
                ("SetLocal", "(ba{sv})", (True, {"stratum": variant("u", 5)}), "set local stratum 5"),
                ("SetLocal", "(ba{sv})", (True, {"orphan": variant("b", True)}), "set local orphan"),
                ("SetLocal", "(ba{sv})", (True, {"distance": variant("d", 0.5)}), "set local distance 0.5")):
            if line:
                self.assertEqual(self.call(member, signature, *values), line)
            else:
                self.assertEqual(self.refusal(member, signature, *values), INVALID)  # as the configuration says
        self.call("SetMakeStep", "(di)", 0.125, 7)
        clock = self.client.get_all(stage.CLOCK)
        self.assertEqual((clock["MakeStepThresholdSeconds"], clock["MakeStepLimit"]), (0.125, 7))

    def test_setting_is_announced(self):
        self.client.listen()
        self.call("SetMakeStep", "(di)", 0.125, 7)
        self.client.wait_for("PropertiesChanged")
        path, _, _, (_, changed, _) = self.client.take_signals()[0]
        self.assertEqual((path, changed), (stage.CLOCK, {"MakeStepThresholdSeconds": 0.125, "MakeStepLimit": 7}))

    def test_moves(self):
        self.assertEqual(self.call("SetFrequency", "(d)", -1.5), "frequency -1.5")
        self.assertEqual(self.call("AdjustOffset", "(d)", 0.001), "offset 0.001")
        self.played.tell("fail", ERANGE)
        self.assertEqual(self.refusal("SetFrequency", "(d)", 1e6), INVALID)
        self.assertEqual(self.refusal("AdjustOffset", "(d)", 1e300), INVALID)

    def test_what_is_no_number(self):
        for bad in (float("nan"), float("inf"), float("-inf")):
            for member in ("SetFrequency", "AdjustOffset", "SetMaxUpdateSkew"):
                self.assertEqual(self.refusal(member, "(d)", bad), INVALID)
            self.assertEqual(self.refusal("SetMakeStep", "(di)", bad, 1), INVALID)
            self.assertEqual(self.refusal("SetLocal", "(ba{sv})", True, {"distance": variant("d", bad)}), INVALID)
        self.assertEqual(self.orders(), 0)

    def test_options_of_local(self):
        for enabled, options in ((False, {"stratum": variant("u", 5)}), (True, {"colour": variant("s", "red")}),
                                 (True, {"orphan allow": variant("b", True)}), (True, {"stratum": variant("s", "5\nallow")}),
                                 (True, {"stratum": variant("as", [])})):
            self.assertEqual(self.refusal("SetLocal", "(ba{sv})", enabled, options), INVALID)
        self.assertEqual(self.orders(), 0)


if __name__ == "__main__":
    stage.main()
