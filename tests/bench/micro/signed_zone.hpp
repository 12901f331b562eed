#pragma once
// A zone as a signer leaves it, but for the signatures, which say nothing.

#include "zone/snapshot.hpp"

#include <string>

namespace lockstep::bench {

/// How the zone denies.
enum class Proof { Nsec, Nsec3 };

/// A master file of `zone`, which must be without delegations and empty non-terminals, with a signature of 64
/// octets (as ECDSA P-256 has) for each RRset and a chain of NSEC, or of NSEC3 without salt and iterations
/// (RFC 9276 §3.1).
[[nodiscard]] std::string signed_text(const ZoneSnapshot& zone, Proof proof);

}  // namespace lockstep::bench
