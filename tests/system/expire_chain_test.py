"""A secondary of a secondary has no longer lease than the one that it follows (RFC 7314): row 22 of FAULTS.md section 2.

One primary, two secondaries, and theirs: Lockstep behind Lockstep, Knot behind Lockstep, Lockstep behind Knot.
"""

import time

import dns.rcode

from lockstep_test import figures, netns, query
from lockstep_test.lockstep import LockstepPrimary, LockstepSecondary
from lockstep_test.networked import unclamped
from lockstep_test.peers import Knot
from lockstep_test.process import wait_until
from lockstep_test.server import link
from lockstep_test.watching import Repeat
from lockstep_test.zones import ZoneFile

ZONE = "example.test."
EXPIRE = 24  # seconds


class Watched:
    """What is seen of a server: its lease of the zone as it tells it, and when that had expired."""

    def __init__(self, server):
        self.server, self.left, self.expired_at = server, None, None

    def look(self):
        answer = query.ask(self.server.endpoint, ZONE, timeout=0.3)
        if answer is not None and answer.rcode() == dns.rcode.SERVFAIL and self.expired_at is None:
            self.expired_at = time.monotonic()
        self.left = query.expire(self.server.endpoint, ZONE, timeout=0.3) if self.expired_at is None else 0


class Chain(netns.NetworkTest):
    def setUp(self):
        super().setUp()
        self.primary = self.add(LockstepPrimary, "ns1")
        self.middle, self.knot = self.add(LockstepSecondary, "ns2", self.primary), self.add(Knot, "ns2k", self.primary)
        self.chains = [(self.middle, self.add(LockstepSecondary, "ns3", self.middle)),
                       (self.middle, self.add(Knot, "ns3k", self.middle)),
                       (self.knot, self.add(LockstepSecondary, "ns4", self.knot))]

    def add(self, kind, name, follows=None):
        server = self.network.place(kind(self, name))
        if follows:
            link(follows, server)
            if kind is LockstepSecondary:
                unclamped(server)
        return server

    def look_at_all(self):
        """The middle ones before the last ones: what these have may not be more than what those had a moment ago."""
        for watched in self.watched.values():
            watched.look()
        for middle, last in self.chains:
            here, there = self.watched[last].left, self.watched[middle].left
            if here is not None and there is not None and here > there + 1:  # both are cut to whole seconds
                self.longer.setdefault(last.name, f"{here} s behind {middle.name}, which has {there} s")
        time.sleep(0.1)

    def expire_all(self, refresh):
        """Cuts the primary off, and returns how far apart the zone expired at most down a chain."""
        file = ZoneFile(self.directory / "example.test.zone", ZONE, timers=(refresh, 2, EXPIRE))
        for server in self.servers:
            server.zones[ZONE] = file if server is self.primary else None
            server.start()
            server.wait_serial(ZONE, 1)
        self.watched = {server: Watched(server) for pair in self.chains for server in pair}
        self.longer = {}
        watch = Repeat(self.look_at_all)
        wait_until("all tell their lease", lambda: all(watched.left for watched in self.watched.values()))
        self.primary.host.cut()
        cut = time.monotonic()
        wait_until("all are expired", lambda: all(watched.expired_at for watched in self.watched.values()), 2 * EXPIRE + 10,
                   pause=0.2)
        watch.finish()
        self.assertEqual(self.longer, {})
        gaps = {}
        for middle, last in self.chains:
            ends = [self.watched[server].expired_at for server in (middle, last)]
            gaps[f"{last.name} behind {middle.name}"] = ends[1] - ends[0]
            if middle is self.middle:  # Knot's expiry waits for its refresh, and that for a silent primary
                self.assertLess(ends[0] - cut, EXPIRE + 2)
                self.assertGreater(ends[1] - ends[0], -2)
        self.assertLess(max(gaps.values()), 2, gaps)
        return max(gaps.values())

    def test_a_lease_is_not_longer_down_the_chain_where_connections_are_kept(self):
        gap = self.expire_all(refresh=2)
        figures.note(22, "EDNS EXPIRE down a chain of three, REFRESH 2 s", L4=0, more=f"last one {gap:.1f} s later at most")

    def test_a_lease_is_not_longer_down_the_chain_where_a_plain_soa_query_asks_first(self):
        gap = self.expire_all(refresh=10)  # connections are kept for 8 s
        figures.note(22, "EDNS EXPIRE down a chain of three, REFRESH 10 s", L4=0, more=f"last one {gap:.1f} s later at most")


if __name__ == "__main__":
    netns.main()
