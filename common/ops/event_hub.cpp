#include "ops/event_hub.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace lockstep {
namespace {

EventSubscription::Frame frame_of(std::string_view event, std::string_view data) {
    return std::make_shared<const std::string>(fmt::format("event: {}\ndata: {}\n\n", event, data));
}

}  // namespace

EventSubscription::EventSubscription(EventHub& hub, asio::io_context& context) : hub_(hub), wake_(context) {
    hub_.subscriptions_.push_back(this);
}

EventSubscription::~EventSubscription() {
    std::erase(hub_.subscriptions_, this);
}

awaitable<std::vector<EventSubscription::Frame>> EventSubscription::take(milliseconds patience) {
    if (queue_.empty() && !ended_) {
        wake_.expires_after(patience);
        (void)co_await wake_.async_wait(as_values);
    }
    octets_ = 0;
    co_return std::exchange(queue_, {});
}

void EventSubscription::end() {
    ended_ = true;
    wake_.cancel();
}

void EventSubscription::add(const Frame& frame, const Frame& reset) {
    if (octets_ + frame->size() > max_queued_event_octets) {
        queue_.clear();
        octets_ = reset->size();
        queue_.push_back(reset);
    } else {
        octets_ += frame->size();
        queue_.push_back(frame);
    }
    wake_.cancel();
}

EventHub::EventHub() : reset_(frame_of("reset", "{}")) {}

void EventHub::publish(std::string_view event, std::string_view data) {
    if (!wanted()) return;
    const auto frame = frame_of(event, data);
    for (auto* subscription : subscriptions_)
        subscription->add(frame, reset_);
}

}  // namespace lockstep
