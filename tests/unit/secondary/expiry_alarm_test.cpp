#include "secondary/expiry_alarm.hpp"

#include "refresh_fixture.hpp"

using namespace lockstep;
using namespace lockstep::test;

TEST_CASE("half, three quarters and nine tenths of a lease are told once each", "[expiry]") {
    ExpiryAlarm alarm;
    const auto ends = start + hours{100};
    CHECK(alarm.next(start, ends) == start + hours{50});
    CHECK(alarm.due(start, ends, start + hours{49}) == std::nullopt);
    CHECK(alarm.due(start, ends, start + hours{50}) == 50);
    CHECK(alarm.due(start, ends, start + hours{51}) == std::nullopt);
    CHECK(alarm.next(start, ends) == start + hours{75});
    CHECK(alarm.due(start, ends, start + hours{76}) == 75);
    CHECK(alarm.due(start, ends, start + hours{90}) == 90);
    CHECK(alarm.next(start, ends) == std::nullopt);
    CHECK(alarm.due(start, ends, start + hours{99}) == std::nullopt);
}

TEST_CASE("what was slept through is told as one, the worst", "[expiry]") {
    ExpiryAlarm alarm;
    CHECK(alarm.due(start, start + hours{100}, start + hours{80}) == 75);
    CHECK(alarm.next(start, start + hours{100}) == start + hours{90});
}

TEST_CASE("another lease is told of anew", "[expiry]") {
    ExpiryAlarm alarm;
    const auto ends = start + hours{100};
    REQUIRE(alarm.due(start, ends, start + hours{95}) == 90);
    alarm.reset();
    CHECK(alarm.next(start + hours{95}, ends + hours{95}) == start + hours{145});
}
