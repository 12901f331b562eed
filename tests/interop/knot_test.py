"""Knot DNS behind our primary, and in front of our secondary."""

import unittest

from lockstep_test.following import Following
from lockstep_test.lockstep import LockstepPrimary, LockstepSecondary
from lockstep_test.peers import Knot


class KnotBehindUs(Following):
    PRIMARY, SECONDARY = LockstepPrimary, Knot


class WeBehindKnot(Following):
    PRIMARY, SECONDARY = Knot, LockstepSecondary


del Following

if __name__ == "__main__":
    unittest.main()
