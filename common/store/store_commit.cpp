// How content gets into service: decided, written, published, told.

#include "store/save.hpp"
#include "store/store_state.hpp"

#include <algorithm>
#include <utility>
#include <vector>

namespace lockstep {
namespace {

/// A change above this is stored as a whole new version: one blob is held in memory whole.
constexpr std::size_t largest_delta_octets = std::size_t{256} << 20;

std::unexpected<Error> invalid(std::string text) {
    return fail(ErrorCode::Invalid, std::move(text));
}

/// Whether they change nothing: at most the SOA stands on both sides, the same.
bool is_empty(const ChangeSet& changes) {
    return changes.removed.size() <= 1 && equal_octets(changes.removed.octets(), changes.added.octets());
}

std::unexpected<Error> replaced_meanwhile() {
    return fail(ErrorCode::Cancelled, "the state file was replaced meanwhile");
}

void describe(ZoneState& state, const ZoneSnapshot& zone) {
    state.has_content = true;
    state.serial = zone.serial();
    state.records = zone.record_count();
    state.wire_octets = zone.wire_octets();
}

}  // namespace

Result<ZoneStore::State::Step> ZoneStore::State::plan(const ServedZonePtr& before,
                                                      const Candidate& candidate) const {
    const ZonePtr& now = candidate.zone;
    const ZonePtr& then = before->zone;
    if (!now || !(now->apex() == before->apex)) return invalid("the candidate is of another zone");
    if (candidate.changes &&
        (!then || candidate.changes->from != then->serial() || candidate.changes->to != now->serial())) {
        return invalid("the changes lead from serial " + to_string(candidate.changes->from) + " to " +
                       to_string(candidate.changes->to) + ", not from what is served to the candidate");
    }
    if (!then) return Step{Step::Kind::Base, nullptr};
    if (now == then) return Step{};
    const bool newer = is_newer(now->serial(), then->serial());
    if (newer && candidate.breaks_history) return Step{Step::Kind::Base, nullptr};
    auto changes = candidate.changes;
    if (!changes || !newer) changes = std::make_shared<const ChangeSet>(diff(*then, *now));
    if (now->serial() == then->serial() && is_empty(*changes)) return Step{};
    // IXFR goes forward only: a step back, or other content under the same serial, starts a new history. So
    // does a change that is more than the history may hold.
    const std::size_t octets = changes->wire_octets();
    const auto limits = limits_.current();
    const std::size_t whole =
        std::max(static_cast<std::size_t>(static_cast<double>(now->wire_octets()) * limits->max_zone_ratio),
                 limits->min_octets);
    if (!newer || candidate.breaks_history || octets > whole || octets > largest_delta_octets)
        return Step{Step::Kind::Base, nullptr};
    return Step{Step::Kind::Delta, std::move(changes)};
}

Result<ServedZonePtr> ZoneStore::State::commit(NameView apex, Candidate candidate) {
    const auto not_served = [&] {
        return fail(ErrorCode::NotFound, "zone " + apex.to_string() + " is not served");
    };
    EntryPtr entry;
    {
        const std::lock_guard lock(mutex_);
        entry = find(apex);
    }
    if (!entry) return not_served();
    const std::lock_guard busy(entry->busy);
    ServedZonePtr before;
    {
        const std::lock_guard lock(mutex_);
        before = entry->served;
    }
    if (!before) return not_served();
    if (candidate.life && candidate.life != before->lease)
        return fail(ErrorCode::NotFound, "zone " + apex.to_string() + " was removed meanwhile");
    const std::string context = "zone " + apex.to_string();
    auto step = plan(before, candidate);
    if (!step) return unexpected(std::move(step).error().in(context));
    for (int attempt = 0;; ++attempt) {
        auto now = carry_out(entry, *step, candidate);
        if (now) {
            if (step->kind == Step::Kind::Delta) renew_base_if_due(*entry, *candidate.zone);
            tidy();
            return now;
        }
        const bool damaged = now.error().code == ErrorCode::Corrupt;
        if (attempt == 2 || (!damaged && now.error().code != ErrorCode::Cancelled)) {
            not_persisted_.content_refused(before->apex, now.error().text);
            return unexpected(std::move(now).error().in(context));
        }
        const std::lock_guard lock(mutex_);
        if (!damaged) continue;
        if (auto put = set_aside(context + ": " + now.error().text); !put) {
            not_persisted_.content_refused(before->apex, put.error().text);
            return unexpected(std::move(put).error());
        }
    }
}

void ZoneStore::State::tidy() {
    Result<std::vector<std::uint64_t>> unused;
    {
        const std::lock_guard lock(mutex_);
        if (!journal_) return;
        if (auto tidied = journal_->tidy(); !tidied) log_.warning("{}", tidied.error().text);
        unused = take_unused_bases();
    }
    if (unused) return remove_bases(*unused);
    log_.warning("bases that are no longer needed stay for now: {}", unused.error().text);
}

Result<ServedZonePtr> ZoneStore::State::carry_out(const EntryPtr& entry, const Step& step,
                                                  const Candidate& candidate) {
    Staged staged;
    if (step.kind == Step::Kind::Base) {
        DNS_TRY_ASSIGN(staged, stage(*entry, *candidate.zone));
    }
    std::shared_ptr<const ZoneTable> old_table;  // freed without a lock, and with it what only it refers to
    ChangeHistory dropped;
    const std::lock_guard order(order_);
    ServedZonePtr before;
    ServedZonePtr now;
    {
        const std::lock_guard lock(mutex_);
        if (step.kind == Step::Kind::Base && staged.epoch != epoch_) return replaced_meanwhile();
        DNS_TRY(reopen_if_closed());
        now = before = entry->served;
        JournalRow next = row_for(*entry, candidate);
        const Marks none;
        const Marks::Plan marks = (entry->marks ? *entry->marks : none).plan(candidate.marks);
        next.state.marks = marks.size;
        const auto put_same = [&]() -> Result<void> {
            DNS_TRY(write_marks(*journal_, next, marks));
            return journal_->put_row(next);
        };
        const auto put_new_base = [&]() -> Result<void> {
            DNS_TRY(write_marks(*journal_, next, marks));
            return put_base(next, staged, entry->row.state);
        };
        switch (step.kind) {
        case Step::Kind::Same: DNS_TRY(write(put_same)); break;
        case Step::Kind::Base:
            next = row_with_base(next, staged, *candidate.zone);
            DNS_TRY(refer_to(staged, entry->row.state.base_file, put_new_base));
            dropped = std::exchange(entry->deltas, {});
            entry->since_base = 0;
            break;
        case Step::Kind::Delta:
            DNS_TRY(put_delta(*entry, next, step.changes, *candidate.zone, marks, dropped));
            break;
        }
        settle(*entry, std::move(next));
        if (marks.size > 0 && !entry->marks) entry->marks = std::make_unique<Marks>();
        if (entry->marks) entry->marks->keep(marks);
        if (marks.size == 0) entry->marks.reset();
        if (step.kind != Step::Kind::Same || before->expired) {
            auto served = std::make_shared<ServedZone>();
            served->apex = entry->row.apex;
            served->zone = step.kind == Step::Kind::Same ? before->zone : candidate.zone;
            served->lease = before->lease;
            served->history = entry->deltas.newest(history_length(
                entry->deltas, *limits_.current(), served->zone->wire_octets(), clock_.wall_now()));
            now = entry->served = std::move(served);
            old_table = publish({&entry, 1});
        }
    }
    if (step.kind != Step::Kind::Same) {
        for (const auto& listener : listeners_)
            listener({before, now});
    }
    return now;
}

JournalRow ZoneStore::State::row_for(const Entry& entry, const Candidate& candidate) {
    JournalRow row = entry.row;
    if (row.id == 0) row.id = allot_id();
    row.state.source = candidate.source;
    if (candidate.timers) row.state.timers = *candidate.timers;
    row.state.timers.expired = false;
    return row;
}

void ZoneStore::State::settle(Entry& entry, JournalRow row) {
    entry.row = std::move(row);
    entry.on_disk = true;
    unsaved_.erase(&entry);
    not_persisted_.forget(entry.row.apex);
}

JournalRow ZoneStore::State::row_with_base(const JournalRow& row, const Staged& staged,
                                           const ZoneSnapshot& zone, std::size_t kept) {
    JournalRow next = row;
    ZoneState& state = next.state;
    describe(state, zone);
    state.generation = staged.generation;
    state.base_chunks = staged.chunks;
    state.base_file = staged.file ? staged.file->number() : 0;
    state.base_octets = zone.wire_octets();
    state.base_delta = state.last_delta;
    state.first_delta = state.last_delta - kept + 1;
    return next;
}

Result<void> ZoneStore::State::refer_to(Staged& staged, std::uint64_t before,
                                        const std::function<Result<void>()>& statements) {
    // Where the transaction fails, what it wrote may be on the disk all the same.
    if (staged.file) staged.file->stay();
    auto written = write(statements);
    const std::uint64_t unused = written ? before : staged.file ? staged.file->number() : 0;
    if (unused != 0) unused_bases_.push_back(unused);
    return written;
}

Result<void> ZoneStore::State::put_base(const JournalRow& row, const Staged& staged,
                                        const ZoneState& before) {
    DNS_TRY(journal_->erase_bases(row.id));
    if (staged.only) DNS_TRY(journal_->put_chunk(row.id, staged.generation, 0, *staged.only));
    DNS_TRY(journal_->erase_deltas(row.id, before.first_delta, row.state.first_delta - 1));
    return journal_->put_row(row);
}

Result<void> ZoneStore::State::put_delta(Entry& entry, JournalRow& row,
                                         const std::shared_ptr<const ChangeSet>& changes,
                                         const ZoneSnapshot& zone, const Marks::Plan& marks,
                                         ChangeHistory& dropped) {
    ZoneState& state = row.state;
    describe(state, zone);
    const WallTime at = clock_.wall_now();
    ++state.last_delta;
    const ChangeHistory deltas = entry.deltas.followed_by({changes, at});
    const std::size_t kept = history_length(deltas, *limits_.current(), zone.wire_octets(), at);
    // Those that the base does not contain yet are needed at a restart, however old.
    const std::uint64_t first_erased = state.first_delta;
    const std::uint64_t last_erased = std::min(state.base_delta, state.last_delta - kept);
    state.first_delta = std::max(first_erased, last_erased + 1);
    const OctetString blob = seal({BlobKind::Delta, row.apex, 0, state.last_delta}, encode(*changes, at));
    ChangeHistory rest = deltas.newest(state.last_delta - state.first_delta + 1);
    const auto put_all = [&]() -> Result<void> {
        DNS_TRY(journal_->put_delta(row.id, state.last_delta, blob));
        DNS_TRY(journal_->erase_deltas(row.id, first_erased, last_erased));
        DNS_TRY(write_marks(*journal_, row, marks));
        return journal_->put_row(row);
    };
    DNS_TRY(write(put_all));
    entry.since_base += changes->wire_octets();
    dropped = std::exchange(entry.deltas, std::move(rest));
    return {};
}

Result<ZoneStore::State::Staged> ZoneStore::State::stage(Entry& entry, const ZoneSnapshot& zone) {
    Staged staged;
    {
        const std::lock_guard lock(mutex_);
        if (entry.row.id == 0) entry.row.id = allot_id();
        staged.generation = entry.row.state.generation + 1;
        staged.epoch = epoch_;
    }
    const auto put = [&](std::uint64_t number, OctetString& chunk) -> Result<void> {
        if (number == 0) {
            staged.only = std::move(chunk);
            return {};
        }
        if (number == 1) {
            DNS_TRY_ASSIGN(const std::uint64_t next, next_base_file());
            DNS_TRY_ASSIGN(staged.file, NewBaseFile::create(directory_, next));
            DNS_TRY(staged.file->add(*staged.only));
            staged.only.reset();
        }
        return staged.file->add(chunk);
    };
    DNS_TRY_ASSIGN(staged.chunks, for_each_chunk(zone, staged.generation, put));
    if (staged.file) DNS_TRY(staged.file->sync());
    return staged;
}

Result<std::uint64_t> ZoneStore::State::next_base_file() {
    std::vector<std::uint64_t> unused;
    std::uint64_t number = 0;
    {
        const std::lock_guard lock(mutex_);
        DNS_TRY_ASSIGN(unused, take_unused_bases());
        number = next_base_file_++;
    }
    remove_bases(unused);
    return number;
}

void ZoneStore::State::renew_base_if_due(Entry& entry, const ZoneSnapshot& zone) {
    {
        const std::lock_guard lock(mutex_);
        const std::uint64_t due =
            std::max<std::uint64_t>(entry.row.state.base_octets, limits_.current()->min_octets);
        if (entry.since_base <= std::max(due, entry.renew_above)) return;
    }
    auto renewed = renew_base(entry, zone);
    const std::lock_guard lock(mutex_);
    entry.renew_above = renewed ? 0 : 2 * entry.since_base;
    if (!renewed) {
        log_.warning("zone {}: its stored base could not be renewed, which loses nothing: {}",
                     entry.row.apex.to_string(), renewed.error().text);
    }
}

Result<void> ZoneStore::State::renew_base(Entry& entry, const ZoneSnapshot& zone) {
    DNS_TRY_ASSIGN(Staged staged, stage(entry, zone));
    ChangeHistory dropped;  // freed without a lock
    const std::lock_guard lock(mutex_);
    if (staged.epoch != epoch_) return {};  // the new file has a new base
    const std::size_t kept =
        history_length(entry.deltas, *limits_.current(), zone.wire_octets(), clock_.wall_now());
    JournalRow next = row_with_base(entry.row, staged, zone, kept);
    ChangeHistory rest = entry.deltas.newest(kept);
    const auto put_new_base = [&] { return put_base(next, staged, entry.row.state); };
    DNS_TRY(refer_to(staged, entry.row.state.base_file, put_new_base));
    dropped = std::exchange(entry.deltas, std::move(rest));
    entry.since_base = 0;
    entry.row = std::move(next);
    return {};
}

}  // namespace lockstep
