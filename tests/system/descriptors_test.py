"""No descriptor left: row 41 of FAULTS.md section 2."""

import socket
import time
import unittest

from lockstep_test import query
from lockstep_test.bench import cpu_seconds
from lockstep_test.case import ServerTest
from lockstep_test.control import ask, dump
from lockstep_test.crowd import Idlers, allow_many, frame
from lockstep_test.evil import question
from lockstep_test.figures import note
from lockstep_test.lockstep import LockstepPrimary, LockstepSecondary
from lockstep_test.process import wait_until
from lockstep_test.server import link
from lockstep_test.watching import Observer, Repeat, descriptors
from lockstep_test.zones import ZoneFile

ZONE = "example.test."
MOST = 64  # descriptors


class Descriptors(ServerTest):
    def start_pair(self, limited):
        allow_many()
        self.file = ZoneFile(self.directory / "example.test.zone", ZONE)
        self.primary, self.secondary = LockstepPrimary(self, "ns1"), LockstepSecondary(self, "ns2")
        self.primary.zones[ZONE], self.secondary.zones[ZONE] = self.file, None
        link(self.primary, self.secondary)
        self.limited = self.primary if limited == "primary" else self.secondary
        self.limited.process.argv = ["prlimit", f"--nofile={MOST}:{MOST}", *self.limited.process.argv]
        for server in self.servers:
            server.start()
            server.wait_serial(ZONE, 1)
        # Every path is walked once: UBSan looks at objects that it has not met by means of a pipe, and calls them broken
        # where it gets none.
        for number in range(3):
            self.file.edit(add=f"before{number} IN A 192.0.2.1")
            ask(self.primary, "reload", ZONE)
            self.secondary.wait_serial(ZONE, self.file.serial)
        self.secondary.verb("retransfer", ZONE)

    def talk(self, connection):
        """A question over a connection that stands."""
        connection.sendall(frame(question(ZONE, "SOA", None)))
        return len(connection.recv(2, socket.MSG_WAITALL)) == 2 and connection.recv(4096) != b""

    def starve(self, limited):
        self.start_pair(limited)
        server = self.limited
        before = descriptors(server)
        standing = socket.create_connection((server.endpoint.address, server.endpoint.port), 5)
        self.addCleanup(standing.close)
        self.assertTrue(self.talk(standing))
        observer = Observer(server, ZONE, pause=0.01)
        watching = Repeat(observer.step)
        idlers = Idlers(server.endpoint, 4 * MOST, sources=20)
        try:
            wait_until("no descriptor is left", lambda: descriptors(server) >= MOST)
            self.assertTrue(self.talk(standing))
            started, used = time.monotonic(), sum(cpu_seconds(server.process.pid))
            answers = len(observer.times)
            unanswered = 0
            while time.monotonic() < started + 5:
                unanswered += query.ask(server.endpoint, ZONE, timeout=2) is None
                self.assertTrue(self.talk(standing))
                time.sleep(0.2)
            share = (sum(cpu_seconds(server.process.pid)) - used) / (time.monotonic() - started)
            self.assertGreaterEqual(descriptors(server), MOST - 2, "the fault was over too early")
            self.assertEqual(unanswered, 0)
            self.assertGreater(len(observer.times), answers)
            self.assertLess(share, 0.5, "the process spins")
            # A change that comes just now may fail, and heals.
            self.file.edit(add="meanwhile IN A 192.0.2.1")
            try:
                ask(self.primary, "reload", ZONE, expect=None, timeout=3)
            except OSError:
                pass
        finally:
            idlers.finish()
            watching.finish()
        ended = time.monotonic()
        wait_until("the control socket answers", lambda: server.verb("status", expect=None).returncode == 0)
        ask(self.primary, "reload", ZONE)
        self.secondary.wait_serial(ZONE, self.file.serial)
        taken = time.monotonic() - ended
        self.assertLess(taken, 60 + 2)  # RETRY
        self.assertEqual(dump(self.primary, ZONE), dump(self.secondary, ZONE))
        self.assertEqual(observer.wrong, [])
        wait_until("the descriptors are back", lambda: descriptors(server) <= before + 3)
        self.assertLess(server.log().count("Too many open files"), 200, "the log is flooded")
        note("41", f"no descriptor left on the {limited}", L2=0, L3=0, L5=taken, L6=0, L7=descriptors(server) / before,
             more=f"{share:.0%} of a core, {server.log().count('Too many open files')} lines logged")

    def test_a_primary_without_descriptors_goes_on_and_heals(self):
        self.starve("primary")

    def test_a_secondary_without_descriptors_goes_on_and_heals(self):
        self.starve("secondary")


if __name__ == "__main__":
    unittest.main()
