"""kill -9 of either daemon at random moments under a stream of bumps.

Nothing that `bump` acknowledged is missing, no serial is ever seen going back, and a start is all it takes.
LOCKSTEP_KILL_ROUNDS sets the rounds (30), LOCKSTEP_SEED the moments.
"""

import os
import random
import time
import unittest

from lockstep_test.case import ServerTest
from lockstep_test.figures import note
from lockstep_test.lockstep import LockstepPrimary, LockstepSecondary
from lockstep_test.process import wait_until
from lockstep_test.server import link
from lockstep_test.watching import Observer, Repeat, newer
from lockstep_test.zones import ZoneFile

ZONE = "example.test."
ROUNDS = int(os.environ.get("LOCKSTEP_KILL_ROUNDS", 30))
SEED = int(os.environ.get("LOCKSTEP_SEED", 5))


class Bumps:
    """The stream: each bump comes with a record that is named for its serial."""

    def __init__(self, primary, file):
        self.primary, self.file, self.acknowledged = primary, file, []

    def step(self):
        serial = self.file.serial
        self.file.records += f'n{serial + 1} IN TXT "{serial + 1}"\n'
        self.file.write()  # content first, with the serial as it stands; bump adds the new one
        self.file.serial = serial + 1
        done = self.primary.verb("bump", ZONE, "--serial", serial + 1, expect=None)
        if done.returncode == 0:
            self.acknowledged.append(serial + 1)
        else:
            time.sleep(0.01)  # nobody listens: it has just been killed


class Kill(ServerTest):
    def test_kill_9_loses_nothing_that_was_acknowledged(self):
        file = ZoneFile(self.directory / "example.test.zone", ZONE)
        primary, secondary = LockstepPrimary(self, "ns1"), LockstepSecondary(self, "ns2")
        primary.zones[ZONE], secondary.zones[ZONE] = file, None
        link(primary, secondary)
        for server in self.servers:
            server.start()
            server.wait_serial(ZONE, 1)

        bumps = Bumps(primary, file)
        observers = [Observer(server, ZONE) for server in self.servers]
        threads = [Repeat(each.step) for each in [bumps, *observers]]
        dice = random.Random(SEED)
        try:
            for _ in range(ROUNDS):
                at_least = len(bumps.acknowledged) + dice.randrange(1, 6)
                wait_until("bumps are acknowledged again", lambda: len(bumps.acknowledged) >= at_least)
                time.sleep(dice.uniform(0, 0.1))
                victim = dice.choice(self.servers)
                victim.crash()
                if dice.random() < 0.25:  # and once more while it starts
                    time.sleep(dice.uniform(0, 0.05))
                    victim.crash()
            at_least = len(bumps.acknowledged) + 1
            wait_until("bumps are acknowledged again", lambda: len(bumps.acknowledged) >= at_least)
        finally:
            threads[0].finish()
        last = bumps.acknowledged[-1]
        for server in self.servers:
            wait_until(f"{server.name} serves {last} or newer", lambda s=server: (
                (serial := s.serial(ZONE, timeout=0.5)) is not None and not newer(last, serial)))
        for thread in threads[1:]:
            thread.finish()

        self.assertEqual([wrong for observer in observers for wrong in observer.wrong][:10], [])
        for server in self.servers:
            dump = server.dump(ZONE)
            lost = [serial for serial in bumps.acknowledged if f"n{serial}.{ZONE} " not in dump]
            self.assertEqual(lost, [], f"acknowledged, but not on {server.name}")
        primary.verb("wait", ZONE, "--timeout", 20)
        self.assertEqual(primary.dump(ZONE), secondary.dump(ZONE))
        note("4", "kill -9 of either daemon under bumps", L1=0, L2=0, L3=0, L4=0,
             more=f"{ROUNDS} kills, {len(bumps.acknowledged)} bumps, serials seen: "
                  f"{' and '.join(str(observer.seen) for observer in observers)}")


if __name__ == "__main__":
    unittest.main()
