#include "answer/update_in.hpp"

namespace lockstep {

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
        const auto* told = access == nullptr || access->update.empty()
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
