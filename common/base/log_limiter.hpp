#pragma once
// Keeps what comes in masses (what strangers provoke, a peer that fails for thousands of zones) from filling
// the log: one line a subject in ten seconds, then how many there were.
//
// Threads: any. Limits: 64 subjects; beyond, new ones share one.

#include "base/clock.hpp"

#include <fmt/format.h>

#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <utility>

namespace lockstep {

/// ` (and 3 more since the last such line)`, or nothing for 0.
[[nodiscard]] inline std::string held_back_text(std::uint64_t count) {
    return count == 0 ? std::string() : fmt::format(" (and {} more since the last such line)", count);
}

/// Resource type.
class LogLimiter {
public:
    explicit LogLimiter(const Clock& clock) : clock_(clock) {}

    /// Whether a line about `subject` (a zone and an address, say) may be written now; if so, how many were
    /// held back since the last.
    [[nodiscard]] std::optional<std::uint64_t> admit(const std::string& subject) {
        const std::lock_guard lock(mutex_);
        const auto now = clock_.steady_now();
        if (subjects_.size() >= max_subjects) {
            std::erase_if(subjects_, [&](const auto& entry) { return now - entry.second.last >= gap; });
        }
        auto& [last, held_back] =
            subjects_[subjects_.size() < max_subjects || subjects_.contains(subject) ? subject : ""];
        if (last != SteadyTime{} && now - last < gap) {
            ++held_back;
            return std::nullopt;
        }
        last = now;
        return std::exchange(held_back, 0);
    }

private:
    static constexpr std::size_t max_subjects = 64;
    static constexpr seconds gap{10};
    struct Subject {
        SteadyTime last{};
        std::uint64_t held_back = 0;
    };
    const Clock& clock_;
    std::mutex mutex_;
    std::map<std::string, Subject> subjects_;
};

}  // namespace lockstep
