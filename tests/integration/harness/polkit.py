# SPDX-License-Identifier: LGPL-2.1-or-later
"""The real polkitd on a private bus, with our policy and rules that a test writes. Its folders are compiled in: in the world of
the test (harness/isolation.py) others lie over them."""

import shutil

import dbus

from harness import isolation
from harness.case import SOURCE
from harness.deadline import wait_until

NAME = "org.freedesktop.PolicyKit1"
PROGRAM = "/usr/lib/polkit-1/polkitd"
BUS_POLICY = "/usr/share/dbus-1/system.d/org.freedesktop.PolicyKit1.conf"
ACTIONS = "/usr/share/polkit-1/actions"
RULES = ("/etc/polkit-1/rules.d", "/usr/share/polkit-1/rules.d")
POLICY = SOURCE / "polkit" / "org.timeball1.policy"
READY_S = 20


def bus_policy(case, own):
    """A file for PrivateBus(policy=): ours, and that which polkit ships."""
    path = case.directory / "policies.conf"
    path.write_text(f"<busconfig><include>{own}</include><include>{BUS_POLICY}</include></busconfig>\n", encoding="ascii")
    return path


class Polkit:
    def __init__(self, case, address, rules=""):
        """`rules`: JavaScript."""
        self.case, self.address = case, address
        self.rules, self.actions = case.directory / "rules", case.directory / "actions"
        for folder in (self.rules, self.actions):
            folder.mkdir()
            folder.chmod(0o755)
        (self.rules / "50-test.rules").write_text(rules, encoding="ascii")
        shutil.copy(POLICY, self.actions)
        for source, target in ((self.actions, ACTIONS), *((self.rules, target) for target in RULES)):
            isolation.mount("--bind", str(source), target)
            case.addCleanup(isolation.unmount, target)
        self.start()

    def start(self):
        self.process = self.case.start("polkitd", [PROGRAM, "--no-debug"], {"DBUS_SYSTEM_BUS_ADDRESS": self.address})
        connection = dbus.bus.BusConnection(self.address)
        wait_until(lambda: connection.name_has_owner(NAME), READY_S, "polkitd is on the bus")
        connection.close()

    def replace(self, policy):
        """Another text of our actions."""
        self.process.stop()
        (self.actions / POLICY.name).write_text(policy, encoding="utf-8")
        self.start()
