#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""What can be ordered for sources: how they are named, what comes of it, what is refused; pools and keys as objects."""

import stage
from caller import Caller
from harness import case, polkit

INVALID = "org.freedesktop.DBus.Error.InvalidArgs"
NOT_SUPPORTED = "org.freedesktop.DBus.Error.NotSupported"
UNKNOWN_OBJECT = "org.freedesktop.DBus.Error.UnknownObject"
OURS = "org.timeball1.Error."
MANAGER, SOURCE = f"{stage.NAME}.Manager", f"{stage.NAME}.Source"
EEXIST, EINVAL, ENOSPC, EBUSY = 17, 22, 28, 16
LONG_TEXT = "a" * 65536
RULES = """polkit.addRule(function(action, subject) {
    if (action.id == "org.timeball1.measure" && subject.user == "games")
        return polkit.Result.YES;
});"""


def variant(signature, value):
    return stage.GLib.Variant(signature, value)


class Sources(stage.BusCase):
    def serve(self, sources=3):
        self.played, self.client = self.publish(sources)

    def call(self, member, signature="()", *values):
        return self.client.call(stage.MANAGER, MANAGER, member, signature, *values)

    def call_source(self, source, member, signature="()", *values):
        return self.client.call(f"{stage.SOURCES}/{source}", SOURCE, member, signature, *values)

    def refusal(self, member, signature, *values, source=None):
        """The error's name, and its text, which can be shown and is short."""
        path, interface = (f"{stage.SOURCES}/{source}", SOURCE) if source else (stage.MANAGER, MANAGER)
        name, text = self.client.refusal(path, interface, member, signature, *values)
        self.assertIsNotNone(name, (member, values))
        self.assertLess(len(text), 400)
        self.assertTrue(text.isprintable(), text)
        return name, text

    def order(self):
        """The last one, and how many there were."""
        number, *words = self.played.ask("order")
        return " ".join(words), int(number)

    def online(self):
        return [row[6] for row in self.client.rows()]

    def test_online(self):
        self.serve(4)
        for selector, expected in (("2", ["online", "offline", "online", "online"]),
                                   (f"{stage.SOURCES}/1", ["offline", "offline", "online", "online"]),
                                   ("NTP3.example", ["offline", "offline", "offline", "online"]),
                                   ("192.0.2.4", ["offline"] * 4)):
            self.call("SetOnline", "(sba{sv})", selector, False, {})
            self.assertEqual(self.online(), expected)
        self.call("SetOnline", "(sba{sv})", "192.0.2.2/31", True, {})
        self.assertEqual(self.online(), ["offline", "online", "online", "offline"])
        self.call("SetOnline", "(sba{sv})", "", True, {})
        self.assertEqual(self.online(), ["online"] * 4)
        self.call_source(3, "SetOnline", "(b)", False)
        self.assertEqual(self.online(), ["online", "online", "offline", "online"])

    def test_follow_routes(self):
        self.serve()
        self.played.tell("move", 2, "203.0.113.7")
        self.played.tell("move", 3, "203.0.113.8")
        self.played.tell("unresolve", 3)
        self.call("OnOffline")
        self.assertEqual(self.online(), ["online", "offline", "unresolved"])
        self.played.tell("move", 2, "192.0.2.2")
        self.call("OnOffline")
        self.assertEqual(self.online(), ["online", "online", "unresolved"])
        self.assertEqual(self.order()[1], 4)  # the third had none

    def test_selectors_that_fit_nothing(self):
        self.serve()
        for member, signature, *values in (("SetOnline", "(sba{sv})", True, {}), ("Burst", "(suua{sv})", 1, 1, {}), ("Refresh", "(s)")):
            for selector in ("9", "nobody.example", "198.51.100.0/24", f"{stage.SOURCES}/9", f"{stage.POOLS}/1", "::1", "-1"):
                self.assertEqual(self.refusal(member, signature, selector, *values)[0], OURS + "NoSuchSource", selector)
            for selector in ("0", "/", "a b", "a\nb", "\033[31m", "%n", LONG_TEXT, "1" * 65536, "/" + LONG_TEXT, "192.0.2.0/33"):
                self.assertEqual(self.refusal(member, signature, selector, *values)[0], INVALID, selector[:40])
            self.assertEqual(self.refusal(member, signature, "iface:eth0", *values)[0], NOT_SUPPORTED)
        self.assertEqual(self.order()[1], 0)
        self.played.tell("remove", 1)
        self.played.tell("remove", 2)
        self.played.tell("remove", 3)
        self.call("SetOnline", "(sba{sv})", "", True, {})  # all of none

    def test_burst(self):
        self.serve()
        self.call("Burst", "(suua{sv})", "192.0.2.2", 4, 8, {})
        self.assertEqual(self.order(), ("burst 2 4 8", 1))
        self.assertEqual(self.online(), ["online", "burst-online", "online"])
        self.call_source(3, "Burst", "(uu)", 1, 255)
        self.assertEqual(self.order(), ("burst 3 1 255", 2))
        for good, most in ((0, 0), (0, 1), (2, 1), (1, 256), (2**32 - 1, 2**32 - 1)):
            name, text = self.refusal("Burst", "(suua{sv})", "2", good, most, {})
            self.assertEqual(name, INVALID)
            self.assertIn("1 <= good <= max <= 255", text)
            self.assertEqual(self.refusal("Burst", "(uu)", good, most, source=2)[0], INVALID)
        self.assertEqual(self.order()[1], 2)

    def test_root_bursts_as_it_likes(self):
        self.serve()
        for _ in range(3):
            self.call("Burst", "(suua{sv})", "", 1, 1, {})
        self.assertEqual(self.order(), ("burst 3 1 1", 9))

    def test_refresh(self):
        self.serve()
        self.call("Refresh", "(s)", "2")
        self.assertEqual(self.order(), ("refresh 2", 1))
        self.call("Refresh", "(s)", "")
        self.assertEqual(self.order(), ("refresh 3", 4))
        self.assertEqual(self.refusal("Refresh", "(s)", "1")[0], OURS + "Unresolvable")
        self.call_source(3, "Refresh")
        self.assertEqual(self.refusal("Refresh", "()", source=1)[0], OURS + "Unresolvable")

    def test_selection(self):
        self.serve()
        self.call("Reselect")
        self.assertEqual(self.order()[0], "reselect")
        self.call("SetReselectDistance", "(d)", 0.0001)
        self.assertEqual(self.order()[0], "set reselectdist 0.0001")
        self.call("ResetSources")
        self.assertEqual(self.order(), ("reset", 3))
        for bad in (float("nan"), float("inf")):
            self.assertEqual(self.refusal("SetReselectDistance", "(d)", bad)[0], INVALID)
        self.assertEqual(self.refusal("SetReselectDistance", "(d)", -1.0)[0], INVALID)

    def test_add(self):
        self.serve()
        self.client.listen()
        options = {"iburst": variant("b", True), "prefer": variant("b", False), "minpoll": variant("i", -2),
                   "maxdelay": variant("d", 0.25), "key": variant("u", 7)}
        path, = self.call("AddSource", "(ssa{sv})", "server", "new.example", options)
        self.assertEqual(path, f"{stage.SOURCES}/4")
        kind, name, *words = self.order()[0].split()[1:]
        self.assertEqual((kind, name), ("server", "new.example"))
        self.assertEqual(sorted(" ".join(words).replace("iburst", "iburst=").split()), sorted(
            ["iburst=", "key", "7", "maxdelay", "0.25", "minpoll", "-2"]))
        self.assertEqual(self.client.get(path, "Source", "Origin"), "runtime")
        self.client.wait_for("InterfacesAdded")
        added = [signal[3][0] for signal in self.client.take_signals() if signal[2] == "InterfacesAdded"]
        self.assertEqual(added, [path])
        path, = self.call("AddSourceFromLine", "(sb)", "peer other.example key 7", False)
        self.assertEqual((path, self.order()[0]), (f"{stage.SOURCES}/5", "add peer other.example key 7"))

    def test_add_pool(self):
        self.serve()
        path, = self.call("AddSource", "(ssa{sv})", "pool", "pool1.example", {})
        self.assertEqual(path, f"{stage.POOLS}/1")
        pool = self.client.get_all(path)
        self.assertEqual((pool["Name"], pool["MaxSources"], pool["Resolved"], pool["Confirmed"]), ("pool1.example", 2, 2, 1))
        self.assertEqual(pool["Sources"], [f"{stage.SOURCES}/4", f"{stage.SOURCES}/5"])

    def test_add_is_refused(self):
        self.serve()
        for errno, expected in ((EEXIST, "SourceExists"), (ENOSPC, "TooManySources"), (EINVAL, "InvalidOption"), (EBUSY, "Busy")):
            self.played.tell("fail", errno)
            name, text = self.refusal("AddSource", "(ssa{sv})", "server", "new.example", {})
            self.assertEqual(name, OURS + expected)
        self.played.tell("fail", 0)
        self.assertIn("minpoll: ?[31m", self.refusal_with(EINVAL))
        self.assertEqual(len(self.client.rows()), 3)

    def refusal_with(self, errno):
        self.played.tell("fail", errno)
        text = self.refusal("AddSourceFromLine", "(sb)", "server new.example minpoll x", False)[1]
        self.played.tell("fail", 0)
        return text

    def test_add_with_hostile_words(self):
        """What could be a second line or another option never becomes a line at all."""
        self.serve()
        for kind, address, options in (
                ("allow", "10/8", {}), ("server\nallow", "a", {}), ("", "a", {}), (LONG_TEXT, "a", {}),
                ("server", "a\nallow 10/8", {}), ("server", "a b", {}), ("server", "", {}), ("server", LONG_TEXT, {}),
                ("server", "\033[31m", {}), ("server", "a#b", {}), ("server", "ä.example", {}),
                ("server", "a", {"iburst\nallow": variant("b", True)}), ("server", "a", {"": variant("b", True)}),
                ("server", "a", {LONG_TEXT: variant("b", True)}), ("server", "a", {"key": variant("s", "1 noselect")}),
                ("server", "a", {"key": variant("s", "1\n")}), ("server", "a", {"key": variant("s", LONG_TEXT)}),
                ("server", "a", {"key": variant("as", ["1"])}), ("server", "a", {"offset": variant("d", float("inf"))}),
                ("server", "a", {"persist": variant("i", 1)}),
                ("server", "a", {f"k{i}": variant("b", True) for i in range(65)})):
            self.assertEqual(self.refusal("AddSource", "(ssa{sv})", kind, address, options)[0], INVALID, (kind[:20], address[:20]))
        self.assertEqual(self.refusal("AddSource", "(ssa{sv})", "refclock", "PPS", {})[0], OURS + "NotCompiledIn")
        for line in ("", "allow 10/8", "server a\nallow 10/8", "server a\r", "# server a", "include /etc/passwd", LONG_TEXT,
                     "server " + LONG_TEXT, "server \033[31m", "server ä"):
            self.assertEqual(self.refusal("AddSourceFromLine", "(sb)", line, False)[0], INVALID, line[:40])
        self.assertEqual(self.order()[1], 0)

    def test_what_cannot_be_kept_is_not_added(self):
        self.serve()
        for member, signature, *values in (
                ("AddSource", "(ssa{sv})", "server", "new.example", {"persist": variant("b", True)}),
                ("AddSource", "(ssa{sv})", "pool", "pool1.example", {"persist": variant("b", True)}),
                ("AddSourceFromLine", "(sb)", "server new.example", True)):
            name, text = self.refusal(member, signature, *values)
            self.assertEqual((name, text), (OURS + "ReadOnly", "there is no file to save it in"))
            self.assertEqual(len(self.client.rows()), 3)
        self.assertEqual(self.call("ListPools")[0], [])

    def test_remove(self):
        self.serve(5)
        self.client.listen()
        self.call("RemoveSource", "(oa{sv})", f"{stage.SOURCES}/2", {})
        self.call_source(3, "Remove", "(a{sv})", {})
        self.call("RemoveSourceByAddress", "(sa{sv})", "192.0.2.4", {})
        self.assertEqual([row[1] for row in self.client.rows()], [1, 5])
        self.assertEqual(self.refusal("RemoveSource", "(oa{sv})", f"{stage.SOURCES}/2", {})[0], OURS + "NoSuchSource")
        self.assertEqual(self.refusal("RemoveSource", "(oa{sv})", "/", {})[0], OURS + "NoSuchSource")
        self.assertEqual(self.refusal("RemoveSourceByAddress", "(sa{sv})", "192.0.2.4", {})[0], OURS + "NoSuchSource")
        self.assertEqual(self.refusal("RemoveSourceByAddress", "(sa{sv})", "", {})[0], INVALID)
        self.assertEqual(self.refusal("RemoveSourceByAddress", "(sa{sv})", "192.0.2.0/24", {})[0], INVALID)
        self.assertEqual(self.client.error_of(f"{stage.SOURCES}/2", SOURCE, "Refresh"), UNKNOWN_OBJECT)
        self.assertEqual([row[1] for row in self.client.rows()], [1, 5])

    def test_pools(self):
        self.serve(1)
        self.played.tell("pool", 3)
        self.played.tell("pool", 2)
        self.assertEqual(self.call("ListPools")[0], [(f"{stage.POOLS}/1", "pool1.example", 3, 2),
                                                     (f"{stage.POOLS}/2", "pool2.example", 2, 1)])
        managed = self.client.call(stage.MANAGER, "org.freedesktop.DBus.ObjectManager", "GetManagedObjects")[0]
        self.assertIn(f"{stage.NAME}.Pool", managed[f"{stage.POOLS}/2"])
        self.call("SetOnline", "(sba{sv})", f"{stage.POOLS}/1", False, {})
        self.assertEqual(self.online(), ["online", "offline", "offline", "offline", "online", "online"])
        self.call("RemoveSource", "(oa{sv})", f"{stage.SOURCES}/2", {})
        self.assertEqual(self.client.get(f"{stage.POOLS}/1", "Pool", "Sources"), [f"{stage.SOURCES}/3", f"{stage.SOURCES}/4"])
        self.call("RemoveSourceByAddress", "(sa{sv})", "pool1.example", {})
        self.call("RemoveSource", "(oa{sv})", f"{stage.POOLS}/2", {})
        self.assertEqual([row[1] for row in self.client.rows()], [1])
        self.assertEqual(self.refusal("RemoveSource", "(oa{sv})", f"{stage.POOLS}/2", {})[0], OURS + "NoSuchSource")
        self.assertEqual(self.client.error_of(f"{stage.POOLS}/2", stage.PROPERTIES, "GetAll", "(s)", ""), UNKNOWN_OBJECT)

    def test_pools_come_and_go(self):
        self.serve(1)
        self.client.listen()
        self.played.tell("pool", 2)
        self.client.wait_for("InterfacesAdded", "PropertiesChanged")
        added = [signal[3] for signal in self.client.take_signals() if signal[2] == "InterfacesAdded"]
        self.assertEqual([path for path, _ in added], [f"{stage.SOURCES}/2", f"{stage.SOURCES}/3", f"{stage.POOLS}/1"])
        self.assertEqual(added[2][1][f"{stage.NAME}.Pool"]["Sources"], [f"{stage.SOURCES}/2", f"{stage.SOURCES}/3"])
        self.played.tell("remove", 3)
        self.client.wait_for("InterfacesRemoved")
        stage.wait_until(lambda: [s for s in self.client.receive() if s[0] == f"{stage.POOLS}/1"], stage.JOINED_S,
                         "the pool's sources are told")
        changed = [s[3][1] for s in self.client.take_signals() if s[0] == f"{stage.POOLS}/1"][0]
        self.assertEqual(changed, {"Sources": [f"{stage.SOURCES}/2"]})
        self.played.tell("unpool", 1)
        stage.wait_until(lambda: len([s for s in self.client.receive() if s[2] == "InterfacesRemoved"]) == 2, stage.JOINED_S,
                         "pool and source go")
        removed = dict(s[3] for s in self.client.take_signals() if s[2] == "InterfacesRemoved")
        self.assertEqual(set(removed), {f"{stage.SOURCES}/2", f"{stage.POOLS}/1"})
        self.assertIn(f"{stage.NAME}.Pool", removed[f"{stage.POOLS}/1"])

    def test_options(self):
        self.serve()
        self.client.listen()
        self.call_source(2, "SetOptions", "(a{sv})", {"maxpoll": variant("i", 9), "offset": variant("d", 0.001),
                                                      "selectopts": variant("s", "+require -prefer")})
        self.client.wait_for("PropertiesChanged")
        (path, _, _, (_, changed, _)), *_ = self.client.take_signals()
        self.assertEqual(path, f"{stage.SOURCES}/2")
        self.assertEqual(changed["MaxPoll"], 9)
        self.assertAlmostEqual(changed["OffsetCorrectionSeconds"], -0.001)
        self.assertEqual(changed["Options"], ["trust", "require"])
        self.assertEqual(self.client.get(f"{stage.SOURCES}/1", "Source", "MaxPoll"), 10)
        for options, expected in (({}, INVALID), ({"colour": variant("i", 1)}, INVALID),
                                  ({"maxpoll": variant("i", 25)}, OURS + "InvalidOption"),
                                  ({"maxpoll": variant("i", 8), "minpoll": variant("s", "8")}, OURS + "InvalidOption"),
                                  ({"selectopts": variant("s", "prefer")}, OURS + "InvalidOption"),
                                  ({"selectopts": variant("s", LONG_TEXT)}, OURS + "InvalidOption")):
            self.assertEqual(self.refusal("SetOptions", "(a{sv})", options, source=2)[0], expected)
        self.assertEqual(self.order()[1], 1)
        self.played.tell("fail", EINVAL)
        self.assertEqual(self.refusal("SetOptions", "(a{sv})", {"minpoll": variant("i", 10)}, source=2)[0], OURS + "InvalidOption")

    def test_unknown_options(self):
        self.serve()
        colour = {"colour": variant("s", "red")}
        for member, signature, *values in (("SetOnline", "(sba{sv})", "", True, colour), ("Burst", "(suua{sv})", "", 1, 1, colour),
                                           ("RemoveSource", "(oa{sv})", f"{stage.SOURCES}/1", colour),
                                           ("RemoveSourceByAddress", "(sa{sv})", "192.0.2.1", colour)):
            name, text = self.refusal(member, signature, *values)
            self.assertEqual((name, text), (INVALID, "There is no option 'colour'; this method has none."))
        self.assertEqual(self.refusal("Remove", "(a{sv})", colour, source=1)[0], INVALID)
        self.assertEqual(self.order()[1], 0)

    def test_keys(self):
        """The aspect is there while the source has a key, known or not."""
        self.serve()
        self.played.tell("key", 2, 7)
        self.played.tell("key", 3, 8)
        interface = f"{stage.NAME}.SymmetricAuth"
        self.assertEqual(self.client.get_all(f"{stage.SOURCES}/2", interface),
                         {"KeyID": 7, "KeyType": "SHA256", "KeyLength": 160, "OK": True})
        self.assertEqual(self.client.get_all(f"{stage.SOURCES}/3", interface),
                         {"KeyID": 8, "KeyType": "", "KeyLength": 0, "OK": True})
        managed = self.client.call(stage.MANAGER, "org.freedesktop.DBus.ObjectManager", "GetManagedObjects")[0]
        self.assertEqual([i for i in (1, 2, 3) if interface in managed[f"{stage.SOURCES}/{i}"]], [2, 3])


class Others(stage.BusCase):
    """What is otherwise for those who are not root; rules let this one measure."""

    def test_one_burst_a_minute(self):
        played, client = self.publish(3, policy=polkit.bus_policy(self, case.POLICY))
        polkit.Polkit(self, self.bus.address, RULES)
        games = Caller(self, "games")

        def burst(selector):
            return games.call(stage.MANAGER, MANAGER, "Burst", variant("(suua{sv})", (selector, 1, 1, {})))

        self.assertEqual(burst("2")[0], "ok")
        name, text = burst("2")
        self.assertEqual(name, OURS + "RateLimited", text)
        self.assertRegex(text, r"Call again in [1-6]?[0-9] s\.")
        self.assertEqual(games.call(f"{stage.SOURCES}/2", SOURCE, "Burst", variant("(uu)", (1, 1)))[0], OURS + "RateLimited")
        self.assertEqual(played.ask("order"), ["1", "burst", "2", "1", "1"])
        self.assertEqual(burst("")[0], "ok")  # of those that are left
        self.assertEqual(played.ask("order"), ["3", "burst", "3", "1", "1"])
        self.assertEqual(burst("")[0], OURS + "RateLimited")
        client.call(stage.MANAGER, MANAGER, "Burst", "(suua{sv})", "", 1, 1, {})
        self.assertEqual(played.ask("order")[0], "6")


if __name__ == "__main__":
    stage.main()
