#pragma once
// Keeps the ordered set of hashes that a zone's NSEC3 owners stand for, from version to version.
//
// Threads: one. Cost: O(log n) a changed NSEC3 owner; one walk over the zone where the parameters change.

#include "zone/key.hpp"
#include "zone/nsec3.hpp"
#include "zone/tree.hpp"

#include <optional>
#include <vector>

namespace lockstep {

/// Resource type: a builder's.
class HashIndex {
public:
    /// Of a first version: there is nothing yet.
    HashIndex() = default;
    /// Of the version after one with `hashes` and `params`, which are copied.
    HashIndex(ZoneTree hashes, const std::optional<Nsec3Params>& params);

    /// The node at `key` was `before` and is `after`; either may be nothing.
    void changed(Octets key, Octets before, Octets after);
    /// The set for the zone of `nodes`, keyed by NameKey; used up.
    [[nodiscard]] ZoneTree finish(const ZoneTree& nodes) &&;

private:
    ZoneTree hashes_;
    bool known_ = false;  // hashes_ is what params_ came to before
    std::uint16_t iterations_ = 0;
    OctetString salt_;
    std::vector<OctetString> changed_;
};

}  // namespace lockstep
