// Proofs by hashed names, with the zone and the cases of RFC 5155 Appendices A and B; signatures are left
// out.

#include "zone/nsec3.hpp"

#include "fixture.hpp"

#include <ctime>

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

struct Nsec3Fixture : Server {
    Nsec3Fixture() {
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

TEST_CASE_METHOD(Nsec3Fixture, "NXDOMAIN: closest encloser, next closer, wildcard (B.1)",
                 "[answer][rfc5155]") {
    const auto reply = ask("a.c.x.w.example.");
    CHECK(reply.rcode() == "NXDOMAIN");
    CHECK(proofs(reply) == "b4um 0p9m 35mt");
    CHECK(reply.authority.front().starts_with("example. 3600 SOA"));
    CHECK(udp({.name = "a.c.x.w.example.", .edns = true}).authority.size() == 1);
}

TEST_CASE_METHOD(Nsec3Fixture, "no data: the name's own, an empty non-terminal's too (B.2)",
                 "[answer][rfc5155]") {
    CHECK(proofs(ask("ns1.example.", RrType::MX)) == "2t7b");
    const auto reply = ask("y.w.example.");
    CHECK(reply.rcode() == "NOERROR");
    CHECK(proofs(reply) == "ji6n");
    CHECK(proofs(ask("NS1.Example.", RrType::MX)) == "2t7b");
}

TEST_CASE_METHOD(Nsec3Fixture, "a referral without DS is proved by the closest encloser with opt-out (B.3)",
                 "[answer][rfc5155]") {
    CHECK(proofs(ask("mc.c.example.", RrType::MX)) == "0p9m 35mt");
    // For DS at the cut the same (§7.2.4).
    CHECK(proofs(ask("c.example.", RrType::DS)) == "0p9m 35mt");
    CHECK(proofs(ask("mc.a.example.", RrType::MX)).empty());
}

TEST_CASE_METHOD(Nsec3Fixture, "a wildcard's answer proves that nothing closer is there (B.4)",
                 "[answer][rfc5155]") {
    const auto reply = ask("a.z.w.example.", RrType::MX);
    CHECK(reply.answer.size() == 1);
    CHECK(proofs(reply) == "q04j");
}

TEST_CASE_METHOD(Nsec3Fixture, "a wildcard without the type: encloser, next closer, wildcard (B.5)",
                 "[answer][rfc5155]") {
    CHECK(proofs(ask("a.z.w.example.", RrType::AAAA)) == "k8ud q04j r53b");
}

TEST_CASE_METHOD(Nsec3Fixture, "DS at the apex of a zone whose parent is elsewhere (B.6)",
                 "[answer][rfc5155]") {
    CHECK(proofs(ask("example.", RrType::DS)) == "0p9m");
}

TEST_CASE_METHOD(Nsec3Fixture, "owners of NSEC3 records do not exist by these alone (7.2.8)",
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

TEST_CASE_METHOD(Nsec3Fixture, "a record that proves two things comes once", "[answer][rfc5155]") {
    serve("example.", smallest_zone);
    CHECK(proofs(ask("a.b.c.example.")) == "0p9m");
}

TEST_CASE("an apex has room for hashes up to 222 octets, and no proof from there on",
          "[answer][rfc5155][CVE-2014-0591][Knot-3.5.4]") {
    Nsec3Hasher hasher;
    for (std::size_t octets = 200; octets <= 255; ++octets) {
        INFO("apex of " << octets);
        const std::string label(63, 'a');
        const std::string text =
            label + "." + label + "." + label + "." + std::string(octets - 3 * 64 - 2, 'b') + ".";
        const Name apex = name(text);
        REQUIRE(apex.octets().size() == octets);
        const auto hash = nsec3_label(hasher.hash({}, apex));
        const std::string owner(as_text(hash));
        std::string zone_text = "@ 60 SOA ns.x. host.x. 1 2 3 4 5\n@ 60 NS ns.x.\n@ 0 NSEC3PARAM 1 0 0 -\n";
        if (octets <= 222) zone_text += fmt::format("{} 60 NSEC3 1 0 0 - {} NS SOA\n", owner, owner);
        Server server;
        server.serve(text, zone_text);
        const auto proofs = [&](const std::string& asked, const char* rcode) {
            const auto reply = server.tcp({.name = asked, .dnssec_ok = true});
            CHECK(reply.rcode() == rcode);
            return reply.authority.size();
        };
        const std::size_t wanted = octets <= 222 ? 2 : 1;  // SOA, NSEC3
        CHECK(proofs(text, "NOERROR") == wanted);
        if (octets <= 253) CHECK(proofs("x." + text, "NXDOMAIN") == wanted);
        std::string longest = text;  // of 255 octets, if 254 are not all that fit
        while (name(longest).octets().size() <= 253)
            longest = "y." + longest;
        if (longest != text) CHECK(proofs(longest, "NXDOMAIN") == wanted);
    }
}

TEST_CASE("a name of many labels costs as many hashes as one of few", "[answer][rfc9276][CVE-2023-50868]") {
    Server server;
    Nsec3Hasher hasher;
    const std::string owner(
        as_text(nsec3_label(hasher.hash({.iterations = 50, .salt = {}}, name("example.")))));
    server.serve("example.",
                 fmt::format("@ 60 SOA ns.x. host.x. 1 2 3 4 5\n@ 60 NS ns.x.\n@ 0 NSEC3PARAM 1 0 50 -\n"
                             "{} 60 NSEC3 1 0 50 - {} NS SOA\n",
                             owner, owner));
    const auto cost = [&](const std::string& asked) {
        const OctetString query = octets_of({.name = asked, .dnssec_ok = true});
        OctetString out(1232);
        const std::clock_t started = std::clock();  // CPU time: the machine may be busy
        for (int i = 0; i < 2000; ++i)
            REQUIRE(server.datagram(query, out) > 0);
        return std::clock() - started;
    };
    std::string deep = "example.";
    while (deep.size() < 250)
        deep = "a." + deep;
    (void)cost("a.example.");
    CHECK(cost(deep) < 4 * cost("a.example.") + CLOCKS_PER_SEC / 20);
}
