#pragma once
// How often one source may do something: so many times at once, and one more each while.
//
// Threads: one. Limits: 10,000 sources are known; while more than that are busy, unknown ones are refused.
// IPv6 sources are networks of 64 bits.

#include "base/clock.hpp"
#include "base/endpoint.hpp"

#include <algorithm>
#include <cstddef>
#include <map>
#include <string>

namespace lockstep {

/// Resource type.
class Allowance {
public:
    Allowance(const Clock& clock, unsigned at_once, seconds one_more)
        : clock_(clock), at_once_(at_once), one_more_(one_more) {}

    /// The same of an address.
    [[nodiscard]] bool take(const IpAddress& from) {
        return take((from.is_v4() ? Prefix::of(from) : Prefix::around(from, 64)).to_string());
    }
    /// Whether `source` may do it now; then it has.
    [[nodiscard]] bool take(const std::string& source) {
        const auto now = clock_.steady_now();
        if (free_at_.size() >= most_sources)
            std::erase_if(free_at_, [&](const auto& entry) { return entry.second <= now; });
        auto at = free_at_.find(source);
        if (at == free_at_.end()) {
            if (free_at_.size() >= most_sources) return false;
            at = free_at_.emplace(source, now).first;
        }
        const auto next = std::max(at->second, now) + one_more_;
        if (next - now > one_more_ * at_once_) return false;
        at->second = next;
        return true;
    }

private:
    static constexpr std::size_t most_sources = 10'000;

    const Clock& clock_;
    unsigned at_once_;
    seconds one_more_;
    std::map<std::string, SteadyTime> free_at_;  // when all that was taken is there again
};

}  // namespace lockstep
