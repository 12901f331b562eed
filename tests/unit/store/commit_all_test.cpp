// Many zones committed together: one transaction where it can be, one by one where it cannot.

#include "fault_vfs.hpp"
#include "scratch.hpp"
#include "store/zone_store.hpp"

using namespace lockstep;
using namespace lockstep::test;

namespace {

std::string apex_of(int number) {
    return "zone" + std::to_string(number) + ".example.";
}

/// Serial 1 of `count` zones, which are added to `store`, all at once.
std::vector<ZoneCandidate> first_of_many(OpenStore& store, int count) {
    std::vector<ZoneCandidate> candidates;
    std::vector<StoredName> apexes;
    for (int i = 0; i < count; ++i) {
        apexes.emplace_back(name(apex_of(i)));
        candidates.push_back({name(apex_of(i)), first(numbered_zone(apex_of(i), 1))});
    }
    REQUIRE(store->add_zones(apexes));
    return candidates;
}

}  // namespace

TEST_CASE("first content of many zones goes in few syncs, is served, told and stored", "[store][tsan]") {
    const ScratchDirectory scratch;
    constexpr int count = 200;  // more than the 64 mutexes through which ThreadSanitizer follows a thread
    FaultVfs disk;
    int syncs = 0;
    {
        OpenStore store(scratch.path());
        auto candidates = first_of_many(store, count);
        for (auto& [apex, candidate] : candidates)
            candidate.source = "from " + apex.to_string();
        std::vector<std::string> told;
        store->on_commit([&](const Committed& committed) {
            CHECK_FALSE(committed.before->zone);
            told.push_back(committed.now->apex.to_string());
        });
        disk.before = [&](FaultVfs::Operation operation) {
            syncs += operation == FaultVfs::Operation::Sync ? 1 : 0;
            return SQLITE_OK;
        };
        const auto results = store->commit_all(candidates);
        disk.before = nullptr;
        REQUIRE(results.size() == count);
        REQUIRE(told.size() == count);
        for (int i = 0; i < count; ++i) {
            const auto at = static_cast<std::size_t>(i);
            REQUIRE(results[at]);
            CHECK((*results[at])->apex.to_string() == apex_of(i));
            CHECK(told[at] == apex_of(i));
            CHECK(store->zone(name(apex_of(i)))->zone == (*results[at])->zone);
        }
    }
    CHECK(syncs < count / 5);
    OpenStore again(scratch.path());
    CHECK(set_aside(scratch.path()) == 0);
    for (int i = 0; i < count; ++i) {
        REQUIRE(again->add_zone(name(apex_of(i))));
        CHECK(same_content(again->zone(name(apex_of(i)))->zone, numbered_zone(apex_of(i), 1)));
        CHECK(again->source(name(apex_of(i))) == "from " + apex_of(i));
    }
}

TEST_CASE("zones that are stored without content get their first one together with the others", "[store]") {
    const ScratchDirectory scratch;
    constexpr int count = 60;
    FaultVfs disk;
    int syncs = 0;
    const auto commit_with = [&](OpenStore& store, int from) {
        std::vector<ZoneCandidate> candidates;
        for (int i = from; i < from + count; ++i) {
            REQUIRE(store->add_zone(name(apex_of(i))));
            if (i % 2 == 0) REQUIRE(store->set_expired(name(apex_of(i)), true));
            candidates.push_back({name(apex_of(i)), first(numbered_zone(apex_of(i), 1))});
        }
        disk.before = [&](FaultVfs::Operation operation) {
            syncs += operation == FaultVfs::Operation::Sync ? 1 : 0;
            return SQLITE_OK;
        };
        for (const auto& result : store->commit_all(candidates))
            CHECK(result.has_value());
        disk.before = nullptr;
    };
    {
        OpenStore store(scratch.path());
        commit_with(store, 0);
        for (int i = count; i < 2 * count; ++i) {
            REQUIRE(store->add_zone(name(apex_of(i))));
            if (i % 2 == 0) REQUIRE(store->set_expired(name(apex_of(i)), true));
        }
    }
    {
        OpenStore store(scratch.path());
        CHECK(store->unserved_zones().size() == count);
        commit_with(store, count);  // of some of which there is a row from the process before
    }
    CHECK(syncs < count / 5);
    OpenStore again(scratch.path());
    CHECK(set_aside(scratch.path()) == 0);
    CHECK(again->unserved_zones().size() == 2 * count);
    for (int i = 0; i < 2 * count; ++i) {
        REQUIRE(again->add_zone(name(apex_of(i))));
        CHECK(same_content(again->zone(name(apex_of(i)))->zone, numbered_zone(apex_of(i), 1)));
        CHECK_FALSE(again->zone(name(apex_of(i)))->expired);
    }
}

TEST_CASE("what does not fit the common transaction is committed by itself, with its own error", "[store]") {
    const ScratchDirectory scratch;
    OpenStore store(scratch.path());
    auto candidates = first_of_many(store, 5);
    REQUIRE(store->commit(name(apex_of(1)), first(numbered_zone(apex_of(1), 1))));
    candidates[1].candidate = first(numbered_zone(apex_of(1), 2));         // a second version
    candidates[2].apex = name("not.served.");                              // of no zone
    candidates[3].candidate = first(numbered_zone(apex_of(0), 1));         // of another zone
    candidates[4].candidate = first(numbered_zone(apex_of(4), 1, 60000));  // of several chunks
    const auto results = store->commit_all(candidates);
    REQUIRE(results[0]);
    REQUIRE(results[1]);
    CHECK((*results[1])->history.size() == 1);
    CHECK(results[2].error().code == ErrorCode::NotFound);
    CHECK(results[3].error().code == ErrorCode::Invalid);
    REQUIRE(results[4]);
    CHECK(store->zone(name(apex_of(4)))->zone->record_count() > 60000);
    CHECK_FALSE(store->zone(name(apex_of(3)))->zone);
}

TEST_CASE("a disk that fails under a common transaction loses no zone that was said to be stored",
          "[store][fault]") {
    constexpr int count = 6;
    for (std::uint64_t nth = 1; nth <= 40; ++nth) {
        INFO("fails at operation " << nth);
        const ScratchDirectory scratch;
        FaultVfs disk;
        std::vector<bool> stored;
        {
            OpenStore store(scratch.path());
            auto candidates = first_of_many(store, count);
            std::uint64_t seen = 0;
            disk.before = [&](FaultVfs::Operation) {
                return ++seen >= nth && seen < nth + 3 ? SQLITE_FULL : SQLITE_OK;
            };
            for (const auto& result : store->commit_all(candidates))
                stored.push_back(result.has_value());
            disk.before = nullptr;
            for (int i = 0; i < count; ++i) {
                const bool served = store->zone(name(apex_of(i)))->zone != nullptr;
                CHECK(served == stored[static_cast<std::size_t>(i)]);
            }
        }
        OpenStore again(scratch.path());
        for (int i = 0; i < count; ++i) {
            REQUIRE(again->add_zone(name(apex_of(i))));
            if (stored[static_cast<std::size_t>(i)])
                CHECK(same_content(again->zone(name(apex_of(i)))->zone, numbered_zone(apex_of(i), 1)));
        }
    }
}

TEST_CASE("what is gathered comes into service at the end, as it is then", "[store]") {
    const ScratchDirectory scratch;
    constexpr int count = 6;
    OpenStore store(scratch.path());
    (void)must(store->add_zone(name("old.example.")));
    const auto before = store->table().generation();
    std::vector<std::string> told;
    store->on_commit([&](const Committed& committed) { told.push_back(committed.now->apex.to_string()); });
    {
        const ZoneStore::Gathering gathering(*store.store);
        auto candidates = first_of_many(store, count);
        candidates.pop_back();
        const auto results = store->commit_all(candidates);
        CHECK(told.size() == count - 1);
        // Whatever comes next starts at what is not in the table yet.
        const auto second = store->commit(name(apex_of(0)), first(numbered_zone(apex_of(0), 2)));
        CHECK(must(second)->history.size() == 1);
        REQUIRE(store->set_expired(name(apex_of(1)), true, must(results[1])->lease));
        REQUIRE(store->remove_zone(name(apex_of(2))));
        CHECK(must(store->add_zone(name(apex_of(3))))->zone == must(results[3])->zone);
        CHECK(store->commit(name(apex_of(2)), first(numbered_zone(apex_of(2), 1))).error().code ==
              ErrorCode::NotFound);
        for (int i = 0; i < count; ++i)
            CHECK_FALSE(store->zone(name(apex_of(i))));
        CHECK(store->zone(name("old.example.")));
    }
    CHECK(store->table().generation() <= before + 2);  // one for all, one for the removal
    CHECK(store->table().current()->size() == count);
    CHECK(store->zone(name(apex_of(0)))->zone->serial() == Serial{2});
    CHECK(store->zone(name(apex_of(1)))->expired);
    CHECK_FALSE(store->zone(name(apex_of(2))));
    CHECK_FALSE(store->zone(name(apex_of(5)))->zone);
    // From here on at once, as ever, until zones are gathered again.
    REQUIRE(store->commit(name(apex_of(5)), first(numbered_zone(apex_of(5), 1))));
    CHECK(store->zone(name(apex_of(5)))->zone->serial() == Serial{1});
    {
        const ZoneStore::Gathering again(*store.store);
        REQUIRE(store->commit(name(apex_of(0)), first(numbered_zone(apex_of(0), 3))));
        CHECK(store->zone(name(apex_of(0)))->zone->serial() == Serial{2});
    }
    CHECK(store->zone(name(apex_of(0)))->zone->serial() == Serial{3});
}

TEST_CASE("a state file that is replaced while zones are gathered takes along those", "[store][damage]") {
    const ScratchDirectory scratch;
    {
        OpenStore store(scratch.path());
        (void)must(store->add_zone(name("bad.example.")));
        (void)must(store->commit(name("bad.example."), first(numbered_zone("bad.example.", 1))));
    }
    std::string content = read_file(scratch.path() / "state.db");
    const auto at = content.rfind("serial 1");
    REQUIRE(at != std::string::npos);
    content[at] = 'S';
    write_file(scratch.path() / "state.db", content);
    {
        OpenStore store(scratch.path());
        const ZoneStore::Gathering gathering(*store.store);
        auto candidates = first_of_many(store, 3);
        for (const auto& result : store->commit_all(candidates))
            CHECK(result.has_value());
        REQUIRE(store->commit(name(apex_of(2)), first(numbered_zone(apex_of(2), 2))));
        CHECK_FALSE(must(store->add_zone(name("bad.example.")))->zone);
        CHECK(set_aside(scratch.path()) == 1);
    }
    OpenStore again(scratch.path());
    for (int i = 0; i < 3; ++i) {
        const auto zone = must(again->add_zone(name(apex_of(i))));
        CHECK(same_content(zone->zone, numbered_zone(apex_of(i), i == 2 ? 2 : 1)));
        CHECK(zone->history.size() == (i == 2 ? 1 : 0));
    }
}
