// Bases of more than one chunk, which stand in files beside the state file.

#include "fault_vfs.hpp"
#include "scratch.hpp"
#include "store/zone_store.hpp"

#include <algorithm>
#include <array>
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
        Candidate candidate = first(wide_zone(2));
        candidate.breaks_history = true;
        must(store->commit(name(example_org), std::move(candidate)));
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
    CHECK(same_content(served_from(stored.path())->zone, wide_zone(1)));
    CHECK(base_names(stored.path()) ==
          std::vector<std::string>{"base-", "base-07", "base-1", "base-7.old", "base-x"});
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
        Candidate candidate = first(wide_zone(2));
        candidate.breaks_history = true;
        const auto refused = store->commit(name(example_org), candidate);
        REQUIRE_FALSE(refused);
        CHECK(refused.error().code == ErrorCode::Io);
        CHECK(refused.error().text.find(status == SQLITE_FULL ? "free space" : "state directory") !=
              std::string::npos);
        CHECK(store->zone(name(example_org))->zone->serial() == Serial{1});
        CHECK(base_names(stored.path()) == std::vector<std::string>{"base-1"});
        must(store->commit(name(example_org), candidate));
        store.store.reset();
        CHECK(same_content(served_from(stored.path())->zone, wide_zone(2)));
        CHECK(base_names(stored.path()) == std::vector<std::string>{"base-3"});
    }
}

TEST_CASE("a base stays while a commit that refers to it and failed may be on the disk", "[store][fault]") {
    const Stored stored;
    FaultVfs disk;
    OpenStore store(stored.path(), {}, disk.calls());
    must(store->add_zone(name(example_org)));
    must(store->add_zone(name("example.net.")));
    int syncs = 0;
    disk.before = [&](Operation asked) {
        return asked == Operation::Sync && ++syncs == 3 ? SQLITE_IOERR_FSYNC : SQLITE_OK;
    };
    Candidate candidate = first(wide_zone(2));
    candidate.breaks_history = true;
    REQUIRE_FALSE(store->commit(name(example_org), candidate));
    CHECK(base_names(stored.path()) == std::vector<std::string>{"base-1", "base-2"});
    const ScratchDirectory killed;
    copy_state(stored.path(), killed.path());
    // Once another commit is on the disk that one is not.
    must(store->commit(name("example.net."), first(numbered_zone("example.net.", 2))));
    CHECK(base_names(stored.path()) == std::vector<std::string>{"base-1"});
    must(store->commit(name(example_org), candidate));
    CHECK(base_names(stored.path()) == std::vector<std::string>{"base-3"});
    store.store.reset();
    disk.before = nullptr;
    const auto served = served_from(killed.path());
    REQUIRE(served->zone);
    CHECK(set_aside(killed.path()) == 0);
    CHECK(same_content(served->zone, wide_zone(2)));  // it was whole in the log
    CHECK(base_names(killed.path()) == std::vector<std::string>{"base-2"});
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
            Candidate candidate = first(wide_zone(serial));
            candidate.breaks_history = true;
            must(store->commit(name(example_org), std::move(candidate)));
            acknowledged = serial;
        }
    }
    REQUIRE(moments.size() > 5 * 8);
    for (const Moment& moment : moments) {
        const ScratchDirectory after;
        for (const auto& [path, content] : moment.image)
            write_file(after.path() / fs::path(path).filename(), content);
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
