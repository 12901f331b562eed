"""A zone whose ZONEMD says that it is not what it should be: row 19 of FAULTS.md section 2 (RFC 8976)."""

import unittest

import dns.name
import dns.zone
from dns.zone import DigestHashAlgorithm

from lockstep_test.evil import AXFR, Message, Plan, Record
from lockstep_test.figures import note
from lockstep_test.scripted import ScriptedTest

ORIGIN = "example.test."


class Digest(ScriptedTest):
    def records(self, serial):
        """Without the closing SOA, with a ZONEMD made by another implementation."""
        zone = self.zones[ORIGIN]
        plain = [zone.soa(serial), *zone.body(serial)]
        text = "".join(record.line() + "\n" for record in plain)
        made = dns.zone.from_text(text, dns.name.from_text(ORIGIN), relativize=False)
        return [*plain, Record(ORIGIN, "ZONEMD", made.compute_digest(DigestHashAlgorithm.SHA384).to_text())]

    def offer(self, serial, records, changes=None):
        soa = self.zones[ORIGIN].soa(serial)
        whole = [Message([*records, soa])]
        self.primary.plans[ORIGIN] = Plan(soa, whole, [Message(changes)] if changes else whole)

    def served(self, records):
        return self.secondary.dump(ORIGIN) == self.text(self.zones[ORIGIN], records)

    def refused(self):
        said = self.secondary.verb("refresh", ORIGIN, expect=1).stderr
        self.assertRegex(said, "ZONEMD.*RFC 8976")
        self.assertEqual(self.secondary.status(ORIGIN)["last_error"]["stage"], "check")

    def test_a_mismatch_keeps_the_old_version_by_axfr_and_by_ixfr(self):
        self.follow([ORIGIN])
        zone = self.zones[ORIGIN]
        first = self.records(2)
        self.offer(2, first)
        self.secondary.verb("refresh", ORIGIN)
        self.assertTrue(self.served(first))
        # Whole, with one record that the digest does not know.
        self.offer(3, [*self.records(3), zone.a("forged", 66)])
        self.refused()
        self.assertTrue(self.served(first))
        # By changes that leave the old digest in place; then whole, which is no better.
        asked = len(self.primary.asked)
        self.offer(4, [zone.soa(4), *first[1:]], [zone.soa(4), *zone.delta(2, 4), zone.soa(4)])
        self.refused()
        self.assertTrue(self.served(first))
        self.assertEqual(self.primary.asked[asked:].count((ORIGIN, AXFR)), 1)
        # What is right again is taken.
        good = self.records(5)
        self.offer(5, good)
        self.secondary.verb("refresh", ORIGIN)
        self.assertTrue(self.served(good))
        self.assertIsNone(self.secondary.status(ORIGIN)["last_error"])
        note("19", "content that is not what its ZONEMD says", L2=0, L3=0, L4=0)


if __name__ == "__main__":
    unittest.main()
