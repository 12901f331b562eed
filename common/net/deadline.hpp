#pragma once
// A time limit on a socket: when it passes, what waits on the socket ends with operation_aborted.
//
// Threads: the socket's io_context only. Limits: one deadline at a time a socket.

#include "base/clock.hpp"
#include "net/asio.hpp"

#include <memory>

namespace lockstep {

/// Cancels what waits on `socket` from the time set on, until it is set anew or cleared. Lives beside its
/// socket. Resource type.
template <class Socket>
class Deadline {
public:
    explicit Deadline(Socket& socket) : state_(std::make_shared<State>(socket)) {}
    Deadline(const Deadline&) = delete;
    Deadline& operator=(const Deadline&) = delete;
    ~Deadline() {
        clear();
        state_->socket = nullptr;
    }

    void set(SteadyTime when) {
        state_->when = when;
        state_->timer.expires_at(when);
        wait(state_);
    }
    void set(milliseconds from_now) { set(std::chrono::steady_clock::now() + from_now); }
    void clear() {
        state_->when = SteadyTime::max();
        state_->timer.cancel();
    }

private:
    /// Shared with the timer's handler, which may be queued already when the Deadline goes or is set anew.
    struct State {
        explicit State(Socket& of) : socket(&of), timer(of.get_executor()) {}
        Socket* socket;
        asio::steady_timer timer;
        SteadyTime when = SteadyTime::max();
    };
    static constexpr milliseconds again{5};

    static void wait(const std::shared_ptr<State>& state) {
        state->timer.async_wait([state](const boost::system::error_code& error) {
            if (error || state->socket == nullptr || std::chrono::steady_clock::now() < state->when) return;
            boost::system::error_code ignored;
            state->socket->cancel(ignored);
            // An operation may have ended in this very moment and its owner be about to wait for the next: it
            // would wait without a limit.
            state->timer.expires_after(again);
            wait(state);
        });
    }

    std::shared_ptr<State> state_;
};

}  // namespace lockstep
