"""kill -9 at one system call of a commit after the other: rows 3 and 4 of FAULTS.md section 2.

strace counts the calls of each thread; whichever first comes to its Nth call that changes a file dies there, and with it
the daemon.
"""

import os
import unittest

import dns.exception

from lockstep_test.control import ask, dump
from lockstep_test.evil import notify
from lockstep_test.figures import note
from lockstep_test.lockstep import LockstepPrimary
from lockstep_test.process import wait_until
from lockstep_test.scripted import ScriptedTest
from lockstep_test.server import find_program
from lockstep_test.zones import ZoneFile, canonical, compiled

ORIGIN = "example.test."
CALLS = "pwrite64,fdatasync,fsync,ftruncate,rename,unlink"
SOAK = "LOCKSTEP_SOAK_SECONDS" in os.environ
CHANGES = int(os.environ.get("LOCKSTEP_KILL_CHANGES", 20 if SOAK else 4))  # while one life lasts; a commit has five calls, on one of two threads


def doomed(command, point):
    """The command, to be killed at its `point`th call."""
    return [find_program("strace"), "-D", "-f", "-qq", "-o", "/dev/null", "-e", f"trace={CALLS}",
            "-e", f"inject={CALLS}:signal=SIGKILL:when={point}", *command]


class KillPoints(ScriptedTest):
    def lives(self, server, change):
        """Lets `server` live until its Nth call, for each N until it outlives all changes. `change()` makes one and
        returns its serial once that is served, or None if the server died. Yields the last serial served before."""
        command = list(server.process.argv)
        point, survived = 0, False
        while not survived:
            point += 1
            server.process.kill()
            server.process.argv = [str(word) for word in doomed(command, point)]
            server.process.start()
            last, survived = None, True
            for _ in range(CHANGES):
                served = change()
                if served is None:
                    survived = False
                    break
                last = served
            server.process.kill()
            server.process.argv = command
            server.process.start()
            yield last
        self.assertGreater(point, 2 * CHANGES, "the kills did not come to the commits")
        self.points = point

    def died_or(self, server, condition):
        """Whether `condition` came true before the server died."""
        return wait_until("it serves or is dead", lambda: not server.process.running or condition()) and server.process.running

    def test_a_secondary_comes_back_with_what_it_served_or_newer(self):
        self.follow([ORIGIN])
        zone = self.zones[ORIGIN]
        offered = 1

        def serving(serial):
            return lambda: self.secondary.serial(ORIGIN, timeout=0.5) == serial

        def change():
            nonlocal offered
            if not self.died_or(self.secondary, lambda: self.secondary.serial(ORIGIN, timeout=0.5) is not None):
                return None
            offered += 1
            self.primary.plans[ORIGIN] = zone.good(offered)
            try:
                notify(self.secondary, zone.soa(offered))
            except (OSError, dns.exception.Timeout):
                pass  # it died before it could answer
            return offered if self.died_or(self.secondary, serving(offered)) else None

        held = 1
        for last in self.lives(self.secondary, change):
            held = last or held
            back = wait_until("it serves again", lambda: self.secondary.serial(ORIGIN, timeout=0.5))
            self.assertIn(back, range(held, offered + 1))
            ask(self.secondary, "refresh", ORIGIN)
            self.assert_served(zone, offered)
            self.assertNotIn(".bad-", " ".join(os.listdir(self.secondary.state_directory)))
            held = offered
        note("3", f"secondary killed at each of {self.points} calls, transfers running", L1=0, L2=0, L3=0, L4=0)

    def test_a_primary_comes_back_with_all_that_bump_acknowledged(self):
        file = ZoneFile(self.directory / "example.test.zone", ORIGIN)
        primary = LockstepPrimary(self, "ns1")
        primary.zones[ORIGIN] = file
        primary.start()
        names = 0

        def change():
            nonlocal names
            if not self.died_or(primary, lambda: primary.serial(ORIGIN, timeout=0.5) is not None):
                return None
            names += 1
            file.serial = file.serial_in_file()
            file.records += f"host{names} IN A 192.0.2.{names % 256}\n"
            file.write()
            try:
                done = ask(primary, "bump", ORIGIN, expect=None)
            except OSError:  # it died before it heard of it
                return None
            return file.serial_in_file() if done.code == 0 else None

        acknowledged = 1
        for last in self.lives(primary, change):
            acknowledged = last or acknowledged
            back = wait_until("it serves again", lambda: primary.serial(ORIGIN, timeout=0.5))
            self.assertGreaterEqual(back, acknowledged)
            self.assert_same_lines([line for line in compiled(file.path, ORIGIN) if " SOA " not in line],
                                   [line for line in canonical(dump(primary, ORIGIN)) if " SOA " not in line],
                                   "the file, and what is served")
            acknowledged = back
        note("4", f"primary killed at each of {self.points} calls, bumps running", L1=0, L2=0, L3=0, L4=0)


if __name__ == "__main__":
    unittest.main()
