#pragma once
// Dynamic updates from their arrival to their answer: queued by zone, many carried out with one commit,
// answered when it is durable and served here or, where that is wanted, by the secondaries.
//
// Threads: as each function says; what is not said is housekeeping's. Errors: RCODEs. Standards: RFC 2136 §3.

#include "base/log_limiter.hpp"
#include "daemon/server.hpp"
#include "primary/lifetimes.hpp"
#include "primary/recent_updates.hpp"
#include "primary/update.hpp"
#include "primary/update_queue.hpp"

#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace lockstep {

/// Resource type. The server outlives its coroutines.
class Updates {
public:
    /// `wake` makes somebody call carry_out() for that zone; on the thread that put the update.
    Updates(Server& server, std::function<void(const Name& zone)> wake);

    // Threads: any.
    [[nodiscard]] bool admit(std::size_t octets) { return queue_.admit(octets); }
    void take(UpdateRequest request, LateAnswer answer) {
        queue_.put({std::move(request), std::move(answer)});
    }
    void refused(const Name& zone, const Endpoint& from, const std::string& text,
                 std::string_view remedy = by_rules);

    /// The next ones of `zone`, which lives `life` in the store, and the records in it whose time is over;
    /// whoever calls sees to it that nothing else changes the zone meanwhile. Whether there were any.
    [[nodiscard]] awaitable<bool> carry_out(Name zone, std::shared_ptr<const Lease> life);
    /// The zone has been loaded: which records end in it is read anew from its marks.
    void know_lifetimes(const Name& zone);
    /// Wakes somebody for each zone that has records whose time is over. For ever.
    [[nodiscard]] awaitable<void> end_lifetimes();

private:
    static constexpr std::string_view by_rules = "if it may change that, say so in the zone's \"update\"";

    /// One that has been carried out and waits for its answer. Resource type, move-only.
    struct Done {
        LateAnswer answer;
        RecentUpdates::Key key;
        std::size_t octets = 0;
        UpdateOutcome outcome;
        std::optional<UpdateWaits> waits;
        Transport transport = Transport::Udp;
    };
    /// One that is carried out for the first time.
    struct First {
        QueuedUpdate update;
        RecentUpdates::Key key;
    };
    /// What is committed together.
    struct Batch {
        std::vector<First> updates;
        std::vector<std::string> ended;  // marks of records whose time is over
    };
    /// What a commit came to.
    struct Committed {
        std::vector<UpdateOutcome> outcomes;
        std::vector<MarkChange> marks;
        std::optional<Serial> serial;  // where something changed
        std::string changed;           // for the log
    };

    [[nodiscard]] std::vector<First> first_ones(std::vector<QueuedUpdate> taken);
    [[nodiscard]] static Result<Committed> commit(ZoneStore& store, const Name& zone,
                                                  const std::shared_ptr<const Lease>& life,
                                                  const Batch& batch, WallTime now);
    void note(const Name& zone, const Batch& batch, const Result<Committed>& committed);
    void note_failure(const Name& zone, const Batch& batch, const Error& error);
    void note_refused(const Name& zone, const UpdateRequest& request, const std::string& text,
                      std::string_view remedy);
    void note_removed(const Name& zone, const Batch& batch, const std::string& text);
    void answer(Done done);
    void answer_or_wait(Name zone, Serial serial, std::vector<Done> done);
    awaitable<void> answer_when_served(Name zone, Serial serial, std::vector<Done> done);
    void note_late(const Name& zone, Serial serial, milliseconds waited);

    Server& server_;
    std::function<void(const Name& zone)> wake_;
    UpdateQueue queue_;
    RecentUpdates recent_;
    Lifetimes lifetimes_;
    std::set<StoredName, CanonicalLess> woken_;  // zones that somebody was woken for, to end what is due
    asio::steady_timer next_end_;                // cancelled where one ends earlier than was known
    LogLimiter refusals_;
    LogLimiter failures_;
    LogLimiter lateness_;
    AnswerCounters* counters_ = nullptr;  // of our own thread; made with the first answer
};

}  // namespace lockstep
