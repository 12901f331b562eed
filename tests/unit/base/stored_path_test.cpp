#include "base/stored_path.hpp"

#include "support/catch.hpp"

#include <utility>

using namespace lockstep;

TEST_CASE("a stored path is the path that it was made of, and its copies share the text", "[stored_path]") {
    const std::filesystem::path path = "/etc/lockstep/zones/example.com.zone";
    const StoredPath stored(path);
    CHECK(stored == path);
    CHECK(std::filesystem::path(stored) == path);
    CHECK(stored.string() == path.string());
    CHECK(stored.filename() == "example.com.zone");
    const StoredPath copy = stored;
    CHECK(copy == stored);
    CHECK(copy.c_str() == stored.c_str());
    CHECK(StoredPath(path) == stored);
    CHECK(StoredPath(path.string()) == stored);
    CHECK(StoredPath(std::string_view("/etc/lockstep/zones/example.com.zone~").substr(0, 36)) == stored);
    CHECK_FALSE(StoredPath(std::filesystem::path("/etc/lockstep")) == stored);
}

TEST_CASE("a stored path is empty by default, of the empty path, and once moved from", "[stored_path]") {
    StoredPath from(std::filesystem::path("/a"));
    const StoredPath to = std::move(from);
    CHECK(to == std::filesystem::path("/a"));
    for (const StoredPath& empty : {StoredPath(), StoredPath(std::filesystem::path()), from}) {
        CHECK(empty.string().empty());
        CHECK(*empty.c_str() == '\0');
        CHECK(empty == std::filesystem::path());
        CHECK(empty == StoredPath());
        CHECK(std::filesystem::path(empty).empty());
        CHECK_FALSE(empty == to);
    }
}
