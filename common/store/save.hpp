#pragma once
// From a zone to the blobs that it is stored as, and which deltas are kept.
//
// Threads: pure functions but for the Journal that is passed. Errors: those of the Journal.

#include "base/clock.hpp"
#include "base/result.hpp"
#include "store/change_history.hpp"
#include "store/journal.hpp"
#include "store/marks.hpp"
#include "zone/snapshot.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>

namespace lockstep {

struct HistoryLimits;

/// Chunks are filled up to this and a record more.
constexpr std::size_t chunk_octets = std::size_t{1} << 20;

/// Calls `store(number, sealed chunk)`, which may keep the chunk, for each of `zone`; how many there were, or
/// the error of `store`.
[[nodiscard]] Result<std::uint64_t> for_each_chunk(
    const ZoneSnapshot& zone, std::uint64_t generation,
    const std::function<Result<void>(std::uint64_t, OctetString&)>& store);

/// How many of `deltas`, the newest, IXFR may still be answered from, found in O(log size). `wire_octets` is
/// the zone's size. Where the wall clock was set back between two changes, those about them are kept or not.
[[nodiscard]] std::size_t history_length(const ChangeHistory& deltas, const HistoryLimits& limits,
                                         std::uint64_t wire_octets, WallTime now);

/// Writes what becomes of the marks of `row`'s zone. In a transaction of the caller's, and `row`, which says
/// how many there are, too.
[[nodiscard]] Result<void> write_marks(Journal& journal, const JournalRow& row, const Marks::Plan& plan);

/// Writes into `journal` a zone as one base and the deltas before it, under the id of `row`; sets `row`'s
/// state to match. In a transaction of the caller's.
[[nodiscard]] Result<void> write_whole(Journal& journal, JournalRow& row, const ZoneSnapshot& zone,
                                       const ChangeHistory& deltas);

}  // namespace lockstep
