#pragma once
// What says that something is not there: the SOA, and NSEC records where the zone has them.
//
// Threads: pure functions over one reply. Errors: none. Limits: 256 steps back to the NSEC that covers a
// name. Standards: RFC 2308 §3, RFC 4035 §3.1.3. NSEC3 zones get the SOA and its signature alone for now.

#include "answer/sections.hpp"
#include "wire/name.hpp"
#include "zone/snapshot.hpp"

#include <cstddef>

namespace lockstep {

/// The zone's SOA into the authority section with the TTL of a negative answer (RFC 2308 §5). `name` is
/// within the zone.
void add_negative_soa(ReplySections& reply, const ZoneSnapshot& zone, NameView name);

/// The NSEC that says that `name` has no such type, or is an empty non-terminal: its own or the one before
/// it.
void add_nsec_for_no_data(ReplySections& reply, const ZoneSnapshot& zone, NameView name);
/// The NSECs that say that neither `name` nor the wildcard at its closest encloser exists.
void add_nsec_for_nx_domain(ReplySections& reply, const ZoneSnapshot& zone, NameView name,
                            std::size_t encloser_labels);
/// The NSEC that says that nothing closer than a wildcard matches `name`.
void add_nsec_for_wildcard(ReplySections& reply, const ZoneSnapshot& zone, NameView name);

}  // namespace lockstep
