#include "crypto/digest.hpp"

#include "crypto/encoding.hpp"
#include "crypto/secret.hpp"
#include "support/catch.hpp"

#include <string>

using namespace lockstep;

namespace {

std::string mac(HashAlgorithm algorithm, const std::string& key, const std::string& text) {
    Hmac hmac(algorithm, as_octets(key));
    hmac.update(as_octets(text));
    return to_hex(hmac.finish().octets());
}

}  // namespace

TEST_CASE("Digests are those of FIPS 180-4 and RFC 1321", "[crypto]") {
    const auto of = [](HashAlgorithm algorithm, std::string_view text) {
        return to_hex(digest(algorithm, as_octets(text)).octets());
    };
    CHECK(of(HashAlgorithm::Md5, "abc") == "900150983cd24fb0d6963f7d28e17f72");
    CHECK(of(HashAlgorithm::Sha1, "abc") == "a9993e364706816aba3e25717850c26c9cd0d89d");
    CHECK(of(HashAlgorithm::Sha224, "abc") == "23097d223405d8228642a477bda255b32aadbce4bda0b3f7e36c9da7");
    CHECK(of(HashAlgorithm::Sha256, "") ==
          "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    CHECK(of(HashAlgorithm::Sha384, "abc") ==
          "cb00753f45a35e8bb5a03d699ac65007272c32ab0eded1631a8b605a43ff5bed8086072ba1e7cc2358baeca134c825a7");
    CHECK(of(HashAlgorithm::Sha512, "abc").substr(0, 32) == "ddaf35a193617abacc417349ae204131");
}

TEST_CASE("MACs are those of RFC 2202 and RFC 4231", "[crypto]") {
    CHECK(mac(HashAlgorithm::Md5, "Jefe", "what do ya want for nothing?") ==
          "750c783e6ab0b503eaa86e310a5db738");
    CHECK(mac(HashAlgorithm::Sha1, "Jefe", "what do ya want for nothing?") ==
          "effcdf6ae5eb2fa2d27416d5f184df9c259a7c79");
    CHECK(mac(HashAlgorithm::Sha224, "Jefe", "what do ya want for nothing?") ==
          "a30e01098bc6dbbf45690f3a7e9e6d0f8bbea2a39e6148008fd05e44");
    CHECK(mac(HashAlgorithm::Sha256, "Jefe", "what do ya want for nothing?") ==
          "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
    CHECK(mac(HashAlgorithm::Sha384, "Jefe", "what do ya want for nothing?") ==
          "af45d2e376484031617f78d2b58a6b1b9c7ef464f5a01b47e42ec3736322445e8e2240ca5e69e2c78b3239ecfab21649");
    CHECK(mac(HashAlgorithm::Sha512, "Jefe", "what do ya want for nothing?").substr(0, 32) ==
          "164b7a7bfcf819e2e395fbe73b56e0a3");
}

TEST_CASE("A key longer than a block is hashed first (RFC 4231 test case 6)", "[crypto]") {
    const std::string key(131, '\xaa');
    const std::string text = "Test Using Larger Than Block-Size Key - Hash Key First";
    CHECK(mac(HashAlgorithm::Sha256, key, text) ==
          "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54");
    CHECK(mac(HashAlgorithm::Sha512, key, text).substr(0, 32) == "80b24263c7c1a3ebb71493c1dd7be8b4");
    CHECK(mac(HashAlgorithm::Sha256, std::string(10'000, 'k'), text).size() == 64);
}

TEST_CASE("An HMAC object makes one MAC after another under its key, also under no key", "[crypto]") {
    Hmac hmac(HashAlgorithm::Sha256, {});
    const auto empty = hmac.finish();
    CHECK(to_hex(empty.octets()) == "b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad");
    hmac.update(as_octets("in two"));
    hmac.update(as_octets(" parts"));
    const auto parts = hmac.finish();
    hmac.update(as_octets("in two parts"));
    CHECK(hmac.finish() == parts);
    CHECK(hmac.finish() == empty);
}

TEST_CASE("A digest value takes what it can hold", "[crypto]") {
    const std::string text(100, 'x');
    CHECK(DigestValue(as_octets(text)).size() == 64);
    CHECK(DigestValue(as_octets("abc")) == DigestValue(as_octets("abc")));
    CHECK_FALSE(DigestValue(as_octets("abc")) == DigestValue(as_octets("ab")));
    CHECK(DigestValue().empty());
}

TEST_CASE("Constant-time comparison tells equal from unequal", "[crypto]") {
    CHECK(constant_time_equal(as_octets("abc"), as_octets("abc")));
    CHECK_FALSE(constant_time_equal(as_octets("abc"), as_octets("abd")));
    CHECK_FALSE(constant_time_equal(as_octets("abc"), as_octets("ab")));
    CHECK(constant_time_equal({}, {}));
}

TEST_CASE("Random octets come in the length asked for and differ", "[crypto]") {
    CHECK(random_octets(0).empty());
    const auto first = random_octets(32);
    CHECK(first.size() == 32);
    CHECK(first != random_octets(32));
}
