#pragma once
// Versions of large zones that have gone out of service, until nobody uses them any more.
//
// Whoever lets go of a version last frees what it alone has, which takes some 12 ms for 3.3 million records:
// that may be none of the threads that answer. Threads: any. Errors: none; where memory is short nothing is
// kept. Limits: zones of large_zone_octets and more, others are soon freed.

#include "store/zone_table.hpp"

#include <cstddef>
#include <mutex>
#include <vector>

namespace lockstep {

/// Resource type.
class OldVersions {
public:
    void keep(const ServedZonePtr& old);
    [[nodiscard]] bool empty() const;
    /// Frees those that nobody else uses; how many these were. May take long.
    std::size_t free_unused();

private:
    mutable std::mutex mutex_;
    std::vector<ServedZonePtr> kept_;  // no two of one version
};

}  // namespace lockstep
