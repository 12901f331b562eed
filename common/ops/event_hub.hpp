#pragma once
// Server-sent events: what is published once goes to everyone who is subscribed then.
//
// Threads: one, that of the subscriptions' context. Errors: none. Limits: each subscription holds 256 KiB
// that its client has not taken; where more comes, all of that is dropped and the one event `reset` takes its
// place, upon which the client has to fetch everything anew. Cost: nothing without subscriptions; an event is
// one string that all queues share. Standards: HTML, "Server-sent events".

#include "base/clock.hpp"
#include "net/asio.hpp"

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace lockstep {

constexpr std::size_t max_queued_event_octets = std::size_t{256} * 1024;

class EventHub;

/// One client's queue. Resource type; the hub outlives it.
class EventSubscription {
public:
    EventSubscription(EventHub& hub, asio::io_context& context);
    EventSubscription(const EventSubscription&) = delete;
    EventSubscription& operator=(const EventSubscription&) = delete;
    ~EventSubscription();

    using Frame = std::shared_ptr<const std::string>;
    /// Waits for events, at most for so long. Nothing at once after end().
    [[nodiscard]] awaitable<std::vector<Frame>> take(milliseconds patience);
    /// The client is gone.
    void end();
    [[nodiscard]] bool ended() const { return ended_; }

private:
    friend class EventHub;
    void add(const Frame& frame, const Frame& reset);

    EventHub& hub_;
    asio::steady_timer wake_;
    std::vector<Frame> queue_;
    std::size_t octets_ = 0;
    bool ended_ = false;
};

/// Resource type.
class EventHub {
public:
    EventHub();
    /// Whether anybody listens: where nobody does, there is no need to make events.
    [[nodiscard]] bool wanted() const { return !subscriptions_.empty(); }
    [[nodiscard]] std::size_t subscriptions() const { return subscriptions_.size(); }
    /// `data` is one line.
    void publish(std::string_view event, std::string_view data);

private:
    friend class EventSubscription;
    std::vector<EventSubscription*> subscriptions_;
    const EventSubscription::Frame reset_;
};

}  // namespace lockstep
