#include "rdata/layout.hpp"
#include "records.hpp"
#include "support/catch.hpp"

#include <algorithm>
#include <set>

using namespace lockstep;
using namespace lockstep::test;

namespace {

OctetString canonical(RrType type, Octets rdata) {
    OctetString out;
    append_canonical_rdata(type, rdata, out);
    return out;
}

/// The plain reading of RFC 4034 §6.3: canonical forms as strings of octets.
std::strong_ordering slow_order(RrType type, Octets a, Octets b) {
    return canonical(type, a) <=> canonical(type, b);
}

}  // namespace

TEST_CASE("canonical form lowers names of the types in RFC 4034 only", "[rdata][rfc4034][rfc6840]") {
    const std::set<RrType> lowered{RrType::NS,    RrType::MD,  RrType::MF,    RrType::CNAME, RrType::SOA,
                                   RrType::MB,    RrType::MG,  RrType::MR,    RrType::PTR,   RrType::MINFO,
                                   RrType::MX,    RrType::RP,  RrType::AFSDB, RrType::RT,    RrType::SIG,
                                   RrType::PX,    RrType::NXT, RrType::NAPTR, RrType::KX,    RrType::SRV,
                                   RrType::DNAME, RrType::A6,  RrType::RRSIG};
    for (unsigned number = 0; number <= 0xffff; ++number) {
        const auto type = static_cast<RrType>(number);
        CAPTURE(to_string(type));
        REQUIRE(layout_of(type).lowered == lowered.contains(type));
    }
}

TEST_CASE("canonical form lowers names and nothing beside them", "[rdata][rfc4034]") {
    const auto lowered_text = [](RrType type, std::string_view text) {
        return rdata_text(type, canonical(type, rdata(type, text)));
    };
    CHECK(lowered_text(RrType::NS, "NS.Example.") == "ns.example.");
    CHECK(lowered_text(RrType::SOA, "NS.A. MBOX.B. 65 66 67 68 69") == "ns.a. mbox.b. 65 66 67 68 69");
    CHECK(lowered_text(RrType::NAPTR, R"(1 2 "S" "SIP+D2U" "!A!B!" TARGET.)") ==
          R"(1 2 "S" "SIP+D2U" "!A!B!" target.)");
    CHECK(lowered_text(RrType::SRV, "16705 16705 16705 AB.") == "16705 16705 16705 ab.");
    CHECK(lowered_text(RrType::A6, "64 ::4141 PREFIX.") == "64 ::4141 prefix.");
    CHECK(lowered_text(RrType::A6, "0 4141::4141") == "0 4141::4141");
    CHECK(lowered_text(RrType::RRSIG, "A 8 2 3600 20260101000000 20250101000000 16705 SIGNER. QUJD") ==
          "A 8 2 3600 20260101000000 20250101000000 16705 signer. QUJD");
    CHECK(lowered_text(RrType::HINFO, "CPU OS") == R"("CPU" "OS")");
    CHECK(lowered_text(RrType::NSEC, "NEXT. A") == "NEXT. A");
    CHECK(lowered_text(RrType::SVCB, "1 TARGET. alpn=H2") == R"(1 TARGET. alpn="H2")");
}

TEST_CASE("canonical form is its own canonical form, and equal to what it came from", "[rdata][rfc4034]") {
    for (const Vector& vector : vectors()) {
        if (!vector.accepted) continue;
        CAPTURE(to_string(vector.type), vector.words);
        const OctetString wire = octets(vector.hex);
        const OctetString once = canonical(vector.type, wire);
        CHECK(canonical(vector.type, once) == once);
        CHECK(once.size() == wire.size());
        CHECK(equal_rdata(vector.type, wire, once));
        CHECK((canonical_rdata_order(vector.type, wire, once) == 0));
        CHECK(check_rdata(vector.type, once).has_value());
    }
}

TEST_CASE("RDATA is ordered as the octets of its canonical form", "[rdata][rfc4034]") {
    std::vector<Vector> all = vectors();
    std::erase_if(all, [](const Vector& v) { return !v.accepted; });
    for (const Vector& a : all) {
        for (const Vector& b : all) {
            if (a.type != b.type) continue;
            const OctetString x = octets(a.hex);
            const OctetString y = octets(b.hex);
            CAPTURE(to_string(a.type), a.words, b.words);
            CHECK((canonical_rdata_order(a.type, x, y) == slow_order(a.type, x, y)));
            CHECK(equal_rdata(a.type, x, y) == (slow_order(a.type, x, y) == 0));
        }
    }
}

TEST_CASE("names that differ in case alone make equal RDATA where canonical form lowers them",
          "[rdata][rfc4034]") {
    const auto equal = [](RrType type, std::string_view a, std::string_view b) {
        return equal_rdata(type, rdata(type, a), rdata(type, b));
    };
    CHECK(equal(RrType::NS, "ns.example.", "NS.EXAMPLE."));
    CHECK(equal(RrType::MX, "10 mail.example.", "10 MAIL.example."));
    CHECK_FALSE(equal(RrType::MX, "10 mail.example.", "11 mail.example."));
    CHECK_FALSE(equal(RrType::TXT, "text", "TEXT"));
    CHECK_FALSE(equal(RrType::NSEC, "next. A", "NEXT. A"));
    CHECK((canonical_rdata_order(RrType::NS, rdata(RrType::NS, "B."), rdata(RrType::NS, "a.")) > 0));
    CHECK((canonical_rdata_order(RrType::TXT, rdata(RrType::TXT, "B"), rdata(RrType::TXT, "a")) < 0));
    // The shorter one comes first where one begins the other.
    CHECK((canonical_rdata_order(RrType::OPENPGPKEY, octets("01"), octets("0100")) < 0));
}
