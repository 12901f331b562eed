#pragma once
// Logs whom response rate limiting turns down.
//
// Threads: any. Limits: a line a network in ten seconds (LogLimiter).

#include "answer/events.hpp"
#include "base/log.hpp"
#include "base/log_limiter.hpp"

namespace lockstep {

/// Resource type.
class RateLimitLog final : public RateLimitObserver {
public:
    RateLimitLog(Log& log, const Clock& clock) : log_(log), limiter_(clock) {}

    void limited(const Prefix& network, const ResponseKind& kind) override {
        const auto who = network.to_string();
        const auto held_back = limiter_.admit(who);
        if (!held_back) return;
        log_.warning(
            "UDP responses to {} are limited, too many tell the same: {}. Its addresses may be forged. "
            "A resolver that you trust goes into \"rate_limit\", \"exempt\"{}",
            who, kind.to_string(), held_back_text(*held_back));
    }

private:
    Log& log_;
    LogLimiter limiter_;
};

}  // namespace lockstep
