#pragma once
// SOA serial numbers: a circle, not a line (RFC 1982). No `<`, no `+` between serials.
//
// Threads: values. Errors: none. Limits: 32 bits. Security: a distance of exactly 2^31 is never "newer".

#include <compare>
#include <cstdint>
#include <string>

namespace lockstep {

/// The version of a zone, from its SOA. Value type.
class Serial {
public:
    constexpr Serial() = default;
    constexpr explicit Serial(std::uint32_t value) : value_(value) {}
    [[nodiscard]] constexpr std::uint32_t value() const { return value_; }
    constexpr bool operator==(const Serial&) const = default;

    /// This serial after `step` more versions; `step` is at most 2^31-1 (RFC 1982 §3.1).
    [[nodiscard]] constexpr Serial advanced(std::uint32_t step = 1) const {
        return Serial{value_ + (step & 0x7fffffffU)};
    }

private:
    std::uint32_t value_ = 0;
};

/// RFC 1982 §3.2; unordered where the distance is exactly 2^31.
[[nodiscard]] constexpr std::partial_ordering compare(Serial a, Serial b) {
    const std::uint32_t distance = a.value() - b.value();
    if (distance == 0) return std::partial_ordering::equivalent;
    if (distance == 0x80000000U) return std::partial_ordering::unordered;
    return distance < 0x80000000U ? std::partial_ordering::greater : std::partial_ordering::less;
}
[[nodiscard]] constexpr bool is_newer(Serial a, Serial than) {
    return compare(a, than) == std::partial_ordering::greater;
}
[[nodiscard]] inline std::string to_string(Serial serial) {
    return std::to_string(serial.value());
}

}  // namespace lockstep
