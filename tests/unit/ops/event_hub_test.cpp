// Events from whoever publishes to whoever listens, and what becomes of those that nobody takes.
#include "ops/event_hub.hpp"

#include "ops/status_events.hpp"
#include "support/catch.hpp"
#include "support/name_text.hpp"

#include <string>
#include <vector>

using namespace lockstep;
using test::name;

namespace {

awaitable<void> take_into(EventSubscription* subscription, milliseconds patience, std::string* text) {
    const auto frames = co_await subscription->take(patience);
    for (const auto& frame : frames)
        *text += *frame;
}

struct Loop {
    asio::io_context context{1};
    EventHub hub;

    /// What the subscription has got, all of it as one text.
    std::string taken(EventSubscription& from, milliseconds patience = milliseconds{0}) {
        std::string text;
        bool done = false;
        asio::co_spawn(context, take_into(&from, patience, &text), [&](std::exception_ptr) { done = true; });
        context.restart();
        while (!done && context.run_one() > 0) {
        }
        return text;
    }
};

ZoneStatus status_of(const Name& zone) {
    ZoneStatus status;
    status.name = zone.to_string();
    status.state = "serving";
    return status;
}
std::size_t times(std::string_view text, std::string_view part) {
    std::size_t found = 0;
    for (auto at = text.find(part); at != std::string_view::npos; at = text.find(part, at + part.size()))
        ++found;
    return found;
}

}  // namespace

TEST_CASE("an event goes to everyone who is subscribed, as one string", "[events]") {
    Loop loop;
    CHECK_FALSE(loop.hub.wanted());
    loop.hub.publish("zone", "{\"early\":1}");
    {
        EventSubscription one(loop.hub, loop.context);
        EventSubscription other(loop.hub, loop.context);
        CHECK(loop.hub.subscriptions() == 2);
        loop.hub.publish("zone", "{}");
        loop.hub.publish("history", "[]");
        CHECK(loop.taken(one) == "event: zone\ndata: {}\n\nevent: history\ndata: []\n\n");
        CHECK(loop.taken(one).empty());
        CHECK(loop.taken(other) == "event: zone\ndata: {}\n\nevent: history\ndata: []\n\n");
    }
    CHECK_FALSE(loop.hub.wanted());
}

TEST_CASE("a queue that nobody takes is bounded, and the client is told to start anew", "[events]") {
    Loop loop;
    EventSubscription subscription(loop.hub, loop.context);
    const std::string large(100 * 1024, 'x');
    loop.hub.publish("zone", large);
    loop.hub.publish("zone", large);
    loop.hub.publish("zone", large);  // over the limit
    loop.hub.publish("zone", "{}");
    CHECK(loop.taken(subscription) == "event: reset\ndata: {}\n\nevent: zone\ndata: {}\n\n");
    loop.hub.publish("zone", large);
    CHECK(times(loop.taken(subscription), "event: zone\n") == 1);
}

TEST_CASE("a subscription that has ended waits for nothing", "[events]") {
    Loop loop;
    EventSubscription subscription(loop.hub, loop.context);
    subscription.end();
    CHECK(loop.taken(subscription, std::chrono::hours{1}).empty());
    CHECK(subscription.ended());
}

TEST_CASE("changes of one zone in a row are one event, those of others their own", "[events]") {
    Loop loop;
    StatusEvents changes(loop.context, loop.hub,
                         [](const Name& zone) { return std::optional(status_of(zone)); });
    changes.zone_changed(name("early.example."));  // nobody listens
    EventSubscription subscription(loop.hub, loop.context);
    for (unsigned i = 0; i < 10; ++i)
        changes.zone_changed(name("a.example."));
    changes.zone_changed(name("b.example."));
    const auto text = loop.taken(subscription, seconds{10});
    CHECK(times(text, "event: zone\n") == 2);
    CHECK(times(text, "data: {\"name\":\"a.example.\",") == 1);
    CHECK(times(text, "data: {\"name\":\"b.example.\",") == 1);
}

TEST_CASE("a zone that is gone is told as removed, with its name as text", "[events]") {
    Loop loop;
    StatusEvents changes(loop.context, loop.hub, [](const Name&) { return std::optional<ZoneStatus>(); });
    EventSubscription subscription(loop.hub, loop.context);
    changes.zone_changed(name("a\\010\"{.example."));
    CHECK(loop.taken(subscription, seconds{10}) ==
          "event: removed\ndata: {\"name\":\"a\\\\010\\\\\\\"{.example.\"}\n\n");
}

TEST_CASE("an entry of the history is told at once, and its zone after it", "[events]") {
    Loop loop;
    StatusEvents changes(loop.context, loop.hub,
                         [](const Name& zone) { return std::optional(status_of(zone)); });
    EventSubscription subscription(loop.hub, loop.context);
    changes.happened({.kind = EventKind::Load, .zone = "a.example.", .text = "loaded\nwell"});
    const auto first = loop.taken(subscription);
    CHECK(first.starts_with("event: history\ndata: {\"at\":"));
    CHECK(first.find("loaded\\nwell") != std::string::npos);
    CHECK(times(first, "\n") == 3);
    CHECK(times(loop.taken(subscription, seconds{10}), "event: zone\n") == 1);
}

TEST_CASE("a storm is told in rounds, each zone in its turn", "[events]") {
    Loop loop;
    StatusEvents changes(loop.context, loop.hub,
                         [](const Name& zone) { return std::optional(status_of(zone)); });
    EventSubscription subscription(loop.hub, loop.context);
    constexpr unsigned zones = 600;
    for (unsigned i = 0; i < zones; ++i)
        changes.zone_changed(name("z" + std::to_string(i) + ".example."));
    const auto first = loop.taken(subscription, seconds{10});
    CHECK(times(first, "event: zone\n") == 256);
    std::string all = first;
    while (times(all, "event: zone\n") < zones) {
        const auto more = loop.taken(subscription, seconds{10});
        REQUIRE_FALSE(more.empty());
        all += more;
    }
    CHECK(all.find("event: reset") == std::string::npos);
    for (unsigned i = 0; i < zones; ++i)
        CHECK(times(all, "{\"name\":\"z" + std::to_string(i) + ".example.\"") == 1);
}
