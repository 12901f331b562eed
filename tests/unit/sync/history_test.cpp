// What is kept of what happened, and what strangers cannot push out.

#include "sync/history.hpp"

#include "support/catch.hpp"

using namespace lockstep;

namespace {

WallTime at(int second) {
    return WallTime{seconds{1'790'000'000 + second}};
}

Event refused(int second, std::string zone, std::string peer) {
    return {.kind = EventKind::Refused,
            .at = at(second),
            .zone = std::move(zone),
            .peer = std::move(peer),
            .text = "no rule"};
}

Failure failure(int second, std::string text) {
    return {.at = at(second),
            .stage = Stage::Timeout,
            .peer = "ns1",
            .zone = "example.",
            .text = std::move(text),
            .remedy = "look"};
}

}  // namespace

TEST_CASE("events come back oldest first, those of one zone where one is asked for", "[history]") {
    History history;
    history.add(
        {.kind = EventKind::NotifyIn, .at = at(1), .zone = "example.", .peer = "ns1", .serial = Serial{7}});
    history.add(refused(2, "other.", "192.0.2.9"));
    history.add(event_of(failure(3, "no answer")));
    const auto all = history.of("");
    REQUIRE(all.size() == 3);
    CHECK(all[0].kind == EventKind::NotifyIn);
    CHECK(all[1].kind == EventKind::Refused);
    CHECK(all[2].kind == EventKind::Failure);
    CHECK(all[2].stage == Stage::Timeout);
    CHECK(all[2].remedy == "look");
    const auto one = history.of("example.");
    REQUIRE(one.size() == 2);
    CHECK(one[0].serial == Serial{7});
    CHECK(history.of("none.").empty());
}

TEST_CASE("what repeats itself is counted, with its first time and its last", "[history]") {
    History history;
    for (int second = 1; second <= 5; ++second) {
        history.add(event_of(failure(second, "no answer")));
        history.add(refused(second, "other.", "192.0.2.9"));  // what others do in between breaks no row
    }
    history.add(event_of(failure(6, "refused")));
    const auto events = history.of("example.");
    REQUIRE(events.size() == 2);
    CHECK(events[0].times == 5);
    CHECK(events[0].first == at(1));
    CHECK(events[0].at == at(5));
    CHECK(events[1].times == 1);
    CHECK_FALSE(events[1].first.has_value());
}

TEST_CASE("what has changed back is no repetition", "[history]") {
    History history;
    for (int second = 1; second <= 3; ++second)
        history.add(event_of(failure(second, second == 2 ? "refused" : "no answer")));
    CHECK(history.of("example.").size() == 3);
}

TEST_CASE("strangers cannot push out what matters", "[history]") {
    History history;
    history.add(event_of(failure(0, "no answer")));
    for (int i = 1; i <= 10'000; ++i)
        history.add(refused(i, "example.", "stranger " + std::to_string(i)));
    const auto events = history.of("");
    REQUIRE(events.size() == 513);
    CHECK(events.front().kind == EventKind::Failure);
    CHECK(events.back().peer == "stranger 10000");
}

TEST_CASE("the oldest of very many go", "[history]") {
    History history;
    for (int i = 1; i <= 5000; ++i)
        history.add(event_of(failure(i, "attempt " + std::to_string(i))));
    const auto events = history.of("");
    REQUIRE(events.size() == 4096);
    CHECK(events.front().text == "attempt 905");
    CHECK(events.back().text == "attempt 5000");
}
