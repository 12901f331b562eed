// The digest of a zone: the RFC's vectors, and what must not pass.

#include "zone/zonemd.hpp"

#include "support/catch.hpp"
#include "support/zone_text.hpp"

using namespace lockstep;
using namespace lockstep::test;

namespace {

constexpr std::string_view digest_a1 =
    "c68090d90a7aed716bc459f9340e3d7c1370d4d24b7e2fc3a1ddc0b9a87153b9a9713b3c9ae5cc27777f98b8e730044c";

/// RFC 8976, appendix A.1, with `zonemd` in place of its ZONEMD records.
ZonePtr digested(std::string_view zonemd, std::string_view more = "") {
    return zone("example.",
                std::string("@ 86400 SOA ns1.example. admin.example. 2018031900 1800 900 604800 86400\n"
                            "@ 86400 NS ns1.example.\n"
                            "@ 86400 NS ns2.example.\n"
                            "ns1.example. 3600 A 203.0.113.63\n"
                            "ns2.example. 3600 AAAA 2001:db8::63\n") +
                    std::string(zonemd) + std::string(more));
}

std::string zonemd(unsigned serial, unsigned scheme, unsigned hash, std::string_view digest) {
    return "@ 86400 ZONEMD " + std::to_string(serial) + " " + std::to_string(scheme) + " " +
           std::to_string(hash) + " " + std::string(digest) + "\n";
}

const std::string good = zonemd(2018031900, 1, 1, digest_a1);
const std::string wrong_digest(96, '0');

std::string error_of(const ZonePtr& zone) {
    const auto verified = verify_zone_digest(*zone);
    REQUIRE_FALSE(verified.has_value());
    CHECK(verified.error().code == ErrorCode::Invalid);
    return verified.error().text;
}

}  // namespace

TEST_CASE("the RFC's example verifies", "[zonemd][rfc8976]") {
    CHECK(verify_zone_digest(*digested(good)) == ZoneDigest::Verified);
}

TEST_CASE("a zone without ZONEMD has nothing to verify", "[zonemd]") {
    CHECK(verify_zone_digest(*digested("")) == ZoneDigest::Absent);
    // One below the apex means nothing (RFC 8976 §2).
    CHECK(verify_zone_digest(*digested("", "ns1.example. 60 ZONEMD 1 1 1 " + wrong_digest + "\n")) ==
          ZoneDigest::Absent);
}

TEST_CASE("one record more, one less or another one does not verify", "[zonemd][rfc8976]") {
    CHECK(error_of(digested(good, "www 60 A 192.0.2.1\n")).find("its records come to") != std::string::npos);
    CHECK(error_of(digested(good, "ns1.example. 3600 A 203.0.113.64\n")).find("RFC 8976") !=
          std::string::npos);
    CHECK(error_of(digested(zonemd(2018031900, 1, 1, wrong_digest))).find(digest_a1) != std::string::npos);
}

TEST_CASE("a digest for another serial does not verify, and both are named", "[zonemd][rfc8976]") {
    const auto text = error_of(digested(zonemd(2018031901, 1, 1, digest_a1)));
    CHECK(text.find("2018031901") != std::string::npos);
    CHECK(text.find("2018031900") != std::string::npos);
}

TEST_CASE("two digests of one scheme and hash are no proof, one good among several is", "[zonemd][rfc8976]") {
    CHECK(error_of(digested(good + zonemd(2018031900, 1, 1, wrong_digest))).find("2 ZONEMD records") !=
          std::string::npos);
    CHECK(verify_zone_digest(*digested(good + zonemd(2018031900, 1, 2, std::string(128, '0')))) ==
          ZoneDigest::Verified);
    CHECK(verify_zone_digest(*digested(good + zonemd(2018031900, 1, 240, wrong_digest))) ==
          ZoneDigest::Verified);
}

TEST_CASE("schemes and hashes that nobody here knows prove nothing and refuse nothing", "[zonemd][rfc8976]") {
    CHECK(verify_zone_digest(*digested(zonemd(2018031900, 1, 240, wrong_digest))) == ZoneDigest::Unknown);
    CHECK(verify_zone_digest(*digested(zonemd(2018031900, 240, 1, wrong_digest))) == ZoneDigest::Unknown);
}
