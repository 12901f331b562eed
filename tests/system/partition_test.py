"""Primaries that are cut off, or move, and NOTIFYs that are lost: rows 20 and 24 of FAULTS.md section 2."""

import time

import dns.edns
import dns.flags
import dns.rcode

from lockstep_test import figures, netns, query
from lockstep_test.net import KEY, Endpoint
from lockstep_test.networked import EXPIRE, NOTIFY_OVER_UDP, REFRESH, RETRY, ZONE, NetworkedPair
from lockstep_test.process import wait_until
from lockstep_test.server import link
from lockstep_test.watching import Observer, Repeat


class Partition(NetworkedPair):
    def test_it_expires_in_time_and_heals_by_itself_when_the_link_is_back(self):
        self.start()
        held = self.answer().answer[0]
        observer = Observer(self.secondary, ZONE, may_expire=True, pause=0.01)
        watch = Repeat(observer.step)
        # The last contact is between these two moments.
        earliest = time.monotonic()
        self.secondary.verb("refresh", ZONE)
        self.primary.host.cut()
        latest = time.monotonic()
        wait_until("the zone is expired", self.expired)
        passed = time.monotonic()
        self.assertGreater(passed - earliest, EXPIRE)
        self.assertLess(passed - latest, EXPIRE + 2)
        answer = self.answer()
        self.assertEqual(answer.rcode(), dns.rcode.SERVFAIL)
        self.assertFalse(answer.flags & dns.flags.AA)
        self.assertEqual(answer.answer, [])
        self.assertIn(24, [option.code for option in answer.options if option.otype == dns.edns.EDE])  # Invalid Data
        for kind, base in (("AXFR", None), ("IXFR", held)):
            refusal = query.ask(self.secondary.endpoint, ZONE, kind, key=KEY, tcp=True, held=base)
            self.assertEqual(refusal.rcode(), dns.rcode.SERVFAIL)
            self.assertEqual(refusal.answer, [])
        self.assertEqual(self.secondary.status(ZONE)["state"], "expired")
        self.primary.host.heal()
        healed = time.monotonic()
        self.secondary.wait_serial(ZONE, self.file.serial)
        lag = time.monotonic() - healed
        self.assertLessEqual(lag, RETRY + 2)
        self.assert_in_step()
        # A query of the observer's may still wait for a SERVFAIL that the rate limit has withheld.
        wait_until("a client sees the zone again", lambda: observer.seen > 1)
        watch.finish()
        self.assertEqual(observer.wrong, [])
        self.assertEqual(observer.seen, 2)  # before, and again
        figures.note(20, "partition longer than EXPIRE", L2=0, L3=0, L4=0, L5=lag,
                     more=f"expired {passed - earliest - EXPIRE:.2f} s after EXPIRE at most")

    def test_a_lost_notify_is_made_good_by_the_refresh_timer(self):
        self.start()
        lost = self.secondary.host.drop(NOTIFY_OVER_UDP)
        serial = self.change()
        changed = time.monotonic()
        self.secondary.wait_serial(ZONE, serial)
        lag = time.monotonic() - changed
        self.assertLessEqual(lag, REFRESH + 2)
        self.assertGreater(lost.packets, 0)
        self.assert_in_step()
        figures.note(24, "NOTIFY lost", L2=0, L4=0, L5=lag, more=f"{lost.packets} NOTIFYs dropped, REFRESH {REFRESH} s")


class MovedPrimary(NetworkedPair):
    TIMERS = (3600, RETRY, 604800)  # no check by timers: the test says when one begins

    def test_it_is_followed_from_the_reload_on_though_its_old_address_is_being_asked(self):
        self.start()
        self.primary.stop()
        self.primary.host.move_to("10.53.0.99")
        self.primary.endpoint = Endpoint("10.53.0.99", 53)
        self.file.edit(add="moved IN A 192.0.2.7")
        self.primary.start()
        self.secondary.verb("refresh", ZONE, "--no-wait")
        self.secondary.configure()
        self.secondary.verb("reload")
        reloaded = time.monotonic()
        self.secondary.wait_serial(ZONE, self.file.serial)
        lag = time.monotonic() - reloaded
        self.assertLessEqual(lag, 2)
        # NOTIFY is believed from the new address.
        serial = self.change()
        changed = time.monotonic()
        self.secondary.wait_serial(ZONE, serial)
        self.assertLessEqual(time.monotonic() - changed, 2)
        self.assert_in_step()
        figures.note(20, "a primary at another address", L2=0, L4=0, L5=lag)


class TwoPrimaries(NetworkedPair):
    TIMERS = (3600, RETRY, 604800)  # no check by timers: the test says when one begins

    def setUp(self):
        super().setUp()
        self.other = self.add_primary("ns1b")
        link(self.other, self.secondary)

    def lag_while_cut(self, cut, used):
        """How long a change takes while `cut` is cut off, which it is no more afterwards."""
        serial = self.change()
        changed = time.monotonic()
        self.secondary.wait_serial(ZONE, serial)
        lag = time.monotonic() - changed
        self.assertEqual(self.secondary.status(ZONE)["primary"], used.name)
        cut.host.heal()
        self.assert_in_step()
        return lag

    def test_the_one_that_can_be_reached_is_used(self):
        self.start()
        lags = []
        for cut, used in ((self.primary, self.other), (self.other, self.primary)):
            cut.host.cut()
            lags.append(self.lag_while_cut(cut, used))
            self.assertLessEqual(lags[-1], 2)
        figures.note(20, "one of two primaries cut off", L2=0, L4=0, L5=max(lags))

    def test_a_notify_does_not_wait_for_another_primary_that_is_silent(self):
        self.start()
        used = self.secondary.status(ZONE)["primary"]
        cut, other = (self.primary, self.other) if used == self.primary.name else (self.other, self.primary)
        cut.host.cut()
        self.secondary.verb("refresh", ZONE, "--no-wait")  # a check that `cut` will not answer
        lag = self.lag_while_cut(cut, other)
        self.assertLessEqual(lag, 2)
        figures.note(20, "one of two primaries cut off, and asked", L2=0, L4=0, L5=lag)


if __name__ == "__main__":
    netns.main()
