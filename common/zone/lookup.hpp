#pragma once
// What a zone says about a name and a type: the algorithm in the middle of every answer.
//
// Threads: pure, any number of readers. Errors: none. Limits: one descent for the name, one for each label
// between the apex and the closest encloser, one for the wildcard; no allocation. Standards: RFC 1034 §4.3.2,
// RFC 2308, RFC 4035 §3.1.4, RFC 4592, RFC 5155 §7.2.8, RFC 6672 §3.2, RFC 8020.

#include "wire/labels.hpp"
#include "wire/types.hpp"
#include "zone/snapshot.hpp"

#include <cstddef>
#include <optional>
#include <variant>

namespace lockstep {

/// How records came to answer for the name asked. Value type.
struct Match {
    /// The records stand at `*.` and the closest encloser, not at the name itself (RFC 4592).
    bool wildcard = false;
    /// Labels of the closest encloser, the root not counted; those of the name itself where it exists.
    std::size_t encloser_labels = 0;
};

/// The name has records of the type. For ANY `rrset` is one of them (RFC 8482 §4.1), for RRSIG the first.
struct FoundAnswer {
    NodeView node;
    RrsetView rrset;
    Match match;
};
/// The name is an alias, and neither CNAME nor ANY was asked for.
struct FoundCname {
    NodeView node;
    RrsetView rrset;
    Match match;
};
/// An ancestor of the name, of `labels` labels, has a DNAME.
struct FoundDname {
    NodeView node;
    RrsetView rrset;
    std::size_t labels = 0;
};
/// The name is at or below a zone cut, whose owner has `labels` labels.
struct FoundReferral {
    NodeView node;
    RrsetView ns;
    std::size_t labels = 0;
};
/// The name, or the wildcard that stands for it, exists without the type; `node` is nothing for an empty
/// non-terminal.
struct FoundNoData {
    std::optional<NodeView> node;
    Match match;
};
struct FoundNxDomain {
    std::size_t encloser_labels = 0;
};
using LookupResult =
    std::variant<FoundAnswer, FoundCname, FoundDname, FoundReferral, FoundNoData, FoundNxDomain>;

/// `name` must be within the zone's apex. Views in the result live as long as the snapshot.
[[nodiscard]] LookupResult lookup(const ZoneSnapshot& zone, const LabelledName& name, RrType type);

}  // namespace lockstep
