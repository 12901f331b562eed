#pragma once
// Lets so many coroutines at a time through, by default one, in the order in which they came.
//
// Threads: one io_context's. Limits: none on who waits.

#include "net/asio.hpp"

#include <deque>
#include <utility>

namespace lockstep {

/// Resource type; outlives its passes.
class Turnstile {
public:
    explicit Turnstile(std::size_t places = 1) : free_(places) {}
    Turnstile(const Turnstile&) = delete;
    Turnstile& operator=(const Turnstile&) = delete;

    /// Being inside; over with its end. Move-only.
    class Pass {
    public:
        explicit Pass(Turnstile* turnstile) : turnstile_(turnstile) {}
        Pass(Pass&& other) noexcept : turnstile_(std::exchange(other.turnstile_, nullptr)) {}
        Pass& operator=(Pass&&) = delete;
        ~Pass() {
            if (turnstile_ != nullptr) turnstile_->leave();
        }

    private:
        Turnstile* turnstile_;
    };

    [[nodiscard]] awaitable<Pass> enter() {
        if (free_ == 0) {
            asio::steady_timer turn(co_await asio::this_coro::executor,
                                    asio::steady_timer::time_point::max());
            waiting_.push_back(&turn);
            (void)co_await turn.async_wait(as_values);  // leave() hands its place over
        } else {
            --free_;
        }
        co_return Pass(this);
    }

private:
    void leave() {
        if (waiting_.empty()) {
            ++free_;
            return;
        }
        waiting_.front()->cancel();
        waiting_.pop_front();
    }

    std::size_t free_;
    std::deque<asio::steady_timer*> waiting_;
};

}  // namespace lockstep
