// The Nagios line: who is out of sync comes first, the worst before all, and the exit code says how bad.
#include "ops/nagios.hpp"

#include "support/catch.hpp"

using namespace lockstep;

namespace {

SecondaryStatus peer(std::string name, std::string state, std::optional<double> lag) {
    return {.name = std::move(name),
            .address = "198.51.100.2:53",
            .serial = Serial{17},
            .state = std::move(state),
            .lag_seconds = lag,
            .notified_at = {},
            .verified_at = {},
            .last_error = {}};
}

ZoneStatus zone(std::vector<SecondaryStatus> peers = {}, std::string name = "example.com.") {
    ZoneStatus one;
    one.name = std::move(name);
    one.serial = Serial{18};
    one.state = "serving";
    one.secondaries = std::move(peers);
    return one;
}

NagiosReport report(std::vector<ZoneStatus> zones) {
    DaemonStatus status;
    status.zones = std::move(zones);
    return nagios_report(status);
}

Failure failure_of(std::string text) {
    return {.at = {},
            .stage = Stage::Connect,
            .peer = "ns1",
            .zone = "example.com.",
            .text = std::move(text),
            .remedy = "look"};
}

}  // namespace

TEST_CASE("a zone whose secondaries all serve it is OK, with the lag of each", "[nagios]") {
    const auto got = report({zone({peer("ns2", "in-sync", 0), peer("ns3", "in-sync", 0)})});
    CHECK(got.code == NagiosCode::Ok);
    CHECK(got.line == "OK: example.com. serial 18, all 2 secondaries in sync | 'ns2'=0.000s 'ns3'=0.000s\n");
}

TEST_CASE("a secondary that is behind is a warning with its name, its lag and both serials", "[nagios]") {
    const auto got = report({zone({peer("ns2", "in-sync", 0), peer("ns3", "behind", 4.25)})});
    CHECK(got.code == NagiosCode::Warning);
    CHECK(
        got.line ==
        "WARNING: example.com. ns3 behind for 4.2 s, serial 17 instead of 18 | 'ns2'=0.000s 'ns3'=4.250s\n");
}

TEST_CASE("what is unreachable or refuses is critical and comes before who is only behind", "[nagios]") {
    auto gone = peer("ns4", "unreachable", std::nullopt);
    gone.last_error = failure_of("no answer | at all\nin 3 s");
    const auto got = report({zone({peer("ns3", "behind", 1), gone, peer("ns5", "refused", std::nullopt)})});
    CHECK(got.code == NagiosCode::Critical);
    CHECK(got.line ==
          "CRITICAL: example.com. ns4 unreachable (no answer   at all in 3 s); example.com. ns5 refuses; "
          "example.com. ns3 behind for 1.0 s, serial 17 instead of 18 | 'ns3'=1.000s 'ns4'=U 'ns5'=U\n");
}

TEST_CASE("a secondary that was not seen yet is a warning", "[nagios]") {
    const auto got = report({zone({peer("ns2", "unknown", std::nullopt)})});
    CHECK(got.code == NagiosCode::Warning);
    CHECK(got.line == "WARNING: example.com. ns2 was not seen yet | 'ns2'=U\n");
}

TEST_CASE("a zone that is expired, empty or not loaded is critical", "[nagios]") {
    auto expired = zone();
    expired.state = "expired";
    CHECK(report({expired}).line == "CRITICAL: example.com. has expired\n");
    auto empty = zone();
    empty.state = "empty";
    CHECK(report({empty}).line == "CRITICAL: example.com. has no content\n");
    auto broken = zone();
    broken.error = "example.com.zone:3:1: no";
    CHECK(report({broken}).line == "CRITICAL: example.com. was not loaded: example.com.zone:3:1: no\n");
    for (const auto& one : {expired, empty, broken})
        CHECK(report({one}).code == NagiosCode::Critical);
}

TEST_CASE("a secondary tells whether it is in step with its primary", "[nagios]") {
    auto here = zone();
    here.inbound = InboundStatus{};
    here.inbound->primary = "ns1";
    here.inbound->primary_serial = Serial{18};
    here.inbound->lag_seconds = 0.0;
    CHECK(report({here}).line == "OK: example.com. serial 18, in step with the primary | 'ns1'=0.000s\n");
    here.inbound->primary_serial = Serial{19};
    here.inbound->lag_seconds = 3.0;
    auto got = report({here});
    CHECK(got.code == NagiosCode::Warning);
    CHECK(got.line ==
          "WARNING: example.com. is behind ns1 for 3.0 s, serial 18 instead of 19 | 'ns1'=3.000s\n");
    here.inbound->last_error = failure_of("refused");
    got = report({here});
    CHECK(got.code == NagiosCode::Critical);
    CHECK(got.line == "CRITICAL: example.com. cannot be had from ns1: refused | 'ns1'=3.000s\n");
}

TEST_CASE("of several zones the figures name the zone, and the state is the worst", "[nagios]") {
    const auto fine = zone({peer("ns2", "in-sync", 0)}, "a.");
    const auto late = zone({peer("ns2", "behind", 2)}, "b.");
    CHECK(report({fine, fine}).line ==
          "OK: 2 zones, all secondaries in sync | 'a. ns2'=0.000s 'a. ns2'=0.000s\n");
    const auto got = report({fine, late});
    CHECK(got.code == NagiosCode::Warning);
    CHECK(got.line ==
          "WARNING: b. ns2 behind for 2.0 s, serial 17 instead of 18 | 'a. ns2'=0.000s 'b. ns2'=2.000s\n");
}

TEST_CASE("content that the disk does not hold is a warning", "[nagios]") {
    auto one = zone();
    one.not_persisted = "disk full";
    const auto got = report({one});
    CHECK(got.code == NagiosCode::Warning);
    CHECK(got.line == "WARNING: example.com. is not persisted: disk full\n");
}

TEST_CASE("without zones, or without a daemon, the state is unknown", "[nagios]") {
    CHECK(report({}).code == NagiosCode::Unknown);
    const auto got = nagios_unknown("no daemon answers on /x: gone\n");
    CHECK(got.code == NagiosCode::Unknown);
    CHECK(got.line == "UNKNOWN: no daemon answers on /x: gone\n");
}
