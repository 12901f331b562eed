// What a primary may send in place of a record's data: refused, or else a dump tells it so that it can be
// read again.

#include "records.hpp"
#include "support/catch.hpp"

#include <algorithm>

using namespace lockstep;
using namespace lockstep::test;

namespace {

constexpr std::size_t changed_octets = 120;  // of each vector, its first

/// Whether the octets are taken; then their text must make them again.
bool taken(RrType type, const OctetString& wire) {
    OctetString read;
    if (!read_rdata(type, wire, 0, wire.size(), read)) return false;
    const std::string text = rdata_text(type, read);
    CAPTURE(to_string(type), hex(wire), text);
    const auto again = parse(type, text);
    CHECK((again ? hex(*again) : again.error().text) == hex(read));
    return true;
}

}  // namespace

TEST_CASE("octets of any type that are cut, grown or changed are refused, or come back from their text",
          "[rdata][KNOWN_BUGS]") {
    std::size_t refused = 0;
    std::size_t accepted = 0;
    const auto note = [&](RrType type, const OctetString& wire) {
        ++(taken(type, wire) ? accepted : refused);
    };
    for (const Vector& vector : vectors()) {
        if (!vector.accepted) continue;
        const OctetString wire = octets(vector.hex);
        const std::size_t end = std::min(wire.size(), changed_octets);
        for (std::size_t at = 0; at < end; ++at) {
            note(vector.type, OctetString(wire.begin(), wire.begin() + static_cast<std::ptrdiff_t>(at)));
            for (const auto bits : {std::byte{0x01}, std::byte{0x80}, std::byte{0xff}}) {
                OctetString changed = wire;
                changed[at] ^= bits;
                note(vector.type, changed);
            }
        }
        for (const auto octet : {std::byte{0}, std::byte{0xc0}}) {
            OctetString grown = wire;
            grown.push_back(octet);
            note(vector.type, grown);
        }
    }
    CHECK(refused > 1000);
    CHECK(accepted > 1000);
}
