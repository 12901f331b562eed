#include "sync/history.hpp"

#include <algorithm>
#include <functional>
#include <string_view>
#include <utility>

namespace lockstep {
namespace {

constexpr std::size_t events_kept = 4096;
constexpr std::size_t refusals_kept = 512;
constexpr std::size_t looked_through = 64;  // for the last event of the same zone and peer

}  // namespace

std::string_view to_string(EventKind kind) {
    switch (kind) {
    case EventKind::Load: return "load";
    case EventKind::Update: return "update";
    case EventKind::TransferIn: return "transfer-in";
    case EventKind::TransferOut: return "transfer-out";
    case EventKind::NotifyIn: return "notify-in";
    case EventKind::NotifyOut: return "notify-out";
    case EventKind::Expiring: return "expiring";
    case EventKind::Expired: return "expired";
    case EventKind::Refused: return "refused";
    case EventKind::Failure: break;
    }
    return "failure";
}

Event event_of(const Failure& failure) {
    return {.kind = EventKind::Failure,
            .at = failure.at,
            .zone = failure.zone,
            .peer = failure.peer,
            .text = failure.text,
            .stage = failure.stage,
            .remedy = failure.remedy};
}

History::Kept::Kept(const Event& event)
    : kind_(event.kind),
      stage_(event.stage),
      serial_(event.serial),
      transfer_(event.transfer ? std::make_unique<const TransferFigures>(*event.transfer) : nullptr),
      first_(event.first.value_or(event.at)),
      at_(event.at),
      times_(event.times) {
    texts_.reserve(event.zone.size() + event.peer.size() + event.text.size() + event.remedy.size());
    texts_ += event.zone;
    peer_at_ = static_cast<std::uint32_t>(texts_.size());
    texts_ += event.peer;
    text_at_ = static_cast<std::uint32_t>(texts_.size());
    texts_ += event.text;
    remedy_at_ = static_cast<std::uint32_t>(texts_.size());
    texts_ += event.remedy;
    who_ = static_cast<std::uint32_t>(std::hash<std::string_view>()(text(0, text_at_)));
}

Event History::Kept::event() const {
    return {.kind = kind_,
            .at = at_,
            .zone = std::string(zone()),
            .peer = std::string(text(peer_at_, text_at_)),
            .serial = serial_,
            .transfer = transfer_ ? std::optional(*transfer_) : std::nullopt,
            .text = std::string(text(text_at_, remedy_at_)),
            .stage = stage_,
            .remedy = std::string(text(remedy_at_, texts_.size())),
            .times = times_,
            .first = times_ > 1 ? std::optional(first_) : std::nullopt};
}

bool History::Kept::is_like(const Kept& next) const {
    const bool same_transfer =
        transfer_ && next.transfer_ ? *transfer_ == *next.transfer_ : transfer_ == next.transfer_;
    return kind_ == next.kind_ && serial_ == next.serial_ && same_transfer && stage_ == next.stage_ &&
           text(text_at_, remedy_at_) == next.text(next.text_at_, next.remedy_at_);
}

const History::Kept& History::add_to(std::deque<Kept>& events, std::size_t most, Kept next) {
    const auto end = events.size() > looked_through ? events.rbegin() + looked_through : events.rend();
    const auto last =
        std::find_if(events.rbegin(), end, [&](const Kept& one) { return one.is_of_same(next); });
    if (last != end && last->is_like(next)) {
        last->repeat(next);
        return *last;
    }
    events.push_back(std::move(next));
    if (events.size() > most) events.pop_front();
    return events.back();
}

void History::add(const Event& event) {
    const Kept& kept = event.kind == EventKind::Refused ? add_to(refusals_, refusals_kept, Kept(event))
                                                        : add_to(events_, events_kept, Kept(event));
    if (on_add_) on_add_(kept.event());
}

std::vector<Event> History::of(std::string_view zone) const {
    std::vector<Event> found;
    const auto take = [&](const Kept& kept) {
        if (zone.empty() || kept.zone() == zone) found.push_back(kept.event());
    };
    auto refusal = refusals_.begin();
    for (const auto& event : events_) {
        for (; refusal != refusals_.end() && refusal->begun() < event.begun(); ++refusal)
            take(*refusal);
        take(event);
    }
    std::for_each(refusal, refusals_.end(), take);
    return found;
}

}  // namespace lockstep
