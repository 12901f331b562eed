"""Primaries that lag, wrap around, or tell of what they do not have yet: rows 17, 18, 23 and 25 of FAULTS.md section 2."""

import time
import unittest

from lockstep_test.evil import AXFR, IXFR, notify
from lockstep_test.figures import note
from lockstep_test.scripted import ScriptedTest

ORIGIN = "example.test."
TOP = 2**32


class Serials(ScriptedTest):
    def follow_one(self, **how):
        self.follow([ORIGIN], **how)
        return self.zones[ORIGIN]

    def offer(self, primary, serial):
        primary.plans[ORIGIN] = self.zones[ORIGIN].good(serial)

    def queries(self, primary):
        """How often it was asked, over UDP and TCP."""
        return len(primary.probed) + len(primary.asked)

    def test_an_older_serial_is_not_taken_until_an_operator_wants_it(self):
        zone = self.follow_one(serial=5)
        self.offer(self.primary, 3)
        said = self.secondary.verb("refresh", ORIGIN, expect=1).stderr
        self.assertRegex(said, "serial 3 there is not newer than 5 here")
        self.assert_served(zone, 5)
        self.assertEqual(self.secondary.status(ORIGIN)["last_error"]["stage"], "check")
        self.secondary.crash()
        self.secondary.wait_serial(ORIGIN, 5)
        self.secondary.verb("refresh", ORIGIN, expect=1)
        self.assert_served(zone, 5)
        self.secondary.verb("retransfer", ORIGIN)
        self.assert_served(zone, 3)
        self.assertIsNone(self.secondary.status(ORIGIN)["last_error"])
        self.secondary.crash()
        self.secondary.wait_serial(ORIGIN, 3)
        note("17", "primary's serial is lower", L2=0, L3=0, L4=0)

    def test_of_two_primaries_the_stale_one_is_passed_over(self):
        zone = self.follow_one(serial=5, primaries=2)
        stale, fresh = self.primaries
        for serial in range(6, 26):
            self.offer(fresh, serial)
            self.secondary.verb("refresh", ORIGIN)
            self.assert_served(zone, serial)
        # It served the first content, and may have been asked for that.
        self.assertEqual([rdtype for _, rdtype in stale.asked if rdtype == AXFR], [AXFR][:len(stale.asked)])
        self.assertEqual(self.secondary.last_transfer_kind(ORIGIN), "IXFR")
        note("23", "one of two primaries stale", L2=0, L3=0, L4=0, more="20 changes, no AXFR")

    def test_serials_run_around_the_circle(self):
        zone = self.follow_one(serial=TOP - 2)
        for serial in (TOP - 1, 0, 1):
            self.offer(self.primary, serial)
            notify(self.secondary, zone.soa(serial))
            self.secondary.wait_serial(ORIGIN, serial)
            self.assert_served(zone, serial)
        # The farthest that is newer, and the first that is not.
        for step, newer in ((2**31 - 1, True), (2**31, False), (2**31 + 1, False)):
            with self.subTest(step=step):
                held = self.secondary.serial(ORIGIN)
                self.primary.plans[ORIGIN] = zone.refusing_ixfr(zone.good((held + step) % TOP).axfr, (held + step) % TOP)
                self.secondary.verb("refresh", ORIGIN, expect=0 if newer else 1)
                self.assert_served(zone, (held + step) % TOP if newer else held)
        note("18", "serials around the circle, and 2^31 apart", L2=0, L3=0, L4=0)

    def test_a_notify_ahead_of_its_soa_costs_two_questions_however_often_it_comes(self):
        zone = self.follow_one()
        before = self.queries(self.primary)
        end = time.monotonic() + 1.5  # the second look is after 0.2 s, and the next one not before 5 s
        while time.monotonic() < end:
            self.assertEqual(notify(self.secondary, zone.soa(2)), 0)
        self.assert_served(zone, 1)
        self.assertEqual(self.queries(self.primary) - before, 2)
        # It is not forgotten: we look once more, by ourselves.
        self.offer(self.primary, 2)
        self.secondary.wait_serial(ORIGIN, 2)
        self.assertEqual(self.queries(self.primary) - before, 3)
        note("25", "NOTIFY ahead of its SOA, again and again", L2=0, L3=0, more="2 questions")

    def test_a_notify_of_what_is_held_asks_nothing(self):
        zone = self.follow_one(serial=5)
        before = self.queries(self.primary)
        for serial in (5, 4, 5, 1):
            self.assertEqual(notify(self.secondary, zone.soa(serial)), 0)
        self.offer(self.primary, 6)
        self.assertEqual(notify(self.secondary, zone.soa(6)), 0)
        self.secondary.wait_serial(ORIGIN, 6)
        self.assertEqual(self.queries(self.primary) - before, 1)
        self.assertEqual(self.primary.asked[-1], (ORIGIN, IXFR))

    def test_notifies_out_of_order_end_at_the_newest(self):
        zone = self.follow_one()
        self.offer(self.primary, 4)
        self.primary.plans[ORIGIN].ixfr[:] = zone.good(4).axfr
        for serial in (4, 2, 3, 4, 2):
            self.assertEqual(notify(self.secondary, zone.soa(serial)), 0)
        self.secondary.wait_serial(ORIGIN, 4)
        self.assert_served(zone, 4)


if __name__ == "__main__":
    unittest.main()
