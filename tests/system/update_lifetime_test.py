"""Records that an update rule gives a lifetime: they are removed by themselves, everywhere, over restarts too."""

import json
import time
import unittest

from lockstep_test.process import wait_until
from lockstep_test.updates import OTHER_KEY, UPDATE_KEY, UpdateTest, add

TOKEN = "_acme-challenge"
LIFETIME = 2


def name(label):
    return f"{label}.example.test."


class Lifetime(UpdateTest):
    def begin(self, seconds=LIFETIME, secondaries=0):
        self.start({"key": UPDATE_KEY.name, "lifetime": seconds}, {"key": OTHER_KEY.name}, secondaries=secondaries)

    def tokens(self, server=None):
        return self.of(TOKEN, "TXT", server)

    def test_a_record_ends_here_and_on_the_secondaries_and_the_others_stay(self):
        self.begin(secondaries=2)
        self.do(add(name("stays"), "A", "192.0.2.7", 60))
        with self.primary.client(OTHER_KEY) as client:
            self.assertEqual(client.update(add(name("stays"), "A", "192.0.2.7", 60)).rcode, "NOERROR")
        began = time.monotonic()
        self.do(add(name(TOKEN), "TXT", "1"), add(name(TOKEN), "TXT", "2"))
        serial = self.serial()
        for server in self.secondaries:
            wait_until("it arrives", lambda at=server: self.tokens(at) == {'"1"', '"2"'})
        wait_until("it ends", lambda: not self.tokens())
        self.assertGreaterEqual(time.monotonic() - began, LIFETIME - 0.1)
        self.assertEqual(self.serial(), serial + 1)
        for server in self.secondaries:
            wait_until("it ends there too", lambda at=server: not self.tokens(at))
        self.assertEqual(self.of("stays", "A"), {"192.0.2.7"})
        self.assertIn("lifetime over: _acme-challenge.example.test. TXT", self.primary.log())
        events = json.loads(self.primary.verb("history", "example.test.", "--json").stdout)
        self.assertTrue([event for event in events if "at the end of their lifetime" in event.get("text", "")], events)

    def test_adding_it_again_begins_its_lifetime_anew(self):
        self.begin(3)
        began = time.monotonic()
        self.do(add(name(TOKEN), "TXT", "1"))
        serial = self.serial()
        wait_until("a part of its time is over", lambda: time.monotonic() - began > 1.5)
        self.do(add(name(TOKEN), "TXT", "1"))
        again = time.monotonic()
        self.assertEqual(self.serial(), serial, "nothing has changed for those who ask")
        wait_until("it ends", lambda: not self.tokens())
        self.assertGreaterEqual(time.monotonic() - again, 2.9)

    def test_a_lifetime_goes_on_over_restarts_and_reloads(self):
        self.begin(4)
        self.do(add(name(TOKEN), "TXT", "1"))
        began = time.monotonic()
        self.file.edit(add="new 300 A 192.0.2.9")
        self.primary.reload("example.test.")
        self.assertEqual(self.tokens(), {'"1"'})
        self.primary.stop()
        self.primary.process.start()
        wait_until("it serves again", lambda: self.primary.serial("example.test.", timeout=0.2))
        self.assertEqual(self.tokens(), {'"1"'})
        wait_until("it ends", lambda: not self.tokens())
        self.assertGreaterEqual(time.monotonic() - began, 3.5)
        self.assertEqual(self.of("new", "A"), {"192.0.2.9"})

    def test_what_ends_while_the_server_is_down_is_gone_soon_after_its_start(self):
        self.begin(1)
        self.do(add(name(TOKEN), "TXT", "1"))
        began = time.monotonic()
        self.primary.stop()
        wait_until("its time is over", lambda: time.monotonic() - began > 1.1)
        self.primary.process.start()
        wait_until("it serves again", lambda: self.primary.serial("example.test.", timeout=0.2))
        wait_until("it is gone", lambda: not self.tokens())


    def test_a_record_ends_though_the_file_was_bad_at_the_start(self):
        self.begin(2)
        self.do(add(name(TOKEN), "TXT", "1"))
        self.primary.stop()
        good = self.file.text()
        self.file.write(good + "bad bad bad\n")
        self.primary.process.start()
        wait_until("it serves again", lambda: self.primary.serial("example.test.", timeout=0.2))
        wait_until("it ends", lambda: not self.tokens())


if __name__ == "__main__":
    unittest.main()
