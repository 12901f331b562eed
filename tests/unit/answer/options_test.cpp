// EDNS options beside cookies: RFC 7828, RFC 9660, and those that nobody knows.

#include "crypto/encoding.hpp"
#include "fixture.hpp"

using namespace lockstep;
using namespace lockstep::test;

namespace {

const std::string asks_version("\0\x13\0\0", 4);
const std::string asks_keepalive("\0\x0b\0\0", 4);

std::string option_of(const Answered& reply, EdnsOption code) {
    REQUIRE(reply.view.edns.has_value());
    const auto option = reply.view.edns->option(code);
    return option ? to_hex(*option) : "none";
}

struct OptionsFixture : Server {
    OptionsFixture() {
        serve(
            "example.",
            "@ 300 SOA ns host 258 2 3 4 5\n@ 300 NS ns\nns 60 A 192.0.2.1\nsub 60 NS ns\ncut 60 NS ns.cut\n"
            "a 60 CNAME www.sub\n");
        serve("sub.example.", "@ 300 SOA ns host 259 2 3 4 5\n@ 300 NS ns\nwww 60 A 192.0.2.2\n");
        serve({name("empty."), nullptr, false, {}});
        serve({name("old."), zone("old.", "@ 300 SOA ns host 1 2 3 4 5\n@ 300 NS ns\n"), true, {}});
    }
    std::string version_of(Ask ask) {
        ask.options = asks_version;
        return option_of(udp(ask), EdnsOption::ZONEVERSION);
    }
};

}  // namespace

TEST_CASE_METHOD(OptionsFixture, "ZONEVERSION tells labels and serial of the zone that answers",
                 "[answer][rfc9660]") {
    // Labels, type 0 (SOA-SERIAL), serial.
    CHECK(version_of({.name = "ns.example."}) == "010000000102");
    CHECK(version_of({.name = "example.", .type = RrType::SOA}) == "010000000102");
    CHECK(version_of({.name = "nothing.example."}) == "010000000102");
    CHECK(version_of({.name = "x.cut.example."}) == "010000000102");
    CHECK(version_of({.name = "www.sub.example."}) == "020000000103");
    CHECK(version_of({.name = "sub.example.", .type = RrType::NS}) == "020000000103");
    CHECK(version_of({.name = "sub.example.", .type = RrType::DS}) == "010000000102");
    // Of the zone of the name asked for, wherever an alias leads.
    CHECK(version_of({.name = "a.example."}) == "010000000102");
}

TEST_CASE_METHOD(OptionsFixture, "ZONEVERSION is not told where no zone answers, or to who does not ask",
                 "[answer][rfc9660]") {
    CHECK(version_of({.name = "www.test."}) == "none");
    CHECK(version_of({.name = "www.empty."}) == "none");
    CHECK(version_of({.name = "www.old."}) == "none");
    CHECK(version_of({.name = "ns.example.", .rr_class = RrClass::CH}) == "none");
    CHECK(version_of({.name = "example.", .type = RrType::SOA, .opcode = Opcode::Notify}) == "none");
    CHECK(option_of(udp({.name = "ns.example.", .edns = true}), EdnsOption::ZONEVERSION) == "none");
    // A request's option is empty; others are ignored (section 3).
    const auto reply = udp({.name = "ns.example.", .options = std::string("\0\x13\0\x01\0", 5)});
    CHECK(option_of(reply, EdnsOption::ZONEVERSION) == "none");
    CHECK(reply.rcode() == "NOERROR");
}

TEST_CASE_METHOD(OptionsFixture, "tcp-keepalive tells the idle time, over TCP alone", "[answer][rfc7828]") {
    AccessPolicy rules;
    rules.tcp_idle = seconds{12};
    allow(std::move(rules));
    const Ask ask{.name = "ns.example.", .options = asks_keepalive};
    CHECK(option_of(tcp(ask), EdnsOption::KEEPALIVE) == "0078");
    CHECK(option_of(udp(ask), EdnsOption::KEEPALIVE) == "none");
    CHECK(option_of(tcp({.name = "ns.example.", .edns = true}), EdnsOption::KEEPALIVE) == "none");
    AccessPolicy patient;
    patient.tcp_idle = std::chrono::hours{2};
    allow(std::move(patient));
    CHECK(option_of(tcp(ask), EdnsOption::KEEPALIVE) == "ffff");
}

TEST_CASE_METHOD(OptionsFixture, "All options at once fit, beside the longest identity",
                 "[answer][rfc6891]") {
    AccessPolicy rules;
    rules.identity = std::string(255, 'i');
    allow(std::move(rules));
    const std::string all = std::string("\0\x03\0\0\0\x09\0\0\0\x0c\0\x02\0\0", 14) + asks_version +
                            asks_keepalive +
                            std::string(
                                "\0\x0a\0\x08"
                                "12345678",
                                12);
    const auto reply = tcp({.name = "example.", .type = RrType::SOA, .options = all});
    CHECK(option_of(reply, EdnsOption::NSID).size() == 510);
    CHECK(option_of(reply, EdnsOption::EXPIRE) == "00000004");
    CHECK(option_of(reply, EdnsOption::COOKIE).size() == 48);
    CHECK(option_of(reply, EdnsOption::ZONEVERSION) == "010000000102");
    CHECK(option_of(reply, EdnsOption::KEEPALIVE) == "0064");
    CHECK(option_of(reply, EdnsOption::PADDING) == "none");
    CHECK(reply.answer.size() == 1);
}
