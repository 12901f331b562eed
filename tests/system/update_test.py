"""Dynamic updates: who may change what, what a refusal says, and messages of all shapes."""

import json
import unittest

import dns.message
import dns.tsig

from lockstep_test.net import FOREIGN_KEY, Key
from lockstep_test.pair import ZONE
from lockstep_test.signing import NSEC, Signed
from lockstep_test.updates import OTHER_KEY, UPDATE_KEY, Client, UpdateTest, add, delete_name, delete_record, delete_rrset
from lockstep_test.zones import ZoneFile

PROHIBITED, NOT_SUPPORTED = 18, 21  # RFC 8914
HOST = f"host.{ZONE}"
RDATA = {"A": "192.0.2.7", "AAAA": "2001:db8::7", "TXT": '"text"', "MX": "10 mail.other.test."}
# The rule of a key, and what it is asked for: a name, a type, and whether that is allowed.
RULES = [
    ({"names": ["_acme-challenge.*"]}, [("_acme-challenge", "TXT", True), ("_acme-challenge.www", "A", True),
                                        ("_ACME-challenge.a.b", "TXT", True), ("www", "TXT", False),
                                        ("x._acme-challenge", "TXT", False), ("x_acme-challenge", "TXT", False)]),
    ({"names": ["*.sub"]}, [("a.sub", "A", True), ("b.a.SUB", "TXT", True), ("sub", "A", False), ("asub", "A", False),
                            ("*.sub", "A", True)]),
    ({"names": ["host"]}, [("host", "A", True), ("HOST", "A", True), ("a.host", "A", False), ("ahost", "A", False), ("@", "A", False)]),
    ({"names": [HOST]}, [("host", "A", True), ("host2", "A", False)]),
    ({"names": ["*"]}, [("@", "TXT", True), ("a.b.c", "MX", True)]),
    ({}, [("@", "TXT", True), ("a.b.c", "MX", True)]),
    ({"types": ["TXT"]}, [("@", "TXT", True), ("host", "A", False)]),
    ({"types": ["A", "AAAA"], "names": ["host", "*.sub"]}, [("host", "AAAA", True), ("a.sub", "A", True), ("host", "TXT", False),
                                                            ("b", "A", False)]),
    ({"types": ["ANY"]}, [("host", "MX", True)]),
    ({"prefix": "127.0.0.0/8"}, [("host", "A", True)]),
    ({"prefix": "127.0.0.2/32"}, [("host", "A", False)]),
]


def absolute(label):
    return ZONE if label == "@" else f"{label}.{ZONE}"


class Rules(UpdateTest):
    def test_a_rule_allows_its_names_and_types_and_no_others(self):
        keys = [Key(f"k{number}.example.", UPDATE_KEY.secret) for number in range(len(RULES))]
        self.primary.keys += keys
        self.start(*[{"key": key.name, **rule} for key, (rule, _) in zip(keys, RULES)])
        for key, (rule, wishes) in zip(keys, RULES):
            client = self.client(key)
            for label, rdtype, allowed in wishes:
                for change in (add(absolute(label), rdtype, RDATA[rdtype]), delete_record(absolute(label), rdtype, RDATA[rdtype]),
                               delete_rrset(absolute(label), rdtype)):
                    with self.subTest(rule=rule, change=change.line()):
                        before = self.lines()
                        answer = client.update(change)
                        self.assertEqual(answer.rcode, "NOERROR" if allowed else "REFUSED")
                        if not allowed:
                            self.assertIn(PROHIBITED, answer.errors)
                            self.assertEqual(self.lines(), before)

    def test_rules_of_one_key_add_up(self):
        self.start({"key": UPDATE_KEY.name, "names": ["_acme-challenge.*"], "types": ["TXT"]},
                   {"key": UPDATE_KEY.name, "names": ["host"], "types": ["A"]})
        client = self.client()
        both = [add(f"_acme-challenge.{ZONE}", "TXT", '"token"'), add(HOST, "A", "192.0.2.7")]
        self.assertEqual(client.update(*both).rcode, "NOERROR")
        self.assertEqual(client.update(add(HOST, "TXT", '"token"')).rcode, "REFUSED")

    def test_a_message_is_refused_whole(self):
        self.start({"key": UPDATE_KEY.name, "types": ["TXT"]})
        before = self.lines(), self.serial()
        answer = self.client().update(add(HOST, "TXT", '"one"'), add(HOST, "A", "192.0.2.7"), delete_rrset(ZONE, "TXT"))
        self.assertEqual(answer.rcode, "REFUSED")
        self.assertEqual((self.lines(), self.serial()), before)

    def test_without_a_rule_nobody_may(self):
        self.primary.rules = []
        self.start()
        for key in (None, UPDATE_KEY):
            answer = self.client(key).update(add(HOST, "A", "192.0.2.7"))
            self.assertEqual(answer.rcode, "REFUSED")
            self.assertIn(PROHIBITED, answer.errors)
        self.assertEqual(self.serial(), 1)

    def test_max_records_holds_for_what_an_rrset_comes_to(self):
        self.start({"key": UPDATE_KEY.name, "max_records": 3})
        client = self.client()
        three = [add(HOST, "TXT", f'"{number}"') for number in range(3)]
        self.assertEqual(client.update(*three).rcode, "NOERROR")
        self.assertEqual(client.update(three[0]).rcode, "NOERROR", "it is there already")
        refused = client.update(add(HOST, "TXT", '"3"'))
        self.assertEqual(refused.rcode, "REFUSED")
        self.assertIn(PROHIBITED, refused.errors)
        self.assertEqual(client.update(delete_record(HOST, "TXT", '"0"'), add(HOST, "TXT", '"3"')).rcode, "NOERROR")
        self.assertEqual(client.update(add(HOST, "TXT", '"4"'), delete_record(HOST, "TXT", '"1"')).rcode, "REFUSED", "four for a moment")
        self.assertEqual(client.update(delete_rrset(HOST, "TXT"), *three).rcode, "NOERROR")
        self.assertEqual(client.update(delete_name(HOST), *three).rcode, "NOERROR")
        self.assertEqual(client.update(*[add(HOST, "A", f"192.0.2.{number}") for number in range(4)]).rcode, "REFUSED")
        self.assertEqual(self.of("host", "TXT"), {'"0"', '"1"', '"2"'})

    def test_max_ttl_holds_for_what_is_added(self):
        self.start({"key": UPDATE_KEY.name, "max_ttl": 600})
        client = self.client()
        for ttl, rcode in ((600, "NOERROR"), (601, "REFUSED"), (2**31 - 1, "REFUSED"), (0, "NOERROR")):
            self.assertEqual(client.update(add(HOST, "A", "192.0.2.7", ttl)).rcode, rcode, ttl)
        self.assertEqual(client.update(delete_rrset("web." + ZONE, "AAAA"), delete_record(HOST, "A", "192.0.2.7")).rcode, "NOERROR")

    def test_deleting_a_name_wants_the_right_to_all_that_it_has(self):
        self.file.edit(add='only IN TXT "one"\nboth IN TXT "one"\nboth IN A 192.0.2.9', serial=1)
        self.start({"key": UPDATE_KEY.name, "types": ["TXT"]})
        client = self.client()
        self.assertEqual(client.update(delete_name(f"only.{ZONE}")).rcode, "NOERROR")
        self.assertEqual(self.of("only", "TXT"), set())
        self.assertEqual(client.update(delete_name(f"only.{ZONE}")).rcode, "NOERROR", "nothing is there any more")
        refused = client.update(delete_name(f"both.{ZONE}"))
        self.assertEqual(refused.rcode, "REFUSED")
        self.assertIn(PROHIBITED, refused.errors)
        self.assertEqual(self.of("both", "TXT"), {'"one"'})

    def test_rules_that_a_reload_brings_hold_when_it_returns(self):
        self.start({"key": UPDATE_KEY.name, "types": ["TXT"]})
        client = self.client()
        for rules, rdtype in (([{"key": UPDATE_KEY.name, "types": ["A"]}], "A"), ([], None), ([{"key": UPDATE_KEY.name}], "TXT")):
            self.primary.rules = rules
            self.primary.configure()
            self.primary.verb("reload")
            for other in ("A", "TXT"):
                allowed = rdtype is not None and (other == rdtype or "types" not in rules[0])
                answer = client.update(delete_rrset(HOST, other), add(HOST, other, RDATA[other]))
                self.assertEqual(answer.rcode, "NOERROR" if allowed else "REFUSED", f"{rules}: {other}")
        self.assertEqual((self.of("host", "A"), self.of("host", "TXT")), ({RDATA["A"]}, {RDATA["TXT"]}))

    def test_the_rules_of_one_zone_are_not_those_of_another(self):
        other = ZoneFile(self.directory / "other.test.zone", "other.test.")
        self.primary.zones["other.test."] = other
        self.primary.rules_of["other.test."] = [{"key": OTHER_KEY.name}]
        self.start()
        for zone, key, rcode in ((ZONE, UPDATE_KEY, "NOERROR"), (ZONE, OTHER_KEY, "REFUSED"), ("other.test.", UPDATE_KEY, "REFUSED"),
                                 ("other.test.", OTHER_KEY, "NOERROR")):
            with self.primary.client(key, zone=zone) as client:
                self.assertEqual(client.update(add(f"host.{zone}", "A", "192.0.2.7")).rcode, rcode, f"{zone} {key.name}")
                self.assertEqual(client.update(add(f"host.{'other.test.' if zone == ZONE else ZONE}", "A", "192.0.2.7")).rcode,
                                 "NOTZONE" if rcode == "NOERROR" else "REFUSED")

    def test_dnssec_records_are_refused(self):
        self.start()
        texts = {"RRSIG": f"A 13 2 300 20361231000000 20260101000000 1 {ZONE} AAAA", "NSEC": f"a.{ZONE} A",
                 "NSEC3": "1 0 0 - 0P9MHAVEQVM6T7VBL5LOP2U3T2RP3TOM A", "NSEC3PARAM": "1 0 0 -", "DNSKEY": "256 3 13 AAAA"}
        for rdtype, text in texts.items():
            answer = self.client().update(add(ZONE, rdtype, text))
            self.assertEqual((rdtype, answer.rcode), (rdtype, "REFUSED"))
            self.assertTrue(answer.errors)
        self.assertEqual(self.serial(), 1)

    def test_a_signed_zone_is_not_updated(self):
        signed = Signed(self.directory, ZONE, self.file.text(), NSEC)
        signed.keep(self.file.path)
        self.primary.start()
        before = self.primary.dump(ZONE)
        answer = self.client().update(add(HOST, "A", "192.0.2.7"))
        self.assertEqual(answer.rcode, "REFUSED")
        self.assertIn("signatures", answer.errors.get(NOT_SUPPORTED, ""))
        self.assertEqual(self.primary.dump(ZONE), before)

    def test_a_secondary_takes_none(self):
        self.start(secondaries=1)
        server = self.secondaries[0]
        for key in (None, server.key):
            with Client(server.endpoint, key) as client:
                self.assertEqual(client.update(add(HOST, "A", "192.0.2.7")).rcode, "REFUSED")
        self.assertEqual(server.serial(ZONE), 1)


class Refusals(UpdateTest):
    def refused_events(self):
        return [event for event in json.loads(self.primary.verb("history", ZONE, "--json").stdout) if event["event"] == "refused"]

    def assert_told(self, *words):
        """In the log and in `history`, in one line each."""
        for where in (self.primary.log().splitlines(), [event["text"] for event in self.refused_events()]):
            self.assertTrue([line for line in where if all(word in line for word in words)], f"{words} in {where}")

    def test_a_known_key_that_may_not_is_refused_and_not_called_bad(self):
        self.start({"key": UPDATE_KEY.name})
        answer = self.client(OTHER_KEY).update(add(HOST, "A", "192.0.2.7"))
        self.assertEqual((answer.rcode, answer.signed), ("REFUSED", True))
        self.assertIn(PROHIBITED, answer.errors)

    def test_a_refusal_names_the_rule_that_nearly_matched(self):
        self.start({"key": OTHER_KEY.name}, {"key": UPDATE_KEY.name, "names": ["_acme-challenge.*"], "types": ["TXT"]})
        answer = self.client().update(add(HOST, "A", "192.0.2.7"))
        self.assertEqual((answer.rcode, answer.signed), ("REFUSED", True))
        self.assertIn(PROHIBITED, answer.errors)
        self.assert_told(f"update rule 2 (key {UPDATE_KEY.name})", HOST, "A")
        self.assertTrue(all(event["remedy"] for event in self.refused_events()))

    def test_one_from_another_address_names_the_rule(self):
        self.start({"key": UPDATE_KEY.name, "prefix": "192.0.2.0/24"})
        self.assertEqual(self.client().update(add(HOST, "A", "192.0.2.7")).rcode, "REFUSED")
        self.assert_told("update rule 1 (192.0.2.0/24, key update.example.)", "address")

    def test_one_without_a_signature_names_the_rule(self):
        self.start({"key": UPDATE_KEY.name, "prefix": "127.0.0.0/8"})
        self.assertEqual(self.client(None).update(add(HOST, "A", "192.0.2.7")).rcode, "REFUSED")
        self.assert_told("update rule 1 (127.0.0.0/8, key update.example.)", "not signed")

    def test_a_wrong_signature_is_told_as_such(self):
        self.start()
        wrong = Key(UPDATE_KEY.name, OTHER_KEY.secret)
        for key, error in ((FOREIGN_KEY, dns.tsig.PeerBadKey), (wrong, dns.tsig.PeerBadSignature)):
            self.assertRaises(error, self.client(key).update, add(HOST, "A", "192.0.2.7"))
        self.assertEqual(self.serial(), 1)

    def test_a_client_that_uses_another_algorithm_is_told_of_in_the_log(self):
        self.start()
        md5 = Key(UPDATE_KEY.name, UPDATE_KEY.secret, "hmac-md5.sig-alg.reg.int")
        self.assertRaises(dns.tsig.PeerBadKey, self.client(md5).update, add(HOST, "A", "192.0.2.7"))
        self.assert_told(UPDATE_KEY.name, "hmac-sha256", "hmac-md5")

    def test_who_does_not_speak_edns_gets_none(self):
        self.start()
        answer = self.client(None, edns=False).update(add(HOST, "A", "192.0.2.7"))
        self.assertEqual((answer.rcode, answer.errors), ("REFUSED", {}))
        self.assertEqual(dns.message.from_wire(answer.octets).edns, -1)
        self.assertEqual(self.client(OTHER_KEY, edns=False).update(add(HOST, "A", "192.0.2.7")).errors, {})

    def test_a_flood_without_signatures_changes_nothing(self):
        self.start()
        clients = [self.client(None, tcp=tcp) for tcp in (False, True)]
        for number in range(2000):
            answer = clients[number % 2].update(add(HOST, "A", f"192.0.2.{number % 256}"))
            self.assertEqual(answer.rcode, "REFUSED")
        self.assertEqual((self.serial(), self.of("host", "A")), (1, set()))
        self.assertEqual((self.primary.counted("refused"), self.primary.counted("done")), (2000, 0))
        self.assertLess(sum("refused" in line for line in self.primary.log().splitlines()), 20, "the log is not what they write")
        self.do(add(HOST, "A", "192.0.2.7"))


if __name__ == "__main__":
    unittest.main()
