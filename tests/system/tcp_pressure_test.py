"""Every kind of bad TCP client at once, from many addresses, while others are served: FAULTS.md section 3, "Wire"."""

import contextlib
import time
import unittest
from dataclasses import dataclass

import dns.message
import dns.rdatatype

from lockstep_test.crowd import CrowdTest, Drippers, Idlers, NeverReaders, stranger
from lockstep_test.lockstep import LockstepPrimary
from lockstep_test.process import wait_until
from lockstep_test.sanitized import memory_factor
from lockstep_test.scale import often
from lockstep_test.watching import descriptors, resident
from lockstep_test.zones import hosts

ZONE = CrowdTest.ZONE
DRIPPERS, IDLERS, READERS, QUESTIONS = 200, 500, 20, 10_000
SECONDS = often("LOCKSTEP_PRESSURE_SECONDS", 12, 60)  # longer than the server waits for a message, so that all come twice
KIB = 1024
# What the TCP server says that a connection holds at most, and what one does that sends next to nothing.
BOUND = (READERS * 192 + (DRIPPERS + IDLERS) * 16) * KIB


@dataclass
class Wave:
    """What the crowd cost at most, and what came of others meanwhile."""
    memory: int
    files: int
    opened: int
    tcp: int
    udp: int
    asked: int
    slowest: float


class TcpPressure(CrowdTest):
    def wave(self, seconds):
        small = dns.message.make_query(ZONE, dns.rdatatype.SOA).to_wire()
        large = dns.message.make_query(f"big.{ZONE}", dns.rdatatype.TXT).to_wire()
        before = descriptors(self.primary)
        memory, files = [], []
        with contextlib.ExitStack() as stack:
            crowds = [Drippers(self.primary.endpoint, DRIPPERS, sources=5, first_source=100),
                      Idlers(self.primary.endpoint, IDLERS, sources=10, first_source=200)]
            readers = [NeverReaders(self.primary.endpoint, READERS // 2, wire, source=stranger(number))
                       for number, wire in enumerate((small, large))]
            for crowd in crowds:
                stack.callback(crowd.finish)
            for reader in readers:
                stack.callback(reader.close)

            def look():
                for reader in readers:
                    reader.send()
                memory.append(resident(self.primary))
                files.append(descriptors(self.primary))
                return files[-1] >= before + DRIPPERS + IDLERS + READERS

            wait_until("all of them are connected", look)
            tcp, udp, asked, answer, change = self.go_on(seconds, look)
            for reader in readers:
                self.assertGreaterEqual(reader.fewest_questions(), QUESTIONS)
            self.assertGreater(crowds[0].dripped, DRIPPERS * seconds / 2)
            opened = sum(crowd.opened for crowd in crowds) + READERS
        return Wave(max(memory), max(files), opened, tcp, udp, asked, max(answer, change))

    def test_drips_silence_and_answers_that_nobody_reads_cost_little_and_keep_nobody_out(self):
        self.start_pair(hosts(1000) + "big IN TXT " + " ".join(f'"{"x" * 250}"' for _ in range(200)) + "\n")
        self.go_on(2)  # what changes take is no fault of theirs
        memory, files = resident(self.primary), descriptors(self.primary)
        bound = BOUND * memory_factor(LockstepPrimary.program())
        waves = []
        for seconds in (SECONDS, 5):
            waves.append(self.wave(seconds))
            ended = time.monotonic()
            wait_until("the descriptors are back", lambda: descriptors(self.primary) <= files + 3)
            print(f"{DRIPPERS} that drip, {IDLERS} silent, {READERS} that read none of {QUESTIONS} answers: {waves[-1].opened} "
                  f"connections; at most {(waves[-1].memory - memory) / KIB:.0f} KiB more (bound {bound / KIB:.0f}), "
                  f"{(resident(self.primary) - memory) / KIB:.0f} afterwards; at most {waves[-1].files} descriptors, {files} before, "
                  f"back after {time.monotonic() - ended:.2f} s; others: {waves[-1].tcp} of {waves[-1].asked} answered over TCP, "
                  f"{waves[-1].udp} over UDP, slowest answer or change {waves[-1].slowest * 1000:.0f} ms")
        for wave in waves:
            self.assertEqual((wave.tcp, wave.udp), (wave.asked, wave.asked))
            self.assertLess(wave.slowest, 2)
            self.assertLess(wave.memory - memory, bound)
            self.assertLessEqual(wave.files, files + DRIPPERS + IDLERS + READERS + 20)
        self.assertLess(waves[1].memory - waves[0].memory, bound / 8, "what the first crowd took is not used again")


if __name__ == "__main__":
    unittest.main()
