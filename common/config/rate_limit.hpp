#pragma once
// The "rate_limit" section: how often one network is told the same over UDP.

#include "base/endpoint.hpp"

#include <chrono>
#include <vector>

namespace lockstep {

/// Value type. Taken over by a reload.
struct RateLimitConfig {
    unsigned responses_per_second = 200;  // 0: no limit
    std::chrono::seconds window{15};  // for so long a flood that has ended is still held against its source
    unsigned slip = 2;                // one in so many over the limit is sent truncated; 0: none
    unsigned ipv4_prefix = 24;
    unsigned ipv6_prefix = 56;
    std::vector<Prefix> exempt{};
    bool operator==(const RateLimitConfig&) const = default;
};

}  // namespace lockstep
