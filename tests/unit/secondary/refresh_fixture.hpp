#pragma once
// Zones and times for the tests of a secondary's timers.

#include "secondary/refresh_state.hpp"
#include "support/catch.hpp"

namespace lockstep::test {

using std::chrono::hours;
using std::chrono::minutes;

/// Always the same draw, as a share of what could be drawn.
class FixedRandom final : public Random {
public:
    explicit FixedRandom(double fraction) : value_(static_cast<std::uint64_t>(fraction * 0x1.0p53) << 11) {}
    [[nodiscard]] std::uint64_t next() override { return value_; }

private:
    std::uint64_t value_;
};

inline constexpr double lowest = 0.0;
inline constexpr double highest = 1.0 - 0x1.0p-53;
inline constexpr SteadyTime start{hours{100}};
inline constexpr WallTime wall_start{seconds{1'790'000'000}};
inline constexpr TimersConfig defaults{};

inline Soa soa(seconds refresh = hours{1}, seconds retry = minutes{10}, seconds expire = hours{7 * 24}) {
    return {.mname = Name::parse_absolute("ns1.example.com.").value(),
            .rname = Name::parse_absolute("hostmaster.example.com.").value(),
            .serial = Serial{1},
            .refresh = refresh,
            .retry = retry,
            .expire = expire,
            .minimum = seconds{300}};
}

/// A state that took `content` at `start`.
inline RefreshState fresh(const Soa& content, Random& random, const TimersConfig& config = defaults) {
    RefreshState state(config, random);
    state.transferred(content, start, std::nullopt);
    return state;
}

}  // namespace lockstep::test
