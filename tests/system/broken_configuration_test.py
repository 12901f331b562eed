"""Two hundred broken configurations at reload: row 37 of FAULTS.md section 2."""

import random
import re
import unittest

from lockstep_test.control import ask, statuses
from lockstep_test.figures import note
from lockstep_test.pair import ZONE, PairTest

SEED = 37
REFUSED = re.compile(r"nothing was changed|\.json:\d+:\d+: ")
NONSENSE = ("", "null", "-1", "70000", "3.9", "1e400", '""', "[]", "{}", '"a..b"', '"10.0.0.0/33"', '"\\ud800"', "nul", "\x00")


def mutants(text, count):
    """Texts with one thing wrong, most of them: a value replaced, a piece left out, a piece twice, the end missing."""
    chance = random.Random(SEED)
    lines = text.splitlines(keepends=True)
    for _ in range(count):
        at = chance.randrange(len(text))
        line = chance.randrange(len(lines))
        key, colon, value = lines[line].partition(": ")
        kind = chance.randrange(4)
        if kind == 0 and colon:
            value = chance.choice(NONSENSE) + ("," if value.rstrip().endswith(",") else "") + "\n"
            yield "".join([*lines[:line], key + colon + value, *lines[line + 1:]])
        elif kind == 1:
            yield text[:at] + text[at + chance.randrange(1, 20):]
        elif kind == 2:
            yield "".join([*lines[:line], *lines[line:line + 1] * 2, *lines[line + 1:]])
        else:
            yield text[:at]


class BrokenConfiguration(PairTest):
    def test_each_is_refused_whole_and_the_old_one_stays_in_force(self):
        self.start()
        dump = self.primary.dump(ZONE)
        refused = {}
        for server in (self.primary, self.secondaries[0]):
            good = server.config_path.read_text()
            before = self.behaviour(server)
            for number, text in enumerate(mutants(good, 200)):
                server.write_configuration(text)
                with self.subTest(server=server.name, mutant=number):
                    done = ask(server, "reload", expect=None)
                    if REFUSED.search(done.errors):
                        self.assertEqual(done.code, 1, text)
                        refused[server.name] = refused.get(server.name, 0) + 1
                        continue
                    # A sound one, though a zone that it brings may not be had: then `check` says so too.
                    self.assertEqual(server.verb("check", expect=None).returncode, 0, text)
                    server.write_configuration(good)
                    ask(server, "reload")
            server.write_configuration(good)
            self.assertEqual(self.behaviour(server), before)
            self.assertEqual(server.dump(ZONE), dump)
        self.assertGreater(min(refused.values()), 150)  # they are broken, nearly all of them
        self.assert_all_serve(self.bump())
        note("37", f"reload with {sum(refused.values())} broken configurations", L2=0, L3=0, L4=0)

    def behaviour(self, server):
        """What the configuration decides, as the server itself tells it."""
        return [(zone["name"], zone["serial"], zone["state"], [s["name"] for s in zone["secondaries"]])
                for zone in statuses(server)]


if __name__ == "__main__":
    unittest.main()
