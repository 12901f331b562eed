#pragma once
// What both daemons are made of: clocks, threads, store, sockets, answers, NOTIFY out, control. One object,
// wired by constructor.
//
// Threads: made, started and stopped on the main thread, which then runs the housekeeping loop; UDP workers,
// the TCP thread and two pools are its own. Errors: Result with everything that is wrong with the
// surroundings. Start order: sockets are bound, privileges dropped, the store opened, content published, and
// then all other files are given up (confine()), and only then the threads are made and the first packet is
// read.

#include "answer/responder.hpp"
#include "daemon/old_versions.hpp"
#include "daemon/rate_limit_log.hpp"
#include "daemon/sandbox.hpp"
#include "net/tcp_server.hpp"
#include "net/udp_server.hpp"
#include "ops/control_server.hpp"
#include "ops/http_message.hpp"
#include "ops/status.hpp"
#include "ops/summary.hpp"
#include "store/zone_store.hpp"
#include "sync/counters.hpp"
#include "sync/history.hpp"
#include "sync/notifier.hpp"

#include <boost/asio/signal_set.hpp>
#include <boost/asio/thread_pool.hpp>

#include <memory>
#include <optional>
#include <string>

namespace lockstep {

class HttpApi;

/// The program's version, as `status` and `--version` tell it.
[[nodiscard]] std::string_view version();

/// What a role adds: its verbs, its reload, and what it hears. Called on the housekeeping thread, but for the
/// NotifySink and UpdateSink functions (query workers).
class RoleHooks : public NotifySink, public UpdateSink {
public:
    /// A verb that is not common to both roles; nothing where the role does not know it either.
    [[nodiscard]] virtual awaitable<std::optional<ControlReply>> handle(ControlRequest request) = 0;
    /// Re-reads configuration and content. Text for the operator.
    [[nodiscard]] virtual awaitable<ControlReply> reload(std::string zone) = 0;
    /// The primaries of `zone`, where it has any.
    [[nodiscard]] virtual std::vector<PeerConfig> primaries_of(NameView /*zone*/) const { return {}; }
    /// The role's part of a zone's status.
    virtual void describe(const ServedZonePtr& zone, ZoneStatus& status) const = 0;
    /// Whether a newer serial of `zone` is known to be elsewhere.
    [[nodiscard]] virtual bool behind(NameView /*zone*/) const { return false; }
    /// A configured secondary serves a serial that is newer than ours.
    virtual void secondary_ahead(NameView /*zone*/, const PeerConfig& /*secondary*/, Serial /*theirs*/) {}
    /// The machine was suspended for so long, in which the steady clock stood still.
    virtual void slept(milliseconds /*length*/) {}
    /// Whether a POST to that path over HTTP is for post().
    [[nodiscard]] virtual bool takes_post(std::string_view /*path*/) const { return false; }
    [[nodiscard]] virtual awaitable<HttpAnswer> post(HttpRequest request);
    /// The wall clock was set: times stored by it mean something else now.
    virtual void wall_clock_set() {}
};

/// The housekeeping loop's context. end() destroys what still waits in it, while all that this refers to is
/// alive.
class HousekeepingContext : public asio::io_context {
public:
    using asio::io_context::io_context;
    void end() { shutdown(); }
};

/// Resource type.
class Server {
public:
    Server(const CommonConfig& config, AccessPolicyPtr policy, RoleHooks& hooks, Role role, Log& log);
    ~Server();
    Server(const Server&) = delete;
    Server& operator=(const Server&) = delete;

    /// Binds, drops privileges, opens the store. Errors: every socket that could not be bound, the state
    /// directory.
    [[nodiscard]] Result<void> open();
    /// Takes over of `wanted` what the daemon as a whole can change while it runs: the control socket, HTTP's
    /// address, limits, the log's level. Errors: the new socket or address cannot be had; then nothing is
    /// changed.
    [[nodiscard]] Result<void> reconfigure(const CommonConfig& wanted);
    /// As with `before` again, as the rest of a reload failed; what cannot be had back is logged.
    void put_back(const CommonConfig& before);
    /// Gives up all files but what is in `reach` and our own folders, and makes the pools, whose threads
    /// inherit that. Once, when all has been loaded that may be anywhere; before start().
    void confine(Reach reach);
    /// What may be the matter where `errors` tell of a file that must not be read; empty where nothing.
    [[nodiscard]] std::string sandbox_hint(std::string_view errors) const;
    /// Starts to answer; the store holds its zones by now.
    void start();
    /// Runs the housekeeping loop until a signal or `stop` ends it.
    void run();
    /// Ends every thread and every coroutine. What the role holds on the context (timers, connections) goes
    /// after this and before the server.
    void stop();

    [[nodiscard]] asio::io_context& context() { return context_; }
    /// For what takes long: its threads give way to all others.
    [[nodiscard]] asio::thread_pool& pool() { return *pool_; }
    /// For what is soon done and waited for, such as a change's commit: so it is not queued behind large
    /// work. Now and then a commit writes its zone anew (renew_base_if_due), which takes long.
    [[nodiscard]] asio::thread_pool& prompt_pool() { return *prompt_pool_; }
    [[nodiscard]] ZoneStore& store() { return *store_; }
    [[nodiscard]] const ZoneStore& store() const { return *store_; }
    [[nodiscard]] Ledger& ledger() { return ledger_; }
    [[nodiscard]] History& history() { return history_; }
    [[nodiscard]] SyncCounters& sync_counters() { return sync_counters_; }
    [[nodiscard]] Notifier& notifier() { return *notifier_; }
    [[nodiscard]] Published<AccessPolicy>& policy() { return policy_; }
    [[nodiscard]] const Clock& clock() const { return clock_; }
    [[nodiscard]] Random& random() { return random_; }
    [[nodiscard]] Log& log() { return log_; }
    [[nodiscard]] Gate& gate() { return gate_; }
    [[nodiscard]] ExchangeContext exchange() { return {clock_, random_, exchange_places_}; }

    /// Starts to serve all of `zones`, or none of them; on the pool, as what is stored of them is read. Each
    /// as it is served, in their order.
    [[nodiscard]] awaitable<Result<std::vector<ServedZonePtr>>> add_zones(std::vector<StoredName> zones);
    /// Ends their service and forgets what is stored of them. What cannot be forgotten is logged, and tried
    /// again at the next start.
    [[nodiscard]] awaitable<void> remove_zones(std::vector<Name> zones);
    /// A large zone was built, which leaves much that is free on the heap: it is given back a while later, as
    /// that takes long, and holds the heap meanwhile, when the zone is to go out.
    /// Housekeeping only, while it runs.
    void heap_grew() {
        heap_grew_ = true;
        gate_.spawn(tidy_memory());
    }
    /// What an operator should know of a reload's configuration: what only a restart takes over, and the
    /// warnings.
    [[nodiscard]] std::string reload_notes(const CommonConfig& wanted,
                                           const std::filesystem::path& file) const;
    /// Makes `secondaries` those of `zone` and, where there is content, brings them into step.
    void follow_zone(NameView zone, const std::vector<PeerConfig>& secondaries);
    void forget_zone(NameView zone);
    /// The zone named on the command line. Errors: Invalid, NotFound (with the zones there are, when few).
    [[nodiscard]] Result<ServedZonePtr> zone_named(const std::string& text) const;
    [[nodiscard]] DaemonStatus status(const std::string& zone) const;
    /// What /metrics shows.
    [[nodiscard]] std::string metrics() const;
    [[nodiscard]] ZoneStatus zone_status(const ServedZonePtr& zone) const;
    /// What `status` tells of the zone is different now; for what neither the ledger nor the history hears
    /// of.
    void zone_changed(NameView zone);
    /// As the configuration has it now.
    [[nodiscard]] std::optional<std::string> identity() const;
    [[nodiscard]] bool takes_post(std::string_view path) const { return hooks_.takes_post(path); }
    [[nodiscard]] awaitable<HttpAnswer> post(HttpRequest request) { return hooks_.post(std::move(request)); }
    /// The same in a few words, at a fraction of the cost.
    [[nodiscard]] Summary summary() const;
    /// A set of answer counters for one thread that answers beside the workers.
    [[nodiscard]] AnswerCounters& add_answer_counters() { return counters_.add(); }
    /// Keeps in the history that something from `from` was refused. Threads: any.
    void note_refusal(const Name& zone, const Endpoint& from, std::string text, std::string remedy);

private:
    class TransferLog;
    awaitable<ControlReply> handle(ControlRequest request);
    awaitable<void> handle_alone(ControlRequest request);
    awaitable<ControlReply> wait(ControlRequest request);
    awaitable<ControlReply> notify(ControlRequest request);
    awaitable<ControlReply> dump(ControlRequest request);
    awaitable<ControlReply> doctor(ControlRequest request);
    awaitable<void> reload_on_hangup();
    awaitable<void> stop_on_signal();
    void on_commit(const Committed& committed);
    /// The configured name of a secondary of `zone`, else its address.
    [[nodiscard]] std::string name_of(NameView zone, const Endpoint& peer) const;
    [[nodiscard]] TcpLimits tcp_limits(const LimitsConfig& limits) const;
    awaitable<void> watch_clocks();
    awaitable<void> save_unsaved();
    awaitable<void> tidy_memory();
    awaitable<void> tell_status(std::string told);
    awaitable<void> feed_watchdog(milliseconds within);

    const CommonConfig config_;  // as at the start
    RoleHooks& hooks_;
    Role role_;
    Log& log_;
    SystemClock clock_;
    SystemRandom random_;
    SteadyTime started_;
    bool ready_ = false;     // set once, before the loop runs: commits of the pool come after it
    bool confined_ = false;  // by Landlock
    bool stopped_ = false;
    Published<AccessPolicy> policy_;
    std::optional<asio::thread_pool> pool_;         // made by confine(): what a thread may do is its own
    std::optional<asio::thread_pool> prompt_pool_;  // likewise
    OldVersions old_versions_;
    bool heap_grew_ = false;
    bool tidying_ = false;  // tidy_memory() is under way
    TransferQuota quota_;
    AnswerCounterList counters_;
    std::unique_ptr<TransferLog> transfer_log_;
    RateLimitLog rate_limit_log_{log_, clock_};
    std::unique_ptr<ZoneStore> store_;
    Ledger ledger_{clock_};
    History history_;
    SyncCounters sync_counters_;
    PeerTurnstiles exchange_places_{32};
    HousekeepingContext context_{1};
    Gate gate_{context_, log_};
    asio::signal_set hangup_{context_, SIGHUP};
    asio::signal_set terminate_{context_, SIGTERM, SIGINT};
    std::unique_ptr<Notifier> notifier_;
    std::unique_ptr<ControlServer> control_;
    std::unique_ptr<HttpApi> http_;
    std::unique_ptr<ResponderFactory> responders_;
    UdpServer udp_{log_};
    TcpServer tcp_;
};

}  // namespace lockstep
