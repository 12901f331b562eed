// Texts that are read in parts side by side: nothing shows but the time.
#include "zonefile/parts.hpp"

#include "sample.hpp"
#include "support/catch.hpp"

#include <random>
#include <string>

using namespace lockstep;
using namespace lockstep::sample;

namespace {

LoadOptions in_parts(std::size_t part_octets, unsigned readers = 4) {
    LoadOptions options;
    options.part_octets = part_octets;
    options.readers = readers;
    return options;
}

void check_same(std::string_view text, std::size_t part_octets, unsigned readers = 4) {
    const auto whole = load(text, "example.com.", in_parts(text.size() + 1));
    const auto parts = load(text, "example.com.", in_parts(part_octets, readers));
    CHECK(parts.loaded == whole.loaded);
    CHECK(parts.dump == whole.dump);
    CHECK(parts.problems == whole.problems);
}

/// So many names in no order, some of them twice, with all that lines may begin and end with.
std::string body(std::size_t names) {
    std::mt19937 random(1);
    std::string text;
    for (std::size_t i = 0; i < names; ++i) {
        const auto owner = "n" + std::to_string(random() % names);
        switch (random() % 8) {
        case 0: text += owner + " A 192.0.2." + std::to_string(random() % 250) + "\n"; break;
        case 1: text += owner + " 300 IN TXT \"; no comment\" ; a comment\n\tTXT two\n"; break;
        case 2: text += owner + ".Example.COM. IN 300 AAAA 2001:db8::1\r\n  ; indented\n\n"; break;
        case 3: text += owner + " MX 10 ns\n MX 20 ns.example.com.\n"; break;
        case 4: text += owner + "\\." + owner + " TXT a\\$b\n; $ORIGIN nowhere\n"; break;
        case 5: text += owner + " 5m A 192.0.2.1\n" + owner + " 300 A 192.0.2.2\n"; break;
        case 6: text += owner + " TYPE65280 \\# 2 0102\n"; break;
        default: text += owner + " TXT " + std::string(1 + random() % 200, 'x') + "\n";
        }
    }
    return text;
}

std::string zone(std::string_view text) {
    return std::string(head) + std::string(text);
}

}  // namespace

TEST_CASE("a text is cut where lines begin with an owner, and only if none hangs on another",
          "[zonefile][parts]") {
    const std::string text = zone(body(300));
    const auto parts = cut_text(text, in_parts(1000));
    REQUIRE(parts.size() == 5);
    std::string joined;
    for (const auto part : parts) {
        CHECK(std::string_view(" \t\r\n;").find(part.front()) == std::string_view::npos);
        CHECK(part.ends_with('\n'));
        joined += part;
    }
    CHECK(joined == text);
    CHECK(cut_text(text, in_parts(text.size() / 2 + 1)).size() == 1);
    CHECK(cut_text(text, in_parts(1000, 1)).size() == 1);
    for (const auto* line : {"$TTL 5\n", "a TXT (\nb )\n", "a TXT b ; )\n", "$INCLUDE x\n", "a TXT cut"})
        CHECK(cut_text(text + line, in_parts(1000)).size() == 1);
}

TEST_CASE("what is read in parts is the zone that is read in order", "[zonefile][parts]") {
    for (const std::size_t names : {10U, 100U, 1000U}) {
        const std::string text = zone(body(names));
        for (const std::size_t part_octets : {100U, 500U, 5000U})
            check_same(text, part_octets);
    }
    const std::string text = zone(body(1000));
    REQUIRE(load(text).loaded);
    const auto cut = cut_text(text, in_parts(500));
    REQUIRE(cut.size() == 5);
    REQUIRE(
        read_parts(std::span(cut).subspan(1), name("example.com."), {}, {name("example.com."), Ttl{300}}));
}

TEST_CASE("names in order stay so over the parts", "[zonefile][parts]") {
    std::string text;
    for (int i = 1000; i < 2000; ++i)
        text += "o" + std::to_string(i) + " A 192.0.2.1\n";
    check_same(zone(text), 1000);
    check_same(zone(text + text), 1000);
}

TEST_CASE("faults and warnings are told as if there were no parts", "[zonefile][parts]") {
    const std::string before = body(100);
    const std::string after = body(120);
    for (const std::string_view line : {"x A 192.0.2.300\n",
                                        "x NONSENSE y\n",
                                        "x TXT \"open\n",
                                        "x TXT cut\\\n",
                                        "y.example.org. A 192.0.2.1\n",
                                        "@ SOA ns h 1 3 2 5 5\n",
                                        "@ SOA ns h 2 3 2 5 5\n",
                                        "x SOA ns h 1 3 2 5 5\n",
                                        "x NS ns.example.com\n",
                                        "x.example.com A 192.0.2.1\n",
                                        "x NS nowhere\n",
                                        "x CNAME a\nx A 192.0.2.1\n",
                                        "$TTL 5\n",
                                        "$ORIGIN sub\n",
                                        "$GENERATE 1-3 g$ A 192.0.2.$\n",
                                        "x 300 A 192.0.2.1\nx 400 A 192.0.2.2\n",
                                        "x TXT ( a\n b )\n",
                                        "x TXT )\n",
                                        "x TXT ( a\n",
                                        "\xef\xbb\xbfx A 192.0.2.1\n"}) {
        CAPTURE(std::string(line));
        check_same(zone(before + std::string(line) + after), 500);
        check_same(zone(std::string(line) + before + after), 500);
        check_same(zone(before + after + std::string(line)), 500);
        check_same(zone(before + std::string(line) + std::string(line) + after), 500);
    }
    check_same(zone(before + std::string("x TXT a\0b\n", 10) + after), 500);
    check_same(zone(before + "x A 192.0.2.1"), 500);
    std::string faults;
    for (int i = 0; i < 200; ++i)
        faults += "x" + std::to_string(i) + " A nonsense\n";
    check_same(zone(faults), 500);
    check_same(zone(before + faults), 500);
    // A parenthesis that the head opens would hold what the parts are made of.
    check_same("$TTL 300\n@ SOA ns(h 1 3 2 5 5\n" + before + "x TXT a\"1 b\n", 500);
    // Without $TTL lines look back.
    check_same("@ 60 SOA ns h 1 3 2 5 5\n@ NS ns\nns A 192.0.2.1\n" + before, 500);
    check_same("@ SOA ns h 1 3 2 5 5\n@ NS ns\nns A 192.0.2.1\n" + before, 500);
    check_same(
        "$ORIGIN com.\n$TTL 300\nexample SOA ns h 1 3 2 5 5\n$ORIGIN example\n@ NS ns\nns A 192.0.2.1\n" +
            before,
        500);
}
