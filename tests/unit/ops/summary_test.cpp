// A daemon's state in a few words.
#include "ops/summary.hpp"

#include "support/catch.hpp"

using namespace lockstep;

TEST_CASE("the summary counts zones, and names only troubles that there are", "[summary]") {
    CHECK(to_string(Summary{}) == "0 zones");
    CHECK(to_string(Summary{.zones = 1}) == "1 zone");
    CHECK(to_string(Summary{.zones = 12, .behind = 1}) == "12 zones, 1 behind");
    CHECK(to_string(Summary{.zones = 12, .behind = 1, .not_served = 2}) ==
          "12 zones, 1 behind, 2 not served");
}
