"""Small changes do not wait for large work: both of the threads that load zones are busy meanwhile."""

import pathlib
import unittest
from concurrent.futures import ThreadPoolExecutor

from lockstep_test.lockstep import LockstepSecondary
from lockstep_test.pair import ZONE
from lockstep_test.process import wait_until
from lockstep_test.server import link
from lockstep_test.updates import UpdateTest, add
from lockstep_test.zones import LargeZoneFile, delegations

LARGE = ("large1.test.", "large2.test.")
DELEGATIONS = 60_000  # seconds of loading
BEGUN = 2  # ticks of CPU time by which a thread is seen to load


class BesideLoads(UpdateTest):
    def setUp(self):
        super().setUp()
        self.primary.watch = True
        for name in LARGE:
            self.primary.zones[name] = LargeZoneFile(self.directory / f"{name}zone", name, delegations(DELEGATIONS))
        secondary = LockstepSecondary(self, "ns2")
        secondary.zones[ZONE] = None
        link(self.primary, secondary)
        self.secondaries.append(secondary)

    def loading(self):
        """The CPU time in ticks of each thread that gives way to others, as those do that load."""
        ticks, niceness = {}, {}
        for thread in pathlib.Path(f"/proc/{self.primary.process.pid}/task").iterdir():
            fields = (thread / "stat").read_text().rsplit(")", 1)[1].split()
            ticks[thread.name], niceness[thread.name] = int(fields[11]) + int(fields[12]), int(fields[16])
        least = niceness[str(self.primary.process.pid)]
        return {thread: spent for thread, spent in ticks.items() if niceness[thread] > least}

    def large_serials(self):
        return {name: self.primary.serial(name) for name in LARGE}

    def overtakes(self, number):
        """Whether an update was done before either of two loads that had begun."""
        before, served = self.loading(), self.large_serials()
        # One by its file, one by a verb, as each of these takes one zone at a time. Each is one piece of work, which
        # ends with the new serial.
        for name in LARGE:
            self.primary.zones[name].change()
        with ThreadPoolExecutor() as other:
            reloaded = other.submit(self.primary.reload, LARGE[1])

            def both_load():
                now = self.loading()
                return sum(now[thread] - spent >= BEGUN for thread, spent in before.items()) >= 2
            wait_until("both are being loaded, or one is already", lambda: both_load() or self.large_serials() != served)
            self.do(add(f"beside{number}.example.test.", "A", "192.0.2.9"))
            overtook = self.large_serials() == served
            reloaded.result()
        for name in LARGE:
            self.primary.wait_serial(name, served[name] + 1)
        wait_until("it arrives", lambda: self.of(f"beside{number}", "A", self.secondaries[0]) == {"192.0.2.9"})
        return overtook

    def test_an_update_is_done_while_two_large_zones_are_loaded(self):
        self.start()
        # A load may end by itself just before the update is done.
        self.assertTrue(any(self.overtakes(number) for number in range(5)), "every update waited for a load")


if __name__ == "__main__":
    unittest.main()
