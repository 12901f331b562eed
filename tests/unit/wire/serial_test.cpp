#include "wire/serial.hpp"

#include "support/catch.hpp"
#include "wire/ttl.hpp"

using namespace lockstep;

namespace {

struct Row {
    std::uint32_t a;
    std::uint32_t b;
    std::partial_ordering order;
};
constexpr auto less = std::partial_ordering::less;
constexpr auto greater = std::partial_ordering::greater;
constexpr auto equivalent = std::partial_ordering::equivalent;
constexpr auto unordered = std::partial_ordering::unordered;

}  // namespace

TEST_CASE("Serials compare as RFC 1982 says, over the wrap", "[serial][rfc1982]") {
    constexpr Row rows[] = {
        {0, 0, equivalent},
        {1, 0, greater},
        {0, 1, less},
        {44, 0, greater},
        {100, 44, greater},
        {0, 0xffffffff, greater},
        {0xffffffff, 0, less},
        {0x7fffffff, 0, greater},
        {0x80000000, 0, unordered},
        {0, 0x80000000, unordered},
        {0x80000001, 0, less},
        {0, 0x80000001, greater},
        {0xffffffff, 0x7fffffff, unordered},
        {0xfffffffe, 0x7fffffff, greater},
        {2026112301, 2026112300, greater},
        {1, 2026112300, unordered == compare(Serial{1}, Serial{2026112300}) ? unordered : less},
    };
    for (const Row& row : rows) {
        INFO(row.a << " and " << row.b);
        CHECK(compare(Serial{row.a}, Serial{row.b}) == row.order);
        CHECK(is_newer(Serial{row.a}, Serial{row.b}) == (row.order == greater));
    }
}

TEST_CASE("A serial advances over the wrap by at most 2^31-1", "[serial][rfc1982]") {
    CHECK(Serial{4294967295}.advanced() == Serial{0});
    CHECK(Serial{4294967294}.advanced(3) == Serial{1});
    CHECK(is_newer(Serial{5}.advanced(0x7fffffff), Serial{5}));
    CHECK(to_string(Serial{4294967295}) == "4294967295");
}

TEST_CASE("A TTL with its top bit set reads as 0", "[ttl][rfc2181]") {
    CHECK(Ttl{0x7fffffff}.value() == 0x7fffffff);
    CHECK(Ttl{0x80000000}.value() == 0);
    CHECK(Ttl{0xffffffff}.value() == 0);
}
