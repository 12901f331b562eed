"""Random zones, weighted towards the corners: wildcards, zone cuts, DNAMEs, chains, empty non-terminals, odd names."""

import dns.name

import random_names
import random_records
from zone_model import Record, Zone

TTLS = (0, 1, 30, 60, 300, 3600, 86400)
OUTSIDE = [dns.name.from_text(n) for n in ("www.example.", "example.", "a.b.c.invalid.", ".")]


class ZoneMaker:
    """Fills one zone. `others` are apexes of zones that the same server has; `wild_cuts`: whether `*` may own NS."""

    def __init__(self, dice, apex, others=(), wild_cuts=False):
        self.dice, self.apex, self.others, self.wild_cuts = dice, apex, list(others), wild_cuts
        self.records = []
        self.types = {apex.canonicalize(): set()}  # owner: its types
        self.ttls = {}

    def make(self):
        dice = self.dice
        apex_dname = dice.random() < 0.04 and not any(
            other != self.apex and other.is_subdomain(self.apex) for other in self.others)
        self._soa()
        self._apex_ns(in_zone=not apex_dname)
        if apex_dname:
            self._add(self.apex, "DNAME", self._written(self._dname_target(self.apex)))
        size = 0 if apex_dname or dice.random() < 0.05 else dice.choice((1, 2, 4, 6, 9, 12, 16, 24))
        for child in self.others:
            if child != self.apex and child.is_subdomain(self.apex) and dice.random() < 0.7 and not apex_dname:
                self._cut(child)
        for _ in range(size):
            self._something()
        if dice.random() < 0.3:
            self._data(self.apex)
        return Zone(self.apex.to_text(), self.records)

    # What is added: each leaves the zone one that servers load, mostly.

    def _something(self):
        owner = self._owner()
        kind = self.dice.choices((self._data, self._cname, self._dname, self._cut), (50, 22, 10, 16))[0]
        if owner is not None:
            kind(owner)

    def _data(self, owner):
        if self._is_alias(owner) or self._below_dname(owner):
            return
        kinds = list(random_records.WEIGHTED)
        for rdtype, rdata in self.dice.choices(kinds, random_records.WEIGHTED.values(), k=self.dice.choice((1, 1, 1, 2, 3))):
            for _ in range(self.dice.choice((1, 1, 1, 1, 2, 3))):
                self._add(owner, rdtype, rdata(self.dice, lambda: self._written(self._target())))

    def _cname(self, owner):
        if self._types(owner) or self._below_dname(owner):
            return
        self._add(owner, "CNAME", self._written(self._target()))

    def _dname(self, owner):
        types = self._types(owner)
        if self._is_alias(owner) or "NS" in types or "DNAME" in types or self._below_dname(owner):
            return
        folded = owner.canonicalize()
        if any(name != folded and name.is_subdomain(folded) for name in self.types) and self.dice.random() > 0.02:
            return
        self._add(owner, "DNAME", self._written(self._dname_target(owner)))

    def _cut(self, owner):
        dice = self.dice
        if owner == self.apex or self._is_alias(owner) or "DNAME" in self._types(owner) or self._below_dname(owner):
            return
        if owner.labels[0] == b"*" and not self.wild_cuts:
            return
        for _ in range(dice.choice((1, 1, 2, 2, 3, 3, 8))):
            target = self._server_name(owner)
            self._add(owner, "NS", self._written(target))
            if dice.random() < 0.8 and target.is_subdomain(self.apex):
                self._addresses(target)
        if dice.random() < 0.4:
            for _ in range(dice.choice((1, 2))):
                self._add(owner, "DS", random_records.ds(dice, None))
        while dice.random() < 0.25:  # occluded
            hidden = random_names.below([random_names.label(dice, 0.4)], owner)
            if hidden is not None and not self._types(hidden):
                dice.choice((self._data, self._cname))(hidden)

    def _server_name(self, cut):
        dice = self.dice
        roll = dice.random()
        if roll < 0.5:
            return random_names.below([dice.choice((b"ns", b"ns1", b"a", b"*"))], cut) or cut
        if roll < 0.58:
            return cut
        if roll < 0.66:
            return random_names.below([b"x", b"y"], cut) or cut
        return self._target()

    def _addresses(self, owner):
        if self._is_alias(owner) or self._below_dname(owner):
            return
        for rdtype, rdata in (("A", random_records.a), ("AAAA", random_records.aaaa)):
            for _ in range(self.dice.choice((0, 1, 1, 2))):
                self._add(owner, rdtype, rdata(self.dice, None))

    def _soa(self):
        dice = self.dice
        mname = random_names.below([b"ns"], self.apex) or dns.name.root
        self._add(self.apex, "SOA", f"{self._written(mname)} h.example. {dice.randrange(1, 1 << 31)} 3600 600 864000 "
                                    f"{dice.choice(TTLS)}")

    def _apex_ns(self, in_zone):
        for _ in range(self.dice.choice((1, 1, 2, 3))):
            target = self._server_name(self.apex) if in_zone else OUTSIDE[0]
            self._add(self.apex, "NS", self._written(target))
            if target.is_subdomain(self.apex):  # BIND wants an address there
                self._add(target, "A", random_records.a(self.dice, None))

    def _add(self, owner, rdtype, rdata):
        folded = owner.canonicalize()
        ttl = self.ttls.setdefault((folded, rdtype), self.dice.choice(TTLS))
        self.types.setdefault(folded, set()).add(rdtype)
        self.records.append(Record(random_names.text(self.dice, owner), ttl, rdtype, rdata))

    # Names.

    def _owner(self):
        dice = self.dice
        parent = dice.choice(list(self.types)) if dice.random() < 0.55 else self.apex
        if dice.random() < 0.12:
            return parent
        depth = dice.choice((1, 1, 1, 1, 2, 2, 3, 5))
        return random_names.below([random_names.label(dice, 0.2) for _ in range(depth)], parent)

    def _target(self):
        """Where an alias, NS, MX … leads."""
        dice = self.dice
        roll = dice.random()
        known = dice.choice(list(self.types))
        if roll < 0.35:
            return known
        if roll < 0.60:
            return random_names.below([random_names.label(dice, 0.05)], known) or known
        if roll < 0.70:
            stars = [name for name in self.types if name.labels[0] == b"*"]
            if stars:
                return random_names.below([b"x"] * dice.choice((1, 1, 2)), dice.choice(stars).parent()) or known
        if roll < 0.80:
            return random_names.below([dice.choice(random_names.PLAIN) for _ in range(dice.choice((1, 2)))], self.apex) or known
        if roll < 0.92 and self.others:
            other = dice.choice(self.others)
            return random_names.below([dice.choice(random_names.PLAIN)], other) or other
        return dice.choice(OUTSIDE)

    def _dname_target(self, owner):
        roll = self.dice.random()
        if roll < 0.12:  # it grows with every round
            return random_names.below([b"g"] if roll < 0.06 else [random_names.LONG[0]], owner) or owner
        if roll < 0.22:
            return random_names.below(self.dice.sample(random_names.LONG, self.dice.choice((1, 2, 3))), self.apex) or self.apex
        return self._target()

    def _written(self, name):
        return random_names.text(self.dice, name)

    def _types(self, owner):
        return self.types.get(owner.canonicalize(), set())

    def _is_alias(self, owner):
        return "CNAME" in self._types(owner)

    def _below_dname(self, owner):
        """Nothing may stand there; that servers refuse such a zone is seen once in a while."""
        above = owner.canonicalize()
        while len(above) > len(self.apex):
            above = above.parent()
            if "DNAME" in self.types.get(above, ()):
                return self.dice.random() > 0.01
        return False


def _apexes(dice, count):
    """Origins of a batch: unrelated ones, parents and children, with and without a zone between them, odd ones."""
    test = dns.name.from_text("test.")
    apexes = [dns.name.from_text(f"z{number}.test.") for number in range(count)]
    for apex in list(apexes):
        if dice.random() < 0.2:
            child = random_names.below([random_names.label(dice, 0.1)], apex)
            apexes.append(child)
            if dice.random() < 0.4:
                apexes.append(random_names.below([random_names.label(dice, 0.1) for _ in range(dice.choice((1, 2)))], child))
    if dice.random() < 0.3:
        apexes.append(test)
    if dice.random() < 0.25:
        apexes.append(dns.name.root)
    if dice.random() < 0.3:
        apexes.append(dns.name.from_text("single."))
    if dice.random() < 0.3:
        apexes.append(random_names.below([random_names.LONG[0], random_names.LONG[1], random_names.LONG[4]], test))
    unique = {}
    for apex in apexes:
        unique.setdefault(apex.canonicalize(), apex)
    return list(unique.values())


def make_zones(dice, count, wild_cuts=False):
    """`count` zones and some more that stand above, below and beside them."""
    apexes = _apexes(dice, count)
    zones = []
    for apex in apexes:
        family = [other for other in apexes if other.is_subdomain(apex) or apex.is_subdomain(other)]
        if len(apex) <= 2 and len(family) > 5:
            family = dice.sample(family, 5)
        others = family + dice.sample(apexes, min(2, len(apexes)))
        zones.append(ZoneMaker(dice, apex, others, wild_cuts).make())
    return zones
