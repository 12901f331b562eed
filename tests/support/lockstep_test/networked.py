"""A primary and a secondary of one zone, each on a host of its own, with timers that a test can wait for."""

import dns.rcode

from lockstep_test import query
from lockstep_test.lockstep import LockstepPrimary, LockstepSecondary
from lockstep_test.netns import NetworkTest
from lockstep_test.server import link
from lockstep_test.zones import SAMPLE, ZoneFile

ZONE = "example.test."
REFRESH, RETRY, EXPIRE = 2, 1, 8  # seconds
NOTIFY_OVER_UDP = "udp dport 53 @th,81,4 4"  # the opcode stands behind the UDP header, the ID and the QR bit


def unclamped(server):
    """Keeps to the timers of the zone, however short they are."""
    server.zone_settings["timers"] = {"refresh_min": 1, "retry_min": 1}
    return server


class NetworkedPair(NetworkTest):
    TIMERS = (REFRESH, RETRY, EXPIRE)
    RECORDS = SAMPLE

    def setUp(self):
        super().setUp()
        self.file = ZoneFile(self.directory / "example.test.zone", ZONE, self.RECORDS, timers=self.TIMERS)
        self.primary = self.add_primary("ns1")
        self.secondary = unclamped(self.network.place(LockstepSecondary(self, "ns2")))
        self.secondary.zones[ZONE] = None
        self.secondary.grant_transfers()
        link(self.primary, self.secondary)

    def add_primary(self, name):
        primary = self.network.place(LockstepPrimary(self, name))
        primary.zones[ZONE] = self.file
        return primary

    def start(self):
        for server in self.servers:
            server.start()
        self.secondary.wait_serial(ZONE, self.file.serial)
        # From now on a serial is served that was announced by NOTIFY, as in a zone that is in use.
        self.change()
        self.secondary.wait_serial(ZONE, self.file.serial)

    def change(self):
        """A new version on the primaries; its serial."""
        self.file.edit(add=f"new{self.file.serial} IN A 192.0.2.7")
        for primary in self.secondary.primaries:
            primary.reload(ZONE)
        return self.file.serial

    def answer(self):
        return query.ask(self.secondary.endpoint, ZONE, timeout=0.5)

    def expired(self):
        answer = self.answer()
        return answer is not None and answer.rcode() == dns.rcode.SERVFAIL

    def assert_in_step(self):
        for primary in self.secondary.primaries:
            self.assertEqual(self.secondary.dump(ZONE), primary.dump(ZONE))
