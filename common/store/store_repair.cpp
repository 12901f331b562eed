// Opening a state file, and what happens to one that is not whole.

#include "store/save.hpp"
#include "store/store_state.hpp"
#include "store/write_ahead_log.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <utility>

namespace lockstep {
namespace {

constexpr std::size_t most_names_logged = 20;

std::string list_of(const std::vector<std::string>& names) {
    const std::size_t told = std::min(names.size(), most_names_logged);
    std::string text =
        fmt::format("{}", fmt::join(names.begin(), names.begin() + static_cast<std::ptrdiff_t>(told), ", "));
    if (told < names.size()) text += fmt::format(" and {} more", names.size() - told);
    return text;
}

}  // namespace

Result<std::unique_ptr<ZoneStore::State>> ZoneStore::State::open(const std::filesystem::path& path,
                                                                 const Clock& clock, Log& log,
                                                                 HistoryLimits limits,
                                                                 std::shared_ptr<DiskCalls> disk) {
    DNS_TRY_ASSIGN(StateDirectory directory, StateDirectory::open(path, std::move(disk)));
    std::unique_ptr<State> state(new State(std::move(directory), clock, log, limits));
    std::unique_lock lock(state->mutex_);
    state->check_log();
    std::string ending;
    if (auto opened = state->open_file(); !opened) {
        if (opened.error().code != ErrorCode::Corrupt) return unexpected(std::move(opened).error());
        // Rows that are whole are in entries_ by now.
        DNS_TRY_ASSIGN(ending, state->set_aside(opened.error().text));
    }
    DNS_TRY(state->directory_.sync());
    DNS_TRY(state->find_base_files(ending));
    lock.unlock();
    state->tidy();
    return state;
}

void ZoneStore::State::check_log() {
    std::filesystem::path log = directory_.state_file();
    log += "-wal";
    const auto damaged = damaged_at(log);
    if (!damaged) return;
    const auto copy = directory_.keep_copy_of_log(clock_.wall_now());
    log_.error(
        "{} is damaged at octet {}: what was committed after that is lost, and every zone goes on from its "
        "last version before; {}",
        log.string(), *damaged, copy ? "kept as " + *copy : copy.error().text);
}

Result<void> ZoneStore::State::open_file() {
    auto journal = Journal::open(directory_.state_file());
    if (!journal) return unexpected(std::move(journal).error());
    journal_.emplace(std::move(*journal));
    DNS_TRY_ASSIGN(Journal::Rows rows, journal_->rows());
    for (JournalRow& row : rows.whole) {
        next_id_ = std::max(next_id_, row.id + 1);
        auto entry = std::make_shared<Entry>();
        entry->row = std::move(row);
        entry->on_disk = true;
        const NameView apex = entry->row.apex;
        if (!entries_.emplace(apex, entry).second)
            rows.damaged.push_back("zone " + apex.to_string() + ": a second row");
    }
    if (!rows.damaged.empty()) return fail(ErrorCode::Corrupt, list_of(rows.damaged));
    DNS_TRY(journal_->check_structure());
    // What versions before 2026-11-30 had not finished when they were killed. A disk that is full, or fails
    // just now, is no reason not to serve what is there.
    if (auto erased = journal_->erase_bases_from(next_id_); !erased && erased.error().code != ErrorCode::Io)
        return erased;
    return {};
}

Result<void> ZoneStore::State::find_base_files(std::string_view ending) {
    std::set<std::uint64_t> used;
    for (const auto& [apex, entry] : entries_)
        used.insert(entry->row.state.base_file);
    DNS_TRY_ASSIGN(const std::vector<std::uint64_t> found, base_files(directory_));
    for (const std::uint64_t number : found) {
        if (used.contains(number)) continue;
        if (ending.empty()) {
            unused_bases_.push_back(number);
        } else {
            set_base_aside(number, ending);  // rows of the file that was set aside may refer to it
        }
    }
    used.insert(found.begin(), found.end());
    if (!used.empty()) next_base_file_ = *used.rbegin() + 1;
    return {};
}

void ZoneStore::State::set_base_aside(std::uint64_t number, std::string_view ending) {
    if (auto aside = set_base_file_aside(directory_, number, ending); !aside)
        log_.warning("{}; it stays under its name until the next start", aside.error().text);
}

Result<std::string> ZoneStore::State::set_aside(std::string_view why, const Entry* damaged) {
    directory_.discard_next();
    std::vector<std::string> lost;
    std::vector<std::pair<EntryPtr, JournalRow>> carried;
    {
        DNS_TRY_ASSIGN(Journal next, Journal::open(directory_.next_file()));
        for (const auto& [apex, entry] : entries_) {
            if (entry->row.id == 0) continue;
            JournalRow row = entry->row;
            auto written = entry.get() == damaged ? fail(ErrorCode::Corrupt, std::string(why))
                                                  : carry_over(next, *entry, row);
            if (!written && written.error().code != ErrorCode::Corrupt) {
                next.abandon();
                return unexpected(
                    std::move(written).error().in(std::string("putting ") + std::string(why) + " right"));
            }
            if (!written) {
                lost.push_back(apex.to_string());
                row = JournalRow{0, row.apex, {}};
            }
            carried.emplace_back(entry, std::move(row));
        }
    }
    if (journal_) journal_->abandon();
    journal_.reset();
    ++epoch_;
    DNS_TRY_ASSIGN(const std::string name, directory_.replace(clock_.wall_now()));
    const std::string ending = name.substr(directory_.state_file().filename().string().size());
    DNS_TRY_ASSIGN(Journal fresh, Journal::open(directory_.state_file()));
    journal_.emplace(std::move(fresh));
    for (auto& [entry, row] : carried) {
        // What was carried over stands in the new file itself.
        if (entry->row.state.base_file != 0) set_base_aside(entry->row.state.base_file, ending);
        entry->row = std::move(row);
        entry->on_disk = entry->row.id != 0;
        if (!entry->on_disk) entry->marks.reset();
        if (!entry->served) continue;
        entry->since_base = 0;
        entry->deltas = entry->deltas.newest(entry->row.state.last_delta);
    }
    std::sort(lost.begin(), lost.end());
    log_.error("{} is damaged ({}): set aside as {}; {} zones carried over{}{}",
               directory_.state_file().string(), why, name, carried.size() - lost.size(),
               lost.empty() ? "" : ", to be fetched or loaded anew: ", list_of(lost));
    return ending;
}

Result<void> ZoneStore::State::carry_over(Journal& into, const Entry& entry, JournalRow& row) {
    ZonePtr zone;
    ChangeHistory deltas;
    std::vector<StoredMark> marks;
    if (entry.served) {
        // Memory has it whole, whatever the file says.
        zone = entry.served->zone;
        deltas = entry.served->history;
        if (entry.marks) marks = entry.marks->stored();
    } else if (row.state.has_content) {
        DNS_TRY_ASSIGN(StoredZone stored, load_zone(row, blobs(row)));
        zone = std::move(stored.zone);
        deltas = std::move(stored.deltas);
        marks = stored.marks.stored();
    }
    row.state.marks = marks.size();
    DNS_TRY_ASSIGN(Transaction transaction, into.begin());
    if (zone) {
        DNS_TRY(write_whole(into, row, *zone, deltas));
    } else {
        DNS_TRY(into.put_row(row));
    }
    for (const StoredMark& mark : marks)
        DNS_TRY(into.put_mark(row, mark));
    return transaction.commit();
}

}  // namespace lockstep
