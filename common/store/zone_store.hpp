#pragma once
// The one way for content into service: checked, journalled, published, told to whoever wants to know.
//
// Threads: every function from any thread; commits are one after another. Errors: Result. Limits: history
// (below). Security: nothing is visible before it is durable; what fails its checksum is never served.

#include "base/clock.hpp"
#include "base/log.hpp"
#include "base/published.hpp"
#include "base/result.hpp"
#include "store/disk_calls.hpp"
#include "store/marks.hpp"
#include "store/timers.hpp"
#include "store/zone_table.hpp"

#include <chrono>
#include <cstddef>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace lockstep {

/// How much is kept to answer IXFR from (TRANSFER.md).
struct HistoryLimits {
    std::size_t min_changes = 100;     // kept whatever their age, as long as they fit
    std::size_t max_changes = 10'000;  // kept at most
    std::chrono::hours min_age{7 * 24};
    double max_zone_ratio = 1.0;  // of the zone's wire size, though at least min_octets
    std::size_t min_octets = std::size_t{64} * 1024;
};

/// New content for a zone.
struct Candidate {
    ZonePtr zone;
    /// What leads from the version served to `zone`; null: found by diff against it where there is one.
    std::shared_ptr<const ChangeSet> changes;
    /// The history ends here: other primary's version, forced retransfer. IXFR from before is answered by
    /// AXFR.
    bool breaks_history = false;
    /// Where it came from, opaque to the store; given back by source() also after a restart (a primary's file
    /// digest).
    std::string source;
    /// Stored in the same transaction, where given.
    std::optional<StoredTimers> timers;
    /// The life of the zone that it is for, from ServedZone: where the zone was removed and added again
    /// meanwhile, it is not taken. Null: any.
    std::shared_ptr<const Lease> life = {};
    /// What becomes of the zone's marks, in the same transaction: of changes to one key the last counts, and
    /// marks without one stay, whatever becomes of the history.
    std::vector<MarkChange> marks = {};
};

/// A candidate and the zone that it is for. Value type.
struct ZoneCandidate {
    Name apex;
    Candidate candidate;
};

/// What a listener hears, after publication.
struct Committed {
    ServedZonePtr before;  // null or without content where it is the first
    ServedZonePtr now;
};

/// Resource type.
class ZoneStore {
public:
    /// While one lives, what comes into service is not in the table yet; it is at the end, all in one step:
    /// each table costs something for every zone that there is. For a start, one at a time.
    class Gathering {
    public:
        explicit Gathering(ZoneStore& store);
        ~Gathering();
        Gathering(const Gathering&) = delete;
        Gathering& operator=(const Gathering&) = delete;

    private:
        ZoneStore& store_;
    };

    /// Opens or creates `directory`/state.db and takes its lock. A state file that is not whole is set aside
    /// as `state.db.bad-TIMESTAMP` with one log line, its intact zones carried over. Errors: Io (not
    /// writable, disk), Exists (another process holds it).
    [[nodiscard]] static Result<std::unique_ptr<ZoneStore>> open(
        const std::filesystem::path& directory, const Clock& clock, Log& log, HistoryLimits limits = {},
        std::shared_ptr<DiskCalls> disk = std::make_shared<DiskCalls>());
    ~ZoneStore();

    /// From the next commit of each zone on.
    void set_history(HistoryLimits limits);

    [[nodiscard]] const Published<ZoneTable>& table() const;
    [[nodiscard]] ServedZonePtr zone(NameView apex) const;

    /// Starts to serve `apex`, with its stored content where there is any. Nothing happens where it is served
    /// already.
    [[nodiscard]] Result<ServedZonePtr> add_zone(const Name& apex);
    /// The same for many different ones, in one step: all of them, or none. Each as it is served, in their
    /// order.
    [[nodiscard]] Result<std::vector<ServedZonePtr>> add_zones(std::span<const StoredName> apexes);
    /// Ends it: content, history, timers and marks are forgotten, on disk too.
    [[nodiscard]] Result<void> remove_zone(NameView apex);
    /// The apexes of zones that the journal holds content for and that are not served.
    [[nodiscard]] std::vector<StoredName> unserved_zones() const;

    /// Journals (fsync) and publishes. Where the zone was expired it is no longer. A candidate equal to what
    /// is served, serial too, only stores source, timers and marks. Errors: NotFound (no such zone, or not
    /// the life that it is for), Io (nothing changed in service), Invalid (`changes` do not start at the
    /// serial served).
    [[nodiscard]] Result<ServedZonePtr> commit(NameView apex, Candidate candidate);

    /// The same for many zones: those that have no content yet, and get no marks, go in one transaction, as
    /// one fsync for each would take minutes for ten thousand. What came of each, in their order; the
    /// candidates are used up.
    [[nodiscard]] std::vector<Result<ServedZonePtr>> commit_all(std::span<ZoneCandidate> candidates);

    /// All in one transaction; zones that are not served are passed over. What the disk does not take is kept
    /// in memory, for save_unsaved().
    [[nodiscard]] Result<void> store_timers(std::span<const ZoneTimers> timers);
    [[nodiscard]] std::optional<StoredTimers> timers(NameView apex) const;
    [[nodiscard]] std::string source(NameView apex) const;
    /// The value of one of the zone's marks; nothing where there is none, or the zone is not served. O(log
    /// n).
    [[nodiscard]] std::optional<std::string> mark(NameView apex, std::string_view key) const;
    /// All of them, by key.
    [[nodiscard]] std::vector<Mark> marks(NameView apex) const;
    /// Publishes (and stores) that the zone is expired, or is not any more.
    /// Where the zone has another `life` by now, nothing happens.
    [[nodiscard]] Result<void> set_expired(NameView apex, bool expired,
                                           const std::shared_ptr<const Lease>& life = {});

    /// Why the disk does not hold the last that was to be stored of this zone; nothing where it does. Never
    /// waits for the disk.
    [[nodiscard]] std::optional<std::string> not_persisted(NameView apex) const;
    /// What is served is the newest there is: content that could not be stored is wanted no more.
    void note_current(NameView apex);
    /// Whether there is anything for save_unsaved() to do. Never waits for the disk.
    [[nodiscard]] bool has_unsaved() const;
    /// Tries again to store timers that the disk did not take.
    [[nodiscard]] Result<void> save_unsaved();

    /// `listener` is called after each publication of content (or once it is gathered), in the committing
    /// thread, in commit order. Set before the first commit.
    void on_commit(std::function<void(const Committed&)> listener);

private:
    class State;
    explicit ZoneStore(std::unique_ptr<State> state);
    std::unique_ptr<State> state_;
};

}  // namespace lockstep
