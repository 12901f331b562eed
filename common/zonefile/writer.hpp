#pragma once
// A zone as text in one fixed form: what `dump` and `checkzone --dump` print, and what two servers' zones are
// compared by.
//
// Threads: pure functions. Errors: none. Limits: none; octets go out in pieces of about 64 KiB. Standards:
// RFC 4034 §6, RFC 1035 §5.1.

#include "zone/snapshot.hpp"

#include <functional>
#include <string>
#include <string_view>

namespace lockstep {

using TextSink = std::function<void(std::string_view)>;

/// One record a line, `OWNER TTL CLASS TYPE RDATA` with one space between: owners absolute and lower-cased,
/// in canonical order (RFC 4034 §6.1); within an owner SOA, NS, then types ascending, each followed by the
/// RRSIGs that cover it; RDATA in canonical form (names lower-cased where RFC 4034 §6.2 says so) and order
/// (§6.3). `sink` is called with pieces of whole lines.
void write_canonical(const ZoneSnapshot& zone, const TextSink& sink);

/// The same as one string.
[[nodiscard]] std::string canonical_text(const ZoneSnapshot& zone);

}  // namespace lockstep
