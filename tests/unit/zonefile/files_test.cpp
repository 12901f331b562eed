#include "sample.hpp"
#include "support/catch.hpp"
#include "zonefile/serial_edit.hpp"
#include "zonefile/source.hpp"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <filesystem>
#include <string>
#include <thread>
#include <vector>

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
    SECTION("written to before another took its name") {
        folder.write("main", std::string(head) + "; half of what was to be written");
        std::filesystem::rename(folder.write("new", std::string(head)), path);
        CHECK(sources.changed() == std::vector<std::uint32_t>{0});
    }
}

TEST_CASE("of many files each that is written to while they are read is noticed", "[zonefile][files]") {
    const Folder folder;
    const LoadOptions options;
    SourceSet sources(options);
    std::vector<std::filesystem::path> paths;
    for (int i = 0; i < 40; ++i) {
        paths.push_back(folder.write("part" + std::to_string(i), "; a part\n"));
        REQUIRE(sources.add_file(paths.back()));
    }
    CHECK(sources.changed().empty());
    folder.write("part0", "; a longer part\n");
    folder.write("part39", "; a longer part\n");
    std::filesystem::rename(folder.write("new", "; another\n"), paths[1]);
    std::filesystem::rename(folder.write("new", "; another\n"), paths[38]);
    CHECK(sources.changed() == std::vector<std::uint32_t>{0, 39});
}

TEST_CASE("of a file that is written to while it is read nothing else is told", "[zonefile][files][faults]") {
    using std::chrono::milliseconds;
    const Folder folder;
    const auto text = std::string(head) + "$INCLUDE inc\nwww HALF\n";
    const auto now = [] { return std::filesystem::file_time_type::clock::now(); };
    const auto include = folder.write("inc", "; waited for, as its time is ahead\n");
    const Lines torn{"main: error: changed while it was being read"};
    bool told = false;
    bool edit_told = false;
    for (int attempt = 0; attempt < 100 && !(told && edit_told); ++attempt) {
        const auto main = folder.write("main", text);
        std::filesystem::last_write_time(main, now() - std::chrono::hours(1));
        std::filesystem::last_write_time(include, now() + milliseconds(15));
        std::atomic<bool> done{false};
        std::thread writer([&] {
            const auto is_read = [&include] {
                return std::ranges::any_of(
                    std::filesystem::directory_iterator("/proc/self/fd"), [&include](const auto& open) {
                        std::error_code gone;
                        return std::filesystem::read_symlink(open.path(), gone) == include;
                    });
            };
            while (!done && !is_read())
                std::this_thread::yield();
            folder.write("main", text + "; written\n");
        });
        if (attempt % 2 == 0) {
            const auto problems =
                without(folder, outcome_of(load_zone_file(main, name("example.com."))).problems);
            CHECK(problems.size() == 1);
            told = told || problems == torn;
        } else {
            const auto edited = edit_serial(main, name("example.com."), Serial{2});
            REQUIRE_FALSE(edited);
            edit_told = edit_told || edited.error().code == ErrorCode::Io;
        }
        done = true;
        writer.join();
    }
    CHECK(told);
    CHECK(edit_told);
}

TEST_CASE("a file that is a link is read, and known to be one", "[zonefile][files]") {
    const Folder folder;
    const auto path = folder.write("main", std::string(head));
    std::filesystem::create_symlink("main", folder.path() / "link");
    std::filesystem::create_symlink("loop", folder.path() / "loop");
    const LoadOptions options;
    SourceSet sources(options);
    REQUIRE(sources.add_file(path));
    CHECK(sources.add_file(folder.path() / "link").value() == 0);  // found read already
    SourceSet others(options);
    REQUIRE(others.add_file(folder.path() / "link"));
    CHECK(others.text(0) == head);
    CHECK_FALSE(sources.files().front().is_link);
    CHECK(others.files().front().is_link);
    CHECK(others.files().front().path == folder.path() / "link");
    CHECK(others.add_file(folder.path() / "loop").error() ==
          "cannot be opened: Too many levels of symbolic links");
}

namespace {

/// `text`, and comments behind it that make it a large file.
std::string with_comments(std::string text) {
    const std::string line = "; " + std::string(97, 'x') + "\n";
    while (text.size() < (std::size_t{17} << 20))
        text += line;
    return text;
}

}  // namespace

TEST_CASE("a large file's text is let go, and read again where it is as it was", "[zonefile][files]") {
    const Folder folder;
    const auto text = with_comments(std::string(head));
    const auto path = folder.write("main", text);
    const LoadOptions options;
    SourceSet sources(options);
    REQUIRE(sources.add_file(path));
    REQUIRE(sources.add_file(folder.write("small", "; small\n")));
    const auto before = sources.files();
    sources.let_go();
    CHECK(sources.text(0).empty());
    CHECK(sources.text(1) == "; small\n");
    CHECK(sources.files() == before);
    CHECK(sources.changed().empty());
    SECTION("untouched") {
        CHECK(sources.recall().has_value());
        CHECK(sources.text(0) == text);
        CHECK(sources.recall().has_value());
    }
    SECTION("replaced by rename") {
        std::filesystem::rename(folder.write("new", "other"), path);
        CHECK(sources.recall().has_value());
        CHECK(sources.text(0) == text);
    }
    SECTION("truncated") {
        folder.write("main", std::string(head));
        const auto lost = sources.recall();
        REQUIRE_FALSE(lost);
        CHECK(lost.error().source == 0);
        CHECK(lost.error().text == "changed while it was being read");
    }
    SECTION("written to") {
        auto other = text;
        other.back() = ' ';
        folder.write("main", other);
        CHECK_FALSE(sources.recall().has_value());
    }
}

TEST_CASE("what is found in a large file as a whole is told with its place", "[zonefile][files]") {
    const Folder folder;
    const auto text =
        with_comments(std::string(head) + "a NS ns.a\n") + "b 60 A 192.0.2.2\nb 50 A 192.0.2.3\n";
    const auto read = outcome_of(load_zone_file(folder.write("z", text), name("example.com.")));
    const auto same = load(text);
    CHECK(read.dump == same.dump);
    CHECK(without(folder, read.problems) == same.problems);
    CHECK(same.problems.size() == 2);
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
