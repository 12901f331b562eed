"""A difference with the zones that show it, and how it is made smaller."""

import dns.flags

import asking
import comparison
import reduction
from servers import Cast
from zone_model import Content, Zone

SIMPLER = (
    lambda q: q._replace(payload=None, do=False),
    lambda q: q._replace(do=False),
    lambda q: q._replace(payload=1232) if q.payload is not None else q,
    lambda q: q._replace(flags=0),
    lambda q: q._replace(flags=q.flags & ~dns.flags.CD),
    lambda q: q._replace(tcp=False),
    lambda q: q._replace(name=q.name.canonicalize()),
)


class Case:
    """One question about some zones on which two servers differ."""

    def __init__(self, space, judged, difference, zones, small=False):
        self.space, self.names = space, (judged, difference.server)
        self.difference, self.zones, self.small = difference, zones, small

    def reduced(self):
        """The case with as few zones and records, and as plain a question, as still make the servers differ alike."""
        if not self._differ(self.zones, self.difference.question):
            return self  # it happened once: reducing would lead nowhere
        zones = reduction.smallest(self.zones, lambda zones: self._differ(zones, self.difference.question))
        lines = [(zone.origin, record) for zone in zones for record in zone.records]
        lines = reduction.smallest(lines, lambda some: self._differ(_zones(some), self.difference.question))
        zones = _zones(lines)
        question = reduction.simplest(self.difference.question, SIMPLER, lambda q: self._differ(zones, q))
        return Case(self.space, self.names[0], self._differ(zones, question), zones, small=True)

    def _differ(self, zones, question):
        """The difference with these zones, if it is about the same: its aspects are among ours. None otherwise."""
        if not zones:
            return None
        with Cast(self.space, self.names, zones) as cast:
            if cast.refused():
                return None
            content = Content(zones)
            with asking.Panel(cast, content) as panel:
                found = comparison.compare(question, panel.ask(question), content)
        wanted = self.difference
        for new in found:
            if new.aspects and new.aspects <= wanted.aspects and (
                    new.ours["rcode"], new.theirs["rcode"]) == (wanted.ours["rcode"], wanted.theirs["rcode"]):
                return new
        return None

    def __str__(self):
        difference = self.difference
        parts = [f"differ in {', '.join(sorted(difference.aspects))}: {' and '.join(self.names)}",
                 f"question: {difference.question}"]
        if not self.small:
            parts.append(f"not seen again with the same {len(self.zones)} zones, which are not shown")
        for zone in self.zones if self.small else ():
            parts += [f"zone {zone.origin}", _indented(zone.text())]
        for name, answer in zip(self.names, (difference.ours, difference.theirs)):
            parts += [f"{name} answers ({answer.size} octets)", _indented(str(answer))]
            parts += [_indented(f"{aspect}: {answer[aspect]}") for aspect in ("unfounded", "duplicates", "truncation")
                      if answer[aspect]]
        return "\n".join(parts)


def beside(difference):
    """Only what differs, of both answers."""
    lines = []
    for aspect in sorted(difference.aspects):
        lines += [f"    {aspect}: {_shown(difference.ours[aspect])}",
                  f"    {' ' * len(aspect)}  {_shown(difference.theirs[aspect])}"]
    return "\n".join(lines)


def _shown(value):
    if not isinstance(value, frozenset):
        return str(value)
    return "; ".join(sorted(" ".join(map(str, record)) for record in value))


def _zones(lines):
    """Zones of (origin, record) lines; none where one has lost its SOA, since no server would load it."""
    zones = {}
    for origin, record in lines:
        zones.setdefault(origin, []).append(record)
    if any(records[0].rdtype != "SOA" for records in zones.values()):
        return []
    return [Zone(origin, records) for origin, records in zones.items()]


def _indented(text):
    return "\n".join(f"    {line}" for line in text.splitlines())
