#pragma once
// Brings every secondary to the serial that is served: NOTIFY until acknowledged, then SOA probes until seen
// to serve it.
//
// Threads: the housekeeping thread's; kick() from any. Errors: into the ledger and, once an episode, the log.
// Limits: one coroutine a zone and secondary, only while that secondary is not known to be in step.
// Standards: RFC 1996.

#include "net/gate.hpp"
#include "store/zone_store.hpp"
#include "sync/exchange.hpp"
#include "sync/ledger.hpp"

#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace lockstep {

/// When a secondary is told again and looked at again (TRANSFER.md, "NOTIFY out"). The last of each list
/// holds for all further ones. Value type.
struct NotifyTiming {
    /// How long a NOTIFY waits for its answer, and for the next one; after the last the SOA's RETRY passes.
    std::vector<milliseconds> notify_timeouts{seconds{1}, seconds{2}, seconds{4}, seconds{8}, seconds{16}};
    std::vector<milliseconds> probe_delays{milliseconds{20},  milliseconds{50},  milliseconds{100},
                                           milliseconds{200}, milliseconds{500}, milliseconds{1000}};
    unsigned probes_an_attempt = 10;
    milliseconds probe_timeout{1000};
    milliseconds least_retry{5000};
};

/// Resource type.
class Notifier {
public:
    /// All references outlive the notifier. `listen` gives the source addresses.
    Notifier(asio::io_context& context, ExchangeContext exchange, const ZoneStore& store, Ledger& ledger,
             Log& log, std::vector<Endpoint> listen, NotifyTiming timing = {});

    /// Starts or wakes the follow-up of every secondary of `zone`: after a commit, or on an operator's
    /// `notify`. Threads: housekeeping.
    void kick(const Name& zone);
    /// The secondary has fetched from us, or asked: look at once whether it serves the new serial.
    void peer_active(const Name& zone, const Endpoint& peer);
    /// Returns when `count` secondaries serve `serial` or newer (true), or `deadline` has passed (false).
    [[nodiscard]] awaitable<bool> wait_until_served(Name zone, Serial serial, std::size_t count,
                                                    SteadyTime deadline);
    /// Returns when every secondary of `zone` has acknowledged a NOTIFY sent after `since`, or failed to.
    [[nodiscard]] awaitable<void> wait_until_notified(Name zone, WallTime since, SteadyTime deadline);

private:
    struct Follow {
        Follow(const PeerConfig& to, asio::io_context& context) : peer(to), wake(context) {}
        PeerConfig peer;
        asio::steady_timer wake;
        bool running = false;
        bool notify_wanted = false;  // new content since the last NOTIFY
        bool probe_wanted = false;   // the peer was active: it may serve it by now
        bool removed = false;        // no secondary of the zone any more
        bool told = false;           // this episode's failure is in the log
    };
    using FollowPtr = std::shared_ptr<Follow>;
    enum class Attempt { Served, NotYet, Unanswered, Failed };

    awaitable<void> follow(FollowPtr follow, Name zone);
    awaitable<Attempt> notify_once(FollowPtr follow, Name zone, milliseconds timeout);
    awaitable<Attempt> probe_until_served(FollowPtr follow, Name zone);
    awaitable<Attempt> probe_once(FollowPtr follow, Name zone);
    /// Waits until it is time to send again; looks each time the secondary was active meanwhile.
    awaitable<Attempt> probe_when_active(FollowPtr follow, Name zone, SteadyTime until);
    awaitable<void> pause(FollowPtr follow, milliseconds time);
    void note_failure(Follow& follow, const Name& zone, Failure failure);
    void wake_waiters();

    asio::io_context& context_;
    ExchangeContext exchange_;
    const ZoneStore& store_;
    Ledger& ledger_;
    Log& log_;
    std::vector<Endpoint> listen_;
    NotifyTiming timing_;
    Gate gate_;
    std::map<Name, std::vector<FollowPtr>, CanonicalLess> follows_;
    std::vector<asio::steady_timer*> waiters_;
};

}  // namespace lockstep
