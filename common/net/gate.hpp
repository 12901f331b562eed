#pragma once
// Counts the coroutines that run, so that an owner can wait for them before it goes.
//
// Threads: its io_context's only. Errors: none; what escapes a coroutine is a bug, logged and counted as
// such.

#include "base/log.hpp"
#include "net/asio.hpp"

#include <functional>

namespace lockstep {

/// Resource type; outlives what it spawns, or its io_context is gone first.
class Gate {
public:
    Gate(asio::io_context& context, Log& log) : context_(context), log_(log) {}
    Gate(const Gate&) = delete;
    Gate& operator=(const Gate&) = delete;

    /// Runs `task` on the context's thread. May be called from any thread.
    void spawn(awaitable<void> task);
    [[nodiscard]] std::size_t running() const { return running_; }

private:
    asio::io_context& context_;
    Log& log_;
    std::size_t running_ = 0;
};

}  // namespace lockstep
