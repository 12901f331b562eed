#include "base/few.hpp"

#include "support/catch.hpp"

using namespace lockstep;

TEST_CASE("a few values stand in the order in which they came, and are found", "[base]") {
    Few<int, 3> few;
    CHECK(few.empty());
    CHECK_FALSE(few.contains(0));
    few.push_back(7);
    few.push_back(5);
    CHECK(few.size() == 2);
    CHECK(few[0] == 7);
    CHECK(few[1] == 5);
    CHECK(few.contains(5));
    CHECK_FALSE(few.contains(6));
    CHECK_FALSE(few.full());
    few.push_back(6);
    CHECK(few.full());
    const Few<int, 3> copy = few;
    few.clear();
    CHECK(few.empty());
    CHECK(copy.size() == 3);
    CHECK(copy.contains(6));
}
