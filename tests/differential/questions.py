"""Questions: what a client can ask of a set of zones, with the flags and transports that it may choose."""

import random
import struct
from typing import NamedTuple

import dns.flags
import dns.name
import dns.rdataclass
import dns.rdatatype

import random_names

DNSSEC_OK = 0x8000
TYPES = {"A": 22, "AAAA": 8, "NS": 8, "SOA": 5, "CNAME": 8, "DNAME": 6, "DS": 8, "MX": 5, "TXT": 5, "SRV": 3, "ANY": 5,
         "RRSIG": 2, "NSEC": 2, "DNSKEY": 2, "TYPE65280": 3, "CAA": 2, "HTTPS": 3, "PTR": 2, "NSEC3": 1, "NSEC3PARAM": 1,
         "NAPTR": 1, "SVCB": 1}


class Question(NamedTuple):
    name: dns.name.Name
    rdtype: int
    rdclass: int = dns.rdataclass.IN
    flags: int = 0
    payload: int | None = None  # None: without EDNS
    do: bool = False
    tcp: bool = False

    def wire(self, number):
        opt = b""
        if self.payload is not None:
            opt = struct.pack("!BHHIH", 0, dns.rdatatype.OPT, self.payload, DNSSEC_OK if self.do else 0, 0)
        return (struct.pack("!HHHHHH", number, self.flags, 1, 0, 0, 1 if opt else 0) + self.name.to_wire() +
                struct.pack("!HH", self.rdtype, self.rdclass) + opt)

    @property
    def most_octets(self):
        """What a reply over UDP may have (RFC 1035 §4.2.1, RFC 6891 §6.2.3)."""
        return max(512, self.payload or 0)

    def __str__(self):
        """As arguments of dig."""
        options = ["+rec" if self.flags & dns.flags.RD else "+norec", *(["+cd"] if self.flags & dns.flags.CD else []),
                   *(["+ad"] if self.flags & dns.flags.AD else []), *(["+tcp"] if self.tcp else [])]
        if self.payload is None:
            options.append("+noedns")
        else:
            options += [f"+bufsize={self.payload}", *(["+dnssec"] if self.do else [])]
        return (f"{' '.join(options)} -q '{self.name.to_text()}' -t {dns.rdatatype.to_text(self.rdtype)}"
                f" -c {dns.rdataclass.to_text(self.rdclass)}")


class Questioner:
    """Draws questions about zones, most of them about names that are there or nearly so."""

    def __init__(self, dice, zones):
        self.dice = dice
        self.zones = [_Names(zone) for zone in zones]

    def question(self):
        dice = self.dice
        zone = dice.choice(self.zones)
        name = self._name(zone)
        types = zone.types.get(name.canonicalize())
        if types and dice.random() < 0.4:
            rdtype = dice.choice(types)
        else:
            rdtype = dice.choices(list(TYPES), TYPES.values())[0]
        rdclass = dns.rdataclass.IN if dice.random() < 0.995 else dice.choice((dns.rdataclass.HS, 65280))
        if dice.random() < 0.3:
            name = random_names.mixed_case(dice, name)
        flags = (dns.flags.RD if dice.random() < 0.5 else 0) | (dns.flags.CD if dice.random() < 0.05 else 0)
        flags |= dns.flags.AD if dice.random() < 0.03 else 0
        payload = None if dice.random() < 0.35 else dice.choice((512, 1232, 1232, 1232, 4096, 4096, 65535, 0, 600))
        return Question(name, dns.rdatatype.from_text(rdtype), rdclass, flags, payload,
                        payload is not None and dice.random() < 0.5, dice.random() < 0.1)

    def _name(self, zone):
        dice = self.dice
        owner = dice.choice(zone.owners)
        within = lambda labels, name: random_names.below(labels, name) or name
        draw = dice.choices(range(11), (30, 10, 20, 6, 12, 12, 8, 4, 3, 3, 1))[0]
        if draw == 1 and zone.inner:  # an empty non-terminal, or an owner above others
            return dice.choice(zone.inner)
        if draw == 2:
            return within([random_names.label(dice)], owner)
        if draw == 3:
            return within([random_names.label(dice) for _ in range(dice.choice((2, 3, 6)))], owner)
        if draw == 4 and len(owner) > 1:
            return within([random_names.label(dice)], owner.parent())
        if draw == 5 and zone.stars:
            star = dice.choice(zone.stars)
            if dice.random() < 0.5:
                return dns.name.Name([random_names.label(dice, 0) if part == b"*" else part for part in star.labels])
            return within([random_names.label(dice) for _ in range(dice.choice((1, 2)))], star.parent())
        if draw == 6 and zone.targets:
            return dice.choice(zone.targets)
        if draw == 7:
            return within([b"*"], owner)
        if draw == 8:
            name = owner
            for part in dice.sample(random_names.LONG, 3):
                name = within([part], name)
            return name
        if draw == 9:
            return zone.apex
        if draw == 10:
            return zone.apex.parent() if len(zone.apex) > 1 else dns.name.root
        return owner


class _Names:
    """The names of one zone by what they are to a question."""

    def __init__(self, zone):
        self.apex = zone.apex
        self.types, self.targets = {}, []
        for record in zone.records:
            types = self.types.setdefault(record.name.canonicalize(), [])
            if record.rdtype not in types:
                types.append(record.rdtype)
            if record.rdtype in ("CNAME", "DNAME", "NS", "PTR"):
                self.targets.append(dns.name.from_text(record.rdata))
        self.owners = list(self.types)
        inner = {}
        for owner in self.owners:
            while len(owner) > len(self.apex):
                owner = owner.parent()
                inner[owner] = None
        self.inner = list(inner)
        self.stars = [name for name in self.owners if b"*" in name.labels]


def questions(seed, zones, count):
    asker = Questioner(random.Random(f"questions {seed}"), zones)
    return [asker.question() for _ in range(count)]
