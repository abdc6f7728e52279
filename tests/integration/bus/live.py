# SPDX-License-Identifier: LGPL-2.1-or-later
"""timeballd itself as its own user, serving time, with the real polkitd, on a bus that denies by default."""

import json
import os
import signal

import stage
from caller import SERVER, arguments_of
from harness import bus, case, network, polkit
from harness.daemon import Timeballd
from harness.deadline import wait_until
from harness.ntp_packet import ask

CONFIG = ["serverworkers 0", "local stratum 5", "allow 192.0.2.0/24", "server 192.0.2.11 minpoll 4",
          "server 192.0.2.12 offline"]
ANSWER_S = 5
# The address sanitizer would keep what was freed, and hide that memory comes back.
KEEPS_NOTHING = {"ASAN_OPTIONS": os.environ.get("ASAN_OPTIONS", "") + ":quarantine_size_mb=1"}
# One user that rules let do everything, one that they let do nothing, two that have some actions; for others the defaults stand: root's
# password.
SOME = {"lp": ["inspect", "manage-sources"], "uucp": ["manage-server", "configure"]}
RULES = """
polkit.addAdminRule(function(action, subject) { return ["unix-user:root"]; });
polkit.addRule(function(action, subject) {
    if (action.id.indexOf("org.timeball1.") == 0 && subject.user == "games")
        return polkit.Result.YES;
    if (action.id.indexOf("org.timeball1.") == 0 && subject.user == "news")
        return polkit.Result.NO;
    var some = %s[subject.user];
    if (some && action.id.indexOf("org.timeball1.") == 0)
        return some.indexOf(action.id.substring(14)) >= 0 ? polkit.Result.YES : polkit.Result.NO;
});
""" % json.dumps(SOME)


class Stage(case.DaemonCase):
    config = CONFIG
    options = ()  # of the daemon's command line

    def setUp(self):
        super().setUp()
        self.bus = self.open_bus()
        self.polkit = polkit.Polkit(self, self.bus.address, RULES)
        self.start_daemon()

    def open_bus(self, policy=case.POLICY):
        return bus.PrivateBus(self, polkit.bus_policy(self, policy))

    def start_daemon(self):
        self.daemon = Timeballd(self, self.config, bus=self.bus.address, rights=("net_bind_service",), environment=KEEPS_NOTHING,
                                options=self.options)
        self.join()

    def kill_bus(self):
        self.bus.process.child.send_signal(signal.SIGKILL)
        self.bus.process.wait(stage.JOINED_S)
        self.polkit.process.stop()
        self.bus.process.log_path.unlink()

    def start_bus_again(self):
        self.bus = self.open_bus()
        self.polkit.start()
        self.join()

    def join(self):
        self.client = stage.Client(self.bus.address)
        wait_until(self.client.present, stage.JOINED_S, f"{stage.NAME} is on the bus")

    def refused(self):
        """The subnets that are refused by now."""
        rows = self.client.call(stage.SERVER, SERVER, "GetAccessList")[0]
        return {subnet for subnet, allowed, _ in rows if not allowed}

    def deny(self, caller, number, **how):
        return caller.call(stage.SERVER, SERVER, "Deny", arguments_of(SERVER, "Deny", number=number), **how)

    def serves(self):
        """Whether a request for the time is answered."""
        return ask(self.network.servers, network.ipv4(network.CLIENT), ANSWER_S) is not None
