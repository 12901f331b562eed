"""No memory left: row 42 of FAULTS.md section 2. For daemons without sanitizers, which keep memory of their own."""

import re
import resource
import time
import unittest

from lockstep_test.case import ServerTest
from lockstep_test.control import ask, dump, status
from lockstep_test.figures import note
from lockstep_test.lockstep import LockstepPrimary, LockstepSecondary
from lockstep_test.process import wait_until
from lockstep_test.sanitized import has_address_sanitizer
from lockstep_test.server import link
from lockstep_test.watching import Observer, Repeat
from lockstep_test.zones import ZoneFile, hosts

LARGE, SMALL = "large.test.", "small.test."
ROOM = 12 * 2**20  # octets that the process may still take
MORE = hosts(200000).replace("host", "more").replace("alias", "other").split("\n", 2)[2]  # without NS and its address
OUT_OF_MEMORY = re.compile(r"bad_alloc|memory|limit", re.IGNORECASE)


def data_octets(server):
    with open(f"/proc/{server.process.pid}/status", encoding="ascii") as file:
        return int(file.read().split("VmData:")[1].split()[0]) * 1024


class Memory(ServerTest):
    def start_pair(self):
        self.assertFalse(has_address_sanitizer(LockstepSecondary.program()), "this test is for daemons without sanitizers")
        self.large = ZoneFile(self.directory / "large.test.zone", LARGE, records=hosts(10))
        self.small = ZoneFile(self.directory / "small.test.zone", SMALL)
        self.primary, self.secondary = LockstepPrimary(self, "ns1"), LockstepSecondary(self, "ns2")
        self.primary.zones = {LARGE: self.large, SMALL: self.small}
        self.secondary.zones = dict.fromkeys((LARGE, SMALL))
        link(self.primary, self.secondary)
        for server in self.servers:
            server.start()
            for zone in (LARGE, SMALL):
                server.wait_serial(zone, 1)

    def limit(self, server, octets):
        """To so many more than it has, or to none (None)."""
        most = resource.RLIM_INFINITY if octets is None else data_octets(server) + octets
        resource.prlimit(server.process.pid, resource.RLIMIT_DATA, (most, resource.RLIM_INFINITY))

    def change_small(self, server):
        """A change of the small zone gets through to `server`."""
        self.small.edit(add=f"n{self.small.serial} IN A 192.0.2.1")
        ask(self.primary, "reload", SMALL)
        server.wait_serial(SMALL, self.small.serial)

    def exhaust(self, server, work):
        """Lets `server` run out of memory in `work()`; afterwards it has enough again. What is served meanwhile is judged;
        returns whether it lived, or had to be started again, as a service manager would."""
        observers = [Observer(one, SMALL, pause=0.005) for one in self.servers]
        watching = [Repeat(observer.step) for observer in observers]
        logged = len(server.log())
        try:
            self.limit(server, ROOM)
            work()
            lived = server.process.running
            if lived:
                self.limit(server, None)
            else:
                server.process.start()
                wait_until(f"{server.name} serves again", lambda: server.serial(SMALL, timeout=0.5) is not None)
            self.change_small(server)
        finally:
            for watcher in watching:
                watcher.finish()
        self.assertEqual([wrong for observer in observers for wrong in observer.wrong], [])
        self.assertRegex(server.log()[logged:], OUT_OF_MEMORY, "it did not run out of memory")
        return lived

    def test_a_transfer_that_takes_all_memory_is_given_up_and_heals(self):
        self.start_pair()
        before = dump(self.secondary, LARGE)

        def work():
            self.large.edit(add=MORE)
            ask(self.primary, "reload", LARGE, timeout=120)
            wait_until("the secondary gives up", lambda: not self.secondary.process.running
                       or OUT_OF_MEMORY.search(self.secondary.log()[logged:]))
            if self.secondary.process.running:
                self.assertEqual(dump(self.secondary, LARGE), before)

        logged = len(self.secondary.log())
        lived = self.exhaust(self.secondary, work)
        ended = time.monotonic()
        self.secondary.wait_serial(LARGE, self.large.serial, seconds=60 + 10)  # RETRY, and the transfer itself
        taken = time.monotonic() - ended
        self.assertEqual(dump(self.secondary, LARGE), dump(self.primary, LARGE))
        self.assertTrue(lived, "the daemon had to be started again: one transfer took it down")
        note("42", "no memory for a transfer", L2=0, L3=0, L4=0, L5=taken)

    def test_a_zone_file_that_takes_all_memory_is_refused(self):
        self.start_pair()
        before = dump(self.primary, LARGE)

        def work():
            self.large.edit(add=MORE)
            try:
                self.assertNotEqual(ask(self.primary, "reload", LARGE, expect=None, timeout=30).code, 0)
                self.assertEqual(dump(self.primary, LARGE), before)
            except ConnectionError:
                self.primary.process.exit_code()

        lived = self.exhaust(self.primary, work)
        ask(self.primary, "reload", LARGE, timeout=120)
        self.secondary.wait_serial(LARGE, self.large.serial)
        self.assertEqual(dump(self.secondary, LARGE), dump(self.primary, LARGE))
        self.assertTrue(lived, "the daemon had to be started again: one file took it down")
        note("42", "no memory for a zone file", L2=0, L3=0, L4=0)


if __name__ == "__main__":
    unittest.main()
