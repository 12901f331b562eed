#pragma once
// AXFR and IXFR to those who may: from an immutable version of the zone, message by message.
//
// Threads: one connection, one thread; the observer, quota and clock are shared. Errors: QueryOutcome.
// Limits: TransferOutLimits; the quota counts after authentication only, so that strangers take no place.
// Security: a slow reader holds back nobody, and its total time is bounded. Standards: RFC 5936, RFC 1995,
// RFC 7314, RFC 8945 §5.3.1, RFC 8914.

#include "answer/query.hpp"
#include "answer/responder.hpp"
#include "base/result.hpp"
#include "store/zone_table.hpp"
#include "transfer/request.hpp"
#include "transfer/writer.hpp"
#include "tsig/tsig.hpp"
#include "wire/edns.hpp"
#include "wire/handler.hpp"
#include "wire/message.hpp"

#include <memory>
#include <optional>

namespace lockstep {

/// A question for a transfer that may be answered.
struct TransferGrant {
    ServedZonePtr served;  // with content, not expired
    TransferQuery query;
    TransferAsked asked;
};

/// Checks form, zone and rules in this order; tells the observer of a question that may be answered, and of
/// one that may not.
[[nodiscard]] Expected<TransferGrant, QueryOutcome> admit_transfer(
    const AnswerServices& services, const ZoneTable& zones, const AccessPolicy& policy,
    const MessageView& message, const Client& client, const TsigKeyPtr& key);

/// What an answer consists of.
struct TransferPlan {
    RrType send = RrType::AXFR;  // AXFR, IXFR, or SOA alone
    ChangeSequence changes;      // for IXFR
};
/// The shortest right answer to one who holds `held` (nothing: asked for AXFR). Changes are condensed where
/// there is more than one (RFC 1995 §5).
[[nodiscard]] TransferPlan plan_transfer(const ServedZone& served, const std::optional<Soa>& held,
                                         unsigned ixfr_percent);

/// Takes a place in the quota and opens the answer. `signing` is nothing for an unsigned question; `opt` a
/// whole OPT record, or empty.
[[nodiscard]] Expected<std::unique_ptr<MessageStream>, QueryOutcome> open_transfer(
    const AnswerServices& services, const AccessPolicy& policy, TransferGrant grant,
    const std::optional<TsigContext>& signing, OctetString opt);

}  // namespace lockstep
