"""What clients of dynamic updates send, played or by the programs themselves (CLIENTS.md)."""

import subprocess
import unittest

import dns.message
import dns.name
import dns.query
import dns.rcode
import dns.rdatatype
import dns.tsigkeyring
import dns.update
import dns.zone

from lockstep_test import query
from lockstep_test.pair import ZONE
from lockstep_test.server import find_program
from lockstep_test.updates import UPDATE_KEY, UpdateTest

CHALLENGE = f"_acme-challenge.{ZONE}"
KEYRING = dns.tsigkeyring.from_text({UPDATE_KEY.name: (UPDATE_KEY.algorithm, UPDATE_KEY.secret)})


def run(*command, text="", expect=0):
    """What the program says."""
    done = subprocess.run([*map(str, command)], input=text, capture_output=True, text=True, timeout=60)
    if done.returncode != expect:
        raise AssertionError(f"{command}: {done.returncode}\n{text}{done.stdout}{done.stderr}")
    return done.stdout + done.stderr


class Clients(UpdateTest):
    def setUp(self):
        super().setUp()
        self.settings = [{"prefix": "127.0.0.0/8", "key": UPDATE_KEY.name}]
        self.primary.zone_settings = {"transfer": self.settings}
        self.start()
        self.at = (self.primary.endpoint.address, self.primary.endpoint.port)

    def message(self):
        return dns.update.Update(ZONE, keyring=KEYRING, keyname=UPDATE_KEY.name)

    def send(self, message, over=dns.query.tcp, expect="NOERROR"):
        answer = over(message, self.at[0], timeout=15, port=self.at[1])
        self.assertEqual(dns.rcode.to_text(answer.rcode()), expect)
        self.assertTrue(answer.had_tsig)

    def signed_query(self, name, rdtype, over=dns.query.udp):
        question = dns.message.make_query(name, rdtype, use_edns=False)
        question.flags &= ~dns.flags.RD
        question.use_tsig(KEYRING, UPDATE_KEY.name)
        answer = over(question, self.at[0], timeout=15, port=self.at[1])
        self.assertTrue(answer.had_tsig and answer.flags & dns.flags.AA)
        return answer

    def texts(self):
        return self.of("_acme-challenge", "TXT")

    def test_acme_sh_adds_without_replacing_and_removes_the_whole_rrset_twice(self):
        key = self.directory / "acme.key"
        key.write_text(f'key "{UPDATE_KEY.name}" {{\n algorithm {UPDATE_KEY.algorithm};\n secret "{UPDATE_KEY.secret}";\n}};\n')
        head = f"server {self.at[0]} {self.at[1]}\nzone {ZONE}\n"
        for value in ("base", "wildcard"):
            run(find_program("nsupdate"), "-k", key, text=f'{head}update add {CHALLENGE} 60 in txt "{value}"\nsend\n')
        self.assertEqual(self.texts(), {'"base"', '"wildcard"'})
        for _ in range(2):
            run(find_program("nsupdate"), "-k", key, text=f"{head}update delete {CHALLENGE} txt\nsend\n")
            self.assertEqual(self.texts(), set())

    def test_nsupdate_in_the_ways_of_its_manual(self):
        key = f"{UPDATE_KEY.algorithm}:{UPDATE_KEY.name}:{UPDATE_KEY.secret}"
        for number, options in enumerate((["-y", key], ["-v", "-y", key], ["-y", key, "-p", self.at[1], "-t", "10", "-u", "3", "-r", "1"])):
            port = "" if "-p" in options else self.at[1]
            text = f"server {self.at[0]} {port}\nupdate add n{number}.{ZONE} 60 A 192.0.2.{number}\nshow\nsend\nanswer\n"
            self.assertIn("NOERROR", run(find_program("nsupdate"), *options, text=text))
            self.assertEqual(self.of(f"n{number}", "A"), {f"192.0.2.{number}"})
        text = f"local 127.0.0.1\nserver {self.at[0]} {self.at[1]}\nkey {UPDATE_KEY.algorithm}:{UPDATE_KEY.name} {UPDATE_KEY.secret}\n" \
               f"prereq yxrrset n0.{ZONE} A 192.0.2.0\nupdate delete n0.{ZONE}\n\n"
        run(find_program("nsupdate"), text=text)
        self.assertEqual(self.of("n0", "A"), set())
        self.assertIn("NXRRSET", run(find_program("nsupdate"), text=text, expect=2))

    def test_knsupdate(self):
        text = f"server {self.at[0]} {self.at[1]}\nzone {ZONE}\nupdate add {CHALLENGE} 60 TXT value\nsend\n"
        run(find_program("knsupdate"), "-y", f"{UPDATE_KEY.algorithm}:{UPDATE_KEY.name}:{UPDATE_KEY.secret}", text=text)
        self.assertEqual(self.texts(), {'"value"'})

    def test_cert_manager_adds_and_removes_one_record_over_udp(self):
        for value in ("one", "two"):
            message = self.message()
            message.add(CHALLENGE, 60, "TXT", value)
            self.send(message, dns.query.udp)
        message = self.message()
        message.delete(CHALLENGE, "TXT", "one")
        self.send(message, dns.query.udp)
        self.assertEqual(self.texts(), {'"two"'})

    def test_certbot_asks_signed_for_the_soa_of_each_parent(self):
        for name, found in ((f"a.b.{ZONE}", False), (f"b.{ZONE}", False), (ZONE, True)):
            answer = self.signed_query(name, "SOA", dns.query.tcp)
            self.assertEqual(bool(answer.answer), found)
            self.assertTrue(found or answer.authority[0].rdtype == dns.rdatatype.SOA)

    def test_external_dns_transfers_and_updates_with_one_key(self):
        zone = dns.zone.from_xfr(dns.query.xfr(self.at[0], ZONE, port=self.at[1], keyring=KEYRING, keyname=UPDATE_KEY.name, lifetime=15))
        message = self.message()
        for number in range(50):
            message.add(f"e{number}.{ZONE}", 300, "A", f"192.0.2.{number}")
            message.add(f"a-e{number}.{ZONE}", 300, "TXT", '"heritage=external-dns"')
        self.send(message)
        after = dns.zone.from_xfr(dns.query.xfr(self.at[0], ZONE, port=self.at[1], keyring=KEYRING, keyname=UPDATE_KEY.name, lifetime=15))
        self.assertEqual(len(after.nodes), len(zone.nodes) + 100)

    def test_octodns_replaces_a_thousand_rrsets_in_a_message_and_the_apex_ns(self):
        for value in (1, 2):
            message = self.message()
            for number in range(1000):
                message.replace(f"o{number}.{ZONE}", 300, "A", f"192.0.2.{value}")
            self.send(message)
            self.assertEqual(self.of("o999", "A"), {f"192.0.2.{value}"})
        before = self.of("@", "NS")
        message = self.message()
        message.replace(ZONE, 300, "NS", "ns9.other.test.")  # the old ones stay: deleting them all at the apex does nothing
        self.send(message)
        self.assertEqual(self.of("@", "NS"), before | {"ns9.other.test."})

    def test_dnscontrol_sends_large_compressed_messages_and_a_name_server_that_comes_and_goes(self):
        message = self.message()
        message.add(ZONE, 60, "NS", "temporary.other.test.")
        for number in range(1000):
            message.add(f"d{number}.{ZONE}", 300, "CNAME", f"target{number}.{ZONE}")
        message.delete(ZONE, "NS", "temporary.other.test.")
        self.assertGreater(len(message.to_wire()), 16_384)
        before = self.of("@", "NS")
        self.send(message, dns.query.tcp)
        self.assertEqual((self.of("@", "NS"), self.of("d999", "CNAME")), (before, {f"target999.{ZONE}"}))
        message = self.message()
        for number in range(1000):
            message.delete(f"d{number}.{ZONE}", "CNAME")
        self.assertGreater(len(message.to_wire()), 16_384)
        self.send(message, dns.query.udp)
        self.assertEqual(self.of("d999", "CNAME"), set())

    def test_terraform_reads_at_once_what_it_wrote_signed(self):
        for number in range(20):
            message = self.message()
            message.add(f"t.{ZONE}", 300, "A", f"192.0.2.{number}")
            self.send(message, dns.query.udp)
            answer = self.signed_query(f"t.{ZONE}", "A")
            self.assertIn(f"192.0.2.{number}", {rdata.to_text() for rdata in answer.answer[0]})

    def test_an_authority_asks_in_mixed_case_without_edns_and_for_caa_of_each_parent(self):
        message = self.message()
        message.add(CHALLENGE, 60, "TXT", "value")
        self.send(message)
        mixed = "_aCmE-cHaLlEnGe.ExAmPlE.tEsT."
        question = dns.message.make_query(mixed, "TXT", use_edns=False)
        answer = dns.query.udp(question, self.at[0], timeout=5, port=self.at[1])
        self.assertEqual(answer.question[0].name.to_text(), mixed)
        self.assertEqual({rdata.to_text() for rdata in answer.answer[0]}, {'"value"'})
        for name in (CHALLENGE, f"no.such.{ZONE}", ZONE):
            answer = query.ask(self.primary.endpoint, name, "CAA")
            self.assertIn(dns.rcode.to_text(answer.rcode()), ("NOERROR", "NXDOMAIN"))
        self.assertEqual(query.ask(self.primary.endpoint, CHALLENGE, "CNAME").rcode(), dns.rcode.NOERROR, "not NXDOMAIN")


if __name__ == "__main__":
    unittest.main()
