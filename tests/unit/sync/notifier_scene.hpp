#pragma once
// A notifier with its store and ledger, and the secondaries that it speaks to.

#include "scripted_secondary.hpp"
#include "support/folder.hpp"
#include "sync/notifier.hpp"

#include <chrono>
#include <memory>

namespace lockstep::test {

using Speech = ScriptedSecondary::Speech;

/// Waits that are over soon, for what is to be seen to happen again.
inline NotifyTiming quick() {
    return {.notify_timeouts = {milliseconds{10}, milliseconds{20}},
            .least_probe_delay = milliseconds{1},
            .most_probe_delay = milliseconds{1},
            .probe_for = milliseconds{5},
            .probe_timeout = seconds{10},
            .least_retry = milliseconds{20}};
}
/// Time for every answer, and none before the next attempt.
inline NotifyTiming answered() {
    return {.notify_timeouts = {seconds{10}},
            .least_probe_delay = milliseconds{1},
            .most_probe_delay = milliseconds{1},
            .probe_for = milliseconds{5},
            .probe_timeout = seconds{10},
            .least_retry = milliseconds{10}};
}
/// Looks again almost at once at who is in step.
inline NotifyTiming watchful() {
    auto timing = quick();
    timing.probe_timeout = milliseconds{20};
    timing.least_look = timing.most_look = milliseconds{5};
    return timing;
}
/// Waits that no test sees the end of, for what is not to happen again.
inline NotifyTiming patient() {
    return {.notify_timeouts = {std::chrono::hours{1}},
            .notify_answer = std::chrono::hours{1},
            .least_probe_delay = milliseconds{1},
            .most_probe_delay = milliseconds{1},
            .probe_for = std::chrono::hours{1},
            .probe_timeout = std::chrono::hours{1},
            .least_retry = std::chrono::hours{1}};
}

struct Scene {
    explicit Scene(NotifyTiming timing, unsigned secondaries = 1) {
        auto opened = ZoneStore::open(folder.path(), clock, log);
        REQUIRE(opened);
        store = std::move(*opened);
        REQUIRE(store->add_zone(zone));
        notifier = std::make_unique<Notifier>(context, ExchangeContext{clock, random, places}, *store, ledger,
                                              history, counters, log, std::vector<Endpoint>{},
                                              Notifier::Origin::Here, std::move(timing));
        std::vector<PeerConfig> configured;
        for (unsigned i = 0; i < secondaries; ++i) {
            peers.push_back(std::make_unique<ScriptedSecondary>(context, "ns" + std::to_string(i + 2)));
            configured.push_back(peers.back()->peer);
        }
        ledger.configure(zone, configured);
    }
    void publish(std::uint32_t serial) {
        Candidate candidate;
        candidate.zone = zone_at(serial);
        REQUIRE(store->commit(zone, std::move(candidate)));
        ledger.served(zone, Serial{serial});
        notifier->kick(zone, Notifier::Whom::All);
    }
    /// Runs the loop until `condition` is true; fails after 20 s.
    void until(const std::function<bool()>& condition) {
        const auto end = std::chrono::steady_clock::now() + seconds{20};
        while (!condition()) {
            REQUIRE(std::chrono::steady_clock::now() < end);
            context.run_one_for(milliseconds{100});
        }
    }
    void until_in_sync(std::size_t place = 0) {
        until([&] { return state(place) == "in-sync"; });
    }
    ScriptedSecondary& peer(std::size_t place = 0) { return *peers[place]; }
    [[nodiscard]] const LedgerEntry& entry(std::size_t place = 0) const {
        return ledger.entries(zone)[place];
    }
    [[nodiscard]] std::string state(std::size_t place = 0) const {
        return std::string(to_string(ledger.state(zone, entry(place))));
    }

    PeerTurnstiles places{32};
    asio::io_context context;
    const Name zone = name("example.com.");
    Folder folder;
    SystemClock clock;
    SeededRandom random{1};
    Log log = Log::silent();
    std::unique_ptr<ZoneStore> store;
    Ledger ledger{clock};
    History history;
    SyncCounters counters;
    std::vector<std::unique_ptr<ScriptedSecondary>> peers;
    std::unique_ptr<Notifier> notifier;
};

inline awaitable<void> wait_served(Scene* scene, Serial serial, std::size_t count, SteadyTime deadline,
                                   std::optional<bool>* result) {
    const bool served = co_await scene->notifier->wait_until_served(scene->zone, serial, count, deadline);
    *result = served;
}
inline awaitable<void> wait_notified(Scene* scene, WallTime since, SteadyTime deadline, bool* over) {
    co_await scene->notifier->wait_until_notified(scene->zone, since, deadline);
    *over = true;
}
inline SteadyTime in(milliseconds time) {
    return std::chrono::steady_clock::now() + time;
}

}  // namespace lockstep::test
