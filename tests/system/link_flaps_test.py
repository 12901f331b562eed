"""Links that come and go, and partitions far longer than EXPIRE: row 20 of FAULTS.md section 2, for longer."""

import time
from datetime import datetime, timezone

from lockstep_test import figures, netns
from lockstep_test.flood import Flood, notify
from lockstep_test.net import KEY
from lockstep_test.networked import EXPIRE, NOTIFY_OVER_UDP, REFRESH, RETRY, ZONE, NetworkedPair
from lockstep_test.process import wait_until
from lockstep_test.watching import Observer, Repeat

FLAPS = 10
PERIOD = 2  # seconds down, and as many up


class FlappingLink(NetworkedPair):
    TIMERS = (REFRESH, RETRY, 604800)

    def test_changes_made_while_a_link_flaps_arrive_when_it_stands(self):
        self.start()
        observer = Observer(self.secondary, ZONE, pause=0.01)
        watch = Repeat(observer.step)
        missed = 0
        for _ in range(FLAPS):
            self.primary.host.cut()
            serial = self.change()
            time.sleep(PERIOD)
            missed += self.secondary.serial(ZONE) != serial
            self.primary.host.heal()
            self.change()
            time.sleep(PERIOD)
        self.primary.host.cut()
        serial = self.change()
        time.sleep(PERIOD)
        self.primary.host.heal()
        stands = time.monotonic()
        self.secondary.wait_serial(ZONE, serial)
        lag = time.monotonic() - stands
        self.assertLessEqual(lag, RETRY + 2)
        self.assert_in_step()
        watch.finish()
        self.assertEqual(observer.wrong, [])
        self.assertEqual(missed, FLAPS, "a change came through while the link was down")
        figures.note(20, f"link down and up {FLAPS} times, {PERIOD} s each, under changes", L2=0, L3=0, L4=0, L5=lag)


class ChangeAfterPartition(NetworkedPair):
    TIMERS = (3600, 60, 604800)  # what arrives, arrives by NOTIFY

    def test_a_change_after_a_partition_does_not_wait_for_the_answer_to_an_earlier_notify(self):
        self.start()
        sent = self.primary.host.count(NOTIFY_OVER_UDP, "output")
        # Far from here: no neighbour says at once that nobody is there.
        partition = self.secondary.host.drop(f"ip saddr {self.primary.host.address}")
        self.change()
        # Sent after 0, 1, 3, 7 and 15 s; the answer to the fifth is waited for until 31 s.
        wait_until("the fifth NOTIFY is on its way", lambda: sent.packets >= 5, pause=0.2)
        self.assertGreaterEqual(partition.packets, 5)
        partition.remove()
        serial = self.change()
        changed = time.monotonic()
        self.secondary.wait_serial(ZONE, serial)
        lag = time.monotonic() - changed
        self.assertLessEqual(lag, 2)
        self.assert_in_step()
        figures.note(20, "a change just after a partition of 15 s", L2=0, L4=0, L5=lag)


class LongPartition(NetworkedPair):
    def until_next_check(self):
        """Seconds, while none is under way."""
        status = self.secondary.status(ZONE)
        return (datetime.fromisoformat(status["next_refresh_at"]) - datetime.now(timezone.utc)).total_seconds()

    def heal_at_the_worst_moment(self):
        """Expires the zone, lets what backs off do so, and heals the link when the next check is as far off as it gets.
        Returns how long it was cut, and when it was healed."""
        self.start()
        self.primary.host.cut()
        cut = time.monotonic()
        wait_until("the zone is expired", self.expired)
        wait_until("checks were in vain for a while", lambda: time.monotonic() - cut > EXPIRE + 20, pause=0.2)
        self.assertIsNotNone(self.secondary.status(ZONE)["last_error"])
        end = time.monotonic() + 30
        while self.until_next_check() < RETRY + 2.5 and time.monotonic() < end:
            time.sleep(0.2)
        self.primary.host.heal()
        return time.monotonic() - cut, time.monotonic()

    def test_an_expired_zone_heals_as_fast_after_a_long_partition(self):
        cut, healed = self.heal_at_the_worst_moment()
        self.secondary.wait_serial(ZONE, self.file.serial)
        lag = time.monotonic() - healed
        self.assertLessEqual(lag, RETRY + 2)
        self.assert_in_step()
        figures.note(20, f"expired in a partition of {cut:.0f} s", L2=0, L4=0, L5=lag)

    def test_a_notify_of_what_was_announced_before_heals_an_expired_zone(self):
        cut, told = self.heal_at_the_worst_moment()
        # Not by the primary itself, which may be waiting for the answer to an earlier one.
        message = notify(ZONE, self.file.serial, KEY)
        notifies = Flood(self.primary.host, self.secondary.endpoint, [message], self.primary.host.address, rate=100, seconds=1)
        self.secondary.wait_serial(ZONE, self.file.serial)
        lag = time.monotonic() - told
        self.assertGreater(notifies.wait()[0], 0)
        self.assertLessEqual(lag, 2)
        self.assert_in_step()
        figures.note(20, f"expired in a partition of {cut:.0f} s, then NOTIFY", L2=0, L4=0, L5=lag)


if __name__ == "__main__":
    netns.main()
