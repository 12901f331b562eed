// Memory that is large and soon gone.

#include "base/large_pages.hpp"

#include "support/catch.hpp"
#include "support/mapped.hpp"

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <cstring>
#include <thread>
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

TEST_CASE("while it is wanted, what is given back is kept for who asks next", "[base]") {
    constexpr std::size_t page = large_page_octets;
    const std::size_t before = mapped_octets();
    // The heap may come to another page of its own, or let one go.
    const auto pages_more = [&] {
        return (static_cast<std::int64_t>(mapped_octets() - before) + std::int64_t{page} / 2) /
               std::int64_t{page};
    };
    void* three = nullptr;
    {
        const LargePageReuse reuse;
        three = allocate_large(3 * page);
        release_large(three, 3 * page);
        CHECK(is_mapped(three));
        SECTION("whole or in pieces") {
            std::vector<void*> pieces;
            for (int i = 0; i < 3; ++i)
                pieces.push_back(allocate_large(page));
            CHECK(pages_more() == 3);
            std::ranges::sort(pieces);
            auto* const begin = static_cast<std::byte*>(three);
            CHECK(pieces == std::vector<void*>{begin, begin + page, begin + 2 * page});
            // Whatever the order they come in, they are one range again.
            release_large(pieces[0], page);
            release_large(pieces[2], page);
            void* const two = allocate_large(2 * page);
            CHECK(pages_more() == 5);
            release_large(pieces[1], page);
            CHECK(allocate_large(3 * page) == three);
            CHECK(pages_more() == 5);
            release_large(three, 3 * page);
            release_large(two, 2 * page);
        }
        SECTION("from the smallest range that has room") {
            void* const wall = allocate_large(3 * page);
            void* const one = allocate_large(page);
            CHECK(wall == three);
            release_large(one, page);
            CHECK(allocate_large(page) == one);
            release_large(one, page);
            release_large(wall, 3 * page);
        }
        SECTION("as long as anybody wants it") {
            {
                const LargePageReuse another;
            }
            CHECK(is_mapped(three));
        }
    }
    CHECK_FALSE(is_mapped(three));
    CHECK(pages_more() == 0);
}

TEST_CASE("threads that come and go share what is kept", "[base]") {
    std::vector<std::thread> threads;
    std::atomic<int> wrong{0};
    for (int number = 0; number < 4; ++number) {
        threads.emplace_back([number, &wrong] {
            for (std::size_t round = 0; round < 200; ++round) {
                const LargePageReuse reuse;
                const std::size_t octets = (1 + round % 3) * large_page_octets;
                const auto one = make_large_buffer<char>(octets);
                const auto other = make_large_buffer<char>(large_page_octets);
                one[0] = one[octets - 1] = other[0] = static_cast<char>(number);
                if (one[0] != number || one[octets - 1] != number || other[0] != number) ++wrong;
            }
        });
    }
    for (auto& thread : threads)
        thread.join();
    CHECK(wrong == 0);
}
