#pragma once
// Tells the subscribers of the event hub what is different now: `zone` with the zone's object as in
// `status --json`, `removed` with {"name": …}, `history` with the entry as in `history --json`,
// `propagation` with an episode as in /api/propagation.
//
// Threads: housekeeping. Errors: none. Limits: a zone is told at most once in 100 ms, and 256 zones in 100
// ms, the others after them, so that a storm costs the loop but a bounded share of its time. Cost: nothing
// while nobody is subscribed.

#include "net/asio.hpp"
#include "ops/event_hub.hpp"
#include "ops/status.hpp"
#include "sync/history.hpp"
#include "sync/propagation.hpp"
#include "wire/name.hpp"

#include <functional>
#include <optional>
#include <set>

namespace lockstep {

/// Resource type; what its constructor is given outlives it.
class StatusEvents {
public:
    /// A zone's status; nothing where there is no such zone (any more).
    using Describe = std::function<std::optional<ZoneStatus>(const Name&)>;

    StatusEvents(asio::io_context& context, EventHub& hub, Describe describe);

    void zone_changed(NameView zone);
    void happened(const Event& event);
    void arrived(const Propagation& episode);

private:
    void tell_later();
    void tell_some();

    EventHub& hub_;
    Describe describe_;
    asio::steady_timer timer_;
    std::set<Name, CanonicalLess> changed_;
    Name last_told_;  // the next one after it is the next
    SteadyTime told_at_{};
};

}  // namespace lockstep
