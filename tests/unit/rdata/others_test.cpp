#include "records.hpp"
#include "support/catch.hpp"

#include <algorithm>
#include <array>
#include <map>
#include <set>

using namespace lockstep;
using namespace lockstep::test;

namespace {

struct Odd {
    std::string_view maker;
    RrType type;
    std::string_view words;  // how they begin
};
/// Where another implementation makes other octets than BIND and we.
constexpr std::array odd{
    // \DDD above 127 are octets (RFC 1035 §5.1); dnspython writes the UTF-8 of that character.
    Odd{"dnspython", RrType::HINFO, R"("a;b")"},
    Odd{"dnspython", RrType::URI, R"(10 1 "ftp://ftp1.example.com/pub;lic)"},
    Odd{"dnspython", RrType::URI, R"(1 1 "a\\b)"},
    Odd{"dnspython", RrType::CAA, R"(0 issue "\000)"},
    // An empty second string is there (RFC 1183 §3.2); dnspython leaves it out.
    Odd{"dnspython", RrType::ISDN, R"("" "")"},
    // The generic form begins with \# and a number (RFC 3597 §5); ldns takes any word.
    Odd{"ldns", RrType::TXT, R"(\# text)"},
    // A domain name (RFC 1348); ldns has a string.
    Odd{"ldns", RrType::NSAP_PTR, ""},
    // Seconds may end in a dot; ldns reads no further.
    Odd{"ldns", RrType::LOC, "0 0 1. N"},
    // The format octet that comes first (ATM Forum af-saa-0069); ldns knows only what follows it.
    Odd{"ldns", RrType::ATMA, ""},
    // RFC 9460 A.1: the list is split and unescaped after the string is; ldns does neither.
    Odd{"ldns", RrType::SVCB, R"(1 . key1=\002h2)"},
    Odd{"ldns", RrType::SVCB, R"(1 . alpn="f\\\\oo)"},
    Odd{"ldns", RrType::SVCB, R"(1 . alpn=f\\\092oo)"},
    Odd{"ldns", RrType::SVCB, R"(1 . alpn="part1)"},
    Odd{"ldns", RrType::SVCB, R"(1 . alpn=part1)"},
    // A gateway without a final dot gets the origin, as any name; in ldns it does not.
    Odd{"ldns", RrType::IPSECKEY, "10 3 2 gateway"},
    // The type covered as a number, which BIND takes; ldns reads a 0.
    Odd{"ldns", RrType::RRSIG, "1 8 2"},
    Odd{"ldns", RrType::SIG, "65279"},
    // A bit for each type named; ldns mistakes mnemonics that it does not know.
    Odd{"ldns", RrType::NSEC, "next URI CAA WALLET"},
};
/// What others write so that nobody, they included, reads it as the octets that it stands for.
constexpr std::array misprinted{
    Odd{"ldns", RrType::NS, R"(a\.b\@c)"},                 // a quote in a name, without its backslash
    Odd{"ldns", RrType::LOC, R"(\# 1 01)"},                // a version that is not known, as bare hex
    Odd{"ldns", RrType::LOC, R"(\# 16 01)"},               //
    Odd{"ldns", RrType::APL, R"(\# 4 00030000)"},          // an address family that is not known
    Odd{"dnspython", RrType::APL, R"(\# 4 00030000)"},     //
    Odd{"dnspython", RrType::SVCB, R"(1 . alpn=a\032b)"},  // escaped once for the list and once more
    Odd{"dnspython", RrType::CERT, "9 1 4"},               // a mnemonic that the registry no longer has
    Odd{"ldns", RrType::CAA, R"(\# 3 000130)"},            // a value of no octets, without its quotes
};

bool is_about(const Odd& o, const Opinion& opinion) {
    return o.maker == opinion.maker && o.type == opinion.type && opinion.words.starts_with(o.words);
}
bool is_among(std::span<const Odd> cases, const Opinion& opinion) {
    return std::ranges::any_of(cases, [&](const Odd& o) { return is_about(o, opinion); });
}

/// What no other implementation at hand has a text for: BIND alone says how it is written.
constexpr std::array only_bind{RrType::NXT,     RrType::A6,     RrType::SINK, RrType::RKEY,
                               RrType::DSYNC,   RrType::HHIT,   RrType::BRID, RrType::DOA,
                               RrType::RESINFO, RrType::WALLET, RrType::TA};

}  // namespace

TEST_CASE("a record's text makes the octets that dnspython and ldns make of it", "[rdata]") {
    std::map<std::string, int> agreed;
    for (const Opinion& opinion : opinions()) {
        CAPTURE(opinion.maker, to_string(opinion.type), opinion.words);
        if (is_among(odd, opinion)) continue;
        CHECK(hex(rdata(opinion.type, opinion.words)) == opinion.hex);
        ++agreed[opinion.maker];
    }
    CHECK(agreed["dnspython"] > 300);
    CHECK(agreed["ldns"] > 300);
}

TEST_CASE("every difference that is accounted for is still there", "[rdata]") {
    const auto all = opinions();
    const auto check = [&](std::span<const Odd> cases, auto differs) {
        for (const Odd& o : cases) {
            CAPTURE(o.maker, to_string(o.type), o.words);
            CHECK(std::ranges::any_of(
                all, [&](const Opinion& opinion) { return is_about(o, opinion) && differs(opinion); }));
        }
    };
    check(odd, [](const Opinion& o) { return hex(rdata(o.type, o.words)) != o.hex; });
    check(misprinted, [](const Opinion& o) {
        const auto parsed = parse(o.type, o.text);
        return !parsed || hex(*parsed) != o.hex;
    });
}

TEST_CASE("what dnspython and ldns write is read as the octets that they wrote it from", "[rdata]") {
    for (const Opinion& opinion : opinions()) {
        if (is_among(odd, opinion) || is_among(misprinted, opinion)) continue;
        CAPTURE(opinion.maker, to_string(opinion.type), opinion.text);
        const auto parsed = parse(opinion.type, opinion.text);
        CHECK((parsed ? hex(*parsed) : parsed.error().text) == opinion.hex);
    }
}

TEST_CASE("every type but a few is vouched for by two other implementations at least", "[rdata]") {
    std::set<RrType> seen;
    for (const Opinion& opinion : opinions())
        seen.insert(opinion.type);
    for (unsigned number = 1; number <= 0xffff; ++number) {
        const auto type = static_cast<RrType>(number);
        if (!has_own_text(type)) continue;
        CAPTURE(to_string(type));
        CHECK(seen.contains(type) == (std::ranges::find(only_bind, type) == only_bind.end()));
    }
}
