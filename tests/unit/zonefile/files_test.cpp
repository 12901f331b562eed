#include "sample.hpp"
#include "support/catch.hpp"
#include "zonefile/source.hpp"

#include <string>

using namespace lockstep;
using namespace lockstep::sample;

TEST_CASE("what cannot be read is named without a line", "[zonefile][files]") {
    const Folder folder;
    CHECK(without(folder,
                  outcome_of(load_zone_file(folder.path() / "absent", name("example.com."))).problems) ==
          Lines{"absent: error: cannot be opened: No such file or directory"});
    std::filesystem::create_directory(folder.path() / "folder");
    CHECK(without(folder,
                  outcome_of(load_zone_file(folder.path() / "folder", name("example.com."))).problems) ==
          Lines{"folder: error: is a directory, not a file"});
    LoadOptions options;
    options.max_file_octets = 10;
    CHECK(without(folder, outcome_of(load_zone_file(folder.write("big", std::string(11, '\n')),
                                                    name("example.com."), options))
                              .problems) == Lines{"big: error: is larger than the limit of 10 octets"});
}

TEST_CASE("1.7 a file that is written to while it is read is noticed", "[zonefile][format][files][faults]") {
    const Folder folder;
    const auto path = folder.write("main", std::string(head));
    const LoadOptions options;
    SourceSet sources(options);
    REQUIRE(sources.add_file(path));
    CHECK(sources.changed().empty());
    SECTION("truncated") {
        folder.write("main", "");
        CHECK(sources.changed() == std::vector<std::uint32_t>{0});
    }
    SECTION("touched") {
        std::filesystem::last_write_time(
            path, std::filesystem::last_write_time(path) + std::chrono::nanoseconds(1000));
        CHECK(sources.changed() == std::vector<std::uint32_t>{0});
        CHECK(sources.add_file(path).error() == "changed while it was being read");
    }
    SECTION("replaced by rename, which leaves what was read whole") {
        std::filesystem::rename(folder.write("new", std::string(head) + "; more\n"), path);
        CHECK(sources.changed().empty());
    }
}

TEST_CASE("places are counted forwards and backwards", "[zonefile][files]") {
    const LoadOptions options;
    SourceSet sources(options);
    const auto source = sources.add_text("ab\n\ncd", "t");
    const auto at = [&](std::size_t offset) {
        const auto place = sources.locate({source, offset});
        return std::pair(place.line, place.column);
    };
    CHECK(at(6) == std::pair(3U, 3U));
    CHECK(at(0) == std::pair(1U, 1U));
    CHECK(at(2) == std::pair(1U, 3U));
    CHECK(at(3) == std::pair(2U, 1U));
    CHECK(at(4) == std::pair(3U, 1U));
    CHECK(sources.line_at({source, 2}) == "ab");
    CHECK(sources.line_at({source, 3}).empty());
}

TEST_CASE("a digest tells content apart", "[zonefile][files]") {
    std::string text(1000, 'x');
    const auto before = content_digest(text);
    for (std::size_t i = 0; i < text.size(); ++i) {
        text[i] = 'y';
        CHECK(content_digest(text) != before);
        text[i] = 'x';
    }
    CHECK(content_digest(text) == before);
    CHECK(content_digest(text + '\0') != before);
    CHECK(content_digest("") != content_digest(std::string(1, '\0')));
}
