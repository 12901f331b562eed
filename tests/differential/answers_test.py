"""What the normaliser takes for equal, and what it does not."""

import sys
import pathlib
import unittest

import dns.flags
import dns.message
import dns.name
import dns.rdatatype

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))

import answers
from questions import Question
from zone_model import Content, Record, Zone

ZONE = Zone("example.", [
    Record("example.", 300, "SOA", "ns.example. h.example. 1 3600 600 864000 60"),
    Record("example.", 300, "NS", "ns.example."),
    Record("ns.example.", 300, "A", "192.0.2.1"),
    Record("*.w.example.", 300, "A", "192.0.2.2"),
])
CONTENT = Content([ZONE])


def reply(text, rdtype="A", name="www.example.", flags="QR AA", rcode="NOERROR"):
    """The Answer that a reply with the sections in `text` makes, over the wire."""
    question = Question(dns.name.from_text(name), dns.rdatatype.from_text(rdtype))
    message = dns.message.from_text(f"id 1\nopcode QUERY\nrcode {rcode}\nflags {flags}\n;QUESTION\n{name} IN {rdtype}\n{text}",
                                    one_rr_per_rrset=True)
    return answers.read(message.to_wire(), question, question.wire(1), CONTENT)


class Normalised(unittest.TestCase):
    def differing(self, one, other, **options):
        return reply(one, **options).differs_from(reply(other, **options))

    def test_order_of_records_and_case_of_names_do_not_count(self):
        one = ";ANSWER\nwww.example. 60 IN A 192.0.2.1\nwww.example. 60 IN A 192.0.2.2"
        other = ";ANSWER\nWWW.example. 60 IN A 192.0.2.2\nwww.EXAMPLE. 60 IN A 192.0.2.1"
        self.assertEqual(self.differing(one, other), set())

    def test_case_of_text_counts(self):
        text = ';ANSWER\nwww.example. 60 IN TXT "a"'
        self.assertEqual(self.differing(text, text.replace('"a"', '"A"'), rdtype="TXT"), {"answer"})

    def test_ttl_counts(self):
        self.assertEqual(self.differing(";ANSWER\nwww.example. 60 IN A 192.0.2.1", ";ANSWER\nwww.example. 61 IN A 192.0.2.1"),
                         {"answer"})

    def test_order_of_aliases_counts(self):
        first, second = "www.example. 60 IN CNAME a.example.", "a.example. 60 IN CNAME b.example."
        self.assertEqual(self.differing(f";ANSWER\n{first}\n{second}", f";ANSWER\n{second}\n{first}"), {"chain"})

    def test_a_repeated_record_counts(self):
        line = "www.example. 60 IN A 192.0.2.1\n"
        self.assertEqual(self.differing(f";ANSWER\n{line}", f";ANSWER\n{line}{line}"), {"duplicates"})

    def test_rcode_and_aa_count(self):
        self.assertEqual(reply("").differs_from(reply("", rcode="NXDOMAIN")), {"rcode"})
        self.assertEqual(reply("").differs_from(reply("", flags="QR")), {"aa"})

    def test_ra_counts(self):
        self.assertEqual(reply("").differs_from(reply("", flags="QR AA RA")), {"header"})

    def test_name_servers_beside_a_positive_answer_do_not_count(self):
        data = ";ANSWER\nwww.example. 60 IN A 192.0.2.1\n"
        self.assertEqual(self.differing(data, f"{data};AUTHORITY\nexample. 300 IN NS ns.example."), set())

    def test_name_servers_of_a_referral_count(self):
        cut = ";AUTHORITY\nwww.example. 300 IN NS ns.www.example.\n"
        self.assertEqual(self.differing(cut, cut.replace("ns.www", "ns2.www"), flags="QR"), {"authority"})

    def test_name_servers_where_an_alias_leads_below_a_cut_count(self):
        alias = ";ANSWER\nwww.example. 60 IN CNAME a.sub.example.\n"
        self.assertEqual(self.differing(alias, f"{alias};AUTHORITY\nsub.example. 300 IN NS ns.sub.example."), {"authority"})

    def test_soa_of_a_negative_answer_counts_with_its_ttl(self):
        soa = ";AUTHORITY\nexample. 60 IN SOA ns.example. h.example. 1 3600 600 864000 60"
        self.assertEqual(self.differing(soa, soa.replace(" 60 IN", " 300 IN")), {"authority"})

    def test_glue_below_the_cut_counts_and_sibling_glue_does_not(self):
        cut = ";AUTHORITY\nwww.example. 300 IN NS ns.www.example.\nwww.example. 300 IN NS ns.example.\n;ADDITIONAL\n"
        sibling, inner = "ns.example. 300 IN A 192.0.2.1\n", "ns.www.example. 300 IN A 192.0.2.9\n"
        self.assertEqual(self.differing(cut, cut + sibling, flags="QR"), set())
        self.assertEqual(self.differing(cut + sibling, cut + sibling + inner, flags="QR") - {"unfounded"}, {"glue"})

    def test_an_additional_record_that_no_zone_has_counts(self):
        data = ";ANSWER\nwww.example. 60 IN MX 1 ns.example.\n;ADDITIONAL\n"
        self.assertEqual(self.differing(data, f"{data}ns.example. 300 IN A 192.0.2.1", rdtype="MX"), set())
        self.assertEqual(self.differing(data, f"{data}ns.example. 300 IN A 192.0.2.7", rdtype="MX"), {"unfounded"})
        self.assertEqual(self.differing(data, f"{data}ns.example. 301 IN A 192.0.2.1", rdtype="MX"), {"unfounded"})
        self.assertEqual(self.differing(data, f"{data}x.w.example. 300 IN A 192.0.2.2", rdtype="MX"), set())

    def test_the_question_comes_back_octet_by_octet(self):
        question = Question(dns.name.from_text("www.example."), dns.rdatatype.A)
        message = dns.message.from_text("id 1\nopcode QUERY\nrcode NOERROR\nflags QR AA\n;QUESTION\nWWW.example. IN A")
        changed = answers.read(message.to_wire(), question, question.wire(1), CONTENT)
        self.assertEqual(changed.differs_from(reply("")), {"header"})

    def test_silence_and_garbage_differ_from_an_answer(self):
        question = Question(dns.name.from_text("www.example."), dns.rdatatype.A)
        for octets in (None, b"\0\1", b"\0\1\x84\0\0\1\0\1\0\0\0\0"):
            self.assertIn("rcode", answers.read(octets, question, question.wire(1), CONTENT).differs_from(reply("")))


class Truncated(unittest.TestCase):
    def verdict(self, size, cut, rdtype="A", lost=False):
        question = Question(dns.name.from_text("www.example."), dns.rdatatype.from_text(rdtype))
        whole = reply(";ANSWER\nwww.example. 60 IN A 192.0.2.1")
        over_udp = reply("" if lost else ";ANSWER\nwww.example. 60 IN A 192.0.2.1")
        whole.size, over_udp.truncated = size, cut
        return answers.truncation(over_udp, whole, question)

    def test_tc_is_needless_where_the_whole_reply_would_have_fitted(self):
        self.assertEqual(self.verdict(512, cut=True), "needless")
        self.assertIsNone(self.verdict(513, cut=True))

    def test_what_is_left_out_without_tc_is_seen(self):
        self.assertEqual(self.verdict(600, cut=False, lost=True), "silent: answer")
        self.assertIsNone(self.verdict(600, cut=False))


if __name__ == "__main__":
    unittest.main()
