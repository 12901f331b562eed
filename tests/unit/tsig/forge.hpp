#pragma once
// Messages with TSIG records of every kind, right and wrong, for the tests of this floor.

#include "crypto/encoding.hpp"
#include "support/catch.hpp"
#include "support/name_text.hpp"
#include "support/test_data.hpp"
#include "tsig/record.hpp"
#include "tsig/stream.hpp"
#include "tsig/tsig.hpp"
#include "wire/message.hpp"
#include "wire/writer.hpp"

#include <algorithm>
#include <fstream>
#include <functional>
#include <map>
#include <string>
#include <utility>

namespace lockstep::test {

/// When the vectors of tests/data/tsig were signed.
inline constexpr WallTime signing_time{seconds{1'790'000'000}};

/// The key of tests/data/tsig.
inline TsigKey pair_key(TsigAlgorithm algorithm = TsigAlgorithm::HmacSha256) {
    SecretOctets secret(32);
    for (std::size_t i = 0; i < secret.size(); ++i)
        secret[i] = static_cast<std::uint8_t>(i);
    return {.name = name("pair.example."), .algorithm = algorithm, .secret = secret};
}
inline TsigKeyring ring_of(TsigKey key) {
    std::vector<TsigKey> keys;
    keys.push_back(std::move(key));
    return TsigKeyring::make(std::move(keys)).value();
}

/// `NAME HEX` lines of tests/data/tsig/vectors.txt.
inline const std::map<std::string, OctetString>& vectors() {
    static const auto all = [] {
        std::map<std::string, OctetString> read;
        std::ifstream file(test_data() / "tsig/vectors.txt");
        for (std::string key, hex; file >> key >> hex;)
            read[key] = from_hex(hex).value();
        return read;
    }();
    return all;
}
inline OctetString vector_of(const std::string& key) {
    const auto at = vectors().find(key);
    INFO("vector " << key);
    REQUIRE(at != vectors().end());
    return at->second;
}

/// A query for example.com. AXFR without TSIG.
inline OctetString plain_query(std::uint16_t id = 0x1234) {
    OctetString octets(512);
    MessageWriter writer;
    writer.start(octets, octets.size());
    REQUIRE(writer.question(name("example.com."), RrType::AXFR, RrClass::IN));
    octets.resize(writer.finish({.id = MessageId{id}}));
    return octets;
}
/// An answer with one A record; its last octet is `number`.
inline OctetString plain_answer(unsigned number, std::uint16_t id = 0x1234) {
    OctetString octets(512);
    MessageWriter writer;
    writer.start(octets, octets.size());
    const std::array<std::byte, 4> address{std::byte{192}, std::byte{0}, std::byte{2},
                                           static_cast<std::byte>(number)};
    REQUIRE(writer.record(Section::Answer, name("host.example.com."), RrType::A, RrClass::IN, 300, address));
    octets.resize(writer.finish({.id = MessageId{id}, .response = true, .authoritative = true}));
    return octets;
}

/// What a forger may set; the MAC is right for all of it unless `mac` changes it.
struct Forgery {
    TsigKey key = pair_key();
    Name key_name = name("pair.example.");
    Name algorithm = name("hmac-sha256.");
    std::uint64_t time = 1'790'000'000;
    std::uint16_t fudge = 300;
    std::uint16_t original_id = 0x1234;
    Rcode error = Rcode::NOERROR;
    OctetString other = {};
    std::function<OctetString(OctetString)> mac = [](OctetString octets) { return octets; };
};

/// `message` with a TSIG record as told.
inline OctetString forge(OctetString message, const Forgery& forgery) {
    TsigRecord record{.key_name = forgery.key_name,
                      .algorithm = forgery.algorithm,
                      .time = forgery.time,
                      .fudge = forgery.fudge,
                      .mac = {},
                      .original_id = MessageId{forgery.original_id},
                      .error = forgery.error,
                      .other = forgery.other};
    Hmac hmac = keyed_hmac(forgery.key);
    digest_message(hmac, message, record.original_id, TsigCounted::No);
    digest_variables(hmac, record);
    const auto whole = hmac.finish();
    const OctetString mac = forgery.mac(OctetString(whole.octets().begin(), whole.octets().end()));
    record.mac = mac;
    const auto length = message.size();
    message.resize(65535);
    message.resize(append_tsig(message, length, record).value());
    return message;
}

/// One word for the outcome of a check.
inline std::string verdict(const TsigCheck& check) {
    if (std::holds_alternative<TsigUnsigned>(check)) return "unsigned";
    if (std::holds_alternative<TsigVerified>(check)) return "verified";
    const auto& rejected = std::get<TsigRejected>(check);
    if (rejected.rcode == Rcode::FORMERR) return rejected.context ? "FORMERR with TSIG" : "FORMERR";
    REQUIRE(rejected.rcode == Rcode::NOTAUTH);
    REQUIRE(rejected.context.has_value());
    REQUIRE(rejected.context->error == rejected.error);
    switch (rejected.error) {
    case Rcode::BADSIG: return "BADSIG";
    case Rcode::BADKEY: return "BADKEY";
    case Rcode::BADTIME: return "BADTIME";
    case Rcode::BADTRUNC: return "BADTRUNC";
    default: return "?";
    }
}

}  // namespace lockstep::test
