"""`history`: what happened on both sides, and why what failed did."""

import json
import unittest

from lockstep_test import query
from lockstep_test.lockstep import LockstepSecondary
from lockstep_test.net import FOREIGN_KEY, WRONG_KEY
from lockstep_test.pair import ZONE, PairTest
from lockstep_test.process import wait_until
from lockstep_test.server import link


class History(PairTest):
    def events(self, server, kind, zone=ZONE):
        return [event for event in json.loads(server.verb("history", zone, "--json").stdout) if event["event"] == kind]

    def test_both_sides_tell_of_a_change(self):
        self.start()
        serial = self.bump()
        self.assert_all_serve(serial)
        loads = self.events(self.primary, "load")
        self.assertEqual([load["serial"] for load in loads], [1, serial])
        for secondary in self.secondaries:
            # By IXFR in, and told beforehand.
            transfer = self.events(secondary, "transfer-in")[-1]
            self.assertEqual((transfer["peer"], transfer["kind"], transfer["from_serial"], transfer["serial"]),
                             ("ns1", "IXFR", 1, serial))
            self.assertIn(serial, [notify["serial"] for notify in self.events(secondary, "notify-in")])
            wait_until("the acknowledgement is kept", lambda s=secondary: serial in [
                event["serial"] for event in self.events(self.primary, "notify-out") if event["peer"] == s.name])
            self.assertEqual(self.events(secondary, "failure"), [])
        # Both have one address here, and by that a transfer out is known; two that are alike are counted as one.
        def sent_changes():
            return [event for event in self.events(self.primary, "transfer-out") if event["serial"] == serial]
        sent = wait_until("both transfers are kept", lambda: sum(event["times"] for event in sent_changes()) == 2 and sent_changes())
        self.assertEqual({(event["peer"], event["kind"], event["from_serial"]) for event in sent}, {("ns2", "IXFR", 1)})
        text = self.primary.verb("history").stdout
        self.assertRegex(text, rf"{ZONE}  transfer-out  ns2: IXFR, serial 1 -> {serial}, ")

    def test_a_failure_has_stage_peer_text_and_remedy(self):
        self.start()
        self.file.edit(add="bad IN A 300.1.2.3")
        self.primary.reload(ZONE, expect=1)
        load = self.events(self.primary, "failure")[-1]
        self.assertEqual((load["stage"], load["zone"]), ("check", ZONE))
        self.assertIn("300.1.2.3", load["text"])
        self.assertIn("mend the file", load["remedy"])
        self.primary.stop()
        secondary = self.secondaries[0]
        secondary.verb("refresh", ZONE, expect=1)
        secondary.verb("refresh", ZONE, expect=1)
        failure = self.events(secondary, "failure")[-1]
        self.assertEqual({key: failure[key] for key in ("stage", "peer", "zone")},
                         {"stage": "connect", "peer": "ns1", "zone": ZONE})
        self.assertIn("refused", failure["text"])
        self.assertIn(str(self.primary.endpoint), failure["remedy"])
        self.assertGreaterEqual(failure["times"], 2)
        last = secondary.status(ZONE)["last_error"]
        self.assertEqual({key: failure[key] for key in last if key != "at"}, {k: v for k, v in last.items() if k != "at"})

    def test_who_refuses_names_the_rule_that_nearly_matched(self):
        self.start()
        for key, said in ((None, "not signed"), (FOREIGN_KEY, "foreign.example."), (WRONG_KEY, "pair.example.")):
            self.assertIsNotNone(query.refusal(self.primary.endpoint, ZONE, key=key))
        refused = self.events(self.primary, "refused")
        self.assertTrue(refused)
        self.assertEqual(refused[0]["peer"], "127.0.0.1")
        self.assertRegex(refused[0]["text"], "AXFR refused with REFUSED: .*(ns2|ns3).*nearly matches: the request is not signed")
        self.assertIn("secondaries", refused[0]["remedy"])
        self.assertIn("nearly matches", self.primary.log())
        # The side that is refused says the same in its own words.
        stranger = LockstepSecondary(self, "ns4", key=FOREIGN_KEY)
        stranger.zones[ZONE] = None
        link(self.primary, stranger)
        stranger.start()
        failure = wait_until("it is told", lambda: self.events(stranger, "failure"))[-1]
        self.assertEqual(failure["stage"], "tsig")
        self.assertTrue(failure["remedy"])


class Start(PairTest):
    def test_a_file_that_broke_while_the_primary_was_down_loses_no_zone(self):
        self.start()
        dump = self.primary.dump(ZONE)
        self.primary.stop()
        self.file.edit(add="bad IN A 300.1.2.3")
        self.primary.process.start()
        self.primary.wait_serial(ZONE, 1)
        self.assertEqual(self.primary.dump(ZONE), dump)
        status = self.primary.status(ZONE)
        self.assertEqual(status["state"], "serving")
        self.assertIn("300.1.2.3", status["error"])
        self.file.edit(replace=("bad IN A 300.1.2.3\n", ""))
        self.primary.reload(ZONE)
        self.assert_all_serve(self.file.serial)
        self.assertIsNone(self.primary.status(ZONE)["error"])


if __name__ == "__main__":
    unittest.main()
