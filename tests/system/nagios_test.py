"""`status --nagios`: one line that names who is out of sync, and the exit code of the plugins' convention."""

import re
import unittest

from lockstep_test.pair import ZONE, PairTest
from lockstep_test.process import wait_until

OK, WARNING, CRITICAL, UNKNOWN = range(4)


class Nagios(PairTest):
    def line(self, server, *arguments, expect):
        done = server.verb("status", "--nagios", *arguments, expect=expect)
        self.assertEqual(done.stderr, "")
        self.assertEqual(done.stdout.count("\n"), 1, done.stdout)
        return done.stdout.rstrip("\n")

    def reaches(self, server, code):
        return wait_until(f"{server.name} comes to {code}",
                          lambda: (done := server.verb("status", "--nagios", ZONE, expect=None)).returncode == code and done).stdout

    def test_a_pair_in_step_is_ok_on_both_sides_with_the_lag_of_each(self):
        self.start()
        self.primary.verb("wait", ZONE)
        self.assertEqual(self.line(self.primary, ZONE, expect=OK),
                         f"OK: {ZONE} serial {self.file.serial}, all 2 secondaries in sync | 'ns2'=0.000s 'ns3'=0.000s")
        self.assertEqual(self.line(self.secondaries[0], ZONE, expect=OK),
                         f"OK: {ZONE} serial {self.file.serial}, in step with the primary | 'ns1'=0.000s")
        self.assertRegex(self.line(self.primary, expect=OK), "^OK: ")

    def test_a_secondary_that_is_gone_is_named_first_and_critical(self):
        self.start()
        self.primary.verb("wait", ZONE)
        self.secondaries[1].stop()
        self.bump()
        said = self.reaches(self.primary, CRITICAL)
        self.assertRegex(said, rf"^CRITICAL: {re.escape(ZONE)} ns3 unreachable \(.+\) \| 'ns2'=[0-9.]+s 'ns3'=(U|[0-9.]+s)\n$")

    def test_a_secondary_without_its_primary_says_so(self):
        self.start()
        self.primary.stop()
        self.secondaries[0].verb("refresh", ZONE, expect=1)
        self.assertRegex(self.line(self.secondaries[0], ZONE, expect=CRITICAL),
                         rf"^CRITICAL: {re.escape(ZONE)} cannot be had from ns1: ")

    def test_a_broken_zone_file_is_critical_while_the_old_version_is_served(self):
        self.start()
        self.file.path.write_text("@ IN A nonsense\n")
        self.primary.reload(ZONE, expect=1)
        self.assertRegex(self.line(self.primary, ZONE, expect=CRITICAL), rf"^CRITICAL: {re.escape(ZONE)} was not loaded: ")

    def test_who_cannot_be_asked_is_unknown_on_the_output(self):
        self.primary.configure()
        self.assertRegex(self.line(self.primary, ZONE, expect=UNKNOWN), "^UNKNOWN: no daemon answers on ")
        self.primary.config_path.write_text("{")
        self.assertRegex(self.line(self.primary, ZONE, expect=UNKNOWN), r"^UNKNOWN: .*primary\.json:1:")

    def test_an_unknown_zone_is_unknown_with_its_name(self):
        self.start()
        self.assertRegex(self.line(self.primary, "other.test.", expect=UNKNOWN), r"^UNKNOWN: .*other\.test\.")

    def test_neither_json_nor_watch_goes_with_it(self):
        self.primary.configure()
        for other in ("--json", "--watch"):
            self.primary.verb("status", "--nagios", other, expect=2)


if __name__ == "__main__":
    unittest.main()
