#include "store/save.hpp"

#include "store/codec.hpp"
#include "store/zone_store.hpp"
#include "zone/key.hpp"

#include <algorithm>
#include <chrono>
#include <utility>

namespace lockstep {

Result<std::uint64_t> for_each_chunk(const ZoneSnapshot& zone, std::uint64_t generation,
                                     const std::function<Result<void>(std::uint64_t, OctetString)>& store) {
    OctetString nodes;
    nodes.reserve(std::min<std::size_t>(zone.wire_octets(), chunk_octets + 0x10000));
    NameKey last_key;
    NameKey key;
    std::uint64_t number = 0;
    const auto flush = [&]() -> Result<void> {
        if (nodes.empty()) return {};
        OctetString chunk = seal({BlobKind::NodeChunk, zone.apex(), generation, number}, nodes);
        nodes.clear();
        last_key.shorten(0);
        ++number;
        return store(number - 1, std::move(chunk));
    };
    for (TreeCursor at = zone.tree().begin(); at; at.next()) {
        at.read_key(key);
        append_node(last_key.octets(), key.octets(), at.value(), nodes);
        last_key = key;
        if (nodes.size() >= chunk_octets) DNS_TRY(flush());
    }
    DNS_TRY(flush());
    return number;
}

std::size_t history_length(std::span<const KeptDelta> deltas, const HistoryLimits& limits,
                           std::uint64_t wire_octets, WallTime now) {
    const double allowed = std::max(static_cast<double>(wire_octets) * limits.max_zone_ratio,
                                    static_cast<double>(limits.min_octets));
    double octets = 0;
    std::size_t kept = 0;
    for (; kept < deltas.size() && kept < limits.max_changes; ++kept) {
        const KeptDelta& delta = deltas[deltas.size() - kept - 1];
        octets += static_cast<double>(delta.changes->wire_octets());
        if (octets > allowed) break;
        if (kept >= limits.min_changes && now - delta.at > limits.min_age) break;
    }
    return kept;
}

ChangeHistory history_of(std::span<const KeptDelta> deltas, std::size_t newest) {
    ChangeHistory history;
    history.reserve(newest);
    for (std::size_t i = deltas.size() - newest; i < deltas.size(); ++i)
        history.push_back(deltas[i].changes);
    return history;
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
                         std::span<const KeptDelta> deltas) {
    ZoneState& state = row.state;
    state.has_content = true;
    state.serial = zone.serial();
    state.records = zone.record_count();
    state.wire_octets = zone.wire_octets();
    state.generation = 1;
    state.base_octets = zone.wire_octets();
    state.first_delta = 1;
    state.last_delta = state.base_delta = deltas.size();
    DNS_TRY_ASSIGN(state.base_chunks,
                   for_each_chunk(zone, state.generation, [&](std::uint64_t number, OctetString chunk) {
                       return journal.put_chunk(row.id, state.generation, number, chunk);
                   }));
    std::uint64_t number = state.first_delta;
    for (const KeptDelta& delta : deltas) {
        const OctetString blob =
            seal({BlobKind::Delta, row.apex, 0, number}, encode(*delta.changes, delta.at));
        DNS_TRY(journal.put_delta(row.id, number++, blob));
    }
    return journal.put_row(row);
}

}  // namespace lockstep
