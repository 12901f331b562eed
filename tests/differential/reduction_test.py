"""What the reducer leaves is enough, and nothing of it can be spared."""

import random
import unittest

import reduction


class Smallest(unittest.TestCase):
    def assert_reduces(self, things, needed):
        happens = lambda part: needed <= set(part)
        self.assertEqual(set(reduction.smallest(things, happens)), needed)

    def test_finds_a_single_thing_wherever_it_is(self):
        for thing in range(17):
            self.assert_reduces(range(17), {thing})

    def test_finds_any_combination_of_things(self):
        dice = random.Random(1)
        for _ in range(200):
            count = dice.randrange(1, 40)
            self.assert_reduces(range(count), set(dice.sample(range(count), dice.randrange(count + 1))))

    def test_keeps_the_order(self):
        self.assertEqual(reduction.smallest("abcdefgh", lambda part: {"b", "g", "c"} <= set(part)), ["b", "c", "g"])

    def test_spares_what_can_be_spared_only_after_something_else_has_gone(self):
        # 1 is needed as long as 9 is there.
        happens = lambda part: 5 in part and (1 in part or 9 not in part)
        self.assertEqual(reduction.smallest(range(10), happens), [5])

    def test_leaves_nothing_where_nothing_is_needed(self):
        self.assertEqual(reduction.smallest(range(5), lambda part: True), [])

    def test_takes_few_trials(self):
        trials = []
        reduction.smallest(range(1000), lambda part: trials.append(1) or {17, 600} <= set(part))
        self.assertLess(len(trials), 100)


class Simplest(unittest.TestCase):
    def test_applies_what_keeps_it_happening(self):
        simpler = (lambda n: n // 2, lambda n: n - 1, lambda n: 0)
        self.assertEqual(reduction.simplest(40, simpler, lambda n: n > 18), 19)


if __name__ == "__main__":
    unittest.main()
