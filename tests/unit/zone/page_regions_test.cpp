// Where the pages of large trees stand.

#include "zone/page_regions.hpp"

#include "support/catch.hpp"
#include "support/mapped.hpp"
#include "tree_model.hpp"

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <string>
#include <thread>
#include <vector>

using namespace lockstep;
using namespace lockstep::test;

namespace {

/// So many keys with values that make a tree of several regions.
Model numbered(int count) {
    Model model;
    for (int number = 0; number < count; ++number)
        model.emplace(std::to_string(number) + '\0', std::string(150, static_cast<char>('a' + number % 26)));
    return model;
}

/// Where values of the tree stand, one a region or so.
std::vector<const void*> places(const ZoneTree& tree) {
    std::vector<const void*> places;
    std::size_t count = 0;
    for (auto at = tree.begin(); at; at.next()) {
        if (count++ % 1000 == 0) places.push_back(at.value().data());
    }
    return places;
}

bool none_is_mapped(const std::vector<const void*>& places) {
    return std::none_of(places.begin(), places.end(), is_mapped);
}

}  // namespace

TEST_CASE("a region is there until the last page in it goes", "[zone]") {
    constexpr std::size_t octets = 2000;
    std::vector<void*> pages;
    std::size_t on_heap = 0;
    {
        PageRegions regions(3 * octets);
        void* first = nullptr;
        for (; (first = regions.allocate(octets)) == nullptr; ++on_heap)
            REQUIRE(on_heap < 3);
        pages.push_back(first);
        for (std::size_t i = 0; i < 3 * large_page_octets / octets; ++i) {
            pages.push_back(regions.allocate(octets));
            REQUIRE(pages.back() != nullptr);
            REQUIRE(reinterpret_cast<std::uintptr_t>(pages.back()) % alignof(std::max_align_t) == 0);
            std::memset(pages.back(), static_cast<int>(i), octets);
        }
    }
    CHECK(on_heap == 3);
    auto sorted = pages;
    std::sort(sorted.begin(), sorted.end());
    for (std::size_t i = 1; i < sorted.size(); ++i)
        REQUIRE(static_cast<std::byte*>(sorted[i]) - static_cast<std::byte*>(sorted[i - 1]) >= 2000);
    void* const last = pages.back();
    for (std::size_t i = 0; i + 1 < pages.size(); ++i)
        PageRegions::release(pages[i]);
    CHECK_FALSE(is_mapped(pages.front()));
    CHECK(is_mapped(last));
    PageRegions::release(last);
    CHECK_FALSE(is_mapped(last));
}

TEST_CASE("a tree in regions is edited like any, and takes them with it", "[zone][tsan]") {
    const Model model = numbered(40'000);
    ZoneTree first = write(model, 0);
    const auto of_first = places(first);
    check_same(first, model);

    Model changed = model;
    ZoneTree second = first;
    int number = 0;
    for (const auto& [key, value] : model) {
        switch (++number % 3) {
        case 0:
            REQUIRE(second.erase(as_octets(key)));
            changed.erase(key);
            break;
        case 1:
            second.put(as_octets(key), as_octets("new " + value));
            changed[key] = "new " + value;
            break;
        default: break;
        }
    }
    check_same(first, model);
    std::thread([&] { first = ZoneTree(); }).join();
    check_same(second, changed);
    CHECK(none_is_mapped(of_first));  // each of its pages has been edited

    ZoneTree third = write(changed, 0);
    const auto of_third = places(third);
    std::thread other([copy = third]() mutable { copy = ZoneTree(); });
    third = ZoneTree();
    other.join();
    CHECK(none_is_mapped(of_third));
}
