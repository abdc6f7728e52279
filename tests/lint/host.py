#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""tools/setup.sh leaves the host's services alone, and tools/host-state.sh would notice if it did not.

Played against an apt of our own and a root folder of our own: the real ones are not touched.
"""

import os
import pathlib
import signal
import subprocess
import sys
import tempfile
import time
import unittest

TOOLS = pathlib.Path(sys.argv[1], "tools").resolve()

APT = """#!/bin/bash
case " $* " in
*" -s "*) cat "$FAKE/plan" ;;
*" update "*) exit "${FAKE_UPDATE_STATUS:-0}" ;;
*" install "*) cp "$TIMEBALL_ROOT/usr/sbin/policy-rc.d" "$FAKE/policy-during"
    printf '%s\\n' "$@" >"$FAKE/installed"
    while [ -e "$FAKE/hold" ]; do sleep 0.01; done
    exit "${FAKE_INSTALL_STATUS:-0}" ;;
esac
"""
FORBIDS = "exit 101"
OWN_POLICY = "#!/bin/sh\n# the host's own\nexit 0\n"


class Host(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.fake = pathlib.Path(folder.name)
        self.root = self.fake / "root"
        for name in ("usr/sbin", "run"):
            (self.root / name).mkdir(parents=True)
        (self.fake / "bin").mkdir()
        self.program("apt-get", APT)
        self.program("dpkg-query", "#!/bin/sh\n[ \"$3\" = here ] && printf installed\n")
        self.plan("Inst new (1.0 Debian:12 [amd64])\nConf new (1.0 Debian:12 [amd64])\n")
        self.policy = self.root / "usr/sbin/policy-rc.d"

    def program(self, name, text):
        path = self.fake / "bin" / name
        path.write_text(text, encoding="ascii")
        path.chmod(0o755)

    def plan(self, text):
        (self.fake / "plan").write_text(text, encoding="ascii")

    def start(self, code, **environment):
        path = f"{self.fake}/bin:{os.environ['PATH']}"
        return subprocess.Popen(["bash", "-c", f"set -uo pipefail; . {TOOLS}/setup.sh; . {TOOLS}/host-state.sh; {code}", "test"],
                                stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                                env=os.environ | {"FAKE": str(self.fake), "PATH": path,
                                                  "TIMEBALL_ROOT": str(self.root)} | environment)

    def run_code(self, code, **environment):
        process = self.start(code, **environment)
        output, _ = process.communicate(timeout=60)
        return process.returncode, output

    def installed(self):
        path = self.fake / "installed"
        return path.read_text(encoding="ascii").split() if path.exists() else []


class SetupTest(Host):
    def test_installs_only_what_is_missing(self):
        status, output = self.run_code("install_packages here new")
        self.assertEqual(status, 0, output)
        self.assertIn("new", self.installed())
        self.assertNotIn("here", self.installed())

    def test_nothing_missing_calls_no_apt(self):
        self.program("apt-get", "#!/bin/sh\nexit 1\n")
        self.assertEqual(self.run_code("install_packages here"), (0, ""))

    def test_services_are_forbidden_to_start_and_the_policy_goes_again(self):
        status, output = self.run_code("install_packages new")
        self.assertEqual(status, 0, output)
        self.assertIn(FORBIDS, (self.fake / "policy-during").read_text(encoding="ascii"))
        self.assertFalse(self.policy.exists())

    def test_a_policy_of_the_host_is_put_back(self):
        self.policy.write_text(OWN_POLICY, encoding="ascii")
        for status in (0, 100):
            self.run_code("install_packages new", FAKE_INSTALL_STATUS=str(status))
            self.assertIn(FORBIDS, (self.fake / "policy-during").read_text(encoding="ascii"))
            self.assertEqual(self.policy.read_text(encoding="ascii"), OWN_POLICY)

    def test_a_failed_installation_fails(self):
        status, output = self.run_code("install_packages new", FAKE_INSTALL_STATUS="100")
        self.assertNotEqual(status, 0, output)

    def test_a_terminated_installation_puts_the_policy_back(self):
        self.policy.write_text(OWN_POLICY, encoding="ascii")
        (self.fake / "hold").touch()
        process = self.start("exec 8>&1; install_quietly new")
        while not (self.fake / "installed").exists():
            self.assertIsNone(process.poll())
            time.sleep(0.01)
        process.send_signal(signal.SIGTERM)
        (self.fake / "hold").unlink()
        process.communicate(timeout=60)
        self.assertEqual(self.policy.read_text(encoding="ascii"), OWN_POLICY)

    def test_what_a_killed_run_left_is_mended(self):
        self.run_code("quiet_services")
        self.run_code("install_packages new")
        self.assertFalse(self.policy.exists())
        self.policy.write_text(OWN_POLICY, encoding="ascii")
        self.run_code("quiet_services")
        self.run_code("install_packages new")
        self.assertEqual(self.policy.read_text(encoding="ascii"), OWN_POLICY)

    def test_refuses_to_remove(self):
        self.plan("Remv desktop [1.0]\nInst new (1.0 Debian:12 [amd64])\n")
        status, output = self.run_code("install_packages new")
        self.assertNotEqual(status, 0)
        self.assertIn("would remove desktop", output)
        self.assertEqual(self.installed(), [])

    def test_refuses_a_time_service(self):
        for service in ("chrony", "systemd-timesyncd", "gpsd:amd64"):
            self.plan(f"Inst {service} (1.0 Debian:12 [amd64])\n")
            status, output = self.run_code("install_packages new")
            self.assertNotEqual(status, 0)
            self.assertIn("would install the service", output)
            self.assertEqual(self.installed(), [])

    def test_upgrades_a_time_service_that_is_here(self):
        self.plan("Inst systemd-timesyncd [252.38-1] (252.39-1 Debian:12 [amd64]) []\n")
        status, output = self.run_code("install_packages new")
        self.assertEqual(status, 0, output)
        self.assertIn("new", self.installed())

    def test_goes_on_with_old_package_lists(self):
        self.assertEqual(self.run_code("install_packages new", FAKE_UPDATE_STATUS="100")[0], 0)


class StateTest(Host):
    def process(self, pid, program, terminal=0):
        folder = self.fake / "proc" / str(pid)
        folder.mkdir(parents=True)
        (folder / "exe").symlink_to(program)
        (folder / "stat").write_text(f"{pid} (a b) c) S 1 {pid} {pid} {terminal} -1 4194560 1\n", encoding="ascii")

    def state(self):
        return self.run_code("host_processes /tree/build-check", HOST_PROC=str(self.fake / "proc"))[1].splitlines()

    def test_sees_daemons_and_leftovers_only(self):
        self.process(1, "/usr/sbin/chronyd")
        self.process(2, "/usr/bin/dbus-daemon")
        self.process(3, "/usr/bin/editor")
        self.process(4, "/usr/sbin/fdisk", terminal=34816)
        self.process(5, "/tree/build-check/gcc/peers/chrony/usr/sbin/chronyd")
        self.process(6, "/usr/lib/systemd/systemd-timesyncd")
        self.process(7, "/lib/systemd/systemd-networkd (deleted)")
        self.assertEqual(self.state(), [
            "process /usr/sbin/chronyd", "process /usr/bin/dbus-daemon",
            "leftover /tree/build-check/gcc/peers/chrony/usr/sbin/chronyd", "process /usr/lib/systemd/systemd-timesyncd",
            "process /lib/systemd/systemd-networkd"])

    def test_tells_changes(self):
        self.assertEqual(self.run_code("host_changes 'process /a' 'process /a'"), (0, ""))
        self.assertEqual(self.run_code("host_changes $'process /a\\nprocess /b' $'process /b\\nprocess /c'"),
                         (1, "< process /a\n> process /c\n"))


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
