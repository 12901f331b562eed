"""Zones as lists of records in presentation form, which the generator writes and the reducer thins out."""

from typing import NamedTuple

import dns.name
import dns.rdata
import dns.rdataclass
import dns.rdatatype


class Record(NamedTuple):
    """One line of a master file; `owner` is absolute, in the case and escapes that it is written with."""
    owner: str
    ttl: int
    rdtype: str
    rdata: str

    def __str__(self):
        return f"{self.owner} {self.ttl} IN {self.rdtype} {self.rdata}"

    @property
    def name(self):
        return dns.name.from_text(self.owner)


class Zone:
    """`records` begins with the SOA."""

    def __init__(self, origin, records):
        self.origin, self.records = origin, list(records)

    @property
    def apex(self):
        return dns.name.from_text(self.origin)

    def text(self):
        return "".join(f"{record}\n" for record in self.records)


class ZoneOnDisk:
    """What the kit's servers want of a zone: where its file is."""

    def __init__(self, path, zone):
        self.path = path
        path.write_text(zone.text())


class Content:
    """What a set of zones holds, for judging answers: apexes, and every record by owner and type."""

    def __init__(self, zones):
        self.zones = list(zones)
        self.apexes = {zone.apex.canonicalize() for zone in self.zones}
        self._records = {}  # (owner, type): {(ttl, text)}
        self._nodes = {}  # apex: every name of the zone, and all names above these
        for zone in self.zones:
            nodes = self._nodes.setdefault(zone.apex.canonicalize(), set())
            for record in zone.records:
                name = record.name.canonicalize()
                while name not in nodes:
                    nodes.add(name)
                    name = name.parent() if len(name) > 1 else name
                key = record.name.canonicalize(), dns.rdatatype.from_text(record.rdtype)
                self._records.setdefault(key, set()).add((record.ttl, rdata_text(parsed(record))))

    def has(self, owner, rdtype):
        return (owner.canonicalize(), rdtype) in self._records

    def has_text(self, owner, rdtype):
        return self.has(dns.name.from_text(owner), dns.rdatatype.from_text(rdtype))

    def holds_text(self, owner, rdtype, ttl, text):
        return self.holds(dns.name.from_text(owner), dns.rdatatype.from_text(rdtype), ttl, text)

    def address_octets(self, owner):
        """The most that one RRset of addresses of `owner` takes in a message."""
        count = lambda rdtype: len(self._records.get((owner.canonicalize(), rdtype), ()))
        size = len(owner.to_wire())
        return max((size + 14) * count(dns.rdatatype.A), (size + 26) * count(dns.rdatatype.AAAA))

    def has_octet(self, octet, apex):
        """Whether a label of a name in this zone has this octet."""
        return any(octet in label for name in self._nodes.get(apex, ()) for label in name.labels)

    def types_at(self, owner):
        owner = owner.canonicalize()
        return {rdtype for name, rdtype in self._records if name == owner}

    def lent(self, name, apex):
        """Whether `name`, a name between it and `apex`, or a wildcard beside these, is there in other zones only.

        A tree that is common to all zones would have it.
        """
        name = name.canonicalize()
        while len(name) > len(apex):
            parent = name.parent()
            for node in (name, dns.name.Name([b"*"]).concatenate(parent)):
                if node not in self._nodes[apex] and any(node in nodes for nodes in self._nodes.values()):
                    return True
            name = parent
        return False

    def zone_of(self, name):
        """The apex of the deepest zone that holds `name`, or None."""
        name = name.canonicalize()
        found = [apex for apex in self.apexes if name.is_subdomain(apex)]
        return max(found, key=len) if found else None

    def holds(self, owner, rdtype, ttl, text):
        """Whether this record is in one of the zones, or comes of a wildcard that is."""
        owner = owner.canonicalize()
        value = ttl, text
        if value in self._records.get((owner, rdtype), ()):
            return True
        star = dns.name.Name([b"*"])
        while len(owner) > 1:
            owner = owner.parent()
            try:
                source = star.concatenate(owner)
            except dns.name.NameTooLong:
                continue
            if value in self._records.get((source, rdtype), ()):
                return True
        return False


def parsed(record):
    return dns.rdata.from_text(dns.rdataclass.IN, dns.rdatatype.from_text(record.rdtype), record.rdata)


# Types whose RDATA is names and numbers alone: names in it may come in any case (RFC 4343 §3), and by compression do.
_NAMES = {dns.rdatatype.from_text(t) for t in ("NS", "CNAME", "SOA", "PTR", "MX", "DNAME", "SRV", "KX", "AFSDB", "RP", "RT")}
# Those that have a name beside text.
_NAME_FIELDS = {dns.rdatatype.NAPTR: ["replacement"], dns.rdatatype.SVCB: ["target"], dns.rdatatype.HTTPS: ["target"]}


def rdata_text(rdata):
    """RDATA as text that is equal for RDATA that mean the same."""
    if rdata.rdtype in _NAMES:
        return rdata.to_text().lower()
    for field in _NAME_FIELDS.get(rdata.rdtype, ()):
        rdata = rdata.replace(**{field: getattr(rdata, field).canonicalize()})
    return rdata.to_text()
