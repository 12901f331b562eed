#include "store/zone_store.hpp"

#include "scratch.hpp"
#include "store/sqlite.hpp"

#include <sys/resource.h>

using namespace lockstep;
using namespace lockstep::test;

namespace {

/// What a fresh process finds.
ServedZonePtr reopened(const fs::path& directory) {
    OpenStore store(directory);
    return must(store->add_zone(name(example_org)));
}

/// Serial 1 of example.org and example.net.
void serve_two(OpenStore& store) {
    for (const std::string_view each : {example_org, std::string_view("example.net.")}) {
        (void)must(store->add_zone(name(each)));
        (void)must(store->commit(name(each), first(numbered_zone(each, 1))));
    }
}

}  // namespace

TEST_CASE("a zone that was never stored is served without content", "[store]") {
    const ScratchDirectory scratch;
    OpenStore store(scratch.path());
    const auto served = must(store->add_zone(name(example_org)));
    CHECK_FALSE(served->zone);
    CHECK_FALSE(served->expired);
    CHECK(store->zone(name(example_org)) == served);
    CHECK(store->unserved_zones().empty());
    CHECK_FALSE(store->timers(name(example_org)));
    CHECK(must(store->add_zone(name("EXAMPLE.org."))) == served);
}

TEST_CASE("a committed version is served at once and again after a restart", "[store]") {
    const ScratchDirectory scratch;
    const ZonePtr version = numbered_zone(example_org, 1);
    {
        OpenStore store(scratch.path());
        (void)must(store->add_zone(name(example_org)));
        const auto served = must(store->commit(name(example_org), first(version)));
        CHECK(served->zone == version);
        CHECK(store->zone(name(example_org)) == served);
        CHECK(store->table().current()->find(name("h1.example.org.")) == served.get());
    }
    const auto served = reopened(scratch.path());
    CHECK(same_content(served->zone, version));
    CHECK(served->history.empty());
}

TEST_CASE("versions that follow one another are kept as history, also over a restart", "[store]") {
    const ScratchDirectory scratch;
    ZonePtr last = numbered_zone(example_org, 1);
    {
        OpenStore store(scratch.path());
        (void)must(store->add_zone(name(example_org)));
        (void)must(store->commit(name(example_org), first(last)));
        for (std::uint32_t serial = 2; serial <= 6; ++serial) {
            const ZonePtr next = numbered_zone(example_org, serial);
            const auto served =
                must(store->commit(name(example_org), serial % 2 == 0 ? following(last, next) : first(next)));
            CHECK(served->history.size() == serial - 1);
            last = next;
        }
    }
    const auto served = reopened(scratch.path());
    CHECK(same_content(served->zone, last));
    REQUIRE(served->history.size() == 5);
    for (std::uint32_t i = 0; i < 5; ++i) {
        CHECK(served->history[i].changes->from == Serial{i + 1});
        CHECK(served->history[i].changes->to == Serial{i + 2});
    }
}

TEST_CASE("a candidate equal to what is served stores source and timers only", "[store]") {
    const ScratchDirectory scratch;
    OpenStore store(scratch.path());
    int told = 0;
    store->on_commit([&](const Committed&) { ++told; });
    (void)must(store->add_zone(name(example_org)));
    const auto served = must(store->commit(name(example_org), first(numbered_zone(example_org, 1))));
    Candidate again = first(numbered_zone(example_org, 1));
    again.source = "digest 2";
    again.timers = StoredTimers{WallTime{seconds{5}}, WallTime{seconds{4'000'000'000}}, false};
    CHECK(must(store->commit(name(example_org), again)) == served);
    CHECK(store->source(name(example_org)) == "digest 2");
    CHECK(store->timers(name(example_org)) == again.timers);
    CHECK(told == 1);
}

TEST_CASE("a history that is broken, or goes back, ends", "[store]") {
    const ScratchDirectory scratch;
    OpenStore store(scratch.path());
    (void)must(store->add_zone(name(example_org)));
    (void)must(store->commit(name(example_org), first(numbered_zone(example_org, 10))));
    (void)must(store->commit(name(example_org), first(numbered_zone(example_org, 11))));
    ZonePtr last;
    SECTION("as the caller says") {
        last = numbered_zone(example_org, 12);
        Candidate candidate = first(last);
        candidate.breaks_history = true;
        CHECK(must(store->commit(name(example_org), candidate))->history.empty());
    }
    SECTION("as the serial is older") {
        last = numbered_zone(example_org, 5);
        CHECK(must(store->commit(name(example_org), first(last)))->history.empty());
    }
    SECTION("as the serial is the same and the content is not") {
        last = numbered_zone(example_org, 11, 7);
        CHECK(must(store->commit(name(example_org), first(last)))->history.empty());
    }
    store.store.reset();
    const auto served = reopened(scratch.path());
    CHECK(same_content(served->zone, last));
    CHECK(served->history.empty());
}

TEST_CASE("changes that do not start at the serial served are refused", "[store]") {
    const ScratchDirectory scratch;
    OpenStore store(scratch.path());
    (void)must(store->add_zone(name(example_org)));
    const auto changes = following(numbered_zone(example_org, 1), numbered_zone(example_org, 2));
    CHECK(store->commit(name(example_org), changes).error().code == ErrorCode::Invalid);
    const auto served = must(store->commit(name(example_org), first(numbered_zone(example_org, 3))));
    CHECK(store->commit(name(example_org), changes).error().code == ErrorCode::Invalid);
    CHECK(store->commit(name(example_org), first(numbered_zone("example.net.", 4))).error().code ==
          ErrorCode::Invalid);
    CHECK(store->commit(name("other.org."), first(numbered_zone(example_org, 4))).error().code ==
          ErrorCode::NotFound);
    CHECK(store->zone(name(example_org)) == served);
}

TEST_CASE("listeners hear each publication of content, in order, with what was before", "[store]") {
    const ScratchDirectory scratch;
    OpenStore store(scratch.path());
    std::vector<Committed> heard;
    store->on_commit([&](const Committed& committed) {
        CHECK(store->zone(name(example_org)) == committed.now);
        heard.push_back(committed);
    });
    (void)must(store->add_zone(name(example_org)));
    for (std::uint32_t serial = 1; serial <= 3; ++serial)
        (void)must(store->commit(name(example_org), first(numbered_zone(example_org, serial))));
    REQUIRE(heard.size() == 3);
    CHECK_FALSE(heard[0].before->zone);
    CHECK(heard[1].before == heard[0].now);
    CHECK(heard[2].now->zone->serial() == Serial{3});
}

TEST_CASE("a removed zone is forgotten, on disk too", "[store]") {
    const ScratchDirectory scratch;
    {
        OpenStore store(scratch.path());
        serve_two(store);
        REQUIRE(store->remove_zone(name(example_org)));
        CHECK_FALSE(store->zone(name(example_org)));
        CHECK(store->commit(name(example_org), first(numbered_zone(example_org, 2))).error().code ==
              ErrorCode::NotFound);
        CHECK_FALSE(must(store->add_zone(name(example_org)))->zone);
        REQUIRE(store->remove_zone(name("never.seen.")));
    }
    OpenStore store(scratch.path());
    REQUIRE(store->unserved_zones().size() == 1);
    CHECK(store->unserved_zones().front().view() == name("example.net."));
    CHECK_FALSE(must(store->add_zone(name(example_org)))->zone);
    CHECK(must(store->add_zone(name("example.net.")))->zone);
}

TEST_CASE("stored but unserved zones can be removed", "[store]") {
    const ScratchDirectory scratch;
    {
        OpenStore store(scratch.path());
        (void)must(store->add_zone(name(example_org)));
        (void)must(store->commit(name(example_org), first(numbered_zone(example_org, 1))));
    }
    OpenStore store(scratch.path());
    REQUIRE(store->remove_zone(name(example_org)));
    CHECK(store->unserved_zones().empty());
}

TEST_CASE("only zones that are not served are told as such", "[store]") {
    const ScratchDirectory scratch;
    {
        OpenStore store(scratch.path());
        serve_two(store);
        CHECK(store->unserved_zones().empty());
    }
    OpenStore store(scratch.path());
    CHECK(store->unserved_zones().size() == 2);
    (void)must(store->add_zone(name("new.example.")));  // of as many as there are entries, not all
    (void)must(store->add_zone(name("example.net.")));
    REQUIRE(store->unserved_zones().size() == 1);
    CHECK(store->unserved_zones().front().view() == name(example_org));
    REQUIRE(store->remove_zone(name(example_org)));
    CHECK(store->unserved_zones().empty());
}

TEST_CASE("timers last over a restart", "[store]") {
    const ScratchDirectory scratch;
    const StoredTimers timers{WallTime{milliseconds{1'790'000'000'123}},
                              WallTime{milliseconds{1'790'086'400'456}}, false};
    {
        OpenStore store(scratch.path());
        (void)must(store->add_zone(name(example_org)));
        (void)must(store->commit(name(example_org), first(numbered_zone(example_org, 1))));
        REQUIRE(store->store_timers(
            std::array{ZoneTimers{name("other.org."), timers}, ZoneTimers{name(example_org), timers}}));
        CHECK_FALSE(store->timers(name("other.org.")));
        CHECK(store->timers(name(example_org)) == timers);
    }
    OpenStore store(scratch.path());
    CHECK(store->timers(name(example_org)) == timers);
    CHECK_FALSE(must(store->add_zone(name(example_org)))->expired);
}

TEST_CASE("an expired zone stays so over restarts until new content comes", "[store]") {
    const ScratchDirectory scratch;
    {
        OpenStore store(scratch.path());
        (void)must(store->add_zone(name(example_org)));
        (void)must(store->commit(name(example_org), first(numbered_zone(example_org, 1))));
        REQUIRE(store->set_expired(name(example_org), true));
        CHECK(store->zone(name(example_org))->expired);
        CHECK(store->zone(name(example_org))->zone);
    }
    OpenStore store(scratch.path());
    CHECK(must(store->add_zone(name(example_org)))->expired);
    SECTION("which is the same") {
        CHECK_FALSE(must(store->commit(name(example_org), first(numbered_zone(example_org, 1))))->expired);
    }
    SECTION("which is newer") {
        CHECK_FALSE(must(store->commit(name(example_org), first(numbered_zone(example_org, 2))))->expired);
    }
    SECTION("or the caller says so") {
        REQUIRE(store->set_expired(name(example_org), false));
    }
    CHECK_FALSE(store->zone(name(example_org))->expired);
    store.store.reset();
    CHECK_FALSE(reopened(scratch.path())->expired);
}

TEST_CASE("a zone whose time ran out while nobody served it is expired from the first moment", "[store]") {
    const ScratchDirectory scratch;
    {
        OpenStore store(scratch.path());
        (void)must(store->add_zone(name(example_org)));
        Candidate candidate = first(numbered_zone(example_org, 1));
        candidate.timers = StoredTimers{store.clock.wall_now(), store.clock.wall_now() - seconds{1}, false};
        CHECK_FALSE(must(store->commit(name(example_org), candidate))->expired);
    }
    CHECK(reopened(scratch.path())->expired);
}

TEST_CASE("history is kept by number, age and size", "[store]") {
    const ScratchDirectory scratch;
    HistoryLimits limits;
    limits.min_changes = 3;
    limits.min_age = std::chrono::hours{1};
    OpenStore store(scratch.path(), limits);
    (void)must(store->add_zone(name(example_org)));
    (void)must(store->commit(name(example_org), first(numbered_zone(example_org, 1))));
    const auto commits = [&](std::uint32_t from, std::uint32_t to) {
        for (std::uint32_t serial = from; serial <= to; ++serial)
            (void)must(store->commit(name(example_org), first(numbered_zone(example_org, serial))));
        return store->zone(name(example_org))->history.size();
    };
    CHECK(commits(2, 11) == 10);
    store.clock.advance(std::chrono::hours{2});
    CHECK(commits(12, 12) == 3);
    CHECK(commits(13, 20) == 9);
    store.store.reset();

    SECTION("when they are read too") {
        limits.max_changes = 4;
        OpenStore again(scratch.path(), limits);
        CHECK(must(again->add_zone(name(example_org)))->history.size() == 4);
    }
    SECTION("and none fits that is larger than all that may be kept") {
        limits.min_octets = 16;
        limits.max_zone_ratio = 0.0;
        OpenStore again(scratch.path(), limits);
        CHECK(must(again->add_zone(name(example_org)))->history.empty());
        const auto served = must(again->commit(name(example_org), first(numbered_zone(example_org, 21))));
        CHECK(served->history.empty());
        again.store.reset();
        CHECK(same_content(reopened(scratch.path())->zone, served->zone));
    }
}

TEST_CASE("long histories are cut, stored and read again as they were", "[store]") {
    const ScratchDirectory scratch;
    HistoryLimits limits;
    limits.min_changes = 90;
    limits.min_age = std::chrono::hours{1};
    limits.min_octets = std::size_t{1} << 24;
    const auto check = [](const ServedZonePtr& served, std::uint32_t last, std::size_t size) {
        REQUIRE(served->history.size() == size);
        for (std::uint32_t i = 0; i < size; ++i) {
            const ChangeSet& changes = *served->history[size - 1 - i].changes;
            REQUIRE(changes.to == Serial{last - i});
            REQUIRE(changes.from == Serial{last - i - 1});
        }
    };
    std::uint32_t serial = 1;
    {
        OpenStore store(scratch.path(), limits);
        (void)must(store->add_zone(name(example_org)));
        (void)must(store->commit(name(example_org), first(numbered_zone(example_org, serial))));
        for (serial = 2; serial <= 150; ++serial)
            check(must(store->commit(name(example_org), first(numbered_zone(example_org, serial)))), serial,
                  serial - 1);
        store.clock.advance(std::chrono::hours{2});
        for (; serial <= 170; ++serial)
            check(must(store->commit(name(example_org), first(numbered_zone(example_org, serial)))), serial,
                  90);
        --serial;
    }
    for (int times = 0; times < 3; ++times) {
        OpenStore store(scratch.path(), limits);
        store.clock.advance(std::chrono::hours{2});
        check(must(store->add_zone(name(example_org))), serial, 90);
        ++serial;
        check(must(store->commit(name(example_org), first(numbered_zone(example_org, serial)))), serial, 90);
    }
}

TEST_CASE("other limits of the history hold from the next commit on", "[store]") {
    const ScratchDirectory scratch;
    OpenStore store(scratch.path());
    (void)must(store->add_zone(name(example_org)));
    (void)must(store->commit(name(example_org), first(numbered_zone(example_org, 1))));
    const auto commit = [&](std::uint32_t serial) {
        return must(store->commit(name(example_org), first(numbered_zone(example_org, serial))))
            ->history.size();
    };
    for (std::uint32_t serial = 2; serial <= 10; ++serial)
        CHECK(commit(serial) == serial - 1);
    HistoryLimits limits;
    limits.max_changes = 2;
    store->set_history(limits);
    CHECK(store->zone(name(example_org))->history.size() == 9);
    CHECK(commit(11) == 2);
    CHECK(commit(12) == 2);
}

TEST_CASE("hundreds of small commits leave a small file and the last version", "[store]") {
    const ScratchDirectory scratch;
    HistoryLimits limits;
    limits.min_changes = 10;
    limits.min_age = std::chrono::hours{0};
    limits.min_octets = 4096;
    {
        OpenStore store(scratch.path(), limits);
        (void)must(store->add_zone(name(example_org)));
        ZonePtr last = numbered_zone(example_org, 1);
        (void)must(store->commit(name(example_org), first(last)));
        for (std::uint32_t serial = 2; serial <= 600; ++serial) {
            store.clock.advance(seconds{1});
            const ZonePtr next = numbered_zone(example_org, serial);
            (void)must(store->commit(name(example_org), following(last, next)));
            last = next;
        }
        CHECK(store->zone(name(example_org))->history.size() == 10);
    }
    CHECK(fs::file_size(scratch.path() / "state.db") < 128 * 1024);
    CHECK(same_content(reopened(scratch.path())->zone, numbered_zone(example_org, 600)));
}

TEST_CASE("a zone of many chunks comes back whole, also after its base was renewed", "[store]") {
    const ScratchDirectory scratch;
    HistoryLimits limits;
    limits.min_octets = 4096;
    const std::uint32_t hosts = 40'000;
    ZonePtr last = numbered_zone(example_org, 1, hosts);
    {
        OpenStore store(scratch.path(), limits);
        (void)must(store->add_zone(name(example_org)));
        (void)must(store->commit(name(example_org), first(last)));
        CHECK(fs::file_size(scratch.path() / "base-1") > 1024 * 1024);
        for (std::uint32_t serial = 2; serial <= 4; ++serial) {
            // Half of the addresses go, and come back.
            const ZonePtr next = numbered_zone(example_org, serial, serial % 2 == 0 ? hosts / 2 : hosts);
            (void)must(store->commit(name(example_org), following(last, next)));
            last = next;
        }
    }
    CHECK(same_content(reopened(scratch.path())->zone, last));
}

TEST_CASE("a zone of very many chunks comes back whole", "[store]") {
    const ScratchDirectory scratch;
    const ZonePtr zone = numbered_zone(example_org, 1, 200'000);
    {
        OpenStore store(scratch.path());
        (void)must(store->add_zone(name(example_org)));
        (void)must(store->commit(name(example_org), first(zone)));
    }
    CHECK(fs::file_size(scratch.path() / "base-1") > 5 * 1024 * 1024);
    CHECK(same_content(reopened(scratch.path())->zone, zone));
}

TEST_CASE("a state file whose bases are in a table without row ids goes on", "[store]") {
    const ScratchDirectory scratch;
    {
        OpenStore store(scratch.path());
        (void)must(store->add_zone(name(example_org)));
        (void)must(store->commit(name(example_org), first(numbered_zone(example_org, 1))));
    }
    {
        auto database = Database::open(scratch.path() / "state.db");
        REQUIRE(database);
        REQUIRE(database->run(
            "ALTER TABLE bases RENAME TO newer;"
            "CREATE TABLE bases (zone INTEGER NOT NULL, generation INTEGER NOT NULL, chunk INTEGER NOT NULL,"
            " records BLOB NOT NULL, PRIMARY KEY (zone, generation, chunk)) WITHOUT ROWID;"
            "INSERT INTO bases SELECT * FROM newer; DROP TABLE newer"));
    }
    CHECK(same_content(reopened(scratch.path())->zone, numbered_zone(example_org, 1)));
    const ZonePtr other = numbered_zone(example_org, 2, 40'000);
    {
        OpenStore store(scratch.path());
        (void)must(store->add_zone(name(example_org)));
        (void)must(store->commit(name(example_org), first(other)));
    }
    CHECK(same_content(reopened(scratch.path())->zone, other));
}

TEST_CASE("a second process is told who holds the directory", "[store]") {
    const ScratchDirectory scratch;
    {
        const OpenStore store(scratch.path());
        ManualClock clock;
        Log log = Log::silent();
        const auto second = ZoneStore::open(scratch.path(), clock, log);
        REQUIRE_FALSE(second);
        CHECK(second.error().code == ErrorCode::Exists);
        CHECK(second.error().text.find(scratch.path().string()) != std::string::npos);
        CHECK(second.error().text.find(std::to_string(::getpid())) != std::string::npos);
    }
    const OpenStore store(scratch.path());
    CHECK(store->unserved_zones().empty());
}

TEST_CASE("a directory that cannot be written is refused with a remedy", "[store]") {
    const ScratchDirectory scratch;
    write_file(scratch.path() / "file", "");
    ManualClock clock;
    Log log = Log::silent();
    for (const fs::path& path :
         {scratch.path() / "file", scratch.path() / "no" / "such", fs::path("/proc")}) {
        const auto opened = ZoneStore::open(path, clock, log);
        REQUIRE_FALSE(opened);
        CHECK(opened.error().code == ErrorCode::Io);
        CHECK(opened.error().text.find("writable") != std::string::npos);
    }
}

TEST_CASE("a store keeps few files open, whatever it serves", "[store]") {
    const auto open_files = [] {
        return std::distance(fs::directory_iterator("/proc/self/fd"), fs::directory_iterator{});
    };
    const ScratchDirectory scratch;
    const auto before = open_files();
    OpenStore store(scratch.path());
    for (int i = 0; i < 50; ++i) {
        const std::string each = "z" + std::to_string(i) + ".example.";
        (void)must(store->add_zone(name(each)));
        (void)must(store->commit(name(each), first(numbered_zone(each, 1))));
    }
    CHECK(open_files() - before <= 4);
}
