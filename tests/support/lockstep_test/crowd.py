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

    def __init__(self, endpoint, count, sources):
        super().__init__(daemon=True)
        self.endpoint, self.count, self.sources = endpoint, count, sources
        self.opened = 0
        self.over = threading.Event()
        self.selector = selectors.DefaultSelector()
        self.start()

    def run(self):
        while not self.over.is_set():
            # At most some hundred a round: no need to be quicker than the server.
            for _ in range(min(200, self.count - len(self.selector.get_map()))):
                connection = connect(self.endpoint, stranger(self.opened % self.sources))
                self.selector.register(connection, selectors.EVENT_READ)
                self.opened += 1
            for key, _ in self.selector.select(0.02):  # readable: closed by the server
                self.selector.unregister(key.fileobj)
                key.fileobj.close()
            time.sleep(0.02)

    def finish(self):
        self.over.set()
        self.join()
        for key in list(self.selector.get_map().values()):
            key.fileobj.close()
        self.selector.close()


class NeverReaders:
    """Connections that send one query after the other for as long as the server takes them, and read no answer."""

    def __init__(self, endpoint, count, wire, source=None):
        self.connections = [connect(endpoint, source, receive_buffer=4096) for _ in range(count)]
        self.octets = frame(wire) * 200
        self.left = {connection: b"" for connection in self.connections}
        self.sent = 0

    def send(self):
        """Sends what can be sent now; returns how many octets those were."""
        before = self.sent
        for connection in self.connections:
            try:
                while True:
                    octets = self.left[connection] or self.octets
                    done = connection.send(octets)
                    self.left[connection] = octets[done:]
                    self.sent += done
            except OSError:  # would block, or over
                continue
        return self.sent - before

    def ended(self):
        """How many of them the server has ended."""
        poll = select.poll()
        for connection in self.connections:
            poll.register(connection, select.POLLRDHUP)
        return len(poll.poll(0))

    def close(self):
        for connection in self.connections:
            connection.close()
