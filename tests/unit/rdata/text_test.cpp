#include "records.hpp"
#include "support/catch.hpp"

#include <random>

using namespace lockstep;
using namespace lockstep::test;

namespace {

RdataTextError error_of(RrType type, std::string_view text) {
    const auto parsed = parse(type, text);
    return parsed ? RdataTextError{0, "accepted"} : parsed.error();
}

}  // namespace

TEST_CASE("an error names the word, what was found and what was expected", "[rdata][text]") {
    const auto mx = error_of(RrType::MX, "70000 mail");
    CHECK(mx.token == 0);
    CHECK(mx.text == "expected a number from 0 to 65535, found `70000`");
    const auto missing = error_of(RrType::SRV, "1 2");
    CHECK(missing.token == 2);
    CHECK(missing.text == "expected a number, found the end of the record");
    const auto extra = error_of(RrType::A, "192.0.2.1 192.0.2.2");
    CHECK(extra.token == 1);
    CHECK(extra.text == "expected the end of the record, found `192.0.2.2`");
    const auto quoted = error_of(RrType::NS, "\"ns\"");
    CHECK(quoted.text == "expected a domain name, found `ns` in quotes");
    CHECK(error_of(RrType::DS, "1 8 2 00").text == "the digest's length is not that of its type");
    CHECK(error_of(static_cast<RrType>(65280), "x").text.starts_with("expected the form \\# LENGTH HEX"));
    CHECK(error_of(RrType::A, "\\# 3 010203").text.starts_with("octets that are no RDATA of type A"));
    CHECK(error_of(RrType::A, "\\# 5 01020304").text == "4 octets after a length of 5");
    CHECK(error_of(RrType::SVCB, "1 . alpn=h2 alpn=h3").text == "service parameter alpn stands twice");
}

TEST_CASE("an error shows a long or unprintable word cut and masked", "[rdata][text]") {
    const auto error = error_of(RrType::A, std::string(1000, 'x') + "\x1b[2J");
    CHECK(error.text.size() < 150);
    CHECK(error_of(RrType::A, "\x1b[2J\xff").text == "expected an IPv4 address, found `?[2J?`");
}

TEST_CASE("a failed record leaves the buffer as it was", "[rdata][text]") {
    OctetString out = octets("AABB");
    const auto words = tokens("ns hostmaster 1 2 3 4 x");
    CHECK_FALSE(parse_rdata_into(RrType::SOA, words, origin(), out).has_value());
    CHECK(hex(out) == "AABB");
    const auto good = tokens("192.0.2.1");
    CHECK(parse_rdata_into(RrType::A, good, origin(), out).has_value());
    CHECK(hex(out) == "AABBC0000201");
}

TEST_CASE("a parameter's quoted value may come as a word of its own", "[rdata][text][rfc9460]") {
    const std::vector<TextToken> words{
        {"1", false}, {".", false}, {"alpn=", false}, {"h2,h3", true}, {"port=53", false}};
    const auto parsed = parse_rdata(RrType::SVCB, words, origin());
    REQUIRE(parsed.has_value());
    CHECK(rdata_text(RrType::SVCB, *parsed) == R"(1 . alpn="h2,h3" port=53)");
}

TEST_CASE("time stamps are read and written without a clock", "[rdata][text][rfc4034]") {
    const auto expiration = [](std::string_view stamp) {
        const auto wire = rdata(RrType::RRSIG, "A 8 2 3600 " + std::string(stamp) + " 0 1 . AQID");
        return load_big_endian<std::uint32_t>(wire.data() + 8);
    };
    CHECK(expiration("19700101000000") == 0);
    CHECK(expiration("20000229000000") == 951782400);
    CHECK(expiration("20000301000000") == 951868800);
    CHECK(expiration("20380119031407") == 2147483647);
    CHECK(expiration("20991231235959") == 4102444799);
    CHECK(expiration("21060207062815") == 4294967295);
    CHECK(expiration("21060207062816") == 0);  // the number is taken modulo 2^32
    CHECK(expiration("19691231235959") == 4294967295);
    CHECK(expiration("4294967295") == 4294967295);
    for (const std::uint32_t seconds :
         {0U, 1U, 951782400U, 1767225600U, 2147483648U, 4107542399U, 4107542400U, 4294967295U}) {
        OctetString wire = rdata(RrType::RRSIG, "A 8 2 3600 " + std::to_string(seconds) + " 0 1 . AQID");
        CAPTURE(seconds);
        CHECK(rdata(RrType::RRSIG, rdata_text(RrType::RRSIG, wire)) == wire);
    }
    CHECK_FALSE(parse(RrType::RRSIG, "A 8 2 3600 20250229000000 0 1 . AQID").has_value());
    CHECK_FALSE(parse(RrType::RRSIG, "A 8 2 3600 20250100000000 0 1 . AQID").has_value());
    CHECK_FALSE(parse(RrType::RRSIG, "A 8 2 3600 2025010100000x 0 1 . AQID").has_value());
    CHECK_FALSE(parse(RrType::RRSIG, "A 8 2 3600 00000101000000 0 1 . AQID").has_value());
}

TEST_CASE("octets that do not fit their type are written in the generic form", "[rdata][text][rfc3597]") {
    CHECK(rdata_text(RrType::A, octets("010203")) == "\\# 3 010203");
    CHECK(rdata_text(RrType::MX, octets("000A")) == "\\# 2 000A");
    CHECK(rdata_text(RrType::NS, octets("")) == "\\# 0");
    CHECK(rdata_text(RrType::SVCB, octets("00010000010000")) == "\\# 7 00010000010000");
    CHECK(rdata_text(static_cast<RrType>(65280), octets("")) == "\\# 0");
}

TEST_CASE("every octet survives strings, names and long strings", "[rdata][text]") {
    OctetString every(257);
    every[0] = std::byte{128};
    for (std::size_t i = 0; i < 128; ++i)
        every[1 + i] = static_cast<std::byte>(i);
    every[129] = std::byte{127};
    for (std::size_t i = 0; i < 127; ++i)
        every[130 + i] = static_cast<std::byte>(128 + i);
    for (const RrType type : {RrType::TXT, RrType::SPF, RrType::NINFO}) {
        CHECK(rdata(type, rdata_text(type, every)) == every);
    }
    OctetString uri = octets("00010002");
    append_octets(uri, every);
    CHECK(rdata(RrType::URI, rdata_text(RrType::URI, uri)) == uri);
    for (unsigned value = 0; value < 256; ++value) {
        const OctetString name{std::byte{1}, static_cast<std::byte>(value), std::byte{0}};
        CAPTURE(value);
        CHECK(rdata(RrType::NS, rdata_text(RrType::NS, name)) == name);
    }
}

TEST_CASE("65535 octets of RDATA are read and written, one more is refused", "[rdata][text]") {
    const OctetString largest(65535, std::byte{'x'});
    for (const RrType type : {RrType::OPENPGPKEY, static_cast<RrType>(65280)}) {
        CHECK(rdata(type, rdata_text(type, largest)) == largest);
    }
    const std::string text(65532, 'x');
    CHECK(parse(RrType::URI, "1 2 \"" + text.substr(1) + "\"").has_value());
    CHECK(error_of(RrType::URI, "1 2 \"" + text + "\"").text == "65536 octets, at most 65535 fit");
    CHECK_FALSE(parse(RrType::SVCB, "1 . key667=" + std::string(65536, 'x')).has_value());
    CHECK_FALSE(parse(RrType::SVCB, "1 . key667=" + std::string(65530, 'x')).has_value());
}

TEST_CASE("hex is read the same in one word and digit by digit", "[rdata]") {
    std::mt19937 random(1);
    for (int round = 0; round < 5000; ++round) {
        std::string text(random() % 70, '0');
        for (char& c : text)
            c = "0123456789abcdefABCDEF"[random() % 22];
        if (!text.empty() && round % 2 == 0) text[random() % text.size()] = "g/:@`G \xff"[random() % 8];
        OctetString whole;
        HexReader reader(whole);
        const bool good = reader.add(text);
        OctetString single;
        HexReader slow_reader(single);
        bool slow_good = true;
        for (std::size_t at = 0; at < text.size() && slow_good; ++at)
            slow_good = slow_reader.add(std::string_view(text).substr(at, 1));
        CAPTURE(text);
        REQUIRE(good == slow_good);
        REQUIRE(reader.finish() == slow_reader.finish());
        REQUIRE(whole == single);
    }
}
