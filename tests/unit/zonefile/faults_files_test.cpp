// What may be wrong with files as a whole.
#include "faults.hpp"
#include "support/catch.hpp"
#include "support/test_data.hpp"

#include <algorithm>
#include <iterator>
#include <string>
#include <sys/stat.h>

using namespace lockstep;
using namespace lockstep::sample;
using namespace std::string_literals;

TEST_CASE("whole files: each mistake with what is said about it", "[zonefile][faults]") {
    const std::initializer_list<Fault> faults{
        {"", "z:1:1: error: the zone 'example.com.' has no SOA record"},
        {"\n", "z:1:1: error: the zone 'example.com.' has no SOA record"},
        {";\n", "z:1:1: error: the zone 'example.com.' has no SOA record"},
        {"x",
         "z:1:2: error: the record's type is missing\n"
         "z:1:2: warning: the last line does not end: was the file cut short?"},
        {"$TTL 1\n@ NS ns\nns A 192.0.2.1\n", "z:1:1: error: the zone 'example.com.' has no SOA record"},
        {"$TTL 1\n@ NS ns\nns A 192.0.2.1\n@ SOA ns h 1 3 2 5 5\n",
         "example.com. 1 IN SOA ns.example.com. h.example.com. 1 3 2 5 5\n"
         "example.com. 1 IN NS ns.example.com.\n"
         "ns.example.com. 1 IN A 192.0.2.1"},
        {"$TTL 1\n@ SOA ns h 1 3 2 5 5\n@ SOA ns h 1 2 3 4 6\n@ NS ns\nns A 192.0.2.1\n",
         "z:3:1: error: a second SOA record: the first is in line 2"},
        {"$TTL 1\n@ SOA ns h 1 3 2 5 5\n@ NS ns\nns A 192.0.2.1\n@ SOA ns h 1 3 2 5 5\n",
         "example.com. 1 IN SOA ns.example.com. h.example.com. 1 3 2 5 5\n"
         "example.com. 1 IN NS ns.example.com.\n"
         "ns.example.com. 1 IN A 192.0.2.1"},
        {"$TTL 1\n@ SOA ns h 1 3 2 5 5\n",
         "z:2:1: error: example.com.: the zone has no NS at its apex\n"
         "z:2:1: warning: example.com.: SOA target ns.example.com. has no address in the zone"},
        {"$TTL 1\n@ SOA ns h 4294967295 3 2 5 5\n@ NS ns\nns A 192.0.2.1\n",
         "example.com. 1 IN SOA ns.example.com. h.example.com. 4294967295 3 2 5 5\n"
         "example.com. 1 IN NS ns.example.com.\n"
         "ns.example.com. 1 IN A 192.0.2.1"},
        {"$TTL 1\n@ SOA ns h 4294967296 2 3 4 5\n@ NS ns\nns A 192.0.2.1\n",
         "z:2:12: error: expected a number from 0 to 4294967295, found `4294967296`"},
        {"$TTL 1\n@ SOA ns h -1 3 2 5 5\n@ NS ns\nns A 192.0.2.1\n",
         "z:2:12: error: expected a number from 0 to 4294967295, found `-1`"},
        {"@ SOA ns h 1 3 2 5 5 (\n@ NS ns\n",
         "z:1:22: error: this parenthesis is not closed\n"
         "z:2:1: error: no TTL: put '$TTL 3600', or whatever suits, at the top of the file"},
        {"\xef\xbb\xbf@ 1 SOA ns h 1 3 2 5 5\n@ NS ns\nns A 192.0.2.1\n",
         "z:1:1: error: the file begins with a byte order mark: save it as UTF-8 without one\n"
         "z:2:1: warning: no TTL and no $TTL: it takes the last one, 1"},
        {"\xff\xfe@\0 \0"s,
         "z:1:1: error: the file is UTF-16: master files are ASCII, or UTF-8 without a byte order mark"},
        {"\xfe\xff\0@\0 "s,
         "z:1:1: error: the file is UTF-16: master files are ASCII, or UTF-8 without a byte order mark"},
        {"@\0 \0S\0O\0A\0"s, "z:1:2: error: a NUL octet: this is no text file"},
        {" 1 SOA ns h 1 3 2 5 5\n",
         "z:1:2: error: no owner: the first record of a file begins with one, without a blank before it"},
        {"@ 1 CH SOA ns h 1 3 2 5 5\n@ NS ns\n",
         "z:1:5: error: the class CH: only IN is served\n"
         "z:2:1: error: no TTL: put '$TTL 3600', or whatever suits, at the top of the file"},
        {"$INCLUDE\n", "z:1:9: error: something is missing: $INCLUDE FILE [ORIGIN]"},
        {"<html><head>\n", "z:1:13: error: the record's type is missing"},
        {"{\"a\": 1}\n", "z:1:2: error: a quoted string where the record's type is expected"},
        {"\x1f\x8b\x08\0\0"s, "z:1:4: error: a NUL octet: this is no text file"},
    };
    for (const auto& fault : faults) {
        CAPTURE(fault.text);
        CHECK(joined(with_problems(load(fault.text))) == fault.said);
    }
}

TEST_CASE("a zone's own file is a regular file", "[zonefile][faults]") {
    const Folder folder;
    std::filesystem::create_directory(folder.path() / "folder");
    std::filesystem::create_symlink(folder.path() / "folder", folder.path() / "link");
    std::filesystem::create_symlink(folder.path() / "absent", folder.path() / "dangling");
    REQUIRE(::mkfifo((folder.path() / "fifo").c_str(), 0600) == 0);
    const auto said = [&](const std::filesystem::path& file) {
        return joined(
            without(folder, outcome_of(load_zone_file(folder.path() / file, name("example.com."))).problems));
    };
    CHECK(said("folder") == "folder: error: is a directory, not a file");
    CHECK(said("link") == "link: error: is a directory, not a file");
    CHECK(said("fifo") == "fifo: error: is a FIFO, not a file");
    CHECK(said("dangling") == "dangling: error: cannot be opened: No such file or directory");
    CHECK(said("/dev/zero") == "/dev/zero: error: is a device, not a file");
}

TEST_CASE("a file cut at any octet is an error, or a part of the zone, with a warning within a line",
          "[zonefile][faults]") {
    const std::string cut = "warning: the last line does not end: was the file cut short?";
    for (const std::string sample : {"everyday", "odd_types"}) {
        std::ifstream file(test_data() / "zonefile" / (sample + ".zone"), std::ios::binary);
        const std::string text{std::istreambuf_iterator<char>(file), {}};
        auto whole = load(text).dump;
        std::ranges::sort(whole);
        for (std::size_t size = 0; size < text.size(); ++size) {
            CAPTURE(sample, size);
            auto part = load(text.substr(0, size));
            const bool whole_lines = size == 0 || text[size - 1] == '\n';
            const bool warned =
                std::ranges::any_of(part.problems, [&](const auto& said) { return said.ends_with(cut); });
            if (warned == whole_lines) FAIL("at a line's end or no warning: " << joined(part.problems));
            if (!part.loaded || !whole_lines) continue;
            std::ranges::sort(part.dump);
            CHECK(std::ranges::includes(whole, part.dump));
        }
    }
}
