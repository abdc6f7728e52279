#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""What ListSources costs beside a service that only sends the same array, and beside GetManagedObjects. Prints, judges nothing but
that both arrays are the same.

All in turn, so that what else the machine does falls on each; the client takes the answer and does not look at it.
"""

import pathlib
import statistics
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "integration" / "bus"))

from dbus.lowlevel import MethodCallMessage  # noqa: E402

import stage  # noqa: E402
from harness import case  # noqa: E402
from harness.deadline import wait_until  # noqa: E402

SOURCES = 1000
ROUNDS = 151
EACH = 10  # so often GetManagedObjects is called less
MOCK = "org.example.Mock"
POLICY = (f'<busconfig><include>{case.POLICY}</include><policy context="default"><allow own="{MOCK}"/>'
          f'<allow send_destination="{MOCK}"/></policy></busconfig>\n')
MANAGER = f"{stage.NAME}.Manager"
OURS, MOCKS, OBJECTS = "ListSources", "the mock server's", "GetManagedObjects"
AIMS = ((OURS, MOCKS, 1.5), (OURS, OBJECTS, 0.1))


def processor_ns(pid):
    """What its threads have had of processors until now."""
    return sum(int(path.read_text(encoding="ascii").split()[0]) for path in pathlib.Path(f"/proc/{pid}/task").glob("*/schedstat"))


class Asked:
    """One call, again and again: seconds until its answer is there, and of a processor in who answers."""

    def __init__(self, connection, destination, pid, interface, member):
        self.connection, self.call, self.pid = connection, (destination, stage.MANAGER, interface, member), pid
        self.passed, self.worked = [], []

    def once(self):
        message = MethodCallMessage(*self.call)
        if self.call[-1] == "ListSources":
            message.append({}, signature="a{sv}")
        worked, begin = processor_ns(self.pid), time.monotonic()
        reply = self.connection.send_message_with_reply_and_block(message, 60)
        self.passed.append(time.monotonic() - begin)
        self.worked.append((processor_ns(self.pid) - worked) * 1e-9)
        return reply


class ListSources(stage.BusCase):
    def start_mock(self):
        mock = self.start("mock", [case.BUILD / "tests/bench/bus/mock", self.bus.address, MOCK])
        wait_until(lambda: MOCK in self.client.names(), stage.JOINED_S, f"{MOCK} is on the bus")
        return mock

    def test_beside_others(self):
        policy = self.directory / "with-mock.conf"
        policy.write_text(POLICY, encoding="ascii")
        publisher, self.client = self.publish(SOURCES, policy=policy)
        connection = self.bus.connect()
        asked = {
            OURS: Asked(connection, stage.NAME, publisher.child.pid, MANAGER, "ListSources"),
            MOCKS: Asked(connection, MOCK, self.start_mock().pid, MANAGER, "ListSources"),
            OBJECTS: Asked(connection, stage.NAME, publisher.child.pid, "org.freedesktop.DBus.ObjectManager", "GetManagedObjects"),
        }
        self.assertEqual(*[asked[name].once().get_args_list() for name in (OURS, MOCKS)])
        for i in range(ROUNDS):
            for name, call in asked.items():
                if name != OBJECTS or i % EACH == 0:
                    call.once()
        print(f"\n{SOURCES} sources, medians:     ms until answered   ms of a processor in who answers")
        for name, call in asked.items():
            print(f"  {name:28}{statistics.median(call.passed) * 1e3:10.2f}{statistics.median(call.worked) * 1e3:20.2f}")
        for one, other, aim in AIMS:
            ratios = [statistics.median(getattr(asked[one], what)) / statistics.median(getattr(asked[other], what))
                      for what in ("passed", "worked")]
            print(f"{one} : {other} = {ratios[0]:.3f}, aim {aim} at most; of a processor {ratios[1]:.3f}")


if __name__ == "__main__":
    stage.main()
