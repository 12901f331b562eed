"""About a minute of random questions to Lockstep, BIND, Knot and NSD: no difference that EXPLAINED.md does not tell of."""

import contextlib
import io
import os
import pathlib
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))

from lockstep_test import bench
from lockstep_test.lockstep import LockstepPrimary

import report
from campaign import Campaign
from servers import KINDS

QUESTIONS = 7500
FIXED_SEED = 100


class Differential(unittest.TestCase):
    def setUp(self):
        LockstepPrimary.program()

    def assert_all_explained(self, seed):
        with bench.workspace() as space:
            campaign = Campaign(space, list(KINDS))
            campaign.run(seed, QUESTIONS, seconds=None)
            self.assertEqual(campaign.asked, QUESTIONS)
            self.assertLess(len(campaign.dropped), campaign.zones / 10, "zones that not all servers load")
            report.figures(campaign)
            report.refused(campaign)
            report.explained(campaign)
            if campaign.unexplained:
                text = io.StringIO()
                with contextlib.redirect_stdout(text):
                    report.unexplained(campaign, 3)
                self.fail(f"seed {seed}: {text.getvalue()}")

    def test_answers_to_the_questions_of_one_seed(self):
        self.assert_all_explained(int(os.environ.get("LOCKSTEP_SEED", FIXED_SEED)))


if __name__ == "__main__":
    unittest.main()
