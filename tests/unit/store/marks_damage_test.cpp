// Marks on a disk that fails or is damaged, and in files that other versions wrote: they are those of the
// content that is served, or there are none.

#include "marked.hpp"
#include "store/journal.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <string>
#include <utility>
#include <vector>

using namespace lockstep;
using namespace lockstep::test;

namespace {

using Operation = FaultVfs::Operation;

}  // namespace

TEST_CASE("a commit that fails leaves marks and content as they were", "[store][marks][fault]") {
    enum class Kind { Same, Delta, Base };
    for (const Kind kind : {Kind::Same, Kind::Delta, Kind::Base}) {
        int failures = 0;
        for (std::uint64_t nth = 1; nth <= 14; ++nth) {
            INFO("kind " << static_cast<int>(kind) << ", full from operation " << nth << " on");
            const ScratchDirectory scratch;
            FaultVfs disk;
            Candidate candidate = numbered(example_org, 2);
            candidate.breaks_history = kind == Kind::Base;
            if (kind == Kind::Same) candidate.zone = numbered_zone(example_org, 1);
            bool committed = false;
            std::uint64_t count = 0;
            {
                Serving store(scratch.path());
                (void)must(store->commit(name(example_org), numbered(example_org, 1)));
                const ServedZonePtr before = store->zone(name(example_org));
                disk.before = [&](Operation) { return ++count >= nth ? SQLITE_FULL : SQLITE_OK; };
                committed = store->commit(name(example_org), candidate).has_value();
                failures += committed ? 0 : 1;
                CHECK(store.marks() == marks_of(example_org, committed ? 2 : 1));
                if (!committed) CHECK(store->zone(name(example_org)) == before);
            }
            disk.before = nullptr;
            Serving store(scratch.path());
            CHECK(set_aside(scratch.path()) == 0);
            // What could only not be synced may be there: then whole.
            const bool there = store.marks() == marks_of(example_org, 2);
            if (!there) CHECK(store.marks() == marks_of(example_org, 1));
            if (kind != Kind::Same) CHECK(store.serial() == (there ? 2 : 1));
            if (committed) CHECK(there);
            // And goes on as if nothing had been.
            (void)must(store->commit(name(example_org), candidate));
            CHECK(store.marks() == marks_of(example_org, 2));
        }
        CHECK(failures > 0);
    }
}

TEST_CASE("whenever the power goes, the marks are those of the content", "[store][marks][fault]") {
    std::vector<FaultVfs::Image> moments;
    SeededRandom random(5);
    HistoryLimits limits;
    limits.min_octets = 600;  // so that bases are renewed too
    const ScratchDirectory scratch;
    {
        FaultVfs disk;
        Serving store(scratch.path(), limits);
        disk.before = [&](Operation) {
            if (random.below(3) == 0) moments.push_back(disk.after_power_cut(random));
            return SQLITE_OK;
        };
        for (std::uint32_t serial = 1; serial <= 60; ++serial)
            (void)must(store->commit(name(example_org), numbered(example_org, serial)));
        disk.before = nullptr;
    }
    REQUIRE(moments.size() > 60);
    for (const auto& image : moments) {
        const ScratchDirectory after;
        for (const auto& [path, content] : image)
            write_file(after.path() / fs::path(path).filename(), content);
        const Serving store(after.path(), limits);
        const std::uint32_t serial = store.serial();
        CHECK(store.marks() == (serial > 0 ? marks_of(example_org, serial) : std::vector<Mark>()));
        CHECK(set_aside(after.path()) == 0);
    }
}

namespace {

constexpr std::array<std::string_view, 3> three = {"example.org.", "example.net.", "example.com."};

/// A state directory that a stopped process left: three zones, of which the last has no marks.
struct Stopped {
    Stopped() {
        OpenStore store(scratch.path());
        for (const std::string_view each : three) {
            REQUIRE(store->add_zone(name(each)));
            const bool none = each == three[2];
            REQUIRE(store->commit(name(each), none ? first(numbered_zone(each, 1)) : numbered(each, 1)));
        }
    }
    static std::vector<Mark> expected(std::string_view zone) {
        return zone == three[2] ? std::vector<Mark>() : marks_of(zone, 1);
    }
    /// Where in the file that mark of `zone` is which is named after it.
    [[nodiscard]] std::size_t place_of_mark(std::string_view zone) const {
        const auto at = read_file(file()).find("always" + std::string(zone));
        REQUIRE(at != std::string::npos);
        return at;
    }
    void flip(std::size_t at, int bits = 0x10) const {
        std::string content = read_file(file());
        content[at] = static_cast<char>(content[at] ^ bits);
        write_file(file(), content);
    }
    [[nodiscard]] fs::path file() const { return scratch.path() / "state.db"; }

    ScratchDirectory scratch;
};

}  // namespace

TEST_CASE("a changed octet in a mark is found, and costs its zone content and marks, others nothing",
          "[store][marks][damage]") {
    const Stopped stopped;
    std::size_t at = stopped.place_of_mark(three[0]);
    SECTION("in its key") {}
    SECTION("in its value") {
        at += 8;
    }
    SECTION("in the count of its key's octets") {
        at -= 1;
    }
    SECTION("in its checksum") {
        at -= 6;
    }
    stopped.flip(at);
    {
        OpenStore store(stopped.scratch.path());
        // One is served by then, so what memory has of it is carried over; the other comes from the file.
        CHECK(must(store->add_zone(name(three[1])))->zone);
        CHECK_FALSE(must(store->add_zone(name(three[0])))->zone);
        CHECK(must(store->add_zone(name(three[2])))->zone);
        CHECK(store->marks(name(three[0])).empty());
        CHECK(store->marks(name(three[1])) == Stopped::expected(three[1]));
        CHECK(set_aside(stopped.scratch.path()) == 1);
        // The numbers that they were carried over with are gone on from.
        (void)must(store->commit(name(three[1]), numbered(three[1], 2)));
        (void)must(store->commit(name(three[1]), numbered(three[1], 3)));
        (void)must(store->commit(name(three[0]), numbered(three[0], 5)));
    }
    OpenStore store(stopped.scratch.path());
    for (const std::string_view each : three)
        CHECK(must(store->add_zone(name(each)))->zone);
    CHECK(store->marks(name(three[0])) == marks_of(three[0], 5));
    CHECK(store->marks(name(three[1])) == marks_of(three[1], 3));
    CHECK(store->marks(name(three[2])).empty());
    CHECK(set_aside(stopped.scratch.path()) == 1);
}

TEST_CASE("marks of zones that are not served go along when a file is set aside", "[store][marks][damage]") {
    const Stopped stopped;
    stopped.flip(stopped.place_of_mark(three[0]));
    {
        OpenStore store(stopped.scratch.path());
        CHECK_FALSE(must(store->add_zone(name(three[0])))->zone);
    }
    OpenStore store(stopped.scratch.path());
    for (const std::string_view each : {three[1], three[2]}) {
        CHECK(same_content(must(store->add_zone(name(each)))->zone, numbered_zone(each, 1)));
        CHECK(store->marks(name(each)) == Stopped::expected(each));
    }
    CHECK(set_aside(stopped.scratch.path()) == 1);
}

TEST_CASE("damage that a transaction meets costs no mark that memory has", "[store][marks][damage]") {
    const Stopped stopped;
    FaultVfs disk;
    bool met = false;
    {
        OpenStore store(stopped.scratch.path());
        for (const std::string_view each : three)
            REQUIRE(store->add_zone(name(each)));
        disk.before = [&](Operation) { return std::exchange(met, true) ? SQLITE_OK : SQLITE_CORRUPT; };
        (void)must(store->commit(name(three[0]), numbered(three[0], 2)));
        CHECK(set_aside(stopped.scratch.path()) == 1);
        CHECK(store->marks(name(three[0])) == marks_of(three[0], 2));
        CHECK(store->marks(name(three[1])) == marks_of(three[1], 1));
    }
    OpenStore store(stopped.scratch.path());
    for (const std::string_view each : three)
        CHECK(must(store->add_zone(name(each)))->zone);
    CHECK(store->marks(name(three[0])) == marks_of(three[0], 2));
    CHECK(store->marks(name(three[1])) == marks_of(three[1], 1));
    CHECK(store->marks(name(three[2])).empty());
}

TEST_CASE("no changed octet on a page of marks goes unnoticed", "[store][marks][damage]") {
    const Stopped stopped;
    const std::string whole = read_file(stopped.file());
    const std::size_t page = stopped.place_of_mark(three[0]) / 4096 * 4096;
    const std::size_t used = std::min(whole.find("LS", page), whole.size()) - page;
    std::size_t aside = 0;
    // The page's head and the places of its rows; the rows, which begin shortly before the first blob.
    for (std::size_t at = 0; at < 4096; at += at == 24 ? used - 12 - 24 : 1) {
        const int bits = at % 2 == 0 ? 0x01 : 0x80;
        INFO("octet " << at << " of the page");
        write_file(stopped.file(), whole);
        stopped.flip(page + at, bits);
        OpenStore store(stopped.scratch.path());
        for (const std::string_view each : three) {
            const bool there = must(store->add_zone(name(each)))->zone != nullptr;
            REQUIRE(store->marks(name(each)) == (there ? Stopped::expected(each) : std::vector<Mark>()));
            if (!there) REQUIRE(set_aside(stopped.scratch.path()) > aside);
        }
        aside = set_aside(stopped.scratch.path());
    }
    CHECK(aside > 100);
}

TEST_CASE("a file that was made before there were marks opens, and takes some", "[store][marks]") {
    const ScratchDirectory scratch;
    {
        Serving store(scratch.path());
        (void)must(store->commit(name(example_org), first(numbered_zone(example_org, 1))));
    }
    (void)change_file(scratch.path(), "DROP TABLE marks");
    SECTION("and serves without") {
        Serving store(scratch.path());
        CHECK(store.serial() == 1);
        CHECK(store.marks().empty());
        (void)must(store->commit(name(example_org), first(numbered_zone(example_org, 2))));
        REQUIRE(store->remove_zone(name(example_org)));
        CHECK(store->unserved_zones().empty());
    }
    SECTION("with any commit") {
        for (std::uint32_t serial = 1; serial <= 3; ++serial) {
            Serving store(scratch.path());
            (void)must(store->commit(name(example_org), numbered(example_org, serial)));
            CHECK(store.marks() == marks_of(example_org, serial));
        }
        CHECK(Serving(scratch.path()).marks() == marks_of(example_org, 3));
    }
    SECTION("with a disk that is full at first") {
        FaultVfs disk;
        disk.before = [](Operation operation) {
            return operation == Operation::Write ? SQLITE_FULL : SQLITE_OK;
        };
        {
            Serving store(scratch.path());
            CHECK(store.serial() == 1);
            CHECK(store->commit(name(example_org), numbered(example_org, 2)).error().code == ErrorCode::Io);
            CHECK(store->commit(name(example_org), numbered(example_org, 1)).error().code == ErrorCode::Io);
            CHECK(store.serial() == 1);
            CHECK(store.marks().empty());
            disk.before = nullptr;
            (void)must(store->commit(name(example_org), numbered(example_org, 2)));
        }
        CHECK(Serving(scratch.path()).marks() == marks_of(example_org, 2));
    }
    SECTION("whichever operation of the first fails") {
        for (std::uint64_t nth = 1; nth <= 12; ++nth) {
            INFO("operation " << nth);
            const ScratchDirectory copy;
            copy_state(scratch.path(), copy.path());
            FaultVfs disk;
            {
                Serving store(copy.path());
                std::uint64_t count = 0;
                disk.before = [&](Operation) { return ++count == nth ? SQLITE_IOERR_WRITE : SQLITE_OK; };
                const bool committed = store->commit(name(example_org), numbered(example_org, 2)).has_value();
                CHECK(store.marks() == (committed ? marks_of(example_org, 2) : std::vector<Mark>()));
                disk.before = nullptr;
                (void)must(store->commit(name(example_org), numbered(example_org, 3)));
            }
            CHECK(Serving(copy.path()).marks() == marks_of(example_org, 3));
        }
    }
    CHECK(set_aside(scratch.path()) == 0);
}

TEST_CASE("marks of content that a version without marks has replaced are not those of the new",
          "[store][marks]") {
    const ScratchDirectory scratch;
    {
        Serving store(scratch.path());
        (void)must(store->commit(name(example_org), numbered(example_org, 1)));
    }
    {
        // Such a version writes its row as if there were none, and leaves them where they are.
        auto journal = Journal::open(scratch.path() / "state.db");
        REQUIRE(journal);
        auto rows = journal->rows();
        REQUIRE(rows);
        REQUIRE(rows->whole.size() == 1);
        CHECK(std::exchange(rows->whole[0].state.marks, 0) == 3);
        auto transaction = journal->begin();
        REQUIRE(transaction);
        REQUIRE(journal->put_row(rows->whole[0]));
        REQUIRE(transaction->commit());
    }
    {
        Serving store(scratch.path());
        CHECK(store.serial() == 1);
        CHECK(store.marks().empty());
        (void)must(store->commit(name(example_org), marked(numbered_zone(example_org, 2), {{"new", "1"}})));
    }
    CHECK(Serving(scratch.path()).marks() == std::vector<Mark>{{"new", "1"}});
    CHECK(set_aside(scratch.path()) == 0);
}
