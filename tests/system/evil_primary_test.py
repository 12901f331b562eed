"""A primary that does all that FAULTS.md section 1 lists, and our secondary, which stays right."""

import time
import unittest
from dataclasses import replace

from lockstep_test import query
from lockstep_test.evil import (AXFR, FORMERR, IXFR, NOTIMP, SERVFAIL, Close, Cut, Message, Plan, Query, Record, Reset,
                                question)
from lockstep_test.figures import note
from lockstep_test.net import KEY
from lockstep_test.process import wait_until
from lockstep_test.scripted import ScriptedTest, Zone


def axfr_cases(z):
    """Case: (the answer to AXFR at serial 2, the records that are to be served then or None where it is refused)."""
    soa, body, whole = z.soa(2), z.body(2), z.whole(2)
    www = z.www(2)
    many = [z.a("many", i) for i in range(1, 151)]
    alias = Record(f"x.{z.origin}", "CNAME", f"www.{z.origin}")

    def one(records, **message):
        return [Message(records, **message)]

    def good(*more):
        return [soa, *body, *more]

    return {
        "a01 good": (one(whole), good()),
        "a02 no closing SOA, FIN": ([Message([soa, *body]), Close], None),
        "a03 closing SOA with another serial": ([Message([soa, *body, z.soa(3)]), Close], None),
        "a04 closing SOA with another MNAME": ([Message([soa, *body, z.soa(2, mname="ns9")]), Close], None),
        "a05 record outside the zone": (one([soa, *body, Record("x.elsewhere.", "A", "192.0.2.9"), soa]), good()),
        "a06 record of class CH": (one([soa, *body, z.a("x", 9, rdclass="CH"), soa]), None),
        "a07 SOA in the middle": (one([soa, z.ns, z.soa(9), z.glue, www, soa]), None),
        "a08 SOA at another owner": (one([soa, *body, z.soa(2, owner=f"x.{z.origin}"), soa]), None),
        "a09 records after the closing SOA": (one([*whole, z.a("x", 9)]), None),
        "a10 TC": (one(whole, flags=0x8600), None),
        "a11 AA clear": (one(whole, flags=0x8000), good()),
        "a12 other ID in the second message": ([Message(whole[:3]), Message(whole[3:], id_offset=1), Close], None),
        "a13 SERVFAIL in the second message": ([Message(whole[:3]), Message(rcode=SERVFAIL)], None),
        "a14 no NS at the apex": (one([soa, z.glue, www, soa]), None),
        "a15 CNAME and other data": (one([soa, *body, alias, z.a("x", 9), soa]), None),
        "a16 duplicate": (one([soa, *body, www, soa]), good()),
        "a17 mixed TTLs": (one([soa, *body, z.www(77, ttl=60), soa]),
                           [soa, z.ns, z.glue, z.www(2, ttl=60), z.www(77, ttl=60)]),
        "a18 meta type": (one([soa, *body, Record(f"x.{z.origin}", "ANY", "", raw=b""), soa]), None),
        "a19 one record a message, no question later": (
            [Message([record], question=None if i == 0 else "") for i, record in enumerate(whole)], good()),
        "a20 compression that points at itself": (
            [Message([soa, *body], question="", tail=b"\xc0\x0c" + b"\x00\x01\x00\x01" + bytes(6)), Close], None),
        "a21 all in the authority section": ([Message(authority=whole), Close], None),
        "a22 RRset of 150": (one([soa, *body, *many, soa]), good(*many)),
        "a23 A of three octets": (one([soa, *body, Record(f"x.{z.origin}", "A", "", raw=b"\1\2\3"), soa]), None),
        "a24 question names another zone": (one(whole, question="elsewhere."), None),
        "a25 TTL with its top bit": (one([soa, z.ns, z.glue, z.www(2, ttl=0x80000001), soa]),
                                     [soa, z.ns, z.glue, z.www(2, ttl=0)]),
        "a26 empty message in the middle": ([Message(whole[:3]), Message(), Message(whole[3:])], good()),
    }


def ixfr_cases(z):
    """Case: (the answer to IXFR from 1 to 2, whether it is taken; where not, AXFR is asked and taken)."""
    one, two, delta = z.soa(1), z.soa(2), z.delta(1, 2)

    def steps(*records, **message):
        return [Message([two, *records, two], **message)]

    return {
        "i01 good": (steps(*delta), True),
        "i02 deletes what is not there": (steps(one, z.a("absent", 1), z.www(1), two, z.www(2)), False),
        "i03 adds what is there": (steps(*delta, z.ns), False),
        "i04 old SOA is not ours": (steps(*z.delta(7, 2)), False),
        "i05 no final SOA": ([Message([two, *delta]), Close], False),
        "i06 adds outside the zone": (steps(*delta, Record("x.elsewhere.", "A", "192.0.2.9")), True),
        "i07 chain 1, 3, 2": (steps(*z.delta(1, 3), *z.delta(3, 2)), False),
        "i08 a single newer SOA": ([Message([two])], False),
        "i09 removes the last NS": (steps(one, z.ns, z.www(1), two, z.www(2)), False),
        "i10 NOTIMP": ([Message(rcode=NOTIMP)], False),
        "i11 FORMERR": ([Message(rcode=FORMERR)], False),
        "i12 empty answer": ([Message()], False),
        "i13 AXFR style": ([Message(z.whole(2))], False),
        "i14 sequence twice": (steps(*delta, *delta), False),
        "i15 SOA at the wrong owner": (steps(z.soa(1, owner=f"www.{z.origin}"), *delta[1:]), False),
        "i16 adds class CH": (steps(*delta, z.a("x", 9, rdclass="CH")), False),
        "i17 data after the end": ([Message([two, *delta, two, z.a("x", 9)])], False),
        "i18 deletes other RDATA": (steps(one, z.www(99), two, z.www(2)), False),
        "i19 deletes with another TTL": (steps(one, replace(z.www(1), ttl=7), two, z.www(2)), True),
        "i20 CNAME next to A": (steps(*delta, Record(f"www.{z.origin}", "CNAME", f"ns1.{z.origin}")), False),
    }


class Cases(ScriptedTest):
    def test_axfr(self):
        names = list(axfr_cases(Zone("x.")))
        self.assertEqual(len(names), 26)
        self.follow([name.split()[0] + ".test." for name in names])
        for name, zone in zip(names, self.zones.values()):
            with self.subTest(case=name):
                answer, taken = axfr_cases(zone)[name]
                self.primary.plans[zone.origin] = zone.refusing_ixfr(answer)
                done = self.secondary.verb("refresh", zone.origin, expect=None)
                if taken is not None:
                    self.assertEqual(done.returncode, 0, done.stderr)
                    self.assertEqual(self.secondary.dump(zone.origin), self.text(zone, taken))
                else:
                    self.assertEqual(done.returncode, 1)
                    self.assert_served(zone, 1)
                    error = self.secondary.status(zone.origin)["last_error"]
                    self.assertEqual(error["peer"], "ns1a")
                    self.assertTrue(error["stage"] and error["text"] and error["remedy"], error)
                    self.assertIn(error["text"], done.stderr)
                self.assert_heals(zone, 3)
        note("29", f"{len(names)} evil answers to AXFR", L2=0, L3=0, L4=0)

    def test_ixfr(self):
        names = list(ixfr_cases(Zone("x.")))
        self.assertEqual(len(names), 20)
        self.follow([name.split()[0] + ".test." for name in names])
        for name, zone in zip(names, self.zones.values()):
            with self.subTest(case=name):
                answer, taken = ixfr_cases(zone)[name]
                self.primary.plans[zone.origin] = replace(zone.good(2), ixfr=answer)
                before = len(self.asked(zone.origin))
                self.secondary.verb("refresh", zone.origin)
                self.assert_served(zone, 2)
                self.assertEqual(self.secondary.last_transfer_kind(zone.origin), "IXFR" if taken else "AXFR")
                whole = not taken and not name.startswith("i13")  # i13 is a whole zone already
                self.assertEqual(self.asked(zone.origin)[before:], [IXFR, AXFR] if whole else [IXFR])
                before = len(self.asked(zone.origin))
                self.assert_heals(zone, 3)
                # Who does not know IXFR is not asked for it again within the hour.
                knows = not name.startswith(("i10", "i11"))
                self.assertEqual(self.asked(zone.origin)[before:], [IXFR] if knows else [AXFR])
        note("29", f"{len(names)} evil answers to IXFR", L2=0, L3=0, L4=0)

    def test_an_axfr_without_end_stops_at_the_limit(self):
        self.follow(["endless.test."], transfer_in_octets=200_000)
        (zone,) = self.zones.values()
        endless = [zone.soa(2), *zone.body(2)]
        fill = [Message([zone.a(f"host{i}-{j}", 9) for j in range(200)]) for i in range(200)]
        self.primary.plans[zone.origin] = zone.refusing_ixfr([Message(endless), *fill])
        said = self.secondary.verb("refresh", zone.origin, expect=1).stderr
        self.assertIn("200000", said)
        self.assert_served(zone, 1)
        self.assert_heals(zone, 3)
        note("28", "AXFR without end", L2=0, L3=0, L4=0)

    def test_silence_in_a_transfer_ends_it(self):
        self.follow(["silent.test.", "other.test."], transfer_in_silence_seconds=1)
        zone, other = self.zones.values()
        self.primary.plans[zone.origin] = zone.refusing_ixfr([Message(zone.whole(2)[:3])])
        self.primary.plans[other.origin] = other.good(2)
        self.secondary.verb("refresh", zone.origin, "--no-wait")
        self.secondary.verb("refresh", other.origin)  # one that is stuck holds up nobody else
        self.assert_served(other, 2)
        wait_until("the silence is told",
                   lambda: (self.secondary.status(zone.origin)["last_error"] or {}).get("stage") == "timeout")
        self.assert_served(zone, 1)
        self.assert_heals(zone, 3)


class Signatures(ScriptedTest):
    key = KEY

    def answers(self, zone, between, first=True, last=True):
        """A whole zone of which `between` messages in the middle are not signed, and the records in it."""
        hosts = [zone.a(f"host{i}", 9) for i in range(between)]
        script = [Message([zone.soa(2), *zone.body(2)], signed=first), *[Message([host], signed=False) for host in hosts],
                  Message([zone.soa(2)], signed=last)]
        return script, [zone.soa(2), *zone.body(2), *hosts]

    def test_up_to_99_messages_in_a_row_may_be_unsigned_but_neither_the_first_nor_the_last(self):
        cases = {  # how many between, first signed, last signed: taken?
            "g98.test.": (98, True, True, True),
            "g99.test.": (99, True, True, True),
            "g100.test.": (100, True, True, False),
            "first.test.": (3, False, True, False),
            "last.test.": (3, True, False, False),
        }
        self.follow(list(cases))
        for origin, (between, first, last, taken) in cases.items():
            with self.subTest(case=origin):
                zone = self.zones[origin]
                script, records = self.answers(zone, between, first, last)
                self.primary.plans[origin] = zone.refusing_ixfr([*script, Close])
                done = self.secondary.verb("refresh", origin, expect=0 if taken else 1)
                if taken:
                    self.assertEqual(self.secondary.dump(origin), self.text(zone, records))
                else:
                    self.assertEqual(self.secondary.status(origin)["last_error"]["stage"], "tsig", done.stderr)
                    self.assert_served(zone, 1)
                self.assert_heals(zone, 3)


class Cuts(ScriptedTest):
    """A stream cut at every octet: nothing of it is served, and what follows is taken."""

    def script(self, zone, kind):
        if kind == AXFR:
            whole = zone.whole(4)
            return [Message(whole[:2]), Message(whole[2:])]
        return [Message([zone.soa(4), *zone.delta(1, 2)]), Message(zone.delta(2, 3)),
                Message([*zone.delta(3, 4), zone.soa(4)])]

    def cut_everywhere(self, kind, signed):
        self.key = KEY if signed else None
        sample = Zone("c0000.test.")
        asked = Query(question(sample.origin, kind, self.key), self.key)
        length = sum(len(frame) for frame in asked.frames(self.script(sample, kind)))
        self.follow([f"c{place:04}.test." for place in range(length)])
        for place, zone in enumerate(self.zones.values()):
            script = Cut(self.script(zone, kind), place, Reset if place % 2 else Close)
            self.primary.plans[zone.origin] = (zone.refusing_ixfr(script, 4) if kind == AXFR
                                               else Plan(zone.soa(4), [Close], script))
        self.secondary.verb("refresh", expect=1)
        for origin in self.zones:
            answer = query.ask(self.secondary.endpoint, f"www.{origin}", "A")
            self.assertEqual([rdata.address for rdata in answer.answer[0]], ["192.0.2.1"], origin)
        for row in self.secondary.status()["zones"]:
            self.assertEqual(row["serial"], 1)
            self.assertIsNotNone(row["last_error"], row["name"])
        for origin, zone in self.zones.items():
            self.primary.plans[origin] = zone.good(5)
        began = time.monotonic()
        self.secondary.verb("refresh")
        self.assertEqual(set(self.serials().values()), {5})
        note("1" if kind == AXFR else "2", f"{'AXFR' if kind == AXFR else 'IXFR'} cut at each of {length} octets"
             f"{', signed' if signed else ''}", L2=0, L3=0, L4=0, L5=(time.monotonic() - began) / length)

    def test_axfr(self):
        self.cut_everywhere(AXFR, signed=False)

    def test_axfr_signed(self):
        self.cut_everywhere(AXFR, signed=True)

    def test_ixfr_of_three_deltas(self):
        self.cut_everywhere(IXFR, signed=False)

    def test_ixfr_of_three_deltas_signed(self):
        self.cut_everywhere(IXFR, signed=True)


if __name__ == "__main__":
    unittest.main()
