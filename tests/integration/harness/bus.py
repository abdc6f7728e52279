# SPDX-License-Identifier: LGPL-2.1-or-later
"""A private system bus: everything is denied except what the shipped policy of the daemon allows."""

from collections import namedtuple

import dbus
import dbus.bus

CONFIG = """<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig>
  <type>system</type>
  <listen>unix:path={socket}</listen>
  <auth>EXTERNAL</auth>
  <policy context="default">
    <allow user="*"/>
    <deny own="*"/>
    <deny send_type="method_call"/>
    <allow send_type="signal"/>
    <allow send_requested_reply="true" send_type="method_return"/>
    <allow send_requested_reply="true" send_type="error"/>
    <allow receive_type="method_call"/>
    <allow receive_type="method_return"/>
    <allow receive_type="error"/>
    <allow receive_type="signal"/>
    <allow send_destination="org.freedesktop.DBus" send_interface="org.freedesktop.DBus"/>
    <allow send_destination="org.freedesktop.DBus" send_interface="org.freedesktop.DBus.Introspectable"/>
    <allow send_destination="org.freedesktop.DBus" send_interface="org.freedesktop.DBus.Properties"/>
  </policy>
  <policy user="root">
    <allow send_destination="org.freedesktop.DBus" send_interface="org.freedesktop.DBus.Monitoring"/>
  </policy>
  <include>{policy}</include>
</busconfig>
"""
READY_S = 10


def address(directory, name="bus"):
    """Where the bus of that name listens, started or not."""
    return f"unix:path={directory / name}.socket"


class PrivateBus:
    def __init__(self, case, policy, name="bus"):
        self.process_case = case
        self.address = address(case.directory, name)
        config = case.directory / f"{name}.conf"
        config.write_text(CONFIG.format(socket=self.address.partition("=")[2], policy=policy), encoding="ascii")
        self.process = case.start(name, ["dbus-daemon", f"--config-file={config}", "--nofork", "--nopidfile",
                                         "--print-address=1"])
        self.process.wait_for_log("unix:path=", READY_S)

    def connect(self):
        """A new connection as root."""
        return dbus.bus.BusConnection(self.address)

    def monitor(self, name="monitor"):
        return Monitor(self.process_case, self.address, name)


Message = namedtuple("Message", "kind at_s serial sender destination path interface member")


class Monitor:
    """All that goes over a bus, from when it is made: the bus's own monitor."""

    def __init__(self, case, address, name):
        self._process = case.start(name, ["stdbuf", "--output=L", "dbus-monitor", "--address", address, "--profile"])
        self._process.wait_for_log("NameLost", READY_S)  # of its own: a monitor has no name

    def messages(self):
        """Calls ("mc") and signals ("sig"), in their order: answers have no path."""
        lines = (line.split("\t") for line in self._process.log().splitlines())
        return [Message(*fields) for fields in lines if len(fields) == len(Message._fields)]

    def stop(self):
        self._process.stop()
