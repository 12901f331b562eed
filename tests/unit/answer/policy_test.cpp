// Who may: rules, and what configurations make of them.

#include "fixture.hpp"

#include <thread>

using namespace lockstep;
using namespace lockstep::test;

namespace {

const IpAddress here = *IpAddress::parse("192.0.2.2");
const IpAddress there = *IpAddress::parse("203.0.113.2");

TsigKeyPtr shared_key(std::string_view text) {
    return std::make_shared<const TsigKey>(make_key(text));
}

PeerConfig peer(std::string peer_name, std::string_view address, TsigKeyPtr key = nullptr) {
    return {std::move(peer_name), *Endpoint::parse(address), std::move(key)};
}

}  // namespace

TEST_CASE("No rules allow nobody", "[policy]") {
    const auto decision = decide({}, here, nullptr);
    CHECK_FALSE(decision.allowed);
    CHECK(decision.rule == nullptr);
    CHECK(decision.to_string() == "no rule matches, not even in part");
    CHECK(AccessPolicy{}.access(name("example.")) == nullptr);
}

TEST_CASE("A rule's address and key must both match", "[policy]") {
    const auto key = shared_key("pair.example.");
    const auto other = shared_key("other.example.");
    const auto prefix = *Prefix::parse("192.0.2.0/24");
    struct Row {
        std::optional<Prefix> prefix;
        TsigKeyPtr wanted;
        IpAddress address;
        TsigKeyPtr used;
        bool allowed;
        AccessDecision::Missing missing;
    };
    using enum AccessDecision::Missing;
    const Row rows[] = {
        {prefix, nullptr, here, nullptr, true, Nothing}, {prefix, nullptr, here, key, true, Nothing},
        {prefix, nullptr, there, nullptr, false, Rule},  {prefix, key, here, key, true, Nothing},
        {prefix, key, here, nullptr, false, Signature},  {prefix, key, here, other, false, OtherKey},
        {prefix, key, there, key, false, Address},       {prefix, key, there, nullptr, false, Rule},
        {std::nullopt, key, there, key, true, Nothing},  {std::nullopt, key, here, nullptr, false, Rule},
    };
    for (const Row& row : rows) {
        const AccessRule rules[] = {{row.prefix, row.wanted, "secondary ns2"}};
        const auto decision = decide(rules, row.address, row.used.get());
        CHECK(decision.allowed == row.allowed);
        CHECK(decision.missing == row.missing);
    }
}

TEST_CASE("Key names are compared without case", "[policy]") {
    const AccessRule rules[] = {{std::nullopt, shared_key("Pair.Example."), "rule"}};
    CHECK(decide(rules, here, shared_key("pair.example.").get()).allowed);
}

TEST_CASE("The nearest rule is the one that lacks least", "[policy]") {
    const auto key = shared_key("pair.example.");
    const AccessRule rules[] = {{*Prefix::parse("198.51.100.0/24"), nullptr, "far"},
                                {*Prefix::parse("192.0.2.2"), shared_key("other.example."), "by address"},
                                {*Prefix::parse("198.51.100.7"), key, "by key"}};
    CHECK(decide(rules, here, nullptr).rule->label == "by address");
    CHECK(decide(rules, here, key.get()).rule->label == "by key");
    CHECK(
        decide(rules, here, key.get()).to_string() ==
        "by key (198.51.100.7/32, key pair.example.) nearly matches: the request comes from another address");
}

TEST_CASE("A primary lets its zone's secondaries transfer, and whom the zone names", "[policy]") {
    PrimaryConfig config;
    const auto key = shared_key("pair.example.");
    config.keys = *TsigKeyring::make({*key});
    config.server.identity = "ns1";
    config.secondaries = {peer("ns2", "192.0.2.2:5300", key), peer("ns3", "192.0.2.3:53")};
    PrimaryZoneConfig one;
    one.name = name("One.Example.");
    one.secondaries = {0};
    one.transfer = {{*Prefix::parse("203.0.113.0/24"), nullptr}};
    PrimaryZoneConfig two;
    two.name = name("two.example.");
    two.secondaries = {1};
    config.zones = {one, two};
    const auto policy = make_policy(config);
    CHECK(policy->identity == "ns1");
    CHECK(policy->keys.find(name("pair.example.")) != nullptr);
    const auto* access = policy->access(name("one.example."));
    REQUIRE(access != nullptr);
    CHECK(access->notify.empty());
    CHECK(decide(access->transfer, here, key.get()).allowed);
    CHECK_FALSE(decide(access->transfer, here, nullptr).allowed);
    CHECK(decide(access->transfer, there, nullptr).rule->label == "transfer rule 1");
    CHECK_FALSE(decide(access->transfer, *IpAddress::parse("192.0.2.3"), nullptr).allowed);
    CHECK(decide(policy->access(name("two.example."))->transfer, *IpAddress::parse("192.0.2.3"), nullptr)
              .allowed);
    CHECK(policy->access(name("example.")) == nullptr);
}

TEST_CASE("A secondary hears its zone's primaries and serves its own secondaries", "[policy]") {
    SecondaryConfig config;
    config.primaries = {peer("ns1", "192.0.2.1:53"), peer("ns0", "192.0.2.10:53")};
    config.secondaries = {peer("ns4", "192.0.2.4:53")};
    SecondaryZoneConfig zone_config;
    zone_config.name = name("example.");
    zone_config.primaries = {1};
    zone_config.secondaries = {0};
    config.zones = {zone_config};
    const auto policy = make_policy(config);
    const auto* access = policy->access(name("example."));
    REQUIRE(access != nullptr);
    CHECK(decide(access->notify, *IpAddress::parse("192.0.2.10"), nullptr).allowed);
    CHECK_FALSE(decide(access->notify, *IpAddress::parse("192.0.2.1"), nullptr).allowed);
    CHECK(decide(access->transfer, *IpAddress::parse("192.0.2.4"), nullptr).allowed);
    CHECK_FALSE(decide(access->transfer, *IpAddress::parse("192.0.2.10"), nullptr).allowed);
}

TEST_CASE("The quota holds in all and for each peer, and places come back", "[quota]") {
    TransferQuota quota;
    {
        auto a = quota.acquire(here, 3, 2);
        auto b = quota.acquire(here, 3, 2);
        REQUIRE((a && b));
        CHECK_FALSE(quota.acquire(here, 3, 2).has_value());
        auto c = quota.acquire(there, 3, 2);
        REQUIRE(c);
        CHECK_FALSE(quota.acquire(*IpAddress::parse("::1"), 3, 2).has_value());
        const auto moved = *std::move(c);
        CHECK(quota.running() == 3);
    }
    CHECK(quota.running() == 0);
    CHECK(quota.acquire(here, 1, 1).has_value());
    CHECK_FALSE(quota.acquire(here, 0, 1).has_value());
    CHECK_FALSE(quota.acquire(here, 1, 0).has_value());
}

TEST_CASE("Rules and zones change under running responders, and none sees a mixture", "[policy][threads]") {
    Server server;
    const auto text = [](unsigned serial) {
        return fmt::format("@ 3600 SOA ns1 host {} 3600 600 86400 300\n@ 3600 NS ns1\na 60 A 192.0.2.{}\n",
                           serial, serial);
    };
    server.serve("example.", text(1));
    std::atomic<bool> stop{false};
    std::atomic<unsigned> faults{0};
    std::atomic<unsigned> answers{0};
    std::vector<std::thread> workers;
    for (int i = 0; i < 2; ++i) {
        workers.emplace_back([&] {
            Responder responder{{server.zones, server.policy, server.clock, server.quota, server.counters,
                                 server.transfers, server.notifies, server.updates, server.rate_limits}};
            const OctetString query = octets_of({.name = "a.example."});
            OctetString out(1232);
            unsigned last = 0;
            while (!stop) {
                const std::size_t size = responder.respond_datagram(query, client_at("192.0.2.99"), out);
                const auto now = size == 0 ? 0U : std::to_integer<unsigned>(out[size - 1]);
                if (size != 12 + 11 + 4 + 16 || now < last) ++faults;
                last = now;
                ++answers;
            }
        });
    }
    for (unsigned serial = 2; serial <= 200; ++serial) {
        server.serve("example.", text(serial));
        server.allow({});
    }
    while (answers < 1000)
        std::this_thread::yield();
    stop = true;
    for (auto& worker : workers)
        worker.join();
    CHECK(faults == 0);
    CHECK(server.counters.totals().responses[0] == answers);
}
