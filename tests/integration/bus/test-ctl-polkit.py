#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""timeballctl and polkit, both real: what it says to those who may not, whom it lets be asked, and by what."""

import os
import pwd

import ctl_case
import stage
from ctl_case import FAILURE, NOT_AUTHORIZED, OK
from harness import case, polkit
from harness.deadline import wait_until

RULES = """
polkit.addAdminRule(function(action, subject) { return ["unix-user:root"]; });
polkit.addRule(function(action, subject) {
    if (action.id.indexOf("org.timeball1.") == 0 && subject.user == "games")
        return polkit.Result.YES;
});
"""
ASKED = "AUTHENTICATING FOR org.timeball1.manage-server"


class Polkit(ctl_case.CtlCase):
    def setUp(self):
        super().setUp()
        self.bus = stage.bus.PrivateBus(self, polkit.bus_policy(self, case.POLICY))
        polkit.Polkit(self, self.bus.address, RULES)
        self.keep(stage.Publisher(self, self.bus.address))
        client = stage.Client(self.bus.address)
        wait_until(client.present, stage.JOINED_S, "the bus layer is there")

    def as_user(self, user, *arguments, status=OK, **keys):
        """In a terminal, with the bus in the environment, where the agent finds it, too."""
        number = pwd.getpwnam(user).pw_uid
        became = ("setpriv", f"--reuid={number}", f"--regid={number}", "--clear-groups", "--")
        return self.in_terminal(*arguments, **keys, status=status, address=False, before=became,
                                environment={"DBUS_SYSTEM_BUS_ADDRESS": self.bus.address})

    def test_who_is_allowed_is_not_asked(self):
        self.assertEqual(self.as_user("games", "deny", "192.0.2.7"), "")
        self.assertIn("192.0.2.7 is not served", self.as_user("nobody", "access-check", "192.0.2.7"))

    def test_who_must_not_be_asked(self):
        told = self.as_user("nobody", "deny", "192.0.2.7", "--no-ask-password", status=NOT_AUTHORIZED)
        self.assertNotIn("AUTHENTICATING", told)
        self.assertIn("org.timeball1.manage-server", told)
        self.assertIn("to be allowed, let polkit ask for a password (without "
                      "--no-ask-password), or become root (sudo)", told)

    def test_who_is_asked(self):
        """The agent shows which action it is; without the right password nothing comes of it."""
        told = self.as_user("nobody", "deny", "192.0.2.7", keys=b"wrong\n", asked=b"Password:", status=NOT_AUTHORIZED)
        self.assertIn(ASKED, told)
        self.assertIn("192.0.2.7 is served", self.as_user("games", "access-check", "192.0.2.7"))
        self.assertFalse([line for line in os.popen("ps -eo comm") if "pkttyagent" in line])

    def test_ordered_once(self):
        """What is refused for being too much, or too soon, is not ordered again behind the caller's back."""
        monitor = self.bus.monitor()
        self.assertEqual(self.as_user("games", "burst", "ntp1.example", "1/2"), "")
        self.assertIn("less than a minute ago", self.as_user("games", "burst", "ntp1.example", "1/2", status=FAILURE))
        many = [f"192.0.2.{n}" for n in range(17)]
        self.assertIn("16", self.as_user("games", "link-servers", "lo", *many, status=FAILURE))
        stage.Client(self.bus.address).call("/", stage.DRIVER, "GetId", destination=stage.DRIVER)
        members = wait_until(lambda: self.until("GetId", monitor), stage.JOINED_S, "the mark is seen")
        self.assertEqual((members.count("Burst"), members.count("SetLinkServers")), (2, 1))

    @staticmethod
    def until(mark, monitor):
        members = [message.member for message in monitor.messages()]
        return members if mark in members else None

    def test_nobody_to_ask(self):
        """Without a terminal no agent is started."""
        command = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", "--", str(self.program), "deny", "192.0.2.7"]
        result = stage.subprocess.run(command, capture_output=True, text=True, check=False, stdin=stage.subprocess.DEVNULL,
                                      timeout=ctl_case.SECONDS,
                                      env=self.environment({"DBUS_SYSTEM_BUS_ADDRESS": self.bus.address}))
        self.assertEqual(result.returncode, NOT_AUTHORIZED, result.stderr)
        self.assertIn("for which a password is needed, and none was given", result.stderr)
        self.assertIn("to be allowed, call it in a terminal", result.stderr)


if __name__ == "__main__":
    stage.main()
