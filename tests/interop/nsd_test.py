"""NSD behind our primary, and in front of our secondary."""

import unittest

from lockstep_test.following import Following
from lockstep_test.lockstep import LockstepPrimary, LockstepSecondary
from lockstep_test.peers import Nsd


class NsdBehindUs(Following):
    PRIMARY, SECONDARY = LockstepPrimary, Nsd


class WeBehindNsd(Following):
    PRIMARY, SECONDARY = Nsd, LockstepSecondary
    INCREMENTAL = False  # NSD 4.6 makes no differences of an edited file.


del Following

if __name__ == "__main__":
    unittest.main()
