"""kill -9 of the primary at random moments under dynamic updates from several clients.

What was acknowledged is there after the next start, no message is done by half, no serial goes back, and a secondary comes
to the same zone. LOCKSTEP_KILLS sets the rounds (6), LOCKSTEP_SEED the moments.
"""

import os
import random
import re
import time
import unittest
from collections import Counter

from lockstep_test.pair import ZONE
from lockstep_test.process import wait_until
from lockstep_test.updates import UPDATE_KEY, Client, UpdateTest, add
from lockstep_test.watching import Observer, Repeat

KILLS = int(os.environ.get("LOCKSTEP_KILLS") or 6)
SEED = int(os.environ.get("LOCKSTEP_SEED", 5))
CLIENTS = 4
PATIENCE = 1.0  # seconds for an answer; what has none in time may have been done, or not


class Updater:
    """Sends one message after another, each of which adds two records that are named for its number."""

    def __init__(self, primary, letter, tcp):
        self.primary, self.letter, self.tcp = primary, letter, tcp
        self.number, self.acknowledged, self.came_to = 0, set(), Counter()
        self.client = None

    def step(self):
        self.number += 1
        label = f"{self.letter}{self.number}"
        try:
            self.client = self.client or Client(self.primary.endpoint, UPDATE_KEY, tcp=self.tcp, timeout=PATIENCE)
            answer = self.client.update(add(f"{label}.one.{ZONE}", "TXT", f'"{label}"'), add(f"{label}.two.{ZONE}", "A", "192.0.2.7"))
        except OSError as error:
            self.came_to[type(error).__name__] += 1
            self.close()
            time.sleep(0.01)  # nobody listens: it has just been killed
            return
        self.came_to[answer.rcode] += 1
        if answer.rcode == "NOERROR":
            self.acknowledged.add(label)

    def close(self):
        if self.client:
            self.client.socket.close()
        self.client = None


class Kill(UpdateTest):
    def labels(self, server):
        """Of the first and of the second records that are served."""
        found = re.findall(rf"^(\w+)\.(one|two)\.{re.escape(ZONE)} ", server.dump(ZONE), re.MULTILINE)
        return [{label for label, which in found if which == wanted} for wanted in ("one", "two")]

    def assert_whole(self, server, acknowledged):
        first, second = self.labels(server)
        self.assertEqual(first ^ second, set(), f"done by half on {server.name}")
        self.assertEqual(acknowledged - first, set(), f"acknowledged, and not on {server.name}")
        return first

    def test_kill_9_loses_no_update_that_was_acknowledged(self):
        self.start(secondaries=1)
        secondary = self.secondaries[0]
        updaters = [Updater(self.primary, letter, tcp) for letter, tcp in zip("abcd", (False, True) * CLIENTS)]
        observers = [Observer(server, ZONE, pause=0.002) for server in (self.primary, secondary)]
        acknowledged = lambda: set().union(*(set(updater.acknowledged) for updater in updaters))
        dice = random.Random(SEED)
        senders, watchers = [Repeat(each.step) for each in updaters], [Repeat(each.step) for each in observers]
        try:
            for _ in range(KILLS):
                at_least = len(acknowledged()) + dice.randrange(10, 200)
                wait_until("updates are acknowledged again", lambda: len(acknowledged()) >= at_least)
                time.sleep(dice.uniform(0, 0.05))
                self.primary.process.kill()
                before = acknowledged()
                self.primary.process.start()
                if dice.random() < 0.25:  # and once more while it starts
                    time.sleep(dice.uniform(0, 0.05))
                    self.primary.crash()
                wait_until("it serves again", lambda: self.primary.serial(ZONE, timeout=0.2))
                self.assert_whole(self.primary, before)
            at_least = len(acknowledged()) + 1
            wait_until("updates are acknowledged again", lambda: len(acknowledged()) >= at_least)
        finally:
            for sender in senders:
                sender.finish()
            for updater in updaters:
                updater.close()
        served = self.assert_whole(self.primary, acknowledged())
        self.primary.verb("wait", ZONE, "--timeout", 20)
        self.assertEqual(self.primary.dump(ZONE), secondary.dump(ZONE))
        for watcher in watchers:
            watcher.finish()
        self.assertEqual([wrong for observer in observers for wrong in observer.wrong][:10], [])
        came_to = sum((updater.came_to for updater in updaters), Counter())
        unanswered = len(served) - len(acknowledged())
        print(f"{KILLS} kills, {sum(updater.number for updater in updaters)} updates: {dict(came_to)}; {len(acknowledged())} "
              f"acknowledged and there, {unanswered} there without an answer; serial {self.serial()}, "
              f"serials seen: {' and '.join(str(observer.seen) for observer in observers)}")


if __name__ == "__main__":
    unittest.main()
