"""A zone that is removed and added again, over and over: row 39 of FAULTS.md section 2.

LOCKSTEP_FLIPS sets how often.
"""

import random
import re
import threading
import time
import unittest

import dns.rcode

from lockstep_test import query, state
from lockstep_test.case import ServerTest
from lockstep_test.control import ask, dump, status
from lockstep_test.evil import AXFR, Hold, Message
from lockstep_test.figures import note
from lockstep_test.lockstep import LockstepPrimary, LockstepSecondary
from lockstep_test.process import wait_until
from lockstep_test.scale import often
from lockstep_test.scripted import ScriptedTest
from lockstep_test.server import link
from lockstep_test.watching import Observer, Repeat, descriptors
from lockstep_test.zones import ZoneFile, hosts

ZONE, FLIP = "example.test.", "flip.test."
FLIPS = often("LOCKSTEP_FLIPS", 200, 300)


class Witness:
    """Asks a server for the flipping zone: what it answers must be younger than all that was gone when it was asked."""

    def __init__(self, server):
        self.server, self.gone, self.wrong, self.seen = server, 0, [], set()

    def step(self):
        gone = self.gone
        answer = query.ask(self.server.endpoint, FLIP, "TXT", timeout=0.2)
        time.sleep(0.002)
        if answer is None or answer.rcode() == dns.rcode.REFUSED or not answer.answer:
            return
        number = int(answer.answer[0][0].strings[0])
        self.seen.add(number)
        if number <= gone:
            self.wrong.append(f"{self.server.name} answers with incarnation {number}, after {gone} was gone")


class Flip(ServerTest):
    def start_pair(self):
        self.file = ZoneFile(self.directory / "example.test.zone", ZONE)
        self.primary, self.secondary = LockstepPrimary(self, "ns1"), LockstepSecondary(self, "ns2")
        self.primary.zones[ZONE], self.secondary.zones[ZONE] = self.file, None
        link(self.primary, self.secondary)
        for server in self.servers:
            server.start()
            server.wait_serial(ZONE, 1)
        self.number, self.serial = 0, 0

    def incarnation(self, serial, records=""):
        """The zone's next life, in a file of its own."""
        self.number += 1
        self.serial = serial
        return ZoneFile(self.directory / f"flip-{self.number}.zone", FLIP, serial=serial,
                        records=f'@ IN NS ns1\nns1 IN A 192.0.2.1\n@ IN TXT "{self.number}"\n{records}')

    def configure(self, server, *file):
        """With the zone if there is a `file`, without it if there is none."""
        server.zones.pop(FLIP, None)
        for one in file:
            server.zones[FLIP] = one if server is self.primary else None
        server.write_configuration(server.configuration())
        ask(server, "reload")

    def assert_served(self, server):
        self.assertIn(f'{FLIP} 300 IN TXT "{self.number}"', dump(server, FLIP))
        self.assertEqual(len(re.findall(r"IN TXT", dump(server, FLIP))), 1)

    def test_no_life_knows_anything_of_an_earlier_one(self):
        self.start_pair()
        witnesses = {server: Witness(server) for server in self.servers}
        observers = [Observer(server, ZONE, pause=0.01) for server in self.servers]
        bump = lambda zone: ask(self.primary, "bump", zone, expect=None)

        def disturb():
            for zone in (ZONE, FLIP):
                try:
                    bump(zone)
                except OSError:
                    pass  # it has been killed
            time.sleep(0.03)

        threads = [Repeat(step) for step in (disturb, *(each.step for each in [*witnesses.values(), *observers]))]
        dice = random.Random(39)
        open_before = [descriptors(server) for server in self.servers]
        try:
            for flip in range(FLIPS):
                both = flip % 3 != 1
                # Who forgets both may begin anew; a secondary that kept the zone follows newer serials alone.
                file = self.incarnation(dice.randrange(1, 10**6) if both else self.serial + 10**6)
                leaving = [self.primary, self.secondary] if both else [self.primary]
                dice.shuffle(leaving)
                for server in leaving:
                    self.configure(server)
                    witnesses[server].gone = self.number - 1
                    self.assertNotIn(FLIP, ask(server, "zones").output)
                self.configure(self.primary, file)
                self.assert_served(self.primary)
                if both:
                    self.configure(self.secondary, file)
                wait_until("the secondary has it", lambda: f'TXT "{self.number}"' in dump(self.secondary, FLIP))
                self.assert_served(self.secondary)
                witnesses[self.secondary].gone = self.number - 1
                if flip % 40 == 39:
                    dice.choice(self.servers).crash()
                    for server in self.servers:
                        wait_until(f"{server.name} serves again", lambda s=server: s.serial(FLIP, timeout=0.5) is not None)
                        self.assert_served(server)
        finally:
            for thread in threads:
                thread.finish()
        for watcher in [*witnesses.values(), *observers]:
            self.assertEqual(watcher.wrong[:10], [])
        self.assertGreater(min(len(witness.seen) for witness in witnesses.values()), FLIPS // 4)
        for zone in (ZONE, FLIP):
            ask(self.primary, "wait", zone, timeout_seconds=20)
            self.assertEqual(dump(self.primary, zone), dump(self.secondary, zone))
            self.assertEqual({status(server, zone)["state"] for server in self.servers}, {"serving"})
        for server, before in zip(self.servers, open_before):
            wait_until("the descriptors are back", lambda s=server, b=before: descriptors(s) <= b + 3)
            server.stop()
            self.assertEqual(sorted(path.name for path in server.state_directory.iterdir()), ["lock", "state.db"])
            rows = state.rows(server)
            self.assertEqual((rows["zones"], rows["orphans"]), (2, 0))
        note("39", "zone removed and added again", L2=0, L3=0, L4=0, more=f"{self.number} flips, orphan rows and files 0")

    def test_a_bump_under_way_does_not_outlive_its_zone(self):
        self.start_pair()
        old = self.incarnation(1, hosts(20000))
        self.configure(self.primary, old)
        bump = threading.Thread(target=lambda: ask(self.primary, "bump", FLIP, expect=None))
        bump.start()
        self.configure(self.primary)
        self.configure(self.primary, self.incarnation(1))
        self.assertTrue(bump.is_alive(), "the bump was over before the zone came again")
        bump.join()
        self.assert_served(self.primary)
        self.assertNotIn("host1", dump(self.primary, FLIP))


class FlipWhileFetching(ScriptedTest):
    def test_a_transfer_under_way_does_not_outlive_its_zone(self):
        self.follow([FLIP, ZONE])
        zone = self.zones[FLIP]
        without = [ZONE]
        for serial in (3, 2):  # older or newer than what is under way
            hold = Hold()
            self.addCleanup(hold.event.set)
            whole = zone.whole(9)
            self.primary.plans[FLIP] = zone.refusing_ixfr([Message(whole[:2]), hold, Message(whole[2:], question="")], 9)
            ask(self.secondary, "refresh", FLIP, wait=False)
            before = self.asked(FLIP).count(AXFR)
            wait_until("half of it is there", lambda: self.asked(FLIP).count(AXFR) > before)
            for zones in (without, [FLIP, ZONE]):
                self.primary.plans[FLIP] = zone.good(serial)
                self.secondary.zones = dict.fromkeys(zones)
                self.secondary.write_configuration(self.secondary.configuration())
                ask(self.secondary, "reload")
            hold.event.set()
            self.assert_served(zone, serial)
            ask(self.secondary, "refresh", FLIP)
            self.assert_served(zone, serial)
        self.secondary.stop()
        self.assertEqual(state.rows(self.secondary)["orphans"], 0)


if __name__ == "__main__":
    unittest.main()
