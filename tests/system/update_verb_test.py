"""`lockstep-primary update`: nsupdate's commands from a file or stdin. What it does to a zone is what nsupdate does."""

import subprocess
import unittest

from lockstep_test import control
from lockstep_test.pair import ZONE
from lockstep_test.server import find_program
from lockstep_test.updates import UPDATE_KEY, UpdateTest
from lockstep_test.zones import ZoneFile, canonical

# Each is sent to two zones that are alike, to one by the verb and to the other by nsupdate, and must come to the same.
SCRIPTS = [
    "update add host.{zone} 300 A 192.0.2.7\nsend\n",
    "update add host.{zone} 300 IN A 192.0.2.8\nupdate add host.{zone} 300 AAAA 2001:db8::8\n\n",
    "ttl 60\nadd text.{zone} TXT \"a b\" c\nadd text.{zone} in txt d\nsend\n",
    "; a comment\nzone {zone}\nclass IN\nprereq nxdomain new.{zone}\nupdate add new.{zone} 60 CNAME host.{zone}\nsend\n",
    "prereq yxdomain host.{zone}\nprereq nxrrset host.{zone} MX\nprereq yxrrset host.{zone} IN A\n"
    "update add host.{zone} 60 MX 10 mail.other.test.\nsend\n",
    "prereq yxrrset host.{zone} MX 10 mail.other.test.\nupdate delete host.{zone} MX\nsend\n",
    "update delete host.{zone} 300 IN A 192.0.2.7\nsend\n",
    "del text.{zone} TXT \"d\"\ndelete new.{zone}\nsend\n",
    "update add _sip._tcp.{zone} 60 SRV 0 5 5060 host.{zone}\nupdate add svc.{zone} 60 HTTPS 1 . alpn=h2,h3\nsend\n",
    "check-names no\nupdate add _odd.{zone} 60 A 192.0.2.1\nsend\n",
    "update add raw.{zone} 60 TYPE65534 \\# 3 010203\nsend\n",
]
# What each says in its line, and which line that is.
MISTAKES = [
    ("update add host.{zone} 300 A 192.0.2.999\nsend\n", 1, 37),
    ("update add host.{zone} 300 A\nsend\n", 1, None),
    ("send\nupdate add\n", 2, 11),
    ("ttl 60\nprereq sometimes host.{zone}\n", 2, 8),
    ("update add host.{zone} A 192.0.2.1\n", 1, None),
    ("update add _odd.{zone} 60 A 192.0.2.1\n", 1, None),
    ("server 127.0.0.1\n", 1, 1),
    ("key name c2VjcmV0\n", 1, 1),
    ("frobnicate\n", 1, 1),
    ("update add a.{zone} 60 TXT \"open\n", 1, 35),
    ("update add host.{zone} 60 CH A 192.0.2.1\n", 1, None),
]


class Verb(UpdateTest):
    def script(self, text, **options):
        return self.primary.verb("update", stdin=text.format(zone=ZONE), **options)

    def nsupdate(self, text, zone):
        """Signed, over the network; what it says."""
        done = subprocess.run([find_program("nsupdate"), "-y", f"{UPDATE_KEY.algorithm}:{UPDATE_KEY.name}:{UPDATE_KEY.secret}"],
                              input=f"server {self.primary.endpoint.address} {self.primary.endpoint.port}\n" + text.format(zone=zone),
                              capture_output=True, text=True, timeout=60)
        return done.returncode, done.stdout + done.stderr

    def test_every_command_does_what_it_does_in_nsupdate(self):
        twin = "twinple.test."
        self.primary.zones[twin] = ZoneFile(self.directory / "twin.zone", twin)
        self.start()
        before = self.lines()
        for text in SCRIPTS:
            self.script(text)
            code, said = self.nsupdate(text, twin)
            self.assertEqual(code, 0, f"{text}{said}")
            of_twin = [line.replace(twin, ZONE) for line in canonical(control.dump(self.primary, twin)) if " SOA " not in line]
            self.assertEqual(sorted(of_twin), sorted(self.lines()), text)
        self.assertGreater(len(self.lines()), len(before))

    def test_it_needs_no_rule_and_secondaries_get_it(self):
        self.primary.rules = []
        self.start({"key": UPDATE_KEY.name, "names": ["nothing"]}, secondaries=1)
        self.script("update add host.{zone} 300 A 192.0.2.7\nsend\n")
        self.secondaries[0].wait_serial(ZONE, 2)
        self.assertEqual(self.of("host", "A", self.secondaries[0]), {"192.0.2.7"})
        self.assertIn("update by control socket", self.primary.log())

    def test_an_unmet_prerequisite_is_told_with_its_line_and_the_next_message_is_sent(self):
        self.start()
        done = self.script("prereq yxdomain no.{zone}\nadd a.{zone} 60 TXT a\nsend\nadd b.{zone} 60 TXT b\nsend\nanswer\n", expect=1)
        self.assertEqual(done.stderr, f"stdin:3: {ZONE}: NXDOMAIN: there is nothing at a name where a prerequisite wants something\n")
        self.assertEqual(done.stdout, "NOERROR\n")
        self.assertEqual((self.of("a", "TXT"), self.of("b", "TXT")), (set(), {'"b"'}))

    def test_a_mistake_is_told_with_its_place_and_ends_the_run(self):
        self.start()
        for text, line, column in MISTAKES:
            done = self.script(text + "add after.{zone} 60 TXT a\nsend\n", expect=1)
            place = f"stdin:{line}:{column}: " if column else f"stdin:{line}:"
            self.assertTrue(done.stderr.startswith(place), f"{text}{done.stderr}")
            self.assertEqual(done.stderr.count("\n"), 1, done.stderr)
        self.assertEqual((self.serial(), self.of("after", "TXT")), (1, set()))

    def test_what_is_not_sent_at_the_end_is_said(self):
        self.start()
        done = self.script("add a.{zone} 60 TXT a\n", expect=1)
        self.assertIn("ends without 'send'", done.stderr)
        self.assertEqual(self.serial(), 1)

    def test_commands_come_from_a_file_too(self):
        self.start()
        file = self.directory / "commands"
        file.write_text(f"add a.{ZONE} 60 TXT a\nshow\nsend\n")
        done = self.primary.verb("update", file)
        self.assertIn(f"a.{ZONE} 60 IN TXT \"a\"", done.stdout)
        self.assertEqual(self.of("a", "TXT"), {'"a"'})
        self.assertIn("No such file", self.primary.verb("update", self.directory / "none", expect=1).stderr)

    def test_a_zone_that_is_none_of_ours_and_dnssec_records_are_refused(self):
        self.start()
        for text, said in (("add a.other.test. 60 TXT a\nsend\n", "in no zone of this server"),
                           ("zone sub.{zone}\nadd a.sub.{zone} 60 TXT a\nsend\n", "there is no zone sub."),
                           ("zone other.test.\nadd a.other.test. 60 TXT a\nsend\n", "there is no zone other.test. here"),
                           ("zone {zone}\nadd a.other.test. 60 TXT a\nsend\n", "NOTZONE"),
                           ("add a.{zone} 60 NSEC b.{zone} A\nsend\n", "REFUSED: DNSSEC records cannot be changed")):
            self.assertIn(said, self.script(text, expect=1).stderr)
        self.assertEqual(self.serial(), 1)

    def test_a_message_that_is_too_large_does_not_keep_the_next_back(self):
        self.start()
        many = "".join(f"add a{number}.{{zone}} 60 TXT {'x' * 250}\n" for number in range(240))
        done = self.script(f"{many}send\nadd b.{{zone}} 60 TXT b\nsend\n", expect=1)
        self.assertIn("65,535", done.stderr)
        self.assertEqual((self.of("b", "TXT"), self.of("a1", "TXT")), ({'"b"'}, set()))

    def test_a_folder_is_no_file_of_commands(self):
        self.start()
        self.assertIn("cannot be read", self.primary.verb("update", self.directory, expect=1).stderr)

    def test_without_a_daemon_it_says_so(self):
        self.start()
        self.primary.stop()
        self.assertIn("no daemon answers", self.script("add a.{zone} 60 TXT a\nsend\n", expect=3).stderr)


if __name__ == "__main__":
    unittest.main()
