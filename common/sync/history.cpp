#include "sync/history.hpp"

#include <algorithm>
#include <iterator>

namespace lockstep {
namespace {

constexpr std::size_t events_kept = 4096;
constexpr std::size_t refusals_kept = 512;
constexpr std::size_t looked_through = 64;  // for the last event of the same zone and peer

/// Whether `next` tells nothing that `last` does not, but for the time.
bool repeats(const Event& last, const Event& next) {
    return last.kind == next.kind && last.serial == next.serial && last.transfer == next.transfer &&
           last.text == next.text && last.stage == next.stage;
}

/// Returns the event as it is kept.
const Event& add_to(std::deque<Event>& events, std::size_t most, Event event) {
    const auto end = events.size() > looked_through ? events.rbegin() + looked_through : events.rend();
    const auto last = std::find_if(events.rbegin(), end, [&](const Event& one) {
        return one.zone == event.zone && one.peer == event.peer;
    });
    if (last != end && repeats(*last, event)) {
        if (!last->first) last->first = last->at;
        last->at = event.at;
        ++last->times;
        return *last;
    }
    events.push_back(std::move(event));
    if (events.size() > most) events.pop_front();
    return events.back();
}

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

void History::add(Event event) {
    const auto& kept = event.kind == EventKind::Refused ? add_to(refusals_, refusals_kept, std::move(event))
                                                        : add_to(events_, events_kept, std::move(event));
    if (on_add_) on_add_(kept);
}

std::vector<Event> History::of(std::string_view zone) const {
    const auto begun = [](const Event& event) { return event.first.value_or(event.at); };
    std::vector<Event> found;
    std::merge(events_.begin(), events_.end(), refusals_.begin(), refusals_.end(), std::back_inserter(found),
               [&](const Event& a, const Event& b) { return begun(a) < begun(b); });
    if (!zone.empty()) std::erase_if(found, [&](const Event& event) { return event.zone != zone; });
    return found;
}

}  // namespace lockstep
