"""Batch after batch of random zones and questions, with the sums of what was seen."""

import collections
import random
import time

import asking
import comparison
import questions
from cases import Case
from random_zones import make_zones
from servers import Cast
from zone_model import Content

ZONES = 50  # of a batch, and some that stand above and below them
QUESTIONS = 2500  # about them
KEPT_ALIKE = 3  # differences of one signature that are kept, the first of them to be reduced


class Campaign:
    """What a run has seen so far. `names`: the servers, the one that is judged first."""

    def __init__(self, space, names):
        self.space, self.names = space, names
        self.asked = self.zones = self.batches = 0
        self.refused = collections.Counter()  # (server, why): zones
        self.dropped = []  # (seed, origin, {server: why})
        self.explained = collections.Counter()  # (id, server): answers
        self.unexplained = {}  # signature: [how many, the first cases with their seeds]
        self.seconds = 0.0

    def run(self, seed, most_questions, seconds):
        start = time.monotonic()
        while self.asked < most_questions and (seconds is None or time.monotonic() - start < seconds):
            self._batch(seed, min(QUESTIONS, most_questions - self.asked))
            seed += 1
            self.seconds = time.monotonic() - start

    def _batch(self, seed, count):
        dice = random.Random(f"zones {seed}")
        # BIND refuses zones in which a wildcard owns NS: to see these it has to stay out.
        wild_cuts = seed % 8 == 7 and self.names != ["Lockstep", "BIND"]
        names = [name for name in self.names if not (wild_cuts and name == "BIND")]
        zones = self._loaded(seed, names, make_zones(dice, ZONES, wild_cuts))
        content = Content(zones)
        with Cast(self.space, names, zones) as cast:
            still = cast.refused()
            if still:
                raise AssertionError(f"seed {seed}: loaded alone, refused beside others: {still}")
            with asking.Panel(cast, content) as panel:
                for question in questions.questions(seed, zones, count):
                    for difference in comparison.compare(question, panel.ask(question), content):
                        self._note(seed, difference, zones)
        self.asked += count
        self.zones += len(zones)
        self.batches += 1

    def _loaded(self, seed, names, zones):
        """Those that all servers load from files; the others are counted."""
        with Cast(self.space, [name for name in names if name != "Copy"], zones) as cast:
            refused = cast.refused()
        for origin, reasons in refused.items():
            self.dropped.append((seed, origin, reasons))
            self.refused.update((server, shape(why)) for server, why in reasons.items())
        return [zone for zone in zones if zone.origin not in refused]

    def _note(self, seed, difference, zones):
        self.explained.update((name, difference.server) for name in difference.ids)
        if difference.aspects:
            alike = self.unexplained.setdefault(difference.signature, [0, []])
            alike[0] += 1
            if len(alike[1]) < KEPT_ALIKE:
                alike[1].append((seed, Case(self.space, self.names[0], difference, zones)))


def shape(reason):
    """A reason without the names and numbers in it."""
    words = [word for word in reason.split() if not ("." in word.strip(".,:") or word.strip("'").startswith("/"))]
    return " ".join("N" if word.strip("(),:").isdigit() else word for word in words)
