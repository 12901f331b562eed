// NOTIFY until acknowledged, probes until served: against secondaries that say what the test wants.
#include "sync/notifier.hpp"

#include "scripted_secondary.hpp"
#include "support/folder.hpp"

#include <algorithm>

using namespace lockstep;
using namespace lockstep::test;
using Speech = ScriptedSecondary::Speech;

namespace {

/// Waits that are over soon, for what is to be seen to happen again.
NotifyTiming quick() {
    return {.notify_timeouts = {milliseconds{10}, milliseconds{20}},
            .least_probe_delay = milliseconds{1},
            .most_probe_delay = milliseconds{1},
            .probe_for = milliseconds{5},
            .probe_timeout = seconds{10},
            .least_retry = milliseconds{20}};
}
/// Time for every answer, and none before the next attempt.
NotifyTiming answered() {
    return {.notify_timeouts = {seconds{10}},
            .least_probe_delay = milliseconds{1},
            .most_probe_delay = milliseconds{1},
            .probe_for = milliseconds{5},
            .probe_timeout = seconds{10},
            .least_retry = milliseconds{10}};
}
/// Looks again almost at once at who is in step.
NotifyTiming watchful() {
    auto timing = quick();
    timing.probe_timeout = milliseconds{20};
    timing.least_look = timing.most_look = milliseconds{5};
    return timing;
}
/// Waits that no test sees the end of, for what is not to happen again.
NotifyTiming patient() {
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
        return ledger.entries(zone)->at(place);
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

awaitable<void> wait_served(Scene* scene, Serial serial, std::size_t count, SteadyTime deadline,
                            std::optional<bool>* result) {
    const bool served = co_await scene->notifier->wait_until_served(scene->zone, serial, count, deadline);
    *result = served;
}
awaitable<void> wait_notified(Scene* scene, WallTime since, SteadyTime deadline, bool* over) {
    co_await scene->notifier->wait_until_notified(scene->zone, since, deadline);
    *over = true;
}
SteadyTime in(milliseconds time) {
    return std::chrono::steady_clock::now() + time;
}

}  // namespace

TEST_CASE("NOTIFY says which serial there is, as RFC 1996 has it", "[notifier][rfc1996]") {
    Scene scene(patient());
    scene.peer().serial = 4711;
    scene.publish(4711);
    scene.until_in_sync();
    CHECK(scene.peer().notified == std::vector<std::uint32_t>{4711});
    REQUIRE(scene.peer().last_notify.has_value());
    CHECK(scene.peer().last_notify->authoritative);
    CHECK_FALSE(scene.peer().last_notify->response);
    CHECK(scene.peer().last_notify->question_count == 1);
    CHECK(scene.peer().last_notify->answer_count == 1);
}

TEST_CASE("an acknowledged NOTIFY is followed by probes until the secondary serves the serial",
          "[notifier]") {
    Scene scene(patient());
    scene.peer().on_soa_query = [&] { scene.peer().serial = scene.peer().soa_queries < 4 ? 1 : 2; };
    scene.publish(2);
    scene.until([&] { return scene.peer().soa_queries == 2; });
    CHECK(scene.state() == "behind");
    CHECK(scene.entry().acknowledged_at);
    scene.until_in_sync();
    CHECK(scene.peer().soa_queries == 4);
    CHECK(scene.peer().notified.size() == 1);
    CHECK(scene.entry().serial == Serial{2});
    CHECK(scene.entry().verified_at);
    CHECK(scene.ledger.lag_seconds(scene.zone, scene.entry()) == 0.0);
    // Then all is quiet.
    scene.context.run_for(milliseconds{5});
    CHECK(scene.peer().soa_queries == 4);
}

TEST_CASE("a NOTIFY that is not answered is sent again, then the secondary is unreachable", "[notifier]") {
    Scene scene(quick());
    scene.peer().to_notify = Speech::Silent;
    scene.publish(2);
    scene.until([&] { return scene.peer().notified.size() == 2; });
    CHECK(scene.state() == "unreachable");
    REQUIRE(scene.entry().last_error.has_value());
    CHECK(scene.entry().last_error->stage == Stage::Timeout);
    CHECK(scene.entry().last_error->zone == "example.com.");
    CHECK(scene.peer().soa_queries == 0);  // a probe would only hold up the next NOTIFY
    scene.peer().to_notify = Speech::Right;
    scene.peer().serial = 2;
    scene.until_in_sync();
    CHECK_FALSE(scene.entry().last_error);
}

TEST_CASE("a secondary that never answers NOTIFY but has the serial is found out", "[notifier]") {
    Scene scene(quick());
    scene.peer().to_notify = Speech::Silent;
    scene.peer().serial = 2;
    scene.publish(2);
    scene.until_in_sync();
    CHECK(scene.peer().notified.size() == 2);
    CHECK(scene.peer().soa_queries == 1);
}

TEST_CASE("a secondary that acknowledges and never fetches is notified again", "[notifier]") {
    auto timing = answered();
    timing.probe_for = milliseconds{100};
    Scene scene(timing);
    scene.publish(2);
    scene.until([&] { return scene.peer().notified.size() == 3; });
    CHECK(scene.state() == "behind");
    CHECK(scene.peer().soa_queries >= 10);
}

TEST_CASE("a NOTIFY that is refused makes the state refused, with a remedy", "[notifier]") {
    Scene scene(answered());
    scene.peer().notify_rcode = Rcode::REFUSED;
    scene.publish(2);
    scene.until([&] { return scene.state() == "refused"; });
    REQUIRE(scene.entry().last_error.has_value());
    CHECK(scene.entry().last_error->stage == Stage::Acl);
    CHECK_FALSE(scene.entry().last_error->remedy.empty());
    SECTION("and it stays so while the secondary answers other questions") {
        scene.until([&] { return scene.peer().soa_queries == 3; });
        CHECK(scene.state() == "refused");
        CHECK(scene.peer().notified.size() >= 3);
    }
    SECTION("and is over once it is mended") {
        scene.peer().notify_rcode = Rcode::NOERROR;
        scene.peer().serial = 2;
        scene.until_in_sync();
        CHECK_FALSE(scene.entry().last_error);
    }
    SECTION("and does not matter to one that refreshes by its own timers") {
        scene.peer().serial = 2;
        scene.until_in_sync();
        CHECK_FALSE(scene.entry().last_error);
    }
}

TEST_CASE("a key that only one side has makes the state refused", "[notifier][tsig]") {
    Scene scene(answered());
    auto peer = scene.peer().peer;
    peer.key = std::make_shared<TsigKey>(generate_key(name("pair.example."), TsigAlgorithm::HmacSha256));
    scene.ledger.configure(scene.zone, {peer});
    scene.publish(2);
    scene.until([&] { return scene.state() == "refused"; });
    CHECK(scene.entry().last_error->stage == Stage::Tsig);
}

TEST_CASE("new content during a follow-up is notified at once", "[notifier]") {
    Scene scene(patient());
    scene.publish(2);
    scene.until([&] { return scene.peer().soa_queries == 2; });
    scene.publish(3);
    scene.until([&] { return scene.peer().notified.size() == 2; });
    CHECK(scene.peer().notified.back() == 3);
    scene.peer().serial = 2;
    scene.until([&] { return scene.entry().serial == Serial{2}; });
    CHECK(scene.state() == "behind");
    scene.peer().serial = 3;
    scene.until_in_sync();
    CHECK(scene.peer().notified.size() == 2);
}

TEST_CASE("a burst of new content is one NOTIFY with the last of it, once the previous is answered",
          "[notifier]") {
    Scene scene(quick());
    scene.peer().to_notify = Speech::Silent;
    scene.publish(2);
    scene.until([&] { return scene.peer().notified.size() == 1; });
    for (std::uint32_t serial = 3; serial < 10; ++serial)
        scene.publish(serial);
    scene.peer().to_notify = Speech::Right;
    scene.peer().serial = 9;
    scene.until_in_sync();
    auto& told = scene.peer().notified;
    CHECK(told.front() == 2);
    CHECK(std::all_of(told.begin() + 1, told.end(), [](std::uint32_t serial) { return serial == 9; }));
}

TEST_CASE("a dead secondary delays nobody else", "[notifier]") {
    Scene scene(patient(), 3);
    scene.peer(0).to_notify = Speech::Silent;
    scene.peer(2).close();
    scene.peer(1).serial = 2;
    scene.publish(2);
    scene.until_in_sync(1);
    CHECK(scene.peer(1).notified.size() == 1);
    scene.until([&] { return scene.state(2) == "unreachable"; });
    CHECK(scene.state(0) == "unknown");
    // And again, while the dead one is still being waited for.
    scene.peer(1).serial = 3;
    scene.publish(3);
    scene.until([&] { return scene.entry(1).serial == Serial{3}; });
    CHECK(scene.peer(1).notified.size() == 2);
    CHECK(scene.peer(0).notified.size() == 1);
}

TEST_CASE("a secondary that has fetched is looked at at once", "[notifier]") {
    auto timing = patient();
    timing.least_probe_delay = timing.most_probe_delay = std::chrono::hours{1};
    Scene scene(timing);
    scene.publish(2);
    scene.until([&] { return scene.entry().acknowledged_at.has_value(); });
    scene.peer().serial = 2;
    scene.notifier->peer_active(scene.zone, {scene.peer().peer.address.address, 50'000});
    scene.until_in_sync();
    CHECK(scene.peer().soa_queries == 1);
}

TEST_CASE("a secondary that is active between two NOTIFYs is looked at, once each time", "[notifier]") {
    Scene scene(patient());
    scene.peer().notify_rcode = Rcode::REFUSED;
    scene.publish(2);
    scene.until([&] { return scene.peer().soa_queries == 1; });
    for (unsigned seen = 2; seen < 5; ++seen) {
        scene.context.poll();
        scene.notifier->peer_active(scene.zone, scene.peer().peer.address);
        scene.until([&] { return scene.peer().soa_queries >= seen; });
        scene.context.run_for(milliseconds{5});
        CHECK(scene.peer().soa_queries == seen);
    }
    CHECK(scene.peer().notified.size() == 1);
    scene.peer().serial = 2;
    scene.notifier->peer_active(scene.zone, scene.peer().peer.address);
    scene.until_in_sync();
}

TEST_CASE("somebody else's activity is nobody's business", "[notifier]") {
    auto timing = patient();
    timing.least_probe_delay = timing.most_probe_delay = std::chrono::hours{1};
    Scene scene(timing);
    scene.publish(2);
    scene.until([&] { return scene.entry().acknowledged_at.has_value(); });
    scene.notifier->peer_active(scene.zone, {IpAddress::v4({127, 0, 0, 99}), 53});
    scene.notifier->peer_active(name("example.net."), scene.peer().peer.address);
    scene.context.run_for(milliseconds{5});
    CHECK(scene.peer().soa_queries == 0);
}

TEST_CASE("a secondary that is configured no more is left alone at once", "[notifier]") {
    Scene scene(patient(), 2);
    scene.publish(2);
    scene.until([&] { return scene.peer(0).soa_queries > 0 && scene.peer(1).soa_queries > 0; });
    scene.ledger.configure(scene.zone, {scene.peer(1).peer});
    scene.peer(1).serial = 2;
    scene.notifier->kick(scene.zone, Notifier::Whom::All);
    scene.until_in_sync();
    scene.ledger.configure(scene.zone, {});
    scene.notifier->kick(scene.zone, Notifier::Whom::All);
    scene.peer(0).close();
    scene.peer(1).close();
    scene.context.run();  // returns: nobody waits for an hour
    CHECK(scene.peer(1).notified.size() == 2);
    CHECK(scene.peer(0).notified.size() == 1);
}

TEST_CASE("a zone without content, or that is not ours, is not announced", "[notifier]") {
    Scene scene(patient());
    scene.notifier->kick(scene.zone, Notifier::Whom::All);
    scene.notifier->kick(name("example.net."), Notifier::Whom::All);
    scene.context.run_for(milliseconds{5});
    CHECK(scene.peer().notified.empty());
    scene.publish(1);
    scene.until_in_sync();
}

TEST_CASE("wait returns when enough secondaries serve the serial", "[notifier]") {
    Scene scene(patient(), 2);
    std::optional<bool> one;
    std::optional<bool> both;
    asio::co_spawn(scene.context, wait_served(&scene, Serial{2}, 1, in(std::chrono::hours{1}), &one),
                   asio::detached);
    asio::co_spawn(scene.context, wait_served(&scene, Serial{2}, 2, in(std::chrono::hours{1}), &both),
                   asio::detached);
    scene.peer(0).serial = 2;
    scene.publish(2);
    scene.until([&] { return one.has_value(); });
    CHECK(one == true);
    scene.until_in_sync(0);
    CHECK_FALSE(both);
    scene.peer(1).serial = 3;  // newer will do
    scene.until([&] { return both.has_value(); });
    CHECK(both == true);
}

TEST_CASE("wait says no when its time is over, and yes at once where nobody is to be waited for",
          "[notifier]") {
    Scene scene(patient());
    scene.publish(2);
    std::optional<bool> served;
    asio::co_spawn(scene.context, wait_served(&scene, Serial{2}, 1, in(milliseconds{5}), &served),
                   asio::detached);
    scene.until([&] { return served.has_value(); });
    CHECK(served == false);
    served.reset();
    asio::co_spawn(scene.context, wait_served(&scene, Serial{2}, 0, in(std::chrono::hours{1}), &served),
                   asio::detached);
    scene.until([&] { return served.has_value(); });
    CHECK(served == true);
}

TEST_CASE("an operator's notify is over when all have acknowledged or failed to", "[notifier]") {
    Scene scene(patient(), 3);
    scene.peer(1).notify_rcode = Rcode::REFUSED;
    scene.peer(2).close();
    bool over = false;
    const auto since = scene.clock.wall_now();
    scene.publish(2);
    asio::co_spawn(scene.context, wait_notified(&scene, since, in(std::chrono::hours{1}), &over),
                   asio::detached);
    scene.until([&] { return over; });
    CHECK(scene.entry(0).acknowledged_at);
    CHECK(scene.entry(1).last_error);
    CHECK(scene.entry(2).last_error);
}

TEST_CASE("an operator's notify does not wait longer than told for one that is silent", "[notifier]") {
    Scene scene(patient());
    scene.peer().to_notify = Speech::Silent;
    bool over = false;
    const auto since = scene.clock.wall_now();
    scene.publish(2);
    asio::co_spawn(scene.context, wait_notified(&scene, since, in(milliseconds{5}), &over), asio::detached);
    scene.until([&] { return over; });
    CHECK_FALSE(scene.entry().acknowledged_at);
}

TEST_CASE("one that was in step and dies is found out, and so is that it came back", "[notifier]") {
    Scene scene(watchful());
    scene.peer().serial = 2;
    scene.publish(2);
    scene.until_in_sync();
    scene.until([&] { return scene.peer().soa_queries >= 3; });  // it is looked at again and again
    CHECK(scene.peer().notified.size() == 1);
    scene.peer().to_soa = scene.peer().to_notify = Speech::Silent;
    scene.until([&] { return scene.state() == "unreachable"; });
    scene.peer().to_soa = scene.peer().to_notify = Speech::Right;
    scene.until([&] { return !scene.entry().last_error; });
    CHECK(scene.state() == "in-sync");
}

TEST_CASE("one that serves an older serial than it did is told again", "[notifier]") {
    Scene scene(watchful());
    scene.peer().serial = 2;
    scene.publish(2);
    scene.until_in_sync();
    scene.peer().serial = 1;
    scene.until([&] { return scene.peer().notified.size() == 2; });
    CHECK(scene.state() == "behind");
    scene.peer().serial = 2;
    scene.until_in_sync();
}

TEST_CASE("looks are REFRESH apart, within bounds", "[notifier]") {
    auto timing = watchful();  // the zone's REFRESH is an hour
    timing.most_look = std::chrono::hours{24};
    Scene scene(timing);
    scene.peer().serial = 2;
    scene.publish(2);
    scene.until_in_sync();
    const auto looks = scene.peer().soa_queries;
    scene.context.run_for(milliseconds{30});
    CHECK(scene.peer().soa_queries == looks);
}

TEST_CASE("wait does not trust what was seen before it", "[notifier]") {
    auto timing = patient();
    timing.probe_timeout = milliseconds{20};
    Scene scene(timing);
    scene.peer().serial = 2;
    scene.publish(2);
    scene.until_in_sync();
    scene.peer().to_soa = scene.peer().to_notify = Speech::Silent;
    std::optional<bool> served;
    asio::co_spawn(scene.context, wait_served(&scene, Serial{2}, 1, in(milliseconds{40}), &served),
                   asio::detached);
    scene.until([&] { return served.has_value(); });
    CHECK(served == false);
    scene.until([&] { return scene.state() == "unreachable"; });
    scene.peer().to_soa = scene.peer().to_notify = Speech::Right;
    served.reset();
    asio::co_spawn(scene.context, wait_served(&scene, Serial{2}, 1, in(std::chrono::hours{1}), &served),
                   asio::detached);
    scene.until([&] { return served.has_value(); });
    CHECK(served == true);
}

TEST_CASE("an unchanged reload tells only those who are new or not in step", "[notifier]") {
    Scene scene(patient(), 3);
    scene.peer(0).serial = scene.peer(1).serial = 2;
    scene.ledger.configure(scene.zone, {scene.peer(0).peer, scene.peer(2).peer});
    scene.publish(2);
    scene.until_in_sync(0);
    scene.until([&] { return scene.peer(2).soa_queries > 0; });
    scene.ledger.configure(scene.zone, {scene.peer(0).peer, scene.peer(2).peer, scene.peer(1).peer});
    scene.notifier->kick(scene.zone, Notifier::Whom::OutOfStep);
    scene.until_in_sync(2);
    CHECK(scene.peer(0).notified.size() == 1);
    CHECK(scene.peer(1).notified.size() == 1);
    CHECK(scene.peer(2).notified.size() == 1);  // its follow-up goes on as it was
}

TEST_CASE("the alarm is raised once for a secondary that stays behind", "[notifier]") {
    auto timing = patient();
    timing.alarm_after = milliseconds{20};
    Scene scene(timing);
    scene.publish(1);
    scene.until_in_sync();
    scene.publish(2);
    const auto alarms = [&] {
        const auto events = scene.history.of("example.com.");
        return std::count_if(events.begin(), events.end(), [](const Event& event) {
            return event.text.find("it serves serial 1, and we 2") != std::string::npos;
        });
    };
    scene.until([&] { return alarms() == 1; });
    const auto looked = scene.peer().soa_queries;
    scene.until([&] { return scene.peer().soa_queries > looked + 5; });
    CHECK(alarms() == 1);
    CHECK(scene.history.of("example.com.").back().times == 1);
}
