#pragma once
// What a zone must be to be served, and what is most likely a mistake.
//
// Threads: pure. Cost: one walk over the zone; over what was added for check_changed. Standards: RFC 1034
// §3.6.2, RFC 2181 §10.1 §10.3, RFC 6672 §2.4, RFC 1912 §2.

#include "wire/name.hpp"
#include "wire/record.hpp"
#include "wire/types.hpp"
#include "zone/snapshot.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace lockstep {

/// One finding. Value type.
struct ZoneCheck {
    enum class Severity : std::uint8_t { Error, Warning };
    Severity severity = Severity::Error;
    std::string text;  // names the owner
    Name owner;
    RrType type = RrType::None;
};

/// Whether a record of `type` may stand where `node` is without breaking "CNAME alone at its name".
[[nodiscard]] bool can_stand_beside(RrType type, NodeView node);
/// Types of which a name has one record at most: CNAME, DNAME, SOA.
[[nodiscard]] bool is_singleton(RrType type);

/// What a secondary enforces on what a primary sends: no SOA below the apex, NS at the apex, CNAME alone at
/// its name, one CNAME and one DNAME at most, at most 50 iterations of NSEC3. Errors only, at most 50. (That
/// there is exactly one SOA ZoneBuilder sees to.)
[[nodiscard]] std::vector<ZoneCheck> check_transferred(const ZoneSnapshot& zone);
/// The same for a version that came of a sound one by changes which added `added`.
[[nodiscard]] std::vector<ZoneCheck> check_changed(const ZoneSnapshot& zone, const RecordList& added);

/// The same, names below a DNAME (error), and zone/advice (warnings). At most 50 of each.
[[nodiscard]] std::vector<ZoneCheck> check_zone(const ZoneSnapshot& zone);

}  // namespace lockstep
