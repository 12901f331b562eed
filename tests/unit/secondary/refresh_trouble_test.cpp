// The timers of a secondary in trouble: its own disk, a machine that slept, a start with many zones, words
// that are repeated.

#include "refresh_fixture.hpp"

using namespace lockstep;
using namespace lockstep::test;

TEST_CASE("an announcement that is repeated amid failures is followed at once, once a RETRY", "[refresh]") {
    FixedRandom random(highest);
    auto state = fresh(soa(), random);
    SteadyTime now = start;
    for (int i = 0; i < 4; ++i) {
        state.failed(now);
        now = state.next_check();
    }
    state.failed(now);
    REQUIRE(state.next_check() > now + minutes{30});
    state.told_again(now + milliseconds{100});  // a second after the failure at the earliest
    CHECK(state.next_check() == now + seconds{1});
    now += seconds{1};
    state.failed(now);
    for (int i = 1; i <= 100; ++i)  // a flood of the same
        state.told_again(now + seconds{i});
    CHECK(state.next_check() == now + minutes{10});
    now += minutes{10};
    state.failed(now);
    state.told_again(now + minutes{5});  // and a RETRY later it counts again
    CHECK(state.next_check() == now + minutes{5});
}

TEST_CASE("a failure of our own is tried again every RETRY, whatever failed before", "[refresh]") {
    SeededRandom random(1);
    RefreshState state(defaults, random);
    state.transferred(soa(), start, std::nullopt);
    for (int i = 0; i < 5; ++i)
        state.failed(start);
    CHECK(state.next_check() >= start + minutes{10});
    for (int i = 0; i < 5; ++i) {
        state.failed(start, RefreshState::Fault::Ours);
        CHECK(state.next_check() == start + minutes{10});
    }
}

TEST_CASE("time that the machine slept is time that has passed", "[refresh]") {
    SeededRandom random(1);
    RefreshState state(defaults, random);
    state.transferred(soa(), start, std::nullopt);
    const auto check = state.next_check();
    state.slept(hours{24});
    CHECK(state.next_check() == check - hours{24});
    CHECK(state.expires_at() == start + hours{6 * 24});
    CHECK(state.refreshed_at() == start - hours{24});
    CHECK(state.stored(start, wall_start).expires_at == wall_start + hours{6 * 24});
    // Without content there is nothing to move but the next try.
    RefreshState empty(defaults, random);
    empty.failed(start);
    empty.slept(hours{1});
    CHECK_FALSE(empty.expires_at().has_value());
    CHECK(empty.next_check() <= start);
}

TEST_CASE("after a start good content may be verified a little later, nothing else", "[refresh]") {
    SeededRandom random(1);
    RefreshState state(defaults, random);
    StoredTimers stored{wall_start - hours{1}, wall_start + hours{1}, false};
    state.restored(soa(), stored, start, wall_start);
    state.verify_at(start + seconds{20});
    CHECK(state.next_check() == start + seconds{20});
    state.verify_at(start + hours{2});  // beyond the lease
    CHECK(state.next_check() == start + seconds{20});
    stored.expired = true;
    RefreshState expired(defaults, random);
    expired.restored(soa(), stored, start, wall_start);
    expired.verify_at(start + seconds{20});
    CHECK(expired.next_check() == start);
    RefreshState empty(defaults, random);
    empty.hurry(start);
    empty.verify_at(start + seconds{20});
    CHECK(empty.next_check() == start);
}
