#pragma once
// Brings every secondary to the serial that is served: NOTIFY until acknowledged, then SOA probes until seen
// to serve it. From then on it looks every REFRESH whether that is still so.
//
// Threads: the housekeeping thread's. Errors: into the ledger and, once an episode, the log.
// Limits: one coroutine a zone and secondary, only while that secondary is not known to be in step.
// Standards: RFC 1996.

#include "net/gate.hpp"
#include "store/zone_store.hpp"
#include "sync/counters.hpp"
#include "sync/exchange.hpp"
#include "sync/history.hpp"
#include "sync/ledger.hpp"
#include "wire/stored_name.hpp"

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

namespace lockstep {

/// When a secondary is told again and looked at again (TRANSFER.md, "NOTIFY out"). The last of each list
/// holds for all further ones. Value type.
struct NotifyTiming {
    /// How long a NOTIFY waits for its answer, and for the next one; after the last the SOA's RETRY passes.
    std::vector<milliseconds> notify_timeouts{seconds{1}, seconds{2}, seconds{4}, seconds{8}, seconds{16}};
    /// Of these, how long for its answer: new content is told of when the answer to an old NOTIFY is overdue.
    milliseconds notify_answer{1000};
    /// Between two probes passes a tenth of the time since the secondary was told or last fetched, within
    /// these bounds: what it is seen to serve is never much older than that.
    milliseconds least_probe_delay{10};
    milliseconds most_probe_delay{1000};
    milliseconds probe_for{6000};  // then it is told again
    milliseconds probe_timeout{1000};
    unsigned probes_a_look = 3;  // how often an unanswered look at one that was in step is repeated
    milliseconds least_retry{5000};
    /// REFRESH within these bounds, less up to a tenth, passes between two looks. However rarely a secondary
    /// refreshes, one that has died is seen within the hour.
    milliseconds least_look{seconds{30}};
    milliseconds most_look{std::chrono::hours{1}};
    milliseconds alarm_after{seconds{60}};  // behind for so long: a warning, once an episode
};

/// Resource type.
class Notifier {
public:
    /// Where the content comes from. A secondary of a primary that is ahead of it is in trouble; one of a
    /// secondary may have taken it from elsewhere.
    enum class Origin { Here, Elsewhere };
    /// All references outlive the notifier. `listen` gives the source addresses.
    Notifier(asio::io_context& context, ExchangeContext exchange, const ZoneStore& store, Ledger& ledger,
             History& history, SyncCounters& counters, Log& log, std::vector<Endpoint> listen, Origin origin,
             NotifyTiming timing = {});

    /// Is told of a secondary that is ahead of us, where the content comes from here. Set before anything
    /// else.
    using AheadHandler = std::function<void(NameView zone, const PeerConfig& secondary, Serial theirs)>;
    void on_ahead(AheadHandler handler) { on_ahead_ = std::move(handler); }

    /// A secondary that is behind for so long from now on is told of.
    void set_alarm(milliseconds after) { timing_.alarm_after = after; }

    enum class Whom {
        All,       // there is new content, or an operator wants it
        OutOfStep  // who is new, or was not seen to serve what we serve
    };
    /// Sends NOTIFY to the secondaries of `zone`, and follows up.
    void kick(NameView zone, Whom whom);
    /// Asks every secondary of `zone` at once what it serves.
    void look(NameView zone);
    /// The secondary has fetched from us, or asked: look at once whether it serves the new serial.
    void peer_active(NameView zone, const Endpoint& peer);
    /// Looks at every secondary; returns when `count` of them have been seen since to serve `serial` or newer
    /// (true), or `deadline` has passed (false).
    [[nodiscard]] awaitable<bool> wait_until_served(Name zone, Serial serial, std::size_t count,
                                                    SteadyTime deadline);
    /// Returns when `count` secondaries of `zone` have been seen, whenever, to serve `serial` or newer
    /// (true), or `deadline` has passed (false). Does nothing towards it: new content is followed up anyway.
    [[nodiscard]] awaitable<bool> wait_until_arrived(Name zone, Serial serial, std::size_t count,
                                                     SteadyTime deadline);
    /// Returns when something has become known or is served anew, or `deadline` has passed.
    [[nodiscard]] awaitable<void> wait_for_news(SteadyTime deadline);
    /// Something is served that was not before.
    void news() { wake_waiters(); }
    /// Returns when every secondary of `zone` has acknowledged a NOTIFY sent after `since`, or failed to.
    [[nodiscard]] awaitable<void> wait_until_notified(Name zone, WallTime since, SteadyTime deadline);

private:
    struct Follow;
    using FollowPtr = std::shared_ptr<Follow>;
    using Looks = std::multimap<SteadyTime, FollowPtr>;
    struct Follow {
        Follow(NameView of, const PeerConfig& to, asio::io_context& context)
            : zone(of), peer(to), wake(context) {}
        StoredName zone;
        PeerConfig peer;
        asio::steady_timer wake;
        bool running = false;
        bool notify_wanted = false;                // new content since the last NOTIFY
        bool probe_wanted = false;                 // the peer was active: it may serve it by now
        bool removed = false;                      // no secondary of the zone any more
        bool told = false;                         // this episode's failure is in the log
        bool alarmed = false;                      // and that it is behind
        std::optional<Looks::iterator> next_look;  // only while in step, and then always
    };
    enum class Attempt { Served, NotYet, Unanswered, Failed };

    void start(const FollowPtr& follow);
    void look_later(const FollowPtr& follow);
    void forget_look(Follow& follow);
    void set_look_timer();
    /// Holds the pointer while the others run, which have but a reference.
    awaitable<void> follow(FollowPtr follow);
    /// Whether the secondary came into step; not if there is nothing to serve, or it is removed.
    awaitable<bool> bring_into_step(Follow& follow);
    /// None while nothing is served.
    [[nodiscard]] std::optional<milliseconds> retry_of(NameView zone) const;
    awaitable<Attempt> notify_once(Follow& follow, milliseconds timeout);
    awaitable<Attempt> probe_until_served(Follow& follow);
    awaitable<Attempt> probe_once(Follow& follow, unsigned tries);
    /// Waits until it is time to send again; looks each time the secondary was active meanwhile.
    awaitable<Attempt> probe_when_active(Follow& follow, SteadyTime until);
    /// Ends early when there is something to do, and when it had to raise the alarm.
    awaitable<void> pause(Follow& follow, milliseconds time);
    [[nodiscard]] std::optional<SteadyTime> behind_since(const Follow& follow) const;
    void raise_alarm(Follow& follow, SteadyTime since);
    void note_acknowledged(const Follow& follow, Serial serial);
    Attempt note_probed(const Follow& follow, Serial theirs);
    void note_ahead(const Follow& follow, Serial theirs, Serial ours);
    void note_failure(Follow& follow, Failure failure);
    awaitable<bool> wait_until_seen(Name zone, Serial serial, std::size_t count, SteadyTime since,
                                    SteadyTime deadline);
    void wake_waiters();

    asio::io_context& context_;
    ExchangeContext exchange_;
    const ZoneStore& store_;
    Ledger& ledger_;
    History& history_;
    SyncCounters& counters_;
    Log& log_;
    FailureLimiter failures_;
    std::vector<Endpoint> listen_;
    Origin origin_;
    AheadHandler on_ahead_;
    NotifyTiming timing_;
    Gate gate_;
    std::unordered_map<StoredName, std::vector<FollowPtr>, HashName, SameName> follows_;
    Looks looks_;
    asio::steady_timer look_timer_;
    std::vector<asio::steady_timer*> waiters_;
};

}  // namespace lockstep
