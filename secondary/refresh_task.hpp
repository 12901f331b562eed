#pragma once
// Keeps one zone in step with its primaries: sleeps until refresh_state says so, or somebody wakes it, then
// asks.
//
// Threads: housekeeping. Errors: kept as last_error; logged once an episode. Limits: one check at a time a
// zone.

#include "net/gate.hpp"
#include "net/turnstile.hpp"
#include "ops/status.hpp"
#include "secondary/expiry_alarm.hpp"
#include "secondary/refresh_state.hpp"
#include "secondary/timer_writer.hpp"
#include "secondary/transfer_in.hpp"
#include "sync/counters.hpp"
#include "sync/history.hpp"
#include "sync/propagation.hpp"

#include <boost/asio/cancellation_signal.hpp>

#include <functional>
#include <memory>
#include <set>
#include <string>
#include <string_view>

namespace lockstep {

/// What all zones of a secondary share. Outlives the tasks.
struct RefreshServices {
    asio::io_context& context;
    TransferInContext transfer;
    ZoneStore& store;
    TimerWriter& timers;
    History& history;
    SyncCounters& counters;
    PropagationLog& propagation;
    FailureLimiter& failures;  // in the log
    Random& random;
    const Clock& clock;
    Log& log;
    std::function<void(NameView zone)> changed;  // called where status() tells something else
};

/// A zone's configuration with its primaries resolved, in order of preference. Value type.
struct RefreshConfig {
    StoredName zone;
    std::vector<PeerConfig> primaries;
    TimersConfig timers;
    LimitsConfig limits;
};

/// Resource type, held by shared_ptr as its coroutine may outlast its zone's configuration by one check.
class RefreshTask : public std::enable_shared_from_this<RefreshTask> {
public:
    RefreshTask(RefreshServices& services, RefreshConfig config);

    /// Runs until stop(). Content from before a restart is in the store already.
    [[nodiscard]] static awaitable<void> run(std::shared_ptr<RefreshTask> self);
    /// Runs beside it: a check may last an hour, and the content expires all the same.
    [[nodiscard]] static awaitable<void> watch_expiry(std::shared_ptr<RefreshTask> self);
    void stop();
    void reconfigure(RefreshConfig config);

    /// After a start: content that is good is verified when verify_now() says so, or at `time`, rather than
    /// at once.
    void verify_by(SteadyTime time);
    /// Unless it has been looked after since.
    void verify_now();
    /// The machine was suspended for so long.
    void slept(milliseconds length);
    /// The wall clock was set: what is stored by it is stored anew.
    [[nodiscard]] static awaitable<void> store_anew(std::shared_ptr<RefreshTask> self);

    /// A primary told of a change. Threads: housekeeping.
    void notified(const Endpoint& from, std::optional<Serial> serial);

    enum class How { ByTimers, Whole };
    /// Asks the primaries now, back-off forgotten; returns when the zone is known to be current (nothing), or
    /// what prevented it. Whole: takes it by AXFR, whatever the serial.
    [[nodiscard]] static awaitable<std::optional<Failure>> check(std::shared_ptr<RefreshTask> self, How how);

    [[nodiscard]] InboundStatus status() const;
    /// Whether a primary is known to have a newer serial than we hold.
    [[nodiscard]] bool behind() const;
    [[nodiscard]] const RefreshConfig& config() const { return config_; }

private:
    enum class Verdict { Current, Stale, Failed };
    /// Content that was taken and is ready to be committed.
    struct Applied {
        Candidate candidate;
        std::string text;  // for the log: from → to
    };

    /// Whether a plain SOA query may come first: not where a primary has just said that there is something
    /// newer.
    enum class Ask { Cheapest, Transfer };

    /// check_primaries() as one attempt that may exhaust the memory and fail, but never ends the task.
    awaitable<bool> attempt(How how);
    awaitable<bool> check_primaries(How how);
    /// check_one() that give_up() can end as long as the primary has said nothing.
    awaitable<Verdict> ask_one(PeerConfig primary, How how, Ask ask);
    awaitable<Verdict> check_one(PeerConfig primary, How how, Ask ask);
    /// Turns away from a primary that is silent, where `reason` is better than waiting for it.
    void give_up(std::string_view reason);
    awaitable<std::optional<Verdict>> probe(PeerConfig primary);
    /// Asks over UDP, once: a primary that does not answer has nothing to offer now.
    awaitable<bool> has_newer(PeerConfig primary);
    awaitable<Verdict> take_outcome(PeerConfig primary, TransferredIn in, How how);
    awaitable<Verdict> confirm(PeerConfig primary, Serial theirs, std::optional<seconds> expire);
    awaitable<void> expire_now();
    /// Says how near it is, where checks fail.
    void warn_of_expiry(int percent, SteadyTime expires);
    awaitable<void> publish_expired(bool expired);
    awaitable<void> serve_unless_expired();
    awaitable<void> store_timers();
    /// Lets who answers know until when the content is good.
    void tell_lease();
    Verdict fail(const PeerConfig& primary, Failure failure);
    /// The serial that we heard of is served here now.
    void note_arrival(Serial serial);
    void count_failure(RrType asked, Stage stage);
    Failure failure_of(const PeerConfig& primary, Stage stage, std::string text, std::string remedy) const;
    void note_primary_serial(const PeerConfig& primary, Serial serial);
    [[nodiscard]] std::vector<PeerConfig> in_order() const;
    [[nodiscard]] ZonePtr held() const;

    RefreshServices& services_;
    RefreshConfig config_;
    const std::shared_ptr<Lease> life_;  // of the zone: one that is added again has another
    RefreshState state_;
    Turnstile turnstile_;
    asio::steady_timer wake_;
    asio::steady_timer expiry_;
    ExpiryAlarm expiry_alarm_;
    milliseconds slept_{0};                // in all
    std::optional<SteadyTime> verify_by_;  // as long as nothing else has decided when to ask
    bool stopped_ = false;
    bool checking_ = false;
    std::optional<std::string> announced_by_;  // a primary's name: what we look for now
    std::optional<std::string> asking_;        // the primary that has not answered yet
    bool answered_ = false;
    bool gave_up_ = false;
    std::set<std::string> turned_away_;  // who was given up in this check: once each
    asio::cancellation_signal give_up_;
    std::optional<std::string> notified_by_;  // a primary's name: asked first
    bool pending_ = false;                    // told of something that we do not have yet
    std::optional<Serial> pending_serial_;
    std::optional<Serial> announced_;            // the last serial that reset the back-off
    std::optional<SteadyTime> in_vain_;          // when a NOTIFY last made us look, and there was nothing new
    std::map<std::string, SteadyTime> no_ixfr_;  // primaries that do not know IXFR, until when

    std::optional<std::string> primary_;     // in use
    std::optional<Serial> primary_serial_;   // the newest heard of
    std::optional<SteadyTime> newer_since_;  // when we first heard of a serial newer than ours
    std::optional<TransferSummary> last_transfer_;
    std::optional<Failure> last_error_;
    bool told_ = false;          // this episode's failure is in the log
    bool told_unsaved_ = false;  // and that the disk does not take the timers
};

}  // namespace lockstep
