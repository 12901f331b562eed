"""`acme grant`, `acme list`, `acme revoke`: keys that may do nothing but the challenges of one host."""

import json
import re
import stat
import unittest

from lockstep_test import query
from lockstep_test.net import Key
from lockstep_test.pair import ZONE
from lockstep_test.process import wait_until
from lockstep_test.signing import NSEC, Signed
from lockstep_test.updates import Client, UPDATE_KEY, UpdateTest, add, delete_rrset
from lockstep_test.zones import ZoneFile

HOST = f"www.{ZONE}"
CHALLENGE = f"_acme-challenge.{HOST}"
CLIENTS = ["certbot", "lego", "acme.sh", "caddy", "traefik", "cert-manager"]


class Grants(UpdateTest):
    def grant(self, host, *more):
        """The key that comes of it."""
        made = json.loads(self.primary.verb("acme", "grant", host, "--client", "json", *more).stdout)
        return Key(made["name"], made["secret"], made["algorithm"])

    def book(self):
        return json.loads(self.primary.verb("acme", "list", "--json").stdout)

    def rcode(self, key, *updates, zone=ZONE):
        with Client(self.primary.endpoint, key, zone=zone) as client:
            return client.update(*updates).rcode

    def test_a_granted_key_sets_the_challenge_of_its_host_and_nothing_else(self):
        self.start(secondaries=1)
        key = self.grant(HOST)
        self.assertEqual(key.name, f"acme.{HOST}")
        self.assertEqual(self.rcode(key, add(CHALLENGE, "TXT", "1", 60)), "NOERROR")
        self.assertEqual(self.of("_acme-challenge.www", "TXT", self.secondaries[0]), {'"1"'}, "served by all when it is answered")
        for change in (add(HOST, "TXT", "1"), add(CHALLENGE, "A", "192.0.2.1"), add(f"_acme-challenge.{ZONE}", "TXT", "1"),
                       add(f"x.{CHALLENGE}", "TXT", "1"), delete_rrset(HOST, "A"), add(CHALLENGE, "TXT", "1", 3601)):
            with self.subTest(change=change):
                self.assertEqual(self.rcode(key, change), "REFUSED")
        self.assertEqual(self.rcode(key, delete_rrset(CHALLENGE, "ANY")), "NOERROR", "all that is there is its own")
        self.assertIn(f"acme grant {HOST}", self.primary.log(), "the rule that nearly matched is named")

    def test_there_is_a_limit_of_records(self):
        self.start()
        key = self.grant(HOST)
        records = [add(CHALLENGE, "TXT", f"{number}", 60) for number in range(17)]
        self.assertEqual(self.rcode(key, *records), "REFUSED")
        self.assertEqual(self.rcode(key, *records[:16]), "NOERROR")

    def test_a_wildcard_is_the_host_below_it_and_the_key_answers_signed(self):
        self.start()
        key = self.grant(f"*.{HOST}")
        self.assertEqual(key.name, f"acme.{HOST}")
        answer = query.ask(self.primary.endpoint, ZONE, "SOA", key=key)
        self.assertTrue(answer.had_tsig)
        self.assertEqual([row["host"] for row in self.book()["grants"]], [HOST])

    def test_grants_last_over_reloads_and_restarts_and_end_when_revoked(self):
        self.start()
        key = self.grant(HOST)
        second = self.grant(HOST, "--key", "second.key.")
        apex = self.grant(ZONE)
        self.primary.reload()
        for again in (False, True):
            if again:
                self.primary.stop()
                self.primary.process.start()
                wait_until("it serves again", lambda: self.primary.serial(ZONE, timeout=0.2))
            for one, owner in ((key, CHALLENGE), (second, CHALLENGE), (apex, f"_acme-challenge.{ZONE}")):
                self.assertEqual(self.rcode(one, add(owner, "TXT", "1", 60)), "NOERROR", owner)
        self.assertEqual([row["key"] for row in self.book()["grants"]], [key.name, "second.key.", apex.name])
        self.primary.verb("acme", "revoke", "second.key.")
        self.assertEqual([row["key"] for row in self.book()["grants"]], [key.name, apex.name])
        self.primary.verb("acme", "revoke", HOST)
        self.assertRaises(Exception, self.rcode, key, add(CHALLENGE, "TXT", "2", 60))
        self.assertEqual(self.rcode(apex, add(f"_acme-challenge.{ZONE}", "TXT", "2", 60)), "NOERROR")
        self.assertIn("nothing was granted", self.primary.verb("acme", "revoke", HOST, expect=1).stderr)

    def test_rules_of_the_configuration_go_on_beside_grants(self):
        self.start({"key": UPDATE_KEY.name})
        self.grant(HOST)
        self.do(add(f"host.{ZONE}", "A", "192.0.2.7"))

    def test_the_longest_zone_has_the_challenge(self):
        below = f"sub.{ZONE}"
        self.primary.zones[below] = ZoneFile(self.directory / "sub.zone", below)
        self.start()
        key = self.grant(f"a.{below}")
        owner = f"_acme-challenge.a.{below}"
        self.assertEqual(self.rcode(key, add(owner, "TXT", "1", 60), zone=below), "NOERROR")
        self.assertEqual(self.rcode(key, add(owner, "TXT", "1", 60), zone=ZONE), "REFUSED")
        self.assertEqual(self.book()["grants"][0]["zone"], below)

    def test_what_cannot_be_granted_is_said(self):
        self.start()
        self.grant(HOST)
        for arguments, said in (([HOST], "--key NAME makes a second one"), (["www.other.test"], "in no zone of this server"),
                                ([CHALLENGE], "without _acme-challenge"), ([f"a.{ZONE}", "--key", UPDATE_KEY.name], "in the configuration"),
                                (["a..b"], "is no name"), ([f"a.{ZONE}", "--key", "a..b"], "is no name of a key")):
            self.assertIn(said, self.primary.verb("acme", "grant", *arguments, expect=1).stderr)
        self.assertIn("certbot, lego", self.primary.verb("acme", "grant", ZONE, "--client", "x", expect=2).stderr)
        self.assertEqual(len(self.book()["grants"]), 1)

    def test_where_a_challenge_would_prove_nothing_none_is_granted(self):
        self.file.edit(serial=1, add="_acme-challenge.alias CNAME www\ndeleg NS ns.deleg\nns.deleg A 192.0.2.9")
        self.start()
        for host, said in ((f"alias.{ZONE}", "is an alias"), (f"x.deleg.{ZONE}", f"deleg.{ZONE} is delegated")):
            self.assertIn(said, self.primary.verb("acme", "grant", host, expect=1).stderr)
        Signed(self.directory, ZONE, self.file.text(), NSEC).keep(self.file.path)
        self.primary.reload()
        self.assertIn("signatures", self.primary.verb("acme", "grant", HOST, expect=1).stderr)

    def test_a_host_goes_before_a_key_of_the_same_name_when_revoked(self):
        self.start()
        self.grant(ZONE)
        self.grant(f"acme.{ZONE}")
        self.primary.verb("acme", "revoke", f"acme.{ZONE}")
        self.assertEqual([row["host"] for row in self.book()["grants"]], [ZONE])
        self.primary.verb("acme", "revoke", f"acme.{ZONE}")
        self.assertEqual(self.book()["grants"], [])

    def test_the_file_is_secret_and_one_that_cannot_be_read_is_left_as_it_is(self):
        self.start()
        key = self.grant(HOST)
        file = next(self.directory.rglob("acme.json"))
        self.assertEqual(stat.S_IMODE(file.stat().st_mode), 0o600)
        self.assertNotIn(key.secret, self.primary.log())
        self.primary.stop()
        good = file.read_text()
        for bad in (good[:-10], good.replace('"format": 1', '"format": 2'), good.replace(HOST, "a..b"), "[]", ""):
            file.write_text(bad)
            self.primary.process.start()
            wait_until("it serves", lambda: self.primary.serial(ZONE, timeout=0.2))
            self.assertIn("acme.json", self.primary.verb("acme", "grant", ZONE, expect=1).stderr)
            self.assertIn("mend the file", self.primary.log())
            self.primary.stop()
            self.assertEqual(file.read_text(), bad)
        file.write_text(good)
        self.primary.process.start()
        wait_until("it serves", lambda: self.primary.serial(ZONE, timeout=0.2))
        self.assertEqual(self.rcode(key, add(CHALLENGE, "TXT", "1", 60)), "NOERROR")

    def test_a_key_that_the_configuration_gets_later_wins(self):
        self.start()
        key = self.grant(HOST)
        own = Key(key.name, UPDATE_KEY.secret)
        self.primary.keys.append(own)
        self.primary.rules = [{"key": own.name}]
        self.primary.configure()
        self.primary.reload()
        self.assertEqual(self.rcode(own, add(f"host.{ZONE}", "A", "192.0.2.7")), "NOERROR")
        self.assertIn(f"the grant of {HOST} is not in force", self.primary.log())

    def test_what_is_printed_names_key_secret_and_server_for_each_client(self):
        self.start()
        for number, client in enumerate(CLIENTS):
            host = f"h{number}.{ZONE}"
            text = self.primary.verb("acme", "grant", host, "--client", client).stdout
            self.assertIn(f"acme.{host}", text)
            self.assertRegex(text, r"[A-Za-z0-9+/]{43}=")
            self.assertIn(self.primary.endpoint.address, text)
            self.assertIn(str(self.primary.endpoint.port), text)
        everything = self.primary.verb("acme", "grant", HOST).stdout
        for client in ("certbot", "lego", "acme.sh", "Caddy", "Traefik", "cert-manager"):
            self.assertIn(client, everything)
        self.assertEqual(len(set(re.findall(r"[A-Za-z0-9+/]{43}=", everything))), 1)


if __name__ == "__main__":
    unittest.main()
