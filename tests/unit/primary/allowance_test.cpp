#include "primary/allowance.hpp"

#include "support/catch.hpp"

using namespace lockstep;

namespace {

IpAddress address(std::string_view text) {
    return IpAddress::parse(text).value();
}
/// A source of IPv4 that differs for every `number`.
IpAddress source(unsigned number) {
    return IpAddress::v4({10, static_cast<std::uint8_t>(number >> 16), static_cast<std::uint8_t>(number >> 8),
                          static_cast<std::uint8_t>(number)});
}
constexpr unsigned most_sources = 10'000;
const IpAddress one = address("192.0.2.1");

/// How often `from` may do it now.
unsigned times(Allowance& allowance, const IpAddress& from) {
    unsigned count = 0;
    while (count < 1000 && allowance.take(from))
        ++count;
    return count;
}

}  // namespace

TEST_CASE("a source may do it so often at once, and one more each while", "[allowance]") {
    ManualClock clock;
    Allowance allowance(clock, 3, seconds{10});
    CHECK(times(allowance, one) == 3);
    clock.advance(milliseconds{9'999});
    CHECK_FALSE(allowance.take(one));
    clock.advance(milliseconds{1});
    CHECK(times(allowance, one) == 1);
    clock.advance(seconds{20});
    CHECK(times(allowance, one) == 2);
}

TEST_CASE("what is not used does not add up beyond what may be done at once", "[allowance]") {
    ManualClock clock;
    Allowance allowance(clock, 3, seconds{10});
    CHECK(times(allowance, one) == 3);
    clock.advance(std::chrono::hours{100});
    CHECK(times(allowance, one) == 3);
}

TEST_CASE("a refusal costs nothing", "[allowance]") {
    ManualClock clock;
    Allowance allowance(clock, 1, seconds{10});
    CHECK(allowance.take(one));
    for (int i = 0; i < 9; ++i) {
        clock.advance(seconds{1});
        CHECK_FALSE(allowance.take(one));
    }
    clock.advance(seconds{1});
    CHECK(allowance.take(one));
}

TEST_CASE("the wall clock has no say in it", "[allowance]") {
    ManualClock clock;
    Allowance allowance(clock, 1, seconds{10});
    CHECK(allowance.take(one));
    clock.step_wall(std::chrono::hours{1});
    CHECK_FALSE(allowance.take(one));
    clock.step_wall(-std::chrono::hours{2});
    clock.advance(seconds{10});
    CHECK(allowance.take(one));
}

TEST_CASE("sources of IPv4 are addresses, those of IPv6 networks of 64 bits", "[allowance]") {
    ManualClock clock;
    Allowance allowance(clock, 1, seconds{10});
    CHECK(allowance.take(one));
    CHECK(allowance.take(address("192.0.2.2")));
    CHECK_FALSE(allowance.take(address("::ffff:192.0.2.2")));
    CHECK(allowance.take(address("2001:db8:0:1::1")));
    CHECK_FALSE(allowance.take(address("2001:db8:0:1:ffff:ffff:ffff:ffff")));
    CHECK(allowance.take(address("2001:db8:0:2::1")));
}

TEST_CASE("while ten thousand sources are busy the next one is refused, until one of them is not",
          "[allowance]") {
    ManualClock clock;
    Allowance allowance(clock, 2, seconds{10});
    for (unsigned i = 0; i < most_sources; ++i) {
        if (i == 1) clock.advance(seconds{1});
        REQUIRE(allowance.take(source(i)));
    }
    CHECK_FALSE(allowance.take(one));
    CHECK(allowance.take(source(5)));  // known, and may once more
    clock.advance(milliseconds{8'999});
    CHECK_FALSE(allowance.take(one));
    clock.advance(milliseconds{1});  // source(0) has all it had
    CHECK(allowance.take(one));
    CHECK_FALSE(allowance.take(address("192.0.2.2")));
    CHECK_FALSE(allowance.take(source(0)));
    clock.advance(seconds{10});
    CHECK(allowance.take(source(0)));
}
