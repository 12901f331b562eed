"""Dynamic updates as messages: large ones, many, the same again, and those of nsupdate and knsupdate."""

import json
import subprocess
import threading
import unittest
from collections import Counter

import dns.flags

from lockstep_test import query
from lockstep_test.evil import Record
from lockstep_test.net import Key
from lockstep_test.pair import ZONE
from lockstep_test.server import find_program
from lockstep_test.updates import (OTHER_KEY, UPDATE_KEY, Answer, UpdateTest, add, delete_name, delete_record, delete_rrset,
                                   has_record, has_rrset, is_in_use, is_not_in_use, lacks_rrset)

HOST = f"host.{ZONE}"
UDP_MOST = 65507


def many(count, text="x" * 60):
    return [add(f"n{number}.{ZONE}", "TXT", f'"{number} {text}"') for number in range(count)]


class Shapes(UpdateTest):
    def events(self, kind):
        return [event for event in json.loads(self.primary.verb("history", ZONE, "--json").stdout) if event["event"] == kind]

    def test_a_datagram_of_60_kilobytes_is_taken_whole(self):
        self.start()
        client = self.client()
        octets, mac = client.message(*many(620))
        self.assertTrue(58_000 < len(octets) <= UDP_MOST, len(octets))
        self.assertEqual(Answer.read(client.exchange(octets), UPDATE_KEY, mac).rcode, "NOERROR")
        self.assertEqual(self.serial(), 2)
        self.assertEqual(sum('"x' in line or "xxx" in line for line in self.lines()), 620)

    def test_the_largest_datagram_there_is(self):
        self.start()
        client = self.client()
        room = UDP_MOST - len(client.message(*many(600), add(HOST, "TYPE65280", "\\# 0"))[0])
        octets, mac = client.message(*many(600), add(HOST, "TYPE65280", f"\\# {room} {'ab' * room}"))
        self.assertEqual(len(octets), UDP_MOST)
        self.assertEqual(Answer.read(client.exchange(octets), UPDATE_KEY, mac).rcode, "NOERROR")
        self.assertEqual(len(self.of("n599", "TXT")), 1)

    def test_a_thousand_changes_over_tcp_are_one_version(self):
        self.start()
        client = self.client(tcp=True)
        self.assertEqual(client.update(*many(500, "short")).rcode, "NOERROR")
        less = [delete_rrset(f"n{number}.{ZONE}", "TXT") for number in range(500)]
        more = [add(f"m{number}.{ZONE}", "A", "192.0.2.7") for number in range(500)]
        self.assertEqual(client.update(*less, *more).rcode, "NOERROR")
        self.assertEqual(self.serial(), 3)
        self.assertEqual((self.of("n499", "TXT"), self.of("m499", "A")), (set(), {"192.0.2.7"}))

    def test_the_changes_of_a_message_are_made_in_their_order(self):
        self.start()
        self.do(add(HOST, "A", "192.0.2.1"), delete_rrset(HOST, "A"), add(HOST, "A", "192.0.2.2"), delete_record(HOST, "A", "192.0.2.1"))
        self.assertEqual(self.of("host", "A"), {"192.0.2.2"})
        # As dnscontrol does it: at no moment is the apex without NS.
        self.do(add(ZONE, "NS", "temporary.other.test."), delete_rrset(ZONE, "NS"), add(ZONE, "NS", "ns9.other.test."),
                delete_record(ZONE, "NS", f"ns1.{ZONE}"), delete_record(ZONE, "NS", f"ns2.{ZONE}"),
                delete_record(ZONE, "NS", "temporary.other.test."))
        self.assertEqual(self.of("@", "NS"), {"ns9.other.test."})

    def test_a_query_right_after_the_answer_sees_the_update(self):
        self.start()
        clients = [self.client(), self.client(tcp=True)]
        for number in range(300):
            self.assertEqual(clients[number % 2].update(delete_rrset(HOST, "TXT"), add(HOST, "TXT", f'"{number}"')).rcode, "NOERROR")
            self.assertEqual(self.of("host", "TXT"), {f'"{number}"'})

    def test_an_update_that_changes_nothing_is_done_and_moves_no_serial(self):
        self.start()
        self.do(add(f"web.{ZONE}", "A", "192.0.2.80"), delete_name(f"absent.{ZONE}"), delete_rrset(HOST, "TXT"),
                delete_record(f"web.{ZONE}", "A", "192.0.2.99"))
        self.assertEqual(self.serial(), 1)
        self.assertEqual(self.events("update"), [])

    def test_prerequisites_decide(self):
        self.start()
        web, client = f"web.{ZONE}", self.client()
        both = [has_record(f"two.{ZONE}", "TXT", '"1"'), has_record(f"two.{ZONE}", "TXT", '"2"')]
        self.do(add(f"two.{ZONE}", "TXT", '"1"'), add(f"two.{ZONE}", "TXT", '"2"'))
        cases = [([is_in_use(web)], "NOERROR"), ([is_in_use(HOST)], "NXDOMAIN"), ([is_not_in_use(web)], "YXDOMAIN"),
                 ([has_rrset(web, "A")], "NOERROR"), ([has_rrset(web, "TXT")], "NXRRSET"), ([lacks_rrset(web, "A")], "YXRRSET"),
                 ([lacks_rrset(web, "TXT"), is_not_in_use(HOST)], "NOERROR"), (both, "NOERROR"), (both[:1], "NXRRSET"),
                 ([*both, has_record(web, "A", "192.0.2.81")], "NXRRSET"),
                 # What comes first decides, also where something follows that means nothing: RFC 2136 section 3.2.5.
                 ([is_in_use(HOST), Record(web, "A", "", 0, "CLASS77", b"\1\2\3\4")], "NXDOMAIN"),
                 ([is_in_use(web), Record(web, "A", "", 0, "CLASS77", b"\1\2\3\4")], "FORMERR"),
                 ([is_in_use(HOST), is_in_use("out.test.")], "NXDOMAIN"), ([is_in_use("out.test."), is_in_use(HOST)], "NOTZONE")]
        for number, (prerequisites, rcode) in enumerate(cases):
            with self.subTest(prerequisites=[each.line() for each in prerequisites]):
                before = self.lines()
                answer = client.update(delete_rrset(f"marker.{ZONE}", "TXT"), add(f"marker.{ZONE}", "TXT", f'"{number}"'),
                                       prerequisites=prerequisites)
                self.assertEqual((answer.rcode, self.lines() != before), (rcode, rcode == "NOERROR"))
        self.assertEqual(self.primary.counted("unmet"), 8)
        self.assertEqual(self.of("marker", "TXT"), {'"7"'}, "the last that was done")

    def test_of_many_that_want_a_name_for_themselves_one_gets_it(self):
        self.start()
        clients = [self.client(tcp=number % 2 == 1) for number in range(20)]
        for turn in range(20):
            lock, rcodes = f"lock{turn}.{ZONE}", {}

            def take(number, name=lock, came_to=rcodes):
                answer = clients[number].update(add(name, "TXT", f'"{number}"'), prerequisites=[is_not_in_use(name)])
                came_to[number] = answer.rcode
            threads = [threading.Thread(target=take, args=(number,)) for number in range(len(clients))]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
            self.assertEqual(Counter(rcodes.values()), {"NOERROR": 1, "YXDOMAIN": len(clients) - 1})
            winner = next(number for number, rcode in rcodes.items() if rcode == "NOERROR")
            self.assertEqual(self.of(f"lock{turn}", "TXT"), {f'"{winner}"'})

    def test_many_messages_on_one_connection_share_versions_and_are_each_answered(self):
        self.start()
        client = self.client(tcp=True)
        sent = [client.message(add(f"p{number}.{ZONE}", "A", "192.0.2.7")) for number in range(400)]
        for octets, _ in sent:
            client.send(octets)
        answers = {}
        while len(answers) < len({octets[:2] for octets, _ in sent}):
            octets = client.receive()
            answers[octets[:2]] = octets
        self.assertEqual({octets[3] & 15 for octets in answers.values()}, {0})
        self.assertEqual(sum(line.startswith("p") for line in self.lines()), 400)
        self.assertLess(self.serial(), 200, "messages that come together share versions")
        print(f"400 messages in one go: {self.serial() - 1} versions")

    def test_history_and_metrics_tell_of_updates(self):
        self.start()
        self.do(add(HOST, "A", "192.0.2.7"))
        event = self.events("update")[-1]
        self.assertEqual(event["serial"], 2)
        self.assertIn(UPDATE_KEY.name, event["peer"])
        self.assertIn(HOST, event["text"])
        self.assertIn(HOST, self.primary.verb("history").stdout)
        self.client().update(add(HOST, "A", "192.0.2.8"), prerequisites=[is_not_in_use(HOST)])
        self.client(OTHER_KEY).update(add(HOST, "A", "192.0.2.8"))
        self.client().update(add("out.test.", "A", "192.0.2.8"))
        counts = {result: self.primary.counted(result) for result in ("done", "unmet", "refused", "failed", "late", "again")}
        self.assertEqual(counts, {"done": 1, "unmet": 1, "refused": 2, "failed": 0, "late": 0, "again": 0})

    def test_a_signed_query_by_a_key_that_may_update_gets_a_signed_answer(self):
        self.start()
        for tcp in (False, True):
            for name, rdtype in ((ZONE, "SOA"), (f"web.{ZONE}", "A"), (f"absent.{ZONE}", "TXT")):
                answer = query.ask(self.primary.endpoint, name, rdtype, key=UPDATE_KEY, tcp=tcp)
                self.assertTrue(answer.had_tsig and answer.flags & dns.flags.AA, f"{name} {rdtype}")


class Again(UpdateTest):
    def test_a_message_that_comes_again_is_answered_as_before_and_not_done_twice(self):
        self.start({"prefix": "127.0.0.0/8"})
        for tcp in (False, True):
            client = self.client(None, tcp=tcp)
            octets, _ = client.message(delete_rrset(HOST, "TXT"), add(HOST, "TXT", f'"{tcp}"'))
            before = self.serial()
            first = client.exchange(octets)
            self.assertEqual(self.serial(), before + 1)
            self.do_unsigned(add(HOST, "TXT", '"other"'))
            self.assertEqual(client.exchange(octets), first)
            self.assertEqual(self.serial(), before + 2)
            self.assertEqual(self.of("host", "TXT"), {f'"{tcp}"', '"other"'})
        self.assertEqual(self.primary.counted("again"), 2)

    def do_unsigned(self, *updates):
        self.assertEqual(self.client(None).update(*updates).rcode, "NOERROR")

    def test_a_refusal_by_prerequisite_is_repeated_too(self):
        self.start()
        client = self.client()
        octets, mac = client.message(add(HOST, "A", "192.0.2.7"), prerequisites=[is_in_use(HOST)])
        self.assertEqual(Answer.read(client.exchange(octets), UPDATE_KEY, mac).rcode, "NXDOMAIN")
        self.do(add(HOST, "TXT", '"now it is"'))
        self.assertEqual(Answer.read(client.exchange(octets), UPDATE_KEY, mac).rcode, "NXDOMAIN")
        self.assertEqual(self.of("host", "A"), set())

    def test_one_that_comes_again_before_its_answer_is_done_once(self):
        self.start()
        client = self.client()
        octets, mac = client.message(add(HOST, "A", "192.0.2.7"))
        for _ in range(5):
            client.send(octets)
        for _ in range(5):
            self.assertEqual(Answer.read(client.receive(), UPDATE_KEY, mac).rcode, "NOERROR")
        self.assertEqual(self.serial(), 2)
        self.assertEqual((self.primary.counted("done"), self.primary.counted("again")), (1, 4))


class Tools(UpdateTest):
    """`{host}` and the like in a script; each tool speaks to the primary with the key."""

    def run_tool(self, program, script, *options, key=UPDATE_KEY, expect=0):
        at = self.primary.endpoint
        signed = ["-y", f"{key.algorithm}:{key.name}:{key.secret}"] if key else []
        text = f"server {at.address} {at.port}\nzone {ZONE}\n{script}\n"
        done = subprocess.run([find_program(program), *options, *signed], input=text, capture_output=True, text=True, timeout=60)
        self.assertEqual(done.returncode, expect, done.stdout + done.stderr)
        return done.stdout + done.stderr

    def test_nsupdate(self):
        self.start()
        for options in ((), ("-v",)):
            with self.subTest(options=options):
                nsupdate = lambda script, expect=0: self.run_tool("nsupdate", script, *options, expect=expect)
                said = nsupdate(f"""prereq nxdomain {HOST}
                    update add {HOST} 300 A 192.0.2.7
                    update add {HOST} 300 TXT "one" "two"
                    show
                    send
                    answer""")
                self.assertIn("status: NOERROR", said)
                self.assertIn("opcode: UPDATE", said)
                self.assertEqual((self.of("host", "A"), self.of("host", "TXT")), ({"192.0.2.7"}, {'"one" "two"'}))
                self.assertIn("YXDOMAIN", nsupdate(f"prereq nxdomain {HOST}\nupdate delete {HOST}\nsend", expect=2))
                self.assertIn("NXRRSET", nsupdate(f"prereq yxrrset {HOST} MX\nupdate delete {HOST}\nsend", expect=2))
                self.assertIn("YXRRSET", nsupdate(f"prereq nxrrset {HOST} A\nupdate delete {HOST}\nsend", expect=2))
                self.assertIn("NXDOMAIN", nsupdate(f"prereq yxdomain absent.{ZONE}\nupdate delete {HOST}\nsend", expect=2))
                self.assertIn("NXRRSET", nsupdate(f"prereq yxrrset {HOST} A 192.0.2.8\nupdate delete {HOST}\nsend", expect=2))
                nsupdate(f"prereq yxrrset {HOST} A 192.0.2.7\nupdate delete {HOST} TXT\nupdate add {HOST} 60 A 192.0.2.8\nsend")
                self.assertEqual((self.of("host", "A"), self.of("host", "TXT")), ({"192.0.2.7", "192.0.2.8"}, set()))
                nsupdate(f"update delete {HOST} A 192.0.2.7\nsend")
                self.assertEqual(self.of("host", "A"), {"192.0.2.8"})
                nsupdate(f"update delete {HOST}\nsend")
                self.assertEqual(self.of("host", "A"), set())

    def test_nsupdate_is_told_of_a_refusal(self):
        self.start({"key": UPDATE_KEY.name, "types": ["TXT"]})
        script = f"update add {HOST} 300 A 192.0.2.7\nsend\nanswer"
        self.assertIn("REFUSED", self.run_tool("nsupdate", script, expect=2))
        self.assertIn("REFUSED", self.run_tool("nsupdate", script, key=OTHER_KEY, expect=2))
        self.assertIn("REFUSED", self.run_tool("nsupdate", script, key=None, expect=2))
        wrong = Key(UPDATE_KEY.name, OTHER_KEY.secret)
        self.assertRegex(self.run_tool("nsupdate", script, key=wrong, expect=2), "BADSIG|NOTAUTH")

    def test_nsupdate_sends_a_thousand_changes(self):
        self.start()
        adds = "\n".join(f'update add n{number}.{ZONE} 300 TXT "{number}"' for number in range(1000))
        self.run_tool("nsupdate", f"{adds}\nsend", "-v")
        self.assertEqual((self.serial(), len([line for line in self.lines() if line.startswith("n") and " TXT " in line])), (2, 1000))
        # Without -v it takes TCP by itself for what is larger than 512 octets.
        self.run_tool("nsupdate", "\n".join(f"update delete n{number}.{ZONE}" for number in range(1000)) + "\nsend")
        self.assertEqual((self.serial(), self.of("n999", "TXT")), (3, set()))

    def test_knsupdate(self):
        self.start()
        for options in ((), ("-v",)):
            with self.subTest(options=options):
                knsupdate = lambda script, expect=0: self.run_tool("knsupdate", script, *options, expect=expect)
                said = knsupdate(f"prereq nxdomain {HOST}\nadd {HOST} 300 A 192.0.2.7\nadd {HOST} 300 TXT \"one\"\nshow\nsend\nanswer")
                self.assertIn("NOERROR", said)
                self.assertEqual((self.of("host", "A"), self.of("host", "TXT")), ({"192.0.2.7"}, {'"one"'}))
                self.assertIn("YXDOMAIN", knsupdate(f"prereq nxdomain {HOST}\ndel {HOST}\nsend", expect=1))
                knsupdate(f"prereq yxrrset {HOST} A 192.0.2.7\ndel {HOST} TXT\nsend")
                self.assertEqual(self.of("host", "TXT"), set())
                knsupdate(f"del {HOST} A 192.0.2.7\nsend")
                self.assertEqual(self.of("host", "A"), set())
                knsupdate(f"add {HOST} 300 A 192.0.2.9\ndel {HOST}\nsend")
                self.assertEqual(self.of("host", "A"), set())


if __name__ == "__main__":
    unittest.main()
