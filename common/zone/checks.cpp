#include "zone/checks.hpp"

#include "rdata/rdata.hpp"
#include "zone/nsec3.hpp"

#include <algorithm>
#include <string_view>
#include <utility>

namespace lockstep {
namespace {

constexpr std::size_t findings_kept = 50;

/// Findings, up to a bound for each severity.
class Findings {
public:
    void add(ZoneCheck::Severity severity, NameView owner, RrType type, std::string text) {
        auto& count = severity == ZoneCheck::Severity::Error ? errors_ : warnings_;
        if (count++ < findings_kept)
            list_.push_back({severity, owner.to_string() + ": " + std::move(text), Name(owner), type});
    }
    void error(NameView owner, RrType type, std::string text) {
        add(ZoneCheck::Severity::Error, owner, type, std::move(text));
    }
    void warning(NameView owner, RrType type, std::string text) {
        add(ZoneCheck::Severity::Warning, owner, type, std::move(text));
    }
    [[nodiscard]] std::vector<ZoneCheck> take() && { return std::move(list_); }

private:
    std::vector<ZoneCheck> list_;
    std::size_t errors_ = 0;
    std::size_t warnings_ = 0;
};

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

void check_node(const ZoneSnapshot& zone, NameView owner, const NodeView& node, Findings& findings) {
    if (node.has(RrType::SOA) && owner != zone.apex())
        findings.error(owner, RrType::SOA, "an SOA below the apex");
    const auto cname = node.find(RrType::CNAME);
    if (cname && cname->size() > 1) findings.error(owner, RrType::CNAME, "more than one CNAME");
    if (cname) {
        for (const auto rrset : node) {
            if (may_accompany_cname(rrset.type())) continue;
            findings.error(owner, RrType::CNAME,
                           "CNAME and other data (" + to_string(rrset.type()) + ") at one name");
            break;
        }
    }
    const auto dname = node.find(RrType::DNAME);
    if (dname && dname->size() > 1) findings.error(owner, RrType::DNAME, "more than one DNAME");
}

/// Whether the zone answers for `name` itself, that is no zone cut stands above or at it.
bool answers_for(const ZoneSnapshot& zone, NameView name) {
    for (auto at = name; at.size() > zone.apex().size(); at = at.parent()) {
        const auto node = zone.find(at);
        if (node && node->has(RrType::NS)) return false;
    }
    return true;
}

/// Warns where `target`, which `owner` points at by `type`, is in the zone and cannot be followed.
void check_target(const ZoneSnapshot& zone, NameView owner, RrType type, NameView target,
                  Findings& findings) {
    if (!target.is_within(zone.apex())) return;
    const auto what = to_string(type) + " target " + target.to_string();
    const auto node = zone.find(target);
    if (node && node->has(RrType::CNAME)) {
        findings.warning(owner, type, what + " is a CNAME (RFC 2181 §10.3)");
    } else if (!(node && (node->has(RrType::A) || node->has(RrType::AAAA)))) {
        // Below a cut only the delegation's own name servers need an address here: glue.
        const bool glue = type == RrType::NS && target.is_within(owner);
        if (!answers_for(zone, target) && !glue) return;
        const auto located = zone.locate(target);
        const bool by_wildcard =
            !located.exists && zone.find(*Name::wildcard(target.suffix(located.encloser_labels)));
        if (!by_wildcard) findings.warning(owner, type, what + " has no address in the zone");
    }
}

void check_targets(const ZoneSnapshot& zone, NameView owner, const RrsetView& rrset, Findings& findings) {
    const auto type = rrset.type();
    if (type != RrType::NS && type != RrType::MX && type != RrType::SRV) return;
    for (const auto rdata : rrset) {
        const auto target = additional_target(type, rdata);
        if (target && !target->is_root()) check_target(zone, owner, type, *target, findings);
    }
}

void check_repeated_origin(const ZoneSnapshot& zone, NameView owner, Findings& findings) {
    const auto apex = zone.apex();
    if (apex.is_root() || owner.size() < 2 * apex.size() - 1) return;
    const auto front = Name::substitute(owner, apex, NameView());
    if (!front || !front->view().is_within(apex)) return;
    findings.warning(owner, RrType::None,
                     "repeats the zone's name: is a final dot missing? Did you mean " + front->to_string());
}

}  // namespace

std::vector<ZoneCheck> check_transferred(const ZoneSnapshot& zone) {
    Findings findings;
    check_apex(zone, findings);
    for (auto at = zone.begin(); at; at.next())
        check_node(zone, at.owner(), at.node(), findings);
    return std::move(findings).take();
}

std::vector<ZoneCheck> check_changed(const ZoneSnapshot& zone, const RecordList& added) {
    Findings findings;
    check_apex(zone, findings);
    std::optional<NameView> last;
    for (const RecordView record : added) {
        if (last && *last == record.owner) continue;  // they come sorted, or nearly so
        last = record.owner;
        if (const auto node = zone.find(record.owner)) check_node(zone, record.owner, *node, findings);
    }
    return std::move(findings).take();
}

std::vector<ZoneCheck> check_zone(const ZoneSnapshot& zone) {
    Findings findings;
    check_apex(zone, findings);
    const auto& mname = zone.soa().mname;
    check_target(zone, zone.apex(), RrType::SOA, mname, findings);
    Name dname_owner;
    bool below_dname = false;
    for (auto at = zone.begin(); at; at.next()) {
        const auto owner = at.owner();
        const auto node = at.node();
        check_node(zone, owner, node, findings);
        if (below_dname && owner.is_below(dname_owner)) {
            findings.error(owner, RrType::DNAME, "stands below the DNAME at " + dname_owner.to_string());
        } else {
            below_dname = node.has(RrType::DNAME);
            if (below_dname) dname_owner = Name(owner);
        }
        for (const auto rrset : node)
            check_targets(zone, owner, rrset, findings);
        check_repeated_origin(zone, owner, findings);
    }
    return std::move(findings).take();
}

}  // namespace lockstep
