// The faces of the history: INTERFACE.md's failure object, and lines for people.

#include "ops/history_text.hpp"

#include "support/catch.hpp"

#include <nlohmann/json.hpp>

using namespace lockstep;
using Json = nlohmann::ordered_json;

namespace {

const WallTime told_at{seconds{1'790'000'000}};

std::vector<Event> sample() {
    Event transfer{
        .kind = EventKind::TransferIn, .at = told_at, .zone = "example.", .peer = "ns1", .serial = Serial{8}};
    transfer.transfer =
        TransferFigures{.kind = "IXFR", .from = Serial{7}, .seconds = 0.004, .messages = 1, .octets = 211};
    Event failure = event_of(Failure{.at = told_at + seconds{60},
                                     .stage = Stage::Tsig,
                                     .peer = "ns1",
                                     .zone = "example.",
                                     .text = "BADTIME: the clocks differ by 412 s",
                                     .remedy = "set the clocks"});
    failure.times = 3;
    failure.first = told_at + seconds{20};
    return {transfer, failure};
}

}  // namespace

TEST_CASE("a failure in the history is INTERFACE's object, and more", "[history][interface]") {
    const auto json = Json::parse(history_json(sample()));
    REQUIRE(json.size() == 2);
    const auto& failure = json[1];
    for (const auto* key : {"at", "stage", "peer", "zone", "text", "remedy"})
        CHECK(failure.contains(key));
    CHECK(failure["event"] == "failure");
    CHECK(failure["stage"] == "tsig");
    CHECK(failure["text"] == "BADTIME: the clocks differ by 412 s");
    CHECK(failure["remedy"] == "set the clocks");
    CHECK(failure["times"] == 3);
    CHECK(failure["first_at"] == to_rfc3339(told_at + seconds{20}));
    const auto& transfer = json[0];
    CHECK(transfer["event"] == "transfer-in");
    CHECK(transfer["kind"] == "IXFR");
    CHECK(transfer["from_serial"] == 7);
    CHECK(transfer["serial"] == 8);
    CHECK(transfer["octets"] == 211);
    CHECK_FALSE(transfer.contains("stage"));
    CHECK(history_json({}) == "[]\n");
}

TEST_CASE("the history reads as lines, each failure with its remedy below", "[history]") {
    const auto text = history_text(sample());
    CHECK(text ==
          to_rfc3339(told_at) +
              "  example.  transfer-in   ns1: IXFR, serial 7 -> 8, 0.004 s, 1 messages, 211 octets\n" +
              to_rfc3339(told_at + seconds{60}) +
              "  example.  failure       ns1: tsig: BADTIME: the clocks differ by 412 s (3 times since " +
              to_rfc3339(told_at + seconds{20}) + ")\n    -> set the clocks\n");
}

TEST_CASE("octets that are no text do not break the JSON", "[history]") {
    const std::vector<Event> events = {
        {.kind = EventKind::Refused, .at = told_at, .zone = "example.", .text = "\xff\"\n"}};
    CHECK(Json::parse(history_json(events)).size() == 1);
}
