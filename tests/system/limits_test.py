"""Limits that an operator changes while a pair runs: what each daemon does differently after `reload`."""

import contextlib
import select
import socket
import unittest

from lockstep_test import query
from lockstep_test.pair import ZONE, PairTest
from lockstep_test.process import wait_until

STRANGER = "127.0.0.77"  # no configured peer, whose connections would be spared


def closed(connection):
    """Whether the other end has closed it."""
    return bool(select.select([connection], [], [], 0)[0])


class Limits(PairTest):
    def reload_with(self, server, **limits):
        server.limits = limits
        server.configure()
        server.reload()

    def test_connections_over_a_lowered_limit_are_closed(self):
        for server in (self.primary, self.secondaries[0]):
            server.limits = {"tcp_idle_seconds": 600}
        self.start()
        for server in (self.primary, self.secondaries[0]):
            address = (server.endpoint.address, server.endpoint.port)
            with contextlib.ExitStack() as stack:
                connections = [stack.enter_context(socket.create_connection(address, 10, (STRANGER, 0))) for _ in range(12)]
                query.ask(server.endpoint, ZONE, tcp=True)  # by then all others are let in
                self.assertEqual(sum(map(closed, connections)), 0)
                self.reload_with(server, tcp_connections=4, tcp_idle_seconds=600)
                wait_until("those over the limit are closed", lambda c=connections: sum(map(closed, c)) >= 8)
                self.assertIsNotNone(query.ask(server.endpoint, ZONE, tcp=True))

    def differences_since(self, serial):
        return query.deltas(query.transfer(self.primary.endpoint, ZONE, "IXFR", since=serial))

    def test_a_shorter_history_holds_from_the_next_change_on(self):
        self.primary.grant_transfers()
        self.start()
        for _ in range(5):
            last = self.bump()
        self.assertEqual(self.differences_since(last - 5), 1)  # all changes as one
        self.reload_with(self.primary, history_versions=1, history_days=0)
        self.bump()
        self.assertEqual(self.differences_since(last), 1)
        self.assertEqual(self.differences_since(last - 5), 0)  # the zone as a whole
        self.assert_all_serve(last + 1)


if __name__ == "__main__":
    unittest.main()
