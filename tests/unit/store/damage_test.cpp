// What a store makes of files that are not as it left them: the right content or none, never wrong records.

#include "scratch.hpp"
#include "store/write_ahead_log.hpp"
#include "store/zone_store.hpp"

#include <array>
#include <map>
#include <string>

using namespace lockstep;
using namespace lockstep::test;

namespace {

constexpr std::array<std::string_view, 3> apexes = {"example.org.", "example.net.", "a.example.com."};
constexpr std::uint32_t last_serial = 12;

/// A state directory as a killed process leaves it, and one as a stopped process does; every version that was
/// ever committed.
class Past {
public:
    Past() {
        HistoryLimits limits;
        limits.min_octets = 512;  // so that bases are renewed
        OpenStore store(running_.path(), limits);
        for (const std::string_view apex : apexes)
            REQUIRE(store->add_zone(name(apex)));
        for (std::uint32_t serial = 1; serial <= last_serial; ++serial) {
            for (const std::string_view apex : apexes) {
                const ZonePtr version = numbered_zone(apex, serial, 2 + serial % 3);
                REQUIRE(store->commit(name(apex), first(version)));
                versions_[name(apex).to_string()].push_back(version);
            }
        }
        copy_state(running_.path(), killed);
        store.store.reset();
        copy_state(running_.path(), stopped);
    }

    /// The serial with which `apex` comes back, 0 for none; fails where it is no version that there was.
    [[nodiscard]] std::uint32_t check(std::string_view apex, const ServedZonePtr& served) const {
        if (!served->zone) return 0;
        const std::uint32_t serial = served->zone->serial().value();
        REQUIRE(serial >= 1);
        REQUIRE(serial <= last_serial);
        REQUIRE(same_content(served->zone, versions_.at(name(apex).to_string())[serial - 1]));
        for (std::size_t i = 0; i < served->history.size(); ++i)
            REQUIRE(is_newer(served->history[i].changes->to, served->history[i].changes->from));
        return serial;
    }

private:
    ScratchDirectory running_;
    ScratchDirectory copies_;
    std::map<std::string, std::vector<ZonePtr>> versions_;

public:
    const fs::path killed = copies_.path() / "killed";
    const fs::path stopped = copies_.path() / "stopped";
};

/// The serials that a fresh process finds in `directory`, which it must always be able to go on with.
std::array<std::uint32_t, apexes.size()> serials(const Past& past, const fs::path& directory) {
    std::array<std::uint32_t, apexes.size()> found{};
    {
        OpenStore store(directory);
        for (std::size_t i = 0; i < apexes.size(); ++i) {
            const auto served = store->add_zone(name(apexes[i]));
            if (!served) FAIL(served.error().text);
            found[i] = past.check(apexes[i], *served);
        }
        // Repaired while some were loaded already: all go on being served.
        for (std::size_t i = 0; i < apexes.size(); ++i) {
            REQUIRE(past.check(apexes[i], store->zone(name(apexes[i]))) == found[i]);
        }
        const ZonePtr next = numbered_zone(apexes[0], last_serial + 1);
        const auto committed = store->commit(name(apexes[0]), first(next));
        if (!committed) FAIL(committed.error().text);
    }
    OpenStore store(directory);
    for (std::size_t i = 0; i < apexes.size(); ++i) {
        const auto served = store->add_zone(name(apexes[i]));
        REQUIRE(served);
        if (i == 0) {
            REQUIRE((*served)->zone->serial() == Serial{last_serial + 1});
        } else {
            REQUIRE(past.check(apexes[i], *served) == found[i]);
        }
    }
    return found;
}

struct Tally {
    int whole = 0;      // all zones at their last version
    int older = 0;      // at least one at an older one
    int set_aside = 0;  // a file was set aside
    int lost = 0;       // at least one zone was lost
    int silent = 0;     // ... and nothing was set aside

    void add(const std::array<std::uint32_t, apexes.size()>& found, const fs::path& directory) {
        const bool aside = test::set_aside(directory) > 0;
        const bool any_lost = std::ranges::count(found, 0U) > 0;
        whole += std::ranges::count(found, last_serial) == static_cast<std::ptrdiff_t>(found.size()) ? 1 : 0;
        older += std::ranges::any_of(found, [](auto serial) { return serial > 0 && serial < last_serial; })
                     ? 1
                     : 0;
        set_aside += aside ? 1 : 0;
        lost += any_lost ? 1 : 0;
        silent += any_lost && !aside ? 1 : 0;
    }
};

/// Opens a copy of `from` with the octet at each of `positions` of `file` changed.
template <class Next>
Tally flip(const Past& past, const fs::path& from, std::string_view file, Next next) {
    Tally tally;
    const std::string whole = read_file(from / file);
    REQUIRE_FALSE(whole.empty());
    for (std::size_t at = 0; at < whole.size(); at = next(at)) {
        const ScratchDirectory scratch;
        copy_state(from, scratch.path());
        std::string flipped = whole;
        flipped[at] = static_cast<char>(flipped[at] ^ (at % 3 == 0 ? 0xff : 1 << at % 8));
        write_file(scratch.path() / file, flipped);
        INFO(file << " with octet " << at << " changed");
        tally.add(serials(past, scratch.path()), scratch.path());
    }
    return tally;
}

void tell(std::string_view what, const Tally& tally) {
    WARN(what << ": whole " << tally.whole << ", older " << tally.older << ", set aside " << tally.set_aside
              << ", zones lost " << tally.lost << ", without a word " << tally.silent);
}

}  // namespace

TEST_CASE("both a stopped and a killed process leave the last version", "[store][damage]") {
    const Past past;
    for (const fs::path& from : {past.stopped, past.killed}) {
        const ScratchDirectory scratch;
        copy_state(from, scratch.path());
        CHECK(serials(past, scratch.path()) == std::array{last_serial, last_serial, last_serial});
        CHECK(set_aside(scratch.path()) == 0);
    }
}

TEST_CASE("a changed octet never leads to wrong records", "[store][damage]") {
    const Past past;
    SECTION("in the file of a stopped process") {
        const Tally tally = flip(past, past.stopped, "state.db", [](std::size_t at) {
            return at < 128 ? at + 1 : at + (at % 4096 < 64 ? 7 : 113);
        });
        CHECK(tally.older == 0);
        CHECK(tally.set_aside > 0);
        CHECK(tally.silent == 0);
    }
    SECTION("in the file of a killed process") {
        (void)flip(past, past.killed, "state.db", [](std::size_t at) { return at < 32 ? at + 1 : at + 97; });
    }
    SECTION("in the log of a killed process") {
        (void)flip(past, past.killed, "state.db-wal",
                   [](std::size_t at) { return at < 32 ? at + 1 : at + 3001; });
    }
}

TEST_CASE("zones that are added at once come back from damage as those added one by one", "[store][damage]") {
    const Past past;
    std::vector<StoredName> all;
    for (const std::string_view apex : apexes)
        all.emplace_back(name(apex));
    const std::string whole = read_file(past.stopped / "state.db");
    std::size_t aside = 0;
    for (std::size_t at = 0; at < whole.size(); at += at < 128 ? 5 : 389) {
        const ScratchDirectory together;
        const ScratchDirectory alone;
        std::string flipped = whole;
        flipped[at] = static_cast<char>(flipped[at] ^ 0xff);
        for (const auto* directory : {&together, &alone}) {
            copy_state(past.stopped, directory->path());
            write_file(directory->path() / "state.db", flipped);
        }
        INFO("state.db with octet " << at << " changed");
        {
            OpenStore store(together.path());
            const auto added = store->add_zones(all);
            if (!added) FAIL(added.error().text);
            OpenStore other(alone.path());
            for (const std::string_view apex : apexes) {
                const auto one = other->add_zone(name(apex));
                REQUIRE(one);
                const auto found = past.check(apex, store->zone(name(apex)));
                CHECK(found == past.check(apex, *one));
                CHECK(store->zone(name(apex))->history.size() == (*one)->history.size());
            }
        }
        aside += set_aside(together.path());
        // What was put right can be gone on with.
        CHECK(serials(past, together.path()) == serials(past, alone.path()));
    }
    CHECK(aside > 0);
}

TEST_CASE("no changed octet at all leads to wrong records", "[.][store][exhaustive]") {
    const Past past;
    tell("stopped", flip(past, past.stopped, "state.db", [](std::size_t at) { return at + 1; }));
    tell("log", flip(past, past.killed, "state.db-wal", [](std::size_t at) { return at + 13; }));
}

TEST_CASE("a file cut at any length leads to no wrong records", "[store][damage]") {
    const Past past;
    for (const auto& [from, file] : {std::pair(past.stopped, "state.db"), std::pair(past.killed, "state.db"),
                                     std::pair(past.killed, "state.db-wal")}) {
        const std::string whole = read_file(from / file);
        for (std::size_t size = 0; size < whole.size(); size += size < 200 ? 40 : 2741) {
            const ScratchDirectory scratch;
            copy_state(from, scratch.path());
            write_file(scratch.path() / file, std::string_view(whole).substr(0, size));
            INFO(file << " cut to " << size << " of " << whole.size());
            (void)serials(past, scratch.path());
        }
    }
}

TEST_CASE("a log cut at its tail leaves every commit before it", "[store][damage]") {
    const Past past;
    const std::string whole = read_file(past.killed / "state.db-wal");
    std::uint32_t before = 0;
    for (std::size_t size = whole.size() / 2; size <= whole.size(); size += 1031) {
        const ScratchDirectory scratch;
        copy_state(past.killed, scratch.path());
        write_file(scratch.path() / "state.db-wal", std::string_view(whole).substr(0, size));
        const auto found = serials(past, scratch.path());
        CHECK(test::set_aside(scratch.path()) == 0);
        CHECK(found[0] >= before);
        before = found[0];
    }
    CHECK(before == last_serial);
}

TEST_CASE("damage in the middle of a log is told from a log cut short", "[store][damage]") {
    const Past past;
    const ScratchDirectory scratch;
    const fs::path log = scratch.path() / "log";
    const std::string whole = read_file(past.killed / "state.db-wal");
    CHECK_FALSE(damaged_at(log));
    for (std::size_t size = 0; size <= whole.size(); size += size < 5000 ? 4 : 977) {
        write_file(log, std::string_view(whole).substr(0, size));
        REQUIRE_FALSE(damaged_at(log));
    }
    constexpr std::size_t frame = 4096 + 24;
    for (std::size_t at = 0; at + 20 * frame < whole.size(); at += at < 200 ? 1 : 411) {
        std::string flipped = whole;
        flipped[at] = static_cast<char>(flipped[at] ^ 0x10);
        write_file(log, flipped);
        INFO("octet " << at);
        REQUIRE(damaged_at(log) == (at < 32 ? 0 : 32 + (at - 32) / frame * frame));
    }
    copy_state(past.killed, scratch.path());
    fs::copy_file(log, scratch.path() / "state.db-wal", fs::copy_options::overwrite_existing);
    (void)serials(past, scratch.path());
    CHECK(fs::exists(scratch.path() / "state.db.bad-20260921T141320Z-wal"));
}

TEST_CASE("what is no state file is set aside, and a fresh one begun", "[store][damage]") {
    const Past past;
    const ScratchDirectory scratch;
    const fs::path file = scratch.path() / "state.db";
    std::string content;
    SECTION("text") {
        content = std::string(5000, 'x');
    }
    SECTION("a few octets") {
        content = "SQLite f";
    }
    SECTION("zeros") {
        content = std::string(8192, '\0');
    }
    SECTION("another format") {
        content = read_file(past.stopped / "state.db");
        content[63] = 77;  // user_version
    }
    SECTION("another program's database") {
        content = read_file(past.stopped / "state.db");
        content[68] = 1;  // application_id
    }
    write_file(file, content);
    CHECK(serials(past, scratch.path()) == std::array<std::uint32_t, 3>{});
    CHECK(set_aside(scratch.path()) == 1);
    CHECK(fs::exists(scratch.path() / "state.db.bad-20260921T141320Z"));
    CHECK(read_file(scratch.path() / "state.db.bad-20260921T141320Z") == content);
}

TEST_CASE("zones that are whole outlive damage to another one", "[store][damage]") {
    const Past past;
    const ScratchDirectory scratch;
    copy_state(past.stopped, scratch.path());
    std::string content = read_file(scratch.path() / "state.db");
    // Only one zone has this text, in its base or a delta; the newest copy is the one in use.
    for (auto at = content.find("serial 12"); at != std::string::npos;
         at = content.find("serial 12", at + 1)) {
        if (content.rfind("example\3net", at) != std::string::npos &&
            at - content.rfind("example\3net", at) < 300)
            content[at] = 'S';
    }
    write_file(scratch.path() / "state.db", content);
    const auto found = serials(past, scratch.path());
    CHECK(set_aside(scratch.path()) == 1);
    CHECK(std::ranges::count(found, 0U) == 1);
    CHECK(std::ranges::count(found, last_serial) == 2);
}

TEST_CASE("a replacement that was interrupted is finished, or begun again", "[store][damage]") {
    const Past past;
    const ScratchDirectory scratch;
    copy_state(past.killed, scratch.path());
    const fs::path& directory = scratch.path();
    SECTION("before the old file went: the old one counts") {
        write_file(directory / "state.db.new", "half a file");
    }
    SECTION("after the old file went, before its log did: the new one counts") {
        fs::copy_file(past.stopped / "state.db", directory / "state.db.new");
        fs::rename(directory / "state.db", directory / "state.db.bad-20260921T141320Z");
    }
    SECTION("before the new file took its place") {
        fs::copy_file(past.stopped / "state.db", directory / "state.db.new");
        fs::rename(directory / "state.db", directory / "state.db.bad-20260921T141320Z");
        fs::rename(directory / "state.db-wal", directory / "state.db.bad-20260921T141320Z-wal");
    }
    CHECK(serials(past, directory) == std::array{last_serial, last_serial, last_serial});
    CHECK_FALSE(fs::exists(directory / "state.db.new"));
}
