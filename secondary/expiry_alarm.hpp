#pragma once
// Which part of a lease has passed without a word from a primary: half, three quarters, nine tenths. PURE: no
// clock, no I/O.
//
// Threads: a value, one owner. Limits: each part is told once until reset().

#include "base/clock.hpp"

#include <array>
#include <cstddef>
#include <optional>

namespace lockstep {

class ExpiryAlarm {
public:
    /// When the next part has passed, of a lease from `began` to `ends`; nothing after the last.
    [[nodiscard]] std::optional<SteadyTime> next(SteadyTime began, SteadyTime ends) const {
        if (told_ == percents.size()) return std::nullopt;
        return began + (ends - began) / 100 * percents[told_];
    }
    /// The percentage that has passed by now, where it was not told before.
    [[nodiscard]] std::optional<int> due(SteadyTime began, SteadyTime ends, SteadyTime now) {
        std::optional<int> percent;
        for (auto at = next(began, ends); at && *at <= now; at = next(began, ends))
            percent = percents[told_++];
        return percent;
    }
    /// Another lease began.
    void reset() { told_ = 0; }

private:
    static constexpr std::array percents{50, 75, 90};
    std::size_t told_ = 0;
};

}  // namespace lockstep
