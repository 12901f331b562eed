"""Differences that are a server's choice, or a fault of the other server: the table in EXPLAINED.md, as predicates."""

import itertools
from typing import Callable, NamedTuple

import dns.flags
import dns.name
import dns.rdataclass
import dns.rdatatype

from answers import MOST_OCTETS

EVERYONE = frozenset({"Lockstep", "BIND", "Knot", "NSD"})
ANY, DS, NS, RRSIG = dns.rdatatype.ANY, dns.rdatatype.DS, dns.rdatatype.NS, dns.rdatatype.RRSIG


class Explanation(NamedTuple):
    """Accounts for `aspects` of a difference from one of `servers`, where `applies(question, ours, theirs, content)`."""
    id: str
    servers: frozenset
    aspects: frozenset
    applies: Callable


EXPLANATIONS = []


def explanation(name, aspects, servers=EVERYONE):
    def keep(applies):
        EXPLANATIONS.append(Explanation(name, frozenset(servers), frozenset(aspects), applies))
        return applies
    return keep


@explanation("cd-copied", {"cd"}, {"Knot", "NSD"})
def cd_copied(question, ours, theirs, content):
    return question.flags & dns.flags.CD and ours["cd"] and not theirs["cd"]


@explanation("class-without-question", {"header"}, {"NSD"})
def class_without_question(question, ours, theirs, content):
    return question.rdclass != dns.rdataclass.IN and theirs["rcode"] == "REFUSED" and (
        ours["header"][0] == theirs["header"][0])


@explanation("class-notimp", {"rcode"}, {"BIND"})
def class_notimp(question, ours, theirs, content):
    return question.rdclass != dns.rdataclass.IN and (ours["rcode"], theirs["rcode"]) == ("REFUSED", "NOTIMP")


@explanation("glue-by-wildcard", {"glue"}, {"Knot", "NSD"})
def glue_by_wildcard(question, ours, theirs, content):
    more = theirs["glue"] - ours["glue"]
    return not ours["glue"] - theirs["glue"] and not any(content.has_text(owner, rdtype) for owner, rdtype, *_ in more)


@explanation("glue-cut-short", {"glue", "truncation"}, {"BIND", "NSD"})
def glue_cut_short(question, ours, theirs, content):
    if theirs["truncation"]:
        return theirs["truncation"] == "silent: glue" and not ours["truncation"]
    missing, more = ours["glue"] - theirs["glue"], theirs["glue"] - ours["glue"]
    octets = sum(len(dns.name.from_text(owner).to_wire()) + {"A": 14, "AAAA": 26}[rdtype] for owner, rdtype, *_ in missing)
    # BIND adds nothing behind the first RRset that does not fit, which may be sibling glue.
    octets += max([content.address_octets(dns.name.from_text(target))
                   for _, rdtype, _, target in ours["authority"] | theirs["authority"] if rdtype == "NS"], default=0)
    return too_large(question, theirs, octets) and not any(content.has_text(owner, rdtype) for owner, rdtype, *_ in more)


@explanation("soa-cut-short", {"authority", "truncation"}, {"Knot"})
def soa_cut_short(question, ours, theirs, content):
    if theirs["truncation"]:
        return theirs["truncation"] == "silent: authority" and not ours["truncation"]
    missing = ours["authority"] - theirs["authority"]
    octets = sum(len(dns.name.from_text(owner).to_wire()) + 10 + len(rdata) for owner, _, _, rdata in missing)
    return only_lacks(theirs, ours, "authority", {"SOA"}) and too_large(question, theirs, octets)


@explanation("wildcard-ns", {"aa", "rcode", "answer", "authority", "glue"}, {"Knot"})
def wildcard_ns(question, ours, theirs, content):
    return theirs.message is not None and any(
        rrset.rdtype == NS and rrset.name.labels[0] == b"*" for rrset in theirs.message.authority)


@explanation("any-subset", {"answer", "chain"}, {"BIND", "Knot", "NSD"})
def any_subset(question, ours, theirs, content):
    mine, other = (answer["answer"].union(answer["chain"]) for answer in (ours, theirs))
    return question.rdtype == ANY and mine and other and all(
        owner == question.name.to_text().lower() and content.holds_text(owner, rdtype, ttl, rdata)
        for owner, rdtype, ttl, rdata in mine)


@explanation("any-behind-dname", {"rcode", "chain", "answer", "authority", "glue", "unfounded"}, {"Knot", "NSD"})
def any_behind_dname(question, ours, theirs, content):
    return question.rdtype == ANY and [r[1] for r in ours["chain"]] == ["DNAME", "CNAME"] and goes_on(theirs, ours) and not (
        ours["answer"] or ours["authority"])


@explanation("repeated-by-peer", {"duplicates"}, {"Knot", "NSD"})
def repeated_by_peer(question, ours, theirs, content):
    return not ours["duplicates"]


@explanation("chain-servfail", {"rcode", "chain", "answer", "authority", "glue"}, {"BIND"})
def chain_servfail(question, ours, theirs, content):
    return theirs["rcode"] == "SERVFAIL" and goes_on(ours, theirs) and is_open(theirs) and (
        len(theirs.links) >= 11 or loops(theirs))


@explanation("chain-into-other-zones", {"rcode", "chain", "answer", "authority", "glue"}, {"BIND", "Knot"})
def chain_into_other_zones(question, ours, theirs, content):
    targets = [dns.name.from_text(target) for _, rdtype, _, target in common_links(ours, theirs) if rdtype == "CNAME"]
    first = content.zone_of(question.name)
    if question.rdtype == DS and question.name.canonicalize() == first and first != dns.name.root:
        first = content.zone_of(first.parent())
    return any(content.zone_of(target) != first or question.rdtype == DS and target.canonicalize() in content.apexes
               for target in targets[-1:])


@explanation("chain-given-up", {"rcode", "chain", "answer", "authority", "glue"}, {"Knot"})
def chain_given_up(question, ours, theirs, content):
    return goes_on(ours, theirs) and is_open(theirs) and len(theirs.links) >= 5


@explanation("chain-cap", {"rcode", "chain", "answer", "authority", "glue"}, {"NSD"})
def chain_cap(question, ours, theirs, content):
    return goes_on(theirs, ours) and is_open(ours) and len(ours.links) == 18


@explanation("dname-once", {"rcode", "chain", "answer", "authority", "glue"}, {"NSD"})
def dname_once(question, ours, theirs, content):
    dnames = [dns.name.from_text(owner) for owner, rdtype, *_ in theirs["chain"] if rdtype == "DNAME"]
    return goes_on(ours, theirs) and is_open(theirs) and any(theirs.last.is_subdomain(owner) for owner in dnames)


@explanation("dname-too-long", {"chain", "rcode", "authority", "answer"}, {"Knot"})
def dname_too_long(question, ours, theirs, content):
    return ours["rcode"] == "YXDOMAIN" and theirs["rcode"] in ("NXDOMAIN", "YXDOMAIN")


@explanation("wildcard-owner-of-dname", {"rcode", "chain", "authority"}, {"Knot"})
def wildcard_owner_of_dname(question, ours, theirs, content):
    by_star = any(rdtype == "DNAME" and owner.startswith("*.") for owner, rdtype, *_ in ours["chain"])
    same_links = len(ours.links) == len(theirs.links)
    if question.rdtype == dns.rdatatype.DNAME and same_links and goes_on(theirs, ours):
        return by_star
    return goes_on(ours, theirs) and by_star and (same_links or is_open(theirs))


@explanation("names-of-other-zones", {"rcode", "chain", "answer", "authority", "glue"}, {"NSD"})
def names_of_other_zones(question, ours, theirs, content):
    asked = [(question.name, content.zone_of(question.name))]
    for last in (ours.last, theirs.last):
        asked.append((last, content.zone_of(last)))
        if question.rdtype == DS and last != dns.name.root:
            asked.append((last, content.zone_of(last.parent())))
    return any(apex and content.lent(name, apex) for name, apex in asked)


@explanation("nul-octets", {"rcode", "chain", "answer", "authority", "glue", "aa", "unfounded"}, {"Knot"})
def nul_octets(question, ours, theirs, content):
    return any(b"\0" in label for label in question.name.labels) or any(
        content.has_octet(b"\0", content.zone_of(name)) for name in (question.name, ours.last))


@explanation("ds-of-nested-zones", {"rcode", "aa", "answer", "authority", "glue"}, {"NSD"})
def ds_of_nested_zones(question, ours, theirs, content):
    return question.rdtype == DS and any(
        name.canonicalize() in content.apexes and len(name) > 1 and content.zone_of(name.parent()) is not None
        for name in (question.name, ours.last))


@explanation("denial-at-cname", {"chain", "answer", "authority", "rcode", "glue"}, {"NSD"})
def denial_at_cname(question, ours, theirs, content):
    return question.rdtype in (dns.rdatatype.NSEC, RRSIG, dns.rdatatype.NSEC3) and theirs["chain"] != ours["chain"]


def too_large(question, answer, octets):
    """Whether so many octets more would not have fitted."""
    return not question.tcp and answer.size + octets > min(question.most_octets, MOST_OCTETS)


def only_lacks(answer, other, aspect, types):
    """Whether `answer` has in this aspect what `other` has, without records of these types."""
    more = other[aspect] - answer[aspect]
    return not answer[aspect] - other[aspect] and all(record[1] in types for record in more)


def goes_on(answer, other):
    """Whether the chain of `answer` begins with all that there is of the other's (see wildcard-owner-of-dname)."""
    return len(common_links(answer, other)) >= min(len(other["chain"]), len(_without_expanded(other["chain"])))


def common_links(answer, other):
    """The links with which both chains begin."""
    begins = []
    for links in (other["chain"], _without_expanded(other["chain"])):
        pairs = itertools.takewhile(lambda pair: _same_link(*pair), zip(answer["chain"], links))
        begins.append([mine for mine, _ in pairs])
    return max(begins, key=len)


def _same_link(one, other):
    return one == other or one[1] == other[1] == "DNAME" and one[2:] == other[2:] and "*." in (one[0][:2], other[0][:2])


def _without_expanded(chain):
    """Without DNAMEs that carry the name of the alias made by them, but for the first."""
    return [link for number, link in enumerate(chain) if number == 0 or link[1] != "DNAME" or (
        all(link[0] != made[0] for made in chain[number + 1:number + 2]))]


def is_open(answer):
    """A chain that ends nowhere: no data, no SOA, no referral."""
    return not answer["answer"] and not answer["authority"]


def loops(answer):
    """Whether its aliases lead back to one of them."""
    links = {owner: target for owner, _, _, target in answer.links}
    name, seen = next(iter(links), None), set()
    while name in links and name not in seen:
        seen.add(name)
        name = links[name]
    return name in seen
