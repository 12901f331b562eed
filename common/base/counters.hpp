#pragma once
// Counters that a query may touch: one cache line's worth per worker, summed by whoever asks.

#include <atomic>
#include <cstdint>

namespace lockstep {

/// A counter that one thread increments and any thread reads. The increment is a plain load and store, no
/// locked instruction. Threads: add() by its owner only.
class OwnedCounter {
public:
    void add(std::uint64_t by = 1) {
        value_.store(value_.load(std::memory_order_relaxed) + by, std::memory_order_relaxed);
    }
    [[nodiscard]] std::uint64_t value() const { return value_.load(std::memory_order_relaxed); }

private:
    std::atomic<std::uint64_t> value_{0};
};

/// A counter for several writers, off the query path. Threads: any.
class SharedCounter {
public:
    void add(std::uint64_t by = 1) { value_.fetch_add(by, std::memory_order_relaxed); }
    [[nodiscard]] std::uint64_t value() const { return value_.load(std::memory_order_relaxed); }

private:
    std::atomic<std::uint64_t> value_{0};
};

}  // namespace lockstep
