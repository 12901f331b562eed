#include "daemon/old_versions.hpp"

#include "base/heap.hpp"
#include "support/catch.hpp"
#include "support/zone_text.hpp"

#include <string>

using namespace lockstep;

namespace {

/// 64 KB for each of `names`.
ZonePtr made(std::size_t names) {
    ZoneBuilder builder(test::name("example."));
    for (const RecordView record : test::records("example.", "@ 60 SOA ns1 h 1 60 60 60 60\n@ 60 NS ns1\n"))
        (void)builder.add(record);
    for (std::size_t i = 0; i < names; ++i) {
        const OctetString rdata(65'000, std::byte{7});
        (void)builder.add(
            {*Name::parse_absolute("n" + std::to_string(i) + ".example."), RrType{65'300}, Ttl{60}, rdata});
    }
    auto zone = std::move(builder).finish();
    REQUIRE(zone.has_value());
    return *zone;
}
ZonePtr large() {
    auto zone = made(large_zone_octets / 65'000 + 1);
    REQUIRE(zone->wire_octets() >= large_zone_octets);
    return zone;
}

ServedZonePtr served(ZonePtr zone) {
    auto served = std::make_shared<ServedZone>();
    served->apex = test::name("example.");
    served->zone = std::move(zone);
    return served;
}

}  // namespace

TEST_CASE("a large version stays until nobody else has it, be it held by itself or as what is served",
          "[old-versions]") {
    OldVersions versions;
    auto old = served(large());
    const std::weak_ptr<const ServedZone> watched = old;
    versions.keep(old);
    versions.keep(old);
    CHECK(versions.free_unused() == 0);
    auto zone = old->zone;
    old.reset();
    CHECK(versions.free_unused() == 0);
    zone.reset();
    CHECK_FALSE(watched.expired());
    CHECK_FALSE(versions.empty());
    CHECK(versions.free_unused() == 1);
    CHECK(watched.expired());
    CHECK(versions.empty());
}

TEST_CASE("what is soon freed is not kept", "[old-versions]") {
    OldVersions versions;
    versions.keep(nullptr);
    versions.keep(served(nullptr));
    versions.keep(served(made(2)));
    CHECK(versions.empty());
}
