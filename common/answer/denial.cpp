#include "answer/denial.hpp"

#include <algorithm>

namespace lockstep {
namespace {

/// The highest zone cut or DNAME above `name`: what stands below it is occluded. The root where there is
/// none.
NameView occluding(const ZoneSnapshot& zone, NameView name) {
    const std::size_t labels = name.label_count();
    for (std::size_t at = zone.apex_labels() + 1; at < labels; ++at) {
        const NameView ancestor = name.suffix(at);
        const auto node = zone.find(ancestor);
        if (node && (node->has(RrType::NS) || node->has(RrType::DNAME))) return ancestor;
    }
    return {};
}

}  // namespace

void Denial::add_soa(const ZoneSnapshot& zone, NameView name) {
    const auto soa = zone.soa_rrset();
    const Ttl ttl = std::min(soa.ttl(), Ttl{static_cast<std::uint32_t>(zone.soa().minimum.count())});
    // The owner as the end of the name asked, so that it shrinks to a pointer.
    reply_.add(Section::Authority, name.suffix(zone.apex_labels()), zone.apex_node(), soa, ttl);
}

void Denial::no_match(const ZoneSnapshot& zone, NameView name, std::size_t encloser_labels) {
    if (by(zone) == By::Nothing) return;
    const auto wildcard = Name::wildcard(name.suffix(prove(zone, name, encloser_labels)));
    if (wildcard) cover(zone, *wildcard);
}

Denial::By Denial::by(const ZoneSnapshot& zone) const {
    if (!reply_.dnssec()) return By::Nothing;
    if (zone.nsec3()) return By::Nsec3;
    return zone.apex_node().has(RrType::NSEC) ? By::Nsec : By::Nothing;
}

std::size_t Denial::prove(const ZoneSnapshot& zone, NameView name, std::size_t labels) {
    if (by(zone) != By::Nsec3) {
        cover(zone, name);
        return labels;
    }
    const std::size_t apex_labels = zone.apex_labels();
    for (;; --labels) {
        const auto place = zone.nsec3_at_or_before(hasher_.hash(*zone.nsec3(), name.suffix(labels)));
        // With opt-out, names that only lead to unsigned delegations may have none (RFC 5155 §7.2.4).
        if (place.matches) add(place.owner, place.node, RrType::NSEC3);
        if (place.matches || labels == apex_labels) break;
    }
    if (labels < name.label_count()) cover(zone, name.suffix(labels + 1));
    return labels;
}

void Denial::cover(const ZoneSnapshot& zone, NameView name) {
    switch (by(zone)) {
    case By::Nsec: add_nsec(zone, name); break;
    case By::Nsec3: {
        const auto place = zone.nsec3_at_or_before(hasher_.hash(*zone.nsec3(), name));
        add(place.owner, place.node, RrType::NSEC3);
        break;
    }
    case By::Nothing: break;
    }
}

void Denial::add_nsec(const ZoneSnapshot& zone, NameView name) {
    // Glue, and what else is occluded, has no NSEC: past all of it at once to what occludes it. Only then may
    // there be names that have none although they should.
    auto at = zone.at_or_before(name);
    if (!at) return;
    if (!at.node().has(RrType::NSEC)) {
        const NameView above = occluding(zone, at.owner());
        if (above.is_root()) return;
        at = zone.at_or_before(above);
        if (!at || !at.node().has(RrType::NSEC)) return;
    }
    add(at.owner(), at.node(), RrType::NSEC);
}

void Denial::add(NameView owner, const NodeView& node, RrType type) {
    const auto rrset = node.find(type);
    if (!rrset || added_.contains(rrset->packed().data())) return;
    if (!added_.full()) added_.push_back(rrset->packed().data());
    reply_.add(Section::Authority, owner, node, *rrset);
}

}  // namespace lockstep
