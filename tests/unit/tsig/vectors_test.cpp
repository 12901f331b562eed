// Against messages that dnspython signed: tests/data/tsig/make_vectors.py.

#include "forge.hpp"

using namespace lockstep;
using namespace lockstep::test;

namespace {

/// Vector `key` without its TSIG record, with room to sign it again.
OctetString stripped(const std::string& key) {
    OctetString octets = vector_of(key);
    const auto view = MessageView::read(octets).value();
    if (view.tsig_at == 0) return octets;
    octets.resize(view.tsig_at);
    store_big_endian(octets.data() + 10, static_cast<std::uint16_t>(view.header.additional_count - 1));
    return octets;
}

OctetString signed_by(TsigStreamSigner& signer, OctetString message, WallTime now) {
    const auto length = message.size();
    message.resize(length + signer.octets());
    message.resize(signer.sign(message, length, now).value());
    return message;
}

}  // namespace

TEST_CASE("A request signed by dnspython is verified, under every algorithm", "[tsig][rfc8945]") {
    const std::string algorithm =
        GENERATE("hmac-md5", "hmac-sha1", "hmac-sha224", "hmac-sha256", "hmac-sha384", "hmac-sha512");
    const auto keys = ring_of(pair_key(parse_tsig_algorithm(algorithm).value()));
    const auto request = vector_of(algorithm + ".request");
    const auto check = verify_request(request, keys, signing_time);
    REQUIRE(verdict(check) == "verified");
    const auto& verified = std::get<TsigVerified>(check);
    CHECK(verified.key().name.view() == name("pair.example."));
    CHECK(verified.context.original_id == MessageId{0x1234});
    CHECK(verified.tsig_at == stripped(algorithm + ".request").size());
}

TEST_CASE("A response is signed octet for octet as dnspython does", "[tsig][rfc8945]") {
    const std::string algorithm =
        GENERATE("hmac-md5", "hmac-sha1", "hmac-sha224", "hmac-sha256", "hmac-sha384", "hmac-sha512");
    const auto keys = ring_of(pair_key(parse_tsig_algorithm(algorithm).value()));
    const auto check = verify_request(vector_of(algorithm + ".request"), keys, signing_time);
    const auto& context = std::get<TsigVerified>(check).context;

    auto response = stripped(algorithm + ".response");
    const auto length = response.size();
    response.resize(length + tsig_octets(context));
    CHECK(sign_response(response, length, context, signing_time + seconds{7}) == response.size());
    CHECK(response == vector_of(algorithm + ".response"));
}

TEST_CASE("A stream is signed octet for octet as dnspython does", "[tsig][rfc8945]") {
    const std::string algorithm =
        GENERATE("hmac-md5", "hmac-sha1", "hmac-sha224", "hmac-sha256", "hmac-sha384", "hmac-sha512");
    const auto keys = ring_of(pair_key(parse_tsig_algorithm(algorithm).value()));
    const auto check = verify_request(vector_of(algorithm + ".request"), keys, signing_time);
    TsigStreamSigner signer(std::get<TsigVerified>(check).context);
    for (int number = 0; number < 4; ++number) {
        const std::string key = algorithm + ".stream" + std::to_string(number);
        CHECK(signed_by(signer, stripped(key), signing_time + seconds{number}) == vector_of(key));
    }
}

TEST_CASE("A request of ours has the MAC that dnspython gives it", "[tsig][rfc8945]") {
    const std::string algorithm =
        GENERATE("hmac-md5", "hmac-sha1", "hmac-sha224", "hmac-sha256", "hmac-sha384", "hmac-sha512");
    auto key = std::make_shared<TsigKey>(pair_key(parse_tsig_algorithm(algorithm).value()));
    key->name = name("Pair.Example.");
    auto message = stripped(algorithm + ".request");
    const auto context = sign_request(message, key, signing_time);
    const auto expected = vector_of(algorithm + ".request");
    const auto record = TsigRecord::read(expected, MessageView::read(expected)->tsig_at).value();
    CHECK(equal_octets(context.request_mac.octets(), record.mac));
    if (algorithm != "hmac-md5") CHECK(message == expected);  // the case of MD5's long name is free
}

TEST_CASE("A stream of dnspython is verified, message by message", "[tsig][rfc8945]") {
    const std::string algorithm =
        GENERATE("hmac-md5", "hmac-sha1", "hmac-sha224", "hmac-sha256", "hmac-sha384", "hmac-sha512");
    const auto key = std::make_shared<const TsigKey>(pair_key(parse_tsig_algorithm(algorithm).value()));
    auto request = stripped(algorithm + ".request");
    TsigStreamVerifier verifier(sign_request(request, key, signing_time));
    for (int number = 0; number < 4; ++number) {
        const std::string which = algorithm + ".stream" + std::to_string(number);
        auto message = vector_of(which);
        const auto length = verifier.verify(message, signing_time);
        REQUIRE(length.has_value());
        message.resize(*length);
        CHECK(message == stripped(which));
        CHECK(verifier.finish().has_value());
    }
}

TEST_CASE("A stream of dnspython with unsigned messages in between is verified", "[tsig][rfc8945]") {
    const auto key = std::make_shared<const TsigKey>(pair_key());
    auto request = stripped("hmac-sha256.request");
    TsigStreamVerifier verifier(sign_request(request, key, signing_time));
    for (int number = 0; number < 5; ++number) {
        auto message = vector_of("sparse.stream" + std::to_string(number));
        REQUIRE(verifier.verify(message, signing_time).has_value());
        CHECK(verifier.finish().has_value() == (number == 0 || number == 4));
    }
}

TEST_CASE("The MAC covers the original ID, not the one that a forwarder set", "[tsig][rfc8945]") {
    const auto check = verify_request(vector_of("original-id.request"), ring_of(pair_key()), signing_time);
    REQUIRE(verdict(check) == "verified");
    CHECK(std::get<TsigVerified>(check).context.original_id == MessageId{0x4321});
}

TEST_CASE("BADTIME is answered octet for octet as dnspython does", "[tsig][rfc8945]") {
    const auto check =
        verify_request(vector_of("hmac-sha256.request"), ring_of(pair_key()), signing_time + seconds{412});
    REQUIRE(verdict(check) == "BADTIME");
    const auto& context = *std::get<TsigRejected>(check).context;
    auto response = stripped("badtime.response");
    const auto length = response.size();
    response.resize(length + tsig_octets(context));
    CHECK(sign_response(response, length, context, signing_time + seconds{412}) == response.size());
    CHECK(response == vector_of("badtime.response"));
}
