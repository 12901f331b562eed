"""Clients that hold connections and want nothing: rows 33 and 34 of FAULTS.md section 2."""

import time
import unittest

import dns.message
import dns.rdatatype

from lockstep_test import query
from lockstep_test.control import ask, dump
from lockstep_test.crowd import CrowdTest, Idlers, NeverReaders, stranger
from lockstep_test.evil import question
from lockstep_test.figures import note
from lockstep_test.net import KEY
from lockstep_test.process import wait_until
from lockstep_test.sanitized import memory_factor
from lockstep_test.scale import often
from lockstep_test.watching import descriptors, resident
from lockstep_test.zones import hosts

ZONE = CrowdTest.ZONE
SECONDS = often("LOCKSTEP_CROWD_SECONDS", 20, 40)
CROWD = 3000
LIMIT = 1024  # of connections, by default
WRITE_SECONDS = 30  # for a peer to take what it is sent


class Crowd(CrowdTest):
    def test_idle_connections_of_strangers_keep_nobody_out(self):
        self.start_pair(hosts(100))
        before = descriptors(self.primary)
        idlers = Idlers(self.primary.endpoint, CROWD, sources=60)
        try:
            wait_until("the strangers have what they can get", lambda: descriptors(self.primary) >= LIMIT * 7 // 8)  # the rest is for peers
            self.secondary.crash()  # the connection that it had is gone
            self.secondary.wait_serial(ZONE, 1)
            tcp, udp, asked, _, slowest = self.go_on(SECONDS)
            held = descriptors(self.primary)
        finally:
            idlers.finish()
        self.assertLess(held, before + LIMIT + 20)
        self.assertEqual(udp, asked)
        self.assertEqual(tcp, asked, "clients with something to ask were not answered over TCP")
        self.assertLess(slowest, 2)
        wait_until("the descriptors are back", lambda: descriptors(self.primary) <= before * 1.05 + 2)
        note("33", f"{CROWD} idle connections of strangers", L2=0, L5=slowest, L7=descriptors(self.primary) / before,
             more=f"others: {tcp} of {asked} answered over TCP, {udp} over UDP; {idlers.opened} connections opened")

    def test_who_never_reads_costs_a_bounded_amount_and_is_ended(self):
        self.start_pair(hosts(4000) + "big IN TXT " + " ".join(f'"{"x" * 250}"' for _ in range(200)) + "\n")
        ask(self.primary, "bump", ZONE)  # what loading takes is no fault of theirs
        before = resident(self.primary)
        open_before = descriptors(self.primary)
        large = dns.message.make_query(f"big.{ZONE}", dns.rdatatype.TXT).to_wire()
        crowds = [NeverReaders(self.primary.endpoint, 100, large, source=stranger(1)),
                  NeverReaders(self.primary.endpoint, 4, question(ZONE, "AXFR", KEY), source=stranger(2))]
        started = time.monotonic()
        for crowd in crowds:
            self.addCleanup(crowd.close)
        highest = 0
        while any([crowd.send() for crowd in crowds]):
            highest = max(highest, resident(self.primary))
            time.sleep(0.02)
        tcp, udp, asked, _, slowest = self.go_on(10)
        highest = max(highest, resident(self.primary))
        count = sum(len(crowd.connections) for crowd in crowds)
        cap = count * 192 * 1024 * memory_factor(self.primary.program())  # what the TCP server says that a connection holds
        self.assertLess(highest - before, cap)
        self.assertEqual((tcp, udp), (asked, asked))
        self.assertLess(slowest, 2)
        wait_until("they are ended", lambda: sum(crowd.ended() for crowd in crowds) == count, seconds=WRITE_SECONDS + 15, pause=0.2)
        ended = time.monotonic() - started
        wait_until("the descriptors are back", lambda: descriptors(self.primary) <= open_before * 1.05 + 2)
        self.assertIsNone(query.refusal(self.primary.endpoint, ZONE))  # the transfers' places are free again
        self.assertEqual(dump(self.primary, ZONE), dump(self.secondary, ZONE))
        note("34", f"{count} clients that never read", L5=slowest, L7=descriptors(self.primary) / open_before,
             more=f"{(highest - before) / 2**20:.0f} MiB more at most, ended after {ended:.0f} s; others: {tcp} of {asked} over TCP")


if __name__ == "__main__":
    unittest.main()
