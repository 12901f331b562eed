"""Everything at once: row 38 of FAULTS.md section 2.

A primary and two secondaries, one of which follows the other for some zones. All the time and all together: edits with
bump, dynamic updates, grants, reload, refresh, retransfer, notify, wait, changes of the TSIG key on all servers, servers that
stand still, a zone that is removed and added again, a zone that expires and heals, transfers by outside clients, and queries. For
LOCKSTEP_SOAK_SECONDS (15), LOCKSTEP_SEED sets the dice.
"""

import os
import random
import threading
import time
import unittest

import dns.rcode

from lockstep_test import control, query
from lockstep_test.case import ServerTest
from lockstep_test.figures import note
from lockstep_test.lockstep import LockstepPrimary, LockstepSecondary
from lockstep_test.many import SmallZone
from lockstep_test.net import KEY
from lockstep_test.process import wait_until
from lockstep_test.server import link
from lockstep_test.turmoil import OTHER_KEY, Moments, Separate, Verbs, Versions, stopped, two_keys
from lockstep_test.updates import Answer, Client, add, delete_record
from lockstep_test.watching import Observer, Repeat, descriptors, newer, resident
from lockstep_test.zones import canonical

SECONDS = float(os.environ.get("LOCKSTEP_SOAK_SECONDS", 15))
SEED = int(os.environ.get("LOCKSTEP_SEED", 38))
DIRECT, EITHER, CHAIN, FLIP, BRIEF = "direct.test.", "either.test.", "chain.test.", "flip.test.", "brief.test."
STEADY = (DIRECT, EITHER, CHAIN)
RETRY, EXPIRE = 2, 5
KEPT = 100  # records of the last edits, and of the last updates, that a zone holds
LATE = r"not answer|no answer|no acknowledgement|broke off"
EXCUSES = {"key": r"TSIG|REFUSED|NOTAUTH|BADKEY|BADSIG", "stop": LATE}
# Sanitizers keep freed memory for a while: little of it, or memory says nothing.
for variable, option in (("ASAN_OPTIONS", "quarantine_size_mb=8"), ("TSAN_OPTIONS", "history_size=2")):
    os.environ[variable] = f"{os.environ.get(variable, '')}:{option}".lstrip(":")


class Edited(SmallZone):
    """Each edit adds a record and takes the one away that was added KEPT edits before."""

    TIMERS = (3600, RETRY, 604800)

    def __init__(self, folder, origin):
        self.edits = 0
        super().__init__(folder, origin, timers=self.TIMERS)

    def next_edit(self):
        """Writes the next content, under the serial that stands in the file."""
        self.serial = self.serial_in_file()
        self.records = self.records.replace(f'n{self.edits - KEPT} IN TXT "edit"\n', "") + f'n{self.edits} IN TXT "edit"\n'
        self.write()
        self.edits += 1


class Brief(Edited):
    TIMERS = (1, 1, EXPIRE)


class Concurrency(ServerTest):
    def setUp(self):
        super().setUp()
        self.dice, self.moments, self.versions = random.Random(SEED), Moments(), Versions()
        self.verb = Verbs(self.moments)
        self.lives = {"removed and added again": 0, "expired and healed": 0, "keys changed": 0, "stood still": 0}
        (self.directory / "zones").mkdir()
        self.files = {zone: kind(self.directory / "zones", zone)
                      for zone, kind in ((DIRECT, Edited), (EITHER, Edited), (CHAIN, Edited), (FLIP, Edited), (BRIEF, Brief))}
        self.primary = two_keys(LockstepPrimary)(self, "ns1")
        self.middle, self.last = (two_keys(LockstepSecondary)(self, name) for name in ("ns2", "ns3"))
        self.primary.zones = dict(self.files)
        self.primary.zone_extras = {DIRECT: {"update": [{"key": key.name} for key in (KEY, OTHER_KEY)]}}
        self.updates = 0
        for secondary in (self.middle, self.last):
            secondary.zones = dict.fromkeys(self.files)
            secondary.zone_settings = {"timers": {"refresh_min": 1, "retry_min": 1}}
            link(self.primary, secondary)
        link(self.middle, self.last)
        self.last.zone_extras = {zone: {"primaries": ["ns1"]} for zone in (DIRECT, FLIP, BRIEF)} | {
            CHAIN: {"primaries": ["ns2"]}}
        self.secondaries = [self.middle, self.last]
        self.configuring = threading.Lock()

    # What goes on; each is one step of a thread.

    def edit(self, zone):
        file = self.files[zone]
        file.next_edit()
        self.verb(self.primary, "bump", zone)
        self.sample(self.primary, zone)
        time.sleep(0.1)

    def update(self):
        """The same message again until it is answered, as the primary may stand still."""
        key = self.dice.choice((KEY, OTHER_KEY))
        with Client(self.primary.endpoint, key, zone=DIRECT, timeout=1) as client:
            octets, mac = client.message(add(f"u{self.updates}.{DIRECT}", "TXT", "update"),
                                         delete_record(f"u{self.updates - KEPT}.{DIRECT}", "TXT", "update"))
            answer = None
            for _ in range(10):
                try:
                    answer = Answer.read(client.exchange(octets), key, mac)
                    break
                except TimeoutError:
                    pass
        if answer is None or answer.rcode != "NOERROR":
            raise AssertionError(f"update {self.updates}: {answer}")
        self.updates += 1
        time.sleep(0.02)

    def grant(self):
        host = f"h{self.updates}.{EITHER}"
        self.verb(self.primary, "acme grant", host=host, client="json")
        self.verb(self.primary, "acme revoke", host=host)
        time.sleep(0.1)

    def sample(self, server, zone):
        """The whole zone, as an outside client fetches it, or as `dump` tells it."""
        if self.dice.random() < 0.5:
            lines = query.transfer(server.endpoint, zone, key=self.dice.choice((KEY, OTHER_KEY)), seconds=20)
        else:
            lines = self.verb(server, "dump", zone).output.splitlines()
        return self.versions.note(server, zone, canonical("\n".join(lines)))

    def look_from_outside(self):
        zone, server = self.dice.choice(STEADY), self.dice.choice(self.secondaries)
        self.sample(server, zone)
        if known := self.versions.some(zone, 20):
            self.versions.by_ixfr(server, zone, self.dice.choice(known), self.dice.choice((KEY, OTHER_KEY)))

    def reload(self):
        self.verb(self.dice.choice(self.servers), "reload", self.dice.choice(("", *STEADY)))

    def ask_again(self):
        server = self.dice.choice(self.secondaries)
        self.verb(server, "refresh", self.dice.choice(STEADY))
        # Whole and whatever the serial: so from where nobody is behind.
        self.verb(server, "retransfer", self.dice.choice((DIRECT, CHAIN)))

    def tell_again(self):
        self.verb(self.dice.choice((self.primary, self.middle)), "notify", self.dice.choice(STEADY), excuses=EXCUSES)

    def wait(self):
        self.verb(self.dice.choice(self.servers), "wait", self.dice.choice(STEADY), timeout_seconds=30)
        self.verb(self.dice.choice(self.servers), "status", json=True)

    def reconfigure(self, server, change):
        with self.configuring:
            change(server)
            server.configure()
        self.verb(server, "reload")

    def change_key(self):
        key = OTHER_KEY if self.primary.key == KEY else KEY
        with self.moments.during("key"):
            for server in self.dice.sample(self.servers, 3):
                self.reconfigure(server, lambda one: setattr(one, "key", key))
        self.lives["keys changed"] += 1
        time.sleep(1)

    def stand_still(self):
        time.sleep(self.dice.uniform(0.5, 1.5))
        with self.moments.during("stop"), stopped(self.dice.choice(self.servers)):
            time.sleep(self.dice.uniform(0.1, 0.8))
        self.lives["stood still"] += 1

    def flip(self):
        """Gone from the secondaries first, back on the primary first."""
        self.edit(FLIP)
        for server in reversed(self.servers):
            with self.separate[server.name].away():
                self.reconfigure(server, lambda one: one.zones.pop(FLIP))
                control.ask(server, "dump", FLIP, expect=1)
        for server in self.servers:
            self.reconfigure(server, lambda one: one.zones.update({FLIP: self.files[FLIP]}))
            self.sample(server, FLIP)
        self.lives["removed and added again"] += 1

    def expire(self):
        self.edit(BRIEF)
        for server in self.secondaries:
            wait_until(f"{server.name} serves {BRIEF}", lambda s=server: s.serial(BRIEF, timeout=0.5) is not None)
        self.reconfigure(self.primary, lambda one: one.zones.pop(BRIEF))
        gone = time.monotonic()
        for server in self.secondaries:
            wait_until(f"{BRIEF} is expired on {server.name}", lambda s=server: self.expired(s))
            # It may have stood still just then.
            self.assertLess(time.monotonic() - gone, EXPIRE + 2 + 1, f"{server.name} serves {BRIEF} for too long")
        self.reconfigure(self.primary, lambda one: one.zones.update({BRIEF: self.files[BRIEF]}))
        for server in self.secondaries:
            wait_until(f"{BRIEF} is healed on {server.name}", lambda s=server: s.serial(BRIEF, timeout=0.5) is not None)
        self.lives["expired and healed"] += 1

    def expired(self, server):
        answer = query.ask(server.endpoint, BRIEF, timeout=0.5)
        return answer is not None and answer.rcode() == dns.rcode.SERVFAIL

    # The test.

    def go_on(self, seconds):
        steps = [*(lambda z=zone: self.edit(z) for zone in STEADY), self.look_from_outside, self.look_from_outside,
                 self.update, self.grant, self.reload, self.ask_again, self.tell_again, self.wait, self.change_key, self.stand_still, self.flip,
                 self.expire]
        threads = [Repeat(step) for step in [*steps, *(observer.step for observer in self.observers)]]
        over = time.monotonic() + seconds
        try:
            wait_until("time is up", lambda: time.monotonic() > over or any(thread.error for thread in threads),
                       seconds + 5, pause=0.1)
        finally:
            for thread in threads:
                thread.over.set()
            for thread in threads:
                thread.join()
        errors = [thread.error for thread in threads if thread.error]
        if errors:
            raise errors[0]

    def converge(self):
        """One more edit of each zone arrives everywhere, as it would on a quiet day. Seconds until then."""
        for file in self.files.values():
            file.next_edit()
            self.verb(self.primary, "bump", file.origin)
            file.serial = file.serial_in_file()
        started = time.monotonic()
        for zone, file in self.files.items():
            for server in self.servers:
                server.wait_serial(zone, file.serial)
        return time.monotonic() - started

    def measured(self):
        """Descriptors and memory of each server, once idle connections are closed."""
        def counts():
            return [descriptors(server) for server in self.servers]
        last, since = counts(), time.monotonic()

        def quiet():
            nonlocal last, since
            now = counts()
            if now != last:
                last, since = now, time.monotonic()
            return time.monotonic() - since > 2
        wait_until("the descriptors stay as they are", quiet, pause=0.2)
        return last, [resident(server) for server in self.servers]

    def test_all_at_once_and_all_the_time(self):
        for server in self.servers:
            server.start()
        for zone in self.files:
            for server in self.servers:
                server.wait_serial(zone, 1)
        self.separate = {server.name: Separate(server, FLIP, pause=0.1) for server in self.servers}
        self.observers = [*self.separate.values(),
                          *(Observer(server, zone, pause=0.1) for server in self.servers for zone in STEADY),
                          *(Observer(server, BRIEF, may_expire=True, pause=0.1) for server in self.secondaries)]
        self.go_on(SECONDS / 3)
        self.converge()
        before = self.measured()
        self.go_on(SECONDS * 2 / 3)
        took = self.converge()
        after = self.measured()

        self.assertEqual([wrong for observer in self.observers for wrong in observer.wrong][:10], [], "L3")
        for zone, file in self.files.items():
            dumps = {server.name: server.dump(zone) for server in self.servers}
            for name, dump in dumps.items():
                self.assertEqual([n for n in range(max(0, file.edits - KEPT), file.edits)
                                  if f"n{n}.{zone} " not in dump], [], f"L1: acknowledged, but not in {zone} on {name}")
                if zone == DIRECT:
                    self.assertEqual([n for n in range(max(0, self.updates - KEPT), self.updates)
                                      if f"u{n}.{zone} " not in dump], [], f"L1: updates acknowledged, but not on {name}")
            self.assertEqual(len(set(dumps.values())), 1, f"L2: {zone} differs")
        self.assertEqual(self.versions.wrong[:10], [], "L2")
        self.assertGreater(self.versions.compared, SECONDS / 5, "too little was compared")
        for server in self.servers:
            self.assertEqual({zone["state"] for zone in server.status()["zones"]}, {"serving"}, f"L4: {server.name}")
        self.assertLess(took, RETRY + 2, "L5")
        for what, count in {**self.lives, **self.verb.counts}.items():
            self.assertGreaterEqual(count, 2, what)
        for server, fds, fds_before in zip(self.servers, after[0], before[0]):
            self.assertLessEqual(abs(fds - fds_before), 4, f"L7: descriptors of {server.name}: {before[0]}, {after[0]}")
        growth = max(now / then for now, then in zip(after[1], before[1]))
        self.assertLess(growth, 1.5, f"L7: memory: {before[1]}, {after[1]}")
        edits = sum(file.edits for file in self.files.values())
        note("38", f"everything at once for {SECONDS:g} s", L1=0, L2=0, L3=0, L4=0, L5=took, L6=0, L7=growth,
             more=", ".join(f"{count} × {what}" for what, count in {**self.lives, **self.verb.counts}.items())
             + f", {edits} edits, {self.updates} updates, {self.verb.excused} excused, {self.versions.compared} versions compared")


if __name__ == "__main__":
    unittest.main()
