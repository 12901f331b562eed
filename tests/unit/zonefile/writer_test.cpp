#include "zonefile/writer.hpp"

#include "sample.hpp"
#include "support/catch.hpp"
#include "support/test_data.hpp"

#include <algorithm>
#include <fstream>
#include <iterator>
#include <string>

using namespace lockstep;
using namespace lockstep::sample;

namespace {

std::string content(const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
}

/// Names lower-cased: BIND keeps their case, a canonical dump does not where RFC 4034 §6.2 says so.
Lines with_lower_names(Lines lines) {
    for (auto& line : lines) {
        for (std::size_t start = 0; start < line.size();) {
            const std::size_t end = std::min(line.find(' ', start), line.size());
            if (line[end - 1] == '.') {
                std::transform(line.begin() + static_cast<std::ptrdiff_t>(start),
                               line.begin() + static_cast<std::ptrdiff_t>(end),
                               line.begin() + static_cast<std::ptrdiff_t>(start),
                               [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c; });
            }
            start = end + 1;
        }
    }
    return lines;
}

/// BIND writes NSEC3 records behind all others, where canonical order has them among them.
bool is_nsec3(const std::string& line) {
    return line.find(" NSEC3 ") != std::string::npos;
}

void compare_with_bind(const std::string& sample) {
    const std::string folder = test_data() / "zonefile/";
    const auto zone = load_zone_file(folder + sample + ".zone", name("example.com."));
    REQUIRE(zone);
    auto ours = with_lower_names(lines_of(canonical_text(*zone->zone)));
    auto binds = with_lower_names(lines_of(content(folder + sample + ".bind")));
    REQUIRE(binds.size() > 10);
    Lines our_order, bind_order;
    std::remove_copy_if(ours.begin(), ours.end(), std::back_inserter(our_order), is_nsec3);
    std::remove_copy_if(binds.begin(), binds.end(), std::back_inserter(bind_order), is_nsec3);
    CHECK(our_order == bind_order);
    std::sort(ours.begin(), ours.end());
    std::sort(binds.begin(), binds.end());
    CHECK(ours == binds);
}

}  // namespace

TEST_CASE("a zone as people write it dumps as BIND dumps it", "[zonefile][bind]") {
    compare_with_bind("everyday");
}

TEST_CASE("every type dumps as BIND dumps it", "[zonefile][bind]") {
    compare_with_bind("odd_types");
}

TEST_CASE("names come in BIND's and RFC 4034's order", "[zonefile][bind][rfc4034]") {
    compare_with_bind("order");
}

TEST_CASE("within a name SOA and NS come first, signatures behind what they cover", "[zonefile]") {
    const std::string signature = " 13 2 300 20300101000000 20260101000000 1 example.com. AAAA";
    const auto outcome = with_head("@ RRSIG A" + signature + "\n@ A 192.0.2.2\n@ RRSIG SOA" + signature +
                                   "\n@ RRSIG NS" + signature + "\n");
    CHECK(outcome.dump == Lines{"example.com. 300 IN RRSIG SOA" + signature,
                                "example.com. 300 IN RRSIG NS" + signature, "example.com. 300 IN A 192.0.2.2",
                                "example.com. 300 IN RRSIG A" + signature});
}

TEST_CASE("signatures keep the TTL of what they cover", "[zonefile][rfc4034]") {
    const std::string signature = " 13 2 9 20300101000000 20260101000000 1 example.com. AAAA";
    const auto outcome = with_head("@ 7 A 192.0.2.2\n@ 7 RRSIG A" + signature + "\n@ 9 TXT x\n@ 9 RRSIG TXT" +
                                   signature + "\n");
    CHECK(outcome.dump == Lines{"example.com. 7 IN A 192.0.2.2", "example.com. 7 IN RRSIG A" + signature,
                                "example.com. 9 IN TXT \"x\"", "example.com. 9 IN RRSIG TXT" + signature});
    CHECK(outcome.problems.empty());
}

TEST_CASE("a large zone is handed out in pieces of whole lines", "[zonefile]") {
    const auto zone = load_zone_text(std::string(head) + "$GENERATE 1-10000 host$ A 192.0.2.1\n", "z",
                                     name("example.com."));
    REQUIRE(zone);
    std::size_t pieces = 0;
    std::string whole;
    write_canonical(*zone->zone, [&](std::string_view piece) {
        ++pieces;
        CHECK(piece.ends_with('\n'));
        whole += piece;
    });
    CHECK(pieces > 3);
    CHECK(whole == canonical_text(*zone->zone));
    CHECK(lines_of(whole).size() == 10003);
}

TEST_CASE("a dump loads to the zone that was dumped", "[zonefile]") {
    for (const std::string sample : {"everyday", "odd_types", "order"}) {
        const auto zone = load_zone_file(test_data() / "zonefile" / (sample + ".zone"), name("example.com."));
        REQUIRE(zone);
        const auto dump = canonical_text(*zone->zone);
        const auto again = load_zone_text(dump, "dump", name("example.com."));
        REQUIRE(again);
        CHECK(canonical_text(*again->zone) == dump);
    }
}
