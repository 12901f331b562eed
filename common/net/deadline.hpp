#pragma once
// A time limit on a socket: when it passes, what waits on the socket ends with operation_aborted.
//
// Threads: the socket's io_context only. Limits: one deadline at a time a socket.

#include "base/clock.hpp"
#include "net/asio.hpp"

#include <memory>

namespace lockstep {

/// Cancels `socket` when the time set is over. Lives beside its socket. Resource type.
template <class Socket>
class Deadline {
public:
    explicit Deadline(Socket& socket)
        : timer_(socket.get_executor()), target_(std::make_shared<Socket*>(&socket)) {}
    Deadline(const Deadline&) = delete;
    Deadline& operator=(const Deadline&) = delete;
    ~Deadline() { *target_ = nullptr; }

    void set(SteadyTime when) {
        timer_.expires_at(when);
        // The handler may already be queued when the Deadline goes or is set anew: hence the shared target
        // and the check.
        timer_.async_wait([target = target_, when](const boost::system::error_code& error) {
            if (error || *target == nullptr) return;
            boost::system::error_code ignored;
            if (std::chrono::steady_clock::now() >= when) (*target)->cancel(ignored);
        });
    }
    void set(milliseconds from_now) { set(std::chrono::steady_clock::now() + from_now); }
    void clear() { timer_.cancel(); }

private:
    asio::steady_timer timer_;
    std::shared_ptr<Socket*> target_;
};

}  // namespace lockstep
