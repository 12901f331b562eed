#include "zone/advice.hpp"

#include "rdata/rdata.hpp"
#include "zone/host_name.hpp"

#include <algorithm>
#include <array>
#include <string>
#include <string_view>

namespace lockstep {
namespace {

using namespace std::chrono_literals;

// Few names, all of one zone, so no secret seed.
constexpr std::uint64_t seed = 0;

bool is_address(RrType type) {
    return type == RrType::A || type == RrType::AAAA;
}

/// What stands at a zone cut on the parent's side, or denies what does not (RFC 4035 §2.5).
constexpr NodeTypes cut_types(RrType::NS, RrType::DS, RrType::NSEC, RrType::RRSIG, RrType::NXT, RrType::SIG,
                              RrType::KEY);
constexpr NodeTypes types_with_targets(RrType::NS, RrType::MX, RrType::SRV, RrType::PTR);

/// Whether consider_owner() has anything to say of a name with these.
bool are_of_concern(NodeTypes types) {
    constexpr NodeTypes any(RrType::MD, RrType::MF, RrType::A, RrType::AAAA, RrType::MX, RrType::SPF);
    return types.may_have_one_of(any) || (types.may_have(RrType::DS) && !types.may_have(RrType::NS));
}

bool names_server(const RrsetView& servers, NameView host) {
    return std::ranges::any_of(servers, [host](Octets rdata) {
        const auto target = additional_target(RrType::NS, rdata);
        return target && *target == host;
    });
}

/// Whether a string of the TXT RRset says that it is what SPF records were for.
bool holds_spf(const std::optional<RrsetView>& txt) {
    constexpr std::string_view version = "v=spf1";
    return txt && std::ranges::any_of(*txt, [version](Octets rdata) {
               return as_text(rdata.subspan(1)).starts_with(version);
           });
}

/// A CDS or CDNSKEY that asks for removal has algorithm 0 (RFC 8078 §4).
bool asks_for_removal(const RrsetView& rrset) {
    const std::size_t algorithm_at = rrset.type() == RrType::CDS ? 2 : 3;
    return rrset.front()[algorithm_at] == std::byte{0};
}

bool is_reverse(NameView name) {
    static const auto ipv4 = *Name::parse_absolute("in-addr.arpa.");
    static const auto ipv6 = *Name::parse_absolute("ip6.arpa.");
    return name.is_within(ipv4) || name.is_within(ipv6);
}

}  // namespace

void Advice::consider_apex() {
    consider_soa();
    const auto node = zone_.apex_node();
    if (node.has(RrType::DS))
        findings_.warning(zone_.apex(), RrType::DS,
                          "DS at the apex: it belongs into the parent zone (RFC 4034 §5)");
    for (const auto type : {RrType::CDS, RrType::CDNSKEY}) {
        const auto rrset = node.find(type);
        if (rrset && !node.has(RrType::DNSKEY) && !asks_for_removal(*rrset)) {
            findings_.warning(zone_.apex(), type,
                              to_string(type) +
                                  " without DNSKEY: the parent would trust a key that is not there "
                                  "(RFC 7344 §4.1)");
        }
    }
}

void Advice::consider_soa() {
    const Soa& soa = zone_.soa();
    const auto warn = [this](std::string text) {
        findings_.warning(zone_.apex(), RrType::SOA, std::move(text));
    };
    if (soa.mname.view().is_within(zone_.apex()))
        consider_target(zone_.apex(), RrType::SOA, soa.mname, zone_.find(soa.mname));
    if (as_text(soa.rname.view().first_label()).find('@') != std::string_view::npos)
        warn("RNAME " + soa.rname.to_string() + " has an @: a dot stands for it (RFC 1912 §2.2)");
    const auto seconds = [](std::chrono::seconds period) { return std::to_string(period.count()); };
    if (soa.retry >= soa.refresh) {
        warn("RETRY " + seconds(soa.retry) + " is not below REFRESH " + seconds(soa.refresh) +
             " (RFC 1912 §2.2)");
    }
    if (soa.expire < soa.refresh + soa.retry) {
        warn("EXPIRE " + seconds(soa.expire) +
             " is less than REFRESH and RETRY together: one failure ends service "
             "(RFC 1912 §2.2)");
    }
    if (soa.minimum > 24h) {
        warn("MINIMUM " + seconds(soa.minimum) + " keeps negative answers for more than a day (RFC 2308 §5)");
    }
}

void Advice::consider(const ZoneCursor& at, NodeTypes types) {
    at.read_key(key_);
    if (zone_.has_wildcards() || zone_.apex().is_wildcard()) consider_wildcard(at.owner(), at.node());
    if (are_of_concern(types)) consider_owner(at.owner(), at.node());
    consider_cut(at, types);
    if (apex_key_.size() > 0 && key_.begins_with(apex_key_)) consider_repeated_origin(at.owner());
    if (!types.may_have_one_of(types_with_targets)) return;
    for (const auto rrset : at.node())
        consider_targets(at, rrset);
}

void Advice::consider_owner(NameView owner, const NodeView& node) {
    bool names_host = false;
    for (const auto rrset : node) {
        const auto type = rrset.type();
        if (type == RrType::MD || type == RrType::MF)
            findings_.warning(owner, type,
                              to_string(type) + " is obsolete: MX has replaced it (RFC 1035 §3.3.4)");
        if (names_host || !(is_address(type) || type == RrType::MX)) continue;
        names_host = true;
        if (!is_host_name(owner.is_wildcard() ? owner.parent() : owner))
            findings_.warning(owner, type, "has " + to_string(type) + " and is no host name (RFC 1123 §2.1)");
    }
    if (node.has(RrType::SPF) && !holds_spf(node.find(RrType::TXT)))
        findings_.warning(owner, RrType::SPF,
                          "SPF without the TXT that is read in its place (RFC 7208 §3.1)");
    if (node.has(RrType::DS) && !node.has(RrType::NS) && owner != zone_.apex())
        findings_.warning(owner, RrType::DS, "DS without NS: nothing is delegated here (RFC 4035 §2.4)");
}

void Advice::consider_wildcard(NameView owner, const NodeView& node) {
    if (owner.is_wildcard()) {
        for (const auto type : {RrType::NS, RrType::DNAME}) {
            if (node.has(type))
                findings_.warning(owner, type,
                                  to_string(type) + " at a wildcard has no meaning (RFC 4592 §4)");
        }
    }
    if (as_text(owner.octets().subspan(1)).find('*', 1) == std::string_view::npos) return;
    for (auto at = owner.parent(); at.size() > zone_.apex().size(); at = at.parent()) {
        if (!at.is_wildcard()) continue;
        findings_.warning(owner, RrType::None,
                          "holds a * that is no wildcard, as a label stands before it (RFC 4592 §2.1)");
        return;
    }
}

void Advice::consider_cut(const ZoneCursor& at, NodeTypes types) {
    const bool below = cut_key_.size() > 0 && key_.begins_with(cut_key_);
    if (!below) {
        cut_key_.shorten(0);
        if (key_.size() == 0 || !types.may_have(RrType::NS)) return;
        cut_key_ = key_;
        servers_ = *at.node().find(RrType::NS);
        if (types.are_among(cut_types)) return;
    }
    const auto cut = [this] { return name_of(cut_key_.octets(), zone_.apex()); };
    for (const auto rrset : at.node()) {
        const auto type = rrset.type();
        if (is_address(type)) {
            if (!names_server(servers_, at.owner())) strays_.push_back({Name(at.owner()), type, cut()});
        } else if (below || !NodeTypes(type).are_among(cut_types)) {
            warn_of_hidden(at.owner(), type, cut());
        }
    }
}

void Advice::warn_of_hidden(NameView owner, RrType type, NameView cut) {
    findings_.warning(owner, type,
                      to_string(type) +
                          (owner == cut ? " at a zone cut" : " below the zone cut " + cut.to_string()) +
                          " is never answered" + (is_address(type) ? ": it is no glue" : ""));
}

void Advice::consider_targets(const ZoneCursor& at, const RrsetView& rrset) {
    const auto type = rrset.type();
    if (!NodeTypes(type).are_among(types_with_targets)) return;
    const NameView owner = at.owner();
    if (type == RrType::PTR && is_reverse(owner)) {
        for (const auto rdata : rrset) {
            const auto target = NameView::trusted(rdata);
            if (!is_host_name(target))
                findings_.warning(owner, type,
                                  "PTR target " + target.to_string() + " is no host name (RFC 1123 §2.1)");
        }
    }
    if (type == RrType::PTR) return;
    for (const auto rdata : rrset) {
        const auto target = additional_target(type, rdata);
        if (!target || target->is_root()) continue;
        const bool ours = target->is_within(zone_.apex());
        if (type == RrType::NS && ours && (key_.size() == 0 || !target->is_within(owner)))
            served_elsewhere_.insert(hash_name(*target, seed));
        if (reads_as_ipv4(*target, zone_.apex())) {
            findings_.warning(
                owner, type,
                to_string(type) + " target " + target->to_string() + " is an address: a name belongs here");
        } else if (!is_host_name(*target)) {
            findings_.warning(
                owner, type,
                to_string(type) + " target " + target->to_string() + " is no host name (RFC 1123 §2.1)");
        } else if (ours) {
            consider_target(owner, type, *target, at.find(*target));
        }
    }
}

/// Whether the zone answers for `name` itself, that is no zone cut stands above or at it.
bool Advice::answers_for(NameView name) const {
    for (auto at = name; at.size() > zone_.apex().size(); at = at.parent()) {
        const auto node = zone_.find(at);
        if (node && node->has(RrType::NS)) return false;
    }
    return true;
}

/// Warns where `target`, a name of the zone that `owner` points at by `type`, cannot be followed.
void Advice::consider_target(NameView owner, RrType type, NameView target,
                             const std::optional<NodeView>& node) {
    const auto what = [&] { return to_string(type) + " target " + target.to_string(); };
    if (node && node->has(RrType::CNAME)) {
        findings_.warning(owner, type, what() + " is a CNAME (RFC 2181 §10.3)");
    } else if (!(node && (node->has(RrType::A) || node->has(RrType::AAAA)))) {
        // Below a cut only the delegation's own name servers need an address here: glue.
        const bool glue = type == RrType::NS && target.is_within(owner);
        if (!answers_for(target) && !glue) return;
        const auto located = zone_.locate(LabelledName(target));
        const bool by_wildcard =
            !located.exists && zone_.find(*Name::wildcard(target.suffix(located.encloser_labels)));
        if (!by_wildcard) findings_.warning(owner, type, what() + " has no address in the zone");
    }
}

void Advice::consider_repeated_origin(NameView owner) {
    const auto front = Name::substitute(owner, zone_.apex(), NameView());
    if (!front) return;
    findings_.warning(owner, RrType::None,
                      "repeats the zone's name: is a final dot missing? Did you mean " + front->to_string());
}

void Advice::finish() {
    for (const auto& stray : strays_) {
        if (!served_elsewhere_.contains(hash_name(stray.owner, seed)))
            warn_of_hidden(stray.owner, stray.type, stray.cut);
    }
}

}  // namespace lockstep
