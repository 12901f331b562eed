#include "base/published.hpp"

#include "base/counters.hpp"
#include "support/catch.hpp"

#include <array>
#include <atomic>
#include <thread>
#include <vector>

using namespace lockstep;

TEST_CASE("A reader sees what was published last and keeps it until it looks again", "[published]") {
    Published<int> number(std::make_shared<const int>(1));
    PublishedReader<int> reader(number);
    const std::shared_ptr<const int> first = reader.get();
    CHECK(*first == 1);
    number.publish(std::make_shared<const int>(2));
    CHECK(*first == 1);
    CHECK(*reader.get() == 2);
    CHECK(*number.current() == 2);
}

TEST_CASE("An old version goes with its last holder", "[published]") {
    Published<int> number(std::make_shared<const int>(1));
    PublishedReader<int> reader(number);
    const std::weak_ptr<const int> first = reader.get();
    number.publish(std::make_shared<const int>(2));
    CHECK_FALSE(first.expired());
    CHECK(*reader.get() == 2);
    CHECK(first.expired());
}

TEST_CASE("Versions are whole and never go back for readers on other threads", "[published][threads]") {
    struct Pair {
        long a = 0;
        long b = 0;
    };
    constexpr long versions = 20000;
    Published<Pair> published(std::make_shared<const Pair>());
    std::atomic<int> faults{0};
    std::vector<std::thread> readers;
    for (int i = 0; i < 3; ++i) {
        readers.emplace_back([&] {
            PublishedReader<Pair> reader(published);
            long last = 0;
            while (last < versions) {
                const auto& pair = *reader.get();
                if (pair.a != pair.b || pair.a < last) ++faults;
                last = pair.a;
            }
        });
    }
    for (long version = 1; version <= versions; ++version)
        published.publish(std::make_shared<const Pair>(Pair{version, version}));
    for (auto& reader : readers)
        reader.join();
    CHECK(faults == 0);
}

TEST_CASE("Counters of one owner are read whole by others", "[counters][threads]") {
    OwnedCounter counter;
    constexpr std::uint64_t total = 100000;
    std::atomic<bool> went_back{false};
    std::thread reader([&] {
        for (std::uint64_t last = 0; last < total;) {
            const auto value = counter.value();
            if (value < last) went_back = true;
            last = value;
        }
    });
    for (std::uint64_t i = 0; i < total; ++i)
        counter.add();
    reader.join();
    CHECK_FALSE(went_back);
    CHECK(counter.value() == total);
}
