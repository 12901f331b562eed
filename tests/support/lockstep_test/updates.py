"""Dynamic updates (RFC 2136): messages record by record, also such as no library sends, clients, and servers that take them.

What a record means hangs on its class: see the functions that make one.
"""

import random
import re
import socket
import struct
import time
import urllib.request
from dataclasses import dataclass, field

import dns.edns
import dns.message
import dns.name
import dns.rcode
import dns.rdataclass
import dns.rdatatype
import dns.rdtypes.ANY.TSIG
import dns.tsig
import dns.tsigkeyring

from lockstep_test import control, query
from lockstep_test.case import ServerTest
from lockstep_test.evil import Record
from lockstep_test.lockstep import LockstepPrimary, LockstepSecondary
from lockstep_test.net import Key, free_endpoint
from lockstep_test.pair import ZONE
from lockstep_test.peers import Bind
from lockstep_test.process import DEADLINE
from lockstep_test.server import link
from lockstep_test.zones import ZoneFile, canonical

SOA, OPT, TSIG = 6, 41, 250
UPDATE = 5  # the opcode

UPDATE_KEY = Key("update.example.", "YSBzZWNyZXQgb2YgdGhvc2Ugd2hvIG1heSB1cGRhdGUhIQ==")
OTHER_KEY = Key("other.example.", "YSBzZWNyZXQgb2YgdGhvc2Ugd2hvIG1heSBub3QhISEhISE=")


def add(owner, rdtype, text, ttl=300):
    return Record(owner, rdtype, text, ttl)


def delete_record(owner, rdtype, text):
    return Record(owner, rdtype, text, 0, "NONE")


def delete_rrset(owner, rdtype):
    return Record(owner, rdtype, "", 0, "ANY", b"")


def delete_name(owner):
    return delete_rrset(owner, "ANY")


def is_in_use(owner):
    return Record(owner, "ANY", "", 0, "ANY", b"")


def is_not_in_use(owner):
    return Record(owner, "ANY", "", 0, "NONE", b"")


def has_rrset(owner, rdtype):
    return Record(owner, rdtype, "", 0, "ANY", b"")


def lacks_rrset(owner, rdtype):
    return Record(owner, rdtype, "", 0, "NONE", b"")


def has_record(owner, rdtype, text):
    """One of the records that make up the whole RRset."""
    return Record(owner, rdtype, text, 0)


def _line(record):
    raw = "" if record.raw is None else f"\\# {len(record.raw)} {record.raw.hex()}"
    return " ".join([record.owner, str(record.ttl), record.rdclass, record.rdtype, record.text or raw])


@dataclass
class Update:
    """One message. `sections`: of the zone section, (name, type, class); `tail`: octets behind the last record."""
    updates: list = field(default_factory=list)
    prerequisites: list = field(default_factory=list)
    additional: list = field(default_factory=list)
    sections: list = field(default_factory=lambda: [(ZONE, "SOA", "IN")])
    tail: bytes = b""

    def octets(self, ident, edns=False):
        opt = b"\0" + struct.pack("!HHIH", OPT, 1232, 0, 0) if edns else b""
        head = struct.pack("!HHHHHH", ident, UPDATE << 11, len(self.sections), len(self.prerequisites), len(self.updates),
                           len(self.additional) + edns)
        zones = b"".join(dns.name.from_text(name).to_wire() + struct.pack(
            "!HH", dns.rdatatype.from_text(rdtype), dns.rdataclass.from_text(rdclass)) for name, rdtype, rdclass in self.sections)
        records = b"".join(record.wire() for record in [*self.prerequisites, *self.updates, *self.additional])
        return head + zones + records + opt + self.tail

    def __str__(self):
        parts = {"zone": [" ".join(section) for section in self.sections], "prerequisite": map(_line, self.prerequisites),
                 "update": map(_line, self.updates), "additional": map(_line, self.additional),
                 "then": [self.tail.hex()] if self.tail else []}
        return "\n".join(f"  {part}: {line}" for part, lines in parts.items() for line in lines)


def _keyring(key):
    return dns.tsigkeyring.from_text({key.name: (key.algorithm, key.secret)}) if key else None


def signed(octets, key):
    """The message with its signature, and the MAC that the answer's is made with."""
    secret = next(iter(_keyring(key).values()))
    ident = int.from_bytes(octets[:2], "big")
    template = dns.rdtypes.ANY.TSIG.TSIG(dns.rdataclass.ANY, TSIG, secret.algorithm, 0, 300, b"", ident, 0, b"")
    tsig, _ = dns.tsig.sign(octets, secret, template, int(time.time()))
    rdata = tsig.to_wire()
    record = secret.name.to_wire() + struct.pack("!HHIH", TSIG, dns.rdataclass.ANY, 0, len(rdata)) + rdata
    additional = int.from_bytes(octets[10:12], "big") + 1
    return octets[:10] + struct.pack("!H", additional) + octets[12:] + record, tsig.mac


@dataclass
class Answer:
    """`errors`: the codes of its Extended DNS Errors, with their texts."""
    octets: bytes
    rcode: str
    errors: dict
    signed: bool

    @classmethod
    def read(cls, octets, key=None, mac=None):
        """With `key`, one whose signature is not there or not good is an AssertionError or one of dnspython's."""
        message = dns.message.from_wire(octets, keyring=_keyring(key) or True, request_mac=mac or b"")
        if key and not message.had_tsig:
            raise AssertionError(f"the answer is not signed: {message}")
        errors = {int(option.code): option.text for option in message.options if option.otype == dns.edns.EDE}
        return cls(octets, dns.rcode.to_text(message.rcode()), errors, message.had_tsig)


class Client:
    """Sends messages over one socket and reads the answers; signs with `key`, if there is one."""

    def __init__(self, endpoint, key=None, *, zone=ZONE, tcp=False, edns=True, timeout=DEADLINE):
        self.key, self.zone, self.tcp, self.edns = key, zone, tcp, edns
        self.dice = random.SystemRandom()
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_STREAM if tcp else socket.SOCK_DGRAM)
        self.socket.settimeout(timeout)
        try:
            self.socket.connect((endpoint.address, endpoint.port))
        except OSError:
            self.socket.close()
            raise

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.socket.close()

    def message(self, *updates, prerequisites=()):
        """The octets, and the MAC, of an update of the zone."""
        update = Update(list(updates), list(prerequisites), sections=[(self.zone, "SOA", "IN")])
        octets = update.octets(self.dice.randrange(65536), self.edns)
        return signed(octets, self.key) if self.key else (octets, None)

    def send(self, octets):
        self.socket.sendall(struct.pack("!H", len(octets)) + octets if self.tcp else octets)

    def receive(self):
        """The next answer; TimeoutError or another OSError where there is none."""
        if not self.tcp:
            return self.socket.recv(65535)
        return self._exactly(int.from_bytes(self._exactly(2), "big"))

    def _exactly(self, count):
        octets = b""
        while len(octets) < count:
            more = self.socket.recv(count - len(octets))
            if not more:
                raise ConnectionError("the server ended the connection")
            octets += more
        return octets

    def exchange(self, octets):
        """The answer with the ID of these octets."""
        self.send(octets)
        while (answer := self.receive())[:2] != octets[:2]:
            pass
        return answer

    def update(self, *updates, prerequisites=()):
        octets, mac = self.message(*updates, prerequisites=prerequisites)
        return Answer.read(self.exchange(octets), self.key, mac)


class UpdatablePrimary(LockstepPrimary):
    """`rules` are the entries of "update" of its zones, but for those in `rules_of`; `keys` are there beside the pair's, each
    with `key_settings` of its name."""

    def __init__(self, test, name, **options):
        self.rules, self.rules_of = [{"key": UPDATE_KEY.name}], {}
        self.keys, self.key_settings = [UPDATE_KEY, OTHER_KEY], {}
        super().__init__(test, name, **options)
        self.http = free_endpoint()
        self.settings["http"] = str(self.http)

    def configuration(self):
        configuration = super().configuration()
        configuration["keys"] += [{"name": key.name, "algorithm": key.algorithm, "secret": key.secret,
                                   **self.key_settings.get(key.name, {})} for key in self.keys]
        for zone in configuration["zones"]:
            zone.setdefault("update", self.rules_of.get(zone["name"], self.rules))
        return configuration

    def client(self, key=UPDATE_KEY, **options):
        return Client(self.endpoint, key, **options)

    def metrics(self, name):
        """The series of one metric: {label values, in their order: value}."""
        with urllib.request.urlopen(f"http://{self.http}/metrics", timeout=DEADLINE) as answer:
            text = answer.read().decode()
        series = re.findall(rf"^{name}(?:{{(.*)}})? (\S+)$", text, re.MULTILINE)
        return {tuple(re.findall(r'="([^"]*)"', labels)): float(value) for labels, value in series}

    def counted(self, result):
        """How many updates came to this."""
        return int(self.metrics("lockstep_updates_total")[(result,)])


class UpdateTest(ServerTest):
    """Tests of a primary that takes updates of a zone, and of as many secondaries as are wanted."""

    def setUp(self):
        super().setUp()
        self.file = ZoneFile(self.directory / "example.test.zone", ZONE)
        self.primary = UpdatablePrimary(self, "ns1")
        self.primary.zones[ZONE] = self.file
        self.secondaries = []

    def start(self, *rules, secondaries=0):
        """With these entries of "update", if any are given."""
        self.primary.rules = list(rules) or self.primary.rules
        for number in range(secondaries):
            secondary = LockstepSecondary(self, f"ns{number + 2}")
            secondary.zones[ZONE] = None
            link(self.primary, secondary)
            self.secondaries.append(secondary)
        for server in (self.primary, *self.secondaries):
            server.start()
            server.wait_serial(ZONE, self.file.serial)

    def client(self, key=UPDATE_KEY, **options):
        client = self.primary.client(key, **options)
        self.addCleanup(client.socket.close)
        return client

    def do(self, *updates, prerequisites=()):
        """Sends them in one message, which must be done."""
        with self.primary.client() as client:
            answer = client.update(*updates, prerequisites=prerequisites)
        self.assertEqual(answer.rcode, "NOERROR", answer)
        return answer

    def serial(self):
        return self.primary.serial(ZONE)

    def lines(self, server=None):
        """What the server, or the primary, serves, the SOA apart."""
        return [line for line in canonical(control.dump(server or self.primary, ZONE)) if line.split()[3] != "SOA"]

    def soa(self):
        """The timers that are served: REFRESH, RETRY, EXPIRE, MINIMUM."""
        line = next(line for line in canonical(control.dump(self.primary, ZONE)) if line.split()[3] == "SOA")
        return tuple(map(int, line.split()[7:]))

    def of(self, label, rdtype, server=None):
        """The RDATA that a query gets, as a set of texts."""
        name = f"{label}.{ZONE}" if label != "@" else ZONE
        answer = query.ask((server or self.primary).endpoint, name, rdtype, timeout=5)
        self.assertIsNotNone(answer, f"no answer about {name} {rdtype}")
        return {rdata.to_text() for rrset in answer.answer for rdata in rrset}


class UpdatableBind(Bind):
    """Takes updates from anybody, and checks nothing that RFC 2136 does not speak of, as far as it can be told so."""

    def configuration(self):
        return super().configuration().replace("options {", """options {
  check-names primary ignore; check-integrity no; check-mx ignore; check-mx-cname ignore; check-srv-cname ignore;
  check-sibling no; check-spf ignore; check-wildcard no; check-dup-records ignore;""", 1).replace(
      "notify explicit; ixfr-from-differences yes;", "notify no;", 1)

    def _zone(self, zone, file):
        return super()._zone(zone, file).replace("type primary;", "type primary; allow-update { any; };", 1)
