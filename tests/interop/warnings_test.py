"""Wherever named-checkzone warns of a zone or refuses it, checkzone says something too; and it is silent of sound ones.

Left out: what hangs on the clock (signatures that have expired), on names of other zones (-i full), and BIND's list of
algorithms that it no longer likes.
"""

import subprocess
import unittest

from lockstep_test.case import ServerTest
from lockstep_test.lockstep import LockstepPrimary
from lockstep_test.server import find_program

HEAD = "$TTL 300\n@ SOA {soa}\n@ NS ns\nns A 192.0.2.1\n"
SOA = "ns h 1 7200 3600 1209600 300"
DIGEST = "0" * 64

# What both say something about: records behind the head, and words of what we say.
BOTH = {
    "glue that is missing": ("sub NS ns.sub", "NS target ns.sub.example.com. has no address"),
    "a sibling's glue that is missing": ("a NS ns.b\nb NS ns.b", "NS target ns.b.example.com. has no address"),
    "a name server without address": ("@ NS ns2", "NS target ns2.example.com. has no address"),
    "a name server that is an alias": ("@ NS ns2\nns2 CNAME ns", "NS target ns2.example.com. is a CNAME"),
    "a delegation to an alias": ("sub NS x\nx CNAME ns", "NS target x.example.com. is a CNAME"),
    "a name server below a DNAME": ("@ NS x.d\nd DNAME example.org.", "NS target x.d.example.com. has no address"),
    "a mail server that is an alias": ("@ MX 1 m\nm CNAME ns", "MX target m.example.com. is a CNAME"),
    "a mail server without address": ("@ MX 1 m", "MX target m.example.com. has no address"),
    "a mail server below a DNAME": ("@ MX 1 m.d\nd DNAME example.org.", "MX target m.d.example.com. has no address"),
    "a mail server by its address": ("@ MX 1 192.0.2.1", "MX target 192.0.2.1.example.com. is an address"),
    "a mail server by its address and a dot": ("@ MX 1 192.0.2.1.", "MX target 192.0.2.1. is an address"),
    "a mail server by its IPv6 address": ("@ MX 1 2001:db8::1.", "MX target 2001:db8::1. is no host name"),
    "a mail server that is no host name": ("@ MX 1 a_b.example.org.", "MX target a_b.example.org. is no host name"),
    "a service at an alias": ("_s._tcp SRV 0 0 1 m\nm CNAME ns", "SRV target m.example.com. is a CNAME"),
    "a service without address": ("_s._tcp SRV 0 0 1 m", "SRV target m.example.com. has no address"),
    "a service at what is no host name": ("_s._tcp SRV 0 0 1 a_b.example.org.", "SRV target a_b.example.org. is no host"),
    "a name server that is no host name": ("@ NS n_s.example.org.", "NS target n_s.example.org. is no host name"),
    "an A of no host name": ("a_b A 192.0.2.2", "has A and is no host name"),
    "an AAAA of no host name": ("-a AAAA ::1", "has AAAA and is no host name"),
    "an MX of no host name": ("a_b MX 1 ns", "has MX and is no host name"),
    "two TTLs in an RRset": ("a 60 A 192.0.2.2\na 61 A 192.0.2.3", "the TTL 61 is not served"),
    "two TTLs in an RRset with others between": ("a 60 A 192.0.2.2\na TXT x\na 61 A 192.0.2.3", "the TTL 61 is not served"),
    "a wildcard that is none": ("a.*.b TXT x", "holds a * that is no wildcard"),
    "SPF without TXT": ('@ SPF "v=spf1 -all"', "SPF without the TXT"),
    "DS at the apex": (f"@ DS 1 8 2 {DIGEST}", "DS at the apex"),
    "a wildcard that delegates": ("*.w NS ns", "NS at a wildcard"),
    "an obsolete type": ("a MD ns", "MD is obsolete"),
    "CDS without a key": (f"@ CDS 1 8 2 {DIGEST}", "CDS without DNSKEY"),
    "CNAME and other data": ("a CNAME ns\na A 192.0.2.2", "CNAME and other data"),
    "CNAME and DNAME": ("a CNAME ns\na DNAME example.org.", "CNAME and other data"),
    "two CNAMEs": ("a CNAME ns\na CNAME b", "more than one CNAME"),
    "two DNAMEs": ("a DNAME example.org.\na DNAME example.net.", "more than one DNAME"),
    "a DNAME above the name server": ("@ DNAME example.org.", "stands below the DNAME"),
    "two SOAs": ("@ SOA ns h 2 7200 3600 1209600 300", "a second SOA"),
    "an owner outside": ("a.example.org. A 192.0.2.1", "is outside the zone"),
    "a TTL of 32 bits": ("a 3000000000 A 192.0.2.2", "more than the largest TTL"),
    "an unknown type": ("a FOOBAR x", "is not a record type"),
    "a parenthesis left open": ("a TXT ( x", "not closed"),
    "a meta type": ("a ANY x", "cannot stand in a zone"),
}
# What we alone say something about, or BIND as loudly as we only where it is worse.
WE_ALONE = {
    "a dot forgotten": ("ns1.example.com A 192.0.2.3", "has no final dot"),
    "DS without NS": (f"d DS 1 8 2 {DIGEST}", "DS without NS"),
    "an address below a cut": ("sub NS ns\nx.sub A 192.0.2.2", "is never answered: it is no glue"),
    "other data below a cut": ("sub NS ns.sub\nns.sub A 192.0.2.2\nns.sub TXT x", "TXT below the zone cut"),
    "other data at a cut": ("sub NS ns\nsub MX 1 ns", "MX at a zone cut"),
    "a name below a DNAME": ("d DNAME example.org.\nx.d A 192.0.2.2", "stands below the DNAME"),
    "DNAME and NS": ("d DNAME example.org.\nd NS ns", "DNAME at a zone cut"),
    "a wildcard DNAME": ("*.w DNAME example.org.", "DNAME at a wildcard"),
}
TIMERS = {
    "RETRY above REFRESH": ("ns h 1 3600 7200 1209600 300", "RETRY 7200 is not below"),
    "a short EXPIRE": ("ns h 1 7200 3600 7200 300", "EXPIRE 7200 is less"),
    "a long MINIMUM": ("ns h 1 7200 3600 1209600 604800", "MINIMUM 604800"),
    "an @ in RNAME": ("ns h@example.org. 1 7200 3600 1209600 300", "has an @"),
    "MNAME an alias": ("x h 1 7200 3600 1209600 300\nx CNAME ns", "SOA target x.example.com. is a CNAME"),
}
SOUND = {
    "the head": "",
    "a null MX": "@ MX 0 .",
    "glue": "sub NS ns.sub\nns.sub A 192.0.2.2",
    "SPF with TXT": '@ SPF "v=spf1 -all"\n@ TXT "v=spf1 -all"',
    "a wildcard": "*.w A 192.0.2.2",
    "a service": "_s._tcp SRV 0 0 1 ns",
    "a signed delegation": f"sub NS ns\nsub DS 1 8 2 {DIGEST}",
    "a duplicate": "a A 192.0.2.2\na A 192.0.2.2",
}


class Warnings(ServerTest):
    def setUp(self):
        super().setUp()
        self.primary = LockstepPrimary(self, "ns1")

    def said(self, records, soa=SOA):
        """What named-checkzone says of the zone, and what we say; of a zone that is fine nothing."""
        file = self.directory / "zone"
        file.write_text(HEAD.format(soa=soa) + f"{records}\n")
        bind = subprocess.run([find_program("named-checkzone"), "-i", "local", *"-k warn -m warn -M warn -n warn -r warn -S "
                               "warn -T warn -W warn".split(), "example.com", file], capture_output=True, text=True, check=False)
        theirs = [line for line in (bind.stdout + bind.stderr).splitlines()
                  if line != "OK" and not line.startswith("zone example.com/IN: loaded serial")]
        we = self.primary.run("checkzone", "example.com.", file)
        ours = [line for line in (we.stdout + we.stderr).splitlines() if ": warning: " in line or ": error: " in line]
        self.assertEqual(we.returncode != 0, any(": error: " in line for line in ours), we.stdout + we.stderr)
        return theirs, ours

    def assert_told(self, ours, words):
        self.assertTrue(any(words in line for line in ours), f"{words!r} is not in {ours}")

    def test_where_bind_says_something_we_do(self):
        for what, (records, words) in BOTH.items():
            with self.subTest(what):
                theirs, ours = self.said(records)
                self.assertNotEqual(theirs, [])
                self.assert_told(ours, words)

    def test_what_we_alone_tell(self):
        for what, (records, words) in WE_ALONE.items():
            with self.subTest(what):
                theirs, ours = self.said(records)
                self.assertEqual(theirs, [])
                self.assert_told(ours, words)

    def test_timers(self):
        for what, (soa, words) in TIMERS.items():
            with self.subTest(what):
                self.assert_told(self.said("", soa)[1], words)

    def test_nobody_complains_of_what_is_sound(self):
        for what, records in SOUND.items():
            with self.subTest(what):
                self.assertEqual(self.said(records), ([], []))


if __name__ == "__main__":
    unittest.main()
