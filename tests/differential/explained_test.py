"""The table and the predicates tell of the same differences."""

import pathlib
import re
import unittest

from answers import ASPECTS
from explained import EVERYONE, EXPLANATIONS

TABLE = pathlib.Path(__file__).resolve().with_name("EXPLAINED.md")


def table_rows():
    lines = [line for line in TABLE.read_text().splitlines() if line.startswith("|")]
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]
    return [row for row in rows if row[0] != "id" and not row[0].startswith("---")]


class Table(unittest.TestCase):
    def test_table_and_code_have_the_same_ids_in_the_same_order_once_each(self):
        self.assertEqual([row[0] for row in table_rows()], [explanation.id for explanation in EXPLANATIONS])
        self.assertEqual(len(EXPLANATIONS), len({explanation.id for explanation in EXPLANATIONS}))

    def test_every_row_names_an_rfc_and_the_servers_and_says_who_is_right(self):
        for row in table_rows():
            self.assertEqual(len(row), 5, row)
            self.assertRegex(row[3], r"RFC \d+ §[\d.]+", row[0])
            self.assertTrue(re.match("open|right", row[4]), row[0])
            self.assertTrue(any(server in row[2] for server in EVERYONE), row[0])

    def test_explanations_cover_aspects_that_there_are(self):
        for explanation in EXPLANATIONS:
            self.assertTrue(explanation.aspects <= set(ASPECTS), explanation.id)
            self.assertTrue(explanation.servers and explanation.servers <= EVERYONE, explanation.id)


if __name__ == "__main__":
    unittest.main()
