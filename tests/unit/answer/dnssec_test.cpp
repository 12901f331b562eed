// What a signed zone adds for those who ask for it: RFC 4035 §3.1. Signatures here are made up: answering
// does not verify them.

#include "fixture.hpp"

using namespace lockstep;
using namespace lockstep::test;

namespace {

std::string rrsig(std::string_view type, unsigned labels) {
    return fmt::format("RRSIG {} 8 {} 300 20300101000000 20200101000000 1 example. AAAA", type, labels);
}

struct DnssecFixture : Server {
    DnssecFixture() {
        std::string text = R"(
@      300 SOA  ns1 host 7 3600 600 86400 60
@      300 NS   ns1
@      60  NSEC b NS SOA RRSIG NSEC
b      300 A    192.0.2.1
b      60  NSEC cut A RRSIG NSEC
*.w    300 A    192.0.2.2
*.w    60  NSEC @ A RRSIG NSEC
cut    300 NS   ns.cut
cut    300 DS   1 8 1 ABABABABABABABABABABABABABABABABABABABAB
cut    60  NSEC z.ent NS DS RRSIG NSEC
ns.cut 300 A    192.0.2.3
open   300 NS   ns.open
open   60  NSEC *.w NS RRSIG NSEC
ns.open 300 A   192.0.2.4
z.ent  300 A    192.0.2.5
z.ent  60  NSEC open A RRSIG NSEC
)";
        for (const auto* type : {"SOA", "NS", "NSEC"})
            text += "@ 300 " + rrsig(type, 1) + "\n";
        for (const auto* owner : {"b", "z.ent", "*.w"})
            text += fmt::format("{} 300 {}\n{} 60 {}\n", owner, rrsig("A", 2), owner, rrsig("NSEC", 2));
        text += "cut 300 " + rrsig("DS", 2) + "\ncut 60 " + rrsig("NSEC", 2) + "\nopen 60 " +
                rrsig("NSEC", 2) + "\n";
        serve("example.", text);
    }
    Lines owners_and_types(const Lines& lines) {
        Lines brief;
        for (const auto& line : lines) {
            const auto words = words_of(line);
            std::string text = std::string(words[0].text) + " " + std::string(words[2].text);
            if (words[2].text == "RRSIG") text += " " + std::string(words[3].text);
            brief.push_back(text);
        }
        return brief;
    }
    Answered ask(std::string asked, RrType type = RrType::A) {
        return udp({.name = std::move(asked), .type = type, .dnssec_ok = true});
    }
};

}  // namespace

TEST_CASE_METHOD(DnssecFixture, "Without DO there are no signatures and no NSEC", "[answer][rfc4035]") {
    CHECK(udp({.name = "b.example.", .edns = true}).answer.size() == 1);
    CHECK(udp({.name = "c.example.", .edns = true}).authority.size() == 1);
    CHECK(udp({.name = "x.cut.example.", .edns = true}).authority.size() == 1);
}

TEST_CASE_METHOD(DnssecFixture, "With DO an answer carries its signature", "[answer][rfc4035]") {
    CHECK(owners_and_types(ask("b.example.").answer) == Lines{"b.example. A", "b.example. RRSIG A"});
    CHECK(owners_and_types(ask("b.example.", RrType::NSEC).answer) ==
          Lines{"b.example. NSEC", "b.example. RRSIG NSEC"});
    CHECK(ask("example.", RrType::RRSIG).answer.size() == 3);
}

TEST_CASE_METHOD(DnssecFixture, "With DO no data is proved by the name's own NSEC", "[answer][rfc4035]") {
    CHECK(owners_and_types(ask("b.example.", RrType::TXT).authority) ==
          Lines{"example. SOA", "example. RRSIG SOA", "b.example. NSEC", "b.example. RRSIG NSEC"});
    // An empty non-terminal has none: the one before it covers it.
    CHECK(owners_and_types(ask("ent.example.").authority) ==
          Lines{"example. SOA", "example. RRSIG SOA", "cut.example. NSEC", "cut.example. RRSIG NSEC"});
}

TEST_CASE_METHOD(DnssecFixture, "With DO NXDOMAIN is proved for the name and for the wildcard",
                 "[answer][rfc4035]") {
    CHECK(owners_and_types(ask("c.example.").authority) == Lines{"example. SOA", "example. RRSIG SOA",
                                                                 "b.example. NSEC", "b.example. RRSIG NSEC",
                                                                 "example. NSEC", "example. RRSIG NSEC"});
    // Glue has no NSEC: the one of the cut before it covers what follows.
    CHECK(owners_and_types(ask("p.example.").authority)[2] == "open.example. NSEC");
}

TEST_CASE_METHOD(DnssecFixture, "With DO the proof is found past hundreds of occluded names",
                 "[answer][rfc4035]") {
    std::string text = R"(
@      300 SOA  ns1 host 7 3600 600 86400 60
@      300 NS   ns1
@      60  NSEC cut NS SOA RRSIG NSEC
cut    300 NS   ns1.cut
cut    60  NSEC dname NS RRSIG NSEC
dname  300 DNAME elsewhere.test.
dname  60  NSEC ns1 DNAME RRSIG NSEC
ns1    300 A    192.0.2.1
ns1    60  NSEC @ A RRSIG NSEC
)";
    for (int i = 0; i < 600; ++i)
        text += fmt::format("ns{}.cut 300 A 192.0.2.1\nocc{}.deep.dname 300 A 192.0.2.1\n", i, i);
    serve("example.", text);
    CHECK(owners_and_types(ask("d.example.").authority)[1] == "cut.example. NSEC");
    CHECK(owners_and_types(ask("e.example.").authority)[1] == "dname.example. NSEC");
}

TEST_CASE_METHOD(DnssecFixture, "With DO a wildcard answer proves that nothing closer is there",
                 "[answer][rfc4035]") {
    const auto reply = ask("x.w.example.");
    CHECK(owners_and_types(reply.answer) == Lines{"x.w.example. A", "x.w.example. RRSIG A"});
    CHECK(owners_and_types(reply.authority) == Lines{"*.w.example. NSEC", "*.w.example. RRSIG NSEC"});
}

TEST_CASE_METHOD(DnssecFixture, "With DO the proof for a wildcard on the way comes behind the whole answer",
                 "[answer][rfc4035]") {
    serve("example.", R"(
@      300 SOA   ns1 host 7 3600 600 86400 60
@      300 NS    ns1
@      60  NSEC  *.alias NS SOA RRSIG NSEC
*.alias 300 CNAME b
*.alias 60 NSEC  *.cut CNAME RRSIG NSEC
*.cut  300 CNAME x.sub
*.cut  60  NSEC  b CNAME RRSIG NSEC
b      300 A     192.0.2.1
b      60  NSEC  ns1 A RRSIG NSEC
ns1    300 A     192.0.2.1
ns1    60  NSEC  sub A RRSIG NSEC
sub    300 NS    ns.sub
sub    60  NSEC  @ NS RRSIG NSEC
ns.sub 300 A     192.0.2.9
)");
    const auto reply = ask("x.alias.example.");
    CHECK(owners_and_types(reply.answer) == Lines{"x.alias.example. CNAME", "b.example. A"});
    CHECK(owners_and_types(reply.authority) == Lines{"*.alias.example. NSEC"});
    const auto referral = ask("x.cut.example.");
    CHECK(owners_and_types(referral.answer) == Lines{"x.cut.example. CNAME"});
    CHECK(owners_and_types(referral.authority) ==
          Lines{"sub.example. NS", "sub.example. NSEC", "*.cut.example. NSEC"});
    CHECK(owners_and_types(referral.additional) == Lines{"ns.sub.example. A"});
}

TEST_CASE_METHOD(DnssecFixture, "With DO a referral says whether it is signed", "[answer][rfc4035]") {
    CHECK(owners_and_types(ask("x.cut.example.").authority) ==
          Lines{"cut.example. NS", "cut.example. DS", "cut.example. RRSIG DS"});
    CHECK(owners_and_types(ask("x.open.example.").authority) ==
          Lines{"open.example. NS", "open.example. NSEC", "open.example. RRSIG NSEC"});
}
