#include "answer/query.hpp"

#include "answer/denial.hpp"
#include "base/few.hpp"
#include "zone/lookup.hpp"

#include <utility>

namespace lockstep {
namespace {

/// One reply under way: follows the chain from the name asked to where it ends.
class Chain {
public:
    Chain(const ZoneTable& zones, RrType type, ReplySections& reply,
          std::array<Name, QueryAnswerer::max_links>& synthesized, Nsec3Hasher& hasher)
        : zones_(zones), type_(type), reply_(reply), synthesized_(synthesized), denial_(reply, hasher) {}

    QueryOutcome follow(NameView asked) {
        name_ = LabelledName(asked);
        for (bool more = true; more;) {
            const ServedZone* served = find_zone(zones_, name_, type_);
            const auto problem = served == nullptr
                                     ? ToldError{ExtendedError::NotAuthoritative, "not a zone of this server"}
                                     : unservable(*served);
            if (problem) {
                // Behind the first link it is the resolver's turn to ask on.
                if (seen_.empty()) {
                    outcome_.rcode = served == nullptr ? Rcode::REFUSED : Rcode::SERVFAIL;
                    outcome_.error = problem;
                }
                break;
            }
            zone_ = served->zone.get();
            const auto found = lookup(*zone_, name_, type_);
            if (seen_.empty()) {
                outcome_.authoritative = !std::holds_alternative<FoundReferral>(found);
                outcome_.kind = std::visit([this](const auto& what) { return kind_of(what); }, found);
            }
            more = std::visit([this](const auto& what) { return take(what); }, found) && !reply_.truncated();
        }
        prove_expanded();
        reply_.add_addresses(zones_);
        outcome_.truncated = reply_.truncated();
        return outcome_;
    }

private:
    // What the first link tells. Names made up below a wildcard or a DNAME, or that do not exist, are no
    // news.
    [[nodiscard]] ResponseKind records_at(const Match& match) const {
        return {ResponseKind::Tells::Records, match.wildcard ? name_.suffix(match.encloser_labels) : name_,
                type_};
    }
    [[nodiscard]] ResponseKind kind_of(const FoundAnswer& found) const { return records_at(found.match); }
    [[nodiscard]] ResponseKind kind_of(const FoundCname& found) const { return records_at(found.match); }
    [[nodiscard]] ResponseKind kind_of(const FoundDname& found) const {
        return {ResponseKind::Tells::Records, name_.suffix(found.labels), type_};
    }
    [[nodiscard]] ResponseKind kind_of(const FoundReferral& found) const {
        return {ResponseKind::Tells::Referral, name_.suffix(found.labels)};
    }
    [[nodiscard]] ResponseKind kind_of(const FoundNoData& found) const {
        return {ResponseKind::Tells::NoData,
                found.match.wildcard ? name_.suffix(found.match.encloser_labels) : name_};
    }
    [[nodiscard]] ResponseKind kind_of(const FoundNxDomain&) const {
        return {ResponseKind::Tells::NoName, zone_->apex()};
    }

    // Each returns whether the chain goes on, with name_.
    bool take(const FoundAnswer& found) {
        if (type_ == RrType::RRSIG) {
            for (const RrsetView rrset : found.node) {
                if (rrset.type() == RrType::RRSIG) reply_.add_plain(Section::Answer, name_, rrset);
            }
        } else if (found.rrset.type() == RrType::DNAME) {
            add_dname(name_, found.node, found.rrset);
        } else {
            reply_.add(Section::Answer, name_, found.node, found.rrset);
        }
        note_expanded(found.match);
        return false;
    }

    bool take(const FoundCname& found) {
        reply_.add(Section::Answer, name_, found.node, found.rrset);
        note_expanded(found.match);
        return link_to(NameView::trusted(found.rrset.front()));
    }

    bool take(const FoundDname& found) {
        const NameView owner = name_.suffix(found.labels);
        add_dname(owner, found.node, found.rrset);
        const auto target = Name::substitute(name_, owner, NameView::trusted(found.rrset.front()));
        if (!target) {
            outcome_.rcode = Rcode::YXDOMAIN;
            return false;
        }
        if (seen_.full()) return false;
        Name& name = synthesized_[seen_.size()];
        name = *target;
        reply_.add_synthesized(name_, found.rrset.ttl(), name);
        if (type_ == RrType::CNAME || type_ == RrType::ANY) return false;
        return link_to(name);
    }

    bool take(const FoundReferral& found) {
        const NameView cut = name_.suffix(found.labels);
        reply_.add_plain(Section::Authority, cut, found.ns);
        if (reply_.dnssec()) {
            // A DS that is not signed is of no use to anybody, and BIND, Knot and NSD do not send it either.
            const auto ds = found.node.find(RrType::DS);
            if (ds && found.node.signatures(RrType::DS)) {
                reply_.add(Section::Authority, cut, found.node, *ds);
            } else {
                denial_.unsigned_delegation(*zone_, cut);
            }
        }
        prove_expanded();
        reply_.add_glue(*zone_, cut, found.ns);
        return false;
    }

    bool take(const FoundNoData& found) {
        denial_.add_soa(*zone_, name_);
        if (found.match.wildcard) {
            denial_.no_match(*zone_, name_, found.match.encloser_labels);
        } else {
            denial_.no_data(*zone_, name_);
        }
        return false;
    }

    bool take(const FoundNxDomain& found) {
        outcome_.rcode = Rcode::NXDOMAIN;
        denial_.add_soa(*zone_, name_);
        denial_.no_match(*zone_, name_, found.encloser_labels);
        return false;
    }

    /// Once, however often the chain comes by: an RRset is in a reply once (RFC 2181 §5).
    void add_dname(NameView owner, const NodeView& node, const RrsetView& rrset) {
        if (dnames_.contains(owner)) return;
        reply_.add(Section::Answer, owner, node, rrset);
        dnames_.push_back(owner);
    }

    /// What a wildcard answered for: its proof comes behind the whole answer section.
    void note_expanded(const Match& match) {
        if (match.wildcard) expanded_.push_back({zone_, name_, match.encloser_labels});
    }

    /// When the answer section is complete, and the additional one not begun.
    void prove_expanded() {
        for (std::size_t i = 0; i < expanded_.size(); ++i)
            denial_.wildcard_answer(*expanded_[i].zone, expanded_[i].name, expanded_[i].encloser_labels);
        expanded_.clear();
    }

    /// Goes on with `target`, unless the chain is too long or has been there.
    bool link_to(NameView target) {
        seen_.push_back(name_);
        name_ = LabelledName(target);
        return !seen_.full() && !seen_.contains(target);
    }

    const ZoneTable& zones_;
    RrType type_;
    ReplySections& reply_;
    std::array<Name, QueryAnswerer::max_links>& synthesized_;
    Denial denial_;
    LabelledName name_{NameView{}};
    const ZoneSnapshot* zone_ = nullptr;
    Few<NameView, QueryAnswerer::max_links> seen_;        // one a link
    Few<NameView, QueryAnswerer::max_links + 1> dnames_;  // owners, each link's and the last one's
    struct Expanded {
        const ZoneSnapshot* zone = nullptr;
        NameView name;
        std::size_t encloser_labels = 0;
    };
    Few<Expanded, QueryAnswerer::max_links + 1> expanded_;  // each link, and what the chain ends with
    QueryOutcome outcome_;
};

}  // namespace

const ServedZone* find_zone(const ZoneTable& zones, const LabelledName& name, RrType type) {
    const ServedZone* served = zones.find(name);
    if (type != RrType::DS || served == nullptr || name.label_count() == 0 ||
        served->apex.octets().size() != name.name().size()) {
        return served;
    }
    const ServedZone* parent = zones.find(name.suffix(name.label_count() - 1));
    return parent != nullptr ? parent : served;
}

std::optional<ToldError> unservable(const ServedZone& zone) {
    if (!zone.zone) return ToldError{ExtendedError::NotReady, "the zone has not been loaded yet"};
    if (zone.expired) return ToldError{ExtendedError::InvalidData, "the zone has expired"};
    return std::nullopt;
}

QueryOutcome QueryAnswerer::answer(const ZoneTable& zones, NameView name, RrType type, Dnssec dnssec,
                                   MessageWriter& writer) {
    ReplySections reply(writer, dnssec);
    Chain chain(zones, type, reply, synthesized_, hasher_);
    return chain.follow(name);
}

}  // namespace lockstep
