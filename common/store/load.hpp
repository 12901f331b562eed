#pragma once
// From the blobs of a zone to the zone: every checksum, every record, every link of the chain verified.
//
// Threads: as what reads the blobs. Errors: Corrupt, saying what was wrong where; those of the reader.

#include "base/result.hpp"
#include "store/change_history.hpp"
#include "store/journal.hpp"
#include "store/marks.hpp"
#include "store/state_directory.hpp"
#include "zone/snapshot.hpp"

#include <cstdint>
#include <functional>
#include <memory>
#include <vector>

namespace lockstep {

/// What was stored of one zone. Value type.
struct StoredZone {
    ZonePtr zone;
    ChangeHistory deltas;  // first_delta to last_delta
    Marks marks;
};

/// Where the blobs come from; chunks are asked for in order.
struct BlobSource {
    std::function<Result<void>(std::uint64_t, ZoneBuilder&)> add_chunk;
    std::function<Result<Delta>(std::uint64_t)> delta;
    std::function<Result<std::vector<StoredMark>>(std::uint64_t)> marks;
};

/// The chunks of `row`'s base file, to be asked for once, one after another from 0 on. A view of both.
[[nodiscard]] std::function<Result<void>(std::uint64_t, ZoneBuilder&)> chunks_of_file(
    const StateDirectory& directory, const JournalRow& row);

/// The content that `row`, which has some, stands for, and its marks.
[[nodiscard]] Result<StoredZone> load_zone(const JournalRow& row, const BlobSource& source);

}  // namespace lockstep
