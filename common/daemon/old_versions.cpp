#include "daemon/old_versions.hpp"

#include "base/heap.hpp"

#include <algorithm>
#include <iterator>
#include <new>

namespace lockstep {

void OldVersions::keep(const ServedZonePtr& old) {
    if (!old || !old->zone || old->zone->wire_octets() < large_zone_octets) return;
    const std::lock_guard lock(mutex_);
    if (std::ranges::any_of(kept_, [&](const ServedZonePtr& kept) { return kept->zone == old->zone; }))
        return;
    try {
        kept_.push_back(old);
    } catch (const std::bad_alloc&) {
        return;  // whoever lets go of it last frees it, as if it were small
    }
}

bool OldVersions::empty() const {
    const std::lock_guard lock(mutex_);
    return kept_.empty();
}

std::size_t OldVersions::free_unused() {
    std::vector<ServedZonePtr> unused;  // freed without the lock
    const std::lock_guard lock(mutex_);
    const auto used = [](const ServedZonePtr& kept) {
        return kept.use_count() > 1 || kept->zone.use_count() > 1;
    };
    const auto first = std::partition(kept_.begin(), kept_.end(), used);
    unused.assign(std::move_iterator(first), std::move_iterator(kept_.end()));
    kept_.erase(first, kept_.end());
    return unused.size();
}

}  // namespace lockstep
