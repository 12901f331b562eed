#include "answer/notify_in.hpp"

#include "rdata/rdata.hpp"
#include "rdata/soa.hpp"

namespace lockstep {
namespace {

/// The serial in the answer section, nothing where there is no SOA. Errors: FORMERR.
Expected<std::optional<Serial>, Rcode> told_serial(const MessageView& message) {
    if (message.header.answer_count == 0) return std::nullopt;
    std::size_t after_owner = 0;
    const auto owner = Name::read(message.octets, message.answer_at, message.octets.size(), after_owner);
    if (!owner) return unexpected(Rcode::FORMERR);
    const Octets fixed = message.octets.subspan(after_owner);
    if (fixed.size() < 10) return unexpected(Rcode::FORMERR);
    if (RrType{load_big_endian<std::uint16_t>(fixed.data())} != RrType::SOA) return std::nullopt;
    if (RrClass{load_big_endian<std::uint16_t>(fixed.data() + 2)} != RrClass::IN ||
        !(owner->view() == message.question->name)) {
        return unexpected(Rcode::FORMERR);
    }
    OctetString rdata;
    if (!read_rdata(RrType::SOA, message.octets, after_owner + 10,
                    load_big_endian<std::uint16_t>(fixed.data() + 8), rdata)) {
        return unexpected(Rcode::FORMERR);
    }
    return soa_serial(rdata);
}

}  // namespace

QueryOutcome take_notify(const MessageView& message, const Client& client, const TsigKey* key,
                         const ZoneTable& zones, const AccessPolicy& policy, NotifySink& sink) {
    const QuestionView& question = *message.question;
    if (question.rr_class != RrClass::IN) return {.rcode = Rcode::REFUSED};
    if (question.type != RrType::SOA) return {.rcode = Rcode::FORMERR};
    const Name zone = Name(question.name).folded();
    if (!zones.exact(zone)) {
        sink.refused(zone, client.peer, "the zone is not served here");
        return {.rcode = Rcode::NOTAUTH,
                .error = ToldError{ExtendedError::NotAuthoritative, "not a zone of this server"}};
    }
    const ZoneAccess* access = policy.access(zone);
    const auto decision =
        decide(access == nullptr ? std::span<const AccessRule>{} : access->notify, client.peer.address, key);
    if (!decision.allowed) {
        sink.refused(zone, client.peer, decision.to_string());
        return {.rcode = Rcode::REFUSED,
                .error = ToldError{ExtendedError::Prohibited, "not from a primary of this zone"}};
    }
    const auto serial = told_serial(message);
    if (!serial) return {.rcode = serial.error()};
    sink.notified(zone, client.peer, *serial);
    return {.rcode = Rcode::NOERROR, .authoritative = true};
}

}  // namespace lockstep
