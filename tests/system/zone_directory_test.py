"""A folder whose files are the zones."""

import time
import unittest

from lockstep_test.case import ServerTest
from lockstep_test.lockstep import LockstepPrimary
from lockstep_test.many import small_zones
from lockstep_test.process import wait_until
from lockstep_test.zones import ZoneFile

MANY = 2000


class Directory(LockstepPrimary):
    watch = True

    def configuration(self):
        listed = [{"name": zone, "serial_policy": "manual"} for zone in self.zones]
        return super().configuration() | {"zone_directory": "zones", "zones": listed}


class ZoneDirectory(ServerTest):
    def setUp(self):
        super().setUp()
        self.folder = self.directory / "ns1/zones"
        self.primary = Directory(self, "ns1")
        self.folder.mkdir(parents=True, exist_ok=True)

    def start(self):
        self.primary.start()
        wait_until("it answers", lambda: self.primary.verb("status", expect=None).returncode == 0)

    def names(self):
        return {zone["name"] for zone in self.primary.status()["zones"]}

    def file(self, zone):
        return ZoneFile(self.folder / f"{zone}zone", zone)

    def test_files_come_and_go_with_a_reload(self):
        self.file("one.test.")
        self.start()
        self.assertEqual(self.names(), {"one.test."})
        two = self.file("two.test.")
        (self.folder / "notes.txt").write_text("not a zone\n")
        (self.folder / ".two.test.zone.swp").write_text("an editor's\n")
        self.primary.reload()
        self.assertEqual(self.names(), {"one.test.", "two.test."})
        two.edit()
        wait_until("the new one is watched", lambda: self.primary.status("two.test.")["serial"] == 2)
        (self.folder / "one.test.zone").unlink()
        self.primary.reload()
        self.assertEqual(self.names(), {"two.test."})

    def test_a_file_may_have_an_entry_for_what_is_special_about_it(self):
        self.file("plain.test.")
        special = self.file("special.test.")
        self.primary.zones["special.test."] = special
        self.start()
        self.assertEqual(self.names(), {"plain.test.", "special.test."})
        special.edit(serial=1, add="more IN A 192.0.2.9")  # changed content under the same serial: manual refuses that
        self.assertIn("serial 1 is not newer than 1", self.primary.reload("special.test.", expect=1).stderr)

    def test_an_entry_whose_file_is_missing_at_the_start_keeps_no_other_from_being_served(self):
        plain = self.file("plain.test.")
        special = self.primary.zones["special.test."] = self.file("special.test.")
        special.path.unlink()
        self.primary.configure()
        self.primary.process.start()
        wait_until("it serves the other", lambda: self.primary.serial("plain.test.") == plain.serial)
        self.assertIn(f"{special.path}: error: cannot be opened", self.primary.status("special.test.")["error"])
        self.assertIn(f"'file' is missing, and {special.path} does not exist", self.primary.reload(expect=1).stderr)
        special.write()
        self.primary.reload()
        self.assertEqual(self.primary.serial("special.test."), special.serial)

    def test_a_file_that_is_no_zones_changes_nothing(self):
        self.file("one.test.")
        self.start()
        self.file("two.test.")
        (self.folder / "a..b.zone").write_text("")
        said = self.primary.reload(expect=1).stderr
        self.assertIn("file 'a..b.zone': 'a..b' is not a domain name", said)
        self.assertIn("nothing was changed", said)
        self.assertEqual(self.names(), {"one.test."})

    def test_thousands_of_files(self):
        self.folder.rmdir()
        zones = small_zones(self.folder, MANY)
        self.start()
        self.assertEqual(self.names(), set(zones))
        began = time.monotonic()
        self.primary.reload()
        unchanged = time.monotonic() - began
        next(iter(zones.values())).edit()
        wait_until("the one that was edited is served", lambda: sorted(
            zone["serial"] for zone in self.primary.status()["zones"])[-1] == 2)
        self.assertLess(unchanged, 10)


if __name__ == "__main__":
    unittest.main()
