#pragma once
// What an author should know of a zone that can be served: what is most likely a mistake.
//
// Threads: one. Cost: a look-up for each name server, MX and SRV target within the zone, else nothing that
// grows with it. Standards: RFC 1912 §2, RFC 1123 §2.1, RFC 2181 §10.3, RFC 4592, and what named-checkzone
// warns about.

#include "wire/name.hpp"
#include "wire/types.hpp"
#include "zone/findings.hpp"
#include "zone/key.hpp"
#include "zone/node_types.hpp"
#include "zone/snapshot.hpp"

#include <cstdint>
#include <optional>
#include <unordered_set>
#include <vector>

namespace lockstep {

/// Goes through a zone once. Resource type; refers to the snapshot and the findings that it was made with.
class Advice {
public:
    Advice(const ZoneSnapshot& zone, Findings& findings)
        : zone_(zone), findings_(findings), apex_key_(zone.apex(), NameView().size()) {}

    /// Of the zone as a whole: its SOA, and what belongs to the apex.
    void consider_apex();
    /// Of one name; names come in the zone's order.
    void consider(const ZoneCursor& at, NodeTypes types);
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
    void consider_cut(const ZoneCursor& at, NodeTypes types);
    void consider_targets(const ZoneCursor& at, const RrsetView& rrset);
    /// `node` is that of `target`.
    void consider_target(NameView owner, RrType type, NameView target, const std::optional<NodeView>& node);
    void consider_repeated_origin(NameView owner);
    void warn_of_hidden(NameView owner, RrType type, NameView cut);
    [[nodiscard]] bool answers_for(NameView name) const;

    const ZoneSnapshot& zone_;
    Findings& findings_;
    NameKey key_;        // of the name that is considered
    NameKey apex_key_;   // what the keys of names begin with that repeat the zone's name; empty for the root
    NameKey cut_key_;    // of the cut that names may now be below; empty for none
    RrsetView servers_;  // of the cut, within the snapshot
    std::vector<Stray> strays_;
    std::unordered_set<std::uint64_t> served_elsewhere_;  // hashes of name servers of other delegations
};

}  // namespace lockstep
