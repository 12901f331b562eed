// What is no JSON, or none that we take.

#include "config/document.hpp"
#include "support.hpp"

using namespace lockstep;
using config_test::Lines;
using config_test::primary_problems;

namespace {

struct SyntaxCase {
    const char* claim;
    std::string text;
    std::string problem;
};

}  // namespace

TEST_CASE("A syntax error is told with its line and column", "[config]") {
    const SyntaxCase cases[] = {
        {"empty", "", "c.json:1:1: not valid JSON: the file is empty"},
        {"only a comment", "// nothing\n", "c.json:2:1: not valid JSON: the file is empty"},
        {"cut off", "{\n  \"server\": {",
         "c.json:2:14: not valid JSON: the file ends before the last bracket is closed (at /server)"},
        {"trailing comma in an object", "{\n  \"zones\": [],\n}",
         "c.json:2:14: not valid JSON: a comma before '}': JSON has none after the last entry, remove it"},
        {"trailing comma before a comment", "{\n  \"zones\": [1,  // one\n ] }",
         "c.json:2:14: not valid JSON: a comma before ']': JSON has none after the last entry, remove it (at /zones)"},
        {"two commas", "{ \"zones\": [1,,2] }",
         "c.json:1:15: not valid JSON: unexpected ','; expected '[', '{', or a literal (at /zones)"},
        {"missing comma", "{ \"a\": 1\n  \"b\": 2 }",
         "c.json:2:3: not valid JSON: unexpected string literal; expected ',' or '}'"},
        {"missing colon", "{ \"a\" 1 }",
         "c.json:1:7: not valid JSON: unexpected number literal; expected ':'"},
        {"single quotes", "{ 'a': 1 }",
         "c.json:1:3: not valid JSON: strings and keys stand in double quotes"},
        {"hash comment", "{\n# a comment\n}",
         "c.json:2:1: not valid JSON: comments begin with // or stand between /* and */"},
        {"text after the end", "{} {}", "c.json:1:4: not valid JSON: unexpected '{'; expected end of input"},
        {"overflowing number", "{ \"udp\": 1e400 }",
         "c.json:1:10: not valid JSON: number overflow parsing '1e400'"},
        {"open comment", "{ /* never closed",
         "c.json:1:3: not valid JSON: invalid comment; missing closing '*/'"},
        {"NUL", std::string("{ }\n\0{", 6), "c.json:2:1: a NUL character"},
        {"NUL, escaped, in a path", R"({ "server": { "listen": ["::1"], "state_directory": "a\u0000b" } })",
         "c.json:1:53: has control characters (at /server/state_directory)"},
        {"stray UTF-8 octet", "{\n \"\xff\": 1 }", "c.json:2:3: not valid UTF-8"},
        {"overlong UTF-8", "\"\xc0\xaf\"", "c.json:1:2: not valid UTF-8"},
        {"UTF-8 surrogate", "\"\xed\xa0\x80\"", "c.json:1:2: not valid UTF-8"},
        {"UTF-8 cut off in a comment", "{} // \xe2\x82", "c.json:1:7: not valid UTF-8"},
        {"a list", "[]", "c.json:1:1: a list where the configuration, an object, is wanted"},
        {"a number", "17", "c.json:1:1: an integer where the configuration, an object, is wanted"},
    };
    for (const auto& each : cases) {
        INFO(each.claim);
        CHECK(primary_problems(each.text) == Lines{each.problem});
    }
}

TEST_CASE("Comments, a byte order mark and $schema are taken", "[config]") {
    CHECK(primary_problems("\xef\xbb\xbf// first\n{ \"$schema\": \"primary.schema.json\", /* all of\n it */ "
                           "\"server\": { \"listen\": [\"127.0.0.1:5300\"] // here\n } }")
              .empty());
}

TEST_CASE("Columns count characters, not octets, and do not count the byte order mark", "[config]") {
    CHECK(
        primary_problems("\xef\xbb\xbf{ \"é€😀\": 1, \"server\": { \"listen\": [\"::1\"] } }") ==
        Lines{
            "c.json:1:3: unknown key 'é€😀' in the configuration; known here: $schema, server, keys, secondaries, "
            "limits, rate_limit, acme_dns, zone_defaults, zone_directory, zones (at /é€😀)"});
}

TEST_CASE("Nesting deeper than 32 levels is refused without recursion", "[config]") {
    const auto nested = [](std::size_t depth) { return std::string(depth, '[') + std::string(depth, ']'); };
    CHECK(Document::parse(nested(32), "c.json").has_value());
    CHECK(primary_problems(nested(33)) == Lines{"c.json:1:33: nested deeper than 32 levels"});
    CHECK(primary_problems(std::string(1'000'000, '[')) ==
          Lines{"c.json:1:33: nested deeper than 32 levels"});
    std::string objects;
    for (int i = 0; i < 100'000; ++i)
        objects += "{\"a\":";
    CHECK(primary_problems(objects) == Lines{"c.json:1:161: nested deeper than 32 levels"});
}

TEST_CASE("Values know where they stand, also after numbers next to comments", "[config]") {
    const auto document =
        Document::parse("{\"a\":1/*x*/,\"b\":[true/*,*/,-2//\n,null,\"s\"],\"c/~\":{}}", "c.json");
    REQUIRE(document.has_value());
    const auto place = [](const JsonValue& value) {
        const auto problem = value.problem("");
        return std::to_string(problem.line) + ":" + std::to_string(problem.column) + " " + problem.pointer;
    };
    const auto members = document->root().children();
    REQUIRE(members.size() == 3);
    CHECK(place(members[0]) == "1:6 /a");
    const auto entries = members[1].children();
    REQUIRE(entries.size() == 4);
    CHECK(place(entries[0]) == "1:18 /b/0");
    CHECK(place(entries[1]) == "1:28 /b/1");
    CHECK(place(entries[2]) == "2:2 /b/2");
    CHECK(place(entries[3]) == "2:7 /b/3");
    CHECK(entries[1].integer() == -2);
    CHECK(place(members[2]) == "2:18 /c~1~0");
}

TEST_CASE("A problem can be shown with its line and a caret, unless the line is long or holds a secret",
          "[config]") {
    const auto shown = [](std::string_view text) {
        const auto config = parse_primary_config(text, "c.json");
        REQUIRE_FALSE(config);
        return config.error().front().with_source();
    };
    CHECK(shown("{ \"server\": { \"listen\": [\"::1\"],\n\t\"lisen\": 1 } }") ==
          "c.json:2:2: unknown key 'lisen' in server; did you mean 'listen'? (at /server/lisen)\n"
          "     \"lisen\": 1 } }\n"
          "     ^");
    CHECK(shown("\xef\xbb\xbf{ \"größe\": 1, \"server\": 2 }")
              .ends_with("{ \"größe\": 1, \"server\": 2 }\n      ^"));
    const std::string secret =
        "{ \"server\": { \"listen\": [\"::1\"] }, \"keys\": [{ \"nam\": 1, \"secret\": \"aGVsbG8=\" }] }";
    CHECK(shown(secret).find("aGVsbG8=") == std::string::npos);
    const std::string wide = "{ \"wrong\": 1, " + std::string(200, ' ') + "}";
    CHECK(shown(wide).find('\n') == std::string::npos);
}
