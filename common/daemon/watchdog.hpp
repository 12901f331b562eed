#pragma once
// Which threads stand still.
//
// Threads: one. Cost: a load for each thread watched.

#include "base/beat.hpp"
#include "base/clock.hpp"

#include <string>
#include <vector>

namespace lockstep {

/// Resource type; what it watches outlives it.
class Watchdog {
public:
    /// A thread that has not moved for `patience` stands still.
    Watchdog(const std::vector<WatchedThread>& threads, milliseconds patience, SteadyTime now);

    /// What a look at all threads found.
    struct Found {
        std::vector<std::string> stopped;  // stand still since the last look
        std::vector<std::string> resumed;  // stood still at the last look, and move again
        std::size_t still = 0;             // how many stand still now
    };
    [[nodiscard]] Found look(SteadyTime now);

private:
    struct Watched {
        WatchedThread thread;
        std::uint64_t count = 0;
        SteadyTime moved_at{};
        bool still = false;
    };
    std::vector<Watched> watched_;
    milliseconds patience_;
};

}  // namespace lockstep
