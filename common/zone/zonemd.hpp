#pragma once
// The digest that a zone carries of itself.
//
// Threads: pure. Cost: one walk over the zone with a hash of all of it, only where the zone has a ZONEMD
// record. Standards: RFC 8976 (scheme SIMPLE; SHA-384 and SHA-512).

#include "base/result.hpp"
#include "zone/snapshot.hpp"

#include <string>

namespace lockstep {

enum class ZoneDigest {
    Absent,   // no ZONEMD at the apex
    Unknown,  // none with a scheme and a hash that we know: nothing is proved
    Verified,
};

/// Whether the zone is what its ZONEMD records say. One good record is enough (RFC 8976 §4). Errors: Invalid,
/// with the serial or the digests that differ.
[[nodiscard]] Result<ZoneDigest> verify_zone_digest(const ZoneSnapshot& zone);

}  // namespace lockstep
