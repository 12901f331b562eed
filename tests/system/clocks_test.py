"""Clocks that are set, and machines that sleep: rows 13 to 15 of FAULTS.md section 2, while up and over a restart."""

import os
import signal
import time
import unittest

import dns.edns
import dns.flags
import dns.message
import dns.query
import dns.rcode

from lockstep_test import query
from lockstep_test.case import ServerTest
from lockstep_test.clocks import Clocks
from lockstep_test.figures import note
from lockstep_test.lockstep import LockstepPrimary, LockstepSecondary
from lockstep_test.process import wait_until
from lockstep_test.server import link
from lockstep_test.zones import ZoneFile

ORIGIN = "example.test."
HOUR, YEARS, EXPIRE = 3600, 400 * 86400, 1000
JUMPS = (HOUR, -HOUR, YEARS, -YEARS)


class ClockTest(ServerTest):
    """A pair; the secondary's clocks are ours to set."""

    def setUp(self):
        super().setUp()
        self.clocks = Clocks(self.directory)
        self.pairs = 0

    def follow(self, expire):
        self.pairs += 1
        file = ZoneFile(self.directory / f"{self.pairs}.zone", ORIGIN, timers=(3600, 60, expire))
        self.primary = LockstepPrimary(self, f"ns{self.pairs}a")
        self.primary.zones[ORIGIN] = file
        self.prefix = self.clocks.prefix
        self.secondary = LockstepSecondary(self, f"ns{self.pairs}b")
        self.prefix = ()
        self.secondary.zones[ORIGIN] = None
        link(self.primary, self.secondary)
        self.primary.start()
        self.addCleanup(self.silence, self.primary, False)  # else it would not stop
        self.secondary.start()
        self.secondary.wait_serial(ORIGIN, 1)
        self.secondary.verb("refresh", ORIGIN)

    @staticmethod
    def silence(primary, silent):
        """It neither answers nor goes away."""
        os.kill(primary.process.pid, signal.SIGSTOP if silent else signal.SIGCONT)

    def answer(self):
        return query.ask(self.secondary.endpoint, ORIGIN, timeout=0.5)

    def expired(self):
        answer = self.answer()
        return answer is not None and answer.rcode() == dns.rcode.SERVFAIL

    def lease(self):
        """What the secondary tells its downstreams (RFC 7314), in seconds."""
        asked = dns.message.make_query(ORIGIN, "SOA", use_edns=0, options=[dns.edns.GenericOption(9, b"")])
        answer = dns.query.udp(asked, self.secondary.endpoint.address, 2, self.secondary.endpoint.port)
        return next(int.from_bytes(option.data, "big") for option in answer.options if option.otype == 9)

    def assert_lease_within(self, least, most):
        lease = self.lease()
        self.assertGreaterEqual(lease, least)
        self.assertLessEqual(lease, most)


class WhileUp(ClockTest):
    def test_a_wall_clock_that_is_set_expires_nothing_and_is_told(self):
        self.follow(EXPIRE)
        confirmed = time.monotonic()
        for number, jump in enumerate(JUMPS, 1):
            with self.subTest(jump=jump):
                self.clocks.set_wall(jump)
                wait_until("the jump is told", lambda n=number: self.secondary.log().count("the wall clock was set") == 2 * n - 1)
                self.secondary.wait_serial(ORIGIN, 1)
                passed = time.monotonic() - confirmed
                self.assert_lease_within(EXPIRE - passed - 2, EXPIRE - passed + 2)
                # No signature is good under such a clock, and both what is wrong and by how much is said.
                said = self.secondary.verb("refresh", ORIGIN, expect=1).stderr
                self.assertRegex(said, "clock")
                self.assertEqual(self.secondary.status(ORIGIN)["last_error"]["stage"], "tsig")
                self.clocks.set_wall(0)
                wait_until("it is set right", lambda n=number: self.secondary.log().count("the wall clock was set") == 2 * n)
                self.secondary.verb("refresh", ORIGIN)
                confirmed = time.monotonic()
                self.assertIsNone(self.secondary.status(ORIGIN)["last_error"])
        note("13, 14", "wall clock set by +-1 h and +-400 d while up", L2=0, L3=0, L4=0)

    def test_time_that_a_machine_sleeps_counts(self):
        self.follow(EXPIRE)
        self.silence(self.primary, True)
        self.clocks.sleep(EXPIRE - 100)
        wait_until("it wakes up", lambda: "suspended for 900 s" in self.secondary.log())
        self.secondary.wait_serial(ORIGIN, 1)
        self.assert_lease_within(80, 100)
        self.assertNotIn("the wall clock was set", self.secondary.log())
        self.clocks.sleep(100)
        began = time.monotonic()
        wait_until("it is expired", self.expired, seconds=3)
        late = time.monotonic() - began
        self.silence(self.primary, False)
        self.clocks.set_wall(-EXPIRE)  # the primary has not slept
        self.secondary.verb("refresh", ORIGIN)
        self.secondary.wait_serial(ORIGIN, 1)
        note("15", "suspended beyond EXPIRE", L2=0, L4=0, more=f"expired {late:.1f} s after it woke up")


class OverARestart(ClockTest):
    def restart_with_wall(self, seconds):
        """The primary is gone, and the clock was set while the daemon was down."""
        self.silence(self.primary, True)
        self.secondary.process.kill()
        self.clocks.set_wall(seconds)
        self.secondary.process.start()
        wait_until("it answers again", lambda: self.answer() is not None)

    def test_a_clock_that_went_back_lengthens_no_lease(self):
        for back in (HOUR, YEARS, 2**31 - 1):
            with self.subTest(back=back):
                self.follow(EXPIRE)
                self.restart_with_wall(-back)
                self.secondary.wait_serial(ORIGIN, 1)
                self.assert_lease_within(EXPIRE - 40, EXPIRE)
                self.secondary.stop()
                self.clocks.set_wall(0)

    def test_what_expired_stays_so_whatever_the_clock_says(self):
        self.follow(4)
        self.silence(self.primary, True)
        wait_until("it is expired", self.expired)
        for wall in (-HOUR, -YEARS, HOUR):
            self.restart_with_wall(wall)
            self.assertTrue(self.expired())
        self.clocks.set_wall(0)
        self.secondary.process.kill()
        self.secondary.process.start()
        self.silence(self.primary, False)
        began = time.monotonic()
        self.secondary.wait_serial(ORIGIN, 1)
        note("14, 21", "restarts under a clock that went back", L2=0, L3=0, L4=0, L5=time.monotonic() - began,
             more="what had expired stayed so")

    def test_time_that_passed_while_it_was_down_counts(self):
        self.follow(EXPIRE)
        self.restart_with_wall(EXPIRE - 100)
        self.secondary.wait_serial(ORIGIN, 1)
        self.assert_lease_within(60, 100)
        self.restart_with_wall(EXPIRE + 1)
        self.assertTrue(self.expired())

    def test_a_clock_set_while_up_is_what_the_next_start_reckons_with(self):
        self.follow(EXPIRE)
        for wall in (HOUR, -HOUR):
            self.silence(self.primary, True)
            written = self.last_write()
            self.clocks.set_wall(wall)
            wait_until("the timers are stored anew", lambda w=written: self.last_write() > w)
            self.secondary.process.kill()
            self.secondary.process.start()
            self.secondary.wait_serial(ORIGIN, 1)  # as stored by the old clock it had expired, or would live an hour more
            self.assert_lease_within(EXPIRE - 60, EXPIRE)

    def last_write(self):
        return (self.secondary.state_directory / "state.db-wal").stat().st_mtime_ns


if __name__ == "__main__":
    unittest.main()
