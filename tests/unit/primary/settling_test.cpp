#include "primary/settling.hpp"

#include "support/catch.hpp"

using namespace lockstep;

namespace {

const Name one = Name::parse_absolute("one.example.").value();
const Name two = Name::parse_absolute("two.example.").value();
constexpr SteadyTime start{std::chrono::hours{100}};

}  // namespace

TEST_CASE("a file has settled when nothing more happened for a while", "[watch]") {
    Settling settling;
    CHECK(settling.next() == SteadyTime::max());
    settling.happened(one, "file", start, Settling::closed);
    settling.happened(one, "file", start + milliseconds{150}, Settling::closed);
    CHECK(settling.next() == start + milliseconds{350});
    CHECK(settling.take(start + milliseconds{349}).empty());
    CHECK(settling.take(start + milliseconds{350}) == std::vector{one});
    CHECK(settling.take(start + milliseconds{400}).empty());
}

TEST_CASE("a file that is being written is waited for longer, until it is closed", "[watch]") {
    Settling settling;
    settling.happened(one, "file", start, Settling::written);
    CHECK(settling.take(start + milliseconds{29'999}).empty());
    settling.happened(one, "file", start + milliseconds{29'999}, Settling::closed);
    CHECK(settling.next() == start + milliseconds{30'199});
}

TEST_CASE("zones settle each on its own, and one that is forgotten never", "[watch]") {
    Settling settling;
    settling.happened(one, "file", start, Settling::closed);
    settling.happened(two, "file", start + milliseconds{100}, Settling::closed);
    CHECK(settling.take(start + milliseconds{200}) == std::vector{one});
    settling.forget(two);
    CHECK(settling.next() == SteadyTime::max());
}

TEST_CASE("a zone waits for each of its files, and for what is half written whatever else happens",
          "[watch]") {
    Settling settling;
    settling.happened(one, "main", start, Settling::written);
    settling.happened(one, "included", start, Settling::closed);
    settling.touched(one, "main", start);
    settling.touched(one, "", start);
    CHECK(settling.next() == start + Settling::written);
    settling.happened(one, "main", start + milliseconds{100}, Settling::closed);
    CHECK(settling.take(start + milliseconds{300}) == std::vector{one});
    settling.touched(two, "main", start);
    CHECK(settling.next() == start + Settling::closed);
}
