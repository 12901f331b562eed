#pragma once
// One version of a zone: immutable, in canonical order, sharing all that it has in common with its neighbours
// in time.
//
// Threads: any number of readers, no lock. Limits: none of its own. Standards: RFC 1034 §4.2, order RFC 4034
// §6.1.

#include "rdata/soa.hpp"
#include "wire/labels.hpp"
#include "wire/name.hpp"
#include "wire/serial.hpp"
#include "wire/stored_name.hpp"
#include "zone/nsec3.hpp"
#include "zone/rrset.hpp"
#include "zone/tree.hpp"

#include <array>
#include <cstdint>
#include <memory>
#include <optional>

namespace lockstep {

class ZoneSnapshot;
struct Nsec3Place;
using ZonePtr = std::shared_ptr<const ZoneSnapshot>;

/// Where a name stands in a zone, found in one descent.
struct Located {
    /// The name's records; nothing for a name that does not exist or is an empty non-terminal.
    std::optional<NodeView> node;
    /// The name exists: it has records, or a name below it has (RFC 4592 §2.2.2).
    bool exists = false;
    /// Labels of the closest encloser, the root not counted; those of the name itself where it exists.
    std::size_t encloser_labels = 0;
};

/// Goes through a zone's names in canonical order, empty non-terminals left out. A view of its snapshot;
/// about 450 octets.
class ZoneCursor {
public:
    /// Past the end.
    ZoneCursor() = default;
    /// Whether it stands at a name; everything else needs that.
    [[nodiscard]] explicit operator bool() const { return static_cast<bool>(at_); }
    /// Lower-cased; good until the cursor moves or dies.
    [[nodiscard]] NameView owner() const {
        if (owner_octets_ == 0) read_owner();
        return NameView::trusted(Octets{owner_.data() + owner_.size() - owner_octets_, owner_octets_});
    }
    [[nodiscard]] NodeView node() const { return NodeView(at_.value()); }
    void read_key(NameKey& out) const { at_.read_key(out); }
    /// What the snapshot's find() would yield for `name`, which must be within the apex; the nearer it
    /// stands, the less it takes.
    [[nodiscard]] std::optional<NodeView> find(NameView name) const;
    void next();
    /// Past the end where this was the apex.
    void previous();

private:
    friend class ZoneSnapshot;
    ZoneCursor(const TreeCursor& at, NameView apex);
    void read_owner() const;

    TreeCursor at_;
    std::uint8_t apex_octets_ = 1;
    // Put together only where somebody asks for it.
    mutable std::uint8_t owner_octets_ = 0;                 // 0: not yet
    mutable std::array<std::byte, max_name_octets> owner_;  // the name stands at its end
};

/// One version of a zone. Immutable; made by ZoneBuilder, held by ZonePtr.
class ZoneSnapshot {
public:
    ZoneSnapshot(const ZoneSnapshot&) = delete;
    ZoneSnapshot& operator=(const ZoneSnapshot&) = delete;
    ~ZoneSnapshot() = default;

    /// Lower-cased.
    [[nodiscard]] NameView apex() const { return apex_; }
    [[nodiscard]] std::size_t apex_labels() const { return apex_labels_; }
    [[nodiscard]] NodeView apex_node() const { return apex_node_; }
    /// Whether there is a DNAME there, so that nothing below exists.
    [[nodiscard]] bool has_apex_dname() const { return has_apex_dname_; }
    [[nodiscard]] const Soa& soa() const { return soa_; }
    [[nodiscard]] Serial serial() const { return soa_.serial; }
    [[nodiscard]] RrsetView soa_rrset() const { return soa_rrset_; }
    [[nodiscard]] std::uint64_t record_count() const { return counts_.records; }
    /// Whether a wildcard may exist (RFC 4592 §2.1.1), be it only because there is a name below it (§2.2.2).
    [[nodiscard]] bool has_wildcards() const { return counts_.asterisks != 0; }
    /// Names that have records.
    [[nodiscard]] std::uint64_t name_count() const { return counts_.names; }
    /// What all records take in a RecordList.
    [[nodiscard]] std::uint64_t wire_octets() const { return counts_.wire_octets; }

    /// The records of `name`, if it has any. Nothing for a name outside the apex.
    [[nodiscard]] std::optional<NodeView> find(NameView name) const;
    /// Where `name`, which must be within the apex, stands.
    [[nodiscard]] Located locate(const LabelledName& name) const;

    /// At the apex.
    [[nodiscard]] ZoneCursor begin() const;
    /// The first name not before `name`, which must be within the apex.
    [[nodiscard]] ZoneCursor at_or_after(NameView name) const;
    /// The last name not after `name`, which must be within the apex: the one that an NSEC would have to come
    /// from.
    [[nodiscard]] ZoneCursor at_or_before(NameView name) const;

    /// How names are hashed for the proofs that something is not there; nothing where there are no NSEC3
    /// records for it.
    [[nodiscard]] const std::optional<Nsec3Params>& nsec3() const { return nsec3_; }
    /// The NSEC3 record for `hash`, or the one before it, the last before the first: it covers `hash`. Needs
    /// nsec3().
    [[nodiscard]] Nsec3Place nsec3_at_or_before(const Nsec3Hash& hash) const;

    /// The map beneath, keyed by NameKey; for diff and for figures.
    [[nodiscard]] const ZoneTree& tree() const { return tree_; }

private:
    friend class ZoneBuilder;
    struct Counts {
        std::uint64_t records = 0;
        std::uint64_t names = 0;
        std::uint64_t wire_octets = 0;
        std::uint64_t asterisks = 0;  // names with an asterisk label
    };
    ZoneSnapshot(NameView apex, ZoneTree tree, ZoneTree hashes, const Counts& counts, NodeView apex_node,
                 RrsetView soa_rrset, const Soa& soa);

    StoredName apex_;
    std::uint8_t apex_labels_;
    bool has_apex_dname_;
    ZoneTree tree_;
    ZoneTree hashes_;  // that owners of NSEC3 records stand for, in order; the values say nothing
    Counts counts_;
    NodeView apex_node_;                // within tree_
    RrsetView soa_rrset_;               // within tree_
    std::optional<Nsec3Params> nsec3_;  // within tree_
    Soa soa_;
};

/// Where an NSEC3 record stands. `node` is a view of its snapshot.
struct Nsec3Place {
    Name owner;
    NodeView node;
    bool matches = false;  // its hash is the one asked for
};

}  // namespace lockstep
