#include "store/save.hpp"

#include "store/codec.hpp"
#include "store/zone_store.hpp"
#include "zone/key.hpp"

#include <algorithm>
#include <chrono>
#include <functional>
#include <ranges>
#include <utility>

namespace lockstep {

Result<std::uint64_t> for_each_chunk(const ZoneSnapshot& zone, std::uint64_t generation,
                                     const std::function<Result<void>(std::uint64_t, OctetString&)>& store) {
    OctetString chunk;
    NameKey last_key;
    NameKey key;
    std::uint64_t number = 0;
    const auto flush = [&]() -> Result<void> {
        if (chunk.empty()) return {};
        seal_in_place({BlobKind::NodeChunk, zone.apex(), generation, number}, chunk);
        last_key.shorten(0);
        auto stored = store(number++, chunk);
        chunk.clear();
        return stored;
    };
    for (TreeCursor at = zone.tree().begin(); at; at.next()) {
        if (chunk.empty()) {
            chunk.reserve(std::min<std::size_t>(zone.wire_octets(), chunk_octets + 0x10000));
            chunk.resize(blob_header_octets);
        }
        at.read_key(key);
        append_node(last_key.octets(), key.octets(), at.value(), chunk);
        last_key = key;
        if (chunk.size() - blob_header_octets >= chunk_octets) DNS_TRY(flush());
    }
    DNS_TRY(flush());
    return number;
}

std::size_t history_length(const ChangeHistory& deltas, const HistoryLimits& limits,
                           std::uint64_t wire_octets, WallTime now) {
    const double allowed = std::max(static_cast<double>(wire_octets) * limits.max_zone_ratio,
                                    static_cast<double>(limits.min_octets));
    // The first of those from `from` to `to` that may stay, and with it all that follow.
    const auto first = [](std::size_t from, std::size_t to, const auto& may_stay) {
        const auto all = std::views::iota(from, to);
        return from + static_cast<std::size_t>(std::ranges::partition_point(all, std::not_fn(may_stay)) -
                                               all.begin());
    };
    const std::size_t size = deltas.size();
    const auto fits = [&](std::size_t i) { return static_cast<double>(deltas.octets_from(i)) <= allowed; };
    const auto is_young = [&](std::size_t i) { return now - deltas[i].at <= limits.min_age; };
    const std::size_t fitting = first(size - std::min(size, limits.max_changes), size, fits);
    return size - first(fitting, std::max(fitting, size - std::min(size, limits.min_changes)), is_young);
}

Result<void> write_marks(Journal& journal, const JournalRow& row, const Marks::Plan& plan) {
    if (plan.steps.empty()) return {};
    DNS_TRY(journal.make_marks_table());
    // There are some where a version that knows no marks has written the row since: not of this content.
    if (plan.from_none) DNS_TRY(journal.erase_marks(row.id));
    for (const Marks::Step& step : plan.steps) {
        DNS_TRY(step.value ? journal.put_mark(row, {step.number, {step.key, *step.value}})
                           : journal.erase_mark(row.id, step.number));
    }
    return {};
}

Result<void> write_whole(Journal& journal, JournalRow& row, const ZoneSnapshot& zone,
                         const ChangeHistory& deltas) {
    ZoneState& state = row.state;
    state.has_content = true;
    state.serial = zone.serial();
    state.records = zone.record_count();
    state.wire_octets = zone.wire_octets();
    state.generation = 1;
    state.base_file = 0;
    state.base_octets = zone.wire_octets();
    state.first_delta = 1;
    state.last_delta = state.base_delta = deltas.size();
    DNS_TRY_ASSIGN(state.base_chunks,
                   for_each_chunk(zone, state.generation, [&](std::uint64_t number, OctetString& chunk) {
                       return journal.put_chunk(row.id, state.generation, number, chunk);
                   }));
    std::uint64_t number = state.first_delta;
    for (std::size_t i = 0; i < deltas.size(); ++i) {
        const OctetString blob =
            seal({BlobKind::Delta, row.apex, 0, number}, encode(*deltas[i].changes, deltas[i].at));
        DNS_TRY(journal.put_delta(row.id, number++, blob));
    }
    return journal.put_row(row);
}

}  // namespace lockstep
