#pragma once
// Stores the timers of zones: those that come while the disk is busy go together, in one transaction.
//
// Threads: housekeeping; the disk is waited for on the pool. Errors: the store's.

#include "net/asio.hpp"
#include "store/zone_store.hpp"

#include <boost/asio/thread_pool.hpp>

#include <memory>
#include <vector>

namespace lockstep {

/// Resource type. All references outlive it and its coroutines.
class TimerWriter {
public:
    TimerWriter(asio::io_context& context, asio::thread_pool& pool, ZoneStore& store)
        : context_(context), pool_(pool), store_(store) {}

    /// Returns when they are on the disk, or it did not take them.
    [[nodiscard]] awaitable<Result<void>> write(ZoneTimers timers);

private:
    struct Batch {
        explicit Batch(asio::io_context& context) : changed(context, SteadyTime::max()) {}
        std::vector<ZoneTimers> timers;
        bool done = false;
        Result<void> result;
        asio::steady_timer changed;  // cancelled when it is done, and when the disk is free for it
    };

    asio::io_context& context_;
    asio::thread_pool& pool_;
    ZoneStore& store_;
    bool writing_ = false;
    std::shared_ptr<Batch> next_;  // collects; null where there is none
};

}  // namespace lockstep
