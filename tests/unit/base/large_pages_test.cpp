// Memory that is large and soon gone.

#include "base/large_pages.hpp"

#include "support/catch.hpp"
#include "support/mapped.hpp"

#include <cstdint>
#include <cstring>
#include <utility>
#include <vector>

using namespace lockstep;
using namespace lockstep::test;

TEST_CASE("large memory is whole pages of its own, all of them ours until it is given back", "[base]") {
    for (const std::size_t octets :
         {large_page_octets, large_page_octets + 1, 3 * large_page_octets - 1, 5 * large_page_octets}) {
        auto buffer = make_large_buffer<std::byte>(octets);
        auto* const at = buffer.get();
        CHECK(reinterpret_cast<std::uintptr_t>(at) % large_page_octets == 0);
        std::memset(at, 0x5a, octets);
        CHECK(at[octets - 1] == std::byte{0x5a});
        CHECK(is_mapped(at + octets - 1));
        const std::size_t with_it = mapped_octets();
        buffer.reset();
        CHECK_FALSE(is_mapped(at));
        const std::size_t whole = (octets + large_page_octets - 1) / large_page_octets * large_page_octets;
        CHECK(with_it - mapped_octets() == whole);
        buffer = make_large_buffer<std::byte>(octets);
        CHECK(mapped_octets() == with_it);  // what was mapped to find a start is gone
    }
}

TEST_CASE("small memory is of the heap, and none is no trouble", "[base]") {
    for (const std::size_t octets : {std::size_t{0}, std::size_t{1}, large_page_octets - 1}) {
        const auto buffer = make_large_buffer<char>(octets);
        REQUIRE(buffer);
        std::memset(buffer.get(), 'x', octets);
    }
}

TEST_CASE("an array grows from small to large and keeps what it holds", "[base]") {
    std::vector<std::uint64_t, LargeAllocator<std::uint64_t>> numbers;
    constexpr std::uint64_t count = 3 * large_page_octets / sizeof(std::uint64_t);
    for (std::uint64_t i = 0; i < count; ++i)
        numbers.push_back(i);
    std::uint64_t wrong = 0;
    for (std::uint64_t i = 0; i < count; ++i)
        wrong += numbers[i] == i ? 0U : 1U;
    CHECK(wrong == 0);
    const auto moved = std::move(numbers);
    CHECK(moved.back() == count - 1);
}
