#include "primary/settling.hpp"

#include "support/catch.hpp"

using namespace lockstep;

namespace {

const Name zone_one = Name::parse_absolute("one.example.").value();
const Name zone_two = Name::parse_absolute("two.example.").value();
constexpr SteadyTime start{std::chrono::hours{100}};

}  // namespace

TEST_CASE("a file has settled when nothing more happened for a while", "[watch]") {
    Settling settling;
    CHECK(settling.next() == SteadyTime::max());
    settling.happened(zone_one, "file", start, Settling::closed);
    settling.happened(zone_one, "file", start + milliseconds{150}, Settling::closed);
    CHECK(settling.next() == start + milliseconds{350});
    CHECK(settling.take(start + milliseconds{349}).empty());
    CHECK(settling.take(start + milliseconds{350}) == std::vector{zone_one});
    CHECK(settling.take(start + milliseconds{400}).empty());
}

TEST_CASE("a file that is being written is waited for longer, until it is closed", "[watch]") {
    Settling settling;
    settling.happened(zone_one, "file", start, Settling::written);
    CHECK(settling.take(start + milliseconds{29'999}).empty());
    settling.happened(zone_one, "file", start + milliseconds{29'999}, Settling::closed);
    CHECK(settling.next() == start + milliseconds{30'199});
}

TEST_CASE("zones settle each on its own, and one that is forgotten never", "[watch]") {
    Settling settling;
    settling.happened(zone_one, "file", start, Settling::closed);
    settling.happened(zone_two, "file", start + milliseconds{100}, Settling::closed);
    CHECK(settling.take(start + milliseconds{200}) == std::vector{zone_one});
    settling.forget(zone_two);
    CHECK(settling.next() == SteadyTime::max());
}

TEST_CASE("a zone waits for each of its files, and for what is half written whatever else happens",
          "[watch]") {
    Settling settling;
    settling.happened(zone_one, "main", start, Settling::written);
    settling.happened(zone_one, "included", start, Settling::closed);
    settling.touched(zone_one, "main", start);
    settling.touched(zone_one, "", start);
    CHECK(settling.next() == start + Settling::written);
    settling.happened(zone_one, "main", start + milliseconds{100}, Settling::closed);
    CHECK(settling.take(start + milliseconds{300}) == std::vector{zone_one});
    settling.touched(zone_two, "main", start);
    CHECK(settling.next() == start + Settling::closed);
}
