"""`forward_updates`: a secondary passes signed updates on to its primary, and its answers back."""

import subprocess
import unittest

from lockstep_test.lockstep import LockstepSecondary
from lockstep_test.net import Key
from lockstep_test.pair import ZONE
from lockstep_test.server import link
from lockstep_test.updates import OTHER_KEY, UPDATE_KEY, Client, UpdateTest, add, has_rrset

SECONDS = 3  # that the primary waits for its secondaries


class Forwarding(UpdateTest):
    def start_pair(self, forward=True):
        self.primary.zone_settings["update_waits"] = {"seconds": SECONDS}
        self.primary.rules = [{"key": UPDATE_KEY.name, "types": ["TXT"]}]
        self.secondary = LockstepSecondary(self, "ns2")
        self.secondary.zones[ZONE] = None
        self.secondary.zone_settings["forward_updates"] = forward
        link(self.primary, self.secondary)
        for server in (self.primary, self.secondary):
            server.start()
            server.wait_serial(ZONE, self.file.serial)
        self.primary.verb("wait", ZONE, "--timeout", 20)

    def at_secondary(self, key=UPDATE_KEY, **options):
        client = Client(self.secondary.endpoint, key, **options)
        self.addCleanup(client.socket.close)
        return client

    def test_an_update_at_the_secondary_is_the_primarys_and_its_answer_is_good(self):
        self.start_pair()
        for tcp in (False, True):
            label = "tcp" if tcp else "udp"
            answer = self.at_secondary(tcp=tcp).update(add(f"{label}.{ZONE}", "TXT", f'"{label}"'))
            self.assertEqual(answer.rcode, "NOERROR")
            self.assertTrue(answer.signed)
            for server in (self.primary, self.secondary):
                self.assertEqual(self.of(label, "TXT", server), {f'"{label}"'})
        self.assertEqual(self.primary.counted("done"), 2)

    def test_what_the_primary_refuses_is_refused_in_its_words(self):
        self.start_pair()
        answer = self.at_secondary().update(add(f"a.{ZONE}", "A", "192.0.2.1"))
        self.assertEqual((answer.rcode, list(answer.errors)), ("REFUSED", [18]))
        answer = self.at_secondary(OTHER_KEY).update(add(f"a.{ZONE}", "TXT", '"x"'))
        self.assertEqual((answer.rcode, list(answer.errors)), ("REFUSED", [18]))
        answer = self.at_secondary().update(add(f"a.{ZONE}", "TXT", '"x"'), prerequisites=[has_rrset(f"none.{ZONE}", "A")])
        self.assertEqual(answer.rcode, "NXRRSET")
        octets, _ = self.at_secondary(Key("unknown.example.", UPDATE_KEY.secret)).message(add(f"a.{ZONE}", "TXT", '"x"'))
        answer = self.at_secondary().exchange(octets)
        self.assertEqual(answer[3] & 15, 9, "NOTAUTH by the primary, which does not know the key")
        self.assertEqual(self.serial(), self.file.serial)

    def test_unsigned_updates_are_refused_by_the_secondary_itself(self):
        self.start_pair()
        answer = self.at_secondary(None).update(add(f"a.{ZONE}", "TXT", '"x"'))
        self.assertEqual(answer.rcode, "REFUSED")
        self.assertEqual(answer.errors[18], "only signed updates are passed on to the primary")

    def test_without_forward_updates_everything_is_refused(self):
        self.start_pair(forward=False)
        octets, _ = self.at_secondary().message(add(f"a.{ZONE}", "TXT", '"x"'))
        self.assertEqual(self.at_secondary().exchange(octets)[3] & 15, 9, "the secondary does not know the key")
        self.assertEqual(self.at_secondary(None).update(add(f"a.{ZONE}", "TXT", '"x"')).rcode, "REFUSED")

    def test_with_no_primary_there_is_an_answer_at_once_and_the_log_says_why(self):
        self.start_pair()
        self.primary.stop()
        octets, _ = self.at_secondary().message(add(f"a.{ZONE}", "TXT", '"x"'))
        self.assertEqual(self.at_secondary(timeout=5).exchange(octets)[3] & 15, 2)
        self.assertRegex(self.secondary.log(), rf"{ZONE}: an update could not be passed on: ns1: ")

    def test_nsupdate_by_way_of_the_secondary(self):
        self.start_pair()
        commands = f"server {self.secondary.endpoint.address} {self.secondary.endpoint.port}\nzone {ZONE}\n" \
                   f"key {UPDATE_KEY.algorithm}:{UPDATE_KEY.name} {UPDATE_KEY.secret}\nadd n.{ZONE} 60 TXT one\nsend\n"
        done = subprocess.run(["nsupdate"], input=commands, capture_output=True, text=True, timeout=30, check=False)
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        self.assertEqual(self.of("n", "TXT", self.secondary), {'"one"'})


if __name__ == "__main__":
    unittest.main()
