#pragma once
// A time to live. Standards: RFC 2181 §8: 31 bits, a set top bit reads as 0.

#include <compare>
#include <cstdint>

namespace lockstep {

/// Seconds, 0 to 2^31-1. Value type.
class Ttl {
public:
    constexpr Ttl() = default;
    constexpr explicit Ttl(std::uint32_t value) : seconds_(value > 0x7fffffffU ? 0 : value) {}
    [[nodiscard]] constexpr std::uint32_t value() const { return seconds_; }
    constexpr auto operator<=>(const Ttl&) const = default;

private:
    std::uint32_t seconds_ = 0;
};

}  // namespace lockstep
