"""What the command line says and does, and which serial a changed file gets."""

import datetime
import json
import os
import subprocess
import time
import unittest

from lockstep_test.case import ServerTest
from lockstep_test.lockstep import LockstepPrimary
from lockstep_test.pair import ZONE, PairTest
from lockstep_test.zones import ZoneFile, canonical, compiled


class SerialPolicy(ServerTest):
    def start(self, policy, serial):
        self.file = ZoneFile(self.directory / f"{policy}.zone", ZONE, serial=serial)
        self.primary = LockstepPrimary(self, f"ns-{policy}")
        self.primary.zones[ZONE] = self.file
        self.primary.zone_settings = {"serial_policy": policy}
        self.primary.start()
        return self.primary.serial(ZONE)

    def change(self, serial=None, expect=0):
        """Changes content, with this serial or the one that stands in the file; returns the serial served."""
        number = getattr(self, "number", 0)
        self.number = number + 1
        self.file.edit(add=f"new{number} IN A 192.0.2.{number}", serial=self.file.serial if serial is None else serial)
        written = self.file.path.read_text()
        self.said = self.primary.reload(ZONE, expect=expect).stderr
        self.assertEqual(self.file.path.read_text(), written, "only bump writes the file")
        self.assertEqual(f"new{number}.{ZONE}" in self.primary.dump(ZONE), expect == 0)
        return self.primary.serial(ZONE)

    def test_auto_takes_the_newer_serial_or_the_next_one(self):
        self.assertEqual(self.start("auto", 17), 17)
        self.assertEqual(self.change(serial=20), 20)
        self.assertEqual(self.change(), 21)
        self.assertEqual(self.change(serial=5), 22)
        self.assertEqual(self.change(serial=30), 30)

    def test_auto_keeps_the_style_of_a_date(self):
        self.start("auto", 2018012900)
        today = int(datetime.datetime.now(datetime.timezone.utc).strftime("%Y%m%d"))
        served = self.change()
        self.assertIn(served // 100, (20180129, today, today + 1))
        self.assertGreater(served, 2018012900)

    def test_auto_keeps_the_style_of_unix_time(self):
        start = int(time.time()) - 1000
        self.start("auto", start)
        served = self.change()
        self.assertTrue(start < served <= time.time() + 1, served)

    def test_manual_refuses_a_change_without_a_newer_serial(self):
        self.start("manual", 17)
        self.assertEqual(self.change(serial=18), 18)
        self.assertEqual(self.change(serial=16, expect=1), 18)
        self.assertIn("16", self.said)
        self.assertIn("18", self.said)
        self.assertEqual(self.change(serial=19), 19)

    def test_increment_sets_the_next_one_whatever_the_file_says(self):
        served = self.start("increment", 17)
        self.assertEqual(self.change(), served + 1)
        self.assertEqual(self.change(serial=5), served + 2)

    def test_date_sets_the_day_and_a_count(self):
        self.start("date", 17)
        days = lambda: int(datetime.datetime.now(datetime.timezone.utc).strftime("%Y%m%d"))
        before, first, second = days(), self.change(), self.change()
        self.assertTrue(before <= first // 100 <= days(), first)
        self.assertGreater(second, first)
        self.assertTrue(before <= second // 100 <= days(), second)

    def test_unixtime_sets_the_time(self):
        self.start("unixtime", 17)
        before, first, second = int(time.time()), self.change(), self.change()
        self.assertTrue(before <= first <= time.time() + 1, first)
        self.assertTrue(first < second <= time.time() + 2, second)

    def test_an_unchanged_file_keeps_its_serial(self):
        for policy in ("auto", "manual", "increment", "date", "unixtime"):
            with self.subTest(policy=policy):
                served = self.start(policy, 17)
                self.file.write()
                self.primary.reload(ZONE)
                self.assertEqual(self.primary.serial(ZONE), served)


class Verbs(PairTest):
    def test_without_a_daemon_the_exit_code_is_3(self):
        self.primary.configure()
        for verb in (["status"], ["zones"], ["dump", ZONE], ["reload"], ["bump", ZONE], ["notify"], ["wait", ZONE],
                     ["stop"]):
            self.primary.verb(*verb, expect=3)

    def test_a_wrong_command_line_is_exit_code_2(self):
        for program in (self.primary, self.secondaries[0]):
            for arguments in (["no-such-verb"], [], ["dump"], ["status", "--no-such-option"]):
                self.assertEqual(program.run(*arguments).returncode, 2, arguments)

    def test_checkzone_prints_what_bind_prints(self):
        for program in (self.primary, self.secondaries[0]):
            done = program.run("checkzone", ZONE, self.file.path, "--dump")
            self.assertEqual(done.returncode, 0, done.stderr)
            self.assert_same_lines(compiled(self.file.path, ZONE), canonical(done.stdout), "BIND's, ours")
            piped = program.run("checkzone", ZONE, "-", "--dump", stdin=self.file.text())
            self.assertEqual(piped.stdout, done.stdout)
            bad = program.run("checkzone", ZONE, "-", stdin=self.file.text() + "bad IN A 300.1.2.3\n")
            self.assertEqual(bad.returncode, 1)

    def test_a_serial_that_goes_back_is_warned_of(self):
        self.primary.zone_settings["serial_policy"] = "manual"
        self.primary.start()
        self.primary.verb("bump", ZONE, "--serial", "5")
        self.file.serial = 3
        self.file.write()
        warning = f"{self.file.path}: warning: serial 3 is older than 5, which is served now"
        self.assertIn(warning, self.primary.verb("check").stderr)
        self.assertIn(warning, self.primary.run("checkzone", ZONE, self.file.path, "--socket", "control").stderr)
        self.assertEqual(self.primary.run("checkzone", ZONE, self.file.path).stderr, "")
        self.file.serial = 5
        self.file.write()
        self.assertNotIn(str(self.file.path), self.primary.verb("check").stderr)

    def test_dump_is_the_form_of_checkzone(self):
        self.start()
        checked = self.primary.run("checkzone", ZONE, self.file.path, "--dump").stdout
        for server in self.servers:
            self.assertEqual(server.dump(ZONE), checked)
            self.assertEqual(server.verb("dump", "no.such.zone.", expect=1).stdout, "")

    def test_a_generated_key_is_configuration(self):
        done = self.primary.run("key", "generate", "new.example.")
        self.assertEqual(done.returncode, 0, done.stderr)
        key = json.loads(done.stdout)
        configuration = self.primary.configuration()
        configuration["keys"].append(key)
        self.primary.configure()
        self.primary.write_configuration(configuration)
        self.primary.verb("check")

    def test_zones_and_status_agree(self):
        self.start()
        for server in self.servers:
            row = server.verb("zones").stdout.split()
            status = server.status(ZONE)
            self.assertEqual(row[:3], [ZONE, str(status["serial"]), str(status["records"])])
            self.assertEqual(status["state"], "serving")
            self.assertEqual(status["records"], len(compiled(self.file.path, ZONE)))
            self.assertTrue(server.status()["ready"])

    def test_a_watched_status_is_told_anew_when_it_is_another_one(self):
        self.start()
        command = [self.primary.program(), "status", "--watch", "--config", self.primary.config_path]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=self.primary.directory) as watcher:
            self.addCleanup(watcher.kill)

            def told(serial):
                return any(line.startswith(f"{ZONE}  {serial} ") for line in iter(watcher.stdout.readline, ""))
            self.assertTrue(told(self.file.serial))
            self.assertTrue(told(self.bump()))
            watcher.kill()

    def test_wait_returns_when_secondaries_serve_or_time_is_up(self):
        self.start()
        self.primary.verb("wait", ZONE, "--timeout", 20)
        self.secondaries[0].verb("wait", ZONE, "--timeout", 20)
        self.secondaries[1].stop()
        serial = self.bump()
        self.primary.verb("wait", ZONE, "--serial", serial, "--quorum", 1, "--timeout", 20)
        self.primary.verb("wait", ZONE, "--serial", serial, "--timeout", 1, expect=1)

    def test_wait_finds_out_that_a_secondary_died_after_it_was_in_step(self):
        self.start()
        self.primary.verb("wait", ZONE, "--timeout", 20)
        dead = self.secondaries[1]
        dead.stop()
        said = self.primary.verb("wait", ZONE, "--timeout", 2, expect=1).stderr
        self.assertIn(f"{dead.name} ({dead.endpoint}): {self.file.serial}, unreachable", said)
        self.primary.verb("wait", ZONE, "--quorum", 1, "--timeout", 20)
        row = next(row for row in self.primary.status(ZONE)["secondaries"] if row["name"] == dead.name)
        self.assertEqual(row["state"], "unreachable")
        dead.start()
        self.primary.verb("wait", ZONE, "--timeout", 20)

    def test_a_reload_without_changes_tells_nobody(self):
        self.start()
        self.primary.verb("wait", ZONE, "--timeout", 20)
        told = [row["notified_at"] for row in self.primary.status(ZONE)["secondaries"]]
        self.primary.verb("reload")
        self.assertEqual([row["notified_at"] for row in self.primary.status(ZONE)["secondaries"]], told)

    def test_a_mended_file_is_loaded_whatever_its_times(self):
        self.start()
        times = self.file.path.stat()
        text = self.file.path.read_text()
        self.file.path.write_text(text + "broken IN A 1.2.3\n")
        self.primary.verb("reload", expect=1)
        self.assertIsNotNone(self.primary.status(ZONE)["error"])
        self.file.path.write_text(text)
        os.utime(self.file.path, ns=(times.st_atime_ns, times.st_mtime_ns))
        self.primary.verb("reload")
        self.assertIsNone(self.primary.status(ZONE)["error"])

    def test_stop_ends_the_daemon_in_order(self):
        self.start()
        for server in self.servers:
            server.verb("stop")
            self.assertEqual(server.process.exit_code(), 0)


if __name__ == "__main__":
    unittest.main()
