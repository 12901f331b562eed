// Timers of many zones, written together.

#include "secondary/timer_writer.hpp"

#include "support/catch.hpp"
#include "support/folder.hpp"
#include "support/zone_text.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>

using namespace lockstep;
using namespace lockstep::test;

namespace {

constexpr unsigned zones = 50;

Name zone_name(unsigned number) {
    return name("z" + std::to_string(number) + ".test.");
}
StoredTimers timers_of(unsigned number) {
    return {WallTime{seconds{1'790'000'000 + number}}, WallTime{seconds{1'790'000'600 + number}}, false};
}

}  // namespace

TEST_CASE("each writer returns when its timers are stored, those of all others too", "[timers]") {
    Folder folder;
    Log log = Log::silent();
    const ManualClock clock;
    auto opened = ZoneStore::open(folder.path(), clock, log);
    REQUIRE(opened);
    auto& store = **opened;
    for (unsigned i = 0; i < zones; ++i)
        REQUIRE(store.add_zone(zone_name(i)));
    asio::io_context context;
    asio::thread_pool pool(2);
    TimerWriter writer(context, pool, store);
    unsigned stored = 0;
    const auto write = [&](unsigned number) -> awaitable<void> {
        auto result = co_await writer.write({zone_name(number), timers_of(number)});
        if (result && store.timers(zone_name(number)) == timers_of(number)) ++stored;
    };
    for (unsigned i = 0; i < zones; ++i)
        asio::co_spawn(context, write(i), asio::detached);
    context.run();
    CHECK(stored == zones);
    // And once more, when nothing is under way.
    context.restart();
    asio::co_spawn(context, write(7), asio::detached);
    context.run();
    CHECK(stored == zones + 1);
}
