"""What all servers in a test have in common."""

import os
import shutil
import unittest

from lockstep_test import query
from lockstep_test.net import KEY, free_endpoint
from lockstep_test.process import Process, wait_until
from lockstep_test.zones import canonical


def find_program(name):
    """The path of an installed peer; without it the test skips, or fails if LOCKSTEP_REQUIRE_PEERS is 1."""
    found = shutil.which(name, path=os.environ.get("PATH", "") + ":/usr/sbin:/usr/local/sbin")
    if found:
        return found
    if os.environ.get("LOCKSTEP_REQUIRE_PEERS") == "1":
        raise AssertionError(f"{name} is not installed, and LOCKSTEP_REQUIRE_PEERS demands it")
    raise unittest.SkipTest(f"{name} is not installed")


class Server:
    """One nameserver: a primary of the zones given with a file, a secondary of the others.

    Everything of it lives in `directory`. link() and the zones are set before start().
    """

    ADDRESS = "127.0.0.1"

    def __init__(self, test, name, key=KEY):
        self.name, self.key = name, key
        self.directory = test.directory / name
        self.directory.mkdir()
        self.endpoint = free_endpoint(self.ADDRESS)
        self.zones = {}  # origin: ZoneFile, or None where the server is a secondary
        self.primaries, self.secondaries = [], []
        self.open_transfers = False  # anybody on loopback may transfer, without a key
        self.process = Process([*test.prefix, *self.command()], self.directory / "log", self.directory)
        test.servers.append(self)

    def command(self):
        raise NotImplementedError

    def configure(self):
        """Writes the configuration."""
        raise NotImplementedError

    def reload(self, zone):
        """Makes the server read the zone's file again."""
        raise NotImplementedError

    def grant_transfers(self):
        """Lets whoever has the key transfer any zone."""

    def start(self):
        """Returns when the server answers, and its own zones are served."""
        self.configure()
        self.process.start()
        for zone, file in self.zones.items():
            wait_until(f"{self.name} answers for {zone}", lambda z=zone, f=file: self._answers(z, f))
        return self

    def _answers(self, zone, file):
        if not self.process.running:
            raise AssertionError(f"{self.name} ended with {self.process.child.returncode} instead of serving {zone}")
        if file is not None:
            return self.serial(zone, timeout=0.2) is not None
        return query.ask(self.endpoint, zone, timeout=0.2) is not None

    def stop(self):
        return self.process.stop()

    def check_stopped(self, exit_code):
        """Judges how the server ended when the test stopped it."""

    def log(self):
        return self.process.log()

    def serial(self, zone, **options):
        return query.serial(self.endpoint, zone, **options)

    def axfr(self, zone):
        """What the server hands out as the whole zone, in canonical form."""
        return canonical("\n".join(query.transfer(self.endpoint, zone, key=self.key)))

    def wait_serial(self, zone, serial, **options):
        wait_until(f"{self.name} serves {zone} {serial}", lambda: self.serial(zone, timeout=0.5) == serial, **options)

    def wait_log(self, text):
        wait_until(f"{self.name} logs {text!r}", lambda: text in self.log())


def link(primary, secondary):
    """`secondary` pulls its zones from `primary`, which notifies it."""
    primary.secondaries.append(secondary)
    secondary.primaries.append(primary)
