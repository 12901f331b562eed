#include "crypto/siphash.hpp"

#include "crypto/encoding.hpp"
#include "support/catch.hpp"

using namespace lockstep;

TEST_CASE("SipHash-2-4 is that of its authors' paper", "[crypto]") {
    const auto key = make_secret(*from_hex("000102030405060708090a0b0c0d0e0f"));
    const auto message = *from_hex("000102030405060708090a0b0c0d0e");
    SipHash siphash;
    CHECK(to_hex(siphash.hash(key, message)) == "e545be4961ca29a1");  // appendix A, least octet first
    CHECK(to_hex(siphash.hash(key, {})) == "310e0edd47db6f72");
    const auto other = make_secret(*from_hex("100102030405060708090a0b0c0d0e0f"));
    CHECK(siphash.hash(other, message) != siphash.hash(key, message));
    CHECK(to_hex(siphash.hash(key, message)) == "e545be4961ca29a1");
}
