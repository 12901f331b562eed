#pragma once
// The inside of ZoneStore. Included by its sources only.
//
// Threads and locks, in the order in which they are waited for: an entry's `busy`, for as long as its content is
// being changed; `order_`, from the decisive transaction of a commit until its listeners have heard;
// `mutex_`, for what is in memory, the file and the publication, never while a zone is built or written as a
// whole.

#include "base/clock.hpp"
#include "base/log.hpp"
#include "base/published.hpp"
#include "store/base_file.hpp"
#include "store/journal.hpp"
#include "store/load.hpp"
#include "store/not_persisted.hpp"
#include "store/state_directory.hpp"
#include "store/zone_store.hpp"
#include "store/zone_table.hpp"

#include <atomic>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace lockstep {

class ZoneStore::State {
public:
    [[nodiscard]] static Result<std::unique_ptr<State>> open(const std::filesystem::path& directory,
                                                             const Clock& clock, Log& log,
                                                             HistoryLimits limits,
                                                             std::shared_ptr<DiskCalls> disk);

    [[nodiscard]] Result<std::vector<ServedZonePtr>> add_zones(std::span<const StoredName> apexes);
    [[nodiscard]] Result<void> remove_zone(NameView apex);
    [[nodiscard]] std::vector<StoredName> unserved_zones() const;
    [[nodiscard]] Result<ServedZonePtr> commit(NameView apex, Candidate candidate);
    [[nodiscard]] std::vector<Result<ServedZonePtr>> commit_all(std::span<ZoneCandidate> candidates);
    [[nodiscard]] Result<void> store_timers(std::span<const ZoneTimers> timers);
    [[nodiscard]] std::optional<StoredTimers> timers(NameView apex) const;
    [[nodiscard]] std::string source(NameView apex) const;
    [[nodiscard]] std::optional<std::string> mark(NameView apex, std::string_view key) const;
    [[nodiscard]] std::vector<Mark> marks(NameView apex) const;
    [[nodiscard]] Result<void> set_expired(NameView apex, bool expired,
                                           const std::shared_ptr<const Lease>& life);
    void set_history(HistoryLimits limits) { limits_.publish(std::make_shared<const HistoryLimits>(limits)); }
    void on_commit(std::function<void(const Committed&)> listener);
    void gather();
    void publish_gathered();
    [[nodiscard]] const Published<ZoneTable>& table() const { return table_; }
    [[nodiscard]] NotPersisted& not_persisted() { return not_persisted_; }

private:
    /// A mutex of four octets of which a thread may hold any number. ThreadSanitizer follows a thread through
    /// no more than 64 std::mutex at once, and ends the process at the next.
    class Busy {
    public:
        void lock() {
            while (!try_lock())
                held_.wait(1, std::memory_order_relaxed);
        }
        [[nodiscard]] bool try_lock() { return held_.exchange(1, std::memory_order_acquire) == 0; }
        void unlock() {
            held_.store(0, std::memory_order_release);
            held_.notify_one();
        }

    private:
        std::atomic<int> held_{0};
    };

    /// A zone that is served, stored, or both.
    struct Entry {
        Busy busy;
        // All below: written with mutex_ held, by whoever holds `busy` too where it is about content.
        JournalRow row;                 // id 0: there is nothing on disk, nor on its way there
        ChangeHistory deltas;           // those of row.state, once loaded
        std::unique_ptr<Marks> marks;   // likewise; most zones have none
        std::uint64_t since_base = 0;   // octets of the deltas that the base does not contain
        std::uint64_t renew_above = 0;  // a base is renewed when they are more; grows where that fails
        ServedZonePtr served;           // null: it is not; in the table, but while it is `gathered`
        bool on_disk = false;           // there is a row with its id
        bool gathered = false;
        bool removed = false;
    };
    using EntryPtr = std::shared_ptr<Entry>;

    /// What a candidate comes to.
    struct Step {
        enum class Kind { Same, Delta, Base } kind = Kind::Same;
        std::shared_ptr<const ChangeSet> changes;  // for Delta
    };
    /// A base that no row refers to yet.
    struct Staged {
        std::uint64_t generation = 0;
        std::uint64_t chunks = 0;
        std::optional<OctetString> only;    // not written yet, where it is but one
        std::unique_ptr<NewBaseFile> file;  // where there are more
        std::uint64_t epoch = 0;
    };

    /// A zone that is to be served and waits for the others.
    struct Addition;
    /// First content that waits for the others of its transaction.
    struct Pending;

    State(StateDirectory directory, const Clock& clock, Log& log, HistoryLimits limits);

    // With mutex_ held.
    [[nodiscard]] EntryPtr find(NameView apex) const;
    [[nodiscard]] std::uint64_t allot_id();
    /// Whether the zone is served, and lives the `life` that is meant (null: any).
    [[nodiscard]] bool lives(const Entry& entry, const std::shared_ptr<const Lease>& life) const;
    /// Puts what these serve into the table, or on the list of those that are gathered. The table before, to
    /// be freed without a lock.
    std::shared_ptr<const ZoneTable> publish(std::span<const EntryPtr> entries);
    [[nodiscard]] Result<void> save_unsaved();
    /// Puts a state file in place where there is none, since putting one right failed before. Then Cancelled:
    /// what was prepared for the old file is to be prepared anew.
    [[nodiscard]] Result<void> reopen_if_closed();
    [[nodiscard]] Result<void> write(const std::function<Result<void>()>& statements);
    /// The row of `entry` as `candidate` makes it, but for the content.
    [[nodiscard]] JournalRow row_for(const Entry& entry, const Candidate& candidate);
    /// What the disk holds now of `entry`.
    void settle(Entry& entry, JournalRow row);
    /// The row for a base that takes the place of everything before, but for the `kept` last deltas.
    [[nodiscard]] static JournalRow row_with_base(const JournalRow& row, const Staged& staged,
                                                  const ZoneSnapshot& zone, std::size_t kept = 0);
    /// write() of what puts a row that refers to `staged` in the place of one with the base file `before`.
    [[nodiscard]] Result<void> refer_to(Staged& staged, std::uint64_t before,
                                        const std::function<Result<void>()>& statements);
    /// Statements for that row, within write(): `before` is the one that it follows.
    [[nodiscard]] Result<void> put_base(const JournalRow& row, const Staged& staged, const ZoneState& before);
    [[nodiscard]] Result<void> put_first(std::span<Pending> pending);
    [[nodiscard]] Result<void> put_delta(Entry& entry, JournalRow& row,
                                         const std::shared_ptr<const ChangeSet>& changes,
                                         const ZoneSnapshot& zone, const Marks::Plan& marks,
                                         ChangeHistory& dropped);
    /// The ending that the names of the files set aside have now.
    [[nodiscard]] Result<std::string> set_aside(std::string_view why, const Entry* damaged = nullptr);
    void set_base_aside(std::uint64_t number, std::string_view ending);
    [[nodiscard]] Result<void> carry_over(Journal& into, const Entry& entry, JournalRow& row);
    [[nodiscard]] Result<void> open_file();
    /// What no row refers to at the start is what an earlier process left, or belongs to a state file that
    /// was set aside, with this `ending`.
    [[nodiscard]] Result<void> find_base_files(std::string_view ending);
    void check_log();
    /// For remove_bases(), once the disk cannot bring back a row that refers to one: neither by a commit that
    /// failed and may be in the log all the same, nor by a log that is found damaged. Errors: they are all
    /// needed still.
    [[nodiscard]] Result<std::vector<std::uint64_t>> take_unused_bases();
    [[nodiscard]] BlobSource blobs(const JournalRow& row);

    // With neither.
    /// What is left to do behind a commit.
    void tidy();
    /// The system takes its time for large files.
    void remove_bases(std::span<const std::uint64_t> numbers);
    /// The number of the next one. Those that are not used go first: else each commit that fails would leave
    /// one more.
    [[nodiscard]] Result<std::uint64_t> next_base_file();

    // With the entry's `busy` held.
    [[nodiscard]] Result<StoredZone> load(const JournalRow& row);
    /// The zone's entry, made where there is none, and in use from now on.
    [[nodiscard]] Addition enter(NameView apex);
    /// Reads what is stored of it, where it is not served already.
    [[nodiscard]] Result<void> read_stored(Addition& addition);
    /// Of its entry; with mutex_ held too.
    void begin_service(Addition& addition);
    [[nodiscard]] std::optional<Pending> prepare_first(const ZoneCandidate& wanted, std::size_t number);
    [[nodiscard]] Result<Step> plan(const ServedZonePtr& before, const Candidate& candidate) const;
    [[nodiscard]] Result<ServedZonePtr> carry_out(const EntryPtr& entry, const Step& step,
                                                  const Candidate& candidate);
    [[nodiscard]] Result<Staged> stage(Entry& entry, const ZoneSnapshot& zone);
    void renew_base_if_due(Entry& entry, const ZoneSnapshot& zone);
    [[nodiscard]] Result<void> renew_base(Entry& entry, const ZoneSnapshot& zone);

    const StateDirectory directory_;
    const Clock& clock_;
    Log& log_;
    Published<HistoryLimits> limits_;
    Published<ZoneTable> table_;
    std::vector<std::function<void(const Committed&)>> listeners_;

    std::mutex many_;  // held by who holds more than one entry's `busy`
    std::mutex order_;
    mutable std::mutex mutex_;
    std::optional<Journal> journal_;
    std::uint64_t epoch_ = 0;  // counts state files: what was staged in one does not exist in the next
    std::unordered_map<StoredName, EntryPtr, HashName, SameName> entries_;
    std::uint64_t next_id_ = 1;
    std::set<std::uint64_t> free_ids_;
    std::uint64_t next_base_file_ = 1;
    std::vector<std::uint64_t> unused_bases_;  // base files that no row refers to, as far as we know
    bool gathers_ = false;                     // a Gathering lives
    std::vector<EntryPtr> gathered_;           // whose `served` is not in the table
    std::set<Entry*> unsaved_;                 // the disk does not hold row.state.timers as they are
    NotPersisted not_persisted_;
};

}  // namespace lockstep
