"""Random UPDATE messages to BIND and to Lockstep: the same RCODE for each, and the same zone afterwards.

LOCKSTEP_UPDATES messages (1,500), made from LOCKSTEP_SEED. What a difference comes from is found by sending what came since
the zones were last alike once more, with a look at both zones after each. Where BIND 9.18 does otherwise than RFC 2136, or
than Lockstep where that RFC leaves a choice, EXCEPTIONS says so, and tests hold both servers to what it says.
"""

import os
import random
import re
import unittest
from collections import Counter
from dataclasses import dataclass

import dns.name
import dns.rcode

from lockstep_test import query
from lockstep_test.case import ServerTest
from lockstep_test.evil import Record
from lockstep_test.lockstep import LockstepSecondary
from lockstep_test.pair import ZONE
from lockstep_test.process import wait_until
from lockstep_test.server import link
from lockstep_test.updates import (Client, UpdatableBind, UpdatablePrimary, Update, add, delete_name, delete_record, delete_rrset,
                                   has_record, has_rrset, is_in_use, is_not_in_use, lacks_rrset)
from lockstep_test.zones import ZoneFile, canonical, canonical_line

SEED = int(os.environ.get("LOCKSTEP_SEED", 100))
UPDATES = int(os.environ.get("LOCKSTEP_UPDATES") or 1500)
LOOK = 100  # messages between two comparisons of the zones
PEEK = 10  # messages between two looks at what there is, for prerequisites that hold
FINDINGS = 5  # a run ends with that many

START = f"""\
$ORIGIN {ZONE}
$TTL 300
@ IN SOA ns1.other.test. hostmaster 1 3600 60 604800 300
@ IN NS ns1.other.test.
@ IN NS ns2.other.test.
a IN A 192.0.2.1
a IN TXT "one"
b IN CNAME a
c.a IN MX 10 a
*.w IN TXT "anything below w"
sub IN NS ns.sub
ns.sub IN A 192.0.2.53
"""

OWNERS = {ZONE: 5, f"a.{ZONE}": 5, f"b.{ZONE}": 5, f"c.a.{ZONE}": 3, f"*.w.{ZONE}": 2, f"w.{ZONE}": 1, f"sub.{ZONE}": 2,
          f"ns.sub.{ZONE}": 1, f"_x._tcp.{ZONE}": 1, f"x.{ZONE}": 0.5, f"y.x.{ZONE}": 0.5}
NEVER = f"never.{ZONE}"  # has nothing, ever
OUTSIDE = ("out.test.", "test.", f"not{ZONE}", ".")
TARGETS = (f"a.{ZONE}", f"b.{ZONE}", f"A.{ZONE.upper()}", "x.other.test.")
# At the apex none is in the zone: BIND wants an address there (EXCEPTIONS).
SERVERS = ("ns1.other.test.", "ns2.other.test.", "NS2.Other.TEST.", "ns3.other.test.")
VALUES = {
    "A": ("192.0.2.1", "192.0.2.2", "192.0.2.3"), "AAAA": ("2001:db8::1", "2001:db8::2"),
    "TXT": ('"one"', '"ONE"', '"two" "three"', '""'), "NS": SERVERS,
    "MX": tuple(f"{number} {name}" for number in (10, 20) for name in TARGETS), "CNAME": TARGETS, "DNAME": TARGETS,
    "SRV": tuple(f"0 {number} 443 {name}" for number in (0, 1) for name in TARGETS),
    "WKS": ("192.0.2.1 6 25", "192.0.2.1 6 25 80", "192.0.2.1 17 53", "192.0.2.2 6 25"),
    "CAA": ('0 issue "ca.example"', '0 ISSUE "ca.example"', '128 issue "Ca.example"'),
    "TYPE65280": ("\\# 0", "\\# 3 abcdef", "\\# 3 ABCDEE"),
}
TTLS = (0, 1, 60, 300, 300, 300, 3600, 2**31 - 1)
META = ("ANY", "AXFR", "IXFR", "MAILA", "MAILB", "TYPE128")
OTHER_CLASS = "CLASS77"  # of CH and HS, BIND reads RDATA of its own


def soa(serial, timers=(3600, 60, 604800, 300), owner=ZONE, ttl=300):
    return add(owner, "SOA", f"ns1.other.test. hostmaster.{ZONE} {serial % 2**32} {' '.join(map(str, timers))}", ttl)


class Generator:
    """Makes messages. `present`: lines of the zone a short time ago; `serials`: those that the servers have now."""

    def __init__(self, seed):
        self.dice = random.Random(seed)
        self.present, self.serials = [], lambda: []
        self.serial_set = None  # by the last message, if it does so

    def one_of(self, weighted):
        return self.dice.choices(list(weighted), weighted.values())[0]

    def message(self):
        dice = self.dice
        update, self.serial_set = Update(), None
        for _ in range(self.one_of({0: 5, 1: 4, 2: 2, 3: 1})):
            update.prerequisites += self.prerequisite()
        update.prerequisites = without_repetition(update.prerequisites)
        for _ in range(self.one_of({0: 1, 1: 6, 2: 4, 3: 3, 5: 2, 30: 0.3})):
            update.updates.append(self.change())
        if dice.random() < 0.05:
            update.updates.append(self.new_soa())
        if dice.random() < 0.04:
            update.updates.insert(dice.randrange(len(update.updates) + 1), self.nonsense())
        if dice.random() < 0.03:
            update.prerequisites.insert(dice.randrange(len(update.prerequisites) + 1), self.false_nonsense())
        if dice.random() < 0.03:
            update.sections = self.odd_sections()
        if dice.random() < 0.03:
            update.additional.append(add(dice.choice(OUTSIDE), "A", "192.0.2.1"))
        return update

    def owner(self):
        name = self.one_of(OWNERS) if self.dice.random() < 0.99 else self.dice.choice(OUTSIDE)
        return name if self.dice.random() < 0.8 else "".join(self.dice.choice((c.lower(), c.upper())) for c in name)

    def rdtype(self, owner):
        """At a wildcard, neither NS nor DNAME: BIND takes none (EXCEPTIONS)."""
        often = {"A": 3, "TXT": 3, "CNAME": 2, "NS": 2, "DNAME": 0.4}
        return self.one_of({rdtype: often.get(rdtype, 1) for rdtype in VALUES if "*" not in owner or rdtype not in ("NS", "DNAME")})

    def change(self):
        owner, ttl = self.owner(), self.dice.choice(TTLS)
        kind = self.one_of({"add": 9, "record": 4, "rrset": 3, "name": 1, "soa": 0.3})
        if kind == "soa":
            return self.dice.choice((delete_rrset(owner, "SOA"), delete_record(owner, "SOA", soa(1).text)))
        if kind == "name":
            return delete_name(owner)
        if kind != "add" and self.present and self.dice.random() < 0.6:  # of what is there
            owner, _, _, rdtype, text = self.dice.choice(self.present).split(None, 4)
        else:
            rdtype = self.rdtype(owner)
            text = self.dice.choice(VALUES[rdtype])
        if rdtype == "SOA" and kind == "record":
            text = soa(1).text
        return {"add": lambda: add(owner, rdtype, text, ttl), "record": lambda: delete_record(owner, rdtype, text),
                "rrset": lambda: delete_rrset(owner, rdtype)}[kind]()

    def new_soa(self):
        """With a serial that is newer, or older, to both: of an equal one EXCEPTIONS tells."""
        serials, dice = self.serials(), self.dice
        timers = [dice.randrange(1, 9) * 100 for _ in range(4)]
        way = self.one_of({"newer": 4, "far": 0.5, "older": 2, "zero": 1, "elsewhere": 1})
        if way == "newer" and max(serials) < 2**32 - 10:
            self.serial_set = max(serials) + dice.randrange(1, 5)
        if way == "far" and max(serials) < 2**30:  # and no further: the serial in the file is to stay older
            self.serial_set = max(serials) + 2**30
        if self.serial_set is not None:
            return soa(self.serial_set, timers, ttl=dice.choice(TTLS))
        if way == "zero" and max(serials) < 2**31:
            return soa(0, timers)
        if way == "elsewhere":
            return soa(max(serials) + 7, timers, owner=f"a.{ZONE}")
        return soa(max(1, min(serials) - dice.randrange(1, 5)) if min(serials) > 1 else 2**32 - 1, timers)

    def nonsense(self):
        """An update that means nothing: RFC 2136 section 3.4.1.3."""
        owner, dice = self.owner(), self.dice
        return dice.choice((
            add(dice.choice(OUTSIDE), "A", "192.0.2.1"), delete_name(dice.choice(OUTSIDE)),
            Record(owner, "TXT", "", dice.randrange(1, 9), "ANY", b""), Record(owner, "ANY", "", 1, "ANY", b""),
            Record(owner, "TXT", '"one"', dice.randrange(1, 9), "NONE"), Record(owner, "A", "", 0, "ANY", b"\1\2\3\4"),
            Record(owner, "A", "", 0, "NONE", b""), Record(owner, "A", "", 300, "IN", b""), Record(owner, "A", "", 300, "IN", b"\1\2\3"),
            Record(owner, "MX", "", 300, "IN", b"\0\1"), Record(owner, "TXT", "", 300, "IN", b"\5one"),
            Record(owner, "NS", "", 0, "NONE", b"\1a"), Record(owner, "A", "", 300, OTHER_CLASS, b"\1\2\3\4"),
            Record(owner, dice.choice(META), "", dice.choice((0, 300)), "IN", dice.choice((b"", b"\1\2"))),
            Record(owner, dice.choice(META), "", 0, "NONE", dice.choice((b"", b"\1\2"))),
            Record(owner, dice.choice(META[1:]), "", 0, "ANY", b"")))

    def false_nonsense(self):
        """A prerequisite that means nothing (section 3.2.5), or that no zone can meet."""
        owner, dice = self.owner(), self.dice
        return dice.choice((
            is_in_use(dice.choice(OUTSIDE)), has_record(dice.choice(OUTSIDE), "A", "192.0.2.1"),
            Record(owner, "ANY", "", 1, "ANY", b""), Record(owner, "TXT", '"one"', 1), Record(owner, "TXT", "", 1, "NONE", b""),
            Record(owner, "A", "", 0, "ANY", b"\1\2\3\4"), Record(owner, "A", "", 0, "NONE", b"\1\2\3\4"),
            Record(owner, "A", "", 0, "IN", b""), Record(owner, "MX", "", 0, "IN", b"\0\1\1"),
            Record(owner, "A", "", 0, OTHER_CLASS, b"\1\2\3\4"), Record(owner, dice.choice(META), "", 0, "IN", b""),
            Record(owner, dice.choice(META[1:]), "", 0, "ANY", b""), Record(owner, dice.choice(META[1:]), "", 0, "NONE", b"")))

    def odd_sections(self):
        dice = self.dice
        return dice.choice(([(ZONE.upper(), "SOA", "IN")], [(ZONE, "A", "IN")], [(ZONE, "ANY", "IN")], [(ZONE, "AXFR", "IN")], [],
                            [(ZONE, "SOA", "IN")] * 2, [(ZONE, "SOA", "IN"), ("other.test.", "SOA", "IN")],
                            [("other.test.", "SOA", "IN")], [("test.", "SOA", "IN")], [(f"a.{ZONE}", "SOA", "IN")]))

    def prerequisite(self):
        """One in two holds, as far as the zone is the one that was seen."""
        dice, owner = self.dice, self.owner()
        kind = self.one_of({"value": 4, "name": 2, "rrset": 3})
        seen = [line.split(None, 4) for line in self.present]
        if kind == "name":
            return [dice.choice((is_in_use, is_not_in_use))(owner if dice.random() < 0.6 else NEVER)]
        if seen and dice.random() < 0.7:
            owner, _, _, rdtype, _ = dice.choice(seen)
        else:
            rdtype = self.rdtype(owner)
        if kind == "rrset":
            return [dice.choice((has_rrset, has_rrset, lacks_rrset))(owner, rdtype)]
        texts = [text for name, _, _, of, text in seen if (name, of) == (owner.lower(), rdtype)]
        if rdtype == "SOA":  # both have the same where the serials are the same
            theirs, ours = self.serials()
            texts = [re.sub(r"^(\S+ \S+) \d+", rf"\1 {ours}", text) for text in texts if theirs == ours]
        if dice.random() < 0.4 and rdtype in VALUES:
            texts = self.mutated(texts, VALUES[rdtype])
        dice.shuffle(texts)
        if dice.random() < 0.2:
            owner = owner.upper()
        return [has_record(owner, rdtype, text) for text in texts] or [lacks_rrset(owner, rdtype)]

    def mutated(self, texts, values):
        way = self.dice.choice(("more", "less", "other"))
        less = texts[1:] if way != "more" else texts
        return less if way == "less" else [*less, self.dice.choice(values)]


def without_repetition(records):
    """A record that stands there twice is one of the EXCEPTIONS."""
    return list({(canonical_line(record.owner, record.ttl, record.rdtype, record.text), record.rdclass): record
                 for record in records}.values())


SOA_LINE = f"{ZONE} 300 IN SOA ns1.other.test. hostmaster.{ZONE}"
UNMET = ("NXDOMAIN", "YXDOMAIN", "NXRRSET", "YXRRSET")


def means_nothing(update):
    """The RCODE of an update that no zone could take: RFC 2136 section 3.4.1."""
    meta, rdata = update.rdtype in META, update.raw is not None
    sound = {"IN": not meta and not rdata, "ANY": update.ttl == 0 and not update.raw and (not meta or update.rdtype == "ANY"),
             "NONE": update.ttl == 0 and not meta and not rdata}
    if not dns.name.from_text(update.owner).is_subdomain(dns.name.from_text(ZONE)):
        return "NOTZONE"
    return None if sound.get(update.rdclass) else "FORMERR"


def bind_reads_ahead(update, theirs, ours):
    """RFC 2136 goes from the zone section (3.1) to prerequisite after prerequisite (3.2.5), then to update after update (3.4.1.3),
    and answers with what is wrong first. BIND looks at the update section first, and before anything for RDATA of wrong form."""
    ahead = {means_nothing(each) for each in update.updates} | {"FORMERR" for each in update.prerequisites if each.raw}
    return theirs in ahead and (ours == "NOTAUTH" or update.prerequisites and ours in (*UNMET, "NOTZONE", "FORMERR"))


def bind_has_a_class_for_no_zone(update, theirs, ours):
    """Without a zone section, BIND goes by the class of the first record (REFUSED for NONE, NOTIMP for one that it has no view of):
    FORMERR is for a section that is not one SOA record, section 3.1.1."""
    return not update.sections and theirs in ("REFUSED", "NOTIMP") and ours == "FORMERR"


EXPLAINED = (bind_reads_ahead, bind_has_a_class_for_no_zone)


@dataclass(frozen=True)
class Deviation:
    """Of `sent`, the last message is what it is about; `bind` and `lockstep`: its RCODE, and the lines that it adds and takes,
    in alphabetical order. `why` has the section of the RFC."""
    name: str
    why: str
    sent: tuple
    bind: tuple
    lockstep: tuple


HOST = f"host.{ZONE}"
HOST_A = add(HOST, "A", "192.0.2.1")
NEW_TIMERS = ("NOERROR", f"+{SOA_LINE} 1 2 3 4", f"-{SOA_LINE} 3600 60 604800 300")
ADDED = ("NOERROR", f"+{HOST} 300 IN A 192.0.2.1")
TO_THREE_QUARTERS = tuple(Update([soa(2**30 * number)]) for number in (1, 2, 3))  # of the circle of serials
EXCEPTIONS = (
    Deviation("an SOA with the serial that is served", "RFC 2136 section 3.4.2.2 passes over a lower one, BIND over an equal one too",
              (Update([soa(1, (1, 2, 3, 4))]),), ("NOERROR",), NEW_TIMERS),
    Deviation("an SOA whose serial is 2^31 away", "RFC 1982 section 3.2: neither is newer; Lockstep takes the record, with the next serial",
              (Update([soa(1 + 2**31, (1, 2, 3, 4))]),), ("SERVFAIL",), NEW_TIMERS),
    Deviation("an SOA with serial 0 where that is newer", "RFC 1982 section 7: 0 means something else to some, so Lockstep sets it for nobody",
              (*TO_THREE_QUARTERS, Update([soa(0, (1, 2, 3, 4))])), NEW_TIMERS, ("NOERROR",)),
    Deviation("a name server in the zone without an address", "RFC 2136 section 3.4.2 has no such condition",
              (Update([add(ZONE, "NS", HOST)]),), ("REFUSED",), ("NOERROR", f"+{ZONE} 300 IN NS {HOST}")),
    Deviation("the address of a name server", "the same, the other way round",
              (Update([add(ZONE, "NS", HOST), HOST_A]), Update([delete_name(HOST)])),
              ("REFUSED",), ("NOERROR", f"-{HOST} 300 IN A 192.0.2.1")),
    Deviation("a wildcard that owns NS", "RFC 4592 section 4.2 leaves open what it means, and forbids nothing; BIND passes over it",
              (Update([add(f"*.{ZONE}", "NS", SERVERS[0])]),), ("NOERROR",), ("NOERROR", f"+*.{ZONE} 300 IN NS {SERVERS[0]}")),
    Deviation("a wildcard that owns DNAME", "RFC 4592 section 4.4 discourages it, and forbids nothing; BIND passes over it",
              (Update([add(f"*.{ZONE}", "DNAME", "other.test.")]),), ("NOERROR",), ("NOERROR", f"+*.{ZONE} 300 IN DNAME other.test.")),
    Deviation("a TTL with its top bit", "RFC 2181 section 8: to be treated as 0", (Update([add(HOST, "A", "192.0.2.1", 2**31)]),),
              ("NOERROR", f"+{HOST} 2147483648 IN A 192.0.2.1"), ("NOERROR", f"+{HOST} 0 IN A 192.0.2.1")),
    Deviation("a record twice among the prerequisites", "RFC 2136 section 3.2.3 compares sets",
              (Update([], [has_record(f"a.{ZONE}", "TXT", '"one"')] * 2),), ("NXRRSET",), ("NOERROR",)),
    Deviation("octets behind the last record", "RFC 2136 section 2 has no room for any", (Update([HOST_A], tail=b"\0"),), ADDED, ("FORMERR",)),
    Deviation("a record more than the header counts", "the same", (Update([HOST_A], tail=add(HOST, "A", "192.0.2.2").wire()),), ADDED,
              ("FORMERR",)),
    Deviation("RDATA in the additional section that no A has", "RFC 2136 section 2.6: nobody has to look at it",
              (Update([HOST_A], additional=[Record(HOST, "A", "", 1, "IN", b"abc")]),), ("FORMERR",), ADDED),
    Deviation("deleting type 0", "RFC 6895 section 3.1: it is no type that data has (RFC 2136 section 3.4.1.3)",
              (Update([Record(HOST, "TYPE0", "", 0, "ANY", b"")]),), ("NOERROR",), ("FORMERR",)),
    *[Deviation(f"a zone section of class {rdclass}", "RFC 2136 section 3.1.2: no zone of this server is named so",
                (Update([], sections=[(ZONE, "SOA", rdclass)]),), (rcode,), ("NOTAUTH",))
      for rdclass, rcode in (("CH", "NOTIMP"), ("HS", "REFUSED"), ("ANY", "FORMERR"), ("NONE", "FORMERR"))],
    Deviation("a zone section of class CH and type A", "RFC 2136 section 3.1.1 comes before 3.1.2",
              (Update([], sections=[(ZONE, "A", "CH")]),), ("NOTIMP",), ("FORMERR",)),
    Deviation("a prerequisite that does not hold, and an update that means nothing", "RFC 2136 section 3.2 comes before 3.4",
              (Update([add("out.test.", "A", "192.0.2.1")], [is_in_use(HOST)]),), ("NOTZONE",), ("NXDOMAIN",)),
)


class Pair:
    """BIND and Lockstep with one zone: that of START, or of these lines."""

    def __init__(self, test, number, lines=None):
        self.file = ZoneFile(test.directory / f"{number}.zone", ZONE)
        soa_line = next((line for line in lines or () if " IN SOA " in line), None)
        self.text = re.sub(".* IN SOA .*", soa_line, START) if soa_line else START
        self.file.write(self.text)
        self.servers = [kind(test, f"{name}{number}") for kind, name in ((UpdatableBind, "bind"), (UpdatablePrimary, "ns"))]
        self.clients = []
        for server in self.servers:
            server.open_transfers = True
            server.rules = [{"prefix": "127.0.0.0/8"}]
            server.zones[ZONE] = self.file
        self.copy = LockstepSecondary(test, f"copy{number}")
        self.copy.open_transfers, self.copy.zones[ZONE] = True, None
        link(self.servers[1], self.copy)
        for server in (*self.servers, self.copy):
            server.start()
        for server in self.servers:
            client = Client(server.endpoint, timeout=10)
            test.addCleanup(client.socket.close)
            self.clients.append(client)
        self.sent = 0
        if lines:
            self.fill([line.split(None, 4) for line in lines if line != soa_line])

    def fill(self, records):
        """By update, since a file may not have all that updates can make, such as names below a DNAME."""
        owners = {f"{name}.{ZONE}".replace("@.", "") for name in re.findall(r"^(\S+) IN", START, re.MULTILINE)}
        adds = [add(owner, rdtype, text, int(ttl)) for owner, ttl, _, rdtype, text in records]
        kept = {change.text for change in adds if (change.owner, change.rdtype) == (ZONE, "NS")}
        servers = [delete_record(ZONE, "NS", name) for name in SERVERS[:2] if name not in kept]
        rcodes = self.send(Update([*map(delete_name, owners), *adds, *servers]))
        assert rcodes == ("NOERROR", "NOERROR"), rcodes

    def send(self, update):
        """BIND's RCODE, and Lockstep's."""
        self.sent += 1
        octets = update.octets(self.sent % 65536)
        return tuple(dns.rcode.to_text(client.exchange(octets)[3] & 15) for client in self.clients)

    def serials(self):
        return [server.serial(ZONE) for server in self.servers]

    def touch(self):
        """Has Lockstep read its file again, in which nothing but a comment has changed."""
        self.text += f"; {self.sent}\n"
        self.file.write(self.text)
        self.servers[1].reload(ZONE)

    def copied(self):
        """What the secondary serves, as zones() has it."""
        ours = self.servers[1]
        wait_until("the copy is in step", lambda: self.copy.serial(ZONE) == ours.serial(ZONE))
        return self.without_serial(self.copy)

    def lines(self, server):
        return canonical("\n".join(query.transfer(server.endpoint, ZONE, key=None)))

    def zones(self):
        """BIND's lines, and Lockstep's, the SOA without its serial."""
        return tuple(map(self.without_serial, self.servers))

    def without_serial(self, server):
        return [re.sub(r"( SOA \S+ \S+) \d+", r"\1", line) for line in self.lines(server)]


def difference(theirs, ours):
    return [f"  only BIND: {line}" for line in sorted(set(theirs) - set(ours))] + [
        f"  only Lockstep: {line}" for line in sorted(set(ours) - set(theirs))]


class Campaign:
    """Sends a generator's messages to a pair; what differs is in `findings`."""

    def __init__(self, test, seed):
        self.test, self.generator = test, Generator(seed)
        self.findings, self.rcodes, self.explained = [], Counter(), Counter()
        self.number = 0
        self.start()

    def start(self, lines=None):
        self.pair = Pair(self.test, self.number, lines)
        self.generator.serials = self.pair.serials
        self.lines, self.since = lines, []  # both zones were this, and these came then

    def run(self, count):
        while self.number < count and len(self.findings) < FINDINGS:
            self.number += 1
            if self.number % PEEK == 1:
                self.generator.present = self.pair.lines(self.pair.servers[0])
            odd = self.step()
            if odd or self.number % LOOK == 0 or self.number == count:
                self.compare()

    def step(self):
        """Whether the RCODEs differ, and nothing explains it."""
        update = self.generator.message()
        self.since.append(update)
        theirs, ours = self.pair.send(update)
        self.rcodes[theirs] += 1
        if theirs == ours == "NOERROR" and self.generator.serial_set is not None:
            self.test.assertEqual(self.pair.serials(), [self.generator.serial_set] * 2, f"after message {self.number}:\n{update}")
        if theirs == ours:
            return False
        why = next((each for each in EXPLAINED if each(update, theirs, ours)), None)
        self.explained[why.__name__ if why else "nothing"] += 1
        if why is None:
            self.findings.append(f"message {self.number}: BIND {theirs}, Lockstep {ours}\n{update}")
        return why is None

    def compare(self):
        """And what Lockstep's secondary made of it by IXFR, and what a reload does to it: nothing."""
        theirs, ours = self.pair.zones()
        lines = self.pair.lines(self.pair.servers[0])
        if different := difference(theirs, ours):
            self.findings.append(self.culprit() or "\n".join(
                [f"by message {self.number}, and not when they are sent again:", *different]))
            self.start(lines)
        else:
            self.test.assert_same_lines(ours, self.pair.copied(), f"the zone after message {self.number}, and its copy")
            serials = self.pair.serials()
            self.pair.touch()
            self.test.assert_same_lines(ours, self.pair.zones()[1], f"the zone after message {self.number}, before and after a reload")
            self.test.assertEqual(self.pair.serials(), serials, "nothing has changed")
        self.lines, self.since = lines, []

    def culprit(self):
        """The message that makes the zones differ, in a pair that was as theirs was when they were last alike."""
        pair = Pair(self.test, f"again{self.number}", self.lines)
        for update in self.since:
            before = pair.zones()[0]
            theirs, ours = pair.send(update)
            if different := difference(*pair.zones()):
                owners = {record.owner.lower() for record in update.updates}
                had = [f"  before: {line}" for line in before if line.split()[0] in owners]
                return "\n".join([f"zones differ; BIND {theirs}, Lockstep {ours}", str(update), *had, *different])
        return None


class Differential(ServerTest):
    def test_random_updates_come_to_the_same_rcodes_and_zones_as_in_bind(self):
        campaign = Campaign(self, SEED)
        campaign.run(UPDATES)
        print(f"seed {SEED}, {campaign.number} messages: {dict(campaign.rcodes)}; explained: {dict(campaign.explained)}")
        self.assertEqual(len(campaign.findings), 0, "\n" + "\n\n".join(campaign.findings))

    def test_where_bind_differs_it_does_so_as_is_told(self):
        for number, deviation in enumerate(EXCEPTIONS):
            with self.subTest(deviation.name):
                pair = Pair(self, f"x{number}")
                for update in deviation.sent[:-1]:
                    pair.send(update)
                before = pair.zones()
                rcodes = pair.send(deviation.sent[-1])
                came_to = [(rcode, *sorted([f"-{line}" for line in set(old) - set(new)] + [f"+{line}" for line in set(new) - set(old)]))
                           for rcode, old, new in zip(rcodes, before, pair.zones())]
                self.assertEqual(came_to, [deviation.bind, deviation.lockstep], deviation.why)


if __name__ == "__main__":
    unittest.main()
