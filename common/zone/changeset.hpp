#pragma once
// What turns one version of a zone into another. Standards: RFC 1995 §4.

#include "base/result.hpp"
#include "wire/record.hpp"
#include "wire/serial.hpp"
#include "zone/snapshot.hpp"

#include <span>

namespace lockstep {

/// One difference sequence: `removed` begins with the old SOA, `added` with the new one. Value type.
struct ChangeSet {
    Serial from;
    Serial to;
    RecordList removed;
    RecordList added;
    [[nodiscard]] std::size_t wire_octets() const { return removed.octets().size() + added.octets().size(); }
};

/// The difference between two versions of one zone; skips what they share. An RRset whose TTL changed is
/// removed and added whole.
[[nodiscard]] ChangeSet diff(const ZoneSnapshot& from, const ZoneSnapshot& to);

/// The version after `changes`. Errors: Invalid where `base` has another serial than `changes.from`, a
/// removed record is not there, an added one is, or the result has not one SOA with serial `changes.to`;
/// names the record.
/// (Not `apply`: an argument of std::shared_ptr would have that mean std::apply.)
[[nodiscard]] Result<ZonePtr> apply_changes(const ZonePtr& base, const ChangeSet& changes);

/// Consecutive changes as one, what comes and goes again left out (RFC 1995 §5). `changes` must not be empty.
[[nodiscard]] ChangeSet condense(std::span<const ChangeSet* const> changes);

}  // namespace lockstep
