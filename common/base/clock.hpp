#pragma once
// Time as a parameter: everything that waits or compares times takes a Clock.

#include <chrono>
#include <string>

namespace lockstep {

using SteadyTime = std::chrono::steady_clock::time_point;
using WallTime = std::chrono::time_point<std::chrono::system_clock, std::chrono::milliseconds>;
using std::chrono::milliseconds;
using std::chrono::seconds;

/// The two times: steady for durations while up, wall for TSIG, logs and what outlives a restart.
/// Threads: any thread may ask.
class Clock {
public:
    virtual ~Clock() = default;
    [[nodiscard]] virtual SteadyTime steady_now() const = 0;
    /// The same at a fraction of the cost, up to 10 ms behind.
    [[nodiscard]] virtual SteadyTime steady_coarse() const { return steady_now(); }
    [[nodiscard]] virtual WallTime wall_now() const = 0;
    /// For how long in all the machine has been suspended, which the steady clock leaves out.
    [[nodiscard]] virtual milliseconds suspended() const = 0;
};

class SystemClock final : public Clock {
public:
    [[nodiscard]] SteadyTime steady_now() const override { return std::chrono::steady_clock::now(); }
    [[nodiscard]] SteadyTime steady_coarse() const override;
    [[nodiscard]] WallTime wall_now() const override {
        return std::chrono::time_point_cast<milliseconds>(std::chrono::system_clock::now());
    }
    [[nodiscard]] milliseconds suspended() const override;
};

/// A clock for tests that stands still until told. Threads: one.
class ManualClock final : public Clock {
public:
    explicit ManualClock(WallTime wall = WallTime{seconds{1'790'000'000}}) : wall_(wall) {}
    [[nodiscard]] SteadyTime steady_now() const override { return steady_; }
    [[nodiscard]] WallTime wall_now() const override { return wall_; }
    [[nodiscard]] milliseconds suspended() const override { return suspended_; }
    void advance(milliseconds by) {
        steady_ += by;
        wall_ += by;
    }
    /// Moves the wall clock alone, as an operator or NTP would.
    void step_wall(milliseconds by) { wall_ += by; }
    /// Time passes, and the steady clock does not see it.
    void suspend(milliseconds by) {
        wall_ += by;
        suspended_ += by;
    }

private:
    SteadyTime steady_{std::chrono::hours{1}};
    WallTime wall_;
    milliseconds suspended_{0};
};

/// RFC 3339 in UTC with milliseconds, e.g. `2026-11-23T01:36:55.120Z`.
[[nodiscard]] std::string to_rfc3339(WallTime time);

}  // namespace lockstep
