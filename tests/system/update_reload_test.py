"""A zone file that somebody edits, and updates of the same zone: neither undoes the other, over restarts too."""

import functools
import os
import random
import unittest
from collections import Counter

import dns.name
import dns.zone

from disk_test import Disk
from lockstep_test import control
from lockstep_test.pair import ZONE
from lockstep_test.process import wait_until
from lockstep_test.updates import UpdateTest, add, delete_name, delete_record, delete_rrset
from lockstep_test.watching import Repeat
from lockstep_test.zones import canonical, compiled

SEED = int(os.environ.get("LOCKSTEP_SEED", 7))
HOST = f"host.{ZONE}"
WEB = f"web.{ZONE}"


class SideBySide(UpdateTest):
    """Each test is done with and without a restart after each step."""

    restarts = False

    def setUp(self):
        super().setUp()
        self.start()

    def settle(self):
        if self.restarts:
            lines, serial = self.lines(), self.serial()
            self.primary.stop()
            self.primary.process.start()
            wait_until("it serves again", lambda: self.primary.serial(ZONE, timeout=0.2))
            self.assertEqual((self.lines(), self.serial()), (lines, serial), "after a restart it serves what it did")

    def do(self, *updates, prerequisites=()):
        super().do(*updates, prerequisites=prerequisites)
        self.settle()

    def edit(self, **edit):
        """What reload says of it. The file is as it was written, afterwards too."""
        self.file.edit(**edit)
        written = self.file.path.read_bytes()
        before = self.serial()
        done = self.primary.reload(ZONE)
        self.assertEqual(self.file.path.read_bytes(), written, "only bump writes the file")
        self.assertGreaterEqual(self.serial(), before)
        self.settle()
        return done.stdout + done.stderr

    def assert_served(self, more=(), less=()):
        """The file's records, those and without those."""
        wanted = {line for line in compiled(self.file.path, ZONE) if line.split()[3] != "SOA"}
        self.assertLessEqual(set(less), wanted)
        self.assert_same_lines(sorted(wanted - set(less) | set(more)), self.lines(), "the file with updates, and what is served")

    def test_updates_are_served_again_after_a_restart(self):
        self.do(add(HOST, "TXT", '"by update"'), delete_record(WEB, "A", "192.0.2.80"))
        self.primary.crash()
        self.primary.wait_serial(ZONE, 2)
        self.assert_served([f'{HOST} 300 IN TXT "by update"'], [f"{WEB} 300 IN A 192.0.2.80"])

    def test_an_edit_keeps_updates_and_an_update_keeps_edits(self):
        self.do(add(HOST, "TXT", '"by update"'))
        self.edit(add="edited IN A 192.0.2.1")
        self.do(add(HOST, "TXT", '"again"'), delete_record(WEB, "A", "192.0.2.80"))
        self.edit(replace=("192.0.2.25", "192.0.2.26"))
        self.assert_served([f'{HOST} 300 IN TXT "by update"', f'{HOST} 300 IN TXT "again"'], [f"{WEB} 300 IN A 192.0.2.80"])

    def test_a_record_that_the_file_loses_is_gone(self):
        self.do(add(WEB, "A", "192.0.2.81"))
        self.edit(replace=("web     IN A     192.0.2.80\n", ""))
        self.assert_served([f"{WEB} 300 IN A 192.0.2.81"])

    def test_a_record_that_update_and_file_have_is_gone_when_the_file_loses_it(self):
        self.do(add(HOST, "A", "192.0.2.7"))
        self.edit(add="host IN A 192.0.2.7")
        self.assert_served()
        self.edit(replace=("host IN A 192.0.2.7\n", ""))
        self.assert_served()
        self.assertEqual(self.of("host", "A"), set())

    def test_a_record_that_an_update_deletes_stays_gone_until_the_file_changes_it(self):
        line = f"{WEB} 300 IN A 192.0.2.80"
        self.do(delete_record(WEB, "A", "192.0.2.80"))
        self.edit(add="edited IN A 192.0.2.1")
        self.assert_served(less=[line])
        self.edit(replace=("web     IN A     192.0.2.80\n", ""))
        self.assert_served()
        self.edit(add="web     IN A     192.0.2.80")
        self.assert_served()
        self.assertIn(line, self.lines())

    def test_an_update_of_what_the_file_added_since_holds(self):
        self.edit(add="host IN A 192.0.2.7")
        self.do(delete_name(HOST))
        self.edit(add="edited IN A 192.0.2.1")
        self.assert_served(less=[f"{HOST} 300 IN A 192.0.2.7"])
        self.do(add(HOST, "A", "192.0.2.7"))
        self.assert_served()

    def test_timers_that_an_update_set_survive_an_edit_elsewhere(self):
        self.do(add(ZONE, "SOA", f"ns1.{ZONE} hostmaster.{ZONE} {self.serial() + 1} 7200 120 1209600 600"))
        self.assertEqual(self.soa(), (7200, 120, 1209600, 600))
        self.edit(add="edited IN A 192.0.2.1")
        self.assertEqual(self.soa(), (7200, 120, 1209600, 600))
        self.file.timers = "1800 90 604800"
        self.edit()
        self.assertEqual(self.soa(), (1800, 90, 604800, 300), "the file changed that very record: it wins")

    def test_a_ttl_that_an_update_set_survives_an_edit_elsewhere(self):
        self.do(add(WEB, "A", "192.0.2.80", 60))
        self.edit(add="edited IN A 192.0.2.1")
        self.assert_served([f"{WEB} 60 IN A 192.0.2.80"], [f"{WEB} 300 IN A 192.0.2.80"])
        self.edit(replace=("web     IN A     192.0.2.80", "web 900 IN A 192.0.2.80"))
        self.assert_served()

    def test_a_cname_in_the_file_takes_the_place_of_what_an_update_had_put_there(self):
        self.do(add(HOST, "TXT", '"by update"'))
        said = self.edit(add="host IN CNAME web")
        self.assertIn(HOST, said)
        self.assertRegex(said, "update")
        self.assert_served()
        self.assertIn(f"{HOST} 300 IN CNAME {WEB}", self.lines())

    def test_another_cname_in_the_file_wins_over_that_of_an_update(self):
        www = f"www.{ZONE}"
        self.do(add(www, "CNAME", f"mail.{ZONE}"))
        self.edit(add="edited IN A 192.0.2.1")
        self.assert_served([f"{www} 300 IN CNAME mail.{ZONE}"], [f"{www} 300 IN CNAME {WEB}"])
        self.edit(replace=("IN CNAME web", "IN CNAME ns1"))
        self.assert_served()

    def test_an_update_that_is_undone_leaves_the_file_alone(self):
        self.do(add(HOST, "A", "192.0.2.7"), delete_rrset(WEB, "AAAA"))
        self.do(delete_name(HOST), add(WEB, "AAAA", "2001:db8::80"))
        self.assert_served()
        self.edit(replace=("2001:db8::80", "2001:db8::81"))
        self.assert_served()

    def test_name_servers_that_an_update_left_are_there_whatever_the_file_loses(self):
        self.do(add(ZONE, "NS", "ns9.other.test."), delete_record(ZONE, "NS", f"ns1.{ZONE}"))
        self.edit(add="edited IN A 192.0.2.1")
        self.assert_served([f"{ZONE} 300 IN NS ns9.other.test."], [f"{ZONE} 300 IN NS ns1.{ZONE}"])
        self.edit(replace=("@       IN NS    ns2\n", ""))
        self.assert_served([f"{ZONE} 300 IN NS ns9.other.test."], [f"{ZONE} 300 IN NS ns1.{ZONE}"])

    def test_a_bump_keeps_updates_and_writes_no_more_than_the_serial(self):
        self.do(add(HOST, "A", "192.0.2.7"))
        before = self.file.path.read_text()
        self.primary.verb("bump", ZONE)
        serial = self.file.serial_in_file()
        self.assertGreater(serial, 2)
        self.assertEqual(self.file.path.read_text(), before.replace("hostmaster 1 ", f"hostmaster {serial} "))
        self.assertEqual(self.serial(), serial)
        self.assert_served([f"{HOST} 300 IN A 192.0.2.7"])

    def test_an_edit_while_it_is_down_keeps_updates(self):
        self.do(add(HOST, "A", "192.0.2.7"), delete_record(WEB, "A", "192.0.2.80"))
        before = self.serial()
        self.primary.stop()
        self.file.edit(add="edited IN A 192.0.2.1", serial=1)
        self.primary.process.start()
        wait_until("it serves another version", lambda: (self.primary.serial(ZONE, timeout=0.2) or before) > before)
        self.assert_served([f"{HOST} 300 IN A 192.0.2.7"], [f"{WEB} 300 IN A 192.0.2.80"])

    def test_a_broken_file_keeps_what_updates_made(self):
        self.do(add(HOST, "A", "192.0.2.7"))
        lines = self.lines()
        self.file.write(self.file.text() + "bad IN A 300.1.2.3\n")
        self.primary.reload(ZONE, expect=1)
        self.assertEqual(self.lines(), lines)
        super().do(add(HOST, "A", "192.0.2.8"))
        self.file.write()
        self.primary.reload(ZONE)
        self.assert_served([f"{HOST} 300 IN A 192.0.2.7", f"{HOST} 300 IN A 192.0.2.8"])


class SideBySideWithRestarts(SideBySide):
    restarts = True


class Both(UpdateTest):
    """A file and updates that are changed again and again, held against what each record should come to: what changed it last,
    except that where the file changes one, the file wins."""

    LABELS = ("a", "b", "c.b", "*.w")
    VALUES = (("A", "192.0.2.1"), ("A", "192.0.2.2"), ("TXT", '"one"'), ("TXT", '"two"'), ("MX", "10 mail.other.test."))
    STEPS = 300

    def write(self, wanted):
        self.file.records = "@ IN NS ns1\nns1 IN A 192.0.2.1\n" + "".join(
            f"{label} IN {rdtype} {text}\n" for label, rdtype, text in sorted(wanted))
        self.file.write()

    def served(self):
        rows = [line.split(None, 4) for line in self.lines()]
        return {(owner.removesuffix(f".{ZONE}"), rdtype, text) for owner, _, _, rdtype, text in rows} - {
            (ZONE, "NS", f"ns1.{ZONE}"), ("ns1", "A", "192.0.2.1")}

    def change(self, records, most):
        """The records, some of which are others."""
        changed = {(self.dice.choice(self.LABELS), *self.dice.choice(self.VALUES)) for _ in range(self.dice.randrange(1, most))}
        return changed ^ records

    def test_random_edits_and_updates_leave_each_record_as_who_changed_it_last(self):
        self.dice = random.Random(SEED)
        in_file, wanted, serial, done = set(), set(), 1, Counter()
        self.write(in_file)
        self.start()
        with self.primary.client() as client:
            for number in range(self.STEPS):
                step = self.dice.choices(("update", "edit", "edit while down", "restart", "kill"), (8, 6, 1, 1, 1))[0]
                done[step] += 1
                if step == "update":
                    now = self.change(wanted, 6)
                    changes = [add(f"{label}.{ZONE}", *rest) for label, *rest in now - wanted]
                    changes += [delete_record(f"{label}.{ZONE}", *rest) for label, *rest in wanted - now]
                    self.assertEqual(client.update(*changes).rcode, "NOERROR")
                    wanted = now
                if step.startswith("edit"):
                    now = self.change(in_file, 6)
                    wanted = wanted - (in_file - now) | (now - in_file)
                    in_file = now
                if step in ("edit while down", "restart"):
                    self.primary.stop()
                if step.startswith("edit"):
                    self.write(in_file)
                if step == "edit":
                    control.ask(self.primary, "reload", ZONE)
                if step == "kill":
                    self.primary.process.kill()
                if step in ("edit while down", "restart", "kill"):
                    self.primary.process.start()
                    wait_until("it serves again", lambda: self.primary.serial(ZONE, timeout=0.2))
                self.assertEqual(self.served(), wanted, f"seed {SEED}, step {number}: {step}")
                self.assertGreaterEqual(self.serial(), serial)
                serial = self.serial()
        print(f"seed {SEED}: {dict(done)}, serial {serial}")

    def test_edits_and_updates_at_the_same_time_are_all_there(self):
        self.start(secondaries=1)
        sent, errors = [0] * 4, []

        def send(client, number):
            sent[number] += 1
            answer = client.update(add(f"u{number}-{sent[number]}.{ZONE}", "A", "192.0.2.7"))
            if answer.rcode != "NOERROR":
                errors.append(answer)
        clients = [self.client(tcp=number % 2 == 1) for number in range(len(sent))]
        senders = [Repeat(functools.partial(send, client, number)) for number, client in enumerate(clients)]
        for number in range(40):
            self.file.edit(add=f"e{number} IN A 192.0.2.8", serial=1)
            control.ask(self.primary, "reload", ZONE)
        for sender in senders:
            sender.finish()
        self.assertEqual(errors, [])
        self.primary.verb("wait", ZONE, "--timeout", 20)
        wanted = {f"e{number}" for number in range(40)}
        wanted |= {f"u{number}-{turn + 1}" for number, turns in enumerate(sent) for turn in range(turns)}
        for server in (self.primary, self.secondaries[0]):
            labels = {line.split(".")[0] for line in self.lines(server)}
            self.assertEqual(wanted - labels, set(), server.name)
        print(f"40 edits beside {sum(sent)} updates: serial {self.serial()}")


class OnDisk(UpdateTest):
    def test_a_full_disk_takes_no_update_and_loses_none(self):
        disk = Disk(self, self.primary)
        self.start()
        self.do(add(HOST, "TXT", '"before"'))
        lines = self.lines()
        disk.fill()
        client = self.client()
        for number in range(3):
            answer = client.update(add(f"n{number}.{ZONE}", "A", "192.0.2.7"))
            self.assertEqual(answer.rcode, "SERVFAIL")
            self.assertTrue(answer.errors, "why is told to those who speak EDNS")
            self.assertEqual((self.lines(), self.serial()), (lines, 2))
        self.assertEqual(self.primary.counted("failed"), 3)
        disk.free()
        self.do(add(HOST, "TXT", '"after"'))
        self.primary.crash()
        wait_until("it serves again", lambda: self.primary.serial(ZONE, timeout=0.2))
        self.assertEqual(self.of("host", "TXT"), {'"before"', '"after"'})
        self.assertEqual(self.of("n0", "A"), set())


class Copies(UpdateTest):
    def test_a_secondary_has_an_update_by_ixfr_within_a_second(self):
        self.start(secondaries=2)
        for number in range(10):
            self.do(add(f"n{number}.{ZONE}", "TXT", f'"{number}"'))
            for secondary in self.secondaries:
                wait_until(f"{secondary.name} has it", lambda s=secondary, n=number: self.of(f"n{n}", "TXT", s), seconds=1)
        for secondary in self.secondaries:
            self.assertEqual(secondary.last_transfer_kind(ZONE), "IXFR")
            self.assertEqual(secondary.dump(ZONE), self.primary.dump(ZONE))

    def test_one_that_was_away_gets_updates_and_edits_by_ixfr(self):
        self.start(secondaries=1)
        secondary = self.secondaries[0]
        secondary.stop()
        self.do(add(HOST, "A", "192.0.2.7"))
        self.file.edit(add="edited IN A 192.0.2.1")
        self.primary.reload(ZONE)
        self.do(delete_name(HOST), add(HOST, "TXT", '"last"'))
        secondary.start()
        wait_until("it has caught up", lambda: secondary.serial(ZONE) == self.serial())
        self.assertEqual(canonical(secondary.dump(ZONE)), canonical(self.primary.dump(ZONE)))

    def test_a_zone_with_a_digest_is_not_updated_away_from_its_copies(self):
        """RFC 8976: a copy refuses what is not what the ZONEMD says."""
        plain = dns.zone.from_text(self.file.text(), dns.name.from_text(ZONE), relativize=False)
        digest = plain.compute_digest(dns.zone.DigestHashAlgorithm.SHA384)
        self.file.edit(add=f"@ IN ZONEMD {digest.to_text()}", serial=1)
        self.start(secondaries=1)
        before = self.lines()
        answer = self.client().update(add(HOST, "A", "192.0.2.7"))
        if answer.rcode == "NOERROR":
            wait_until("the copy has it", lambda: self.of("host", "A", self.secondaries[0]), seconds=5)
        else:
            self.assertEqual((answer.rcode, self.lines()), ("REFUSED", before))
            self.assertTrue(answer.errors)


if __name__ == "__main__":
    unittest.main()
