"""IXFRs of very many and very large changes, taken and given: row 30 of FAULTS.md section 2.

LOCKSTEP_BOMB_CHANGES sets how many.
"""

import time
import unittest

from lockstep_test import bulk, query, state
from lockstep_test.control import ask, dump, status
from lockstep_test.evil import AXFR, IXFR, Plan, Record
from lockstep_test.figures import note
from lockstep_test.lockstep import LockstepPrimary
from lockstep_test.sanitized import memory_factor, return_memory
from lockstep_test.scale import often
from lockstep_test.scripted import ScriptedTest
from lockstep_test.watching import Observer, Repeat, forget_peak, peak, resident
from lockstep_test.zones import ZoneFile, hosts

ZONE, OTHER = "example.test.", "other.test."
CHANGES = often("LOCKSTEP_BOMB_CHANGES", 20000, 20000)
MIB = 2**20
LIMIT = 16 * MIB  # of limits.transfer_in_octets
BY_DEFAULT = 64 * MIB  # for a small zone


class Bomb(ScriptedTest):
    def follow_bomb(self, octets, **limits):
        """A secondary at serial 1 of a zone whose one TXT record has so many octets, and a plan to serial `last`."""
        return_memory()
        self.follow([ZONE, OTHER], **limits)
        zone = self.zones[ZONE]
        self.soa = bulk.soas(zone.soa(1))
        self.txt = bulk.texts(f"bomb.{ZONE}", octets)
        self.offer(1, [])
        ask(self.secondary, "retransfer", ZONE)

    def offer(self, serial, ixfr):
        zone = self.zones[ZONE]
        whole = [self.soa(serial), *(record.wire() for record in zone.body(1)), self.txt(serial), self.soa(serial)]
        self.primary.plans[ZONE] = Plan(zone.soa(serial), list(bulk.messages(whole)), ixfr)

    def go_off(self, last):
        """Lets the secondary fetch; returns (octets of the IXFR, seconds, memory at most, the other zone's slowest answers)."""
        script = list(bulk.messages(bulk.chain(self.soa, self.txt, 1, last)))
        self.offer(last, script)
        observer = Observer(self.secondary, OTHER, pause=0.005)
        watching = Repeat(observer.step)
        before = resident(self.secondary)
        forget_peak(self.secondary)
        started = time.monotonic()
        try:
            ask(self.secondary, "refresh", ZONE)
        finally:
            watching.finish()
        taken = time.monotonic() - started
        self.assertEqual(observer.wrong, [])
        text = dump(self.secondary, ZONE)
        self.assertEqual(status(self.secondary, ZONE)["serial"], last)
        self.assertIn(f'"{last:010}', text)
        self.assertEqual(len(text.splitlines()), 5)
        return sum(len(message.octets) for message in script), taken, peak(self.secondary) - before, observer.p99()

    def test_very_many_changes_are_taken_within_the_limit(self):
        self.follow_bomb(100)
        octets, taken, memory, slowest = self.go_off(CHANGES + 1)
        self.assertLess(octets, BY_DEFAULT)
        self.assertLess(memory, BY_DEFAULT * 1.1 * memory_factor(self.secondary.program()))
        self.assertLess(taken, 30)
        # What was taken as many is kept as one.
        self.secondary.stop()
        self.assertEqual(state.rows(self.secondary)["deltas"], 1)
        self.assertLess(state.octets(self.secondary), MIB)
        note("30", f"IXFR of {CHANGES} changes", L2=0, L4=0, more=f"{octets / MIB:.0f} MiB in {taken:.1f} s, {memory / MIB:.0f} MiB "
             f"of memory, p99 of another zone {slowest * 1000:.0f} ms")

    def test_changes_beyond_the_limit_are_left_for_the_whole_zone(self):
        self.follow_bomb(2500, transfer_in_octets=LIMIT)
        octets, taken, memory, _ = self.go_off(16000)
        self.assertGreater(octets, 4 * LIMIT)
        self.assertLess(memory, LIMIT * 1.1 * memory_factor(self.secondary.program()))
        self.assertEqual(self.asked(ZONE)[-2:], [IXFR, AXFR])
        self.assertEqual(self.secondary.last_transfer_kind(ZONE), "AXFR")
        note("30", "IXFR beyond the limit", L2=0, L4=0, more=f"{octets / MIB:.0f} MiB offered, {memory / MIB:.0f} MiB of memory for a "
             f"limit of {LIMIT / MIB:.0f}, {taken:.1f} s")

    def test_many_changes_go_out_as_one_or_as_the_zone(self):
        file = ZoneFile(self.directory / "example.test.zone", ZONE, records=hosts(200) + "large IN TXT a0\n")
        primary = LockstepPrimary(self, "ns1")
        primary.zones[ZONE] = file
        primary.grant_transfers()
        primary.limits = {"history_versions": 1000, "history_percent": 100000}
        primary.start()
        text = lambda number: " ".join(f'"{number:05}{"x" * 240}"' for _ in range(20))
        before = "a0"
        for number in range(300):
            file.edit(replace=(f"large IN TXT {before}\n", f"large IN TXT {text(number)}\n"))
            before = text(number)
            ask(primary, "reload", ZONE)
        whole = query.transfer(primary.endpoint, ZONE)
        answer = query.transfer(primary.endpoint, ZONE, "IXFR", since=1)
        self.assertEqual(query.deltas(answer), 1)
        self.assertEqual(len(answer), 6)  # 300 changes of one record come to its first and its last state
        # And where the changes come to more than the zone, the zone it is.
        file.records = file.records.replace(" 10.", " 11.").replace("2001:db8:", "2001:db9:")
        primary.limits["ixfr_percent"] = 50
        primary.write_configuration(primary.configuration())
        file.edit()
        ask(primary, "reload")
        answer = query.transfer(primary.endpoint, ZONE, "IXFR", since=1)
        self.assertEqual(query.deltas(answer), 0)
        self.assertEqual(len(answer), len(whole))
        note("30", "IXFR over 300 changes given", L2=0, more=f"{300 * 2 * len(before) / MIB:.0f} MiB of changes as 6 records, later as the zone")


if __name__ == "__main__":
    unittest.main()
