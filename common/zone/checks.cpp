#include "zone/checks.hpp"

#include "zone/advice.hpp"
#include "zone/findings.hpp"
#include "zone/node_types.hpp"
#include "zone/nsec3.hpp"

#include <algorithm>
#include <utility>

namespace lockstep {
namespace {

/// Types that may stand beside a CNAME: those that sign or deny it (RFC 2181 §10.1, RFC 4034 §2.3, §4.1.2).
bool may_accompany_cname(RrType type) {
    return type == RrType::CNAME || type == RrType::RRSIG || type == RrType::NSEC || type == RrType::SIG ||
           type == RrType::NXT || type == RrType::KEY;
}

void check_apex(const ZoneSnapshot& zone, Findings& findings) {
    if (!zone.apex_node().has(RrType::NS))
        findings.error(zone.apex(), RrType::NS, "the zone has no NS at its apex");
    const auto hashed = zone.apex_node().find(RrType::NSEC3PARAM);
    if (!hashed) return;
    for (const auto rdata : *hashed) {
        const auto params = Nsec3Params::read(rdata);
        if (!params || params->iterations <= max_nsec3_iterations) continue;
        findings.error(zone.apex(), RrType::NSEC3PARAM,
                       "NSEC3 with " + std::to_string(params->iterations) +
                           " iterations, which each negative answer " + "would cost; at most " +
                           std::to_string(max_nsec3_iterations) +
                           " are served: sign the zone with 0 (RFC 9276 §3.1)");
    }
}

/// `owner()` yields the name of `node`, whose types are `types`.
template <class Owner>
void check_node(const ZoneSnapshot& zone, const Owner& owner, const NodeView& node, NodeTypes types,
                Findings& findings) {
    if (!types.may_have_one_of(NodeTypes(RrType::SOA, RrType::CNAME, RrType::DNAME))) return;
    if (node.has(RrType::SOA) && owner() != zone.apex())
        findings.error(owner(), RrType::SOA, "an SOA below the apex");
    const auto cname = node.find(RrType::CNAME);
    if (cname && cname->size() > 1) findings.error(owner(), RrType::CNAME, "more than one CNAME");
    if (cname) {
        for (const auto rrset : node) {
            if (may_accompany_cname(rrset.type())) continue;
            findings.error(owner(), RrType::CNAME,
                           "CNAME and other data (" + to_string(rrset.type()) + ") at one name");
            break;
        }
    }
    const auto dname = node.find(RrType::DNAME);
    if (dname && dname->size() > 1) findings.error(owner(), RrType::DNAME, "more than one DNAME");
}

}  // namespace

bool can_stand_beside(RrType type, NodeView node) {
    if (type != RrType::CNAME) return may_accompany_cname(type) || !node.has(RrType::CNAME);
    return std::all_of(node.begin(), node.end(),
                       [](const RrsetView& rrset) { return may_accompany_cname(rrset.type()); });
}

bool is_singleton(RrType type) {
    return type == RrType::CNAME || type == RrType::DNAME || type == RrType::SOA;
}

std::vector<ZoneCheck> check_transferred(const ZoneSnapshot& zone) {
    Findings findings;
    check_apex(zone, findings);
    for (auto at = zone.begin(); at; at.next())
        check_node(zone, [&at] { return at.owner(); }, at.node(), NodeTypes(at.node()), findings);
    return std::move(findings).take();
}

std::vector<ZoneCheck> check_changed(const ZoneSnapshot& zone, const RecordList& added) {
    Findings findings;
    check_apex(zone, findings);
    std::optional<NameView> last;
    for (const RecordView record : added) {
        if (last && *last == record.owner) continue;  // they come sorted, or nearly so
        last = record.owner;
        if (const auto node = zone.find(record.owner))
            check_node(zone, [&record] { return record.owner; }, *node, NodeTypes(*node), findings);
    }
    return std::move(findings).take();
}

std::vector<ZoneCheck> check_zone(const ZoneSnapshot& zone) {
    Findings findings;
    check_apex(zone, findings);
    Advice advice(zone, findings);
    advice.consider_apex();
    Name dname_owner;
    bool below_dname = false;
    for (auto at = zone.begin(); at; at.next()) {
        const NodeTypes types(at.node());
        check_node(zone, [&at] { return at.owner(); }, at.node(), types, findings);
        if (below_dname && at.owner().is_below(dname_owner)) {
            findings.error(at.owner(), RrType::DNAME, "stands below the DNAME at " + dname_owner.to_string());
        } else {
            below_dname = types.may_have(RrType::DNAME);
            if (below_dname) dname_owner = Name(at.owner());
        }
        advice.consider(at, types);
    }
    advice.finish();
    return std::move(findings).take();
}

}  // namespace lockstep
