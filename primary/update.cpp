#include "primary/update.hpp"

#include "primary/renumber.hpp"
#include "primary/serial_policy.hpp"
#include "primary/update_message.hpp"
#include "primary/update_rights.hpp"
#include "rdata/rdata.hpp"
#include "rdata/soa.hpp"
#include "zone/checks.hpp"
#include "zone/node.hpp"

#include <utility>
#include <vector>

namespace lockstep {
namespace {

constexpr std::size_t wks_address_octets =
    5;  // and protocol: what tells two of them apart (RFC 2136 §3.4.2.2)

/// Whether adding one takes the place of the other, whatever else the RRset has.
bool replaces(RrType type, Octets added, Octets present) {
    if (is_singleton(type)) return true;
    return type == RrType::WKS && added.size() >= wks_address_octets &&
           present.size() >= wks_address_octets &&
           equal_octets(added.first(wks_address_octets), present.first(wks_address_octets));
}

}  // namespace

bool is_sealed(const ZoneSnapshot& zone) {
    const auto apex = zone.apex_node();
    return apex.has(RrType::DNSKEY) || apex.has(RrType::RRSIG) || apex.has(RrType::ZONEMD);
}

UpdateOutcome ZoneUpdater::carry_out(const UpdateRequest& request) {
    const NameView apex = served_->apex();
    const auto message = UpdateMessage::read(request.message);
    if (!message) return {.rcode = message.error()};
    if (const auto unmet = unmet_prerequisite(message->prerequisites, apex, builder_))
        return {.rcode = *unmet};
    if (const auto wrong = meaningless_update(message->updates, apex)) return {.rcode = *wrong};
    auto lifetimes = allowed(request, message->updates, builder_);
    if (!lifetimes) {
        return {.rcode = Rcode::REFUSED,
                .error = ToldError{ExtendedError::Prohibited, lifetimes.error().told},
                .text = std::move(lifetimes.error().text)};
    }
    if (is_sealed(*served_)) {
        return {.rcode = Rcode::REFUSED,
                .error = ToldError{ExtendedError::NotSupported,
                                   "a zone with signatures or a ZONEMD cannot be updated here"},
                .text = "the zone has signatures or a ZONEMD, and this version makes none anew"};
    }
    if (overfull(message->updates)) {
        return {.rcode = Rcode::REFUSED,
                .error = ToldError{ExtendedError::Prohibited, "too many records of one name and type"},
                .text = "an RRset would come to more than " + std::to_string(max_rrset_records) + " records"};
    }
    for (std::size_t i = 0; i < message->updates.size(); ++i)
        apply(message->updates[i], (*lifetimes)[i]);
    return {};
}

void ZoneUpdater::end(const RecordView& record) {
    if (!is_sealed(*served_)) remove_record(record);
    ends_[mark_key(record)] = std::nullopt;
}

Result<std::optional<UpdatedZone>> ZoneUpdater::finish() && {
    DNS_TRY_ASSIGN(ZonePtr zone, std::move(builder_).finish());
    auto changes = diff(*served_, *zone);
    if (equal_octets(changes.removed.octets(), changes.added.octets())) return std::nullopt;
    if (!is_newer(zone->serial(), served_->serial())) {
        const Serial present = served_->serial();
        DNS_TRY_ASSIGN(zone, renumbered(zone, next_serial(present, style_of(present, now_), now_)));
        changes = diff(*served_, *zone);
    }
    return UpdatedZone{std::move(zone), std::make_shared<const ChangeSet>(std::move(changes))};
}

bool ZoneUpdater::overfull(const std::vector<UpdateRecord>& updates) {
    // As if each added to the same RRset: a message has room for some thousands.
    for (const UpdateRecord& update : updates) {
        if (update.rr_class != RrClass::IN) continue;
        const auto node = builder_.find(update.owner);
        const auto rrset = node ? node->find(update.type) : std::nullopt;
        if (rrset && rrset->size() + updates.size() > max_rrset_records) return true;
    }
    return false;
}

void ZoneUpdater::apply(const UpdateRecord& update, std::optional<seconds> lifetime) {
    switch (update.rr_class) {
    case RrClass::IN: add(update, lifetime); break;
    case RrClass::ANY: remove_types(update); break;
    default: remove_record(update.record()); break;
    }
}

void ZoneUpdater::add(const UpdateRecord& update, std::optional<seconds> lifetime) {
    if (update.type == RrType::SOA) {
        // One that goes back is passed over (§3.4.2.2); so is 0, which means "choose" to some (RFC 1982 §7).
        const auto present = soa_serial(builder_.find(served_->apex())->find(RrType::SOA)->front());
        const Serial wanted = soa_serial(update.rdata);
        if (!is_apex(update.owner) || wanted.value() == 0 || is_newer(present, wanted)) return;
    }
    const auto node = builder_.find(update.owner);
    if (node && !can_stand_beside(update.type, *node)) return;
    if (update.type != RrType::SOA)
        ends_[key_of(update)] = lifetime ? std::optional(now_ + *lifetime) : std::nullopt;
    if (const auto rrset = node ? node->find(update.type) : std::nullopt) make_room(update, *rrset);
    builder_.add(update.record());
}

/// Of its mark: where an equal record is there, whose names may be in other letters, that one stays.
std::string ZoneUpdater::key_of(const UpdateRecord& update) {
    RecordView record = update.record();
    const auto node = builder_.find(update.owner);
    if (const auto rrset = node && !is_singleton(update.type) ? node->find(update.type) : std::nullopt) {
        for (const Octets rdata : *rrset) {
            if (equal_rdata(update.type, rdata, update.rdata)) record.rdata = rdata;
        }
    }
    return mark_key(record);
}

/// Takes out what `update` replaces, and gives the others of its RRset its TTL.
void ZoneUpdater::make_room(const UpdateRecord& update, RrsetView rrset) {
    const Ttl ttl{update.raw_ttl};
    const bool other_ttl = rrset.ttl() != ttl;
    std::optional<OctetString> replaced;
    for (const Octets rdata : rrset) {
        if (replaces(update.type, update.rdata, rdata) && !equal_octets(update.rdata, rdata))
            replaced.emplace(rdata.begin(), rdata.end());
    }
    if (replaced) builder_.remove({update.owner, update.type, ttl, *replaced});
    if (other_ttl) builder_.set_ttl(update.owner, update.type, ttl);
}

void ZoneUpdater::remove_types(const UpdateRecord& update) {
    const auto is_kept = [&](RrType type) {
        return is_apex(update.owner) && (type == RrType::SOA || type == RrType::NS);
    };
    if (update.type != RrType::ANY) {
        if (!is_kept(update.type)) builder_.remove_rrset(update.owner, update.type);
        return;
    }
    std::vector<RrType> types;
    if (const auto node = builder_.find(update.owner)) {
        for (const RrsetView rrset : *node)
            types.push_back(rrset.type());
    }
    for (const RrType type : types) {
        if (!is_kept(type)) builder_.remove_rrset(update.owner, type);
    }
}

void ZoneUpdater::remove_record(const RecordView& record) {
    if (is_apex(record.owner) && record.type == RrType::SOA) return;
    if (is_apex(record.owner) && record.type == RrType::NS) {
        const auto servers = builder_.find(record.owner)->find(RrType::NS);
        if (!servers || servers->size() == 1) return;  // the last one stays (§3.4.2.4)
    }
    builder_.remove(record);
}

}  // namespace lockstep
