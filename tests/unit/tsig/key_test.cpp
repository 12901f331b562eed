#include "tsig/key.hpp"

#include "forge.hpp"

using namespace lockstep;
using namespace lockstep::test;

TEST_CASE("Algorithms are read in any case, with or without a final dot, MD5 by both of its names",
          "[tsig]") {
    CHECK(parse_tsig_algorithm("hmac-sha256") == TsigAlgorithm::HmacSha256);
    CHECK(parse_tsig_algorithm("HMAC-SHA512.") == TsigAlgorithm::HmacSha512);
    CHECK(parse_tsig_algorithm("hmac-md5") == TsigAlgorithm::HmacMd5);
    CHECK(parse_tsig_algorithm("HMAC-MD5.SIG-ALG.REG.INT.") == TsigAlgorithm::HmacMd5);
    for (const auto text : {"", ".", "sha256", "hmac-sha257", "hmac..sha1"})
        CHECK_FALSE(parse_tsig_algorithm(text).has_value());
    CHECK(
        parse_tsig_algorithm("x").error().text ==
        "not a TSIG algorithm; those known are hmac-md5, hmac-sha1, hmac-sha224, hmac-sha256, hmac-sha384, hmac-sha512");
}

TEST_CASE("Every algorithm's text and wire name lead back to it", "[tsig]") {
    for (const auto algorithm :
         {TsigAlgorithm::HmacMd5, TsigAlgorithm::HmacSha1, TsigAlgorithm::HmacSha224,
          TsigAlgorithm::HmacSha256, TsigAlgorithm::HmacSha384, TsigAlgorithm::HmacSha512}) {
        CHECK(parse_tsig_algorithm(to_string(algorithm)) == algorithm);
        CHECK(algorithm_by_name(algorithm_name(algorithm)) == algorithm);
        CHECK(Name::read_uncompressed(algorithm_name(algorithm).octets()).has_value());
    }
}

TEST_CASE("A generated key has a secret as long as its digest, never the same twice", "[tsig]") {
    const auto first = generate_key(name("k."), TsigAlgorithm::HmacSha512);
    CHECK(first.secret.size() == 64);
    CHECK(first.secret != generate_key(name("k."), TsigAlgorithm::HmacSha512).secret);
}

TEST_CASE("A keyring finds keys without case and takes no name twice", "[tsig]") {
    std::vector<TsigKey> keys;
    for (const auto text : {"b.example.", "a.example.", "c."})
        keys.push_back(generate_key(name(text), TsigAlgorithm::HmacSha256));
    const auto ring = TsigKeyring::make(keys).value();
    REQUIRE(ring.find(name("B.Example.")) != nullptr);
    CHECK(ring.find(name("B.Example."))->name.view() == name("b.example."));
    CHECK(ring.find(name("example.")) == nullptr);
    CHECK(TsigKeyring().find(name("c.")) == nullptr);
    CHECK(ring.keys().size() == 3);

    keys.push_back(generate_key(name("A.EXAMPLE."), TsigAlgorithm::HmacSha1));
    CHECK(TsigKeyring::make(keys).error().code == ErrorCode::Exists);
    CHECK(TsigKeyring::make({TsigKey{.name = name("e."), .secret = {}}}).error().text ==
          "key e.: the secret is empty");
}
