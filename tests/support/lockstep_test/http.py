"""HTTP octet by octet, for clients that no library would be: requests as they are, answers taken apart."""

import json
import select
import socket
import struct
import time
from dataclasses import dataclass, field

from lockstep_test.process import DEADLINE


@dataclass
class Answer:
    status: int
    fields: dict = field(default_factory=dict)  # names in lower case
    body: str = ""


def parse(octets, *, heads_only=False):
    """All answers in what a connection gave; the last may be cut off."""
    answers = []
    while octets:
        head, _, octets = octets.partition(b"\r\n\r\n")
        lines = head.decode().split("\r\n")
        version, status, _ = lines[0].split(" ", 2)
        if version != "HTTP/1.1":
            raise AssertionError(f"no answer of HTTP/1.1: {lines[0]!r}")
        fields = {}
        for line in lines[1:]:
            name, _, value = line.partition(": ")
            if name.lower() in fields:
                raise AssertionError(f"{name} twice in {head!r}")
            fields[name.lower()] = value
        length = 0 if heads_only else int(fields.get("content-length", len(octets)))
        answers.append(Answer(int(status), fields, octets[:length].decode()))
        octets = octets[length:]
    return answers


class Connection:
    """A client that sends what it is told to."""

    def __init__(self, endpoint, receive_buffer=None):
        self.socket = socket.socket()
        if receive_buffer:
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        self.socket.settimeout(DEADLINE)
        try:
            self.socket.connect((endpoint.address, endpoint.port))
        except OSError:
            self.socket.close()
            raise

    def send(self, octets):
        """As much as the server takes: it may end the connection before."""
        try:
            self.socket.sendall(octets)
        except OSError:
            pass

    def readable(self, seconds):
        return bool(select.select([self.socket], [], [], seconds)[0])

    def rest(self):
        """Everything until the server closes."""
        octets = b""
        try:
            while part := self.socket.recv(65536):
                octets += part
        except ConnectionResetError:
            pass
        return octets

    def answers(self, **options):
        return parse(self.rest(), **options)

    def close(self):
        self.socket.close()

    def reset(self):
        """Ends it by RST."""
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.socket.close()


def ask(endpoint, octets, **options):
    """What the server answers until it closes."""
    connection = Connection(endpoint)
    try:
        connection.send(octets)
        return connection.answers(**options)
    finally:
        connection.close()


def get(endpoint, path, host="127.0.0.1", method="GET"):
    octets = f"{method} {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n".encode()
    answers = ask(endpoint, octets, heads_only=method == "HEAD")
    if len(answers) != 1:
        raise AssertionError(f"{len(answers)} answers to one request for {path}")
    return answers[0]


def head_of(endpoint, path):
    return get(endpoint, path, method="HEAD")


class EventSource:
    """Server-sent events as a browser reads them. The constructor returns when the stream has begun."""

    def __init__(self, endpoint):
        self.connection = Connection(endpoint)
        self.octets = b""
        self.events = []  # all that came: (name, value, when)
        self.received_at = None  # of the event that was waited for last
        try:
            self._begin()
        except BaseException:
            self.close()
            raise

    def _begin(self):
        self.connection.send(b"GET /api/events HTTP/1.1\r\nHost: localhost\r\nAccept: text/event-stream\r\n\r\n")
        head = self._block(b"\r\n\r\n").decode()
        if not head.startswith("HTTP/1.1 200 ") or "Content-Type: text/event-stream" not in head:
            raise AssertionError(f"no stream of events: {head}")
        if self._block() != b"retry: 1000":
            raise AssertionError("the stream does not begin with its time to retry")

    @classmethod
    def had(cls, endpoint):
        """Whether a stream can be had now."""
        try:
            cls(endpoint).close()
            return True
        except AssertionError:
            return False

    def _block(self, end=b"\n\n"):
        while end not in self.octets:
            part = self.connection.socket.recv(65536)
            if not part:
                raise AssertionError(f"the stream has ended after {self.octets!r}")
            self.octets += part
        block, _, self.octets = self.octets.partition(end)
        return block

    def _read(self):
        lines = self._block().decode().split("\n")
        if not lines[0].startswith(":"):
            name, data = (line.partition(": ")[2] for line in lines)
            self.events.append((name, json.loads(data), time.monotonic()))

    def wait_for(self, event, condition, seconds=DEADLINE):
        """The data of the first event of this name for which the condition holds, of all since the stream began."""
        end = time.monotonic() + seconds
        looked_at = 0
        while time.monotonic() < end:
            for name, value, when in self.events[looked_at:]:
                if name == event and condition(value):
                    self.received_at = when
                    return value
            looked_at = len(self.events)
            try:
                self._read()
            except TimeoutError:
                break
        raise AssertionError(f"no such event {event!r} within {seconds:g} s; those that came: {self.events}")

    def close(self):
        self.connection.close()
