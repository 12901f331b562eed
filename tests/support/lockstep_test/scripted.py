"""Tests of a secondary whose primaries are scripts, and the small zone that they speak of."""

from lockstep_test.case import ServerTest
from lockstep_test.evil import NOTIMP, Message, Plan, Record, ScriptedPrimary
from lockstep_test.lockstep import LockstepSecondary
from lockstep_test.process import wait_until


class Zone:
    """The zone of a case: an SOA, an NS with its address, and `www`, whose address ends in the serial's last octet."""

    def __init__(self, origin, expire=604800):
        self.origin, self.expire = origin, expire
        self.ns = Record(origin, "NS", f"ns1.{origin}")
        self.glue = self.a("ns1", 1)

    def soa(self, serial, mname="ns1", owner=None):
        serial %= 2**32
        return Record(owner or self.origin, "SOA",
                      f"{mname}.{self.origin} hostmaster.{self.origin} {serial} 3600 60 {self.expire} 300")

    def a(self, label, last, **more):
        return Record(f"{label}.{self.origin}", "A", f"192.0.2.{last % 256}", **more)

    def www(self, serial, **more):
        return self.a("www", serial, **more)

    def body(self, serial):
        return [self.ns, self.glue, self.www(serial)]

    def whole(self, serial):
        return [self.soa(serial), *self.body(serial), self.soa(serial)]

    def delta(self, old, new):
        return [self.soa(old), self.www(old), self.soa(new), self.www(new)]

    def good(self, serial):
        return Plan(self.soa(serial), [Message(self.whole(serial))],
                    [Message([self.soa(serial), *self.delta(serial - 1, serial), self.soa(serial)])])

    def refusing_ixfr(self, axfr, serial=2):
        return Plan(self.soa(serial), axfr, [Message(rcode=NOTIMP)])


class Bounded(LockstepSecondary):
    """With limits that a test can reach."""

    limits = {}

    def configuration(self):
        return super().configuration() | {"limits": self.limits}


class ScriptedTest(ServerTest):
    key = None

    def follow(self, origins, serial=1, primaries=1, expire=604800, **limits):
        """A secondary that holds `serial` of each zone, which all of its primaries have."""
        self.zones = {origin: Zone(origin, expire) for origin in origins}
        self.primaries = [ScriptedPrimary(self, f"ns1{letter}", self.key) for letter in "abcd"[:primaries]]
        self.primary = self.primaries[0]
        for primary in self.primaries:
            primary.plans = {origin: zone.good(serial) for origin, zone in self.zones.items()}
        self.secondary = Bounded(self, "ns2")
        self.secondary.limits = limits
        self.secondary.primaries = list(self.primaries)
        self.secondary.zones = dict.fromkeys(origins)
        self.secondary.start()
        wait_until("the first serial is served of all zones", lambda: set(self.serials().values()) == {serial})

    def serials(self):
        return {zone["name"]: zone["serial"] for zone in self.secondary.status()["zones"]}

    def text(self, zone, records):
        """What `dump` prints of a zone with these records."""
        master = "".join(record.line() + "\n" for record in records)
        return self.secondary.run("checkzone", zone.origin, "-", "--dump", stdin=master).stdout

    def asked(self, origin):
        return [rdtype for zone, rdtype in self.primary.asked if zone == origin]

    def assert_served(self, zone, serial):
        self.assertEqual(self.secondary.dump(zone.origin), self.text(zone, [zone.soa(serial), *zone.body(serial)]))

    def assert_heals(self, zone, serial):
        """Good content is taken at the next question, whatever came before."""
        self.primary.plans[zone.origin] = zone.good(serial)
        self.secondary.verb("refresh", zone.origin)
        self.assert_served(zone, serial)
