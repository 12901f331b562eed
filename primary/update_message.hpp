#pragma once
// An UPDATE message taken apart, and its prerequisites held against a zone.
//
// Threads: pure. Errors: the RCODE to answer. Limits: those of the message. Security: every record is read
// and its RDATA checked before any of them counts. Standards: RFC 2136 §2, §3.2.

#include "base/bytes.hpp"
#include "base/result.hpp"
#include "wire/name.hpp"
#include "wire/record.hpp"
#include "wire/ttl.hpp"
#include "wire/types.hpp"
#include "zone/builder.hpp"

#include <optional>
#include <vector>

namespace lockstep {

/// One record of the prerequisite or the update section; what it means hangs on its class (§2.4, §2.5).
struct UpdateRecord {
    Name owner;
    RrType type = RrType::None;
    RrClass rr_class = RrClass::IN;
    std::uint32_t raw_ttl = 0;
    OctetString rdata;  // uncompressed

    [[nodiscard]] RecordView record() const { return {owner, type, Ttl{raw_ttl}, rdata}; }
};

/// Value type.
struct UpdateMessage {
    std::vector<UpdateRecord> prerequisites;
    std::vector<UpdateRecord> updates;

    /// Of a message that MessageView::read() has accepted. Errors: FORMERR (RDATA that its type cannot have).
    [[nodiscard]] static Expected<UpdateMessage, Rcode> read(Octets message);
};

/// The message with the root in its zone section, for whoever knows the zone to put it there: no name in it
/// points to another.
[[nodiscard]] OctetString write_update(const UpdateMessage& message);

/// The first prerequisite that does not hold, as RCODE: NXDOMAIN, YXDOMAIN, NXRRSET, YXRRSET; FORMERR,
/// NOTZONE for one that means nothing, be it by its class (§3.2.5).
[[nodiscard]] std::optional<Rcode> unmet_prerequisite(const std::vector<UpdateRecord>& prerequisites,
                                                      NameView apex, ZoneBuilder& zone);

/// Whether the updates mean something: FORMERR, NOTZONE where one does not (§3.4.1).
[[nodiscard]] std::optional<Rcode> meaningless_update(const std::vector<UpdateRecord>& updates,
                                                      NameView apex);

}  // namespace lockstep
