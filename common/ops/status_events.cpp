#include "ops/status_events.hpp"

#include "ops/history_text.hpp"
#include "ops/propagation_text.hpp"

#include <algorithm>

namespace lockstep {
namespace {

constexpr std::size_t zones_a_round = 256;
constexpr milliseconds between_rounds{100};
constexpr milliseconds collecting{10};  // a commit changes the store, the ledger and the history, one by one

}  // namespace

StatusEvents::StatusEvents(asio::io_context& context, EventHub& hub, Describe describe)
    : hub_(hub), describe_(std::move(describe)), timer_(context) {}

void StatusEvents::zone_changed(NameView zone) {
    if (!hub_.wanted()) return;
    const bool idle = changed_.empty();
    changed_.emplace(zone);
    if (idle) tell_later();
}

void StatusEvents::happened(const Event& event) {
    if (!hub_.wanted()) return;
    hub_.publish("history", event_json_line(event));
    if (const auto zone = Name::parse_absolute(event.zone); zone && !event.zone.empty()) zone_changed(*zone);
}

void StatusEvents::arrived(const Propagation& episode) {
    if (hub_.wanted()) hub_.publish("propagation", propagation_json_line(episode));
}

void StatusEvents::tell_later() {
    timer_.expires_at(std::max(std::chrono::steady_clock::now() + collecting, told_at_ + between_rounds));
    timer_.async_wait([this](const boost::system::error_code& error) {
        if (!error) tell_some();
    });
}

void StatusEvents::tell_some() {
    told_at_ = std::chrono::steady_clock::now();
    if (!hub_.wanted()) changed_.clear();
    for (std::size_t told = 0; told < zones_a_round && !changed_.empty(); ++told) {
        auto next = changed_.upper_bound(last_told_);
        if (next == changed_.end()) next = changed_.begin();
        last_told_ = *next;
        changed_.erase(next);
        const auto status = describe_(last_told_);
        if (status) {
            hub_.publish("zone", zone_json_line(*status));
        } else {
            hub_.publish("removed", name_json_line(last_told_));
        }
    }
    if (!changed_.empty()) tell_later();
}

}  // namespace lockstep
