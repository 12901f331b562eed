"""Zone files that are served by themselves once they have been written, however an editor or a script writes them."""

import os
import shutil
import subprocess
import types
import unittest

from lockstep_test.case import ServerTest
from lockstep_test.lockstep import LockstepPrimary
from lockstep_test.process import wait_until
from lockstep_test.zones import LargeZoneFile, ZoneFile, delegations

ZONE = "example.test."
OTHER = "other.test."


class FileWatch(ServerTest):
    def setUp(self):
        super().setUp()
        self.folder = self.directory / "zones"
        self.folder.mkdir()
        self.file = ZoneFile(self.folder / "example.test.zone", ZONE)
        self.primary = LockstepPrimary(self, "ns1")
        self.primary.watch = True
        self.primary.zones[ZONE] = self.file

    def served(self, zone=ZONE):
        return self.primary.status(zone)["serial"]

    def failed(self):
        return self.primary.status(ZONE)["error"]

    def test_each_way_of_writing_a_file_is_seen(self):
        self.primary.start()

        def in_place(text):
            self.file.path.write_text(text)

        def slowly(text):
            # As `dig axfr > file`: the shell empties it at once, and its first octets come late.
            with open(self.file.path, "w", buffering=1) as file:
                for line in text.splitlines(keepends=True):
                    file.write(line)

        def by_rename(text):
            new = self.folder / ".new"
            new.write_text(text)
            os.replace(new, self.file.path)

        def like_vim(text):
            self.file.path.rename(self.folder / "example.test.zone~")
            self.file.path.write_text(text)

        def and_changes_its_mode(text):
            # As `install` and vim do: no close comes after that.
            self.file.path.write_text(text)
            self.file.path.chmod(0o640)

        def with_its_old_times(text):
            new = self.folder / ".new"
            new.write_text(text)
            os.utime(new, (1, 1))
            os.replace(new, self.file.path)

        for write in (in_place, slowly, by_rename, like_vim, and_changes_its_mode, with_its_old_times):
            with self.subTest(write=write.__name__):
                self.file.serial += 1
                write(self.file.text())
                wait_until("it is served", lambda: self.served() == self.file.serial)
        self.assertIsNone(self.failed())

    def test_a_file_that_is_still_open_is_not_read(self):
        other = self.primary.zones[OTHER] = ZoneFile(self.folder / "other.test.zone", OTHER)
        self.primary.start()
        self.file.serial = 2
        text = self.file.text()
        with open(self.file.path, "w", buffering=1) as file:
            # A zone as it is, but not yet all of it.
            file.write(text[:text.index("www")])
            file.flush()
            # Longer than what was closed takes, as the other zone shows.
            other.edit()
            wait_until("the other zone is served", lambda: self.served(OTHER) == 2)
            self.assertEqual(self.served(), 1)
            file.write(text[text.index("www"):])
        wait_until("it is served", lambda: self.served() == 2)
        self.assertEqual(self.primary.log().count(f"{ZONE}: serial 1 -> 2"), 1)
        self.assertIn("web." + ZONE, self.primary.dump(ZONE))

    def test_a_folder_that_is_replaced_is_watched_again(self):
        self.primary.settings["sandbox"] = False  # which holds on to the old one
        self.primary.start()
        old = self.directory / "zones.old"
        self.folder.rename(old)
        shutil.copytree(old, self.folder)
        self.file.edit()
        wait_until("the new folder's file is served", lambda: self.served() == 2)
        self.file.edit()
        wait_until("and the next version of it", lambda: self.served() == 3)

    def test_a_bad_file_changes_nothing_and_is_told(self):
        self.primary.start()
        self.file.write("@ IN NS ns1\n")
        wait_until("the error is in status", self.failed)
        self.assertEqual(self.served(), 1)
        self.assertIn(f"{ZONE}: not loaded, what was served stays", self.primary.log())
        self.file.edit()
        wait_until("it is served", lambda: self.served() == 2)
        self.assertIsNone(self.failed())
        self.file.path.unlink()
        wait_until("that it is gone is in status", self.failed)
        self.assertEqual(self.served(), 2)
        self.file.edit()
        wait_until("it is served again", lambda: self.served() == 3)

    def test_a_file_that_is_not_there_at_the_start_is_loaded_once_it_is(self):
        other = self.primary.zones[OTHER] = ZoneFile(self.folder / "other.test.zone", OTHER)
        self.file.path.unlink()
        self.primary.configure()
        self.primary.process.start()
        wait_until("the other zone is served", lambda: self.primary.serial(OTHER) == 1)
        self.assertEqual(self.primary.status(ZONE)["state"], "failed")
        self.assertIn(f"{self.file.path}: error: cannot be opened: No such file or directory", self.failed())
        self.file.edit()
        wait_until("it is served", lambda: self.served() == self.file.serial)
        self.assertIsNone(self.failed())
        # Stored, a zone is served on without its file.
        self.file.path.unlink()
        other.edit()
        self.primary.stop()
        self.primary.start()
        self.assertEqual(self.served(), self.file.serial)
        self.assertEqual(self.served(OTHER), other.serial)
        self.assertIn("No such file or directory", self.failed())

    def test_what_a_bad_version_includes_is_watched_too(self):
        self.primary.start()
        hosts = self.folder / "hosts"
        hosts.write_text("extra IN A no-address\n")
        self.file.records += f"$INCLUDE {hosts}\n"
        self.file.edit()
        wait_until("the error is in status", self.failed)
        self.assertIn(f"{hosts}:1:", self.failed())
        hosts.write_text("extra IN A 192.0.2.99\n")
        wait_until("it is served", lambda: self.served() == 2)
        self.assertIn(f"extra.{ZONE} 300 IN A 192.0.2.99", self.primary.dump(ZONE))

    def test_included_files_and_links_count(self):
        more = self.directory / "more"
        more.mkdir()
        (more / "hosts").write_text("extra IN A 192.0.2.99\n")
        self.file.records += f"$INCLUDE {more}/hosts\n"
        self.file.write()
        # The zone's file is a link, and what it leads to is edited.
        real = self.directory / "elsewhere"
        real.mkdir()
        shutil.move(self.file.path, real / "real.zone")
        self.file.path.symlink_to(real / "real.zone")
        self.primary.start()
        (more / "hosts").write_text("extra IN A 192.0.2.100\n")
        wait_until("the included file is served", lambda: f"extra.{ZONE} 300 IN A 192.0.2.100" in self.primary.dump(ZONE))
        serial = self.served()
        (real / "real.zone").write_text((real / "real.zone").read_text().replace("192.0.2.80", "192.0.2.81"))
        wait_until("what the link leads to is served", lambda: f"web.{ZONE} 300 IN A 192.0.2.81" in self.primary.dump(ZONE))
        self.assertGreater(self.served(), serial)

    def test_a_folder_that_is_swapped_by_a_link_is_seen(self):
        """As a Kubernetes volume is: the files are links through a link, and that is replaced."""
        for version, address in (("v1", "192.0.2.80"), ("v2", "192.0.2.82")):
            (self.folder / version).mkdir()
            text = self.file.text().replace("192.0.2.80", address)
            (self.folder / version / "example.test.zone").write_text(text)
        self.file.path.unlink()
        (self.folder / "data").symlink_to("v1")
        self.file.path.symlink_to("data/example.test.zone")
        self.primary.start()
        (self.folder / "data.new").symlink_to("v2")
        os.replace(self.folder / "data.new", self.folder / "data")
        wait_until("the other version is served", lambda: f"web.{ZONE} 300 IN A 192.0.2.82" in self.primary.dump(ZONE))

    def test_what_is_not_watched_waits_for_reload_and_a_reload_can_change_that(self):
        other = ZoneFile(self.folder / "other.test.zone", OTHER)
        self.primary.zones[OTHER] = other
        self.primary.watch = False
        self.primary.start()
        self.primary.watch = True
        self.primary.configure()
        self.primary.reload()
        self.file.edit()
        wait_until("the watched one is served", lambda: self.served() == 2)
        self.primary.watch = False
        self.primary.configure()
        self.primary.reload()
        self.file.edit()
        other.edit()
        # Longer than what is watched takes, as the marker shows: it is watched by a second primary.
        second = LockstepPrimary(self, "ns1b")
        second.watch = True
        second.zones[ZONE] = self.file
        second.start()
        self.file.edit()
        wait_until("the second primary serves it", lambda: second.status(ZONE)["serial"] == 4)
        self.assertEqual((self.served(), self.served(OTHER)), (2, 1))
        self.primary.reload()
        self.assertEqual((self.served(), self.served(OTHER)), (4, 2))

    def test_bump_is_loaded_once(self):
        self.primary.start()
        self.primary.verb("bump", ZONE)
        self.assertEqual(self.served(), 2)
        self.file.serial = 2
        self.file.edit()
        wait_until("the next edit is served", lambda: self.served() == 3)
        self.assertEqual(self.primary.log().count("serial "), 3)  # none -> 1, 1 -> 2, 2 -> 3

    def is_open(self, path):
        """A large file is while its zone is loaded."""
        return any(os.path.realpath(entry.path) == os.path.realpath(path)
                   for entry in os.scandir(f"/proc/{self.primary.process.pid}/fd"))

    def elsewhere(self, name):
        (self.directory / "elsewhere").mkdir(exist_ok=True)
        return self.directory / "elsewhere" / name

    def behind_a_link(self):
        """Puts a link in the place of the file, whose size and time stay as they are."""
        self.elsewhere("none")
        self.file.path.rename(self.elsewhere("real"))
        self.file.path.symlink_to(self.elsewhere("real"))

    def is_watched_behind_the_link(self):
        # Written again now and then, longer after each other than writing takes to settle: nobody can tell from outside
        # when it is watched.
        def seen():
            self.file.serial += 1
            self.elsewhere("real").write_text(self.file.text())
            return self.served() > 1

        wait_until("what is written behind the link is served", seen, pause=1)

    def test_a_link_that_takes_a_files_place_is_followed(self):
        self.primary.settings["sandbox"] = False
        self.primary.start()
        self.behind_a_link()
        self.is_watched_behind_the_link()

    def test_a_link_that_took_a_files_place_unwatched_is_followed(self):
        self.primary.settings["sandbox"] = False
        self.primary.watch = False
        self.primary.start()
        self.behind_a_link()
        self.primary.watch = True
        self.primary.configure()
        self.primary.reload()
        self.is_watched_behind_the_link()

    def test_a_folder_of_links_that_takes_a_folders_place_is_followed(self):
        self.primary.settings["sandbox"] = False
        self.primary.start()
        self.folder.rename(self.directory / "elsewhere")
        self.folder.mkdir()
        (self.directory / "elsewhere" / self.file.path.name).rename(self.elsewhere("real"))
        self.file.path.symlink_to(self.elsewhere("real"))
        self.is_watched_behind_the_link()

    def test_what_is_written_while_others_are_loaded_at_the_start_is_seen(self):
        link = self.folder / "a.test.zone"
        link.symlink_to(self.elsewhere("a"))
        linked = ZoneFile(self.elsewhere("a"), "a.test.")
        included = ZoneFile(self.elsewhere("b"), "b.test.")
        including = self.folder / "b.test.zone"
        including.write_text(f"$INCLUDE {included.path}\n")
        # Behind the others in the configuration, so read when they have been.
        large = LargeZoneFile(self.folder / "large.test.zone", "large.test.", delegations(130_000))
        self.primary.zones |= {"a.test.": types.SimpleNamespace(path=link), "b.test.": types.SimpleNamespace(path=including),
                               "large.test.": large}
        self.primary.configure()
        self.primary.process.start()
        wait_until("the large zone is loaded", lambda: self.is_open(large.path), pause=0.001)
        for file in (self.file, linked, included):
            file.edit()
        self.assertTrue(self.is_open(large.path), "the files were not written in time")
        for zone in (ZONE, "a.test.", "b.test."):
            self.primary.wait_serial(zone, 2)

    def test_what_is_written_while_it_is_loaded_under_another_policy_is_seen(self):
        name = "large.test."
        large = LargeZoneFile(self.folder / "large.test.zone", name, delegations(130_000))
        head = ZoneFile(self.elsewhere("head"), name, records="")
        text = large.path.read_text().splitlines(keepends=True)
        large.path.write_text(f"$INCLUDE {head.path}\n" + "".join(line for line in text if "SOA" not in line))
        self.primary.zones[name] = large
        self.primary.start()
        self.primary.zone_settings["serial_policy"] = "manual"
        self.primary.configure()
        with subprocess.Popen([*self.primary.command()[:1], "reload", "--config", self.primary.config_path],
                              stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL):
            wait_until("the zone is loaded again", lambda: self.is_open(large.path), pause=0.001)
            head.edit()
            self.assertTrue(self.is_open(large.path), "the file was not written in time")
        self.primary.wait_serial(name, 2)

    def test_many_zones_of_one_folder_take_one_watch(self):
        names = [f"z{number}.test." for number in range(300)]
        for name in names:
            self.primary.zones[name] = ZoneFile(self.folder / f"{name}zone", name)
        self.primary.start()
        info = [line for entry in os.scandir(f"/proc/{self.primary.process.pid}/fdinfo")
                for line in open(entry.path, encoding="ascii") if line.startswith("inotify ")]
        self.assertEqual(len(info), 1)
        for name in names:
            self.primary.zones[name].edit()
        wait_until("all are served", lambda: {zone["serial"] for zone in self.primary.status()["zones"]
                                              if zone["name"] != ZONE} == {2})
        self.assertEqual(self.served(), 1)


if __name__ == "__main__":
    unittest.main()
