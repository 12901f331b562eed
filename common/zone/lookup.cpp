#include "zone/lookup.hpp"

namespace lockstep {
namespace {

/// One RRset to stand for all: the first that is no signature, so that the answer says something by itself.
RrsetView any_of(NodeView node) {
    for (const RrsetView rrset : node) {
        if (rrset.type() != RrType::RRSIG) return rrset;
    }
    return *node.begin();
}

LookupResult answer_from(NodeView node, RrType type, const Match& match) {
    if (type == RrType::ANY) return FoundAnswer{node, any_of(node), match};
    if (const auto rrset = node.find(type)) return FoundAnswer{node, *rrset, match};
    // What DNSSEC puts beside a CNAME is asked for by its own type; found above where it is there (RFC 4035
    // §2.5).
    if (type != RrType::RRSIG && type != RrType::NSEC) {
        if (const auto alias = node.find(RrType::CNAME)) return FoundCname{node, *alias, match};
    }
    return FoundNoData{node, match};
}

/// A cut or DNAME at `node`, which stands above the name (or, for a cut, at it).
std::optional<LookupResult> leaves_zone(NodeView node, std::size_t labels) {
    if (const auto ns = node.find(RrType::NS)) return FoundReferral{node, *ns, labels};
    if (const auto dname = node.find(RrType::DNAME)) return FoundDname{node, *dname, labels};
    return std::nullopt;
}

bool has_names_below(const ZoneSnapshot& zone, NameView name) {
    auto at = zone.at_or_after(name);
    if (at && at.owner() == name) at.next();
    return at && at.owner().is_below(name);
}

/// As ZoneSnapshot::locate(), but that owners of NSEC3 records do not exist by these alone (RFC 5155 §7.2.8).
Located locate(const ZoneSnapshot& zone, const LabelledName& name) {
    Located at = zone.locate(name);
    const std::size_t labels = zone.apex_labels() + 1;  // of such an owner
    if (!zone.nsec3() || at.encloser_labels != labels) return at;
    const NameView owner = name.suffix(labels);
    if (owner.first_label().size() != nsec3_label_octets) return at;
    const auto node = at.exists ? at.node : zone.find(owner);
    if (!node || !has_only_nsec3(*node)) return at;
    const bool exists = has_names_below(zone, owner);
    if (at.exists) return {std::nullopt, exists, exists ? labels : labels - 1};
    if (!exists) at.encloser_labels = labels - 1;
    return at;
}

}  // namespace

LookupResult lookup(const ZoneSnapshot& zone, const LabelledName& name, RrType type) {
    const std::size_t labels = name.label_count();
    const std::size_t apex_labels = zone.apex_labels();
    if (labels == apex_labels) return answer_from(zone.apex_node(), type, {false, labels});
    if (zone.has_apex_dname())
        return FoundDname{zone.apex_node(), *zone.apex_node().find(RrType::DNAME), apex_labels};
    // Cuts and DNAMEs from the apex down: the highest one hides whatever stands below it (RFC 6672 §2.4).
    const auto leaves_at = [&](std::size_t at) -> std::optional<LookupResult> {
        const auto ancestor = zone.find(name.suffix(at));
        return ancestor ? leaves_zone(*ancestor, at) : std::nullopt;
    };
    // Right below the apex is where most cuts are: there the name itself needs no descent. Deeper ancestors
    // are looked at only where they exist, so that a name of 127 labels costs no 127 descents.
    std::size_t at = apex_labels + 1;
    if (at < labels) {
        if (auto left = leaves_at(at)) return *std::move(left);
        ++at;
    }
    const Located located = locate(zone, name);
    for (const std::size_t above = located.exists ? labels - 1 : located.encloser_labels; at <= above; ++at) {
        if (auto left = leaves_at(at)) return *std::move(left);
    }
    if (located.exists) {
        const Match match{false, labels};
        if (!located.node) return FoundNoData{std::nullopt, match};
        // At a cut only the DS RRset is the parent's own (RFC 4035 §3.1.4.1).
        if (type != RrType::DS) {
            if (const auto ns = located.node->find(RrType::NS)) {
                return FoundReferral{*located.node, *ns, labels};
            }
        }
        return answer_from(*located.node, type, match);
    }
    if (!zone.has_wildcards()) return FoundNxDomain{located.encloser_labels};
    const auto wildcard = Name::wildcard(name.suffix(located.encloser_labels));
    if (!wildcard) return FoundNxDomain{located.encloser_labels};
    const Located source = zone.locate(LabelledName(*wildcard));
    if (!source.exists) return FoundNxDomain{located.encloser_labels};
    const Match match{true, located.encloser_labels};
    if (!source.node) return FoundNoData{std::nullopt, match};
    return answer_from(*source.node, type, match);
}

}  // namespace lockstep
