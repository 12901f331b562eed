"""A primary that answers what a script wants, octet by octet.

Built on sockets and octets, not on a DNS library's messages: what it has to say no library would.
"""

import socket
import socketserver
import struct
import threading
import time
from dataclasses import dataclass, field

import dns.flags
import dns.message
import dns.name
import dns.opcode
import dns.query
import dns.rdata
import dns.rdataclass
import dns.rdatatype
import dns.rdtypes.ANY.TSIG
import dns.rrset
import dns.tsig
import dns.tsigkeyring

from lockstep_test.net import free_endpoint

SOA, AXFR, IXFR, TSIG = 6, 252, 251, 250
NOERROR, FORMERR, SERVFAIL, NOTIMP = 0, 1, 2, 4
NOTIFY = 4  # the opcode


class Close:
    """Ends the connection with a FIN."""


class Reset:
    """Ends the connection with a RST."""


@dataclass
class Hold:
    """What follows is sent once `event` is set."""
    event: threading.Event = field(default_factory=threading.Event)


@dataclass
class Cut:
    """A script of which only the first `octets` are sent, before the connection ends by `how`."""
    script: list
    octets: int
    how: type


@dataclass(frozen=True)
class Record:
    """One record; `raw` is its RDATA where `text` cannot say it."""
    owner: str
    rdtype: str
    text: str
    ttl: int = 300
    rdclass: str = "IN"
    raw: bytes = None

    def wire(self):
        rdtype = dns.rdatatype.from_text(self.rdtype)
        rdata = self.raw
        if rdata is None:
            rdata = dns.rdata.from_text(dns.rdataclass.IN, rdtype, self.text).to_wire()
        return dns.name.from_text(self.owner).to_wire() + struct.pack(
            "!HHIH", rdtype, dns.rdataclass.from_text(self.rdclass), self.ttl, len(rdata)) + rdata

    def line(self):
        return f"{self.owner} {self.ttl} {self.rdclass} {self.rdtype} {self.text}"


@dataclass
class Message:
    """One message of an answer. `question`: the zone it names, "" for none, None for the one that was asked."""
    answer: list = field(default_factory=list)
    authority: list = field(default_factory=list)
    question: str = None
    rcode: int = NOERROR
    flags: int = 0x8400  # QR, AA
    id_offset: int = 0
    tail: bytes = b""  # octets that stand for one more record of the answer
    signed: bool = True

    def wire(self, query):
        question = query.question if self.question is None else b""
        if self.question:
            question = dns.name.from_text(self.question).to_wire() + query.question[-4:]
        counts = (1 if question else 0, len(self.answer) + (1 if self.tail else 0), len(self.authority), 0)
        head = struct.pack("!HHHHHH", (query.id + self.id_offset) & 0xFFFF, self.flags | self.rcode, *counts)
        records = b"".join(r.wire() for r in self.answer) + self.tail + b"".join(r.wire() for r in self.authority)
        return head + question + records


def question(zone, rdtype, key):
    """The octets of a query, as a secondary would send it."""
    message = dns.message.make_query(zone, rdtype)
    if key:
        message.use_tsig(dns.tsigkeyring.from_text({key.name: (key.algorithm, key.secret)}), key.name)
    return message.to_wire()


def notification(soa, key=None):
    """The message that tells a secondary of an SOA record."""
    message = dns.message.make_query(soa.owner, "SOA")
    message.flags = dns.flags.AA
    message.set_opcode(dns.opcode.NOTIFY)
    message.answer.append(dns.rrset.from_text(soa.owner, soa.ttl, "IN", "SOA", soa.text))
    if key:
        message.use_tsig(dns.tsigkeyring.from_text({key.name: (key.algorithm, key.secret)}), key.name)
    return message


def notify(secondary, soa, key=None):
    """Tells `secondary` of an SOA record, as a primary does, and returns its answer's RCODE."""
    return dns.query.udp(notification(soa, key), secondary.endpoint.address, 5, secondary.endpoint.port).rcode()


class Query:
    """What the secondary asks."""

    def __init__(self, octets, key):
        self.arrived = time.monotonic_ns()
        keyring = dns.tsigkeyring.from_text({key.name: (key.algorithm, key.secret)}) if key else None
        message = dns.message.from_wire(octets, keyring=keyring)
        self.id = message.id
        self.opcode = message.opcode()
        self.zone = message.question[0].name.to_text()
        self.rdtype = message.question[0].rdtype
        self.question = dns.name.from_text(self.zone).to_wire() + struct.pack("!HH", self.rdtype, 1)
        self.held = message.authority[0][0].serial if message.authority else None
        self.told = message.answer[0][0].serial if message.answer else None  # by a NOTIFY
        self.signed = message.had_tsig
        self.mac = message.mac if message.had_tsig else None
        self.key = list(keyring.values())[0] if keyring else None

    def frames(self, script):
        """The script as octets on the stream, signed as the query was, and the ends of the connection."""
        if isinstance(script, Cut):
            return [b"".join(self.frames(script.script))[:script.octets], script.how]
        context, out = None, []
        for message in script:
            if not isinstance(message, Message):
                out.append(message)
                continue
            wire = message.wire(self)
            if self.signed and message.signed:
                wire, context = self.sign(wire, context)
            elif context:
                context.update(wire)
            out.append(struct.pack("!H", len(wire)) + wire)
        return out

    def sign(self, wire, context=None):
        template = dns.rdtypes.ANY.TSIG.TSIG(dns.rdataclass.ANY, TSIG, self.key.algorithm, 0, 300, b"", self.id, 0, b"")
        tsig, context = dns.tsig.sign(wire, self.key, template, int(time.time()), self.mac, context, True)
        rdata = tsig.to_wire()
        record = self.key.name.to_wire() + struct.pack("!HHIH", TSIG, dns.rdataclass.ANY, 0, len(rdata)) + rdata
        additional = struct.unpack("!H", wire[10:12])[0] + 1
        return wire[:10] + struct.pack("!H", additional) + wire[12:] + record, context


@dataclass
class Plan:
    """What is said about a zone: the SOA, and a script to each kind of transfer. A script is a list of Message, Close,
    Reset and Hold, or a Cut. Who asks IXFR and holds the serial or a newer one gets the SOA (RFC 1995 section 2)."""
    soa: Record
    axfr: list
    ixfr: list

    def script(self, query):
        serial = int(self.soa.text.split()[2])
        if query.rdtype == AXFR:
            return self.axfr
        if query.rdtype == IXFR and 0 < (serial - query.held) % 2**32 < 2**31:
            return self.ixfr
        return [Message([self.soa])]


class ScriptedPrimary:
    """Serves `plans` (zone: Plan) over UDP and TCP until the test is over; `asked` tells which transfers it was asked
    for, in order, as (zone, type); `probed` of which zones the SOA was asked over UDP. As a secondary it does nothing but
    answer NOTIFY: `told` has when it was first told a serial (zone, serial), in nanoseconds."""

    def __init__(self, test, name="ns1", key=None):
        self.name, self.key = name, key
        self.endpoint = free_endpoint("127.0.0.1")
        self.plans, self.asked, self.probed, self.secondaries, self.told = {}, [], [], [], {}
        self.silent = False  # as if it were gone: no answer over UDP, TCP closed at once
        self.faults = []  # of this server itself: a test must not pass because its enemy broke down
        outer = self

        class Stream(socketserver.BaseRequestHandler):
            def handle(self):
                if not outer.silent:
                    outer._guarded(lambda: outer._converse(self.request))

        class Datagram(socketserver.BaseRequestHandler):
            def handle(self):
                octets, sender = self.request
                if not outer.silent:
                    outer._guarded(lambda: sender.sendto(outer._soa(Query(octets, outer.key)), self.client_address))

        class Tcp(socketserver.ThreadingTCPServer):
            allow_reuse_address, daemon_threads, request_queue_size = True, True, 128

        address = (self.endpoint.address, self.endpoint.port)
        for server in (Tcp(address, Stream), socketserver.UDPServer(address, Datagram)):
            threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
            test.addCleanup(server.server_close)
            test.addCleanup(server.shutdown)
        test.addCleanup(self._check)

    def _check(self):
        if self.faults:
            raise AssertionError(f"{self.name}: {self.faults}")

    def _guarded(self, work):
        try:
            work()
        except (ConnectionError, BrokenPipeError, TimeoutError):
            pass  # the secondary hung up, which it may
        except Exception as error:  # pylint: disable=broad-except
            self.faults.append(repr(error))

    def _heard(self, query):
        self.told.setdefault((query.zone, query.told), query.arrived)
        return Message(flags=0x8400 | NOTIFY << 11)

    def _soa(self, query):
        if query.opcode == NOTIFY:
            wire = self._heard(query).wire(query)
        else:
            self.probed.append(query.zone)
            wire = Message([self.plans[query.zone].soa]).wire(query)
        return query.sign(wire)[0] if query.signed else wire

    def _converse(self, connection):
        connection.settimeout(60)
        stream = connection.makefile("rb")
        while len(head := stream.read(2)) == 2 and not self.silent:
            query = Query(stream.read(struct.unpack("!H", head)[0]), self.key)
            if query.opcode == NOTIFY:
                script = [self._heard(query)]
            else:
                self.asked.append((query.zone, query.rdtype))
                script = self.plans[query.zone].script(query)
            for frame in query.frames(script):
                if frame is Close or frame is Reset:
                    if frame is Reset:
                        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                    stream.close()
                    connection.close()
                    return
                if isinstance(frame, Hold):
                    frame.event.wait(60)
                    continue
                connection.sendall(frame)
