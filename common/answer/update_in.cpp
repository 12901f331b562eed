#include "answer/update_in.hpp"

namespace lockstep {

bool is_forwarded(const MessageView& message, const ZoneTable& zones, const AccessPolicy& policy) {
    if (!message.question || message.tsig_at == 0) return false;
    const QuestionView& section = *message.question;
    if (section.type != RrType::SOA || section.rr_class != RrClass::IN) return false;
    const Name zone = Name(section.name).folded();
    const ZoneAccess* access = policy.access(zone);
    return access != nullptr && access->forwards_updates && zones.exact(zone);
}

std::optional<QueryOutcome> admit_update(const MessageView& message, const Client& client, const TsigKey* key,
                                         const ZoneTable& zones, const AccessPolicy& policy,
                                         UpdateSink& sink) {
    const QuestionView& section = *message.question;
    if (section.type != RrType::SOA) return QueryOutcome{.rcode = Rcode::FORMERR};
    const Name zone = Name(section.name).folded();
    const auto served = section.rr_class == RrClass::IN ? zones.exact(zone) : nullptr;
    if (!served) {
        return QueryOutcome{.rcode = Rcode::NOTAUTH,
                            .error = ToldError{ExtendedError::NotAuthoritative, "not a zone of this server"}};
    }
    const ZoneAccess* access = policy.access(zone);
    const auto decision = decide_update(access == nullptr ? std::span<const UpdateAccess>{} : access->update,
                                        client.peer.address, key);
    if (!decision.allowed) {
        sink.update_refused(zone, client.peer, decision.to_string());
        const bool forwards = access != nullptr && access->forwards_updates;
        const auto* told = forwards ? "only signed updates are passed on to the primary"
                           : access == nullptr || access->update.empty()
                               ? "no updates are taken for this zone here"
                           : key == nullptr ? "not from this address, or not without a signature"
                                            : "this key may not update this zone";
        return QueryOutcome{.rcode = Rcode::REFUSED, .error = ToldError{ExtendedError::Prohibited, told}};
    }
    if (const auto error = unservable(*served))
        return QueryOutcome{.rcode = Rcode::SERVFAIL, .error = *error};
    return std::nullopt;
}

}  // namespace lockstep
