// What is remembered beside a zone's content: it comes, stays and goes with it.

#include "store/marks.hpp"

#include "marked.hpp"

#include <array>
#include <optional>
#include <string>
#include <vector>

using namespace lockstep;
using namespace lockstep::test;

TEST_CASE("marks are there after a restart, with the content they came with", "[store][marks]") {
    const ScratchDirectory scratch;
    for (std::uint32_t serial = 1; serial <= 6; ++serial) {
        Serving store(scratch.path());
        CHECK(store.serial() == serial - 1);
        CHECK(store.marks() == (serial > 1 ? marks_of(example_org, serial - 1) : std::vector<Mark>()));
        (void)must(store->commit(name(example_org), numbered(example_org, serial)));
        CHECK(store.marks() == marks_of(example_org, serial));
        CHECK(store->mark(name("EXAMPLE.org."), "serial") == std::to_string(serial));
        CHECK_FALSE(store->mark(name(example_org), "seria"));
        CHECK_FALSE(store->mark(name("example.net."), "serial"));
    }
    CHECK(Serving(scratch.path()).marks() == marks_of(example_org, 6));
    const OpenStore idle(scratch.path());
    CHECK(idle->marks(name(example_org)).empty());
    CHECK_FALSE(idle->mark(name(example_org), "serial"));
}

TEST_CASE("a mark is changed, removed and added again, and the last change to it counts", "[store][marks]") {
    const ScratchDirectory scratch;
    const std::string octets("\0\xff\n", 3);
    const ZonePtr zone = numbered_zone(example_org, 1);
    std::optional<Serving> store(scratch.path());
    const auto becomes = [&](std::vector<MarkChange> changes, const std::vector<Mark>& all) {
        (void)must((*store)->commit(name(example_org), marked(zone, std::move(changes))));
        CHECK(store->marks() == all);
        store.reset();
        store.emplace(scratch.path());
        CHECK(store->marks() == all);
    };
    becomes({{"b", "1"}, {"a", "2"}, {"c", "3"}}, {{"a", "2"}, {"b", "1"}, {"c", "3"}});
    becomes({{"b", "4"}, {"a", std::nullopt}, {"never", std::nullopt}}, {{"b", "4"}, {"c", "3"}});
    becomes({{"a", "5"}, {"a", "6"}, {"c", std::nullopt}, {"c", ""}, {"d", "7"}, {"d", std::nullopt}},
            {{"a", "6"}, {"b", "4"}, {"c", ""}});
    becomes({{"", octets}, {octets, ""}, {"b", "4"}},
            {{"", octets}, {octets, ""}, {"a", "6"}, {"b", "4"}, {"c", ""}});
    becomes({{"", std::nullopt},
             {octets, std::nullopt},
             {"a", std::nullopt},
             {"b", std::nullopt},
             {"c", std::nullopt}},
            {});
    becomes({{"a", "8"}}, {{"a", "8"}});
}

TEST_CASE("marks that no change names outlive every kind of commit", "[store][marks]") {
    const ScratchDirectory scratch;
    HistoryLimits limits;
    limits.min_octets = 600;
    {
        Serving store(scratch.path(), limits);
        (void)must(store->commit(name(example_org), numbered(example_org, 11)));
        const auto commit = [&](std::uint32_t serial, std::uint32_t hosts = 3) {
            (void)must(store->commit(name(example_org), first(numbered_zone(example_org, serial, hosts))));
        };
        SECTION("of what is served already") {
            commit(11);
            REQUIRE(store->set_expired(name(example_org), true));
            commit(11);
        }
        SECTION("of what follows, and of more of it than the base may be behind") {
            for (std::uint32_t serial = 12; serial <= 40; ++serial)
                commit(serial);
        }
        SECTION("of an older version") {
            commit(5);
        }
        SECTION("of one that breaks the history") {
            Candidate candidate = first(numbered_zone(example_org, 12));
            candidate.breaks_history = true;
            (void)must(store->commit(name(example_org), candidate));
        }
        SECTION("of several chunks") {
            commit(12, 60'000);
        }
        SECTION("of times") {
            REQUIRE(store->store_timers(std::array{ZoneTimers{
                name(example_org), {WallTime{seconds{5}}, WallTime{seconds{4'000'000'000}}, false}, {}}}));
        }
        CHECK(store.marks() == marks_of(example_org, 11));
    }
    CHECK(Serving(scratch.path(), limits).marks() == marks_of(example_org, 11));
    CHECK(set_aside(scratch.path()) == 0);
}

TEST_CASE("each kind of commit stores the marks that come with it", "[store][marks]") {
    const ScratchDirectory scratch;
    {
        Serving store(scratch.path());
        (void)must(store->commit(name(example_org), numbered(example_org, 2)));
        int told = 0;
        store->on_commit([&](const Committed&) { ++told; });
        Candidate candidate = numbered(example_org, 3);
        SECTION("what is served already, which nobody is told of") {
            candidate.zone = store->zone(name(example_org))->zone;
            (void)must(store->commit(name(example_org), candidate));
            CHECK(told == 0);
            CHECK(store.serial() == 2);
        }
        SECTION("a change") {
            candidate.changes = following(store->zone(name(example_org))->zone, candidate.zone).changes;
            CHECK(must(store->commit(name(example_org), candidate))->history.size() == 1);
        }
        SECTION("a whole version") {
            candidate.breaks_history = true;
            CHECK(must(store->commit(name(example_org), candidate))->history.empty());
        }
        SECTION("a whole version of several chunks") {
            candidate.zone = numbered_zone(example_org, 3, 60'000);
            (void)must(store->commit(name(example_org), candidate));
        }
        CHECK(store.marks() == marks_of(example_org, 3));
    }
    CHECK(Serving(scratch.path()).marks() == marks_of(example_org, 3));
}

TEST_CASE("marks come with first content of many zones, also where others have none", "[store][marks]") {
    const ScratchDirectory scratch;
    const std::array<std::string_view, 4> apexes = {"a.example.", "b.example.", "c.example.", "d.example."};
    const auto expected = [](std::string_view each) {
        return each < "c" ? marks_of(each, 1) : std::vector<Mark>();
    };
    {
        OpenStore store(scratch.path());
        std::vector<ZoneCandidate> candidates;
        for (const std::string_view each : apexes) {
            REQUIRE(store->add_zone(name(each)));
            candidates.push_back(
                {name(each), each < "c" ? numbered(each, 1) : first(numbered_zone(each, 1))});
        }
        for (const auto& result : store->commit_all(candidates))
            REQUIRE(result);
        for (const std::string_view each : apexes)
            CHECK(store->marks(name(each)) == expected(each));
    }
    OpenStore store(scratch.path());
    for (const std::string_view each : apexes) {
        CHECK(same_content(must(store->add_zone(name(each)))->zone, numbered_zone(each, 1)));
        CHECK(store->marks(name(each)) == expected(each));
    }
}

TEST_CASE("thousands of marks come back, and one commit more writes no more for them", "[store][marks]") {
    constexpr int many = 3500;
    const auto writes_of_one = [](int count) {
        const ScratchDirectory scratch;
        FaultVfs disk;
        int writes = 0;
        std::vector<MarkChange> changes;
        for (int i = 0; i < count; ++i)
            changes.push_back({"key " + std::to_string(i), std::string(100, 'x')});
        {
            Serving store(scratch.path());
            (void)must(store->commit(name(example_org), marked(numbered_zone(example_org, 1), changes)));
            disk.before = [&](FaultVfs::Operation operation) {
                writes += operation == FaultVfs::Operation::Write ? 1 : 0;
                return SQLITE_OK;
            };
            (void)must(store->commit(name(example_org),
                                     marked(numbered_zone(example_org, 2), {{"key 1", "changed"}})));
            disk.before = nullptr;
        }
        const Serving store(scratch.path());
        CHECK(store.marks().size() == static_cast<std::size_t>(count));
        CHECK(store->mark(name(example_org), "key 1") == "changed");
        CHECK(store->mark(name(example_org), "key " + std::to_string(count - 1)) == std::string(100, 'x'));
        return writes;
    };
    const int few = writes_of_one(10);
    CHECK(few > 0);
    CHECK(writes_of_one(many) <= few + 8);
}

TEST_CASE("a zone that is removed leaves no mark, nor does one that takes its place have any",
          "[store][marks]") {
    const ScratchDirectory scratch;
    {
        std::optional<OpenStore> store(scratch.path());
        (void)must((*store)->add_zone(name(example_org)));
        (void)must((*store)->commit(name(example_org), numbered(example_org, 1)));
        SECTION("while it is served") {}
        SECTION("while it is only stored") {
            store.reset();
            store.emplace(scratch.path());
        }
        REQUIRE((*store)->remove_zone(name(example_org)));
        CHECK((*store)->marks(name(example_org)).empty());
        (void)must((*store)->add_zone(name(example_org)));
        CHECK((*store)->marks(name(example_org)).empty());
        (void)must((*store)->commit(name(example_org), first(numbered_zone(example_org, 2))));
        CHECK((*store)->marks(name(example_org)).empty());
    }
    CHECK(Serving(scratch.path()).marks().empty());
    CHECK(change_file(scratch.path(), "", "SELECT count(*) FROM marks") == 0);
}
