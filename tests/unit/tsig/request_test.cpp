// What a server makes of TSIG records in requests.

#include "forge.hpp"

using namespace lockstep;
using namespace lockstep::test;

namespace {

std::string verdict_of(const Forgery& forgery, WallTime now = signing_time, TsigKey key = pair_key()) {
    return verdict(verify_request(forge(plain_query(), forgery), ring_of(std::move(key)), now));
}

auto resized(std::size_t octets) {
    return [octets](OctetString mac) {
        mac.resize(octets);
        return mac;
    };
}

OctetString flipped_last(OctetString mac) {
    mac.back() ^= std::byte{1};
    return mac;
}

/// A signed query and where its TSIG record's parts are.
struct Parts {
    OctetString message = forge(plain_query(), {});
    std::size_t tsig_at = MessageView::read(message)->tsig_at;
    std::size_t type_at = tsig_at + name("pair.example.").octets().size();
    std::size_t class_at = type_at + 2;
    std::size_t ttl_at = type_at + 4;
    std::size_t length_at = type_at + 8;
    std::size_t rdata_at = type_at + 10;
};

std::string verdict_on(const OctetString& message) {
    return verdict(verify_request(message, ring_of(pair_key()), signing_time));
}

}  // namespace

TEST_CASE("A request without a TSIG record is unsigned", "[tsig]") {
    CHECK(verdict_on(plain_query()) == "unsigned");
}

TEST_CASE("The key's name is compared without case", "[tsig][rfc8945]") {
    CHECK(verdict_of({.key_name = name("PAIR.example.")}) == "verified");
    CHECK(verdict_of({.algorithm = name("HMAC-SHA256.")}) == "verified");
}

TEST_CASE("An unknown key is BADKEY", "[tsig][rfc8945]") {
    CHECK(verdict_of({.key_name = name("other.example.")}) == "BADKEY");
    CHECK(verdict_of({.key_name = Name()}) == "BADKEY");
    const std::string label(63, 'k');
    CHECK(verdict_of({.key_name = name(label + "." + label + "." + label + "." + label.substr(0, 61) +
                                       ".")}) == "BADKEY");
}

TEST_CASE("Another algorithm than the key's is BADKEY", "[tsig][rfc8945]") {
    const std::string label(63, 'a');
    CHECK(verdict_of({.algorithm = name("hmac-sha512.")}) == "BADKEY");
    CHECK(verdict_of({.algorithm = name("hmac-sha3.")}) == "BADKEY");
    CHECK(verdict_of({.algorithm = Name()}) == "BADKEY");
    CHECK(verdict_of({.algorithm = name(label + "." + label + "." + label + "." + label.substr(0, 61) +
                                        ".")}) == "BADKEY");
}

TEST_CASE("HMAC-MD5 is believed only where the key is configured with it", "[tsig][rfc8945]") {
    const Forgery md5{.key = pair_key(TsigAlgorithm::HmacMd5),
                      .algorithm = name("hmac-md5.sig-alg.reg.int.")};
    CHECK(verdict_of(md5) == "BADKEY");
    CHECK(verdict_of(md5, signing_time, pair_key(TsigAlgorithm::HmacMd5)) == "verified");
}

TEST_CASE("A MAC too long or too short for its algorithm is FORMERR", "[tsig][rfc8945]") {
    const std::size_t octets = GENERATE(0U, 1U, 9U, 10U, 15U, 33U, 64U, 255U, 60'000U);
    CHECK(verdict_of({.mac = resized(octets)}) == "FORMERR");
}

TEST_CASE("A truncated MAC is BADTRUNC, unless the key takes it", "[tsig][rfc8945]") {
    const std::size_t octets = GENERATE(16U, 17U, 31U);
    CHECK(verdict_of({.mac = resized(octets)}) == "BADTRUNC");
    auto lenient = pair_key();
    lenient.least_mac_octets = 16;
    CHECK(verdict_of({.mac = resized(octets)}, signing_time, lenient) == "verified");
    lenient.least_mac_octets = 24;
    CHECK(verdict_of({.mac = resized(octets)}, signing_time, lenient) ==
          (octets < 24 ? "BADTRUNC" : "verified"));
}

TEST_CASE("For short digests the least MAC is 10 octets", "[tsig][rfc8945]") {
    const auto sha1 = [](std::size_t octets) {
        return verdict_of({.key = pair_key(TsigAlgorithm::HmacSha1),
                           .algorithm = name("hmac-sha1."),
                           .mac = resized(octets)},
                          signing_time, pair_key(TsigAlgorithm::HmacSha1));
    };
    CHECK(sha1(9) == "FORMERR");
    CHECK(sha1(10) == "BADTRUNC");
    CHECK(sha1(20) == "verified");
    CHECK(sha1(21) == "FORMERR");
}

TEST_CASE("A wrong MAC is BADSIG, also when it is truncated or late", "[tsig][rfc8945]") {
    CHECK(verdict_of({.mac = flipped_last}) == "BADSIG");
    auto other = pair_key();
    other.secret[0] = 0xff;
    CHECK(verdict_of({.key = other}) == "BADSIG");
    CHECK(verdict_of({.mac = flipped_last}, signing_time + seconds{1000}) == "BADSIG");
    CHECK(verdict_of({.mac = [](OctetString mac) { return OctetString(16, mac[0]); }},
                     signing_time + seconds{1000}) == "BADSIG");
}

TEST_CASE("Every octet of a signed request counts", "[tsig][rfc8945]") {
    const OctetString good = forge(plain_query(), {});
    const auto keys = ring_of(pair_key());
    for (std::size_t at = 2; at < good.size(); ++at) {  // the ID may change on the way
        OctetString bad = good;
        bad[at] ^= std::byte{0x04};  // not the bit of case
        INFO("octet " << at);
        CHECK(verdict(verify_request(bad, keys, signing_time)) != "verified");
    }
}

TEST_CASE("Clocks may differ by the fudge and not by a second more", "[tsig][rfc8945]") {
    const auto [apart, expected] = GENERATE(table<int, std::string>(
        {{0, "verified"}, {299, "verified"}, {300, "verified"}, {301, "BADTIME"}, {100'000, "BADTIME"}}));
    CHECK(verdict_of({}, signing_time + seconds{apart}) == expected);
    CHECK(verdict_of({}, signing_time - seconds{apart}) == expected);
}

TEST_CASE("The request's own fudge counts", "[tsig][rfc8945]") {
    CHECK(verdict_of({.fudge = 0}) == "verified");
    CHECK(verdict_of({.fudge = 0}, signing_time + seconds{1}) == "BADTIME");
    CHECK(verdict_of({.fudge = 65535}, signing_time + seconds{65535}) == "verified");
    CHECK(verdict_of({.fudge = 65535}, signing_time + seconds{65536}) == "BADTIME");
}

TEST_CASE("Times have 48 bits: 1970, 2038, 2106 and the last one are times like others", "[tsig][rfc8945]") {
    const auto time = GENERATE(as<std::int64_t>{}, 0, 2'147'483'647, 2'147'483'648, 4'294'967'295,
                               4'294'967'296, 281'474'976'710'655);
    const Forgery at{.time = static_cast<std::uint64_t>(time)};
    CHECK(verdict_of(at, WallTime{seconds{time}}) == "verified");
    CHECK(verdict_of(at, WallTime{seconds{time + 301}}) == "BADTIME");
    CHECK(verdict_of(at) == "BADTIME");
}

TEST_CASE("A clock before 1970 is taken as 1970", "[tsig]") {
    CHECK(verdict_of({.time = 0}, WallTime{seconds{-5}}) == "verified");
}

TEST_CASE("An error field and other data in a request are covered by the MAC and mean nothing",
          "[tsig][rfc8945]") {
    CHECK(verdict_of({.error = Rcode::BADTIME}) == "verified");
    const std::size_t octets = GENERATE(1U, 6U, 7U, 60'000U);
    CHECK(verdict_of({.other = OctetString(octets, std::byte{7})}) == "verified");
}

TEST_CASE("A TSIG record must have class ANY and TTL 0", "[tsig][rfc8945]") {
    Parts parts;
    SECTION("class IN") {
        store_big_endian(parts.message.data() + parts.class_at, std::uint16_t{1});
    }
    SECTION("class NONE") {
        store_big_endian(parts.message.data() + parts.class_at, std::uint16_t{254});
    }
    SECTION("TTL 1") {
        store_big_endian(parts.message.data() + parts.ttl_at, std::uint32_t{1});
    }
    CHECK(verdict_on(parts.message) == "FORMERR");
}

TEST_CASE("A TSIG record twice, not last or in another section is FORMERR", "[tsig][rfc8945]") {
    Parts parts;
    const OctetString record(parts.message.begin() + static_cast<std::ptrdiff_t>(parts.tsig_at),
                             parts.message.end());
    const auto set_count = [&](std::size_t at, std::uint16_t count) {
        store_big_endian(parts.message.data() + at, count);
    };
    SECTION("twice") {
        append_octets(parts.message, record);
        set_count(10, 2);
    }
    SECTION("before another record") {
        const OctetString address = plain_answer(1);
        append_octets(parts.message, Octets(address).subspan(header_octets));
        set_count(10, 2);
    }
    SECTION("in the answer section") {
        set_count(6, 1);
        set_count(10, 0);
    }
    SECTION("in the authority section") {
        set_count(8, 1);
        set_count(10, 0);
    }
    SECTION("in the authority section and in the additional section") {
        append_octets(parts.message, record);
        set_count(8, 1);
        set_count(10, 1);
    }
    CHECK(verdict_on(parts.message) == "FORMERR");
}

TEST_CASE("TSIG RDATA that does not fit its length is FORMERR", "[tsig][rfc8945]") {
    Parts parts;
    const std::size_t algorithm = name("hmac-sha256.").octets().size();
    const std::size_t mac_size_at = parts.rdata_at + algorithm + 8;
    const auto rdata_octets = static_cast<std::uint16_t>(parts.message.size() - parts.rdata_at);
    const auto set = [&](std::size_t at, std::uint16_t value) {
        store_big_endian(parts.message.data() + at, value);
    };
    SECTION("no RDATA") {
        parts.message.resize(parts.rdata_at);
        set(parts.length_at, 0);
    }
    SECTION("each shorter RDATA") {
        const auto octets = GENERATE_COPY(range(std::uint16_t{1}, rdata_octets));
        parts.message.resize(parts.rdata_at + octets);
        set(parts.length_at, octets);
    }
    SECTION("an octet more") {
        parts.message.push_back(std::byte{0});
        set(parts.length_at, static_cast<std::uint16_t>(rdata_octets + 1));
    }
    SECTION("a MAC size over the end") {
        set(mac_size_at, 65535);
    }
    SECTION("other data over the end") {
        set(parts.message.size() - 2, 65535);
    }
    SECTION("an algorithm name that points at itself") {
        set(parts.rdata_at, static_cast<std::uint16_t>(0xc000 | parts.rdata_at));
    }
    CHECK(verdict_on(parts.message) == "FORMERR");
}

TEST_CASE("A message cut at any octet is never verified", "[tsig]") {
    const OctetString whole = forge(plain_query(), {});
    const auto keys = ring_of(pair_key());
    for (std::size_t length = header_octets; length < whole.size(); ++length) {
        CHECK(verdict(verify_request(Octets(whole).first(length), keys, signing_time)) == "unsigned");
    }
}

TEST_CASE("The log learns which key, what was expected and what came", "[tsig]") {
    const auto text = [](const Forgery& forgery, WallTime now = signing_time) {
        const auto check = verify_request(forge(plain_query(), forgery), ring_of(pair_key()), now);
        return std::get<TsigRejected>(check).text;
    };
    CHECK(text({.key_name = name("x.")}) == "key x.: no key of that name is configured");
    CHECK(text({.algorithm = name("hmac-sha1.")}) ==
          "key pair.example.: signed with hmac-sha1., but the key is for hmac-sha256");
    CHECK(text({}, signing_time + seconds{412}) ==
          "key pair.example.: the clocks differ by 412 s (at most 300 s are allowed)");
    CHECK(text({.mac = resized(20)}) == "key pair.example.: a MAC of 20 octets, at least 32 are demanded");
    CHECK(text({.mac = resized(8)}) ==
          "key pair.example.: a MAC of 8 octets cannot be of hmac-sha256, which makes 32");
}
