// FORMAT.md §1 and §2.
#include "sample.hpp"
#include "support/catch.hpp"
#include "zonefile/lexer.hpp"

#include <string>

using namespace lockstep;
using namespace lockstep::sample;
using namespace std::string_literals;

TEST_CASE("1.1 octets above 127 stand for themselves", "[zonefile][format]") {
    CHECK(records("a TXT \xc3\xa9\n") == Lines{"a.example.com. 300 IN TXT \"\\195\\169\""});
}

TEST_CASE("1.2 lines end with LF or CR LF", "[zonefile][format]") {
    CHECK(records("a A 192.0.2.2\r\n A 192.0.2.3\nb TXT \"x\"\r\nc TXT (\r\n y ) ; z\r\n") ==
          Lines{"a.example.com. 300 IN A 192.0.2.2", "a.example.com. 300 IN A 192.0.2.3",
                "b.example.com. 300 IN TXT \"x\"", "c.example.com. 300 IN TXT \"y\""});
}

TEST_CASE("1.3 a CR without an LF is an error outside of quotes and comments", "[zonefile][format]") {
    CHECK(errors("a A 192.0.2.2\rb A 192.0.2.3\n") ==
          Lines{"z:5:14: error: a carriage return that no line feed follows"});
    CHECK(records("a TXT \"x\ry\" ; \r comment\n") == Lines{"a.example.com. 300 IN TXT \"x\\013y\""});
}

TEST_CASE("1.4 a NUL octet is an error at its place, and all that is told", "[zonefile][format]") {
    CHECK(errors("a TXT x\0y\nb FOO bar\n"s) == Lines{"z:5:8: error: a NUL octet: this is no text file"});
    CHECK(errors("b FOO bar\na A 192.0.2.2\n\0"s) ==
          Lines{"z:7:1: error: a NUL octet: this is no text file"});
    CHECK(errors("; \0\n"s) == Lines{"z:5:3: error: a NUL octet: this is no text file"});
}

TEST_CASE("1.5 byte order marks are errors that say so", "[zonefile][format]") {
    const auto marked = load("\xef\xbb\xbf" + std::string(head));
    CHECK(marked.problems ==
          Lines{"z:1:1: error: the file begins with a byte order mark: save it as UTF-8 without one"});
    const Lines utf16{
        "z:1:1: error: the file is UTF-16: master files are ASCII, or UTF-8 without a byte order mark"};
    CHECK(load("\xff\xfe$\0T\0T\0L\0"s).problems == utf16);
    CHECK(load("\xfe\xff\0$\0T\0T\0L"s).problems == utf16);
}

TEST_CASE("1.6 a last line without its end is read with a warning", "[zonefile][format]") {
    const auto outcome = with_head("a A 192.0.2.2");
    CHECK(outcome.dump == Lines{"a.example.com. 300 IN A 192.0.2.2"});
    CHECK(outcome.problems == Lines{"z:5:14: warning: the last line does not end: was the file cut short?"});
}

TEST_CASE("2.1 blanks and tabs separate words", "[zonefile][format]") {
    CHECK(records("a\tA \t 192.0.2.2\t\n \t A\t192.0.2.3\n") ==
          Lines{"a.example.com. 300 IN A 192.0.2.2", "a.example.com. 300 IN A 192.0.2.3"});
}

TEST_CASE("2.2 comments go to the end of the line", "[zonefile][format]") {
    CHECK(records("a A 192.0.2.2;comment ( \" \\\nb;x TXT\n A 192.0.2.3\n").empty() == false);
    CHECK(records("a TXT \"x;y\" z\\;w ; v\n") == Lines{"a.example.com. 300 IN TXT \"x;y\" \"z;w\""});
}

TEST_CASE("2.3 parentheses join lines and may be nested", "[zonefile][format]") {
    const Lines expected{"a.example.com. 300 IN TXT \"x\" \"y\" \"z\""};
    CHECK(records("a TXT ( x ; one\n  y\n\nz )\n") == expected);
    CHECK(records("a (TXT(x\n(y)\n)z\n)\n") == expected);
    CHECK(records("(\na TXT x y z )\n") == expected);
}

TEST_CASE("2.4 an unclosed parenthesis is an error where it opens, one too many where it stands",
          "[zonefile][format]") {
    CHECK(errors("a TXT ( x\n  y\n") == Lines{"z:5:7: error: this parenthesis is not closed"});
    CHECK(errors("a TXT x )\n") == Lines{"z:5:9: error: a closing parenthesis that nothing opened"});
}

TEST_CASE("2.4 entries behind an unclosed parenthesis are still read", "[zonefile][format]") {
    CHECK(errors("a TXT ( x\n  y\nb FOOBAR z\n") == Lines{"z:5:7: error: this parenthesis is not closed",
                                                          "z:7:3: error: 'FOOBAR' is not a record type"});
}

TEST_CASE("2.5 quotes hold blanks and what else separates", "[zonefile][format]") {
    CHECK(records("a TXT \"x y;(z)\" \"\"\n") == Lines{"a.example.com. 300 IN TXT \"x y;(z)\" \"\""});
}

TEST_CASE("2.6 an unclosed quote is an error where it opens, and the next line is read",
          "[zonefile][format]") {
    CHECK(errors("a TXT \"x\nb A 192.0.2\n").front() == "z:5:7: error: this quote is not closed on its line");
    CHECK(errors("a TXT \"x\nb FOOBAR z\n").back() == "z:6:3: error: 'FOOBAR' is not a record type");
    CHECK(errors("a TXT ( x\n \"y\n z )\nb A 192.0.2.3\n") ==
          Lines{"z:6:2: error: this quote is not closed on its line"});
    CHECK(errors("a TXT \"x") ==
          Lines{"z:5:7: error: this quote is not closed on its line",
                "z:5:9: warning: the last line does not end: was the file cut short?"});
}

TEST_CASE("2.7 quotes separate words", "[zonefile][format]") {
    CHECK(records("a TXT x\"y\"z\"w\"\n") == Lines{"a.example.com. 300 IN TXT \"x\" \"y\" \"z\" \"w\""});
}

TEST_CASE("2.8 an assignment is one word for SVCB and HTTPS, two for the rest", "[zonefile][format]") {
    CHECK(records("a TXT foo=\"bar baz\" q\n") ==
          Lines{"a.example.com. 300 IN TXT \"foo=\" \"bar baz\" \"q\""});
    CHECK(records("a HTTPS 1 . alpn=\"h2,h3\" port=53\n") ==
          Lines{"a.example.com. 300 IN HTTPS 1 . alpn=\"h2,h3\" port=53"});
    CHECK(errors("a=\"b\" TXT c\n") == Lines{"z:5:1: error: a quoted string where a name is expected"});
}

TEST_CASE("2.9 escapes", "[zonefile][format]") {
    CHECK(records("a\\.b TXT \\065\\\"\\;\\\\ \"\\\"\\255\"\n") ==
          Lines{"a\\.b.example.com. 300 IN TXT \"A\\\";\\\\\" \"\\\"\\255\""});
    CHECK(records("a\\032b TXT x\n") == Lines{"a\\032b.example.com. 300 IN TXT \"x\""});
    CHECK(records("a\\ b TXT x\n") == Lines{"a\\032b.example.com. 300 IN TXT \"x\""});
    CHECK(errors("a\\256 A 192.0.2.2\n").size() == 1);
    CHECK(errors("a\\1 A 192.0.2.2\n").front().starts_with("z:5:1: error: 'a\\1' is no name: bad escape"));
    CHECK(errors("a TXT x\\256\n").front().starts_with("z:5:7: error: "));
    CHECK(errors("a TXT \"x\\1\"\n").front().starts_with("z:5:7: error: "));
}

TEST_CASE("2.10 a backslash at the end of a line is an error", "[zonefile][format]") {
    const Lines expected{"z:5:8: error: a backslash at the end of a line escapes nothing"};
    CHECK(errors("a TXT x\\\n") == expected);
    CHECK(errors("a TXT x\\\r\n") == expected);
    CHECK(errors("a TXT x\\").front() == expected.front());
    CHECK(errors("a TXT \"x\\\ny\"\n").front() == "z:5:7: error: this quote is not closed on its line");
}

TEST_CASE("2.11 empty lines and comments mean nothing", "[zonefile][format]") {
    CHECK(records("\n;\n   \n\t; x\na A 192.0.2.2\n\n A 192.0.2.3\n  \n") ==
          Lines{"a.example.com. 300 IN A 192.0.2.2", "a.example.com. 300 IN A 192.0.2.3"});
}

TEST_CASE("2.12 all errors are found, up to a limit", "[zonefile][format]") {
    std::string body;
    for (int i = 0; i < 60; ++i)
        body += "a FOOBAR x\n";
    const auto text = std::string(head) + body;
    const auto result = load_zone_text(text, "z", name("example.com."));
    REQUIRE_FALSE(result);
    CHECK(result.error().problems.size() == 50);
    CHECK(result.error().truncated);
    CHECK(format_problem(result.error().problems.back()) == "z:54:3: error: 'FOOBAR' is not a record type");
    LoadOptions options;
    options.max_errors = 60;
    const auto more = load_zone_text(text, "z", name("example.com."), options);
    REQUIRE_FALSE(more);
    CHECK(more.error().problems.size() == 60);
    CHECK_FALSE(more.error().truncated);
}

TEST_CASE("words end where they do, however they stand in the blocks that are looked at", "[zonefile]") {
    for (const char stop : " \t\r\n\";()"s) {
        for (std::size_t octets = 1; octets < 200; ++octets) {
            // Octets that a careless look might take for stops stand within the word.
            std::string text(octets, 'a');
            for (std::size_t at = 0; at < octets; ++at)
                text[at] = "ab!\x01\x1f\x21\x7f\x80\xa0\xff'*[]"[(at * 7 + octets) % 14];
            text += stop;
            text += stop == '"' ? "b\"\n" : stop == '\r' ? "\n" : stop == '(' ? "b)\n" : "b\n";
            Lexer lexer(text);
            const auto step = lexer.next();
            CAPTURE(stop, octets);
            REQUIRE(step == (stop == ')' ? Lexer::Step::Fault : Lexer::Step::Entry));
            REQUIRE(lexer.words().front().text == std::string_view(text).substr(0, octets));
        }
    }
}

TEST_CASE("a line of ten mebioctets is read", "[zonefile][faults]") {
    CHECK(records("a A 192.0.2.2 ;" + std::string(10 << 20, 'x') + "\n") ==
          Lines{"a.example.com. 300 IN A 192.0.2.2"});
    CHECK(records("a A " + std::string(10 << 20, ' ') + "192.0.2.2\n") ==
          Lines{"a.example.com. 300 IN A 192.0.2.2"});
    const auto word = errors("a A " + std::string(10 << 20, '1') + "\n");
    REQUIRE(word.size() == 1);
    CHECK(word.front().starts_with("z:5:5: error: "));
    CHECK(word.front().size() < 1000);
    std::string many = "a TXT";
    for (int i = 0; i < (5 << 20); ++i)
        many += " a";
    CHECK(errors(many + "\nb FOOBAR x\n") == Lines{"z:5:280002: error: an entry of more than 140,000 words",
                                                   "z:6:3: error: 'FOOBAR' is not a record type"});
}

TEST_CASE("problems show the line and a caret below the column", "[zonefile]") {
    const auto result =
        load_zone_text(std::string(head) + "a\tFOOBAR\x1b[31m x\n", "z", name("example.com."));
    REQUIRE_FALSE(result);
    REQUIRE(result.error().problems.size() == 1);
    CHECK(format_problem(result.error().problems[0], ProblemFormat::WithSource) ==
          "z:5:3: error: 'FOOBAR\\027[31m' is not a record type\n    a FOOBAR?[31m x\n      ^");
}

TEST_CASE("lines are right wherever problems stand and in whatever order they are told", "[zonefile]") {
    const std::string filler(1000, ';');
    std::string body;
    Lines expected;
    for (int line = 5; line < 500; ++line) {
        if (line % 100 != 0) {
            body += filler + '\n';
            continue;
        }
        // The later in the text the earlier in the zone.
        const auto owner = std::string(1, static_cast<char>('z' - line / 100));
        body += owner + " NS nowhere\n";
        expected.insert(expected.begin(),
                        "z:" + std::to_string(line) + ":1: warning: " + owner +
                            ".example.com.: NS target nowhere.example.com. has no address in "
                            "the zone");
    }
    CHECK(warnings(body) == expected);
}

TEST_CASE("a record behind others that nobody asks about keeps its place and TTL", "[zonefile]") {
    const auto said =
        warnings("a 60 TXT x\nb NS nowhere\nb DS 1 8 2 " + std::string(64, '0') + "\nc TXT y\n");
    CHECK(said ==
          Lines{"z:6:1: warning: b.example.com.: NS target nowhere.example.com. has no address in the zone"});
}
