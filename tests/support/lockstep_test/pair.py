"""A primary and two secondaries of one zone, with TSIG."""

from lockstep_test.case import ServerTest
from lockstep_test.lockstep import LockstepPrimary, LockstepSecondary
from lockstep_test.server import link
from lockstep_test.zones import ZoneFile

ZONE = "example.test."


class PairTest(ServerTest):
    def setUp(self):
        super().setUp()
        self.file = ZoneFile(self.directory / "example.test.zone", ZONE)
        self.primary = LockstepPrimary(self, "ns1")
        self.primary.zones[ZONE] = self.file
        self.secondaries = [LockstepSecondary(self, name) for name in ("ns2", "ns3")]
        for secondary in self.secondaries:
            secondary.zones[ZONE] = None
            link(self.primary, secondary)

    def start(self):
        self.primary.start()
        for secondary in self.secondaries:
            secondary.start()
        self.assert_all_serve(self.file.serial)

    def assert_all_serve(self, serial):
        servers = [self.primary, *self.secondaries]
        for server in servers:
            server.wait_serial(ZONE, serial)
        dumps = {server.dump(ZONE) for server in servers}
        self.assertEqual(len(dumps), 1, "the servers' dumps differ")
        return dumps.pop()

    def bump(self):
        self.primary.verb("bump", ZONE)
        self.file.serial = self.file.serial_in_file()
        return self.file.serial
