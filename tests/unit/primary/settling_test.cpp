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
    settling.happened(one, start, Settling::closed);
    settling.happened(one, start + milliseconds{150}, Settling::closed);
    CHECK(settling.next() == start + milliseconds{350});
    CHECK(settling.take(start + milliseconds{349}).empty());
    CHECK(settling.take(start + milliseconds{350}) == std::vector{one});
    CHECK(settling.take(start + milliseconds{400}).empty());
}

TEST_CASE("a file that is being written is waited for longer, until it is closed", "[watch]") {
    Settling settling;
    settling.happened(one, start, Settling::written);
    CHECK(settling.take(start + milliseconds{29'999}).empty());
    settling.happened(one, start + milliseconds{29'999}, Settling::closed);
    CHECK(settling.next() == start + milliseconds{30'199});
}

TEST_CASE("zones settle each on its own, and one that is forgotten never", "[watch]") {
    Settling settling;
    settling.happened(one, start, Settling::closed);
    settling.happened(two, start + milliseconds{100}, Settling::closed);
    CHECK(settling.take(start + milliseconds{200}) == std::vector{one});
    settling.forget(two);
    CHECK(settling.next() == SteadyTime::max());
}
