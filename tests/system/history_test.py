"""A history that is full: row 11 of FAULTS.md section 2. What is kept is bounded, and what is forgotten is nobody's loss.

LOCKSTEP_HISTORY_CHANGES sets how many changes.
"""

import random
import unittest

from lockstep_test import query, state
from lockstep_test.case import ServerTest
from lockstep_test.control import ask, dump
from lockstep_test.figures import note
from lockstep_test.lockstep import LockstepPrimary, LockstepSecondary
from lockstep_test.scale import often
from lockstep_test.server import link
from lockstep_test.zones import ZoneFile, hosts

ZONE = "example.test."
CHANGES = often("LOCKSTEP_HISTORY_CHANGES", 50, 600)
KEPT = 3
LARGE = 12000  # octets that each change takes away and puts in
LOG = 6 * 2**20  # octets; it is written back at 4 MiB
LEAST_RENEWED = 64 * 1024  # of changes, before the stored base is renewed


class History(ServerTest):
    def start_pair(self):
        self.file = ZoneFile(self.directory / "example.test.zone", ZONE, records=hosts(200) + self.large(1))
        self.primary, self.secondary = LockstepPrimary(self, "ns1"), LockstepSecondary(self, "ns2")
        self.primary.zones[ZONE], self.secondary.zones[ZONE] = self.file, None
        link(self.primary, self.secondary)
        for server in self.servers:
            server.grant_transfers()
            server.limits = {"history_versions": KEPT, "history_days": 0, "history_percent": 1000}
            server.start()
            server.wait_serial(ZONE, 1)

    def large(self, serial):
        text = random.Random(serial).randbytes(LARGE // 2).hex()
        return "large IN TXT " + " ".join(f'"{text[at:at + 250]}"' for at in range(0, LARGE, 250)) + "\n"

    def change(self):
        """One change, acknowledged; a record named for its serial stays for ever."""
        serial = self.file.serial
        self.file.edit(add=f"n{serial + 1} IN A 192.0.2.1", replace=(self.large(serial), self.large(serial + 1)))
        ask(self.primary, "reload", ZONE)
        return self.file.serial

    def assert_nothing_lost(self, server):
        text = dump(server, ZONE)
        lost = [serial for serial in range(2, self.file.serial + 1) if f"n{serial}.{ZONE} " not in text]
        self.assertEqual(lost, [], f"acknowledged, but not on {server.name}")
        return text

    def assert_answers_ixfr(self, server, since, incremental):
        answer = query.transfer(server.endpoint, ZONE, "IXFR", since=since)
        self.assertEqual(query.deltas(answer) > 0, incremental, f"{server.name}: IXFR since {since}")
        self.assertEqual(int(answer[0].split()[6]), self.file.serial)
        if incremental:
            self.assertIn(f"n{since + 1}.{ZONE}", [line.split()[0] for line in answer])

    def test_what_is_kept_is_bounded_and_nothing_acknowledged_is_lost(self):
        self.start_pair()
        dice = random.Random(11)
        file, log, kills = 0, 0, 0
        next_kill = dice.randrange(3, 12)
        for number in range(1, CHANGES + 1):
            if number == CHANGES:
                # Two changes that arrive as one condensed difference would leave the secondary without the last alone.
                self.secondary.wait_serial(ZONE, serial)
            serial = self.change()
            file = max(file, *(state.octets(server) for server in self.servers))
            log = max(log, *(state.octets(server, "-wal") for server in self.servers))
            if next_kill == number < CHANGES:
                # Right after the acknowledgement: whatever the journal was about to tidy up, it has to do again.
                self.primary.crash()
                self.primary.wait_serial(ZONE, serial)
                self.assert_nothing_lost(self.primary)
                kills += 1
                next_kill = number + dice.randrange(8, 20)
        self.secondary.wait_serial(ZONE, serial)
        self.secondary.crash()
        self.secondary.wait_serial(ZONE, serial)
        self.assertEqual(self.assert_nothing_lost(self.secondary), self.assert_nothing_lost(self.primary))

        for server in self.servers:
            self.assert_answers_ixfr(server, serial - 1, incremental=True)
            self.assert_answers_ixfr(server, 1, incremental=False)
        self.assert_answers_ixfr(self.primary, serial - KEPT, incremental=True)
        self.assert_answers_ixfr(self.primary, serial - KEPT - 1, incremental=False)

        base = len(self.file.text())
        # The base and its successor, the changes that the base lacks or IXFR wants, and as much again for pages not full.
        bound = 2 * (2 * base + LEAST_RENEWED + (KEPT + 2) * 2 * LARGE)
        self.assertLess(file, bound)
        self.assertGreater(CHANGES * 2 * LARGE, 2 * bound, "so few changes would have been bounded anyhow")
        self.assertLess(log, LOG)
        for server in self.servers:
            server.stop()
            rows = state.rows(server)
            self.assertEqual((rows["zones"], rows["orphans"]), (1, 0))
            self.assertLessEqual(rows["deltas"], LEAST_RENEWED // (2 * LARGE) + KEPT + 2)
        note("11", "history limit reached", L1=0,
             more=f"{CHANGES} changes of {2 * LARGE} octets, {kills} kills, state file at most {file} octets, log {log}")


if __name__ == "__main__":
    unittest.main()
