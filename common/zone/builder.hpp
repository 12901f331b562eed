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

    /// Owners are lower-cased, RDATA keeps its case; RDATA must have been checked (read_rdata, parse_rdata).
    /// Where TTLs within an RRset differ the lowest is kept (RFC 2181 §5.2).
    Added add(const RecordView& record);
    /// Whether the record was there; its TTL is not compared (RFC 1995 deletes by RR).
    bool remove(const RecordView& record);

    /// The new version. Errors: Invalid where the apex has not exactly one SOA record.
    [[nodiscard]] Result<ZonePtr> finish() &&;

private:
    class State;
    std::unique_ptr<State> state_;
};

}  // namespace lockstep
