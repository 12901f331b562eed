#pragma once
// Signs of life: a thread raises a count, a watchdog looks whether it moves.
//
// Threads: one raises, any may look. Cost: a relaxed load and store.

#include <atomic>
#include <cstdint>
#include <string>

namespace lockstep {

/// Resource type, of the thread that raises it.
class Beat {
public:
    void raise() { count_.store(count_.load(std::memory_order_relaxed) + 1, std::memory_order_relaxed); }
    [[nodiscard]] std::uint64_t count() const { return count_.load(std::memory_order_relaxed); }

private:
    std::atomic<std::uint64_t> count_{0};
};

/// A thread that raises its beat every few seconds, busy or idle. `beat` belongs to who runs the thread.
struct WatchedThread {
    std::string name;  // for the operator: `UDP worker 2 of 192.0.2.1:53`
    const Beat* beat = nullptr;
};

}  // namespace lockstep
