#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Orders that timeballctl gives, in its own words and in chronyc's: what reaches the daemon's side of the bus, and what is refused."""

import json

import ctl_case
import stage
from ctl_case import FAILURE, NO_SUCH_SOURCE, NOT_AUTHORIZED, USAGE

EEXIST = 17
NOBODY = ("setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", "--")

# What is typed, and the last order that comes of it.
ORDERS = (
    ("add server new.example iburst minpoll 5", "add server new.example iburst minpoll 5"),
    ("add peer other.example key 7", "add peer other.example key 7"),
    ("add pool pool.example maxsources 2", "add pool pool.example maxsources 2"),
    ("offline ntp1.example", "offline 1"),
    ("online 1", "online 1"),
    ("offline 255.255.255.255/192.0.2.2", "offline 2"),
    ("online 192.0.2.2/32", "online 2"),
    ("burst ntp2.example 4/8", "burst 2 4 8"),
    ("burst 1/2 3", "burst 3 1 2"),
    ("burst 2/3 255.255.255.255/192.0.2.1", "burst 1 2 3"),
    ("refresh ntp3.example", "refresh 3"),
    ("reselect", "reselect"),
    ("reselect-dist 1e-4", "set reselectdist 0.0001"),
    ("reselectdist 0.001", "set reselectdist 0.001"),
    ("make-step", "make-step"),
    ("makestep 0.5 4", "set makestep 0.5 4"),
    ("make-step 1 3", "set makestep 1 3"),
    ("max-update-skew 10", "set maxupdateskew 10"),
    ("maxupdateskew 100", "set maxupdateskew 100"),
    ("adjust-frequency -0.5", "frequency -0.5"),
    ("dfreq 2", "frequency 2"),
    ("doffset -0.001", "offset -0.001"),
    ("local", "set local"),
    ("local off", "set local off"),
    ("local stratum 5 orphan", "set local stratum 5 orphan"),
    ("local on stratum 9", "set local stratum 9"),
    ("reset sources", "reset"),
    ("remove ntp3.example", "remove 3"),
    ("delete 192.0.2.2", "remove 2"),
)
# Changes of a source: what is typed, and which fields of core/source-change.h are set by it.
CHANGES = (
    ("set 1 minpoll=5 maxpoll=7", 1 << 0 | 1 << 1), ("minpoll 192.0.2.1 4", 1 << 0), ("maxpoll ntp1.example 9", 1 << 1),
    ("polltarget 1 12", 1 << 2), ("maxdelay 1 0.25", 1 << 3), ("maxdelayratio 1 2.5", 1 << 4), ("maxdelaydevratio 1 8", 1 << 5),
    ("minstratum 1 3", 1 << 6), ("offset 1 -0.5", 1 << 7), ("set 1 maxunreach=7 selectopts=+trust", 1 << 8),
)
# What is wrong, and a word of what is said.
REFUSED = (
    ("add", "missing"), ("add server", "missing"), ("add refclock PPS", "'refclock'"),
    ("set 1", "missing"), ("set 1 minpoll", "'minpoll'"), ("set 1 colour=red", "'colour' is not one of"),
    ("set 1 minpoll=x", "'x' is not a number"), ("minpoll 1", "missing"), ("minpoll 1 5 6", "'6'"), ("minpoll 1 99", "minpoll"),
    ("selectopts 1", "missing"), ("burst 4", "'4' is not GOOD/MAX"), ("burst 8/4", "GOOD/MAX"), ("burst 1 0/4", "GOOD/MAX"),
    ("burst 10.0.0.0/8 1", "GOOD/MAX"), ("make-step 1", "limit is missing"), ("make-step x 3", "'x'"), ("make-step 1 3.5", "'3.5'"),
    ("make-step 1 3 5", "too many"), ("max-update-skew", "missing"), ("max-update-skew much", "'much'"), ("local sideways", "'sideways'"),
    ("local stratum", "''"), ("make-step 1 -3", "0 or more"), ("local off orphan", "'orphan'"), ("reset everything", "reset counters"),
    ("remove", "missing"), ("online nowhere.example", None),
)


class Orders(ctl_case.CtlCase):
    def setUp(self):
        super().setUp()
        self.played, self.client = self.publish()

    def order(self):
        """The last one."""
        return " ".join(self.played.ask("order")[1:])

    def orders(self):
        return int(self.played.ask("order")[0])

    def test_orders(self):
        for typed, order in ORDERS:
            with self.subTest(typed):
                self.assertEqual(self.run_ctl(*typed.split()), "")
                self.assertEqual(self.order(), order)

    def test_changes(self):
        for typed, fields in CHANGES:
            with self.subTest(typed):
                self.assertEqual(self.run_ctl(*typed.split()), "")
                self.assertEqual(self.order(), f"modify 1 {fields:x}")
        self.assertEqual(self.client.get(f"{stage.SOURCES}/1", "Source", "MaxPoll"), 9)
        self.assertEqual(self.client.get(f"{stage.SOURCES}/1", "Source", "OffsetCorrectionSeconds"), 0.5)
        for typed, options in (("+prefer", {"prefer"}), ("-prefer +noselect", {"noselect"}), ("-noselect -trust", set())):
            self.assertEqual(self.run_ctl("selectopts", "ntp1.example", *typed.split()), "")
            self.assertEqual(set(self.client.get(f"{stage.SOURCES}/1", "Source", "Options")) - {"trust"}, options)

    def test_refused(self):
        for typed, said in REFUSED:
            with self.subTest(typed):
                told = self.run_ctl(*typed.split(), status=USAGE if said else NO_SUCH_SOURCE)
                self.assertIn(said or "nowhere.example", told)
        for words in (("offline", ""), ("refresh", ""), ("burst", "", "1/2")):  # an empty variable of a script is not all
            self.run_ctl(*words, status=USAGE)
        for words in (("remove", "99"), ("remove", "/org/timeball1/source/99"), ("remove", "x"), ("set", "99", "minpoll=5"),
                      ("source", "99"), ("burst", "99", "1/2"), ("selectopts", "x", "+trust")):
            self.run_ctl(*words, status=NO_SUCH_SOURCE)

    def test_what_was_added(self):
        path = json.loads(self.run_ctl("add", "server", "new.example", "--json=short"))
        self.assertEqual(self.run_ctl("sourcename", path), "new.example\n")
        self.played.tell("fail", EEXIST)
        self.run_ctl("add", "server", "new.example", status=FAILURE)

    def test_all_of_them(self):
        before = self.orders()
        for verb in ("offline", "online", "refresh"):
            self.assertEqual(self.run_ctl(verb), "")
        self.assertEqual(self.run_ctl("burst", "1/2"), "")
        self.assertEqual(self.orders(), before + 4 * 3)
        self.assertEqual(self.run_ctl("onoffline"), "")

    def test_not_authorized(self):
        for typed, action in (("remove 1", "manage-sources"), ("online", "set-online"), ("burst 1/2", "measure"),
                              ("make-step", "step-clock"), ("make-step 1 3", "configure"), ("local", "manage-server"),
                              ("max-update-skew 1", "configure"), ("add server a.example", "manage-sources")):
            result = stage.subprocess.run([*NOBODY, *self.command((*typed.split(), "--no-ask-password"))], capture_output=True,
                                          text=True, check=False, timeout=ctl_case.SECONDS, env=self.environment())
            self.assertEqual(result.returncode, NOT_AUTHORIZED, (typed, result.stderr))
            self.assertIn(f"org.timeball1.{action}", result.stderr)
        self.assertEqual(self.orders(), 0)

    def test_permissions(self):
        for permission in json.loads(self.run_ctl("permissions", "-j")).items():
            self.assertRegex(" ".join(permission), r"^org\.timeball1\.[a-z.-]+ yes$")
        self.assertRegex(self.run_ctl("permissions"), r"\norg.timeball1.measure +yes\n")

    def test_links(self):
        """A link that there is, as far as this bus layer without hints of its own goes; and one that there is not."""
        self.assertIn("no link 'nowhere0'", self.run_ctl("link-servers", "nowhere0", "192.0.2.9", status=FAILURE))
        self.assertIn("no link 'nowhere0'", self.run_ctl("revert", "nowhere0", status=FAILURE))
        self.assertIn("No network offers a server.\n", self.run_ctl("hints"))
        self.assertEqual(json.loads(self.run_ctl("hints", "-j")), [])
        self.assertEqual(self.run_ctl("link-servers", "lo", "192.0.2.9"), "")
        self.assertEqual(self.run_ctl("revert", "lo"), "")

    def test_pools(self):
        self.assertEqual(len(json.loads(self.run_ctl("pools", "-j"))),
                         len(self.client.call(stage.MANAGER, f"{stage.NAME}.Manager", "ListPools")[0]))


if __name__ == "__main__":
    stage.main()
