#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Names of servers: several addresses, dead ones among them, two families, and a name that nobody knows yet."""

from harness import case, isolation, network, servers
from harness.deadline import wait_until

OPTIONS = "iburst minpoll -1 maxpoll -1"
DEAD = (21, 22)
ALIVE = (23, 24)
REPLACED_S = 60
SECONDS = 10  # "within seconds"
LATE_NAME_S = 60


class Names(case.DaemonCase):
    def add_servers(self, addresses, dead=()):
        for address in [*addresses, *dead]:
            self.network.servers.add_address(address)
        for address in dead:
            self.network.servers.block(address)
        for address in addresses:
            servers.chronyd(self, address)

    @staticmethod
    def answering(api):
        return sorted(row.address for row in api.sources() if row.reach)

    def test_pool_replaces_dead_members(self):
        dead, alive = [network.ipv4(number) for number in DEAD], [network.ipv4(number) for number in ALIVE]
        self.add_servers(alive, dead)
        isolation.hosts({"pool.test": [*dead, *alive]})
        _, api = self.follow([f"pool pool.test maxsources 2 {OPTIONS}"])
        wait_until(lambda: self.answering(api) == alive, REPLACED_S, "both living members are found")
        api.wait_for_state("synchronized", SECONDS)
        for row in api.sources():
            self.assertEqual((row.name, row.kind), ("pool.test", "server"))

    def test_server_leaves_a_dead_address(self):
        dead, alive = network.ipv4(DEAD[0]), network.ipv4(ALIVE[0])
        self.add_servers([alive], [dead])
        isolation.hosts({"server.test": [dead, alive]})
        _, api = self.follow([f"server server.test {OPTIONS}"])
        wait_until(lambda: self.answering(api) == [alive], REPLACED_S, "the living address is found")
        api.wait_for_state("synchronized", SECONDS)
        self.assertEqual([row.name for row in api.sources()], ["server.test"])

    def test_dead_ipv6_beside_living_ipv4(self):
        dead, alive = network.ipv6(DEAD[0]), network.ipv4(ALIVE[0])
        self.add_servers([alive], [dead])
        isolation.hosts({"both.test": [dead, alive]})
        _, api = self.follow([f"server both.test {OPTIONS}"])
        api.wait_for_state("synchronized", SECONDS)
        self.assertEqual(self.answering(api), [alive])

    def test_name_that_appears_later(self):
        alive = network.ipv4(ALIVE[0])
        self.add_servers([alive])
        _, api = self.follow([f"server late.test {OPTIONS}"])
        wait_until(lambda: api.manager()["ActivityUnresolved"] == 1, SECONDS, "the source is unresolved")
        self.assertEqual([row.online for row in api.sources()], ["unresolved"])
        isolation.hosts({"late.test": [alive]})
        api.wait_for_state("synchronized", LATE_NAME_S)
        self.assertEqual([(row.name, row.address) for row in api.sources()], [("late.test", alive)])


if __name__ == "__main__":
    case.main("chrony")
