#include "zone/host_name.hpp"

#include "support/catch.hpp"

#include <array>
#include <string_view>

using namespace lockstep;

TEST_CASE("A host name's labels are letters, digits and hyphens, these not at the ends", "[zone][rfc1123]") {
    constexpr std::string_view alphanumeric = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
    for (unsigned value = 0; value < 256; ++value) {
        for (std::size_t size = 1; size <= 3; ++size) {
            for (std::size_t at = 0; at < size; ++at) {
                OctetString label(size, std::byte{'a'});
                label[at] = static_cast<std::byte>(value);
                const bool inner = at > 0 && at + 1 < size;
                const bool allowed = alphanumeric.find(static_cast<char>(value)) != std::string_view::npos ||
                                     (inner && value == '-');
                const auto parent = Name::prepend(as_octets("x"), Name{});
                const auto below = Name::prepend(label, *parent);
                const auto above = Name::prepend(as_octets("x"), *Name::prepend(label, Name{}));
                CAPTURE(value, size, at);
                REQUIRE(is_host_name(*below) == allowed);
                REQUIRE(is_host_name(*above) == allowed);
            }
        }
    }
    CHECK(is_host_name(Name{}));
}
