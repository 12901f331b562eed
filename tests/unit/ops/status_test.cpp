// The state of a daemon as INTERFACE.md has it: JSON field by field, text in columns.
#include "ops/status.hpp"

#include "support/catch.hpp"

#include <nlohmann/json.hpp>

#include <string>
#include <vector>

using namespace lockstep;
using Json = nlohmann::ordered_json;

namespace {

constexpr WallTime noon{seconds{1'795'348'800}};  // 2026-11-22T12:00:00Z
const std::string noon_text = "2026-11-22T12:00:00.000Z";

Failure failure() {
    return {.at = noon,
            .stage = Stage::Tsig,
            .peer = "ns1",
            .zone = "example.com.",
            .text = "BADTIME: the clocks differ by 412 s",
            .remedy = "set the clocks"};
}
SecondaryStatus in_sync() {
    return {.name = "ns2",
            .address = "198.51.100.2:53",
            .serial = Serial{2026112201},
            .state = "in-sync",
            .lag_seconds = 0.0,
            .notified_at = noon,
            .verified_at = noon,
            .last_error = {}};
}
ZoneStatus served(std::string name = "example.com.") {
    ZoneStatus zone;
    zone.name = std::move(name);
    zone.serial = Serial{2026112201};
    zone.records = 42;
    zone.state = "serving";
    zone.loaded_at = noon;
    zone.secondaries.push_back(in_sync());
    return zone;
}
DaemonStatus primary() {
    return {.role = Role::Primary,
            .version = "0.1.0",
            .ready = true,
            .uptime_seconds = 12.5,
            .zones = {served()}};
}
DaemonStatus secondary() {
    DaemonStatus status = primary();
    status.role = Role::Secondary;
    auto& zone = status.zones.front();
    zone.secondaries.clear();
    zone.loaded_at.reset();
    zone.inbound = InboundStatus{
        .primary = "ns1",
        .primary_serial = Serial{2026112201},
        .lag_seconds = 0.0,
        .refreshed_at = noon,
        .next_refresh_at = noon,
        .expires_at = noon,
        .last_transfer =
            TransferSummary{
                .kind = "IXFR", .primary = "ns1", .at = noon, .seconds = 0.004, .messages = 1, .octets = 211},
        .last_error = {}};
    return status;
}

std::vector<std::string> keys(const Json& json) {
    std::vector<std::string> all;
    for (const auto& [key, value] : json.items())
        all.push_back(key);
    return all;
}
using Keys = std::vector<std::string>;

std::vector<std::string> lines(const std::string& text) {
    std::vector<std::string> all;
    for (std::size_t at = 0; at < text.size();) {
        const auto end = text.find('\n', at);
        REQUIRE(end != std::string::npos);
        all.push_back(text.substr(at, end - at));
        at = end + 1;
    }
    return all;
}
std::string without_colour(std::string text) {
    for (auto at = text.find('\x1b'); at != std::string::npos; at = text.find('\x1b'))
        text.erase(at, text.find('m', at) - at + 1);
    return text;
}

}  // namespace

TEST_CASE("a primary's status has INTERFACE's fields, in its order, with its types", "[status]") {
    const auto json = Json::parse(status_json(primary()));
    CHECK(keys(json) == Keys{"role", "version", "ready", "uptime_seconds", "zones"});
    auto named = primary();
    named.identity = "ns1.example.net";
    CHECK(keys(Json::parse(status_json(named))) ==
          Keys{"role", "version", "identity", "ready", "uptime_seconds", "zones"});
    CHECK(json["role"] == "primary");
    CHECK(json["version"] == "0.1.0");
    CHECK(json["ready"] == true);
    CHECK(json["uptime_seconds"] == 12.5);
    const auto& zone = json["zones"][0];
    CHECK(keys(zone) == Keys{"name", "serial", "records", "state", "persisted", "not_persisted", "loaded_at",
                             "error", "secondaries"});
    CHECK(zone["name"] == "example.com.");
    CHECK(zone["serial"] == 2026112201U);
    CHECK(zone["serial"].is_number_unsigned());
    CHECK(zone["records"] == 42);
    CHECK(zone["state"] == "serving");
    CHECK(zone["loaded_at"] == noon_text);
    CHECK(zone["error"].is_null());
    const auto& row = zone["secondaries"][0];
    CHECK(keys(row) == Keys{"name", "address", "serial", "state", "lag_seconds", "notified_at", "verified_at",
                            "last_error"});
    CHECK(row["name"] == "ns2");
    CHECK(row["address"] == "198.51.100.2:53");
    CHECK(row["serial"] == 2026112201U);
    CHECK(row["state"] == "in-sync");
    CHECK(row["lag_seconds"] == 0);
    CHECK(row["notified_at"] == noon_text);
    CHECK(row["verified_at"] == noon_text);
    CHECK(row["last_error"].is_null());
}

TEST_CASE("a secondary's status has INTERFACE's fields, in its order, with its types", "[status]") {
    const auto json = Json::parse(status_json(secondary()));
    CHECK(json["role"] == "secondary");
    const auto& zone = json["zones"][0];
    CHECK(keys(zone) == Keys{"name", "serial", "records", "state", "persisted", "not_persisted", "primary",
                             "primary_serial", "lag_seconds", "refreshed_at", "next_refresh_at", "expires_at",
                             "last_transfer", "last_error", "secondaries"});
    CHECK(zone["primary"] == "ns1");
    CHECK(zone["primary_serial"] == 2026112201U);
    CHECK(zone["lag_seconds"] == 0);
    CHECK(zone["refreshed_at"] == noon_text);
    CHECK(zone["next_refresh_at"] == noon_text);
    CHECK(zone["expires_at"] == noon_text);
    const auto& transfer = zone["last_transfer"];
    CHECK(keys(transfer) == Keys{"kind", "primary", "at", "seconds", "messages", "octets"});
    CHECK(transfer["kind"] == "IXFR");
    CHECK(transfer["primary"] == "ns1");
    CHECK(transfer["at"] == noon_text);
    CHECK(transfer["seconds"] == 0.004);
    CHECK(transfer["messages"] == 1);
    CHECK(transfer["octets"] == 211);
    CHECK(zone["last_error"].is_null());
}

TEST_CASE("a failure has INTERFACE's fields on either role", "[status]") {
    auto on_primary = primary();
    on_primary.zones[0].secondaries[0].last_error = failure();
    auto on_secondary = secondary();
    on_secondary.zones[0].inbound->last_error = failure();
    const auto one = Json::parse(status_json(on_primary))["zones"][0]["secondaries"][0]["last_error"];
    CHECK(keys(one) == Keys{"at", "stage", "peer", "zone", "text", "remedy"});
    CHECK(one["at"] == noon_text);
    CHECK(one["stage"] == "tsig");
    CHECK(one["peer"] == "ns1");
    CHECK(one["zone"] == "example.com.");
    CHECK(one["text"] == "BADTIME: the clocks differ by 412 s");
    CHECK(one["remedy"] == "set the clocks");
    CHECK(Json::parse(status_json(on_secondary))["zones"][0]["last_error"] == one);
}

TEST_CASE("what is not known is null, not absent", "[status]") {
    auto on_primary = primary();
    auto& zone = on_primary.zones[0];
    zone.serial.reset();
    zone.loaded_at.reset();
    zone.state = "failed";
    zone.error = "zone:3:1: no SOA";
    zone.secondaries[0] = {.name = "ns2",
                           .address = "198.51.100.2:53",
                           .serial = {},
                           .state = "unknown",
                           .lag_seconds = {},
                           .notified_at = {},
                           .verified_at = {},
                           .last_error = {}};
    const auto json = Json::parse(status_json(on_primary))["zones"][0];
    CHECK(json["serial"].is_null());
    CHECK(json["loaded_at"].is_null());
    CHECK(json["error"] == "zone:3:1: no SOA");
    for (const char* key : {"serial", "lag_seconds", "notified_at", "verified_at", "last_error"}) {
        REQUIRE(json["secondaries"][0].contains(key));
        CHECK(json["secondaries"][0][key].is_null());
    }
    auto on_secondary = secondary();
    on_secondary.zones[0].inbound = InboundStatus{};
    const auto empty = Json::parse(status_json(on_secondary))["zones"][0];
    for (const char* key : {"primary", "primary_serial", "lag_seconds", "refreshed_at", "next_refresh_at",
                            "expires_at", "last_transfer", "last_error"}) {
        REQUIRE(empty.contains(key));
        CHECK(empty[key].is_null());
    }
}

TEST_CASE("a daemon without zones says so with an empty list", "[status]") {
    auto status = primary();
    status.zones.clear();
    CHECK(Json::parse(status_json(status))["zones"] == Json::array());
    CHECK(Json::parse(zones_json(status)) == Json::array());
    CHECK(zones_text(status, Colour::No).empty());
    CHECK(status_text(status, Colour::No) == "primary 0.1.0, ready, up 12 s, 0 zones\n");
}

TEST_CASE("octets that are no UTF-8 do not spoil the JSON", "[status]") {
    auto status = primary();
    status.zones[0].error = "line 3: \xff\xfe \x01";
    const auto json = Json::parse(status_json(status), nullptr, false);
    REQUIRE_FALSE(json.is_discarded());
    CHECK(json["zones"][0]["error"].get<std::string>().starts_with("line 3: "));
}

TEST_CASE("zones are name, serial, records and state", "[status]") {
    auto status = primary();
    status.zones.push_back(served("a-much-longer-name.example."));
    status.zones[1].serial.reset();
    status.zones[1].records = 0;
    status.zones[1].state = "failed";
    const auto json = Json::parse(zones_json(status));
    REQUIRE(json.size() == 2);
    CHECK(keys(json[0]) == Keys{"name", "serial", "records", "state"});
    CHECK(json[0]["serial"] == 2026112201U);
    CHECK(json[1]["serial"].is_null());
    CHECK(zones_text(status, Colour::No) ==
          "example.com.                 2026112201  42  serving\n"
          "a-much-longer-name.example.  -           0   failed\n");
}

TEST_CASE("a primary's text names each secondary with its state, in columns", "[status]") {
    auto status = primary();
    auto behind = in_sync();
    behind.name = "far-away";
    behind.address = "[2001:db8::2]:5353";
    behind.serial = Serial{7};
    behind.state = "behind";
    behind.lag_seconds = 3.25;
    behind.last_error = failure();
    status.zones[0].secondaries.push_back(behind);
    CHECK(lines(status_text(status, Colour::No)) ==
          std::vector<std::string>{
              "primary 0.1.0, ready, up 12 s, 1 zone",
              "example.com.   2026112201  42 records          serving",
              "  to ns2       2026112201  198.51.100.2:53     in-sync",
              "  to far-away  7           [2001:db8::2]:5353  behind   lag 3.2 s",
              "    2026-11-22T12:00:00.000Z ns1: BADTIME: the clocks differ by 412 s",
              "    -> set the clocks",
          });
}

TEST_CASE("a secondary's text names its primary, when it was seen, and its lag", "[status]") {
    auto status = secondary();
    status.zones[0].inbound->primary_serial = Serial{2026112202};
    status.zones[0].inbound->lag_seconds = 1.0;
    CHECK(lines(status_text(status, Colour::No)) ==
          std::vector<std::string>{
              "secondary 0.1.0, ready, up 12 s, 1 zone",
              "example.com.  2026112201  42 records                     serving",
              "  from ns1    2026112202  seen 2026-11-22T12:00:00.000Z  lag 1.0 s",
          });
    status.zones[0].inbound = InboundStatus{};
    CHECK(status_text(status, Colour::No).find("never seen") != std::string::npos);
}

TEST_CASE("a failed zone's error stands under it", "[status]") {
    auto status = primary();
    status.ready = false;
    status.zones[0].error = "example.com.zone:3:1: no SOA";
    const auto text = status_text(status, Colour::No);
    CHECK(text.starts_with("primary 0.1.0, not ready, "));
    CHECK(text.find("\n    example.com.zone:3:1: no SOA\n") != std::string::npos);
}

TEST_CASE("in a pipe there is no colour; on a terminal it changes no column", "[status]") {
    for (const char* state : {"serving", "failed", "expired", "empty"}) {
        for (const char* peer_state : {"in-sync", "behind", "unreachable", "refused", "unknown"}) {
            auto status = primary();
            status.zones[0].state = state;
            status.zones[0].secondaries[0].state = peer_state;
            const auto plain = status_text(status, Colour::No);
            const auto coloured = status_text(status, Colour::Yes);
            CHECK(plain.find('\x1b') == std::string::npos);
            CHECK(zones_text(status, Colour::No).find('\x1b') == std::string::npos);
            CHECK(coloured != plain);
            CHECK(without_colour(coloured) == plain);
            CHECK(without_colour(zones_text(status, Colour::Yes)) == zones_text(status, Colour::No));
        }
    }
}

TEST_CASE("no line of text ends in a space", "[status]") {
    for (const auto& status : {primary(), secondary()}) {
        for (const auto& line : lines(status_text(status, Colour::No)))
            CHECK_FALSE(line.ends_with(' '));
    }
}

TEST_CASE("the ledger's rows become the secondaries' rows", "[status]") {
    ManualClock clock;
    Ledger ledger(clock);
    const Name zone = Name::parse_absolute("example.com.").value();
    CHECK(secondaries_of(ledger, zone).empty());
    ledger.configure(zone, {PeerConfig{"ns2", Endpoint::parse("198.51.100.2:53").value(), nullptr}});
    ledger.served(zone, Serial{5});
    ledger.notified(zone, "ns2");
    ledger.verified(zone, "ns2", Serial{4});
    clock.advance(seconds{2});
    const auto rows = secondaries_of(ledger, zone);
    REQUIRE(rows.size() == 1);
    CHECK(rows[0].name == "ns2");
    CHECK(rows[0].address == "198.51.100.2:53");
    CHECK(rows[0].serial == Serial{4});
    CHECK(rows[0].state == "behind");
    CHECK(rows[0].lag_seconds == 2.0);
    CHECK(rows[0].notified_at == clock.wall_now() - seconds{2});
}
