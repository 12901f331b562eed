"""Where the first server's answer differs from another's, and what of that is explained."""

from typing import NamedTuple

import answers
from explained import EXPLANATIONS


class Difference(NamedTuple):
    """`aspects` are those that nothing explains; `ids` are the explanations that apply."""
    question: object
    server: str
    ours: answers.Answer
    theirs: answers.Answer
    aspects: frozenset
    ids: tuple

    @property
    def signature(self):
        """Equal for differences that look alike."""
        return self.server, self.aspects, self.ours["rcode"], self.theirs["rcode"]


def compare(question, got, content):
    """The differences of one question, `got` being {server: Answer} with the server that is judged first."""
    first = next(iter(got))
    found = []
    for server, theirs in got.items():
        if server == first:
            continue
        differing = got[first].differs_from(theirs)
        if differing:
            found.append(explain(question, server, got[first], theirs, differing, content))
    return found


def explain(question, server, ours, theirs, differing, content):
    ids, left = [], set(differing)
    for explanation in EXPLANATIONS:
        covered = left & explanation.aspects
        if covered and server in explanation.servers and explanation.applies(question, ours, theirs, content):
            ids.append(explanation.id)
            left -= covered
    return Difference(question, server, ours, theirs, frozenset(left), tuple(ids))
