// Bases of more than one chunk, which stand in files beside the state file.

#include "fault_vfs.hpp"
#include "scratch.hpp"
#include "store/sqlite.hpp"
#include "store/zone_store.hpp"

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

using namespace lockstep;
using namespace lockstep::test;

namespace {

using Operation = FaultVfs::Operation;

constexpr const char* bad = ".bad-20260921T141320Z";  // by the clock of the stores

/// A zone of more than one chunk, and less than two.
ZonePtr wide_zone(std::uint32_t serial, std::string_view apex = example_org) {
    const std::string string = " \"" + std::string(250, static_cast<char>('a' + serial % 26)) + '"';
    std::string text = soa_line(serial) + "@ 3600 NS ns1\nns1 3600 A 192.0.2.1\n";
    for (unsigned number = 0; number < 1600; ++number)
        text += "t" + std::to_string(number) + " 60 TXT" + string + string + string + "\n";
    return zone(apex, text);
}

/// A version that needs a base of its own, whatever is served.
Candidate breaking(const ZonePtr& zone) {
    Candidate candidate = first(zone);
    candidate.breaks_history = true;
    return candidate;
}

/// Of all base files but those that were set aside.
std::vector<std::string> base_names(const fs::path& directory) {
    std::vector<std::string> names;
    for (const auto& each : fs::directory_iterator(directory)) {
        const std::string name = each.path().filename();
        if (name.starts_with("base") && name.find(".bad-") == std::string::npos) names.push_back(name);
    }
    std::ranges::sort(names);
    return names;
}

void write_image(const FaultVfs::Image& image, const fs::path& directory) {
    for (const auto& [path, content] : image)
        write_file(directory / fs::path(path).filename(), content);
}

/// What is served of `apex` where a process starts on `directory`.
ServedZonePtr served_from(const fs::path& directory, std::string_view apex = example_org) {
    OpenStore store(directory);
    return must(store->add_zone(name(apex)));
}

/// A directory whose store serves wide_zone(1), whose base is in base-1.
struct Stored {
    Stored() {
        OpenStore store(scratch.path());
        for (const std::string_view apex : {example_org, std::string_view("example.net.")}) {
            must(store->add_zone(name(apex)));
            must(store->commit(name(apex),
                               first(apex == example_org ? wide_zone(1) : numbered_zone(apex, 1))));
        }
    }
    [[nodiscard]] const fs::path& path() const { return scratch.path(); }
    ScratchDirectory scratch;
};

/// What `query` tells of the state file once it has run `statement`.
std::int64_t number_after(const fs::path& directory, const char* statement, const char* query) {
    auto database = Database::open(directory / "state.db");
    REQUIRE(database);
    REQUIRE(database->run(statement));
    return *database->integer(query);
}

}  // namespace

TEST_CASE("a base of more than one chunk stands in a file of its own", "[store]") {
    const Stored stored;
    CHECK(base_names(stored.path()) == std::vector<std::string>{"base-1"});
    CHECK(fs::file_size(stored.path() / "state.db") < 100'000);
    CHECK((fs::status(stored.path() / "base-1").permissions() & fs::perms::others_all) == fs::perms::none);
    CHECK(same_content(served_from(stored.path())->zone, wide_zone(1)));
    CHECK(same_content(served_from(stored.path(), "example.net.")->zone, numbered_zone("example.net.", 1)));
}

TEST_CASE("a base file goes with the last row that refers to it", "[store]") {
    const Stored stored;
    OpenStore store(stored.path());
    must(store->add_zone(name(example_org)));
    SECTION("when another base takes its place") {
        must(store->commit(name(example_org), breaking(wide_zone(2))));
        CHECK(base_names(stored.path()) == std::vector<std::string>{"base-2"});
    }
    SECTION("when one of a single chunk takes its place") {
        must(store->commit(name(example_org), first(numbered_zone(example_org, 0))));
        CHECK(base_names(stored.path()).empty());
    }
    SECTION("when the zone is removed") {
        REQUIRE(store->remove_zone(name(example_org)));
        CHECK(base_names(stored.path()).empty());
    }
}

TEST_CASE("a base file is renewed when what came after it is more than it has", "[store]") {
    const Stored stored;
    {
        OpenStore store(stored.path());
        must(store->add_zone(name(example_org)));
        ZonePtr zone = store->zone(name(example_org))->zone;
        for (std::uint32_t serial = 2; base_names(stored.path()) == std::vector<std::string>{"base-1"};
             ++serial) {
            REQUIRE(serial < 5);  // each changes all records, so a change is as large as two zones
            const ZonePtr next = wide_zone(serial);
            must(store->commit(name(example_org), following(zone, next)));
            zone = next;
        }
        CHECK(base_names(stored.path()).size() == 1);
    }
    OpenStore store(stored.path());
    const auto served = must(store->add_zone(name(example_org)));
    CHECK(same_content(served->zone, wide_zone(served->zone->serial().value())));
}

TEST_CASE("a start removes base files that no row refers to, and nothing else", "[store]") {
    const Stored stored;
    for (const char* left :
         {"base-7", "base-18446744073709551615", "base-", "base-07", "base-7.old", "base-x"})
        write_file(stored.path() / left, "x");
    {
        OpenStore store(stored.path());
        CHECK(same_content(must(store->add_zone(name(example_org)))->zone, wide_zone(1)));
        must(store->commit(name(example_org), breaking(wide_zone(2))));
    }
    CHECK(same_content(served_from(stored.path())->zone, wide_zone(2)));
    CHECK(base_names(stored.path()) == std::vector<std::string>{"base-", "base-07",
                                                                "base-18446744073709551615", "base-7.old",
                                                                "base-8", "base-x"});
}

TEST_CASE("a base file that is not as it was written costs its zone alone", "[store][damage]") {
    const Stored stored;
    const fs::path file = stored.path() / "base-1";
    const std::string whole = read_file(file);
    std::vector<std::optional<std::string>> contents = {std::nullopt, "", whole.substr(0, 3)};
    for (const std::size_t size : {whole.size() / 2, whole.size() - 1})
        contents.emplace_back(whole.substr(0, size));
    for (const std::size_t at : {std::size_t{0}, std::size_t{3}, std::size_t{4}, std::size_t{20},
                                 whole.size() / 3, whole.size() - 1}) {
        contents.emplace_back(whole);
        contents.back()->at(at) ^= 0x10;
    }
    for (const auto& content : contents) {
        INFO((content ? std::to_string(content->size()) + " octets of " + std::to_string(whole.size())
                      : std::string("no file")));
        const ScratchDirectory scratch;
        copy_state(stored.path(), scratch.path());
        fs::remove(scratch.path() / "base-1");
        if (content) write_file(scratch.path() / "base-1", *content);
        {
            OpenStore store(scratch.path());
            CHECK_FALSE(must(store->add_zone(name(example_org)))->zone);
            CHECK(same_content(must(store->add_zone(name("example.net.")))->zone,
                               numbered_zone("example.net.", 1)));
            CHECK(set_aside(scratch.path()) == 1);
            if (content) CHECK(read_file(scratch.path() / (std::string("base-1") + bad)) == *content);
            must(store->commit(name(example_org), first(wide_zone(2))));
            CHECK(base_names(scratch.path()) == std::vector<std::string>{"base-2"});
        }
        CHECK(same_content(served_from(scratch.path())->zone, wide_zone(2)));
    }
}

TEST_CASE("a zone with a base file is carried over when another zone's row is damaged", "[store][damage]") {
    const Stored stored;
    std::string content = read_file(stored.path() / "state.db");
    const auto at = content.rfind("serial 1");  // in the other one's base
    REQUIRE(at != std::string::npos);
    content[at] = 'S';
    write_file(stored.path() / "state.db", content);
    const bool served_before = GENERATE(true, false);
    {
        OpenStore store(stored.path());
        if (served_before) must(store->add_zone(name(example_org)));
        CHECK_FALSE(must(store->add_zone(name("example.net.")))->zone);
        CHECK(set_aside(stored.path()) == 1);
        CHECK(same_content(must(store->add_zone(name(example_org)))->zone, wide_zone(1)));
        must(store->commit(name(example_org), first(wide_zone(2))));
    }
    CHECK(same_content(served_from(stored.path())->zone, wide_zone(2)));
}

TEST_CASE("a state file of a format that is not known is set aside with its base files", "[store][damage]") {
    const Stored stored;
    const std::string base = read_file(stored.path() / "base-1");
    std::string content = read_file(stored.path() / "state.db");
    content[63] = 77;  // user_version
    write_file(stored.path() / "state.db", content);
    CHECK_FALSE(served_from(stored.path())->zone);
    CHECK(base_names(stored.path()).empty());
    CHECK(read_file(stored.path() / (std::string("base-1") + bad)) == base);
    CHECK(read_file(stored.path() / (std::string("state.db") + bad)) == content);
    CHECK_FALSE(served_from(stored.path())->zone);  // and stays aside
    CHECK(read_file(stored.path() / (std::string("base-1") + bad)) == base);
}

TEST_CASE("a base that the disk does not take changes nothing and leaves nothing", "[store][fault]") {
    const auto [operation, status] =
        GENERATE(std::pair(Operation::Write, SQLITE_FULL), std::pair(Operation::Write, SQLITE_IOERR_WRITE),
                 std::pair(Operation::Sync, SQLITE_IOERR_FSYNC));
    // Creating it, four writes; its content, its name; then what SQLite does.
    for (int nth = 1; nth <= (operation == Operation::Sync ? 2 : 5); ++nth) {
        INFO("status " << status << " at operation " << nth);
        const Stored stored;
        FaultVfs disk;
        OpenStore store(stored.path(), {}, disk.calls());
        must(store->add_zone(name(example_org)));
        int count = 0;
        disk.before = [&](Operation asked) {
            return asked == operation && ++count == nth ? status : SQLITE_OK;
        };
        const auto refused = store->commit(name(example_org), breaking(wide_zone(2)));
        REQUIRE_FALSE(refused);
        CHECK(refused.error().code == ErrorCode::Io);
        CHECK(refused.error().text.find(status == SQLITE_FULL ? "free space" : "state directory") !=
              std::string::npos);
        CHECK(store->zone(name(example_org))->zone->serial() == Serial{1});
        CHECK(base_names(stored.path()) == std::vector<std::string>{"base-1"});
        must(store->commit(name(example_org), breaking(wide_zone(2))));
        store.store.reset();
        CHECK(same_content(served_from(stored.path())->zone, wide_zone(2)));
        CHECK(base_names(stored.path()) == std::vector<std::string>{"base-3"});
    }
}

namespace {

/// A store whose commit of wide_zone(2) failed in the sync of the log, which holds it all the same.
struct Failed {
    Failed() {
        must(store->add_zone(name(example_org)));
        other = must(store->add_zone(name("example.net.")))->zone;
        int syncs = 0;
        disk.before = [&](Operation asked) {
            return asked == Operation::Sync && ++syncs == 3 ? SQLITE_IOERR_FSYNC : SQLITE_OK;
        };
        disk.failed_syncs_write = true;
        REQUIRE_FALSE(store->commit(name(example_org), breaking(wide_zone(2))));
        disk.before = nullptr;
    }
    FaultVfs disk;
    Stored stored;
    OpenStore store{stored.path(), {}, disk.calls()};
    ZonePtr other;
};

}  // namespace

TEST_CASE("a base stays while a commit that refers to it and failed may be on the disk", "[store][fault]") {
    Failed failed;
    const fs::path& path = failed.stored.path();
    CHECK(base_names(path) == std::vector<std::string>{"base-1", "base-2"});
    const ScratchDirectory killed;
    copy_state(path, killed.path());
    SECTION("a process that is killed then has it") {
        failed.store.store.reset();
        const auto served = served_from(killed.path());
        REQUIRE(served->zone);
        CHECK(same_content(served->zone, wide_zone(2)));  // it was whole in the log
        CHECK(set_aside(killed.path()) == 0);
        CHECK(base_names(killed.path()) == std::vector<std::string>{"base-2"});
    }
    SECTION("it goes behind another commit, once the disk cannot bring it back") {
        const bool changes = GENERATE(true, false);
        INFO("the other commit changes something: " << changes);
        must(failed.store->commit(name("example.net."),
                                  first(changes ? numbered_zone("example.net.", 2) : failed.other)));
        CHECK(base_names(path) == std::vector<std::string>{"base-1"});
        SeededRandom random(6);
        std::vector<FaultVfs::Image> images;
        for (int cut = 0; cut < 8; ++cut)
            images.push_back(failed.disk.after_power_cut(random));
        failed.store.store.reset();
        for (const FaultVfs::Image& image : images) {
            const ScratchDirectory then;
            write_image(image, then.path());
            write_file(then.path() / "base-1",
                       read_file(path / "base-1"));  // from before there was this disk
            const auto served = served_from(then.path());
            CHECK(set_aside(then.path()) == 0);
            REQUIRE(served->zone);
            CHECK(same_content(served->zone, wide_zone(1)));
        }
    }
    SECTION("it goes before another one is written") {
        must(failed.store->commit(name(example_org), breaking(wide_zone(2))));
        CHECK(base_names(path) == std::vector<std::string>{"base-3"});
    }
}

TEST_CASE("commits that fail again and again leave one base at most", "[store][fault]") {
    const int every = GENERATE(1, 3);  // sync fails
    INFO("every sync of " << every);
    Failed failed;
    int syncs = 0;
    failed.disk.before = [&](Operation asked) {
        return asked == Operation::Sync && ++syncs % every == 0 ? SQLITE_IOERR_FSYNC : SQLITE_OK;
    };
    for (int attempt = 0; attempt < 6; ++attempt) {
        CHECK_FALSE(failed.store->commit(name(example_org), breaking(wide_zone(2))));
        CHECK(base_names(failed.stored.path()).size() <= 2);
    }
    failed.disk.before = nullptr;
    must(failed.store->commit(name(example_org), breaking(wide_zone(2))));
    CHECK(base_names(failed.stored.path()).size() == 1);
}

TEST_CASE("a log that is found damaged does not bring back a row whose base is gone", "[store][damage]") {
    const Stored stored;
    const ScratchDirectory killed;
    {
        OpenStore store(stored.path());
        must(store->add_zone(name(example_org)));
        must(store->commit(name(example_org), breaking(wide_zone(2))));
        must(store->add_zone(name("example.net.")));
        must(store->commit(name("example.net."), first(numbered_zone("example.net.", 2))));
        copy_state(stored.path(), killed.path());
    }
    const std::string log = read_file(killed.path() / "state.db-wal");
    REQUIRE(log.size() > 4096);
    for (std::size_t at = 40; at < log.size(); at += 1000) {
        INFO("octet " << at << " of the log changed");
        const ScratchDirectory scratch;
        copy_state(killed.path(), scratch.path());
        std::string damaged = log;
        damaged[at] = static_cast<char>(damaged[at] ^ 1);
        write_file(scratch.path() / "state.db-wal", damaged);
        const auto served = served_from(scratch.path());
        CHECK(set_aside(scratch.path()) == 0);
        REQUIRE(served->zone);
        CHECK(served->zone->serial() == Serial{2});
    }
}

TEST_CASE("a start whose disk takes nothing removes no base", "[store][fault]") {
    const Stored stored;
    const ScratchDirectory killed;
    {
        FaultVfs disk;
        OpenStore store(stored.path(), {}, disk.calls());
        must(store->add_zone(name(example_org)));
        int syncs = 0;
        disk.before = [&](Operation asked) {
            // Killed before the log is synced.
            if (asked == Operation::Sync && ++syncs == 3) copy_state(stored.path(), killed.path());
            return SQLITE_OK;
        };
        must(store->commit(name(example_org), breaking(wide_zone(2))));
        disk.before = nullptr;
    }
    FaultVfs disk;
    disk.before = [](Operation asked) { return asked == Operation::Write ? SQLITE_FULL : SQLITE_OK; };
    OpenStore store(killed.path(), {}, disk.calls());
    CHECK(base_names(killed.path()) == std::vector<std::string>{"base-1", "base-2"});
    CHECK(same_content(must(store->add_zone(name(example_org)))->zone, wide_zone(2)));
    disk.before = nullptr;
    must(store->commit(name(example_org), breaking(wide_zone(3))));
    CHECK(base_names(killed.path()) == std::vector<std::string>{"base-3"});
}

TEST_CASE("a base file that cannot be read just now is not taken for damaged", "[store][damage]") {
    const Stored stored;
    fs::rename(stored.path() / "base-1", stored.path() / "kept");
    fs::create_directory(stored.path() / "base-1");
    {
        OpenStore store(stored.path());
        const auto added = store->add_zone(name(example_org));
        REQUIRE_FALSE(added);
        CHECK(added.error().code == ErrorCode::Io);
        CHECK(added.error().text.find((stored.path() / "base-1").string()) != std::string::npos);
    }
    CHECK(set_aside(stored.path()) == 0);
    fs::remove(stored.path() / "base-1");
    fs::rename(stored.path() / "kept", stored.path() / "base-1");
    CHECK(same_content(served_from(stored.path())->zone, wide_zone(1)));
}

TEST_CASE("chunks that an older version left unfinished go with the next base", "[store]") {
    const Stored stored;
    const auto chunks = [&](const char* before) {
        return number_after(stored.path(), before,
                            "SELECT count(*) FROM bases WHERE zone = (SELECT min(id) FROM zones)");
    };
    CHECK(chunks("INSERT INTO bases SELECT min(id), 2, 0, zeroblob(1000000) FROM zones") == 1);
    {
        OpenStore store(stored.path());
        must(store->add_zone(name(example_org)));
        must(store->commit(name(example_org), breaking(wide_zone(2))));
    }
    CHECK(chunks("SELECT 1") == 0);
}

TEST_CASE("chunks that an older version left of no zone go at the start", "[store]") {
    const ScratchDirectory scratch;
    const auto chunks = [&](const char* before) {
        return number_after(scratch.path(), before, "SELECT count(*) FROM bases");
    };
    {
        OpenStore store(scratch.path());
        must(store->add_zone(name(example_org)));
        must(store->commit(name(example_org), first(numbered_zone(example_org, 1))));
    }
    CHECK(chunks("INSERT INTO bases SELECT max(id) + 1, 1, 1, zeroblob(100000) FROM zones") == 2);
    CHECK(same_content(served_from(scratch.path())->zone, numbered_zone(example_org, 1)));
    CHECK(set_aside(scratch.path()) == 0);
    CHECK(chunks("SELECT 1") == 1);
}

TEST_CASE("a power cut while bases are written and replaced loses nothing acknowledged", "[store][fault]") {
    struct Moment {
        FaultVfs::Image image;
        std::uint32_t acknowledged;
    };
    std::vector<Moment> moments;
    SeededRandom random(5);
    const ScratchDirectory scratch;
    {
        FaultVfs disk;
        OpenStore store(scratch.path(), {}, disk.calls());
        must(store->add_zone(name(example_org)));
        std::uint32_t acknowledged = 0;
        disk.before = [&](Operation) {
            moments.push_back(
                {random.below(2) == 0 ? disk.synced() : disk.after_power_cut(random), acknowledged});
            return SQLITE_OK;
        };
        for (std::uint32_t serial = 1; serial <= 5; ++serial) {
            must(store->commit(name(example_org), breaking(wide_zone(serial))));
            acknowledged = serial;
        }
    }
    REQUIRE(moments.size() > 5 * 8);
    for (const Moment& moment : moments) {
        const ScratchDirectory after;
        write_image(moment.image, after.path());
        const auto served = served_from(after.path());
        INFO("acknowledged " << moment.acknowledged);
        CHECK(set_aside(after.path()) == 0);
        const std::uint32_t serial = served->zone ? served->zone->serial().value() : 0;
        CHECK(serial >= moment.acknowledged);
        CHECK(serial <= moment.acknowledged + 1);
        if (serial != 0) CHECK(same_content(served->zone, wide_zone(serial)));
        CHECK(base_names(after.path()).size() == (serial != 0 ? 1 : 0));
    }
}
