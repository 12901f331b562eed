// The timers of a secondary, sentence by sentence of "Refresh on a secondary".
#include "refresh_fixture.hpp"

#include <vector>

using namespace lockstep;
using namespace lockstep::test;

namespace {

/// How long each of `count` failures in a row, one when the last wait is over, makes it wait.
std::vector<milliseconds> waits_after_failures(RefreshState& state, SteadyTime from, unsigned count) {
    std::vector<milliseconds> waits;
    for (unsigned i = 0; i < count; ++i) {
        state.failed(from);
        waits.push_back(std::chrono::duration_cast<milliseconds>(state.next_check() - from));
        from = state.next_check();
    }
    return waits;
}

milliseconds first_refresh(const Soa& content, double fraction, const TimersConfig& config = defaults) {
    FixedRandom random(fraction);
    const auto state = fresh(content, random, config);
    return std::chrono::duration_cast<milliseconds>(state.next_check() - start);
}

milliseconds first_retry(const Soa& content, const TimersConfig& config = defaults) {
    FixedRandom random(lowest);
    auto state = fresh(content, random, config);
    return waits_after_failures(state, start, 1).front();
}

}  // namespace

TEST_CASE("the next check comes after REFRESH, earlier by at most a tenth", "[refresh]") {
    CHECK(first_refresh(soa(hours{1}), lowest) == hours{1});
    CHECK(first_refresh(soa(hours{1}), 0.5) == minutes{57});
    CHECK(first_refresh(soa(hours{1}), highest) >= minutes{54});
    CHECK(first_refresh(soa(hours{1}), highest) < minutes{54} + seconds{1});

    SeededRandom random(1);
    for (int i = 0; i < 1000; ++i) {
        const auto wait = fresh(soa(hours{1}), random).next_check() - start;
        REQUIRE((wait > minutes{54} - milliseconds{1} && wait <= hours{1}));
    }
}

TEST_CASE("REFRESH is held between its clamps, and the clamps can be set", "[refresh]") {
    CHECK(first_refresh(soa(seconds{0}), lowest) == seconds{30});
    CHECK(first_refresh(soa(seconds{29}), lowest) == seconds{30});
    CHECK(first_refresh(soa(seconds{31}), lowest) == seconds{31});
    CHECK(first_refresh(soa(hours{25}), lowest) == hours{24});
    CHECK(first_refresh(soa(seconds{0xffff'ffff}, minutes{10}, seconds{0xffff'ffff}), lowest) == hours{24});

    TimersConfig tight;
    tight.refresh_min = seconds{2};
    tight.refresh_max = seconds{4};
    CHECK(first_refresh(soa(seconds{1}), lowest, tight) == seconds{2});
    CHECK(first_refresh(soa(hours{1}), lowest, tight) == seconds{4});
}

TEST_CASE("RETRY is held between its clamps, and the clamps can be set", "[refresh]") {
    CHECK(first_retry(soa(hours{1}, seconds{0})) == seconds{5});
    CHECK(first_retry(soa(hours{1}, seconds{4})) == seconds{5});
    CHECK(first_retry(soa(hours{1}, seconds{6})) == seconds{6});
    CHECK(first_retry(soa(hours{1}, hours{2})) == hours{1});

    TimersConfig tight;
    tight.retry_min = seconds{1};
    tight.retry_max = seconds{3};
    CHECK(first_retry(soa(hours{1}, seconds{0}), tight) == seconds{1});
    CHECK(first_retry(soa(hours{1}, hours{2}), tight) == seconds{3});
}

TEST_CASE("the bound on a retry doubles with each failure up to RETRY x 8", "[refresh]") {
    FixedRandom random(highest);
    auto state = fresh(soa(hours{1}, seconds{60}), random);
    const auto waits = waits_after_failures(state, start, 6);
    CHECK(waits[0] == seconds{60});
    for (std::size_t i = 1; i < waits.size(); ++i) {
        const seconds bound{std::min(60 << i, 480)};
        INFO("failure " << i + 1);
        CHECK(waits[i] <= bound);
        CHECK(waits[i] > bound - milliseconds{2});
    }
}

TEST_CASE("the bound on a retry is an hour where RETRY x 8 is more", "[refresh]") {
    FixedRandom random(highest);
    auto state = fresh(soa(hours{1}, minutes{20}), random);
    const auto waits = waits_after_failures(state, start, 5);
    CHECK(waits[0] == minutes{20});
    CHECK(waits[1] > minutes{39});
    CHECK(waits[2] > minutes{59});
    CHECK(waits[2] <= hours{1});
    CHECK(waits[4] > minutes{59});
    CHECK(waits[4] <= hours{1});
}

TEST_CASE("retries spread over all between RETRY and their bound, never sooner", "[refresh][rfc1035]") {
    SeededRandom random(7);
    unsigned early = 0;
    unsigned late = 0;
    for (int i = 0; i < 1000; ++i) {
        auto state = fresh(soa(hours{1}, seconds{60}), random);
        const auto wait = waits_after_failures(state, start, 4).back();
        REQUIRE(wait >= seconds{60});
        REQUIRE(wait <= seconds{480});
        if (wait < seconds{165}) ++early;  // the lowest quarter
        if (wait > seconds{375}) ++late;   // the highest
    }
    CHECK((early > 200 && early < 300));
    CHECK((late > 200 && late < 300));
}

TEST_CASE("a thousand failures do not overflow the back-off", "[refresh]") {
    FixedRandom random(highest);
    auto state = fresh(soa(hours{1}, seconds{60}, seconds{0xffff'ffff}), random);
    CHECK(waits_after_failures(state, start, 1000).back() <= minutes{8});
    RefreshState empty(defaults, random);
    CHECK(waits_after_failures(empty, start, 1000).back() == minutes{5});
}

TEST_CASE("a retry never waits for more than a quarter of what is left of the lease", "[refresh]") {
    FixedRandom random(highest);
    auto state = fresh(soa(hours{1}, minutes{30}, hours{4}), random);
    state.failed(start + hours{3});
    CHECK(state.next_check() == start + hours{3} + minutes{15});
    state.failed(start + hours{3} + minutes{40});
    CHECK(state.next_check() == start + hours{3} + minutes{45});
}

TEST_CASE("however near the deadline is, a second passes between two tries", "[refresh]") {
    FixedRandom random(lowest);
    auto state = fresh(soa(hours{1}, minutes{30}, hours{4}), random);
    const auto last_moment = start + hours{4} - milliseconds{10};
    state.failed(last_moment);
    CHECK(state.next_check() == last_moment + seconds{1});
    const auto past = start + hours{5};
    state.failed(past);
    CHECK(state.next_check() == past + seconds{1});
}

TEST_CASE("an expired zone is tried on after RETRY, whatever is left of no lease", "[refresh]") {
    FixedRandom random(lowest);
    auto state = fresh(soa(hours{1}, minutes{30}, hours{4}), random);
    const auto deadline = start + hours{4};
    state.expire();
    state.failed(deadline);
    CHECK(state.next_check() == deadline + minutes{30});
    CHECK(state.has_content());
}

TEST_CASE("a lease shorter than REFRESH does not end unasked", "[refresh]") {
    FixedRandom random(lowest);
    SECTION("because the SOA says so") {
        const auto state = fresh(soa(hours{24}, minutes{10}, hours{1}), random);
        CHECK(state.next_check() == start + minutes{30});
    }
    SECTION("because the primary's own lease is nearly over") {
        RefreshState state(defaults, random);
        state.transferred(soa(), start, seconds{20});
        CHECK(state.next_check() == start + seconds{10});
    }
}

TEST_CASE("a zone without content asks at once, then after 1 s doubling to 5 min", "[refresh]") {
    FixedRandom random(0.5);
    RefreshState state(defaults, random);
    CHECK_FALSE(state.has_content());
    CHECK_FALSE(state.expires_at());
    CHECK(state.remaining(start) == seconds{0});
    CHECK(state.next_check() <= start);
    const auto waits = waits_after_failures(state, start, 11);
    const std::vector<milliseconds> wanted{seconds{1},   seconds{2},   seconds{4},  seconds{8},
                                           seconds{16},  seconds{32},  seconds{64}, seconds{128},
                                           seconds{256}, seconds{300}, seconds{300}};
    CHECK(waits == wanted);
}

TEST_CASE("the bound of a zone without content can be set", "[refresh]") {
    FixedRandom random(0.5);
    TimersConfig tight;
    tight.empty_retry_max = seconds{3};
    RefreshState state(tight, random);
    const std::vector<milliseconds> wanted{seconds{1}, seconds{2}, seconds{3}, seconds{3}};
    CHECK(waits_after_failures(state, start, 4) == wanted);
}

TEST_CASE("a newer serial announced, or an operator, resets the back-off and asks at once", "[refresh]") {
    FixedRandom random(highest);
    SECTION("with content") {
        auto state = fresh(soa(hours{1}, seconds{60}), random);
        (void)waits_after_failures(state, start, 5);
        const auto now = start + hours{1};
        state.hurry(now);
        CHECK(state.next_check() == now);
        CHECK(state.failures() == 0);
        state.failed(now);
        CHECK(state.next_check() == now + seconds{60});
    }
    SECTION("without") {
        RefreshState state(defaults, random);
        (void)waits_after_failures(state, start, 9);
        state.hurry(start);
        state.failed(start);
        CHECK(state.next_check() == start + seconds{1});
    }
}

TEST_CASE("asking at once neither renews nor ends the lease", "[refresh]") {
    FixedRandom random(lowest);
    auto state = fresh(soa(), random);
    state.hurry(start + hours{1});
    CHECK(state.expires_at() == start + hours{7 * 24});
    CHECK(state.refreshed_at() == start);
    state.expire();
    state.hurry(start + hours{2});
    CHECK(state.expired());
}

TEST_CASE("any success resets the back-off", "[refresh]") {
    FixedRandom random(highest);
    auto state = fresh(soa(hours{1}, seconds{60}), random);
    (void)waits_after_failures(state, start, 5);
    state.confirmed(start + minutes{30}, std::nullopt);
    state.failed(start + minutes{40});
    CHECK(state.next_check() == start + minutes{41});
}

TEST_CASE("the lease begins anew at each contact whose serial is ours", "[refresh]") {
    FixedRandom random(lowest);
    auto state = fresh(soa(), random);
    CHECK(state.expires_at() == start + hours{7 * 24});
    state.confirmed(start + hours{5}, std::nullopt);
    CHECK(state.expires_at() == start + hours{7 * 24 + 5});
    CHECK(state.refreshed_at() == start + hours{5});
    CHECK(state.next_check() == start + hours{6});
    CHECK(state.remaining(start + hours{6}) == hours{7 * 24 - 1});
}

TEST_CASE("a failure does not touch the lease", "[refresh]") {
    FixedRandom random(lowest);
    auto state = fresh(soa(), random);
    (void)waits_after_failures(state, start + hours{1}, 3);
    CHECK(state.expires_at() == start + hours{7 * 24});
    CHECK(state.refreshed_at() == start);
    CHECK_FALSE(state.expired());
}

TEST_CASE("EDNS EXPIRE on an equal serial lengthens the lease, never shortens it", "[refresh][rfc7314]") {
    FixedRandom random(lowest);
    const auto now = start + hours{24};  // six days are left
    auto state = fresh(soa(), random);
    SECTION("less than what is left: what is left stays") {
        state.confirmed(now, hours{1});
        CHECK(state.expires_at() == start + hours{7 * 24});
        CHECK(state.refreshed_at() == now);
    }
    SECTION("more than what is left: the option") {
        state.confirmed(now, hours{6 * 24 + 3});
        CHECK(state.expires_at() == now + hours{6 * 24 + 3});
    }
    SECTION("more than SOA EXPIRE: SOA EXPIRE") {
        state.confirmed(now, hours{30 * 24});
        CHECK(state.expires_at() == now + hours{7 * 24});
    }
    SECTION("a thousand small options within a second cost nothing") {
        for (int i = 0; i < 1000; ++i)
            state.confirmed(now + milliseconds{i}, seconds{1});
        CHECK(state.expires_at() == start + hours{7 * 24});
    }
    SECTION("on an expired zone it alone counts") {
        state.expire();
        state.confirmed(now, hours{1});
        CHECK(state.expires_at() == now + hours{1});
    }
}

TEST_CASE("EDNS EXPIRE after a transfer is taken as it is, up to SOA EXPIRE", "[refresh][rfc7314]") {
    FixedRandom random(lowest);
    auto state = fresh(soa(), random);
    const auto now = start + hours{1};
    SECTION("shorter than what was left") {
        state.transferred(soa(), now, hours{2});
        CHECK(state.expires_at() == now + hours{2});
    }
    SECTION("longer than SOA EXPIRE") {
        state.transferred(soa(), now, hours{30 * 24});
        CHECK(state.expires_at() == now + hours{7 * 24});
    }
    SECTION("absent") {
        state.transferred(soa(hours{1}, minutes{10}, hours{2}), now, std::nullopt);
        CHECK(state.expires_at() == now + hours{2});
    }
    SECTION("zero: the primary itself has nothing left") {
        state.transferred(soa(), now, seconds{0});
        CHECK(state.expires_at() == now);
        CHECK(state.remaining(now) == seconds{0});
    }
}

TEST_CASE("new content un-expires a zone", "[refresh]") {
    FixedRandom random(lowest);
    auto state = fresh(soa(), random);
    state.expire();
    CHECK(state.expired());
    CHECK_FALSE(state.expires_at());
    CHECK(state.remaining(start) == seconds{0});
    state.transferred(soa(), start + hours{1}, std::nullopt);
    CHECK_FALSE(state.expired());
    CHECK(state.remaining(start + hours{1}) == hours{7 * 24});
}

TEST_CASE("what is left of a lease never goes below nothing", "[refresh]") {
    FixedRandom random(lowest);
    const auto state = fresh(soa(), random);
    CHECK(state.remaining(start + hours{7 * 24} - milliseconds{1}) == seconds{0});
    CHECK(state.remaining(start + hours{7 * 24}) == seconds{0});
    CHECK(state.remaining(start + hours{30 * 24}) == seconds{0});
}

TEST_CASE("a restart keeps the deadline and verifies at once, as NOTIFYs were missed", "[refresh]") {
    FixedRandom random(lowest);
    auto before = fresh(soa(), random);
    before.confirmed(start + minutes{10}, std::nullopt);
    const auto stored = before.stored(start + minutes{10}, wall_start + minutes{10});
    CHECK(stored.refreshed_at == wall_start + minutes{10});
    CHECK(stored.expires_at == wall_start + minutes{10} + hours{7 * 24});
    CHECK_FALSE(stored.expired);

    // Half an hour later, on a machine whose steady clock began anew.
    RefreshState after(defaults, random);
    const SteadyTime booted{seconds{3}};
    after.restored(soa(), stored, booted, wall_start + minutes{40});
    CHECK(after.expires_at() == booted - minutes{30} + hours{7 * 24});
    CHECK(after.refreshed_at() == booted - minutes{30});
    CHECK(after.next_check() == booted);
    CHECK_FALSE(after.expired());
    CHECK(after.stored(booted, wall_start + minutes{40}) == stored);
}

TEST_CASE("a restart after REFRESH has passed verifies at once", "[refresh]") {
    FixedRandom random(lowest);
    RefreshState state(defaults, random);
    state.restored(soa(), {wall_start - hours{2}, wall_start + hours{10}, false}, start, wall_start);
    CHECK(state.next_check() == start);
    CHECK_FALSE(state.expired());
    CHECK(state.expires_at() == start + hours{10});
}

TEST_CASE("a restart never un-expires a zone", "[refresh]") {
    FixedRandom random(lowest);
    RefreshState state(defaults, random);
    SECTION("expired before") {
        state.restored(soa(), {wall_start - hours{1}, wall_start + hours{1}, true}, start, wall_start);
    }
    SECTION("its time ran out while we were down") {
        state.restored(soa(), {wall_start - hours{10}, wall_start - seconds{1}, false}, start, wall_start);
    }
    SECTION("its time runs out at this moment") {
        state.restored(soa(), {wall_start - hours{10}, wall_start, false}, start, wall_start);
    }
    SECTION("expired before, and the clock went back since") {
        state.restored(soa(), {wall_start + hours{1}, wall_start + hours{2}, true}, start, wall_start);
    }
    SECTION("expired before, and never refreshed") {
        state.restored(soa(), {WallTime{}, WallTime{}, true}, start, wall_start);
    }
    SECTION("twice") {
        state.restored(soa(), {wall_start - hours{10}, wall_start - seconds{1}, false}, start, wall_start);
        const auto stored = state.stored(start, wall_start);
        CHECK(stored.expired);
        state = RefreshState(defaults, random);
        state.restored(soa(), stored, start, wall_start);
    }
    CHECK(state.expired());
    CHECK_FALSE(state.expires_at());
    CHECK(state.next_check() == start);
}

TEST_CASE("a stored time in the future means: verify at once, on a lease no longer than it was",
          "[refresh]") {
    FixedRandom random(lowest);
    RefreshState state(defaults, random);
    SECTION("the clock went back by a year") {
        const auto then = wall_start + hours{365 * 24};
        state.restored(soa(), {then, then + hours{2}, false}, start, wall_start);
        CHECK(state.expires_at() == start + hours{2});
    }
    SECTION("the clock begins in 1970") {
        state.restored(soa(), {wall_start, wall_start + hours{7 * 24}, false}, start, WallTime{seconds{5}});
        CHECK(state.expires_at() == start + hours{7 * 24});
    }
    SECTION("the deadline is further away than SOA EXPIRE") {
        state.restored(soa(), {wall_start - hours{1}, wall_start + hours{8 * 24}, false}, start, wall_start);
        CHECK(state.expires_at() == start + hours{7 * 24});
    }
    CHECK(state.next_check() == start);
    CHECK_FALSE(state.expired());
    CHECK_FALSE(state.refreshed_at());
}

TEST_CASE("content without stored times is verified at once and has its whole lease", "[refresh]") {
    FixedRandom random(lowest);
    RefreshState state(defaults, random);
    state.restored(soa(), StoredTimers{}, start, wall_start);
    CHECK(state.next_check() == start);
    CHECK(state.expires_at() == start + hours{7 * 24});
    CHECK_FALSE(state.refreshed_at());
}

TEST_CASE("a clock centuries ahead expires what is stored, and nothing overflows", "[refresh]") {
    FixedRandom random(lowest);
    RefreshState state(defaults, random);
    state.restored(soa(), {wall_start, wall_start + hours{7 * 24}, false}, start,
                   wall_start + hours{500 * 365 * 24});
    CHECK(state.expired());
    CHECK(state.next_check() == start);
}

TEST_CASE("other clamps hold from the next decision on", "[refresh]") {
    FixedRandom random(lowest);
    auto state = fresh(soa(), random);
    TimersConfig tight;
    tight.refresh_max = seconds{40};
    tight.retry_max = seconds{7};
    state.reconfigure(tight);
    state.failed(start);
    CHECK(state.next_check() == start + seconds{7});
    state.confirmed(start + hours{1}, std::nullopt);
    CHECK(state.next_check() == start + hours{1} + seconds{40});
}
