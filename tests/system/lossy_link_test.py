"""A link that loses 30 % of all packets, and doubles, delays and reorders the others: row 35 of FAULTS.md section 2."""

import time

from lockstep_test import figures, netns
from lockstep_test.bad_link import BadLink
from lockstep_test.networked import ZONE, NetworkedPair
from lockstep_test.watching import Observer, Repeat
from lockstep_test.zones import canonical, hosts

REFRESH, RETRY = 5, 2
CHANGES = 20
BOUND = 10 * (RETRY + 2)  # seconds, for what takes RETRY + 2 s on a link that is whole


class LossyLink(NetworkedPair):
    TIMERS = (REFRESH, RETRY, 604800)
    RECORDS = hosts(1500)  # some 3,500 records

    def test_a_zone_and_its_changes_arrive_whole(self):
        bad = BadLink(self, self.primary.host, loss=0.3, doubled=0.1, delay=(0.02, 0.08))
        self.primary.start()
        self.secondary.start()
        begun = time.monotonic()
        self.secondary.wait_serial(ZONE, 1, seconds=300, pause=0.1)
        first = time.monotonic() - begun
        self.assert_in_step()
        observer = Observer(self.secondary, ZONE, pause=0.02)
        watch = Repeat(observer.step)
        lags = []
        for number in range(CHANGES):
            old, new = (f"host{number} IN A {network}.{number}\n" for network in ("10.0.0", "172.16.0"))
            serial = self.file.edit(replace=(old, new))
            self.primary.reload(ZONE)
            dump = self.primary.dump(ZONE)
            changed = time.monotonic()
            self.secondary.wait_serial(ZONE, serial, seconds=BOUND)
            lags.append(time.monotonic() - changed)
            self.assert_same_lines(canonical(dump), canonical(self.secondary.dump(ZONE)), f"serial {serial}, here and there")
        watch.finish()
        self.assertEqual(observer.wrong, [])
        self.assertGreater(bad.lost, 0.2 * (bad.lost + bad.carried))
        self.assertGreater(bad.twice, 0)
        self.assertGreater(bad.overtook, 0)
        figures.note(35, "30 % loss, 10 % twice, 20 to 80 ms late and out of order", L2=0, L3=0, L4=0, L5=max(lags),
                     more=f"AXFR {first:.0f} s, changes {sorted(lags)[len(lags) // 2]:.1f} s at the median; {bad}")


if __name__ == "__main__":
    netns.main()
