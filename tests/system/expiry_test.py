"""A zone that no primary confirms expires in time, stays so over kill -9, and heals: rows 20 and 21 of FAULTS.md
section 2."""

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
