"""SIGTERM in the middle of transfers and commits: row 46 of FAULTS.md section 2.

LOCKSTEP_STOP_ROUNDS sets how often.
"""

import datetime
import random
import signal
import socket
import struct
import time
import unittest

from lockstep_test import control, state
from lockstep_test.case import ServerTest
from lockstep_test.control import ask, dump
from lockstep_test.evil import AXFR, Message, notify, question
from lockstep_test.figures import note
from lockstep_test.lockstep import LockstepPrimary, LockstepSecondary
from lockstep_test.net import KEY
from lockstep_test.process import wait_until
from lockstep_test.scale import often
from lockstep_test.scripted import ScriptedTest
from lockstep_test.server import link
from lockstep_test.watching import Observer, Repeat, newer
from lockstep_test.zones import ZoneFile, hosts

ZONE = "example.test."
ROUNDS = often("LOCKSTEP_STOP_ROUNDS", 6, 100)
LONGEST = 5  # seconds, from the signal to the end
TEXTS = 120  # of 50 KB each: more than a socket buffers, 4 MiB by default (tcp_wmem)


def stop(test, server):
    """SIGTERM; returns how long the server took to end, with exit code 0."""
    started = time.monotonic()
    server.process.child.send_signal(signal.SIGTERM)
    code = server.process.exit_code(LONGEST)
    test.assertEqual(code, 0, f"{server.name}'s exit code")
    return time.monotonic() - started


class SlowReader:
    """Asks for an AXFR, takes the first message, and leaves the rest where it is."""

    def __init__(self, server):
        self.connection = socket.socket()
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 8192)
        self.connection.settimeout(20)
        self.connection.connect((server.endpoint.address, server.endpoint.port))
        wire = question(ZONE, "AXFR", KEY)
        self.connection.sendall(struct.pack("!H", len(wire)) + wire)
        self.connection.recv(4096, socket.MSG_WAITALL)

    def close(self):
        self.connection.close()


class Bumps:
    """Changes that are acknowledged, each with a record named for its serial."""

    def __init__(self, primary, file):
        self.primary, self.file, self.acknowledged = primary, file, []

    def step(self):
        serial = self.file.serial + 1
        self.file.edit(serial=serial, add=f'n{serial} IN TXT "{serial}"')
        try:
            if ask(self.primary, "reload", ZONE, expect=None).code == 0:
                self.acknowledged.append(serial)
                return
        except OSError:
            pass
        time.sleep(0.02)  # nobody listens


class Stop(ServerTest):
    def start_pair(self, records):
        self.file = ZoneFile(self.directory / "example.test.zone", ZONE, records=records)
        self.primary, self.secondary = LockstepPrimary(self, "ns1"), LockstepSecondary(self, "ns2")
        self.primary.zones[ZONE], self.secondary.zones[ZONE] = self.file, None
        link(self.primary, self.secondary)
        for server in self.servers:
            server.grant_transfers()
            server.start()
            server.wait_serial(ZONE, 1)

    def test_it_ends_in_time_in_the_middle_of_transfers_out(self):
        strings = " ".join(['"' + 250 * "x" + '"'] * 200)
        self.start_pair("@ IN NS ns1\nns1 IN A 192.0.2.1\n" + "".join(f"t{number} IN TXT {strings}\n" for number in range(TEXTS)))
        longest = 0
        for number in range(max(1, ROUNDS // 20)):
            for server in self.servers:
                readers = [SlowReader(server) for _ in range(3)]
                longest = max(longest, stop(self, server))
                for reader in readers:
                    reader.close()
                self.assertEqual(server.log().count(" ended early after "), 3 * (number + 1))
                server.process.start()
                server.wait_serial(ZONE, 1)
        self.assertEqual(dump(self.primary, ZONE), dump(self.secondary, ZONE))
        note("46", "SIGTERM amid transfers out", L1=0, L3=0, more=f"ended within {longest:.2f} s")

    def test_nothing_acknowledged_is_lost_in_the_middle_of_commits(self):
        self.start_pair(hosts(300))
        bumps = Bumps(self.primary, self.file)
        observers = [Observer(server, ZONE, pause=0.005) for server in self.servers]
        threads = [Repeat(each.step) for each in [bumps, *observers]]
        dice = random.Random(46)
        longest = 0
        try:
            for number in range(ROUNDS):
                at_least = len(bumps.acknowledged) + dice.randrange(1, 4)
                wait_until("changes are acknowledged again", lambda: len(bumps.acknowledged) >= at_least)
                time.sleep(dice.uniform(0, 0.03))
                victim = self.servers[number % 2]
                longest = max(longest, stop(self, victim))
                last = bumps.acknowledged[-1] if victim is self.primary else 0
                self.assertEqual(state.octets(victim, "-wal"), 0, "the journal's log was not written back")
                victim.process.start()
                wait_until(f"{victim.name} serves {last} or newer", lambda: not newer(last, victim.serial(ZONE, timeout=0.5) or 0))
        finally:
            threads[0].finish()
        last = bumps.acknowledged[-1]
        ask(self.primary, "wait", ZONE, timeout_seconds=20)
        for thread in threads[1:]:
            thread.finish()
        self.assertEqual([text for observer in observers for text in observer.wrong][:10], [])
        for server in self.servers:
            self.assertFalse(newer(last, server.serial(ZONE)))
            text = dump(server, ZONE)
            self.assertEqual([serial for serial in bumps.acknowledged if f"n{serial}.{ZONE} " not in text], [],
                             f"acknowledged, but not on {server.name}")
            self.assertEqual(state.quarantined(server), [])
        note("46", "SIGTERM amid commits", L1=0, L3=0, L4=0,
             more=f"{ROUNDS} stops, ended within {longest:.2f} s, {len(bumps.acknowledged)} changes")


class StopWhileFetching(ScriptedTest):
    def test_a_transfer_in_that_stands_still_does_not_hold_the_daemon(self):
        self.follow([ZONE])
        zone = self.zones[ZONE]
        for number in range(max(2, ROUNDS // 10)):
            # Its first message says that there is more, and nothing follows.
            plan = zone.refusing_ixfr([Message(zone.whole(2)[:3])])
            self.primary.plans[ZONE] = plan
            asked = self.asked(ZONE).count(AXFR)
            ask(self.secondary, "refresh", ZONE, wait=False)
            wait_until("it waits for the rest", lambda: self.asked(ZONE).count(AXFR) > asked)
            stop(self, self.secondary)
            self.primary.plans[ZONE] = zone.good(1)
            self.secondary.process.start()
            self.secondary.wait_serial(ZONE, 1)
            self.assert_served(zone, 1)
        self.assert_heals(zone, 2)

    def waits_for_retry(self):
        zone = control.status(self.secondary, ZONE)
        due = datetime.datetime.fromisoformat(zone["next_refresh_at"])
        return zone["last_error"] and (due - datetime.datetime.now(datetime.timezone.utc)).total_seconds() > 10

    def test_a_primary_that_comes_back_is_followed_at_its_word(self):
        """It told of a change and ended before that was fetched: when it tells again, its secondary has 2 s (L5)."""
        self.follow([ZONE])
        zone = self.zones[ZONE]
        self.primary.silent = True
        self.assertEqual(notify(self.secondary, zone.soa(2)), 0)
        wait_until("the secondary has given up for now", self.waits_for_retry)
        self.primary.plans[ZONE] = zone.good(2)
        self.primary.silent = False
        started = time.monotonic()
        self.assertEqual(notify(self.secondary, zone.soa(2)), 0)
        self.secondary.wait_serial(ZONE, 2, seconds=10)
        taken = time.monotonic() - started
        self.assertLess(taken, 2)
        note("46", "primary back after its NOTIFY", L5=taken)


if __name__ == "__main__":
    unittest.main()
