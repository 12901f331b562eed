// First content of many zones, in one transaction.

#include "store/save.hpp"
#include "store/store_state.hpp"

#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <utility>
#include <vector>

namespace lockstep {

struct ZoneStore::State::Pending {
    std::size_t number = 0;  // among the candidates
    EntryPtr entry;
    std::unique_lock<Busy> busy;
    ServedZonePtr before;
    Staged staged;
    JournalRow row;     // as it is to be
    ServedZonePtr now;  // likewise
};

std::vector<Result<ServedZonePtr>> ZoneStore::State::commit_all(std::span<ZoneCandidate> candidates) {
    std::vector<Result<ServedZonePtr>> results(candidates.size());
    std::vector<bool> done(candidates.size());
    {
        const std::lock_guard many(many_);
        std::vector<Pending> pending;
        pending.reserve(candidates.size());
        for (std::size_t i = 0; i < candidates.size(); ++i) {
            if (auto first = prepare_first(candidates[i], i)) pending.push_back(std::move(*first));
        }
        if (pending.size() > 1) {
            const auto put = put_first(pending);
            if (!put) {
                log_.warning(
                    "the first content of {} zones could not be stored in one step, now one by one: {}",
                    pending.size(), put.error().text);
                pending.clear();
            }
            for (const Pending& each : pending) {
                results[each.number] = each.now;
                done[each.number] = true;
            }
        }
    }
    // Whatever else there is, and all if the transaction failed, one by one: each with an error of its own.
    for (std::size_t i = 0; i < candidates.size(); ++i) {
        if (!done[i]) results[i] = commit(candidates[i].apex, std::move(candidates[i].candidate));
    }
    return results;
}

/// Nothing where the zone is not served, has content or is in use, or the candidate takes more than a chunk.
std::optional<ZoneStore::State::Pending> ZoneStore::State::prepare_first(const ZoneCandidate& wanted,
                                                                         std::size_t number) {
    const Candidate& candidate = wanted.candidate;
    if (!candidate.zone || candidate.changes || !candidate.marks.empty() ||
        candidate.zone->wire_octets() > chunk_octets)
        return std::nullopt;
    Pending pending;
    pending.number = number;
    {
        const std::lock_guard lock(mutex_);
        pending.entry = find(wanted.apex);
        if (!pending.entry) return std::nullopt;
        pending.busy = std::unique_lock(pending.entry->busy, std::try_to_lock);  // which waits for nobody
        pending.before = pending.entry->served;
    }
    if (!pending.busy || !pending.before) return std::nullopt;
    if (pending.before->zone || (candidate.life && candidate.life != pending.before->lease) ||
        !(candidate.zone->apex() == pending.before->apex))
        return std::nullopt;
    auto staged = stage(*pending.entry, *candidate.zone);
    if (!staged || !staged->only) return std::nullopt;
    pending.staged = std::move(*staged);
    const std::lock_guard lock(mutex_);
    pending.row = row_with_base(row_for(*pending.entry, candidate), pending.staged, *candidate.zone);
    auto now = std::make_shared<ServedZone>();
    now->apex = pending.row.apex;
    now->zone = candidate.zone;
    now->lease = pending.before->lease;
    pending.now = std::move(now);
    return pending;
}

Result<void> ZoneStore::State::put_first(std::span<Pending> pending) {
    std::shared_ptr<const ZoneTable> old_table;  // freed without a lock
    std::vector<ChangeHistory> dropped(pending.size());
    const std::lock_guard order(order_);
    {
        const std::lock_guard lock(mutex_);
        DNS_TRY(reopen_if_closed());
        for (const Pending& each : pending) {
            if (each.staged.epoch != epoch_) return fail(ErrorCode::Cancelled, "the state file was replaced");
        }
        const auto put_all = [&]() -> Result<void> {
            std::uint64_t inserted = 0;
            for (const Pending& each : pending) {
                if (each.entry->on_disk) {
                    DNS_TRY(put_base(each.row, each.staged, each.entry->row.state));
                    continue;
                }
                DNS_TRY(journal_->put_chunk(each.row.id, each.staged.generation, 0, *each.staged.only));
                DNS_TRY(journal_->insert_row_uncounted(each.row));
                ++inserted;
            }
            return journal_->note_inserted(inserted);
        };
        DNS_TRY(write(put_all));
        std::vector<EntryPtr> entries;
        entries.reserve(pending.size());
        for (std::size_t i = 0; i < pending.size(); ++i) {
            Entry& entry = *pending[i].entry;
            settle(entry, std::move(pending[i].row));
            dropped[i] = std::exchange(entry.deltas, {});
            entry.since_base = 0;
            entry.served = pending[i].now;
            entries.push_back(pending[i].entry);
        }
        old_table = publish(entries);
        if (auto tidied = journal_->tidy(); !tidied) log_.warning("{}", tidied.error().text);
    }
    for (const Pending& each : pending) {
        for (const auto& listener : listeners_)
            listener({each.before, each.now});
    }
    return {};
}

}  // namespace lockstep
