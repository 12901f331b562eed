#include "store/load.hpp"

#include "store/base_file.hpp"
#include "store/codec.hpp"
#include "zone/builder.hpp"
#include "zone/changeset.hpp"

#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace lockstep {
namespace {

Result<ZonePtr> load_base(const JournalRow& row, const BlobSource& source) {
    ZoneBuilder builder{Name(row.apex)};
    for (std::uint64_t number = 0; number < row.state.base_chunks; ++number)
        DNS_TRY(source.add_chunk(number, builder));
    auto zone = std::move(builder).finish();
    if (!zone) return fail(ErrorCode::Corrupt, "base: " + zone.error().text);
    return std::move(*zone);
}

Result<Marks> load_marks(const JournalRow& row, const BlobSource& source) {
    Marks marks;
    if (row.state.marks == 0) return marks;
    for (std::uint64_t last = 0;;) {
        DNS_TRY_ASSIGN(std::vector<StoredMark> some, source.marks(last));
        if (some.empty()) break;
        last = some.back().number;
        for (StoredMark& mark : some)
            marks.add(std::move(mark));
    }
    // One may be gone without a trace where the tree above it is damaged.
    if (marks.size() != row.state.marks) {
        return fail(ErrorCode::Corrupt, std::to_string(marks.size()) + " marks where there should be " +
                                            std::to_string(row.state.marks));
    }
    return marks;
}

}  // namespace

std::function<Result<void>(std::uint64_t, ZoneBuilder&)> chunks_of_file(const StateDirectory& directory,
                                                                        const JournalRow& row) {
    return [&directory, &row, file = std::shared_ptr<BaseFile>()](
               std::uint64_t number, ZoneBuilder& builder) mutable -> Result<void> {
        if (!file) {
            DNS_TRY_ASSIGN(BaseFile opened, BaseFile::open(directory, row.state.base_file));
            file = std::make_shared<BaseFile>(std::move(opened));
        }
        const std::string where = "chunk " + std::to_string(number);
        auto chunk = file->next_chunk();
        if (!chunk) return unexpected(std::move(chunk).error().in(where));
        auto added =
            decode_chunk({BlobKind::NodeChunk, row.apex, row.state.generation, number}, *chunk, builder);
        if (!added) return unexpected(std::move(added).error().in(where));
        return {};
    };
}

Result<StoredZone> load_zone(const JournalRow& row, const BlobSource& source) {
    const ZoneState& state = row.state;
    StoredZone stored;
    DNS_TRY_ASSIGN(stored.zone, load_base(row, source));
    std::vector<KeptChange> deltas;
    const ChangeSet* previous = nullptr;
    for (std::uint64_t number = state.first_delta; number <= state.last_delta; ++number) {
        const std::string where = "delta " + std::to_string(number);
        DNS_TRY_ASSIGN(Delta delta, source.delta(number));
        const auto changes = std::make_shared<const ChangeSet>(std::move(delta.changes));
        if (previous != nullptr && previous->to != changes->from)
            return fail(ErrorCode::Corrupt, where + " does not start where the one before ends");
        if (number == state.base_delta && changes->to != stored.zone->serial())
            return fail(ErrorCode::Corrupt, where + " does not lead to the base");
        if (number > state.base_delta) {
            auto next = apply_changes(stored.zone, *changes);
            if (!next) return fail(ErrorCode::Corrupt, where + ": " + next.error().text);
            stored.zone = std::move(*next);
        }
        deltas.push_back({changes, delta.at});
        previous = changes.get();
    }
    stored.deltas = ChangeHistory(std::move(deltas));
    if (stored.zone->serial() != state.serial || stored.zone->record_count() != state.records ||
        stored.zone->wire_octets() != state.wire_octets) {
        return fail(ErrorCode::Corrupt, "base and deltas lead to serial " + to_string(stored.zone->serial()) +
                                            " with " + std::to_string(stored.zone->record_count()) +
                                            " records, not to " + to_string(state.serial) + " with " +
                                            std::to_string(state.records));
    }
    DNS_TRY_ASSIGN(stored.marks, load_marks(row, source));
    return stored;
}

}  // namespace lockstep
