// Signed questions: RFC 8945 §5, and who is an oracle (nobody).

#include "fixture.hpp"

using namespace lockstep;
using namespace lockstep::test;

namespace {

struct TsigFixture : Server {
    TsigKeyPtr key = std::make_shared<const TsigKey>(make_key("pair.example."));
    TsigFixture() {
        serve("example.", "@ 3600 SOA ns1 host 7 3600 600 86400 300\n@ 3600 NS ns1\nwww 60 A 192.0.2.3\n");
        AccessPolicy rules;
        rules.keys = *TsigKeyring::make({*key});
        allow(std::move(rules));
    }
    [[nodiscard]] std::size_t answer_to(const OctetString& query, OctetString& out) {
        out.resize(1232);
        const std::size_t size = datagram(query, out);
        out.resize(size);
        return size;
    }
};

/// The MAC's octets in the TSIG record of `reply`.
std::size_t mac_octets_of(const Answered& reply) {
    std::size_t at = 0;
    REQUIRE(Name::read(reply.octets, reply.view.tsig_at, reply.octets.size(), at));
    std::size_t after = 0;
    REQUIRE(Name::read(reply.octets, at + 10, reply.octets.size(), after));
    return load_big_endian<std::uint16_t>(reply.octets.data() + after + 8);
}

}  // namespace

TEST_CASE_METHOD(TsigFixture, "A signed question gets a signed answer, whatever it asks", "[tsig][rfc8945]") {
    for (const Ask& ask : {Ask{.name = "example.", .type = RrType::SOA}, Ask{.name = "nothing.example."},
                           Ask{.name = "elsewhere.", .edns = true}, Ask{.name = "example.", .version = 1},
                           Ask{.name = "example.", .type = RrType::SOA, .opcode = Opcode::Update},
                           Ask{.name = "example.", .type = RrType::AXFR}}) {
        OctetString query = octets_of(ask);
        const auto context = sign_request(query, key, clock.wall_now());
        OctetString out;
        REQUIRE(answer_to(query, out) > 0);
        CHECK(take_apart(out).view.tsig_at != 0);
        CHECK(verify_response(out, context, clock.wall_now()).has_value());
    }
}

TEST_CASE_METHOD(TsigFixture, "An unknown key and a wrong MAC are NOTAUTH, and nothing is signed",
                 "[tsig][CVE-2017-3142]") {
    for (const TsigKey& wrong : {make_key("unknown."), make_key("pair.example.", "another secret")}) {
        OctetString query = octets_of({.name = "www.example."});
        (void)sign_request(query, std::make_shared<const TsigKey>(wrong), clock.wall_now());
        const auto reply = udp(query);
        CHECK(reply.rcode() == "NOTAUTH");
        CHECK(reply.answer.empty());
        REQUIRE(reply.view.tsig_at != 0);
        CHECK(mac_octets_of(reply) == 0);
    }
    CHECK(counters.totals().tsig_rejected == 2);
}

TEST_CASE_METHOD(TsigFixture, "A wrong clock is BADTIME, signed", "[tsig][rfc8945]") {
    OctetString query = octets_of({.name = "www.example."});
    const WallTime asked_at = clock.wall_now();
    const auto context = sign_request(query, key, asked_at);
    clock.step_wall(seconds{301});
    OctetString out;
    REQUIRE(answer_to(query, out) > 0);
    const auto reply = take_apart(out);
    CHECK(reply.rcode() == "NOTAUTH");
    CHECK(mac_octets_of(reply) == 32);
    const auto failure = verify_response(out, context, asked_at);
    REQUIRE_FALSE(failure.has_value());
    CHECK(failure.error().told == Rcode::BADTIME);
}

TEST_CASE_METHOD(TsigFixture, "A changed octet anywhere never yields a signed answer", "[tsig]") {
    OctetString query = octets_of({.name = "www.example."});
    const auto context = sign_request(query, key, clock.wall_now());
    for (std::size_t at = 2; at < query.size(); ++at) {
        OctetString changed = query;
        changed[at] ^= std::byte{0x01};
        OctetString out;
        if (answer_to(changed, out) == 0) continue;
        CHECK_FALSE(verify_response(out, context, clock.wall_now()).has_value());
    }
}

TEST_CASE_METHOD(TsigFixture, "A signed answer that is truncated still fits and still is signed",
                 "[tsig][rfc8945]") {
    std::string text = "@ 3600 SOA ns1 host 7 3600 600 86400 300\n@ 3600 NS ns1\n";
    for (int i = 0; i < 60; ++i)
        text += fmt::format("big 60 A 192.0.2.{}\n", i);
    serve("example.", text);
    OctetString query = octets_of({.name = "big.example."});
    const auto context = sign_request(query, key, clock.wall_now());
    OctetString out;
    REQUIRE(answer_to(query, out) > 0);
    CHECK(out.size() <= 512);
    CHECK(take_apart(out).view.header.truncated);
    CHECK(verify_response(out, context, clock.wall_now()).has_value());
}

TEST_CASE_METHOD(TsigFixture, "Longest names in question and key still get an answer", "[tsig]") {
    std::string longest;
    for (int i = 0; i < 123; ++i)
        longest += "a.";
    const auto long_key = std::make_shared<const TsigKey>(make_key(longest + "k234567."));
    AccessPolicy rules;
    rules.keys = *TsigKeyring::make({*long_key});
    allow(std::move(rules));
    OctetString query = octets_of({.name = longest + "example."});
    const auto context = sign_request(query, long_key, clock.wall_now());
    OctetString out;
    REQUIRE(answer_to(query, out) > 0);
    CHECK(verify_response(out, context, clock.wall_now()).has_value());
}
