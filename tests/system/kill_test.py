"""kill -9 of either daemon at random moments under a stream of bumps.

Nothing that `bump` acknowledged is missing, no serial is ever seen going back, and a start is all it takes.
LOCKSTEP_KILL_ROUNDS sets the rounds (30), LOCKSTEP_SEED the moments.
"""

import os
import random
import threading
import time
import unittest

import dns.rcode

from lockstep_test import query
from lockstep_test.case import ServerTest
from lockstep_test.lockstep import LockstepPrimary, LockstepSecondary
from lockstep_test.process import wait_until
from lockstep_test.server import link
from lockstep_test.zones import ZoneFile

ZONE = "example.test."
ROUNDS = int(os.environ.get("LOCKSTEP_KILL_ROUNDS", 30))
SEED = int(os.environ.get("LOCKSTEP_SEED", 5))


def newer(left, right):
    """RFC 1982."""
    return 0 < (left - right) % 2**32 < 2**31


class Repeat(threading.Thread):
    """Calls `step` until stopped; keeps what it raises, for finish() to raise again."""

    def __init__(self, step):
        super().__init__(daemon=True)
        self.step, self.over, self.error = step, threading.Event(), None
        self.start()

    def run(self):
        try:
            while not self.over.is_set():
                self.step()
        except BaseException as error:
            self.error = error

    def finish(self):
        self.over.set()
        self.join()
        if self.error:
            raise self.error


class Observer:
    """What a client sees of one server: serials that go back, and a zone that is gone although the server answers."""

    def __init__(self, server):
        self.server, self.last, self.seen, self.wrong = server, None, 0, []

    def step(self):
        answer = query.ask(self.server.endpoint, ZONE, timeout=0.2)
        if answer is None:
            time.sleep(0.005)
            return
        if answer.rcode() != dns.rcode.NOERROR or not answer.answer:
            if self.last is not None:
                self.wrong.append(f"{self.server.name} answers {dns.rcode.to_text(answer.rcode())} after {self.last}")
            return
        serial = answer.answer[0][0].serial
        if self.last is not None and newer(self.last, serial):
            self.wrong.append(f"{self.server.name} goes back from {self.last} to {serial}")
        self.seen += serial != self.last
        self.last = serial


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
        observers = [Observer(server) for server in self.servers]
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
        print(f"{ROUNDS} kills, {len(bumps.acknowledged)} bumps acknowledged, serials seen: "
              f"{[observer.seen for observer in observers]}")


if __name__ == "__main__":
    unittest.main()
