#include "base/bytes.hpp"

#include "support/catch.hpp"

#include <algorithm>

using namespace lockstep;

namespace {

constexpr std::size_t most = 100;

OctetString counted(std::size_t size) {
    OctetString octets(size);
    for (std::size_t i = 0; i < size; ++i)
        octets[i] = static_cast<std::byte>(i + 1);
    return octets;
}

}  // namespace

TEST_CASE("octets are equal where all of them are, and as many, whatever their count", "[bytes]") {
    for (std::size_t size = 0; size <= most; ++size) {
        const auto octets = counted(size);
        auto other = octets;
        CHECK(equal_octets(octets, other));
        CHECK_FALSE(equal_octets(octets, counted(size + 1)));
        for (auto& octet : other) {
            octet ^= std::byte{0x80};
            CHECK_FALSE(equal_octets(octets, other));
            octet ^= std::byte{0x80};
        }
    }
    CHECK(equal_octets({}, {}));
}

TEST_CASE("copying octets writes them and nothing beside them, whatever their count", "[bytes]") {
    for (std::size_t size = 0; size <= most; ++size) {
        const auto octets = counted(size);
        OctetString to(size + 2, std::byte{0xee});
        copy_octets(to.data() + 1, octets);
        CHECK(std::ranges::equal(Octets(to).subspan(1, size), octets));
        CHECK(to.front() == std::byte{0xee});
        CHECK(to.back() == std::byte{0xee});
        const OctetString exact(octets);  // AddressSanitizer sees its edges
        OctetString target(size);
        copy_octets(target.data(), exact);
        CHECK(target == exact);
    }
}
