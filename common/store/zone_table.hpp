#pragma once
// Which zones there are and what each of them serves now: one immutable table that every worker reads.
//
// Threads: immutable. Limits: a change costs O(zones / 256).

#include "base/clock.hpp"
#include "store/change_history.hpp"
#include "wire/labels.hpp"
#include "wire/stored_name.hpp"
#include "zone/snapshot.hpp"

#include <array>
#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <vector>

namespace lockstep {

/// How long a secondary may go on serving a zone (RFC 7314): set by who refreshes it, read by who answers. By
/// the steady clock, so that a wall clock that is set moves nothing. Threads: any.
class Lease {
public:
    void set_end(SteadyTime end) { end_.store(end.time_since_epoch().count(), std::memory_order_relaxed); }
    /// Nothing until somebody has set an end, which on a primary nobody does.
    [[nodiscard]] std::optional<seconds> remaining(SteadyTime now) const {
        const SteadyTime end{SteadyTime::duration(end_.load(std::memory_order_relaxed))};
        if (end == SteadyTime::max()) return std::nullopt;
        return std::max(std::chrono::duration_cast<seconds>(end - now), seconds{0});
    }

private:
    std::atomic<SteadyTime::rep> end_ = SteadyTime::max().time_since_epoch().count();
};

/// One zone as it is served at one moment. Immutable once in a table, but for the lease, which all of its
/// versions share.
struct ServedZone {
    StoredName apex;                    // lower-cased
    ZonePtr zone;                       // null while there is no content
    bool expired = false;               // content is kept, not served (SERVFAIL)
    ChangeHistory history;              // what IXFR can be answered from; the last one ends at zone->serial()
    std::shared_ptr<Lease> lease = {};  // null only where there is no store
};
using ServedZonePtr = std::shared_ptr<const ServedZone>;

/// Value type, cheap to copy: 256 shards, shared until one changes.
class ZoneTable {
public:
    ZoneTable();
    /// The zone with the longest apex that `name` is within; null where there is none. Each label is hashed
    /// once; no allocation, no reference counted.
    [[nodiscard]] const ServedZone* find(const LabelledName& name) const;
    [[nodiscard]] const ServedZone* find(NameView name) const { return find(LabelledName(name)); }
    /// The zone with exactly this apex.
    [[nodiscard]] ServedZonePtr exact(NameView apex) const;
    [[nodiscard]] std::size_t size() const { return size_; }
    /// Calls `visit(const ServedZonePtr&)` for every zone, in no order.
    template <class Visit>
    void for_each(Visit&& visit) const {
        for (const Shard& shard : shards_) {
            for (std::size_t i = 0; shard.slots && i <= shard.mask; ++i) {
                const ServedZonePtr& zone = shard.slots.get()[i].zone;
                if (zone) visit(zone);
            }
        }
    }

    /// This table with `zone` in place of the one with its apex, or added.
    [[nodiscard]] ZoneTable with(ServedZonePtr zone) const { return with(std::span(&zone, 1)); }
    /// The same with many zones of different apexes, at little more than the cost of one.
    [[nodiscard]] ZoneTable with(std::span<const ServedZonePtr> zones) const;
    [[nodiscard]] ZoneTable without(NameView apex) const;

private:
    /// Open addressing with linear probing; free where `zone` is null.
    struct Slot {
        std::uint64_t hash = 0;
        ServedZonePtr zone;
    };
    struct Shard {
        std::shared_ptr<const Slot[]> slots;  // mask + 1 of them, a power of two, at least half of them free
        std::uint32_t mask = 0;
        std::uint32_t used = 0;
    };

    [[nodiscard]] std::uint64_t hash(NameView apex) const;
    [[nodiscard]] const Slot* slot(std::uint64_t hash, NameView apex) const;
    [[nodiscard]] static Shard rebuilt(const Shard& shard, const Slot* removed, std::span<const Slot> added);
    void count(NameView apex, int by);

    std::uint64_t seed_;
    std::size_t size_ = 0;
    std::size_t most_labels_ = 0;
    std::array<std::uint32_t, 129>
        by_labels_{};  // how many apexes have so many labels: others are not looked up
    std::array<Shard, 256> shards_;
};

}  // namespace lockstep
