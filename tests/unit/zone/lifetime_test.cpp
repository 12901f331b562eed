#include "sample.hpp"
#include "support/catch.hpp"
#include "zone/changeset.hpp"

#include <atomic>
#include <mutex>
#include <thread>

using namespace lockstep;

namespace {

std::string host(int i) {
    return "h" + std::to_string(i) + ".example.org";
}

/// Every host's address is the version's serial: a reader sees at once whether it reads one version or a
/// mixture.
ZonePtr next_version(const ZonePtr& base, int hosts) {
    const auto serial = base->serial().value();
    ZoneBuilder builder(base);
    builder.remove(sample::soa(serial).view());
    builder.add(sample::soa(serial + 1).view());
    for (int i = 0; i < hosts; ++i) {
        builder.remove(sample::a(host(i), static_cast<int>(serial & 0xff)).view());
        builder.add(sample::a(host(i), static_cast<int>((serial + 1) & 0xff)).view());
    }
    return *std::move(builder).finish();
}

bool is_consistent(const ZoneSnapshot& zone, int hosts, int fillers) {
    const auto last = static_cast<std::byte>(zone.serial().value());
    int seen = 0;
    for (ZoneCursor at = zone.begin(); at; at.next()) {
        const auto rrset = at.node().find(RrType::A);
        if (!rrset) continue;
        ++seen;
        if (at.owner().first_label()[0] == std::byte{'h'} && rrset->front()[3] != last) return false;
    }
    for (int i = 0; i < hosts; ++i) {
        const auto node =
            zone.find(*Name::parse_absolute(host(i)));  // no REQUIRE: Catch2's are for one thread
        if (!node || node->find(RrType::A)->front()[3] != last) return false;
    }
    return seen == hosts + fillers;
}

}  // namespace

TEST_CASE("readers see whole versions while new ones are made, and old ones may be dropped on any thread",
          "[zone][threads]") {
    constexpr int hosts = 20;
    constexpr int fillers = 2000;
    std::vector<sample::Record> records{sample::soa(1)};
    for (int i = 0; i < hosts; ++i)
        records.push_back(sample::a(host(i), 1));
    for (int i = 0; i < fillers; ++i)
        records.push_back(sample::a("f" + std::to_string(i * 7) + ".example.org", 1));

    std::mutex mutex;
    ZonePtr current = sample::zone(records);
    std::atomic<bool> stop = false;
    std::atomic<int> wrong = 0;
    std::atomic<int> read = 0;
    const auto reader = [&] {
        std::vector<ZonePtr> held;
        while (!stop) {
            {
                const std::lock_guard lock(mutex);
                held.push_back(current);
            }
            if (!is_consistent(*held.front(), hosts, fillers)) ++wrong;
            ++read;
            if (held.size() > 5) held.erase(held.begin(), held.begin() + 3);
        }
    };
    std::vector<std::thread> threads;
    for (int i = 0; i < 3; ++i)
        threads.emplace_back(reader);
    for (int version = 0; version < 60 || read < 20; ++version) {
        ZonePtr base;
        {
            const std::lock_guard lock(mutex);
            base = current;
        }
        ZonePtr made = next_version(base, hosts);
        const std::lock_guard lock(mutex);
        current = std::move(made);
    }
    stop = true;
    for (auto& thread : threads)
        thread.join();
    CHECK(wrong == 0);
    CHECK(is_consistent(*current, hosts, fillers));
}

TEST_CASE("an old version lives as long as it is held, a candidate that is given up leaves no trace",
          "[zone]") {
    ZonePtr first = sample::zone({sample::soa(1), sample::a("h0.example.org", 1)});
    const RecordList before = sample::dump(*first);
    ZonePtr last = first;
    for (int i = 0; i < 50; ++i) {
        last = next_version(last, 1);
        ZoneBuilder given_up(last);
        given_up.add(sample::a("h" + std::to_string(i) + ".given.example.org", 9).view());
    }
    CHECK(equal_octets(sample::dump(*first).octets(), before.octets()));
    CHECK(last->serial() == Serial{51});
    CHECK(last->name_count() == 2);
    const std::weak_ptr<const ZoneSnapshot> watched = first;
    first.reset();
    CHECK(watched.expired());
    CHECK(is_consistent(*last, 1, 0));
}
