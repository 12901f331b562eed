#include "base/clock.hpp"

#include <fmt/format.h>

#include <ctime>

namespace lockstep {

SteadyTime SystemClock::steady_coarse() const {
    timespec time{};
    if (clock_gettime(CLOCK_MONOTONIC_COARSE, &time) != 0) return steady_now();
    return SteadyTime{seconds(time.tv_sec) + std::chrono::nanoseconds(time.tv_nsec)};
}

milliseconds SystemClock::suspended() const {
    // Not in one moment: what comes between the two is far below what is asked for.
    timespec awake{};
    timespec all{};
    if (clock_gettime(CLOCK_MONOTONIC, &awake) != 0 || clock_gettime(CLOCK_BOOTTIME, &all) != 0)
        return milliseconds{0};
    return std::chrono::duration_cast<milliseconds>(seconds(all.tv_sec - awake.tv_sec) +
                                                    std::chrono::nanoseconds(all.tv_nsec - awake.tv_nsec));
}

std::string to_rfc3339(WallTime time) {
    const auto day = std::chrono::floor<std::chrono::days>(time);
    const std::chrono::year_month_day date{day};
    const std::chrono::hh_mm_ss clock{time - day};
    return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:03}Z", static_cast<int>(date.year()),
                       static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
                       clock.hours().count(), clock.minutes().count(), clock.seconds().count(),
                       clock.subseconds().count());
}

}  // namespace lockstep
