#include "answer/negative.hpp"

#include <algorithm>

namespace lockstep {
namespace {

constexpr unsigned max_steps_back = 256;

bool has_nsec(const ReplySections& reply, const ZoneSnapshot& zone) {
    return reply.dnssec() && zone.apex_node().has(RrType::NSEC);
}

/// Adds the NSEC at or before `name`, passing by names without one: glue and what else is below a cut.
/// Returns whether its owner is the same as `before`, the owner that an earlier call has added.
void add_covering(ReplySections& reply, const ZoneSnapshot& zone, NameView name, Name* added) {
    auto at = zone.at_or_before(name);
    for (unsigned step = 0; at && step < max_steps_back; ++step, at.previous()) {
        const auto nsec = at.node().find(RrType::NSEC);
        if (!nsec) continue;
        if (added != nullptr) {
            if (*added == at.owner()) return;
            *added = Name(at.owner());
        }
        reply.add(Section::Authority, at.owner(), at.node(), *nsec);
        return;
    }
}

}  // namespace

void add_negative_soa(ReplySections& reply, const ZoneSnapshot& zone, NameView name) {
    const auto soa = zone.soa_rrset();
    const Ttl ttl = std::min(soa.ttl(), Ttl{static_cast<std::uint32_t>(zone.soa().minimum.count())});
    // The owner as the end of the name asked, so that it shrinks to a pointer.
    const NameView owner = name.parent(name.label_count() - zone.apex().label_count());
    reply.add(Section::Authority, owner, zone.apex_node(), soa, ttl);
}

void add_nsec_for_no_data(ReplySections& reply, const ZoneSnapshot& zone, NameView name) {
    if (has_nsec(reply, zone)) add_covering(reply, zone, name, nullptr);
}

void add_nsec_for_nx_domain(ReplySections& reply, const ZoneSnapshot& zone, NameView name,
                            std::size_t encloser_labels) {
    if (!has_nsec(reply, zone)) return;
    Name added;  // one NSEC may cover both
    add_covering(reply, zone, name, &added);
    const auto wildcard = Name::wildcard(name.parent(name.label_count() - encloser_labels));
    if (wildcard) add_covering(reply, zone, *wildcard, &added);
}

void add_nsec_for_wildcard(ReplySections& reply, const ZoneSnapshot& zone, NameView name) {
    if (has_nsec(reply, zone)) add_covering(reply, zone, name, nullptr);
}

}  // namespace lockstep
