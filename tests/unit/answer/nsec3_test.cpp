// Proofs by hashed names, with the zone and the cases of RFC 5155 Appendices A and B; signatures are left
// out.

#include "fixture.hpp"

using namespace lockstep;
using namespace lockstep::test;

namespace {

/// One NSEC3 record covers all of it.
const std::string smallest_zone = R"(
@ 3600 SOA ns1 host 1 3600 300 3600000 3600
@ 3600 NS ns1
ns1 3600 A 192.0.2.1
@ 3600 NSEC3PARAM 1 0 12 aabbccdd
0p9mhaveqvm6t7vbl5lop2u3t2rp3tom 3600 NSEC3 1 0 12 aabbccdd 0p9mhaveqvm6t7vbl5lop2u3t2rp3tom NS SOA
)";

struct Fixture : Server {
    Fixture() {
        std::string text = R"(
@         3600 SOA  ns1 bugs.x.w 1 3600 300 3600000 3600
@         3600 NS   ns1
@         3600 NS   ns2
@         3600 MX   1 xx
@         3600 NSEC3PARAM 1 0 12 aabbccdd
a         3600 NS   ns1.a
a         3600 NS   ns2.a
a         3600 DS   58470 5 1 3079f1593ebad6dc121e202a8b766a6a4837206c
a         3600 RRSIG DS 7 2 3600 20150420235959 20051021000000 40430 example. AAAA
ns1.a     3600 A    192.0.2.5
ns2.a     3600 A    192.0.2.6
ai        3600 A    192.0.2.9
c         3600 NS   ns1.c
c         3600 NS   ns2.c
ns1.c     3600 A    192.0.2.7
ns2.c     3600 A    192.0.2.8
ns1       3600 A    192.0.2.1
ns2       3600 A    192.0.2.2
*.w       3600 MX   1 ai
x.w       3600 MX   1 xx
x.y.w     3600 MX   1 xx
xx        3600 A    192.0.2.10
)";
        const std::vector<std::pair<std::string, std::string>> chain{
            {"0p9mhaveqvm6t7vbl5lop2u3t2rp3tom", "MX DNSKEY NS SOA NSEC3PARAM RRSIG"},
            {"2t7b4g4vsa5smi47k61mv5bv1a22bojr", "A RRSIG"},
            {"2vptu5timamqttgl4luu9kg21e0aor3s", "MX RRSIG"},
            {"35mthgpgcu1qg68fab165klnsnk3dpvl", "NS DS RRSIG"},
            {"b4um86eghhds6nea196smvmlo4ors995", "MX RRSIG"},
            {"gjeqe526plbf1g8mklp59enfd789njgi", "A RRSIG"},
            {"ji6neoaepv8b5o6k4ev33abha8ht9fgc", ""},
            {"k8udemvp1j2f7eg6jebps17vp3n8i58h", ""},
            {"q04jkcevqvmu85r014c7dkba38o0ji5r", "A RRSIG"},
            {"r53bq7cc2uvmubfu5ocmm6pers9tk9en", "MX RRSIG"},
            {"t644ebqk9bibcna874givr6joj62mlhv", "A RRSIG"}};
        for (std::size_t i = 0; i < chain.size(); ++i) {
            text += fmt::format("{} 3600 NSEC3 1 1 12 aabbccdd {} {}\n", chain[i].first,
                                chain[(i + 1) % chain.size()].first, chain[i].second);
        }
        serve("example.", text);
    }
    Answered ask(std::string asked, RrType type = RrType::A) {
        return udp({.name = std::move(asked), .type = type, .dnssec_ok = true});
    }
    /// The first four characters of each NSEC3's owner, in order.
    static std::string proofs(const Answered& reply) {
        std::string text;
        for (const auto& line : reply.authority) {
            if (line.find(" NSEC3 ") != std::string::npos)
                text += (text.empty() ? "" : " ") + line.substr(0, 4);
        }
        return text;
    }
};

}  // namespace

TEST_CASE_METHOD(Fixture, "NXDOMAIN: closest encloser, next closer, wildcard (B.1)", "[answer][rfc5155]") {
    const auto reply = ask("a.c.x.w.example.");
    CHECK(reply.rcode() == "NXDOMAIN");
    CHECK(proofs(reply) == "b4um 0p9m 35mt");
    CHECK(reply.authority.front().starts_with("example. 3600 SOA"));
    CHECK(udp({.name = "a.c.x.w.example.", .edns = true}).authority.size() == 1);
}

TEST_CASE_METHOD(Fixture, "no data: the name's own, an empty non-terminal's too (B.2)", "[answer][rfc5155]") {
    CHECK(proofs(ask("ns1.example.", RrType::MX)) == "2t7b");
    const auto reply = ask("y.w.example.");
    CHECK(reply.rcode() == "NOERROR");
    CHECK(proofs(reply) == "ji6n");
    CHECK(proofs(ask("NS1.Example.", RrType::MX)) == "2t7b");
}

TEST_CASE_METHOD(Fixture, "a referral without DS is proved by the closest encloser with opt-out (B.3)",
                 "[answer][rfc5155]") {
    CHECK(proofs(ask("mc.c.example.", RrType::MX)) == "0p9m 35mt");
    // For DS at the cut the same (§7.2.4).
    CHECK(proofs(ask("c.example.", RrType::DS)) == "0p9m 35mt");
    CHECK(proofs(ask("mc.a.example.", RrType::MX)).empty());
}

TEST_CASE_METHOD(Fixture, "a wildcard's answer proves that nothing closer is there (B.4)",
                 "[answer][rfc5155]") {
    const auto reply = ask("a.z.w.example.", RrType::MX);
    CHECK(reply.answer.size() == 1);
    CHECK(proofs(reply) == "q04j");
}

TEST_CASE_METHOD(Fixture, "a wildcard without the type: encloser, next closer, wildcard (B.5)",
                 "[answer][rfc5155]") {
    CHECK(proofs(ask("a.z.w.example.", RrType::AAAA)) == "k8ud q04j r53b");
}

TEST_CASE_METHOD(Fixture, "DS at the apex of a zone whose parent is elsewhere (B.6)", "[answer][rfc5155]") {
    CHECK(proofs(ask("example.", RrType::DS)) == "0p9m");
}

TEST_CASE_METHOD(Fixture, "owners of NSEC3 records do not exist by these alone (7.2.8)",
                 "[answer][rfc5155]") {
    for (const auto* owner :
         {"0p9mhaveqvm6t7vbl5lop2u3t2rp3tom.example.", "x.0p9mhaveqvm6t7vbl5lop2u3t2rp3tom.example."}) {
        for (const auto type : {RrType::NSEC3, RrType::A, RrType::ANY, RrType::RRSIG}) {
            const auto reply = ask(owner, type);
            CHECK(reply.rcode() == "NXDOMAIN");
            CHECK(proofs(reply).substr(0, 4) == "0p9m");
        }
    }
    serve("example.", smallest_zone + "x.0p9mhaveqvm6t7vbl5lop2u3t2rp3tom 3600 A 192.0.2.7\n");
    CHECK(ask("0p9mhaveqvm6t7vbl5lop2u3t2rp3tom.example.").rcode() == "NOERROR");
    CHECK(ask("x.0p9mhaveqvm6t7vbl5lop2u3t2rp3tom.example.").answer.size() == 1);
    CHECK(ask("y.0p9mhaveqvm6t7vbl5lop2u3t2rp3tom.example.").rcode() == "NXDOMAIN");
}

TEST_CASE_METHOD(Fixture, "a record that proves two things comes once", "[answer][rfc5155]") {
    serve("example.", smallest_zone);
    CHECK(proofs(ask("a.b.c.example.")) == "0p9m");
}
