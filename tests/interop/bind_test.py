"""BIND 9 behind our primary, and in front of our secondary."""

import unittest

from lockstep_test.following import Following
from lockstep_test.lockstep import LockstepPrimary, LockstepSecondary
from lockstep_test.peers import Bind


class BindBehindUs(Following):
    PRIMARY, SECONDARY = LockstepPrimary, Bind


class WeBehindBind(Following):
    PRIMARY, SECONDARY = Bind, LockstepSecondary


del Following

if __name__ == "__main__":
    unittest.main()
