// What commands wait for: acknowledgements, and secondaries that are seen to serve.
#include "notifier_scene.hpp"

#include <algorithm>

using namespace lockstep;
using namespace lockstep::test;

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

TEST_CASE("an operator's notify is not about one that was on its way before", "[notifier]") {
    Scene scene(patient());
    auto& peer = scene.peer();
    peer.notify_rcode = Rcode::REFUSED;
    std::optional<WallTime> since;
    bool over = false;
    peer.on_notify = [&] {
        if (since) {
            peer.notify_rcode = Rcode::NOERROR;
            return;
        }
        // The operator asks while the first is on its way; its refusal arrives after that.
        while (scene.clock.wall_now() <= *scene.entry().notified_at) {
        }
        since = scene.clock.wall_now();
        scene.notifier->kick(scene.zone, Notifier::Whom::All);
        asio::co_spawn(scene.context, wait_notified(&scene, *since, in(seconds{10}), &over), asio::detached);
    };
    scene.publish(1);
    scene.until([&] { return over; });
    CHECK(peer.notified.size() == 2);
    CHECK(acknowledged_since(scene.entry(), *since));
}
