"""A state directory that is full, read-only, or does not sync: rows 9 and 10 of FAULTS.md section 2."""

import json
import subprocess
import time
import unittest

from lockstep_test.case import ServerTest
from lockstep_test.figures import note
from lockstep_test.lockstep import LockstepPrimary
from lockstep_test.process import wait_until
from lockstep_test.scripted import ScriptedTest
from lockstep_test.server import find_program
from lockstep_test.zones import ZoneFile

ORIGIN = "example.test."
RETRY = 2  # seconds, of the secondary's zones
HEAL = 10  # seconds between two tries of a primary
MOST_CHANGES = 40  # until one of them meets a call that fails


class Disk:
    """A small file system that a server's state is on."""

    def __init__(self, test, server):
        self.folder = server.state_directory
        self.folder.mkdir(exist_ok=True)
        self.ballast = self.folder / "ballast"
        subprocess.run(["mount", "-t", "tmpfs", "-o", "size=2m", "lockstep-test", self.folder], check=True)
        test.addCleanup(subprocess.run, ["umount", "--lazy", self.folder], check=True)

    def fill(self):
        """To the last octet. What the server writes in passing may free a page: so again until nothing fits."""
        with open(self.ballast, "ab", buffering=0) as file:
            for size in (65536, 4096, 512):
                try:
                    while True:
                        file.write(b"x" * size)
                except OSError:
                    pass

    def free(self):
        self.ballast.unlink()


class OnSecondary(ScriptedTest):
    def follow_on_disk(self):
        self.follow([ORIGIN])
        self.secondary.stop()
        self.disk = Disk(self, self.secondary)
        self.secondary.zone_settings = {"timers": {"retry_min": RETRY, "retry_max": RETRY}}
        self.secondary.configure()
        self.secondary.process.start()
        self.zone = self.zones[ORIGIN]
        self.secondary.wait_serial(ORIGIN, 1)

    def offer(self, serial):
        self.primary.plans[ORIGIN] = self.zone.good(serial)

    def assert_not_persisted(self, *said):
        status = self.secondary.status(ORIGIN)
        self.assertFalse(status["persisted"])
        for word in said:
            self.assertIn(word, status["not_persisted"])
        self.assertIn("not persisted: ", self.secondary.verb("status").stdout)
        return status

    def assert_heals_by_itself(self, serial, began):
        self.secondary.wait_serial(ORIGIN, serial)
        took = time.monotonic() - began
        self.assertLess(took, RETRY + 2)
        wait_until("all is persisted", lambda: self.secondary.status(ORIGIN)["persisted"])
        self.assertIsNone(self.secondary.status(ORIGIN)["last_error"])
        self.secondary.crash()
        self.secondary.wait_serial(ORIGIN, serial)
        self.assert_served(self.zone, serial)
        return took

    def refused_while(self, serial, *said):
        """The old serial is served, also over a restart, the new one is asked for once a RETRY, and why is told."""
        self.offer(serial)
        refused = self.secondary.verb("refresh", ORIGIN, expect=1).stderr
        for word in said:
            self.assertIn(word, refused)
        asked, began = len(self.primary.asked), time.monotonic()
        status = self.assert_not_persisted(*said)
        self.assertEqual(status["last_error"]["stage"], "store")
        failures = [event for event in json.loads(self.secondary.verb("history", ORIGIN, "--json").stdout)
                    if event["event"] == "failure" and event["stage"] == "store"]
        self.assertTrue(failures[-1]["remedy"])
        self.assert_served(self.zone, serial - 1)
        wait_until("it is tried again", lambda: len(self.primary.asked) >= asked + 2)
        tries = (len(self.primary.asked) - asked) / 2  # an IXFR, and where that fails an AXFR
        self.assertLessEqual(tries, (time.monotonic() - began) / RETRY + 1)
        self.assert_served(self.zone, serial - 1)

    def test_a_full_disk_keeps_serving_and_heals_by_itself(self):
        self.follow_on_disk()
        self.disk.fill()
        self.refused_while(2, "full", "free space")
        self.secondary.crash()
        self.secondary.wait_serial(ORIGIN, 1)
        self.assert_served(self.zone, 1)
        began = time.monotonic()
        self.disk.free()
        took = self.assert_heals_by_itself(2, began)
        note("9", "secondary's disk full", L2=0, L3=0, L4=0, L5=took)

    def start_failing(self, call, error, when):
        """Its `when`th such calls fail, counted by thread (with a + behind: all from that one on)."""
        self.secondary.process.kill()
        self.failures = self.directory / "strace"
        self.secondary.process.argv = [
            find_program("strace"), "-D", "-f", "-qq", "-o", str(self.failures), "-e", f"trace={call}",
            "-e", f"inject={call}:error={error}:when={when}", *self.command]
        self.secondary.process.start()
        return wait_until("it serves", lambda: self.secondary.serial(ORIGIN, timeout=0.5))

    def start_sound(self):
        self.secondary.process.kill()
        self.secondary.process.argv = self.command
        self.secondary.process.start()

    def test_a_call_that_fails_acknowledges_nothing_and_is_tried_again(self):
        self.follow_on_disk()
        self.command = list(self.secondary.process.argv)
        for call in ("fdatasync", "pwrite64"):
            for when in range(1, 5):
                held = self.start_failing(call, "EIO", when)
                serial = held
                # The calls of each thread are counted, and a commit goes to any of four.
                while serial < held + 6 or "EIO" not in self.failures.read_text():
                    serial += 1
                    self.assertLessEqual(serial, held + MOST_CHANGES, f"{call} did not fail")
                    self.offer(serial)
                    done = self.secondary.verb("refresh", ORIGIN, expect=None)
                    self.assertEqual(self.secondary.serial(ORIGIN), serial if done.returncode == 0 else serial - 1)
                    if done.returncode != 0:
                        self.assertRegex(done.stderr, "disk|state directory")
                        # The next may fail on another thread.
                        wait_until("the disk works", lambda: self.secondary.verb("refresh", ORIGIN, expect=None).returncode == 0)
                    self.assert_served(self.zone, serial)
        self.start_sound()
        self.secondary.wait_serial(ORIGIN, serial)
        self.assert_served(self.zone, serial)
        note("10", "EIO on one sync or write of the secondary, four places each", L1=0, L2=0, L3=0, L4=0)

    def test_a_disk_that_becomes_read_only_keeps_serving(self):
        self.follow_on_disk()
        self.command = list(self.secondary.process.argv)
        self.start_failing("pwrite64", "EROFS", "4+")
        for serial in range(2, 5):
            self.offer(serial)
            if self.secondary.verb("refresh", ORIGIN, expect=None).returncode != 0:
                break
        self.refused_while(serial, "state")
        self.assertIn("EROFS", self.failures.read_text())
        self.start_sound()
        began = time.monotonic()
        took = self.assert_heals_by_itself(serial, began)
        note("10", "the file system turned read-only", L2=0, L3=0, L4=0, L5=took)


class OnPrimary(ServerTest):
    def test_a_full_disk_keeps_serving_and_heals_by_itself(self):
        file = ZoneFile(self.directory / "example.test.zone", ORIGIN)
        primary = LockstepPrimary(self, "ns1")
        primary.zones[ORIGIN] = file
        disk = Disk(self, primary)
        primary.start()
        disk.fill()
        before = primary.dump(ORIGIN)
        file.edit(add="new IN A 192.0.2.99")
        said = primary.verb("reload", ORIGIN, expect=1).stderr
        self.assertIn("free space", said)
        self.assertEqual(primary.dump(ORIGIN), before)
        self.assertFalse(primary.status(ORIGIN)["persisted"])
        # It starts on a full disk, too, with what it had.
        primary.crash()
        primary.wait_serial(ORIGIN, 1)
        self.assertEqual(primary.dump(ORIGIN), before)
        self.assertIn("free space", primary.status(ORIGIN)["error"])
        began = time.monotonic()
        disk.free()
        primary.wait_serial(ORIGIN, 2)
        took = time.monotonic() - began
        self.assertLess(took, HEAL + 2)
        wait_until("all is persisted", lambda: primary.status(ORIGIN)["persisted"])
        self.assertIsNone(primary.status(ORIGIN)["error"])
        primary.crash()
        primary.wait_serial(ORIGIN, 2)
        note("9", "primary's disk full", L1=0, L2=0, L3=0, L4=0, L5=took)


if __name__ == "__main__":
    unittest.main()
