#pragma once
// What a secondary must remember over a restart. Standards: RFC 1034 §4.3.5, RFC 7314.

#include "base/clock.hpp"
#include "wire/name.hpp"

#include <memory>

namespace lockstep {

/// Wall-clock times; zero where never. Value type.
struct StoredTimers {
    WallTime refreshed_at{};  // last contact with a primary whose serial was not older than ours
    WallTime expires_at{};    // when what we serve ceases to be good
    bool expired = false;     // a restart never un-expires a zone
    bool operator==(const StoredTimers&) const = default;
};

class Lease;

/// Those of one zone. Value type.
struct ZoneTimers {
    Name zone;
    StoredTimers timers;
    std::shared_ptr<const Lease> life = {};  // as in Candidate
};

}  // namespace lockstep
