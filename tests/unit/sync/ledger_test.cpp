// Who serves what, and since when it lags.
#include "sync/ledger.hpp"

#include "support/catch.hpp"

#include <string>

using namespace lockstep;

namespace {

const Name example_com = Name::parse_absolute("example.com.").value();

PeerConfig peer(std::string name, std::uint8_t host = 2) {
    return {.name = std::move(name), .address = {IpAddress::v4({192, 0, 2, host}), 53}, .key = nullptr};
}
Failure failure_at(Stage stage) {
    Failure result;
    result.stage = stage;
    result.text = "text";
    return result;
}

struct LedgerScene {
    LedgerScene() { ledger.configure(example_com, {peer("ns2"), peer("ns3", 3)}); }
    [[nodiscard]] const LedgerEntry& ns2() const { return ledger.entries(example_com).front(); }
    [[nodiscard]] std::string state() const {
        return std::string(to_string(ledger.state(example_com, ns2())));
    }
    [[nodiscard]] std::optional<double> lag() const { return ledger.lag_seconds(example_com, ns2()); }
    ManualClock clock;
    Ledger ledger{clock};
};

}  // namespace

TEST_CASE("a secondary is unknown until it is seen to serve something", "[ledger]") {
    LedgerScene scene;
    CHECK(scene.state() == "unknown");
    CHECK_FALSE(scene.lag());
    scene.ledger.served(example_com, Serial{7});
    scene.ledger.notified(example_com, "ns2");
    scene.ledger.acknowledged(example_com, "ns2");
    CHECK(scene.state() == "unknown");
    CHECK_FALSE(scene.lag());
    CHECK(scene.ns2().notified_at == scene.clock.wall_now());
    CHECK(scene.ns2().acknowledged_at == scene.clock.wall_now());
    CHECK_FALSE(scene.ns2().verified_at);
}

TEST_CASE("a secondary that serves what we serve is in sync, without lag", "[ledger]") {
    LedgerScene scene;
    scene.ledger.served(example_com, Serial{7});
    scene.clock.advance(seconds{5});
    scene.ledger.verified(example_com, "ns2", Serial{7});
    scene.clock.advance(seconds{5});
    CHECK(scene.state() == "in-sync");
    CHECK(scene.lag() == 0.0);
    CHECK(scene.ns2().serial == Serial{7});
    CHECK(scene.ns2().verified_at == scene.clock.wall_now() - seconds{5});
}

TEST_CASE("a secondary ahead of us is in sync; at a distance of 2^31 it is behind", "[ledger][rfc1982]") {
    LedgerScene scene;
    scene.ledger.served(example_com, Serial{7});
    scene.ledger.verified(example_com, "ns2", Serial{9});
    CHECK(scene.state() == "in-sync");
    scene.ledger.verified(example_com, "ns2", Serial{7U + 0x80000000U});
    CHECK(scene.state() == "behind");
    scene.ledger.verified(example_com, "ns2", Serial{0});
    CHECK(scene.state() == "behind");
}

TEST_CASE("lag is the time since we began to serve the first serial that the secondary lacks", "[ledger]") {
    LedgerScene scene;
    scene.ledger.served(example_com, Serial{4294967295});
    scene.ledger.verified(example_com, "ns2", Serial{4294967295});
    scene.clock.advance(seconds{10});
    scene.ledger.served(example_com, Serial{0});
    CHECK(scene.state() == "behind");
    CHECK(scene.lag() == 0.0);
    scene.clock.advance(seconds{3});
    scene.ledger.served(example_com, Serial{1});
    scene.clock.advance(seconds{4});
    CHECK(scene.lag() == 7.0);
    scene.ledger.verified(example_com, "ns2", Serial{0});
    CHECK(scene.state() == "behind");
    CHECK(scene.lag() == 4.0);
    scene.ledger.verified(example_com, "ns2", Serial{1});
    CHECK(scene.state() == "in-sync");
    CHECK(scene.lag() == 0.0);
}

TEST_CASE("lag follows the steady clock, whatever the wall clock does", "[ledger]") {
    LedgerScene scene;
    scene.ledger.served(example_com, Serial{1});
    scene.ledger.verified(example_com, "ns2", Serial{1});
    scene.ledger.served(example_com, Serial{2});
    scene.clock.advance(seconds{2});
    scene.clock.step_wall(-std::chrono::hours{1});
    CHECK(scene.lag() == 2.0);
}

TEST_CASE("serving the same serial again starts nothing anew", "[ledger]") {
    LedgerScene scene;
    scene.ledger.served(example_com, Serial{1});
    scene.ledger.verified(example_com, "ns2", Serial{1});
    scene.ledger.served(example_com, Serial{2});
    scene.clock.advance(seconds{2});
    scene.ledger.served(example_com, Serial{2});
    CHECK(scene.lag() == 2.0);
}

TEST_CASE("a secondary thousands of versions behind still lags by at least what is remembered", "[ledger]") {
    LedgerScene scene;
    scene.ledger.served(example_com, Serial{1});
    scene.ledger.verified(example_com, "ns2", Serial{1});
    for (std::uint32_t serial = 2; serial < 2000; ++serial) {
        scene.ledger.served(example_com, Serial{serial});
        scene.clock.advance(seconds{1});
    }
    CHECK(scene.lag() == 256.0);
    CHECK(scene.state() == "behind");
}

TEST_CASE("nobody lags behind a serial that is no longer served", "[ledger]") {
    LedgerScene scene;
    scene.ledger.served(example_com, Serial{10});
    scene.clock.advance(seconds{5});
    scene.ledger.served(example_com, Serial{5});  // an older version, forced
    scene.ledger.verified(example_com, "ns2", Serial{5});
    CHECK(scene.state() == "in-sync");
    CHECK(scene.lag() == 0.0);
}

TEST_CASE("silence and closed ports make unreachable, until any answer", "[ledger]") {
    const auto stage = GENERATE(Stage::Timeout, Stage::Connect);
    LedgerScene scene;
    scene.ledger.served(example_com, Serial{1});
    scene.ledger.verified(example_com, "ns2", Serial{1});
    scene.ledger.failed(example_com, "ns2", failure_at(stage));
    CHECK(scene.state() == "unreachable");
    CHECK(scene.lag() == 0.0);  // what it was last seen to serve
    SECTION("an acknowledgement") {
        scene.ledger.acknowledged(example_com, "ns2");
    }
    SECTION("an answer to an SOA query") {
        scene.ledger.verified(example_com, "ns2", Serial{1});
    }
    CHECK(scene.state() == "in-sync");
}

TEST_CASE("a matter of permission makes refused", "[ledger]") {
    for (const auto stage : {Stage::Acl, Stage::Tsig}) {
        LedgerScene scene;
        scene.ledger.served(example_com, Serial{2});
        scene.ledger.failed(example_com, "ns2", failure_at(stage));
        CHECK(scene.state() == "refused");
        // Its answer to another question does not mend it while it lags.
        scene.ledger.verified(example_com, "ns2", Serial{1});
        CHECK(scene.state() == "refused");
        CHECK(scene.ns2().last_error);
    }
}

TEST_CASE("refused ends when the secondary acknowledges, or is in sync all the same", "[ledger]") {
    LedgerScene scene;
    scene.ledger.served(example_com, Serial{2});
    scene.ledger.verified(example_com, "ns2", Serial{1});
    scene.ledger.failed(example_com, "ns2", failure_at(Stage::Acl));
    SECTION("it acknowledges") {
        scene.ledger.acknowledged(example_com, "ns2");
        CHECK(scene.state() == "behind");
        CHECK(scene.ns2().last_error);
    }
    SECTION("it is in sync") {
        scene.ledger.verified(example_com, "ns2", Serial{2});
        CHECK(scene.state() == "in-sync");
        CHECK_FALSE(scene.ns2().last_error);
    }
}

TEST_CASE("other failures leave the state and are kept until it is in sync", "[ledger]") {
    for (const auto stage : {Stage::Rcode, Stage::Parse}) {
        LedgerScene scene;
        scene.ledger.served(example_com, Serial{1});
        scene.ledger.verified(example_com, "ns2", Serial{1});
        scene.ledger.served(example_com, Serial{2});
        scene.ledger.failed(example_com, "ns2", failure_at(stage));
        CHECK(scene.state() == "behind");
        REQUIRE(scene.ns2().last_error.has_value());
        CHECK(scene.ns2().last_error->text == "text");
        scene.ledger.verified(example_com, "ns2", Serial{2});
        CHECK_FALSE(scene.ns2().last_error);
    }
}

TEST_CASE("the quorum counts who serves a serial or a newer one", "[ledger][rfc1982]") {
    LedgerScene scene;
    scene.ledger.served(example_com, Serial{5});
    CHECK(scene.ledger.count_serving(example_com, Serial{5}, {}) == 0);
    scene.ledger.verified(example_com, "ns2", Serial{4});
    CHECK(scene.ledger.count_serving(example_com, Serial{5}, {}) == 0);
    CHECK(scene.ledger.count_serving(example_com, Serial{4}, {}) == 1);
    scene.ledger.verified(example_com, "ns3", Serial{6});
    CHECK(scene.ledger.count_serving(example_com, Serial{5}, {}) == 1);
    CHECK(scene.ledger.count_serving(example_com, Serial{4}, {}) == 2);
    CHECK(scene.ledger.count_serving(example_com, Serial{4U + 0x80000000U}, {}) == 0);
    CHECK(scene.ledger.count_serving(Name::parse_absolute("other.example.").value(), Serial{1}, {}) == 0);
}

TEST_CASE("what is known of secondaries that stay stays when they are configured anew", "[ledger]") {
    LedgerScene scene;
    scene.ledger.served(example_com, Serial{1});
    scene.ledger.verified(example_com, "ns2", Serial{1});
    scene.ledger.verified(example_com, "ns3", Serial{1});
    scene.ledger.configure(example_com, {peer("ns4", 4), peer("ns3", 33), peer("ns2")});
    const auto entries = scene.ledger.entries(example_com);
    REQUIRE(entries.size() == 3);
    CHECK_FALSE(entries[0].serial);
    CHECK_FALSE(entries[1].serial);  // under another address it is another server
    CHECK(entries[2].serial == Serial{1});
}

TEST_CASE("zones are apart, and names of any case are one zone", "[ledger]") {
    LedgerScene scene;
    const Name other = Name::parse_absolute("example.net.").value();
    scene.ledger.configure(other, {peer("ns2")});
    scene.ledger.served(example_com, Serial{1});
    scene.ledger.verified(Name::parse_absolute("EXAMPLE.com.").value(), "ns2", Serial{1});
    CHECK(scene.state() == "in-sync");
    CHECK_FALSE(scene.ledger.entries(other).front().serial);
    scene.ledger.remove(example_com);
    CHECK(scene.ledger.entries(example_com).empty());
    CHECK(scene.ledger.entries(other).size() == 1);
}

TEST_CASE("news of a zone or secondary that is not configured changes nothing", "[ledger]") {
    LedgerScene scene;
    const Name other = Name::parse_absolute("example.net.").value();
    scene.ledger.notified(other, "ns2");
    scene.ledger.acknowledged(example_com, "ns9");
    scene.ledger.verified(other, "ns2", Serial{1});
    scene.ledger.failed(example_com, "ns9", failure_at(Stage::Acl));
    CHECK(scene.ledger.entries(other).empty());
    CHECK(scene.ledger.entries(example_com).size() == 2);
    CHECK_FALSE(scene.ns2().last_error);
}

TEST_CASE("a zone without secondaries tells of its versions, and starts anew when it gets some", "[ledger]") {
    LedgerScene scene;
    std::size_t told = 0;
    scene.ledger.on_change([&](NameView zone) { told += zone == example_com; });
    scene.ledger.served(example_com, Serial{1});
    scene.ledger.verified(example_com, "ns2", Serial{1});
    scene.ledger.configure(example_com, {});
    CHECK(told == 3);
    CHECK(scene.ledger.entries(example_com).empty());
    scene.ledger.served(example_com, Serial{2});
    CHECK(told == 4);
    CHECK_FALSE(scene.ledger.out_of_step(example_com));
    scene.ledger.configure(example_com, {peer("ns2")});
    scene.ledger.verified(example_com, "ns2", Serial{1});
    CHECK(scene.state() == "unknown");
    scene.ledger.served(example_com, Serial{2});
    scene.ledger.verified(example_com, "ns2", Serial{1});
    CHECK(scene.state() == "behind");
}

TEST_CASE("each serial that a secondary lacked and now serves has its time in the histogram", "[ledger]") {
    LedgerScene scene;
    scene.ledger.served(example_com, Serial{1});
    scene.ledger.verified(example_com, "ns2", Serial{1});
    CHECK_FALSE(scene.ns2().propagation);
    scene.ledger.served(example_com, Serial{2});
    scene.clock.advance(milliseconds{400});
    scene.ledger.served(example_com, Serial{3});
    scene.clock.advance(milliseconds{20});
    scene.ledger.verified(example_com, "ns2", Serial{3});
    scene.ledger.verified(example_com, "ns2", Serial{3});
    REQUIRE(scene.ns2().propagation);
    CHECK(scene.ns2().propagation->sum == Approx(0.44));
    CHECK(scene.ns2().propagation->counts[4] == 1);  // up to 25 ms
    CHECK(scene.ns2().propagation->counts[8] == 1);  // up to 500 ms
    const auto episodes = scene.ledger.propagation({});
    REQUIRE(episodes.size() == 2);
    CHECK(episodes[0].serial == Serial{2});
    CHECK(episodes[0].seconds == Approx(0.42));
    CHECK(episodes[1].peer == "ns2");
    CHECK(episodes[1].seen_at == scene.clock.wall_now());
    CHECK(episodes[1].served_at == scene.clock.wall_now() - milliseconds{20});
}

TEST_CASE("what a secondary lacks is on its way, and forgotten an hour after it came", "[ledger]") {
    LedgerScene scene;
    scene.ledger.served(example_com, Serial{1});
    scene.ledger.verified(example_com, "ns2", Serial{1});
    scene.ledger.served(example_com, Serial{2});
    scene.clock.advance(seconds{5});
    REQUIRE(scene.ledger.propagation("example.com.").size() == 1);
    CHECK(scene.ledger.propagation("example.net.").empty());
    CHECK_FALSE(scene.ledger.propagation({})[0].seen_at);
    CHECK(scene.ledger.propagation({})[0].seconds == 5);
    scene.ledger.verified(example_com, "ns2", Serial{2});
    scene.clock.advance(std::chrono::hours{1});
    CHECK(scene.ledger.propagation({}).size() == 1);
    scene.clock.advance(seconds{1});
    CHECK(scene.ledger.propagation({}).empty());
}
