#pragma once
// NOTIFY from a primary. Standards: RFC 1996 §3, §4.
//
// Threads: any worker. Errors: QueryOutcome. Security: only a configured primary is heard (address, and key
// where one is configured); a serial is a hint, never believed.

#include "answer/events.hpp"
#include "answer/policy.hpp"
#include "answer/query.hpp"
#include "store/zone_table.hpp"
#include "wire/handler.hpp"
#include "wire/message.hpp"

namespace lockstep {

/// `key` signed the message; null: not signed. FORMERR: not type SOA, or an SOA that is not the zone's or not
/// well-formed; NOTAUTH: not a zone of ours; REFUSED: another class, or from somebody else.
[[nodiscard]] QueryOutcome take_notify(const MessageView& message, const Client& client, const TsigKey* key,
                                       const ZoneTable& zones, const AccessPolicy& policy, NotifySink& sink);

}  // namespace lockstep
