#include "base/replace_file.hpp"

#include "support/folder.hpp"

#include <set>
#include <sys/stat.h>
#include <unistd.h>

using namespace lockstep;
using lockstep::test::Folder;

namespace {

struct stat status_of(const std::filesystem::path& file) {
    struct stat status{};
    REQUIRE(::stat(file.c_str(), &status) == 0);
    return status;
}
unsigned mode_of(const std::filesystem::path& file) {
    return status_of(file).st_mode & 07777U;
}

std::set<std::string> names_in(const std::filesystem::path& folder) {
    std::set<std::string> names;
    for (const auto& entry : std::filesystem::directory_iterator(folder))
        names.insert(entry.path().filename().string());
    return names;
}

/// The umask of this process, for a while.
class Umask {
public:
    explicit Umask(mode_t mask) : before_(::umask(mask)) {}
    ~Umask() { ::umask(before_); }
    Umask(const Umask&) = delete;
    Umask& operator=(const Umask&) = delete;

private:
    mode_t before_;
};

/// What replacing `file` fails with.
std::string failure(const std::filesystem::path& file) {
    const auto replaced = replace_file(file, "new");
    REQUIRE_FALSE(replaced.has_value());
    CHECK(replaced.error().code == ErrorCode::Io);
    return replaced.error().text;
}

}  // namespace

TEST_CASE("a file that was not there has the text, and the mode that is asked for", "[base]") {
    const Folder folder;
    REQUIRE(replace_file(folder / "secret", "text").has_value());
    CHECK(folder.read("secret") == "text");
    CHECK(mode_of(folder / "secret") == 0600);
    {
        const Umask mask(077);
        REQUIRE(replace_file(folder / "open", "", 0644).has_value());
    }
    CHECK(folder.read("open").empty());
    CHECK(mode_of(folder / "open") == 0644);
    CHECK(names_in(folder.path()) == std::set<std::string>{"open", "secret"});
}

TEST_CASE("a file's mode and owner stay as they are", "[base]") {
    const Folder folder;
    const auto file = folder.write("file", "old");
    REQUIRE(::chmod(file.c_str(), 0640) == 0);
    // Only root can give the file to others; whoever else runs this sees that it stays his.
    if (::geteuid() == 0) REQUIRE(::chown(file.c_str(), 12345, 23456) == 0);
    const auto before = status_of(file);
    REQUIRE(replace_file(file, "new", 0600).has_value());
    const auto after = status_of(file);
    CHECK(after.st_mode == before.st_mode);
    CHECK(after.st_uid == before.st_uid);
    CHECK(after.st_gid == before.st_gid);
}

TEST_CASE("nothing of the old text is left, whichever is longer", "[base]") {
    const Folder folder;
    std::string large(3'000'000, 'x');
    large[1'000'000] = '\0';
    for (const std::string& text : {std::string("short"), large, std::string("a\n"), std::string()}) {
        REQUIRE(replace_file(folder / "file", text).has_value());
        CHECK(folder.read("file") == text);
    }
}

TEST_CASE("who has the old file open goes on reading the old text", "[base]") {
    const Folder folder;
    std::ifstream reader(folder.write("file", "the old text"), std::ios::binary);
    REQUIRE(replace_file(folder / "file", "new").has_value());
    CHECK(std::string(std::istreambuf_iterator<char>(reader), {}) == "the old text");
    CHECK(folder.read("file") == "new");
}

TEST_CASE("a file without a folder is one of the working directory", "[base]") {
    const Folder folder;
    const auto before = std::filesystem::current_path();
    std::filesystem::current_path(folder.path());
    const auto replaced = replace_file("file", "text");
    std::filesystem::current_path(before);
    REQUIRE(replaced.has_value());
    CHECK(folder.read("file") == "text");
}

TEST_CASE("what an attempt before left behind is not written through, and is not in the way", "[base]") {
    const Folder folder;
    folder.write("victim", "untouched");
    const std::string left = ".file." + std::to_string(::getpid()) + ".new";
    std::filesystem::create_symlink("victim", folder / left);
    REQUIRE(replace_file(folder / "file", "first").has_value());
    folder.write(left, "half of a te");
    REQUIRE(replace_file(folder / "file", "second").has_value());
    CHECK(folder.read("file") == "second");
    CHECK(folder.read("victim") == "untouched");
    CHECK(names_in(folder.path()) == std::set<std::string>{"file", "victim"});
}

TEST_CASE("a failure tells file and step, and leaves everything as it was", "[base]") {
    const Folder folder;
    folder.write("file", "old");
    std::filesystem::create_directory(folder / "folder");
    const auto beginning = [](const std::filesystem::path& file, const std::string& step) {
        return file.string() + ": " + step + ": ";
    };
    using Catch::Matchers::StartsWith;
    const auto nowhere = folder / "nowhere/file";
    CHECK_THAT(failure(nowhere), StartsWith(beginning(nowhere, "cannot make the new file")));
    const auto below_file = folder / "file/below";
    CHECK_THAT(failure(below_file), StartsWith(beginning(below_file, "stat")));
    const auto is_folder = folder / "folder";
    CHECK_THAT(failure(is_folder), StartsWith(beginning(is_folder, "cannot put the new file in place")));
    CHECK(folder.read("file") == "old");
    CHECK(std::filesystem::is_directory(folder / "folder"));
    CHECK(names_in(folder.path()) == std::set<std::string>{"file", "folder"});
}
