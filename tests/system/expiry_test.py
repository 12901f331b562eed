"""A zone that no primary confirms expires in time, stays so over kill -9, and heals: rows 20 and 21 of FAULTS.md
section 2."""

import json
import time
import unittest

import dns.edns
import dns.flags
import dns.rcode

from lockstep_test import query
from lockstep_test.figures import note
from lockstep_test.process import wait_until
from lockstep_test.scripted import ScriptedTest

ORIGIN = "example.test."
EXPIRE = 4  # seconds


class Expiry(ScriptedTest):
    def answer(self):
        return query.ask(self.secondary.endpoint, ORIGIN, timeout=0.5)

    def expired(self):
        answer = self.answer()
        return answer is not None and answer.rcode() == dns.rcode.SERVFAIL

    def assert_expired(self):
        answer = self.answer()
        self.assertEqual(answer.rcode(), dns.rcode.SERVFAIL)
        self.assertFalse(answer.flags & dns.flags.AA)
        self.assertEqual(answer.answer, [])
        self.assertIn(24, [option.code for option in answer.options if option.otype == dns.edns.EDE])  # Invalid Data
        self.assertEqual(self.secondary.status(ORIGIN)["state"], "expired")

    def partitioned(self):
        """The primary is gone just after it has confirmed the zone."""
        self.follow([ORIGIN], expire=EXPIRE)
        self.secondary.verb("refresh", ORIGIN)
        confirmed = time.monotonic()
        self.primary.silent = True
        return confirmed

    def test_it_expires_in_time_and_heals_with_the_first_answer(self):
        confirmed = self.partitioned()
        wait_until("the zone is expired", self.expired)
        self.assertGreater(time.monotonic() - confirmed, EXPIRE - 0.5)  # the verb took time to return
        late = time.monotonic() - confirmed - EXPIRE
        self.assertLess(late, 2)
        self.assert_expired()
        self.primary.silent = False
        self.secondary.verb("refresh", ORIGIN)
        self.assert_served(self.zones[ORIGIN], 1)
        note("20", "no primary answers for longer than EXPIRE", L2=0, L4=0, more=f"expired {late:.1f} s after EXPIRE")

    def warnings(self):
        events = json.loads(self.secondary.verb("history", ORIGIN, "--json").stdout)
        return [event["text"] for event in events if event["event"] == "expiring"]

    def test_half_three_quarters_and_nine_tenths_of_the_lease_are_told_once_each(self):
        self.follow([ORIGIN], expire=20)
        self.secondary.verb("refresh", ORIGIN)
        self.primary.plans = {ORIGIN: self.zones[ORIGIN].good(0)}  # it fell back
        self.secondary.verb("refresh", ORIGIN, expect=1)
        wait_until("the zone is expired", self.expired)
        told = self.warnings()
        self.assertEqual([text.split(" for ")[1].split(" of ")[0] for text in told], ["50 %", "75 %", "90 %"])
        self.assertRegex(told[0], r"it expires in (9|10) s")
        self.assertRegex(told[2], r"it expires in [12] s")
        log = self.secondary.log()
        self.assertRegex(log, f"{ORIGIN}: no primary has confirmed it for 50 % of the SOA's EXPIRE; it expires in (9|10) s; the last error: .*serial 0 there is not newer than 1")
        self.primary.plans = {ORIGIN: self.zones[ORIGIN].good(1)}
        self.secondary.verb("refresh", ORIGIN)
        self.assert_served(self.zones[ORIGIN], 1)
        # The next lease is another episode.
        self.primary.plans = {ORIGIN: self.zones[ORIGIN].good(0)}
        self.secondary.verb("refresh", ORIGIN, expect=1)
        wait_until("half of the next lease has passed", lambda: len(self.warnings()) == 4)

    def test_after_a_restart_what_is_left_of_the_lease_is_told_on(self):
        self.follow([ORIGIN], expire=20)
        self.secondary.verb("refresh", ORIGIN)
        confirmed = time.monotonic()
        self.primary.silent = True
        self.secondary.verb("refresh", ORIGIN, expect=1)
        wait_until("half of the lease has passed", self.warnings)
        self.secondary.crash()
        self.secondary.wait_serial(ORIGIN, 1)
        wait_until("the zone is expired", self.expired)
        self.assertLess(time.monotonic() - confirmed, 22)
        # Half may be told again, by a process that had not told it yet.
        self.assertEqual([text.split(" for ")[1].split(" of ")[0] for text in self.warnings()][-2:], ["75 %", "90 %"])

    def test_a_restart_neither_lengthens_the_lease_nor_revives_the_zone(self):
        confirmed = self.partitioned()
        self.secondary.crash()
        self.secondary.wait_serial(ORIGIN, 1)  # it is still good
        wait_until("the zone is expired", self.expired)
        self.assertLess(time.monotonic() - confirmed, EXPIRE + 2)
        self.secondary.crash()
        wait_until("it answers again", lambda: self.answer() is not None)
        self.assert_expired()
        # Once expired any serial is better than none.
        self.primary.plans[ORIGIN] = self.zones[ORIGIN].good(0)
        self.primary.silent = False
        self.secondary.verb("refresh", ORIGIN)
        self.assert_served(self.zones[ORIGIN], 0)
        note("21", "expiry over kill -9", L2=0, L4=0)


if __name__ == "__main__":
    unittest.main()
