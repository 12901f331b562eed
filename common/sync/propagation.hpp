#pragma once
// How long new serials took to arrive: the episodes of the last hour, and a histogram a pair.
//
// Threads: the housekeeping thread's only. Limits: the last hour, of it the last 4,096 episodes.

#include "base/clock.hpp"
#include "wire/serial.hpp"

#include <array>
#include <cstdint>
#include <deque>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace lockstep {

/// A serial on its way, from where it began to be served to where it was seen to be. Value type.
struct Propagation {
    std::string zone;
    std::string peer;  // a secondary's name; on a secondary, for its own zones, the primary's
    Serial serial{};
    WallTime served_at{};               // here; on a secondary when it was first heard of
    std::optional<WallTime> seen_at{};  // nothing while it is still on its way
    double seconds = 0;                 // so far, where it is still on its way
};

/// Counts by upper bound in seconds. Value type.
struct PropagationHistogram {
    static constexpr std::array<double, 16> bounds{0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25,
                                                   0.5,   1,      2.5,   5,    10,    30,   60,  300};
    std::array<std::uint32_t, bounds.size() + 1> counts{};  // the last: above all bounds
    double sum = 0;

    void add(double length);  // in seconds
    bool operator==(const PropagationHistogram&) const = default;
};

/// Resource type.
class PropagationLog {
public:
    static constexpr std::chrono::seconds window{3600};
    /// `listener` is called with each episode that was added. Set before the first.
    void on_add(std::function<void(const Propagation&)> listener) { on_add_ = std::move(listener); }
    void add(Propagation episode);
    /// Those that ended within the last hour before `now`, oldest first; of `zone`, or of all where it is
    /// empty.
    [[nodiscard]] std::vector<Propagation> recent(std::string_view zone, WallTime now) const;

private:
    std::function<void(const Propagation&)> on_add_;
    std::deque<Propagation> episodes_;
};

}  // namespace lockstep
