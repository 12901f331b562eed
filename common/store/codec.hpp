#pragma once
// What the state file's blobs look like inside: a versioned header, a checksum, the content.
//
// Threads: pure functions. Errors: Corrupt. Security: a blob is bound to the place that it was written to, so
// one that turns up elsewhere does not pass; framing and RDATA are checked whatever the checksum says.

#include "base/bytes.hpp"
#include "base/clock.hpp"
#include "base/result.hpp"
#include "store/marks.hpp"
#include "store/timers.hpp"
#include "wire/name.hpp"
#include "wire/record.hpp"
#include "wire/serial.hpp"
#include "zone/builder.hpp"
#include "zone/changeset.hpp"

#include <cstdint>
#include <string>

namespace lockstep {

/// Chunks of records are still read; nodes are written since 2026-11-28.
enum class BlobKind : std::uint8_t { Zone = 1, RecordChunk = 2, Delta = 3, NodeChunk = 4, Mark = 5 };

/// Which blob it is. A view of the apex.
struct BlobPlace {
    BlobKind kind;
    NameView apex;
    std::uint64_t group = 0;   // of a chunk: its base's generation
    std::uint64_t number = 0;  // of a chunk within its base, of a delta or mark within its zone
};

constexpr std::uint8_t blob_version = 1;
constexpr std::size_t blob_header_octets = 12;  // "LS", version, kind, CRC-64 of place and content

/// `content` with its header.
[[nodiscard]] OctetString seal(const BlobPlace& place, Octets content);
/// Writes the header of `blob` in its first blob_header_octets, whatever they were; the content follows.
void seal_in_place(const BlobPlace& place, OctetString& blob);
/// The content within `blob`. Errors: Corrupt.
[[nodiscard]] Result<Octets> unseal(const BlobPlace& place, Octets blob);

/// Of base files: there is always a next one.
constexpr std::uint64_t largest_base_number = std::uint64_t{1} << 62;

/// What is known of a zone beside its records: one row. Value type.
struct ZoneState {
    bool has_content = false;
    Serial serial;                  // of the version that the deltas lead to
    std::uint64_t records = 0;      // that this version has
    std::uint64_t wire_octets = 0;  // of this version
    std::uint64_t generation = 0;   // of the base
    std::uint64_t base_chunks = 0;
    std::uint64_t base_octets = 0;
    std::uint64_t base_delta = 0;   // the last delta that the base contains already
    std::uint64_t first_delta = 1;  // the oldest kept
    std::uint64_t last_delta = 0;   // the newest; first_delta - 1 where there are none
    std::uint64_t base_file = 0;    // the number of the file that holds the base; 0: the database does
    std::uint64_t marks = 0;        // how many there are beside the content
    StoredTimers timers;
    std::string source;
};

[[nodiscard]] OctetString encode(const ZoneState& state);
[[nodiscard]] Result<ZoneState> decode_zone_state(Octets content);

/// A change with the time of its commit. Value type.
struct Delta {
    ChangeSet changes;
    WallTime at;
};

[[nodiscard]] OctetString encode(const ChangeSet& changes, WallTime at);
/// Errors: Corrupt, also for a record outside `apex`, RDATA that does not fit, SOAs that are not those of
/// `from` and `to`.
[[nodiscard]] Result<Delta> decode_delta(NameView apex, Octets content);
/// The records of a RecordChunk. Errors: Corrupt, for the same reasons.
[[nodiscard]] Result<RecordList> decode_records(NameView apex, Octets content);

/// 32-bit count of the key's octets, the key, the value.
[[nodiscard]] OctetString encode(const Mark& mark);
/// Errors: Corrupt.
[[nodiscard]] Result<Mark> decode_mark(Octets content);

/// Appends to `out`, the content of a NodeChunk, one more name and all that it has: 16-bit count of the
/// key's octets that it shares with `last_key` (the one before in this chunk, empty at its start), 16-bit
/// count of those that follow, 32-bit count of the node's; then both. Keys as NameKey has them, nodes as
/// NodeView.
void append_node(Octets last_key, Octets key, Octets node, OctetString& out);
/// Appends what is in a NodeChunk to the zone. Errors: Corrupt, also for keys out of order and what is not
/// sound.
[[nodiscard]] Result<void> decode_nodes(Octets content, ZoneBuilder& builder);
/// Adds to the zone what is in a sealed chunk of either kind. Errors: Corrupt.
[[nodiscard]] Result<void> decode_chunk(BlobPlace place, Octets blob, ZoneBuilder& builder);

}  // namespace lockstep
