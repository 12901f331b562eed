"""Clients by the thousand that want nothing good, all in this process."""

import resource
import select
import selectors
import socket
import struct
import threading
import time

import dns.exception
import dns.message
import dns.query

from lockstep_test import query
from lockstep_test.case import ServerTest
from lockstep_test.control import ask
from lockstep_test.lockstep import LockstepPrimary, LockstepSecondary
from lockstep_test.sanitized import return_memory
from lockstep_test.server import link
from lockstep_test.zones import ZoneFile

MANY = 8192  # descriptors


def allow_many():
    """Lets this process open many connections."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(MANY, hard), hard))


def stranger(number):
    """An address that no configuration knows, another one for each number below 60,000."""
    return f"127.9.{number // 250}.{number % 250 + 1}"


def connect(endpoint, source=None, receive_buffer=None):
    """A connection without waiting for it to stand."""
    connection = socket.socket()
    connection.setblocking(False)
    if receive_buffer:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
    if source:
        connection.bind((source, 0))
    connection.connect_ex((endpoint.address, endpoint.port))
    return connection


def ask_once(endpoint, name, rdtype="SOA", source=None, timeout=5):
    """Whether a client with a TCP connection of its own gets an answer, and in how many seconds."""
    started = time.monotonic()
    try:
        answer = dns.query.tcp(dns.message.make_query(name, rdtype), endpoint.address, timeout, endpoint.port, source=source)
    except (OSError, EOFError, dns.exception.DNSException):
        return None
    return time.monotonic() - started if answer.answer else None


def frame(wire):
    return struct.pack("!H", len(wire)) + wire


class Idlers(threading.Thread):
    """Holds `count` connections to the endpoint, from `sources` addresses, that say nothing; whatever the server closes is
    opened again."""

    def __init__(self, endpoint, count, sources, first_source=0):
        super().__init__(daemon=True)
        self.endpoint, self.count, self.sources, self.first_source = endpoint, count, sources, first_source
        self.opened = 0
        self.over = threading.Event()
        self.selector = selectors.DefaultSelector()
        self.start()

    def run(self):
        while not self.over.is_set():
            # At most some hundred a round: no need to be quicker than the server.
            for _ in range(min(200, self.count - len(self.selector.get_map()))):
                connection = connect(self.endpoint, stranger(self.first_source + self.opened % self.sources))
                self.selector.register(connection, selectors.EVENT_READ)
                self.opened += 1
            for key, _ in self.selector.select(0.02):  # readable: closed by the server
                self.selector.unregister(key.fileobj)
                key.fileobj.close()
            self.prod()
            time.sleep(0.02)

    def prod(self):
        """Once a round."""

    def finish(self):
        self.over.set()
        self.join()
        for key in list(self.selector.get_map().values()):
            key.fileobj.close()
        self.selector.close()


class Drippers(Idlers):
    """Idlers that each announce a message of 65,535 octets and send one of them a second."""

    dripped = 0  # octets
    next_drop = 0.0

    def prod(self):
        if time.monotonic() < self.next_drop:
            return
        self.next_drop = time.monotonic() + 1
        for key in list(self.selector.get_map().values()):
            try:
                self.dripped += key.fileobj.send(b"\xff")
            except OSError:  # not connected yet, or over
                continue


class NeverReaders:
    """Connections that send one query after the other for as long as the server takes them, and read no answer."""

    def __init__(self, endpoint, count, wire, source=None):
        self.connections = [connect(endpoint, source, receive_buffer=4096) for _ in range(count)]
        for connection in self.connections:  # room for the questions that the server does not take
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 2**20)
        self.query_octets = len(frame(wire))
        self.octets = frame(wire) * 200
        self.left = {connection: b"" for connection in self.connections}
        self.sent_on = dict.fromkeys(self.connections, 0)

    def send(self):
        """Sends what can be sent now; returns how many octets those were."""
        before = sum(self.sent_on.values())
        for connection in self.connections:
            try:
                while True:
                    octets = self.left[connection] or self.octets
                    done = connection.send(octets)
                    self.left[connection] = octets[done:]
                    self.sent_on[connection] += done
            except OSError:  # would block, or over
                continue
        return sum(self.sent_on.values()) - before

    def fewest_questions(self):
        """So many went off on each connection, at least."""
        return min(self.sent_on.values()) // self.query_octets

    def ended(self):
        """How many of them the server has ended."""
        poll = select.poll()
        for connection in self.connections:
            poll.register(connection, select.POLLRDHUP)
        return len(poll.poll(0))

    def close(self):
        for connection in self.connections:
            connection.close()


class CrowdTest(ServerTest):
    """A pair of one zone, of which the primary is crowded, and what others get of it meanwhile."""

    ZONE = "example.test."
    OTHER = stranger(50000)

    def start_pair(self, records):
        return_memory()
        allow_many()
        self.file = ZoneFile(self.directory / "example.test.zone", self.ZONE, records=records)
        self.primary, self.secondary = LockstepPrimary(self, "ns1"), LockstepSecondary(self, "ns2")
        self.primary.zones[self.ZONE], self.secondary.zones[self.ZONE] = self.file, None
        link(self.primary, self.secondary)
        for server in self.servers:
            server.grant_transfers()
            server.start()
            server.wait_serial(self.ZONE, 1)

    def go_on(self, seconds, meanwhile=lambda: None):
        """Asks, changes and transfers the zone, all of which must succeed, and calls `meanwhile` in between. Returns (answered
        over TCP, over UDP, asked of each, the slowest answer over TCP and the slowest change in seconds)."""
        end = time.monotonic() + seconds
        times, udp, asked = [], 0, 0
        slowest = 0
        while time.monotonic() < end:
            times.append(ask_once(self.primary.endpoint, self.ZONE, source=self.OTHER))
            udp += self.primary.serial(self.ZONE, timeout=2) is not None
            asked += 1
            if asked % 10 == 0:
                ask(self.primary, "bump", self.ZONE)
                started = time.monotonic()
                self.assertEqual(ask(self.primary, "wait", self.ZONE, timeout_seconds=10, expect=None).code, 0,
                                 "the configured secondary does not get its zone")
                slowest = max(slowest, time.monotonic() - started)
                query.transfer(self.primary.endpoint, self.ZONE)
            meanwhile()
            time.sleep(0.05)
        answered = [one for one in times if one is not None]
        return len(answered), udp, asked, max(answered, default=None), slowest
