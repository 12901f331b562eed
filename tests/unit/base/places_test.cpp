#include "base/places.hpp"

#include "support/folder.hpp"

#include <set>

using namespace lockstep;
using lockstep::test::Folder;

namespace {

std::set<std::string> one_by_one(const std::filesystem::path& file) {
    std::set<std::string> places;
    for (const auto& place : places_of(file))
        places.insert(place.string());
    return places;
}

}  // namespace

TEST_CASE("many files' places are what each of them alone would be said to have", "[base]") {
    const Folder folder;
    std::filesystem::create_directories(folder / "real/deep");
    folder.write("real/zone", "");
    folder.write("real/deep/zone", "");
    std::filesystem::create_directory_symlink("real", folder / "link");
    std::filesystem::create_directory_symlink("link/deep", folder / "chain");
    std::filesystem::create_symlink("deep/zone", folder / "real/to-zone");
    std::filesystem::create_symlink("nowhere", folder / "real/dangling");
    std::filesystem::create_symlink("../../link/deep/late", folder / "real/deep/awaited");
    std::filesystem::create_symlink("absent/late", folder / "real/lost");
    std::filesystem::create_symlink("loop", folder / "real/loop");
    PlaceReader reader;
    for (const std::string_view file :
         {"real/zone", "link/zone", "real/deep/zone", "link/deep/zone", "chain/zone", "real/to-zone",
          "link/to-zone", "real/dangling", "real/deep/awaited", "link/deep/awaited", "real/lost", "real/loop",
          "real", "link", "real/absent", "absent/zone", "real/deep/..", "link/../real/zone"}) {
        const auto path = folder / file;
        INFO(file);
        const auto places = reader.of(path.string());
        CHECK(places.front() == path.string());
        CHECK(std::set(places.begin(), places.end()) == one_by_one(path));
        CHECK(places.size() == one_by_one(path).size());
        if (std::filesystem::symlink_status(path).type() == std::filesystem::file_type::regular)
            CHECK(reader.of_regular(path.string()) == places);
    }
    const auto awaited = (folder / "real/deep/awaited").string();
    CHECK(reader.of(awaited) ==
          std::vector{awaited, std::filesystem::canonical(folder / "real/deep").string() + "/late"});
    CHECK(reader.of((folder / "real/loop").string()).size() == 1);
    CHECK(reader.of("/") == std::vector<std::string>{"/"});
    CHECK(reader.of("/absent") == std::vector<std::string>{"/absent"});
}

TEST_CASE("a file's folder is all that stands before its last slash", "[base]") {
    CHECK(folder_of("/etc/zones/example.zone") == "/etc/zones");
    CHECK(folder_of("/example.zone") == "/");
}
