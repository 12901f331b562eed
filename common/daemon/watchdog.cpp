#include "daemon/watchdog.hpp"

namespace lockstep {

Watchdog::Watchdog(const std::vector<WatchedThread>& threads, milliseconds patience, SteadyTime now)
    : patience_(patience) {
    for (const auto& thread : threads)
        watched_.push_back({.thread = thread, .count = thread.beat->count(), .moved_at = now});
}

Watchdog::Found Watchdog::look(SteadyTime now) {
    Found found;
    for (auto& one : watched_) {
        if (const auto count = one.thread.beat->count(); count != one.count) {
            one.count = count;
            one.moved_at = now;
        }
        const bool still = now - one.moved_at >= patience_;
        if (still && !one.still) found.stopped.push_back(one.thread.name);
        if (!still && one.still) found.resumed.push_back(one.thread.name);
        one.still = still;
        if (still) ++found.still;
    }
    return found;
}

}  // namespace lockstep
