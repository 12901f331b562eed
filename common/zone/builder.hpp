#pragma once
// Makes the next version of a zone from the last one, or the first from nothing. Work on a private copy:
// nobody sees it before finish().
//
// Threads: one. Limits: none of its own (transfer and zonefile set them). Cost: O(log n) a change on a base;
// from nothing it sorts once.

#include "base/result.hpp"
#include "wire/record.hpp"
#include "zone/snapshot.hpp"

#include <memory>
#include <optional>

namespace lockstep {

/// Resource type, move-only; used up by finish().
class ZoneBuilder {
public:
    enum class Added { Yes, Duplicate, OutOfZone };

    explicit ZoneBuilder(const Name& apex);
    explicit ZoneBuilder(ZonePtr base);
    ZoneBuilder(ZoneBuilder&&) noexcept;
    ZoneBuilder& operator=(ZoneBuilder&&) noexcept;
    ~ZoneBuilder();

    /// Duplicates among the records of a first version come to light in finish() only: there the answer is
    /// Yes. Owners are lower-cased, RDATA keeps its case; RDATA must have been checked (read_rdata,
    /// parse_rdata). Where TTLs within an RRset differ the lowest is kept (RFC 2181 §5.2).
    Added add(const RecordView& record);
    /// Of a first version: all that has been added to `other`, which must be of one too and of the same apex,
    /// as if it had been added here.
    void add_all(ZoneBuilder other);
    /// Of a first version: all that one name has, in the form in which it was kept (NameKey, NodeView).
    /// Whether both are sound and come behind what was appended last; then nothing may be added by add().
    bool append(Octets key, Octets node);
    /// Whether the record was there and has been taken out; its TTL is not compared (RFC 1995 deletes by RR).
    bool remove(const RecordView& record);
    /// Takes out all records of `type` at `owner`; whether there were any.
    bool remove_rrset(NameView owner, RrType type);
    /// Gives the records of `type` at `owner` another TTL, lower or higher.
    void set_ttl(NameView owner, RrType type, Ttl ttl);

    /// The records of `owner` as they are now; good until the next call. From nothing: sorts what has been
    /// added so far, so ask after the bulk is in.
    [[nodiscard]] std::optional<NodeView> find(NameView owner);

    /// Of a first version: whether the TTLs of an RRset differed among what has been added. Sorts as find()
    /// does.
    [[nodiscard]] bool ttls_differ();

    /// The new version. Errors: Invalid where the apex has not exactly one SOA record, Limit where an RRset
    /// has more than 65,535 records.
    [[nodiscard]] Result<ZonePtr> finish() &&;

private:
    class State;
    std::unique_ptr<State> state_;
};

}  // namespace lockstep
