// NOTIFY until acknowledged, probes until served: against secondaries that say what the test wants.
#include "notifier_scene.hpp"

#include <algorithm>

using namespace lockstep;
using namespace lockstep::test;

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
