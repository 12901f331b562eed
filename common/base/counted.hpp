#pragma once
// A share of a budget that is held as long as a scope lasts.
//
// Threads: the counter's.

#include <cstddef>

namespace lockstep {

/// `count` is higher by `by` as long as it lives. Resource type; the counter outlives it.
class Counted {
public:
    explicit Counted(std::size_t& count, std::size_t by = 1) : count_(count), by_(by) { count_ += by_; }
    Counted(const Counted&) = delete;
    Counted& operator=(const Counted&) = delete;
    ~Counted() { count_ -= by_; }

private:
    std::size_t& count_;
    const std::size_t by_;
};

}  // namespace lockstep
