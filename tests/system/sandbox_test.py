"""What a daemon gives up once it serves, seen from outside, and what an operator who is stopped by it is told."""

import ctypes
import os
import pathlib
import platform
import signal
import struct
import unittest

from lockstep_test.case import ServerTest
from lockstep_test.lockstep import LockstepPrimary, LockstepSecondary
from lockstep_test.process import wait_until
from lockstep_test.server import link
from lockstep_test.zones import ZoneFile

ZONE = "example.test."
SYS_SCHED_GETATTR = {"x86_64": 315}.get(platform.machine(), 275)  # 275: all architectures that came later
PROMPT_THREADS = 2  # for what is soon done
SHORT_TURN = 100_000  # ns


def fields(status):
    return dict(line.split(":\t", 1) for line in status.read_text().splitlines() if ":\t" in line)


def threads_of(server):
    """The fields of each thread's status."""
    return [fields(task / "status") for task in pathlib.Path(f"/proc/{server.process.pid}/task").iterdir()]


def scheduling_of(thread):
    """Its nice value, and its slice in nanoseconds: 0 before Linux 6.12."""
    attributes = ctypes.create_string_buffer(56)
    if ctypes.CDLL(None, use_errno=True).syscall(SYS_SCHED_GETATTR, thread, attributes, 56, 0) != 0:
        raise OSError(ctypes.get_errno(), f"sched_getattr of {thread}")
    return struct.unpack_from("=i", attributes, 16)[0], struct.unpack_from("=Q", attributes, 24)[0]


class Sandbox(ServerTest):
    def setUp(self):
        super().setUp()
        (self.directory / "zones").mkdir()
        self.file = ZoneFile(self.directory / "zones/example.test.zone", ZONE)
        self.primary = LockstepPrimary(self, "ns1")
        self.primary.zones[ZONE] = self.file
        self.secondary = LockstepSecondary(self, "ns2")
        self.secondary.zones[ZONE] = None
        link(self.primary, self.secondary)

    def start(self):
        for server in self.servers:
            server.start()
        self.secondary.wait_serial(ZONE, 1)

    def test_every_thread_is_confined(self):
        self.start()
        for server in self.servers:
            threads = threads_of(server)
            self.assertGreater(len(threads), 4)
            for thread in threads:
                self.assertEqual((thread["NoNewPrivs"], thread["Seccomp"]), ("1", "2"), thread["Name"])
            limits = pathlib.Path(f"/proc/{server.process.pid}/limits").read_text()
            self.assertRegex(limits, r"(?m)^Max core file size +0 +0 ")
            self.assertRegex(server.log(), r"sandbox: (other files are out of reach \(Landlock, version \d+\)|this kernel has no Landlock)")
            self.assertIn("sandbox: system calls are filtered (seccomp)", server.log())

    def test_threads_that_load_give_way_to_those_that_answer(self):
        for server in self.servers:
            server.settings["udp_workers"] = 3
        self.start()
        for server in self.servers:
            turns = [scheduling_of(int(thread["Pid"])) for thread in threads_of(server)]
            ours = scheduling_of(0)
            self.assertEqual(sum(nice == min(ours[0] + 10, 19) for nice, _ in turns), 2, turns)
            self.assertEqual(sum(nice == ours[0] for nice, _ in turns), len(turns) - 2, turns)
            if ours[1] != 0:  # else a kernel without slices
                self.assertEqual(sum(slice == SHORT_TURN for _, slice in turns), 3 + PROMPT_THREADS, turns)

    def test_one_setting_turns_it_off(self):
        for server in self.servers:
            server.settings["sandbox"] = False
        self.start()
        for server in self.servers:
            ours = fields(pathlib.Path("/proc/self/status"))
            for thread in threads_of(server):
                self.assertEqual((thread["NoNewPrivs"], thread["Seccomp"]), (ours["NoNewPrivs"], ours["Seccomp"]))
            self.assertNotIn("sandbox:", server.log())

    def test_a_new_folder_is_told_of_at_reload_and_taken_at_a_restart(self):
        self.start()
        elsewhere = self.directory / "elsewhere"
        elsewhere.mkdir()
        self.primary.zones["new.test."] = ZoneFile(elsewhere / "new.test.zone", "new.test.")
        self.primary.configure()
        said = self.primary.reload(expect=1).stderr
        self.assertIn("new.test.zone", said)
        self.assertIn("a folder that was not known at the start is out of reach until a restart (server.sandbox)", said)
        self.assertIn("nothing was changed", said)
        self.assertEqual(self.primary.status(ZONE)["serial"], 1)
        self.primary.crash()
        self.primary.wait_serial("new.test.", 1)
        # A new zone in a folder that is known needs no restart.
        self.primary.zones["more.test."] = ZoneFile(elsewhere / "more.test.zone", "more.test.")
        self.primary.configure()
        self.primary.reload()
        self.primary.wait_serial("more.test.", 1)

    def test_what_a_zone_includes_and_what_links_lead_to_stays_within_reach(self):
        for name in ("included", "linked"):
            (self.directory / name).mkdir()
        (self.directory / "included/hosts").write_text("extra IN A 192.0.2.9\n")
        self.file.records += f"$INCLUDE {self.directory}/included/hosts\n"
        self.file.write()
        os.rename(self.file.path, self.directory / "linked/real.zone")
        self.file.path.symlink_to(self.directory / "linked/real.zone")
        self.start()
        (self.directory / "included/hosts").write_text("extra IN A 192.0.2.10\n")
        self.primary.verb("bump", ZONE)
        self.secondary.wait_serial(ZONE, 2)
        self.assertIn(f"extra.{ZONE} 300 IN A 192.0.2.10", self.secondary.dump(ZONE))
        self.assertTrue(self.file.path.is_symlink())

    def test_a_folder_that_cannot_be_opened_takes_nothing_from_the_others(self):
        loop = self.directory / "loop"
        bad = self.primary.zones["bad.test."] = ZoneFile(self.directory / "zones/bad.test.zone", "bad.test.")
        bad.path = loop / "bad.test.zone"
        loop.symlink_to("loop")
        self.primary.configure()
        self.primary.process.start()
        self.primary.wait_serial(ZONE, 1)
        self.assertIn("Too many levels of symbolic links", self.primary.status("bad.test.")["error"])
        self.assertRegex(self.primary.log(), r"sandbox: (other files are out of reach \(Landlock, version \d+\)|this kernel has no Landlock)")

    def test_what_a_link_to_nothing_names_is_loaded_once_it_is_there(self):
        elsewhere = self.directory / "elsewhere"
        elsewhere.mkdir()
        late = self.primary.zones["late.test."] = ZoneFile(self.directory / "zones/late.test.zone", "late.test.")
        late.path.unlink()
        late.path.symlink_to("../elsewhere/real.zone")
        self.primary.watch = True
        self.primary.configure()
        self.primary.process.start()
        self.primary.wait_serial(ZONE, 1)
        self.assertEqual(self.primary.status("late.test.")["state"], "failed")
        (elsewhere / "real.zone").write_text(late.text())
        self.primary.wait_serial("late.test.", 1)

    def test_a_configuration_that_is_a_link_can_be_reloaded(self):
        self.start()
        for server in self.servers:
            server.stop()
            real = self.directory / "elsewhere" / server.name
            real.mkdir(parents=True)
            path = server.config_path
            path.rename(real / path.name)
            path.symlink_to(real / path.name)
            server.process.start()
        self.secondary.wait_serial(ZONE, 1)
        for server in self.servers:
            server.reload()

    def test_the_control_socket_moves_within_what_is_in_reach(self):
        self.start()
        for server in self.servers:
            server.settings["control_socket"] = "state/moved"
            server.configure()
            os.kill(server.process.pid, signal.SIGHUP)
            wait_until("it answers at its new place", lambda s=server: s.verb("status", expect=None).returncode == 0)
            self.assertFalse((server.directory / "control").exists())
            server.settings["control_socket"] = "nowhere/control"
            server.configure()
            os.kill(server.process.pid, signal.SIGHUP)
            server.wait_log("nothing was changed")
            self.assertIn("nowhere/control", server.log())
            self.assertIn("out of reach until a restart (server.sandbox)", server.log())
            server.settings["control_socket"] = "state/moved"
            server.configure()
            self.assertIn(ZONE, server.reload().stdout + server.verb("zones").stdout)

    def test_a_bump_in_a_folder_that_was_replaced_says_what_to_do(self):
        self.start()
        if "this kernel has no Landlock" in self.primary.log():
            return
        zones = self.directory / "zones"
        zones.rename(self.directory / "old")
        zones.mkdir()
        self.file.write()
        said = self.primary.verb("bump", ZONE, expect=1).stderr
        self.assertIn(str(zones), said)
        self.assertIn("out of reach until a restart (server.sandbox)", said)
        self.primary.crash()
        self.primary.wait_serial(ZONE, 1)
        self.primary.verb("bump", ZONE)
        self.secondary.wait_serial(ZONE, 2)

    def test_secrets_are_read_again(self):
        keys = self.directory / "keys"
        keys.mkdir()
        secret = keys / "pair.key"

        def configuration():
            written = LockstepPrimary.configuration(self.primary)
            key = self.primary.key
            secret.write_text(key.secret + "\n")
            secret.chmod(0o600)
            written["keys"] = [{"name": key.name, "algorithm": key.algorithm, "secret_file": str(secret)}]
            return written
        self.primary.configuration = configuration
        self.start()
        self.primary.reload()
        self.file.edit()
        self.primary.reload()
        self.secondary.wait_serial(ZONE, 2)


if __name__ == "__main__":
    unittest.main()
