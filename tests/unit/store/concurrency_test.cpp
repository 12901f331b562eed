// Readers and committers at once; worth most under ThreadSanitizer.

#include "rdata/soa.hpp"
#include "scratch.hpp"
#include "store/zone_store.hpp"

#include <array>
#include <atomic>
#include <map>
#include <string>
#include <thread>
#include <vector>

using namespace lockstep;
using namespace lockstep::test;

namespace {

/// Whether the text at `latest` and the SOA are of the same version.
bool is_whole(const ZoneSnapshot& zone, NameView latest) {
    const auto node = zone.find(latest);
    if (!node) return false;
    const auto texts = node->find(RrType::TXT);
    if (!texts) return false;
    return as_text(texts->front()).substr(1) == "serial " + to_string(zone.serial());
}

}  // namespace

TEST_CASE("readers see whole versions only, in order, while zones are committed", "[store][tsan]") {
    constexpr std::uint32_t versions = 150;
    const ScratchDirectory scratch;
    HistoryLimits limits;
    limits.min_octets = 2000;
    OpenStore store(scratch.path(), limits);
    const std::array<Name, 2> apexes = {name("example.org."), name("example.net.")};
    for (const Name& apex : apexes) {
        REQUIRE(store->add_zone(apex));
        REQUIRE(store->commit(apex, first(numbered_zone(apex.to_string(), 1))));
    }
    std::atomic<int> out_of_order{0};
    std::map<std::string, std::uint32_t> heard;  // by listeners, which are called one after another
    store->on_commit([&](const Committed& committed) {
        std::uint32_t& last = heard[committed.now->apex.to_string()];
        const std::uint32_t now = committed.now->zone->serial().value();
        if (last != 0 && now != 1 && now != last + 1) ++out_of_order;
        last = now;
        (void)store->timers(committed.now->apex);
    });

    std::atomic<int> writing{4};
    std::atomic<int> torn{0};
    std::atomic<int> backwards{0};
    std::atomic<int> failed{0};
    std::vector<std::thread> threads;
    for (const Name& apex : apexes) {
        threads.emplace_back([&, apex] {
            for (std::uint32_t serial = 2; serial <= versions; ++serial) {
                if (!store->commit(apex, first(numbered_zone(apex.to_string(), serial)))) ++failed;
            }
            --writing;
        });
    }
    threads.emplace_back([&] {
        const Name other = name("sub.example.org.");
        for (std::uint32_t round = 1; round <= versions; ++round) {
            if (!store->add_zone(other)) ++failed;
            if (!store->commit(other, first(numbered_zone("sub.example.org.", round)))) ++failed;
            if (!store->remove_zone(other)) ++failed;
        }
        --writing;
    });
    threads.emplace_back([&] {
        for (std::uint32_t round = 1; round <= versions; ++round) {
            const StoredTimers timers{WallTime{seconds{round}}, WallTime{seconds{4'000'000'000 + round}},
                                      false};
            for (const Name& apex : apexes) {
                if (!store->store_timers(std::array{ZoneTimers{apex, timers}})) ++failed;
                if (!store->set_expired(apex, round % 2 == 0)) ++failed;
            }
        }
        --writing;
    });
    for (int reader = 0; reader < 2; ++reader) {
        threads.emplace_back([&] {
            PublishedReader<ZoneTable> table(store->table());
            std::array<std::uint32_t, 2> last{};
            const std::array<Name, 2> latest = {name("latest.example.org."), name("latest.example.net.")};
            while (writing > 0) {
                for (std::size_t i = 0; i < 2; ++i) {
                    const ServedZone* served = table.get()->find(latest[i]);
                    if (served == nullptr || !served->zone || !is_whole(*served->zone, latest[i])) {
                        ++torn;
                        continue;
                    }
                    if (served->zone->serial().value() < last[i]) ++backwards;
                    last[i] = served->zone->serial().value();
                }
            }
        });
    }
    for (std::thread& thread : threads)
        thread.join();
    CHECK(failed == 0);
    CHECK(torn == 0);
    CHECK(backwards == 0);
    CHECK(out_of_order == 0);
    store.store.reset();

    OpenStore again(scratch.path(), limits);
    for (const Name& apex : apexes) {
        const auto served = again->add_zone(apex);
        REQUIRE(served);
        CHECK(same_content((*served)->zone, numbered_zone(apex.to_string(), versions)));
    }
}

TEST_CASE("zones that get first content together have one row each, whoever stores timers meanwhile",
          "[store][tsan]") {
    const ScratchDirectory scratch;
    constexpr std::size_t zones = 300;
    {
        OpenStore store(scratch.path());
        std::vector<ZoneCandidate> candidates;
        for (std::size_t number = 0; number < zones; ++number) {
            const Name apex = name("z" + std::to_string(number) + ".example.");
            REQUIRE(store->add_zone(apex));
            candidates.push_back({apex, first(numbered_zone(apex.to_string(), 1, 30))});
        }
        const Name apex = candidates.front().apex;
        std::atomic<bool> done{false};
        int failed = 0;
        std::thread other([&] {
            for (bool expired = true; !done; expired = !expired) {
                if (!store->set_expired(apex, expired)) ++failed;
            }
        });
        for (const auto& committed : store->commit_all(candidates))
            CHECK(committed.has_value());
        done = true;
        other.join();
        CHECK(failed == 0);
    }
    OpenStore again(scratch.path());
    CHECK(set_aside(scratch.path()) == 0);
    CHECK(again->unserved_zones().size() == zones);
}
