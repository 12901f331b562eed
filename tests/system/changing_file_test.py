"""A zone file that is rewritten while it is read: row 12 of FAULTS.md section 2.

LOCKSTEP_FILE_RELOADS sets how many reloads.
"""

import hashlib
import os
import random
import time
import unittest

from lockstep_test.case import ServerTest
from lockstep_test.control import ask, dump
from lockstep_test.figures import note
from lockstep_test.lockstep import LockstepPrimary, LockstepSecondary
from lockstep_test.scale import often
from lockstep_test.server import link
from lockstep_test.watching import Observer, Repeat
from lockstep_test.zones import ZoneFile

ZONE = "example.test."
RELOADS = often("LOCKSTEP_FILE_RELOADS", 60, 1000)
HOSTS = 400


def digest(records):
    return hashlib.sha256("\n".join(sorted(records)).encode()).hexdigest()


def version(serial):
    """A zone that tells of itself how many hosts it has and what they come to, and that lacks its NS until its last line."""
    hosts = [f"h{number:04}.{ZONE} 300 IN TXT \"{serial:010}\"" for number in range(HOSTS + serial % 3)]
    return (f"{ZONE} 300 IN SOA ns1.{ZONE} hostmaster.{ZONE} {serial:010} 3600 60 604800 300\n"
            f"{ZONE} 300 IN TXT \"{len(hosts)} {digest(hosts)}\"\n" + "\n".join(hosts) + f"\n{ZONE} 300 IN NS ns1.{ZONE}\n")


def tells_the_truth(text):
    """Whether the records are all those, and only those, of one version."""
    lines = [line for line in text.splitlines() if line.split()[3] == "TXT"]
    told = next(line.split('"')[1] for line in lines if line.startswith(ZONE))
    hosts = [line for line in lines if not line.startswith(ZONE)]
    return told == f"{len(hosts)} {digest(hosts)}"


class Writer:
    """Puts one version after the other into the file, in the ways of editors, scripts and full disks."""

    def __init__(self, path):
        self.path, self.serial, self.dice = path, 1, random.Random(12)

    def step(self):
        time.sleep(self.dice.uniform(0, 0.003))
        self.serial += 1
        self.dice.choice([self.replace, self.truncate, self.half_first])(version(self.serial).encode())

    def replace(self, text):
        new = self.path.with_suffix(".new")
        new.write_bytes(text)
        os.replace(new, self.path)

    def truncate(self, text):
        with open(self.path, "wb", buffering=0) as file:
            cut = self.dice.randrange(len(text) - 60)
            file.write(text[:cut])
            file.write(text[cut:])

    def half_first(self, text):
        """What a full disk or a kill leaves behind, put in place as a whole; and then the rest."""
        self.replace(text[:self.dice.randrange(len(text) - 60)])
        self.replace(text)


class ChangingFile(ServerTest):
    def start_pair(self, folder):
        file = ZoneFile(folder / "example.test.zone", ZONE)
        file.write(version(1))
        self.primary, self.secondary = LockstepPrimary(self, "ns1"), LockstepSecondary(self, "ns2")
        self.primary.zones[ZONE], self.secondary.zones[ZONE] = file, None
        link(self.primary, self.secondary)
        for server in self.servers:
            server.start()
            server.wait_serial(ZONE, 1)
        return Writer(file.path)

    def reload_beside(self, writer, reloads):
        """Reloads while the file is written. Returns how many were refused, and the serials that were served."""
        observers = [Observer(server, ZONE, pause=0.01) for server in self.servers]
        threads = [Repeat(each.step) for each in [writer, *observers]]
        refused, wrong, served = 0, [], set()
        try:
            for _ in range(reloads):
                refused += ask(self.primary, "reload", ZONE, expect=None).code != 0
                for server in self.servers:
                    text = dump(server, ZONE)
                    served.add(serial_of(text))
                    if not tells_the_truth(text):
                        wrong.append(f"{server.name}: {serial_of(text)}")
        finally:
            for thread in threads:
                thread.finish()
        self.assertEqual(wrong, [], "served, and never the file's whole text")
        self.assertEqual([text for observer in observers for text in observer.wrong][:10], [])
        self.assertGreater(refused, reloads // 50, "hardly any reload met the writer")
        return refused, served

    def assert_heals(self, writer):
        """The writer is done: the last version is whole, and a reload takes it."""
        writer.replace(version(writer.serial + 1).encode())
        ask(self.primary, "reload", ZONE)
        self.secondary.wait_serial(ZONE, self.primary.serial(ZONE))
        self.assertIsNone(self.primary.status(ZONE)["error"])
        for server in self.servers:
            self.assertIn(f"h0000.{ZONE} 300 IN TXT \"{writer.serial + 1:010}\"", dump(server, ZONE))

    def test_only_versions_that_were_complete_are_served(self):
        writer = self.start_pair(self.directory)
        refused, served = self.reload_beside(writer, RELOADS)
        self.assertGreater(len(served), RELOADS // 20)
        self.assert_heals(writer)
        note("12", "zone file rewritten while it is read", L2=0, L3=0,
             more=f"{RELOADS} reloads beside {writer.serial} versions, {refused} refused, {len(served)} serials served")


def serial_of(text):
    return int(next(line for line in text.splitlines() if line.split()[3] == "SOA").split()[6])


if __name__ == "__main__":
    unittest.main()
