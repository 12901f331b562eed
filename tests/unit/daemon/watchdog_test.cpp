// Which threads stand still, by a clock that is told the time.
#include "daemon/watchdog.hpp"

#include "support/catch.hpp"

using namespace lockstep;
using Names = std::vector<std::string>;

TEST_CASE("a thread that does not beat for the patience is named once, and again when it moves",
          "[watchdog]") {
    ManualClock clock;
    Beat first;
    Beat second;
    Watchdog watchdog({{"first", &first}, {"second", &second}}, seconds{4}, clock.steady_now());

    clock.advance(seconds{2});
    first.raise();
    second.raise();
    CHECK(watchdog.look(clock.steady_now()).still == 0);

    clock.advance(milliseconds{3999});
    first.raise();
    CHECK(watchdog.look(clock.steady_now()).still == 0);
    clock.advance(milliseconds{1});
    auto found = watchdog.look(clock.steady_now());
    CHECK(found.stopped == Names{"second"});
    CHECK(found.still == 1);

    clock.advance(seconds{1});
    found = watchdog.look(clock.steady_now());
    CHECK(found.stopped == Names{});
    CHECK(found.still == 1);

    second.raise();
    found = watchdog.look(clock.steady_now());
    CHECK(found.resumed == Names{"second"});
    CHECK(found.still == 0);
    CHECK(watchdog.look(clock.steady_now()).resumed == Names{});
}

TEST_CASE("threads that have never beaten stand still too", "[watchdog]") {
    ManualClock clock;
    Beat beat;
    Watchdog watchdog({{"stillborn", &beat}}, seconds{4}, clock.steady_now());
    CHECK(watchdog.look(clock.steady_now()).still == 0);
    clock.advance(seconds{4});
    CHECK(watchdog.look(clock.steady_now()).stopped == Names{"stillborn"});
}
