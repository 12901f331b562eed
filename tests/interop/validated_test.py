"""Signed zones of every kind, served by Lockstep and validated by Unbound: no answer is bogus, and each that can be
secure is."""

import os
import pathlib
import random
import subprocess
import tempfile
import unittest

import dns.rcode

from lockstep_test import query, signing, unbound
from lockstep_test.case import ServerTest
from lockstep_test.lockstep import LockstepPrimary, LockstepSecondary
from lockstep_test.server import find_program, link
from lockstep_test.watching import Repeat

RECORDS = """\
$ORIGIN {origin}
$TTL 300
@        SOA   ns1 hostmaster 1 3600 600 86400 60
@        NS    ns1
ns1      A     192.0.2.1
www      A     192.0.2.2
www      TXT   "text"
a.ent.x  A     192.0.2.3
deep.a.b.c.d.e A 192.0.2.4
*.wild   A     192.0.2.5
*.wild   MX    10 www
sub.wild TXT   "hides the wildcard for itself"
*.alias  CNAME www
under.ent.wild A 192.0.2.6
alias    CNAME www
chain    CNAME alias
gone     CNAME nowhere
out      CNAME www.elsewhere.example.
to-wild  CNAME some.wild
dname    DNAME x
signed   NS    ns.signed
signed   DS    12345 13 2 0000000000000000000000000000000000000000000000000000000000000000
ns.signed A    192.0.2.7
open     NS    ns.open
ns.open  A     192.0.2.8
open2.deeper.way NS ns1
_25._tcp TLSA  3 1 1 0000000000000000000000000000000000000000000000000000000000000000
svc      HTTPS 1 . alpn=h2
Upper    A     192.0.2.9
"""
CHILD = """\
$ORIGIN {origin}
$TTL 300
@        SOA   ns1 hostmaster 1 3600 600 86400 60
@        NS    ns1
ns1      A     192.0.2.10
www      A     192.0.2.11
"""
LABELS = ["a", "www", "ent", "x", "*", "wild", "alias", "sub", "deep", "zz", "0", "dname", "gone", "way", "deeper", "upper", "ns1"]
TYPES = ["A", "AAAA", "TXT", "MX", "CNAME", "DS", "NS", "SOA", "DNSKEY", "HTTPS", "TLSA", "TYPE65280"]
VARIANTS = [(signing.NSEC, "ECDSAP256SHA256", "bind"), (signing.NSEC, "RSASHA256", "ldns"), (signing.NSEC3, "ED25519", "bind"),
            (signing.NSEC3, "ECDSAP256SHA256", "ldns"), (signing.NSEC3_SALTED, "RSASHA512", "bind"),
            (signing.NSEC3_SALTED, "ECDSAP384SHA384", "ldns"), (signing.NSEC3_MOST, "ECDSAP256SHA256", "bind"),
            (signing.NSEC3_OPT_OUT, "ECDSAP256SHA256", "bind"), (signing.NSEC3_OPT_OUT, "RSASHA256", "ldns")]
RANDOM_QUESTIONS = 150  # of each zone


class Validated(ServerTest):
    @classmethod
    def setUpClass(cls):
        folder = tempfile.TemporaryDirectory(prefix="lockstep-signed-")
        cls.addClassCleanup(folder.cleanup)
        cls.folder = pathlib.Path(folder.name)
        cls.anchors, cls.anchors_of, cls.files, cls.denials, cls.signers = [], {}, {}, {}, {}
        for number, (denial, algorithm, signer) in enumerate(VARIANTS):
            cls.add_zone(f"v{number}.zz.", denial, algorithm, signer)

    def setUp(self):
        super().setUp()
        self.primary = LockstepPrimary(self, "ns1")
        self.primary.zones = {zone: _File(path) for zone, path in self.files.items()}

    @classmethod
    def add_zone(cls, origin, denial, algorithm, signer):
        """With a signed and an unsigned zone below it, on the same server."""
        cls.denials[origin], cls.signers[origin] = denial, signer
        texts = {f"kept.{origin}": CHILD, f"plain.{origin}": CHILD, origin: RECORDS}
        delegations = "plain NS ns1\nns1.plain A 192.0.2.10\nkept NS ns1\nns1.kept A 192.0.2.10\n"
        for name, text in texts.items():
            file = cls.folder / f"{name}zone"
            text = text.format(origin=name) + (delegations if name == origin else "")
            if name.startswith("plain."):
                file.write_text(text)
            else:
                signed = signing.Signed(cls.folder, name, text, denial, algorithm, signer)
                signed.keep(file)
                if name == origin:
                    cls.anchors += signed.ds
                    cls.anchors_of[origin] = signed.ds
                else:
                    delegations += "\n".join(signed.ds) + "\n"
                unbound.verify(cls.folder, name, file)
            cls.files[name] = file

    def resolver(self, server):
        resolver = unbound.Unbound(self, f"resolver-{server.name}", dict.fromkeys(self.files, server.endpoint), self.anchors)
        resolver.start()
        return resolver

    def questions(self, origin, chance):
        """Names of all kinds, then random ones of the zone's own labels."""
        for prefix in ["", "www.", "WWW.", "nothing.", "a.", "ent.x.", "x.", "a.ent.x.", "b.ent.x.", "below.www.", "e.", "d.e.", "b.c.d.e.",
                       "z.c.d.e.", "some.wild.", "some.more.wild.", "wild.", "*.wild.", "sub.wild.", "x.sub.wild.", "ent.wild.",
                       "x.ent.wild.", "foo.alias.", "alias.", "chain.", "gone.", "to-wild.", "ent.dname.", "nope.dname.", "dname.",
                       "upper.", "_25._tcp.", "_tcp.", "svc.", "kept.", "www.kept.", "nope.kept.", "plain.", "www.plain.", "nope.plain.",
                       "way.", "deeper.way.", "x.way."]:
            for rdtype in ("A", "TXT", "DS") if prefix else TYPES:
                if prefix or rdtype != "DS":  # that is the parent's, and there is none
                    yield prefix + origin, rdtype
        for delegation in ("signed.", "open.", "open2.deeper.way."):
            yield delegation + origin, "DS"
        for _ in range(RANDOM_QUESTIONS):
            labels = [chance.choice(LABELS) for _ in range(chance.randint(1, 4))]
            if labels[0] == "*":
                # Unbound 1.17 takes one label too few off such a name, where a wildcard higher up answers for it.
                labels = ["*", "wild"]
            rdtype = chance.choice(TYPES)
            if rdtype == "CNAME" and "dname" in labels[1:]:
                # Unbound asks for the DS of the alias that a DNAME makes, and takes what it gets for bogus, from BIND and Knot too.
                rdtype = "A"
            yield ".".join(labels) + "." + origin, rdtype

    def start_pair(self):
        """The primary, and a secondary that has all zones; returns the latter."""
        secondary = LockstepSecondary(self, "ns2")
        secondary.zones = dict.fromkeys(self.primary.zones)
        link(self.primary, secondary)
        self.primary.start()
        secondary.start()
        for zone in secondary.zones:
            secondary.wait_serial(zone, 1)
        return secondary

    def test_no_answer_is_bogus_and_what_can_be_secure_is(self):
        secondary = self.start_pair()
        seed = int(os.environ.get("LOCKSTEP_SEED", "1"))  # others by hand: what fails once must fail again
        asked = 0
        for server in (self.primary, secondary):
            resolver = self.resolver(server)
            chance = random.Random(seed)
            for origin, denial in self.denials.items():
                for name, rdtype in self.questions(origin, chance):
                    verdict = resolver.verdict(name, rdtype)
                    asked += 1
                    self.assertNotEqual(verdict, "bogus", f"{name} {rdtype}: {resolver.why_bogus()}")
                    if name.endswith(f".plain.{origin}") or (name == f"plain.{origin}" and rdtype != "DS"):
                        self.assertEqual(verdict, "insecure", f"{name} {rdtype}")
                    elif not denial.opt_out:
                        self.assertEqual(verdict, "secure", f"{name} {rdtype} of {denial.name}")
        print(f"{asked} answers validated")

    def test_what_a_secondary_has_is_verified_by_the_tools_of_others(self):
        secondary = self.start_pair()
        for number, origin in enumerate(self.denials):
            dumped = self.directory / f"dumped-{number}.zone"
            dumped.write_text(secondary.dump(origin))
            unbound.verify(self.directory, origin, dumped)

    def test_the_way_of_denial_changes_from_version_to_version_under_questions(self):
        origin = "flips.zz."
        file = _File(self.directory / "flips.zone")
        self.primary.zones = {origin: file}
        ways = [signing.NSEC, signing.NSEC3, signing.NSEC3_OPT_OUT, signing.NSEC, signing.NSEC3_SALTED, signing.NSEC3_OPT_OUT,
                signing.NSEC3]
        text = RECORDS.format(origin=origin)
        chance = random.Random(1)

        secondary = asking = None

        def ask():
            name = ".".join(chance.choice(LABELS) for _ in range(chance.randint(1, 4))) + "." + origin
            answer = query.ask(secondary.endpoint, name, chance.choice(TYPES), dnssec=True)
            self.assertIn(answer.rcode(), (dns.rcode.NOERROR, dns.rcode.NXDOMAIN), name)

        for serial, denial in enumerate(ways, 1):
            folder = self.directory / f"signed-{serial}"
            folder.mkdir()
            signing.Signed(folder, origin, text.replace("hostmaster 1 ", f"hostmaster {serial} "), denial).keep(file.path)
            file.serial = serial
            if asking is None:
                secondary = self.start_pair()
                asking = Repeat(ask)
            else:
                self.primary.reload(origin)
                secondary.wait_serial(origin, serial)
            dumped = folder / "dumped.zone"
            dumped.write_text(secondary.dump(origin))
            self.assertEqual(dumped.read_text(), self.primary.dump(origin))
            unbound.verify(folder, origin, dumped)
        asking.finish()

    def test_delv_fully_validates_answers_and_denials(self):
        self.primary.start()
        for origin, anchors in self.anchors_of.items():
            file = self.directory / "anchors"
            keys = [anchor.split("DS", 1)[1].split() for anchor in anchors]
            file.write_text("trust-anchors {\n" + "".join(
                f'  "{origin}" static-ds {tag} {algorithm} {digest} "{"".join(value)}";\n'
                for tag, algorithm, digest, *value in keys) + "};\n")
            asked = [("www.", "A"), ("chain.", "A"), ("www.", "MX"), ("ent.x.", "A"), ("", "SOA"), ("www.kept.", "A"), ("kept.", "DS")]
            if not self.denials[origin].opt_out:  # which proves nothing about names that are not there
                asked += [("some.wild.", "A"), ("some.wild.", "TXT"), ("nothing.", "A")]
            for prefix, rdtype in asked:
                done = subprocess.run(
                    [find_program("delv"), f"@{self.primary.endpoint.address}", "-p", str(self.primary.endpoint.port), "-a", file,
                     f"+root={origin}", "+vtrace", prefix + origin, rdtype], capture_output=True, text=True, timeout=60, check=False)
                self.assertIn("fully validated", done.stdout, f"{prefix}{origin} {rdtype}: {done.stdout}{done.stderr}")

    def test_opt_out_leaves_no_more_insecure_than_it_must(self):
        """Names that exist, and what they do not have, are secure whatever the zone opts out of."""
        self.primary.start()
        resolver = self.resolver(self.primary)
        for origin, denial in self.denials.items():
            if denial.opt_out:
                for prefix in ("www.", "ent.x.", "alias.", "kept.", "signed."):
                    self.assertEqual(resolver.verdict(prefix + origin, "DS"), "secure", prefix + origin)
                # ldns marks the records, but leaves none of them out.
                expected = "insecure" if self.signers[origin] == "bind" else "secure"
                self.assertEqual(resolver.verdict(f"open.{origin}", "DS"), expected)

    def test_a_referral_proves_what_the_question_for_ds_does(self):
        self.primary.start()
        for origin in self.denials:
            for cut in ("open", "open2.deeper.way"):
                asked = {kind: self.proofs(name, rdtype) for kind, name, rdtype in
                         [("referral", f"below.{cut}.{origin}", "A"), ("ds", f"{cut}.{origin}", "DS")]}
                self.assertTrue(asked["ds"])
                self.assertEqual(asked["referral"], asked["ds"], f"{cut}.{origin}")

    def proofs(self, name, rdtype):
        answer = query.ask(self.primary.endpoint, name, rdtype, dnssec=True)
        self.assertEqual(answer.rcode(), dns.rcode.NOERROR)
        return sorted(str(rrset) for rrset in answer.authority if " NSEC" in str(rrset))


class _File:
    """A master file that is there already."""

    def __init__(self, path, serial=1):
        self.path, self.serial = path, serial


if __name__ == "__main__":
    unittest.main()
