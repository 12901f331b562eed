"""The harness proven without us: peers behind peers. What fails here is not our side's fault."""

import unittest

from lockstep_test.following import ZONE, Following
from lockstep_test.peers import Bind, Knot, Nsd


class KnotBehindBind(Following):
    PRIMARY, SECONDARY = Bind, Knot

    def nudge(self):
        self.secondary.refresh(ZONE)


class NsdBehindKnot(Following):
    PRIMARY, SECONDARY = Knot, Nsd


class BindBehindNsd(Following):
    PRIMARY, SECONDARY = Nsd, Bind
    INCREMENTAL = False


del Following

if __name__ == "__main__":
    unittest.main()
