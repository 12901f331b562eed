// Records that are piled up and sorted, in more blocks than one.
#include "zone/record_pile.hpp"

#include "support/catch.hpp"

#include <algorithm>
#include <cstdint>
#include <random>
#include <string>
#include <vector>

using namespace lockstep;

namespace {

constexpr std::uint32_t many = 300'000;  // entries, in three blocks

std::string key_text(std::uint32_t number) {
    return std::to_string(1'000'000 + number) + '\0';
}
void add(RecordPile& pile, std::uint32_t number) {
    const std::string rdata = "of " + std::to_string(number);
    pile.add(as_octets(key_text(number)), {RrType::TXT, Ttl{number}, as_octets(rdata)});
}
/// The first number whose record does not come next, with itself alone; `count` where all do.
std::uint32_t first_wrong(RecordPile& pile, std::uint32_t count) {
    pile.sort();
    Octets key;
    std::vector<NodeRecord> records;
    for (std::uint32_t number = 0; number < count; ++number) {
        if (!pile.next(key, records) || records.size() != 1 || records[0].ttl.value() != number ||
            !equal_octets(key, as_octets(key_text(number))) ||
            !equal_octets(records[0].rdata, as_octets("of " + std::to_string(number))))
            return number;
    }
    return pile.next(key, records) ? count + 1 : count;
}
std::vector<std::uint32_t> shuffled() {
    std::vector<std::uint32_t> numbers(many);
    for (std::uint32_t i = 0; i < many; ++i)
        numbers[i] = i;
    std::shuffle(numbers.begin(), numbers.end(), std::mt19937(7));
    return numbers;
}

}  // namespace

TEST_CASE("many records come out sorted, each once", "[zone]") {
    RecordPile pile;
    CHECK(pile.empty());
    SECTION("that came in order") {
        for (std::uint32_t number = 0; number < many; ++number)
            add(pile, number);
    }
    SECTION("that came in none") {
        for (const auto number : shuffled())
            add(pile, number);
    }
    CHECK_FALSE(pile.empty());
    CHECK(first_wrong(pile, many) == many);
}

TEST_CASE("a pile goes behind another, whatever blocks both have", "[zone]") {
    const auto numbers = shuffled();
    const bool in_order = GENERATE(true, false);
    const std::uint32_t first = GENERATE(0U, 5U, 100'000U, many);
    INFO("first " << first << " in order " << in_order);
    RecordPile pile;
    RecordPile behind;
    for (std::uint32_t i = 0; i < many; ++i)
        add(i < first ? pile : behind, in_order ? i : numbers[i]);
    pile.take_over(behind);
    CHECK(behind.empty());
    CHECK(first_wrong(pile, many) == many);
}

TEST_CASE("records are added to the last key of what was taken over", "[zone]") {
    RecordPile pile;
    RecordPile behind;
    add(pile, 0);
    add(behind, 1);
    pile.take_over(behind);
    pile.add_to_last({RrType::TXT, Ttl{77}, as_octets("more")});
    add(behind, 2);
    pile.take_over(behind);
    pile.sort();
    Octets key;
    std::vector<NodeRecord> records;
    std::vector<std::size_t> counts;
    while (pile.next(key, records))
        counts.push_back(records.size());
    CHECK(counts == std::vector<std::size_t>{1, 2, 1});
}
