#pragma once
// What an author should know of a zone that can be served: what is most likely a mistake.
//
// Threads: one. Cost: a look-up for each name server, MX and SRV target within the zone, else nothing that
// grows with it. Standards: RFC 1912 §2, RFC 1123 §2.1, RFC 2181 §10.3, RFC 4592, and what named-checkzone
// warns about.

#include "wire/name.hpp"
#include "wire/types.hpp"
#include "zone/findings.hpp"
#include "zone/snapshot.hpp"

#include <cstdint>
#include <optional>
#include <unordered_set>
#include <vector>

namespace lockstep {

/// Goes through a zone once. Resource type; refers to the snapshot and the findings that it was made with.
class Advice {
public:
    Advice(const ZoneSnapshot& zone, Findings& findings) : zone_(zone), findings_(findings) {}

    /// Of the zone as a whole: its SOA, and what belongs to the apex.
    void consider_apex();
    /// Of one name; names come in the zone's order.
    void consider(NameView owner, const NodeView& node);
    /// What only all names together show.
    void finish();

private:
    /// An address below a cut that the cut's own name servers do not need.
    struct Stray {
        Name owner;
        RrType type = RrType::None;
        Name cut;
    };

    void consider_soa();
    void consider_owner(NameView owner, const NodeView& node);
    void consider_wildcard(NameView owner, const NodeView& node);
    void consider_cut(NameView owner, const NodeView& node);
    void consider_targets(NameView owner, const RrsetView& rrset);
    void consider_target(NameView owner, RrType type, NameView target);
    void consider_repeated_origin(NameView owner);
    void warn_of_hidden(NameView owner, RrType type, NameView cut);
    [[nodiscard]] bool answers_for(NameView name) const;

    const ZoneSnapshot& zone_;
    Findings& findings_;
    std::optional<Name> cut_;           // the one that names may now be below
    std::optional<RrsetView> servers_;  // of the cut, within the snapshot
    std::vector<Stray> strays_;
    std::unordered_set<std::uint64_t> served_elsewhere_;  // hashes of name servers of other delegations
};

}  // namespace lockstep
