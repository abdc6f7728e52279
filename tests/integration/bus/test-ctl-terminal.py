#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""timeballctl in a terminal: pager, colours, width; and what goes on until it is ended: watch and monitor."""

import itertools
import json
import subprocess

import ctl_case
import stage


class Terminal(ctl_case.CtlCase):
    def test_pager(self):
        self.publish(60)
        pager = self.directory / "pager"
        pager.write_text("#!/bin/sh\necho paged with LESS=$LESS secure=$LESSSECURE\nexec cat\n", encoding="ascii")
        pager.chmod(0o755)
        chosen = {"TIMEBALL_PAGER": str(pager), "PAGER": "false"}
        paged = self.in_terminal("sources", environment=chosen)
        self.assertIn("paged with LESS=FRSXMK secure=1", paged)
        self.assertEqual(paged.count(".example"), 60)
        for how in (("sources", "--no-pager"), ("sources", "-q"), ("access-check", "192.0.2.1")):
            self.assertNotIn("paged", self.in_terminal(*how, environment=chosen))
        for none in ("", "cat"):
            self.assertEqual(self.in_terminal("sources", environment={"TIMEBALL_PAGER": none, "PAGER": "false"}).count(".example"),
                             60)
        self.assertNotIn("paged", self.run_ctl("sources", environment=chosen))

    def test_reader_who_leaves(self):
        self.publish(200)
        self.in_terminal("sources", environment={"TIMEBALL_PAGER": "head -c 10", "TERM": "dumb"})
        self.in_terminal("sources", environment={"TIMEBALL_PAGER": "true", "TERM": "dumb"})

    def test_watch(self):
        self.publish()
        shown = self.in_terminal("watch", "sources", "-i", "60", keys=b"q")
        self.assertTrue(shown.startswith("\033[?1049h"))
        self.assertTrue(shown.endswith("\033[?1049l"))
        self.assertIn("ntp1.example", shown)
        numbers = self.in_terminal("watch", "-i", "60", keys=b"nq")
        self.assertIn("ntp1.example", numbers)
        self.assertIn("192.0.2.1 ", numbers)

    def test_watch_without_a_terminal(self):
        self.publish()
        text = self.run_ctl("watch", "activity", "-i", "0.1", "--timeout", "2")
        self.assertGreaterEqual(text.count("Unresolved: 0"), 2)
        records = self.run_ctl("watch", "activity", "-j", "-i", "0.1", "--timeout", "2").split("\x1e")[1:]
        self.assertTrue(all(json.loads(record)["ActivityOnline"] == 3 for record in records), records)
        self.assertIn("cannot be watched", self.run_ctl("watch", "allow", status=ctl_case.USAGE))
        self.assertIn("too many", self.run_ctl("watch", "sources", "now", status=ctl_case.USAGE))

    def test_monitor(self):
        publisher, _ = self.publish()
        heard = self.directory / "heard"
        with open(heard, "wb") as out:
            child = subprocess.Popen(self.command(("monitor", "-j")), stdout=out, env=self.environment())
        self.addCleanup(child.wait)
        self.addCleanup(child.kill)
        states = itertools.cycle(("falseticker", "selectable", "jittery", "distant", "untrusted"))

        def heard_it():
            """It listens from some moment on; and what has changed back before the next signal is not told."""
            publisher.tell("state", 2, next(states))
            records = [json.loads(record) for record in heard.read_text(encoding="utf-8").split("\x1e")[1:-1]]
            return any(record["Path"] == f"{stage.SOURCES}/2" and record["Interface"] == "org.timeball1.Source" and
                       "State" in record["Changed"] for record in records)

        stage.wait_until(heard_it, stage.JOINED_S, "that the state has changed", 0.3)
        publisher.kill()
        stage.wait_until(lambda: "NameOwnerChanged" in heard.read_text(encoding="utf-8"), stage.JOINED_S, "that it has gone")

    def test_nothing_to_monitor(self):
        self.bus = self.start_bus()
        self.run_ctl("monitor", status=ctl_case.NOT_RUNNING)

    def test_colours_and_width(self):
        self.publish()
        self.assertIn("\033[1;32m", self.in_terminal("sources", "--no-pager"))
        self.assertNotIn("\033[1", self.in_terminal("sources", "--no-pager", environment={"TERM": "dumb"}))
        narrow = self.in_terminal("sources", "--no-pager", "--color=never", environment={"COLUMNS": "70"})
        self.assertIn("\u2026", narrow)


if __name__ == "__main__":
    stage.main()
