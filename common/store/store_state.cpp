#include "store/store_state.hpp"

#include "store/save.hpp"

#include <algorithm>
#include <utility>

namespace lockstep {
namespace {

std::unexpected<Error> not_served(NameView apex) {
    return fail(ErrorCode::NotFound, "zone " + apex.to_string() + " is not served");
}

ServedZonePtr served_zone(NameView apex, ZonePtr zone, bool expired, ChangeHistory history,
                          std::shared_ptr<Lease> lease) {
    auto served = std::make_shared<ServedZone>();
    served->lease = std::move(lease);
    served->apex = apex;
    served->zone = std::move(zone);
    served->expired = expired;
    served->history = std::move(history);
    return served;
}

}  // namespace

ZoneStore::State::State(StateDirectory directory, const Clock& clock, Log& log, HistoryLimits limits)
    : directory_(std::move(directory)),
      clock_(clock),
      log_(log),
      limits_(std::make_shared<const HistoryLimits>(limits)),
      table_(std::make_shared<const ZoneTable>()) {}

ZoneStore::State::EntryPtr ZoneStore::State::find(NameView apex) const {
    const auto found = entries_.find(apex);
    return found != entries_.end() ? found->second : nullptr;
}

std::uint64_t ZoneStore::State::allot_id() {
    if (free_ids_.empty()) return next_id_++;
    const std::uint64_t id = *free_ids_.begin();
    free_ids_.erase(free_ids_.begin());
    return id;
}

bool ZoneStore::State::lives(const Entry& entry, const std::shared_ptr<const Lease>& life) const {
    return entry.served && (!life || entry.served->lease == life);
}

std::shared_ptr<const ZoneTable> ZoneStore::State::publish(std::span<const EntryPtr> entries) {
    auto before = table_.current();
    if (gathers_) {
        for (const EntryPtr& entry : entries) {
            if (!std::exchange(entry->gathered, true)) gathered_.push_back(entry);
        }
        return before;
    }
    std::vector<ServedZonePtr> served;
    served.reserve(entries.size());
    for (const EntryPtr& entry : entries) {
        if (entry->served) served.push_back(entry->served);
        entry->gathered = false;
    }
    if (!served.empty()) table_.publish(std::make_shared<const ZoneTable>(before->with(served)));
    return before;
}

void ZoneStore::State::gather() {
    const std::lock_guard lock(mutex_);
    gathers_ = true;
}

void ZoneStore::State::publish_gathered() {
    std::shared_ptr<const ZoneTable> old_table;
    std::vector<EntryPtr> gathered;
    const std::lock_guard lock(mutex_);
    gathers_ = false;
    gathered.swap(gathered_);
    old_table = publish(gathered);
}

Result<void> ZoneStore::State::reopen_if_closed() {
    if (journal_) return {};
    DNS_TRY(set_aside("it could not be replaced when it should"));
    return fail(ErrorCode::Cancelled, "the state file was made anew");
}

Result<void> ZoneStore::State::write(const std::function<Result<void>()>& statements) {
    if (!journal_) return fail(ErrorCode::Io, directory_.state_file().string() + ": not open; see the log");
    const auto attempt = [&]() -> Result<void> {
        DNS_TRY_ASSIGN(Transaction transaction, journal_->begin());
        DNS_TRY(statements());
        return transaction.commit();
    };
    auto done = attempt();
    // What the write-ahead log holds may be all that is missing.
    if (!done && journal_->disk_is_full()) {
        journal_->shrink();
        done = attempt();
    }
    return done;
}

Result<std::vector<std::uint64_t>> ZoneStore::State::take_unused_bases() {
    if (unused_bases_.empty() || !journal_) return {};
    DNS_TRY(journal_->settle());
    return std::exchange(unused_bases_, {});
}

void ZoneStore::State::remove_bases(std::span<const std::uint64_t> numbers) {
    for (const std::uint64_t number : numbers) {
        if (auto removed = remove_base_file(directory_, number); !removed)
            log_.warning("{}; what it takes is given back at the next start", removed.error().text);
    }
}

BlobSource ZoneStore::State::blobs(const JournalRow& row) {
    const auto closed = [] { return fail(ErrorCode::Corrupt, "the state file is not open"); };
    return {row.state.base_file != 0 ? chunks_of_file(directory_, row)
                                     : [this, &row, closed](std::uint64_t number, ZoneBuilder& builder) {
                return journal_ ? journal_->add_chunk(row, number, builder) : Result<void>(closed());
            },
            [this, &row, closed](std::uint64_t number) {
                return journal_ ? journal_->delta(row, number) : Result<Delta>(closed());
            },
            [this, &row, closed](std::uint64_t after) {
                return journal_ ? journal_->marks(row, after) : Result<std::vector<StoredMark>>(closed());
            }};
}

Result<StoredZone> ZoneStore::State::load(const JournalRow& row) {
    BlobSource source = blobs(row);
    const auto locked = [this](auto& read) {
        read = [this, direct = std::move(read)](auto&&... what) {
            const std::lock_guard lock(mutex_);
            return direct(what...);
        };
    };
    if (row.state.base_file == 0) locked(source.add_chunk);
    locked(source.delta);
    locked(source.marks);
    return load_zone(row, source);
}

struct ZoneStore::State::Addition {
    EntryPtr entry;
    std::unique_lock<Busy> busy;
    StoredZone stored;
};

ZoneStore::State::Addition ZoneStore::State::enter(NameView apex) {
    EntryPtr entry;
    {
        const std::lock_guard lock(mutex_);
        entry = find(apex);
        if (!entry) {
            entry = std::make_shared<Entry>();
            entry->row.apex = Name(apex).folded();
            entries_.emplace(entry->row.apex, entry);
        }
    }
    std::unique_lock busy(entry->busy);
    return {std::move(entry), std::move(busy), {}};
}

Result<void> ZoneStore::State::read_stored(Addition& addition) {
    const Entry& entry = *addition.entry;
    if (entry.removed) {
        return fail(ErrorCode::Cancelled, "zone " + entry.row.apex.to_string() + " was just removed");
    }
    JournalRow row;
    {
        const std::lock_guard lock(mutex_);
        if (entry.served || !entry.row.state.has_content) return {};
        row = entry.row;
    }
    DNS_TRY_ASSIGN(addition.stored, load(row));
    return {};
}

Result<std::vector<ServedZonePtr>> ZoneStore::State::add_zones(std::span<const StoredName> apexes) {
    std::shared_ptr<const ZoneTable> old_table;  // freed without a lock
    const std::lock_guard many(many_);
    // All anew where the file is replaced meanwhile: what was read of the old one may not be in the new one.
    for (;;) {
        std::uint64_t epoch = 0;
        {
            const std::lock_guard lock(mutex_);
            epoch = epoch_;
        }
        std::vector<Addition> additions;
        additions.reserve(apexes.size());
        for (const StoredName& apex : apexes) {
            additions.push_back(enter(apex));
            auto read = read_stored(additions.back());
            if (read) continue;
            const std::lock_guard lock(mutex_);
            if (epoch != epoch_) break;
            auto error = std::move(read).error().in("zone " + apex.to_string());
            if (error.code != ErrorCode::Corrupt) return unexpected(std::move(error));
            DNS_TRY(set_aside(error.text, additions.back().entry.get()));
            break;
        }
        const std::lock_guard lock(mutex_);
        if (epoch != epoch_) continue;
        std::vector<EntryPtr> begun;
        std::vector<ServedZonePtr> served;
        begun.reserve(additions.size());
        served.reserve(additions.size());
        for (Addition& addition : additions) {
            const EntryPtr& entry = addition.entry;
            if (!entry->served) {
                begin_service(addition);
                begun.push_back(entry);
            }
            served.push_back(entry->served);
        }
        old_table = publish(begun);
        return served;
    }
}

void ZoneStore::State::begin_service(Addition& addition) {
    Entry& entry = *addition.entry;
    StoredZone& stored = addition.stored;
    ZoneState& state = entry.row.state;
    entry.deltas = std::move(stored.deltas);
    if (stored.marks.size() > 0) entry.marks = std::make_unique<Marks>(std::move(stored.marks));
    entry.since_base = 0;
    for (std::uint64_t number = state.last_delta; number > state.base_delta; --number)
        entry.since_base += entry.deltas[number - state.first_delta].changes->wire_octets();
    // What ran out while nobody looked is expired before the first query, whoever looks at the timers later.
    if (stored.zone && state.timers.expires_at != WallTime{} && clock_.wall_now() >= state.timers.expires_at)
        state.timers.expired = true;
    const std::size_t kept = stored.zone ? history_length(entry.deltas, *limits_.current(),
                                                          stored.zone->wire_octets(), clock_.wall_now())
                                         : 0;
    entry.served = served_zone(entry.row.apex, stored.zone, stored.zone && state.timers.expired,
                               entry.deltas.newest(kept), std::make_shared<Lease>());
}

Result<void> ZoneStore::State::remove_zone(NameView apex) {
    std::shared_ptr<const ZoneTable> old_table;
    EntryPtr entry;
    {
        const std::lock_guard lock(mutex_);
        entry = find(apex);
    }
    if (!entry) return {};
    const std::lock_guard busy(entry->busy);
    std::unique_lock lock(mutex_);
    if (entry->removed) return {};
    if (auto open = reopen_if_closed(); !open && open.error().code != ErrorCode::Cancelled) return open;
    const std::uint64_t id = entry->row.id;
    if (id != 0) {
        DNS_TRY(write([&] { return journal_->erase_zone(id); }));
        free_ids_.insert(id);
        if (entry->row.state.base_file != 0) unused_bases_.push_back(entry->row.state.base_file);
    }
    old_table = table_.current();
    table_.publish(std::make_shared<const ZoneTable>(old_table->without(entry->row.apex)));
    unsaved_.erase(entry.get());
    not_persisted_.forget(entry->row.apex);
    entry->removed = true;
    entry->served.reset();
    entries_.erase(entry->row.apex);
    lock.unlock();
    tidy();
    return {};
}

std::vector<StoredName> ZoneStore::State::unserved_zones() const {
    const std::lock_guard lock(mutex_);
    std::vector<StoredName> apexes;
    if (entries_.size() == table_.current()->size()) return apexes;
    for (const auto& [apex, entry] : entries_) {
        if (entry->row.state.has_content && !entry->served) apexes.push_back(entry->row.apex);
    }
    return apexes;
}

Result<void> ZoneStore::State::store_timers(std::span<const ZoneTimers> timers) {
    const std::lock_guard lock(mutex_);
    for (const auto& [apex, wanted, life] : timers) {
        const EntryPtr entry = find(apex);
        if (!entry || !lives(*entry, life)) continue;
        if (entry->row.id != 0 && entry->row.state.timers == wanted) continue;
        entry->row.state.timers = wanted;
        unsaved_.insert(entry.get());
    }
    return save_unsaved();
}

Result<void> ZoneStore::State::save_unsaved() {
    if (unsaved_.empty()) return {};
    for (Entry* entry : unsaved_) {
        if (entry->row.id == 0) entry->row.id = allot_id();
    }
    const auto put_rows = [&]() -> Result<void> {
        for (const Entry* entry : unsaved_)
            DNS_TRY(journal_->put_row(entry->row));
        return {};
    };
    auto written = reopen_if_closed();
    if (written || written.error().code == ErrorCode::Cancelled) written = write(put_rows);
    if (!written && written.error().code == ErrorCode::Corrupt) {
        auto aside = set_aside(written.error().text);  // which writes the rows as they are in memory
        written = aside ? Result<void>() : unexpected(std::move(aside).error());
    }
    for (const Entry* entry : unsaved_) {
        if (written) {
            not_persisted_.timers_saved(entry->row.apex);
        } else {
            not_persisted_.timers_unsaved(entry->row.apex, written.error().text);
        }
    }
    if (!written) return written;
    for (Entry* entry : unsaved_)
        entry->on_disk = entry->row.id != 0;
    unsaved_.clear();
    return written;
}

std::optional<StoredTimers> ZoneStore::State::timers(NameView apex) const {
    const std::lock_guard lock(mutex_);
    const EntryPtr entry = find(apex);
    if (!entry) return std::nullopt;
    const StoredTimers& timers = entry->row.state.timers;
    if (timers == StoredTimers{}) return std::nullopt;
    return timers;
}

std::string ZoneStore::State::source(NameView apex) const {
    const std::lock_guard lock(mutex_);
    const EntryPtr entry = find(apex);
    return entry ? entry->row.state.source : std::string();
}

std::optional<std::string> ZoneStore::State::mark(NameView apex, std::string_view key) const {
    const std::lock_guard lock(mutex_);
    const EntryPtr entry = find(apex);
    return entry && entry->marks ? entry->marks->find(key) : std::nullopt;
}

std::vector<Mark> ZoneStore::State::marks(NameView apex) const {
    const std::lock_guard lock(mutex_);
    const EntryPtr entry = find(apex);
    return entry && entry->marks ? entry->marks->all() : std::vector<Mark>();
}

Result<void> ZoneStore::State::set_expired(NameView apex, bool expired,
                                           const std::shared_ptr<const Lease>& life) {
    std::shared_ptr<const ZoneTable> old_table;
    const std::lock_guard lock(mutex_);
    const EntryPtr entry = find(apex);
    if (!entry || !entry->served) return not_served(apex);
    if (!lives(*entry, life)) return {};
    // Published first: what is expired must not be served because a disk is full.
    const ServedZonePtr before = entry->served;
    if (before->expired != expired) {
        entry->served = served_zone(before->apex, before->zone, expired, before->history, before->lease);
        old_table = publish({&entry, 1});
    }
    if (entry->row.id == 0 || entry->row.state.timers.expired != expired) unsaved_.insert(entry.get());
    entry->row.state.timers.expired = expired;
    return save_unsaved();
}

void ZoneStore::State::on_commit(std::function<void(const Committed&)> listener) {
    const std::lock_guard order(order_);
    listeners_.push_back(std::move(listener));
}

}  // namespace lockstep
