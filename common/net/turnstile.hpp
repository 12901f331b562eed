#pragma once
// Lets so many coroutines at a time through, by default one, in the order in which they came.
//
// Threads: one io_context's. Limits: none on who waits.

#include "net/asio.hpp"

#include <cstdint>
#include <list>
#include <map>
#include <utility>

namespace lockstep {

/// Resource type; outlives its passes and those who wait.
class Turnstile {
public:
    explicit Turnstile(std::uint32_t places = 1) : places_(places) {}
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

    /// So many from now on; who is inside stays, whatever their number.
    void set_places(std::uint32_t places) {
        places_ = places;
        for (; inside_ < places_ && !waiting_.empty(); ++inside_)
            let_next_in();
    }

    [[nodiscard]] awaitable<Pass> enter() {
        if (inside_ < places_) {
            ++inside_;
            co_return Pass(this);
        }
        auto executor = co_await asio::this_coro::executor;
        Waiting turn(*this, executor);
        (void)co_await turn.timer.async_wait(as_values);  // until let_next_in()
        if (turn.queued)
            throw boost::system::system_error(asio::error::operation_aborted);  // cancelled meanwhile
        co_return Pass(this);
    }

private:
    /// A place in the queue. A coroutine that is destroyed while it waits leaves the queue.
    struct Waiting {
        template <class Executor>
        Waiting(Turnstile& at, const Executor& executor)
            : turnstile(at), timer(executor, asio::steady_timer::time_point::max()) {
            place = turnstile.waiting_.insert(turnstile.waiting_.end(), this);
        }
        Waiting(const Waiting&) = delete;
        Waiting& operator=(const Waiting&) = delete;
        ~Waiting() {
            if (queued) turnstile.waiting_.erase(place);
        }
        Turnstile& turnstile;
        std::list<Waiting*>::iterator place;
        bool queued = true;  // until let_next_in()
        asio::steady_timer timer;
    };

    void leave() {
        if (waiting_.empty() || inside_ > places_) {
            --inside_;
        } else {
            let_next_in();
        }
    }

    /// In the place of one who leaves, or in a new one.
    void let_next_in() {
        waiting_.front()->queued = false;
        waiting_.front()->timer.cancel();
        waiting_.pop_front();
    }

    std::uint32_t places_;
    std::uint32_t inside_ = 0;
    std::list<Waiting*> waiting_;
};

/// A turnstile a peer, each with the same number of places, so that a slow one holds up nobody else. Resource
/// type. Limits: one turnstile for each peer ever asked for.
class PeerTurnstiles {
public:
    explicit PeerTurnstiles(std::uint32_t places) : places_(places) {}
    [[nodiscard]] Turnstile& of(const Endpoint& peer) {
        return turnstiles_.try_emplace(peer, places_).first->second;
    }

    /// For each of them.
    void set_places(std::uint32_t places) {
        places_ = places;
        for (auto& [peer, turnstile] : turnstiles_)
            turnstile.set_places(places);
    }

private:
    std::uint32_t places_;
    std::map<Endpoint, Turnstile> turnstiles_;
};

}  // namespace lockstep
