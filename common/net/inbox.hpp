#pragma once
// The way from any thread to the one that runs a context, for those who may outlive it.
//
// Threads: any. Limits: none on what waits to be run. Security: nobody who sends can keep a context, and with
// it the coroutines that it owns, beyond its owner.

#include "net/asio.hpp"

#include <mutex>
#include <utility>

namespace lockstep {

/// Resource type, shared by the context's owner, who closes it before the context goes, and all who send.
class Inbox {
public:
    explicit Inbox(asio::io_context& context) : context_(&context) {}
    Inbox(const Inbox&) = delete;
    Inbox& operator=(const Inbox&) = delete;

    /// Has `task` run on the context's thread, never within this call. Once closed, it is never run.
    template <class Task>
    void post(Task task) {
        const std::lock_guard lock(mutex_);
        if (context_ != nullptr) asio::post(*context_, std::move(task));
    }
    /// Nothing is posted from when this returns on.
    void close() {
        const std::lock_guard lock(mutex_);
        context_ = nullptr;
    }

private:
    std::mutex mutex_;
    asio::io_context* context_;  // the owner's; null: closed
};

}  // namespace lockstep
