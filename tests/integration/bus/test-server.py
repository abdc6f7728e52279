#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""The server's object: values, access rules, pages of clients, what is announced; and hostile arguments."""

import stage

INVALID = "org.freedesktop.DBus.Error.InvalidArgs"
LIMITS = "org.freedesktop.DBus.Error.LimitsExceeded"
INVALID_SUBNET = "org.timeball1.Error.InvalidSubnet"
SERVER = f"{stage.NAME}.Server"
CLIENTS = 2501  # that the publisher has
RULES_MAX = 4096
UNKNOWN_INTERVAL, NEVER = 127, 0xffffffff
LONG_TEXT = "1" * 65536


class Server(stage.BusCase):
    def serve(self, **how):
        self.publisher_process, self.client = self.publish(**how)
        return self.publisher_process, self.client

    def call(self, member, signature="()", *values):
        return self.client.call(stage.SERVER, SERVER, member, signature, *values)

    def refusal(self, member, signature, *values):
        """The error's name and text."""
        return self.client.refusal(stage.SERVER, SERVER, member, signature, *values)

    def allowed(self, address):
        return self.call("CheckAccess", "(s)", address)[0]

    def test_values(self):
        self.serve()
        server = self.client.get_all(stage.SERVER)
        self.assertEqual((server["Enabled"], server["Workers"], server["StratumServed"]), (True, 2, 4))
        self.assertEqual(server["Listen"], ["0.0.0.0:123", "[::]:123"])
        self.assertEqual(server["RateLimit"], {"enabled": True, "interval": 3, "burst": 8, "leak": 2, "kod": 0})
        self.assertEqual((server["NTPReceived"], server["NTPDropped"], server["NTPRefused"]), (1000, 7, {"not-allowed": 7}))
        self.assertEqual((server["KernelRxTimestamps"], server["DaemonTxTimestamps"]), (999, 990))
        self.assertEqual((server["NTPTimestampsHeld"], server["NTPTimestampSpanSeconds"]), (50, 64.5))
        self.assertEqual((server["ClientTableSize"], server["ClientsRecorded"], server["RequestsPerSecond"]), (4096, 3, 12.5))

    def test_reset_counters(self):
        self.serve()
        self.call("ResetCounters")
        self.assertEqual(self.client.get(stage.SERVER, "Server", "NTPReceived"), 0)

    def test_access(self):
        self.serve()
        self.assertTrue(self.allowed("192.0.2.1"))
        self.assertFalse(self.allowed("2001:db8::1"))
        self.call("Deny", "(sb)", "192.0.2.128/25", False)
        self.assertEqual([self.allowed("192.0.2.1"), self.allowed("192.0.2.200")], [True, False])
        self.call("Allow", "(sb)", "", False)
        self.assertEqual([self.allowed("2001:db8::1"), self.allowed("192.0.2.200")], [True, False])
        self.call("Allow", "(sb)", "192.0.2.0/24", True)
        self.assertTrue(self.allowed("192.0.2.200"))
        self.assertEqual(set(self.call("GetAccessList")[0]),
                         {("192.0.2.0/24", True, False), ("0.0.0.0/0", True, False), ("::/0", True, False)})

    def test_access_list(self):
        """What GetAccessList gives, SetAccessList takes."""
        self.serve()
        rules = [("10.0.0.0/8", True, False), ("10.1.0.0/16", False, False), ("2001:db8::/32", True, False),
                 ("203.0.113.7", True, False)]
        self.call("SetAccessList", "(a(sbb))", rules)
        self.assertEqual(sorted(self.call("GetAccessList")[0]), sorted(rules))
        self.call("SetAccessList", "(a(sbb))", self.call("GetAccessList")[0])
        self.assertEqual(sorted(self.call("GetAccessList")[0]), sorted(rules))
        self.call("SetAccessList", "(a(sbb))", [*rules, ("10", True, True)])  # in this order: it takes the second one away
        self.assertEqual(len(self.call("GetAccessList")[0]), 3)
        self.call("SetAccessList", "(a(sbb))", [])
        self.assertEqual(self.call("GetAccessList")[0], [])

    def test_too_many_rules(self):
        self.serve()
        rules = [(f"10.{i // 256}.{i % 256}.0/24", True, False) for i in range(RULES_MAX)]
        self.call("SetAccessList", "(a(sbb))", rules)
        self.assertEqual(len(self.call("GetAccessList")[0]), RULES_MAX)
        for member, signature, *values in (("SetAccessList", "(a(sbb))", [*rules, ("192.0.2.1", True, False)]),
                                           ("Allow", "(sb)", "192.0.2.1", False)):
            name, text = self.refusal(member, signature, *values)
            self.assertEqual(name, LIMITS)
            self.assertIn(str(RULES_MAX), text)
        self.assertEqual(len(self.call("GetAccessList")[0]), RULES_MAX)

    def test_bad_subnets(self):
        """The answer names what would be right, and is short whatever was sent."""
        publisher, _ = self.serve()
        cases = (("10/33", "IPv4 takes 0 to 32"), ("2001:db8::/129", "IPv6 takes 0 to 128"), ("10/99999", "such as 192.0.2.0/24"),
                 ("fe80::1%eth0", "has a scope"), ("fe80::1%2/64", "has a scope"), ("host.example", "names are not looked up"),
                 ("10/-1", "such as"), ("/8", "such as"), (" ", "such as"), ("10.0.0.0/8 ", "such as"), ("10\n", "such as"),
                 ("\033[31m", "such as"), ("%n%s", "has a scope"), ("\u202e10", "such as"), (LONG_TEXT, "such as"),
                 ("a" * 65536, "such as"), ("1.2.3.4.5", "such as"))
        for subnet, right in cases:
            for member, signature, *values in (("Allow", "(sb)", subnet, False), ("Deny", "(sb)", subnet, True),
                                               ("SetAccessList", "(a(sbb))", [("10", True, False), (subnet, True, False)])):
                name, text = self.refusal(member, signature, *values)
                self.assertEqual(name, INVALID_SUBNET, (member, subnet[:40]))
                self.assertIn(right, text)
                self.assertLess(len(text), 250)
                self.assertTrue(text.isprintable(), text)
        self.assertEqual(publisher.tell("changes"), [0, 1])

    def test_bad_addresses(self):
        self.serve()
        for address in ("", "10", "10.0.0.0/8", "192.0.2.1/32", "fe80::1%1", "fe80::1%lo", "host.example", "192.0.2.256", LONG_TEXT):
            name, text = self.refusal("CheckAccess", "(s)", address)
            self.assertEqual(name, INVALID, address[:40])
            self.assertIn("such as 192.0.2.1", text)
            self.assertLess(len(text), 250)

    def test_wrong_types(self):
        self.serve()
        for member, signature, *values in (("Allow", "(s)", "10"), ("Allow", "(ss)", "10", "no"), ("ListClients", "(u)", 1),
                                           ("SetAccessList", "(as)", ["10"]), ("ResetCounters", "(s)", ""),
                                           ("ListTopClients", "(i)", 5)):
            self.assertEqual(self.refusal(member, signature, *values)[0], INVALID, member)

    def list(self, cursor=0, maximum=1000, **options):
        return self.call("ListClients", "(uua{sv})", cursor, maximum, options)

    def test_pages(self):
        self.serve()
        cursor, addresses = 0, []
        while True:
            cursor, total, rows = self.list(cursor)
            self.assertEqual(total, CLIENTS)
            addresses += [row[0] for row in rows]
            if cursor == 0:
                break
        self.assertEqual(len(addresses), CLIENTS)
        self.assertEqual(len(set(addresses)), CLIENTS)
        self.assertEqual(addresses[-1], "2001:db8:1:2::/64")
        row = self.list(0, 1)[2][0]
        self.assertEqual(row, ("198.51.0.0", 1, 0, 0, 0, 0, 0, 6, UNKNOWN_INTERVAL, UNKNOWN_INTERVAL, UNKNOWN_INTERVAL, 0,
                               NEVER, NEVER))

    def test_options_of_pages(self):
        publisher, _ = self.serve()
        variant = stage.GLib.Variant
        self.assertEqual(len(self.list(**{"min-packets": variant("t", CLIENTS - 4)})[2]), 5)
        self.assertEqual([row[0] for row in self.list(subnet=variant("s", "198.51.3.0/31"))[2]], ["198.51.3.0", "198.51.3.1"])
        self.list(0, 10, reset=variant("b", True))
        self.assertEqual(publisher.tell("changes")[0], 10)
        for bad in ({"colour": variant("s", "red")}, {"sort": variant("s", "colour")}, {"sort": variant("u", 1)},
                    {"min-packets": variant("s", "1")}, {"reset": variant("s", "yes")}, {LONG_TEXT: variant("s", "")}):
            name, text = self.refusal("ListClients", "(uua{sv})", 0, 10, bad)
            self.assertEqual(name, INVALID, text)
            self.assertLess(len(text), 250)
        self.assertEqual(self.refusal("ListClients", "(uua{sv})", 0, 10, {"subnet": variant("s", "10/33")})[0], INVALID_SUBNET)

    def test_sorted_is_one_page(self):
        publisher, _ = self.serve()
        by_requests = {"sort": stage.GLib.Variant("s", "requests")}
        self.assertEqual([row[1] for row in self.list(0, 2, **by_requests)[2]], [CLIENTS, CLIENTS - 1])
        for cursor, options in ((5, by_requests), (0, by_requests | {"reset": stage.GLib.Variant("b", True)})):
            name, text = self.refusal("ListClients", "(uua{sv})", cursor, 10, options)
            self.assertEqual(name, INVALID)
            self.assertIn("one page", text)
        self.assertEqual(publisher.tell("changes")[0], 0)

    def test_sizes_of_pages(self):
        self.serve()
        for maximum in (0, 1001, 2**32 - 1):
            for member, signature, *values in (("ListClients", "(uua{sv})", 0, maximum, {}), ("ListTopClients", "(u)", maximum)):
                name, text = self.refusal(member, signature, *values)
                self.assertEqual(name, INVALID)
                self.assertIn("between 1 and 1000", text)
        self.assertEqual(len(self.list(0, 1000)[2]), 1000)

    def test_cursors_out_of_range(self):
        """A record that goes while pages are read makes any cursor one that may have been right."""
        self.serve()
        for cursor in (CLIENTS, CLIENTS + 1, 2**31, 2**32 - 1):
            self.assertEqual(self.list(cursor), (0, CLIENTS, []))

    def test_top(self):
        self.serve()
        rows = self.call("ListTopClients", "(u)", 3)[0]
        self.assertEqual([row[1] for row in rows], [CLIENTS, CLIENTS - 1, CLIENTS - 2])

    def test_what_is_announced(self):
        """Rules and rates, not counters."""
        publisher, client = self.serve()
        client.listen()
        self.call("ResetCounters")
        publisher.tell("limit", 16)
        client.wait_for("PropertiesChanged")
        path, _, _, (interface, changed, _) = client.take_signals()[0]
        self.assertEqual((path, interface, set(changed)), (stage.SERVER, SERVER, {"RateLimit"}))
        self.assertEqual(changed["RateLimit"]["burst"], 16)
        publisher.tell("stratum", 1, 9)  # what is announced next is of something else
        client.wait_for("PropertiesChanged")
        self.assertNotIn(stage.SERVER, [signal[0] for signal in client.take_signals()])


if __name__ == "__main__":
    stage.main()
