#include "answer/sections.hpp"

#include "rdata/rdata.hpp"

#include <algorithm>
#include <array>

namespace lockstep {
namespace {

bool put_rdata(MessageWriter& writer, RrType type, Octets rdata) {
    bool fits = true;
    visit_rdata(
        type, rdata, [&](NameView name) { fits = fits && writer.name(name, Compress::Yes).has_value(); },
        [&](Octets octets) { fits = fits && writer.octets(octets).has_value(); });
    return fits;
}

/// The types whose records name a host (additional_target); a switch, since most answers are none of them.
bool may_have_target(RrType type) {
    switch (type) {
    case RrType::NS:
    case RrType::MX:
    case RrType::SRV:
    case RrType::KX:
    case RrType::AFSDB:
    case RrType::RT:
    case RrType::MB:
    case RrType::MD:
    case RrType::MF:
    case RrType::NAPTR:
    case RrType::SVCB:
    case RrType::HTTPS: return true;
    default: return false;
    }
}

constexpr std::array address_types{RrType::A, RrType::AAAA};

}  // namespace

bool put_rrset(MessageWriter& writer, Section section, NameView owner, const RrsetView& rrset, Ttl ttl) {
    const auto before = writer.mark();
    for (const Octets rdata : rrset) {
        if (!writer.begin_record(section, owner, rrset.type(), RrClass::IN, ttl.value()) ||
            !put_rdata(writer, rrset.type(), rdata)) {
            writer.rollback(before);
            return false;
        }
        writer.end_record();
    }
    return true;
}

void ReplySections::add(Section section, NameView owner, const NodeView& node, const RrsetView& rrset,
                        Ttl ttl) {
    if (truncated_) return;
    if (!put_rrset(writer_, section, owner, rrset, ttl)) {
        truncated_ = true;
        return;
    }
    if (dnssec()) {
        const auto signatures = node.signatures(rrset.type());
        if (signatures && rrset.type() != RrType::RRSIG &&
            !put_rrset(writer_, section, owner, *signatures, std::min(ttl, signatures->ttl()))) {
            truncated_ = true;
        }
    }
    if (may_have_target(rrset.type())) remember_targets(owner, rrset);
}

void ReplySections::add_plain(Section section, NameView owner, const RrsetView& rrset) {
    if (!truncated_ && !put_rrset(writer_, section, owner, rrset, rrset.ttl())) truncated_ = true;
}

void ReplySections::add_synthesized(NameView owner, Ttl ttl, NameView target) {
    if (truncated_) return;
    const auto before = writer_.mark();
    if (writer_.begin_record(Section::Answer, owner, RrType::CNAME, RrClass::IN, ttl.value()) &&
        writer_.name(target, Compress::Yes)) {
        writer_.end_record();
        return;
    }
    writer_.rollback(before);
    truncated_ = true;
}

void ReplySections::remember(NameView target) {
    if (!targets_.full() && !targets_.contains(target)) targets_.push_back(target);
}

void ReplySections::remember_targets(NameView owner, const RrsetView& rrset) {
    std::size_t looked_at = 0;
    for (const Octets rdata : rrset) {
        if (looked_at++ == max_targets) break;
        if (const auto target = additional_target(rrset.type(), rdata)) {
            remember(*target);
        } else if (rrset.type() == RrType::SVCB || rrset.type() == RrType::HTTPS) {
            remember(owner);  // the root as target stands for the owner (RFC 9460 §2.5.2)
        }
    }
}

bool ReplySections::add_addresses_of(NameView owner, const NodeView& node) {
    for (const RrType type : address_types) {
        const auto rrset = node.find(type);
        if (!rrset) continue;
        const auto before = writer_.mark();
        bool fits = put_rrset(writer_, Section::Additional, owner, *rrset, rrset->ttl());
        if (fits && dnssec()) {
            const auto signatures = node.signatures(type);
            fits =
                !signatures || put_rrset(writer_, Section::Additional, owner, *signatures, signatures->ttl());
        }
        if (!fits) {
            writer_.rollback(before);
            return false;
        }
    }
    return true;
}

void ReplySections::add_glue(const ZoneSnapshot& zone, NameView cut, const RrsetView& ns) {
    std::size_t looked_at = 0;
    for (const Octets rdata : ns) {
        if (truncated_ || looked_at++ == max_glue_names) break;
        const auto target = additional_target(RrType::NS, rdata);
        if (!target) continue;
        if (!target->is_within(cut)) {
            remember(*target);
            continue;
        }
        const auto node = zone.find(*target);
        if (node && !add_addresses_of(*target, *node)) truncated_ = true;
    }
}

void ReplySections::add_addresses(const ZoneTable& zones) {
    for (std::size_t i = 0; i < targets_.size() && !truncated_; ++i) {
        const ServedZone* served = zones.find(targets_[i]);
        if (served == nullptr || !served->zone || served->expired) continue;
        const auto node = served->zone->find(targets_[i]);
        if (node && !add_addresses_of(targets_[i], *node)) return;
    }
}

}  // namespace lockstep
