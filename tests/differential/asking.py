"""The same octets to several servers at a time, over UDP, and over TCP where asked for or where a reply was cut."""

import select
import socket
import struct
import time

import answers

PATIENCE = 2.0  # seconds


class Line:
    """The sockets to one server."""

    def __init__(self, endpoint):
        self.address = endpoint.address, endpoint.port
        self.datagrams = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.datagrams.connect(self.address)
        self.stream = None

    def close(self):
        self.datagrams.close()
        self._hang_up()

    def _hang_up(self):
        if self.stream:
            self.stream.close()
        self.stream = None

    def send(self, wire):
        try:
            self.datagrams.send(wire)
        except ConnectionRefusedError:
            pass

    def receive(self, number):
        """The reply with this message ID, or None."""
        end = time.monotonic() + PATIENCE
        while (left := end - time.monotonic()) > 0:
            if not select.select([self.datagrams], [], [], left)[0]:
                break
            try:
                reply = self.datagrams.recv(65535)
            except ConnectionRefusedError:
                return None
            if len(reply) < 2 or struct.unpack_from("!H", reply)[0] == number:
                return reply
        return None

    def over_stream(self, wire):
        """The reply; a connection that the server has ended is opened again, once."""
        for _ in range(2):
            try:
                if self.stream is None:
                    self.stream = socket.create_connection(self.address, PATIENCE)
                    self.stream.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                self.stream.sendall(struct.pack("!H", len(wire)) + wire)
                return self._exactly(struct.unpack("!H", self._exactly(2))[0])
            except (OSError, EOFError):
                self._hang_up()
        return None

    def _exactly(self, count):
        got = b""
        while len(got) < count:
            more = self.stream.recv(count - len(got))
            if not more:
                raise EOFError
            got += more
        return got


class Panel:
    """Asks all servers of a Cast."""

    def __init__(self, cast, content):
        self.lines = {name: Line(server.endpoint) for name, server in cast.servers.items()}
        self.content = content
        self.number = 0

    def __enter__(self):
        return self

    def __exit__(self, *raised):
        for line in self.lines.values():
            line.close()

    def ask(self, question):
        """{server: Answer}. Replies that UDP cut short are judged by what TCP brings."""
        self.number = self.number % 65535 + 1
        wire = question.wire(self.number)
        if question.tcp:
            return self._by_tcp(question, wire)
        for line in self.lines.values():
            line.send(wire)
        replies = {name: line.receive(self.number) for name, line in self.lines.items()}
        got = {name: answers.read(reply, question, wire, self.content) for name, reply in replies.items()}
        for name, answer in got.items():
            if replies[name] is not None and len(replies[name]) > question.most_octets:
                answer.aspects["truncation"] = f"{len(replies[name])} octets"
        if any(answer.truncated for answer in got.values()):
            whole = self._by_tcp(question, wire)
            for name, answer in got.items():
                whole[name].aspects["truncation"] = answers.truncation(answer, whole[name], question)
            return whole
        return got

    def _by_tcp(self, question, wire):
        return {name: answers.read(line.over_stream(wire), question, wire, self.content) for name, line in self.lines.items()}
