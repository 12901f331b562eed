#include "rdata/soa.hpp"
#include "records.hpp"
#include "support/catch.hpp"

using namespace lockstep;
using namespace lockstep::test;

namespace {

/// What the writer sees: names in text, octets in hex, in brackets.
std::string visited(RrType type, Octets rdata) {
    std::string seen;
    visit_rdata(
        type, rdata, [&seen](NameView name) { seen += name.to_string() + " "; },
        [&seen](Octets octets) { seen += "[" + hex(octets) + "] "; });
    return seen;
}

std::string target(RrType type, std::string_view text) {
    const OctetString wire = rdata(type, text);
    const auto name = additional_target(type, wire);
    return name ? name->to_string() : "nothing";
}

}  // namespace

TEST_CASE("the writer may compress names of RFC 1035 types only", "[rdata][rfc3597]") {
    CHECK(visited(RrType::NS, rdata(RrType::NS, "ns")) == "ns.example. ");
    CHECK(visited(RrType::MX, rdata(RrType::MX, "10 mail")) == "[000A] mail.example. ");
    CHECK(visited(RrType::MINFO, rdata(RrType::MINFO, "a b")) == "a.example. b.example. ");
    CHECK(visited(RrType::SOA, rdata(RrType::SOA, "a b 1 2 3 4 5")) ==
          "a.example. b.example. [0000000100000002000000030000000400000005] ");
    CHECK(visited(RrType::SRV, rdata(RrType::SRV, "1 2 3 .")) == "[00010002000300] ");
    CHECK(visited(RrType::DNAME, rdata(RrType::DNAME, ".")) == "[00] ");
    CHECK(visited(RrType::RP, rdata(RrType::RP, ". .")) == "[0000] ");
    CHECK(visited(RrType::A, rdata(RrType::A, "192.0.2.1")) == "[C0000201] ");
}

TEST_CASE("what the writer sees of RDATA is all of it, once and in order", "[rdata]") {
    for (const Vector& vector : vectors()) {
        if (!vector.accepted) continue;
        CAPTURE(to_string(vector.type), vector.words);
        OctetString seen;
        const OctetString wire = octets(vector.hex);
        visit_rdata(
            vector.type, wire, [&seen](NameView name) { append_octets(seen, name.octets()); },
            [&seen](Octets octets) { append_octets(seen, octets); });
        CHECK(seen == wire);
    }
}

TEST_CASE("RDATA cut short is visited without reading past its end", "[rdata]") {
    CHECK(visited(RrType::NS, octets("0361")) == "[0361] ");
    CHECK(visited(RrType::MX, octets("000A")) == "[000A] ");
    CHECK(visited(RrType::SOA, octets("0000")) == ". . ");
    CHECK(visited(RrType::NS, octets("C00C")) == "[C00C] ");
}

TEST_CASE("records that point at a host name it for the additional section", "[rdata][rfc1035]") {
    CHECK(target(RrType::NS, "ns") == "ns.example.");
    CHECK(target(RrType::MX, "10 mail") == "mail.example.");
    CHECK(target(RrType::SRV, "1 2 3 host") == "host.example.");
    CHECK(target(RrType::KX, "1 host") == "host.example.");
    CHECK(target(RrType::AFSDB, "1 host") == "host.example.");
    CHECK(target(RrType::RT, "1 host") == "host.example.");
    CHECK(target(RrType::MB, "host") == "host.example.");
    CHECK(target(RrType::SVCB, "0 host") == "host.example.");
    CHECK(target(RrType::HTTPS, "1 host alpn=h2") == "host.example.");
    CHECK(target(RrType::NAPTR, R"(1 2 "S" "x" "" _sip._udp)") == "_sip._udp.example.");
    CHECK(target(RrType::NAPTR, R"(1 2 "a" "" "" host)") == "host.example.");
}

TEST_CASE("records that point nowhere have no additional section", "[rdata][rfc7505]") {
    CHECK(target(RrType::MX, "0 .") == "nothing");
    CHECK(target(RrType::SRV, "0 0 0 .") == "nothing");
    CHECK(target(RrType::HTTPS, "1 .") == "nothing");
    CHECK(target(RrType::NAPTR, R"(1 2 "U" "x" "!a!b!" host)") == "nothing");
    CHECK(target(RrType::CNAME, "host") == "nothing");
    CHECK(target(RrType::A, "192.0.2.1") == "nothing");
    CHECK_FALSE(additional_target(RrType::MX, octets("000A")).has_value());
    CHECK_FALSE(additional_target(RrType::NAPTR, octets("00010002FF73")).has_value());
    CHECK_FALSE(additional_target(RrType::NAPTR, octets("000100020173FF")).has_value());
}

TEST_CASE("an SOA's fields come out as they went in", "[rdata][soa]") {
    const OctetString wire = rdata(RrType::SOA, "ns hostmaster 4294967295 1 2 3 4294967295");
    const auto soa = Soa::read(wire);
    REQUIRE(soa.has_value());
    CHECK(soa->mname.to_string() == "ns.example.");
    CHECK(soa->rname.to_string() == "hostmaster.example.");
    CHECK(soa->serial == Serial{4294967295});
    CHECK(soa->refresh == std::chrono::seconds{1});
    CHECK(soa->retry == std::chrono::seconds{2});
    CHECK(soa->expire == std::chrono::seconds{3});
    CHECK(soa->minimum == std::chrono::seconds{4294967295});
    CHECK(soa->rdata() == wire);
    CHECK(soa_serial(wire) == Serial{4294967295});
}

TEST_CASE("an SOA too short or too long is refused", "[rdata][soa]") {
    OctetString wire = rdata(RrType::SOA, "ns hostmaster 1 2 3 4 5");
    for (std::size_t size = 0; size < wire.size(); ++size) {
        CHECK_FALSE(Soa::read(Octets(wire).first(size)).has_value());
    }
    wire.push_back(std::byte{0});
    CHECK(Soa::read(wire).error() == WireError::Trailing);
    CHECK(soa_serial({}) == Serial{0});
}
