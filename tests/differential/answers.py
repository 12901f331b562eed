"""Replies brought into a form in which what servers may choose is left out, and the rest can be compared.

An Answer is a table of aspects. Two servers agree on a question when all aspects are equal.

header      what is copied or fixed: QR, opcode, RD, RA, Z, AD, and the question octet by octet
cd
edns        OPT or none, version, DO
rcode       with the upper bits of OPT
aa
chain       the CNAME and DNAME records of the answer section, in their order, repeated ones once
answer      all other records of the answer section, in any order
authority   SOA and whatever comes with it; NS of a referral, not those that ornament a positive answer
glue        addresses of a referral's name servers that are named below the zone cut (RFC 9471 §3.1)
duplicates  records that are there twice in a section
unfounded   additional records that no zone has
truncation  what is wrong with TC or the size
"""

import struct

import dns.exception
import dns.flags
import dns.message
import dns.rcode
import dns.rdatatype

from zone_model import rdata_text

CNAME, DNAME, NS, SOA, A, AAAA, ANY = (dns.rdatatype.from_text(t) for t in ("CNAME", "DNAME", "NS", "SOA", "A", "AAAA", "ANY"))
ASPECTS = ("header", "cd", "edns", "rcode", "aa", "chain", "answer", "authority", "glue", "duplicates", "unfounded",
           "truncation")
MOST_OCTETS = 1232  # that any of the servers sends over UDP


class Answer:
    """`aspects` as above, of what came back; `size` in octets; `truncated`: TC was set; `last`: where the chain led."""

    def __init__(self, **aspects):
        self.aspects = dict.fromkeys(ASPECTS) | aspects
        self.size, self.truncated, self.last, self.message = 0, False, None, None

    def __getitem__(self, aspect):
        return self.aspects[aspect]

    def differs_from(self, other):
        return {aspect for aspect in ASPECTS if self[aspect] != other[aspect]}

    @property
    def links(self):
        return [record for record in self["chain"] or () if record[1] == "CNAME"]

    def __str__(self):
        return str(self.message) if self.message is not None else f"(no answer: {self['rcode']})"


def read(reply, question, wire, content):
    """The Answer in the octets of a reply (None: there was none) to `wire`."""
    if reply is None:
        return Answer(rcode="silence")
    try:
        message = dns.message.from_wire(reply, one_rr_per_rrset=True, raise_on_truncation=False)
    except dns.exception.DNSException as error:
        return Answer(rcode=f"malformed: {type(error).__name__}: {error}")
    asked = wire[12:12 + len(question.name.to_wire()) + 4]
    fixed = struct.unpack_from("!H", reply, 2)[0] & ~(dns.flags.AA | dns.flags.TC | dns.flags.CD | 0xf)
    sections = [_records(section) for section in (message.answer, message.authority, message.additional)]
    answer = Answer(
        header=(fixed, reply[12:12 + len(asked)] == asked),
        cd=bool(message.flags & dns.flags.CD),
        edns=(message.edns, bool(message.ednsflags & dns.flags.DO)),
        rcode=dns.rcode.to_text(message.rcode()),
        aa=bool(message.flags & dns.flags.AA),
        chain=tuple(dict.fromkeys(r[:4] for r in sections[0] if r[1] in ("CNAME", "DNAME"))),
        answer=frozenset(r[:4] for r in sections[0] if r[1] not in ("CNAME", "DNAME")),
        duplicates=tuple(r[:4] for section in sections for i, r in enumerate(section) if r in section[:i]),
        unfounded=tuple(r[:4] for r in sections[2] if not content.holds(r[4].name, r[4].rdtype, r[2], r[3])))
    answer.message, answer.size, answer.truncated = message, len(reply), bool(message.flags & dns.flags.TC)
    answer.last = _end_of_chain(question, message.answer)
    referral = _authority(answer, question, message, sections[1], content)
    answer.aspects["glue"] = frozenset(
        r[:4] for r in sections[2] if r[4].rdtype in (A, AAAA) and any(
            r[4].name == target and target.is_subdomain(cut) for cut, target in referral))
    return answer


def _records(section):
    """(owner, type, TTL, RDATA, RRset) of each record, OPT left out by dnspython."""
    return [(rrset.name.to_text().lower(), dns.rdatatype.to_text(rrset.rdtype), rrset.ttl, rdata_text(rrset[0]), rrset)
            for rrset in section]


def _end_of_chain(question, section):
    """The name where the answer section's aliases lead; the question's own where they are what was asked for."""
    name = question.name
    if question.rdtype in (CNAME, ANY):
        return name
    aliases = {rrset.name: rrset[0].target for rrset in section if rrset.rdtype == CNAME}
    for _ in range(len(aliases)):
        name = aliases.get(name, name)
    return name


def _authority(answer, question, message, records, content):
    """Fills in what counts of the authority section; returns the referral's (cut, name server) pairs."""
    positive = any(rrset.name == answer.last and question.rdtype in (rrset.rdtype, ANY) for rrset in message.answer)
    ornament = lambda name: positive or (message.answer and name.canonicalize() in content.apexes)
    kept = [r for r in records if r[4].rdtype != NS or not ornament(r[4].name)]
    answer.aspects["authority"] = frozenset(r[:4] for r in kept)
    return [(r[4].name, r[4][0].target) for r in kept if r[4].rdtype == NS]


def truncation(cut, whole, question):
    """What is wrong with the reply over UDP, seen beside that over TCP: None, or a word."""
    if cut["truncation"]:
        return cut["truncation"]
    if cut.truncated:
        return "needless" if whole.size <= min(question.most_octets, MOST_OCTETS) else None
    lost = cut.differs_from(whole)
    return f"silent: {', '.join(sorted(lost))}" if lost else None
