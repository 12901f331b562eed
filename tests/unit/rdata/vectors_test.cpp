#include "records.hpp"
#include "support/catch.hpp"

#include <array>
#include <map>

using namespace lockstep;
using namespace lockstep::test;

namespace {

struct Case {
    RrType type;
    std::string_view words;
};
/// What BIND refuses and we take.
constexpr std::array lenient{
    // RFC 4025 §2.4: algorithm 0 says that there is no key; BIND wants one all the same.
    Case{RrType::IPSECKEY, "10 0 0 ."},
    Case{RrType::IPSECKEY, "\\# 7 0A010001020304"},
    // RFC 1035 §5.1 has no case in its words; BIND takes only capitals.
    Case{RrType::LOC, "0 n 0 e 1m"},
    // RFC 3403 §4.1 leaves the substitution expression to the client; refusing it would cost the whole zone.
    Case{RrType::NAPTR, R"(1 2 "s" "SIP+D2U" "!^.*" .)"},
    Case{RrType::NAPTR, R"(1 2 s s "!a(b)!\\2!" target)"},
    // A type of 0 has the text that BIND itself would write for it.
    Case{RrType::SIG, "TYPE0 1 2 3600 0 1 1 . AQID"},
    // RFC 4034 §3.2 has times as numbers too, which BIND takes for RRSIG only.
    Case{RrType::SIG, "A 0 255 1 1767225600 0 0 . AA=="},
    // A signer that cannot sign for an owner of so few labels: for validators to refuse (RFC 4035 §5.3.1).
    Case{RrType::RRSIG, "TXT 15 0 0 20260101000000 20250101000000 0 signer. AA=="},
};
/// What BIND writes otherwise.
constexpr std::array otherwise{
    // RFC 3597 §5 wants TYPE127; BIND writes 127 in these two types.
    Case{RrType::NXT, "next TYPE127"},
    Case{RrType::SIG, "65279 0 255 4294967295 20380119031408 19700101000000 0 Signer.Example. AA=="},
};

bool is_case_of(std::span<const Case> cases, const Vector& vector) {
    return std::ranges::any_of(
        cases, [&](const Case& c) { return c.type == vector.type && c.words == vector.words; });
}

}  // namespace

TEST_CASE("a record's text makes the octets that BIND makes of it", "[rdata][rfc1035]") {
    for (const Vector& vector : vectors()) {
        if (!vector.accepted) continue;
        CAPTURE(to_string(vector.type), vector.words);
        const auto parsed = parse(vector.type, vector.words);
        CHECK((parsed ? hex(*parsed) : parsed.error().text) == vector.hex);
    }
}

TEST_CASE("octets make the text that BIND makes of them, word for word", "[rdata]") {
    for (const Vector& vector : vectors()) {
        if (!vector.accepted || is_case_of(otherwise, vector)) continue;
        CAPTURE(to_string(vector.type), vector.hex);
        CHECK(rdata_text(vector.type, octets(vector.hex)) == by_words(vector.text));
    }
}

TEST_CASE("text that BIND refuses is refused, but for the cases that an RFC allows", "[rdata]") {
    for (const Vector& vector : vectors()) {
        if (vector.accepted || is_case_of(lenient, vector)) continue;
        CAPTURE(to_string(vector.type), vector.words, vector.text);
        const auto parsed = parse(vector.type, vector.words);
        CHECK((parsed ? hex(*parsed) : "refused") == "refused");
    }
    for (const Case& l : lenient)
        CHECK(parse(l.type, l.words).has_value());
}

TEST_CASE("text to wire to text and wire to text to wire come back to where they began", "[rdata]") {
    for (const Vector& vector : vectors()) {
        if (!vector.accepted) continue;
        CAPTURE(to_string(vector.type), vector.words);
        const OctetString wire = octets(vector.hex);
        const std::string text = rdata_text(vector.type, wire);
        CHECK(hex(rdata(vector.type, text)) == vector.hex);
        CHECK(rdata_text(vector.type, rdata(vector.type, vector.text)) == text);
    }
}

TEST_CASE("every type is read from the generic form of its octets", "[rdata][rfc3597]") {
    for (const Vector& vector : vectors()) {
        if (!vector.accepted) continue;
        CAPTURE(to_string(vector.type), vector.hex);
        const std::string generic = "\\# " + std::to_string(vector.hex.size() / 2) + " " + vector.hex;
        const auto parsed = parse(vector.type, generic);
        CHECK((parsed ? hex(*parsed) : parsed.error().text) == vector.hex);
    }
}

TEST_CASE("octets that BIND makes of text pass the wire check", "[rdata]") {
    for (const Vector& vector : vectors()) {
        if (!vector.accepted) continue;
        CAPTURE(to_string(vector.type), vector.hex);
        const OctetString wire = octets(vector.hex);
        const auto checked = check_rdata(vector.type, wire);
        CHECK((checked ? "fits" : to_string(checked.error())) == "fits");
        OctetString read;
        CHECK(read_rdata(vector.type, wire, 0, wire.size(), read).has_value());
        CHECK(hex(read) == vector.hex);
    }
}

TEST_CASE("the vectors hold every type that has a mnemonic, three times at least", "[rdata]") {
    std::map<RrType, int> seen;
    for (const Vector& vector : vectors()) {
        if (vector.accepted) ++seen[vector.type];
    }
    for (unsigned number = 1; number <= 0xffff; ++number) {
        const auto type = static_cast<RrType>(number);
        if (is_meta(type) || type == RrType::KEYDATA) continue;
        if (!has_own_text(type) && to_string(type).starts_with("TYPE")) continue;
        CAPTURE(to_string(type));
        CHECK(seen[type] >= 3);
    }
}
