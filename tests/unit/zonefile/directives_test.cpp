// FORMAT.md §7 and §8.
#include "sample.hpp"
#include "support/catch.hpp"

#include <string>
#include <sys/stat.h>

using namespace lockstep;
using namespace lockstep::sample;

namespace {

/// What a file that begins with `head` yields beyond that, and all that is said about it.
Lines included(const std::filesystem::path& main) {
    return with_problems(without_head(outcome_of(load_zone_file(main, name("example.com.")))));
}
Lines errors_in(const std::filesystem::path& main) {
    return outcome_of(load_zone_file(main, name("example.com."))).problems;
}

}  // namespace

TEST_CASE("7.1 directives are read in any case, unknown ones are errors", "[zonefile][format]") {
    CHECK(records("$ttl 60\n$Origin b\na A 192.0.2.2\n") == Lines{"a.b.example.com. 60 IN A 192.0.2.2"});
    CHECK(errors("$DATE x\n") ==
          Lines{"z:5:1: error: '$DATE' is no directive: there are $ORIGIN, $TTL, $INCLUDE and $GENERATE"});
}

TEST_CASE("7.2 $ORIGIN sets the origin, relative to the one before", "[zonefile][format]") {
    CHECK(records("$ORIGIN b\n$ORIGIN c ; comment\n@ CNAME x\n$ORIGIN example.com.\ny A 192.0.2.2\n") ==
          Lines{"c.b.example.com. 300 IN CNAME x.c.b.example.com.", "y.example.com. 300 IN A 192.0.2.2"});
    CHECK(errors("$ORIGIN a..b\nc A 192.0.2.2\n") == Lines{"z:5:9: error: 'a..b' is no name: empty label"});
    CHECK(errors("$ORIGIN a..b\n$ORIGIN c\nd A 192.0.2\n").size() == 2);
    CHECK(records("a A 192.0.2.2\n$ORIGIN b\na A 192.0.2.3\n") ==
          Lines{"a.example.com. 300 IN A 192.0.2.2", "a.b.example.com. 300 IN A 192.0.2.3"});
}

TEST_CASE("7.3 the first origin is the zone's name", "[zonefile][format]") {
    CHECK(load("$TTL 1\n@ SOA a b 1 3 2 5 5\n@ NS a\n", "sub.example.org.").dump.front() ==
          "sub.example.org. 1 IN SOA a.sub.example.org. b.sub.example.org. 1 3 2 5 5");
    CHECK(load("$TTL 1\n@ SOA a b 1 3 2 5 5\n@ NS a\n", ".").dump ==
          Lines{". 1 IN SOA a. b. 1 3 2 5 5", ". 1 IN NS a."});
}

TEST_CASE("$ORIGIN near the limit makes long names an error", "[zonefile][faults]") {
    const std::string label(63, 'a');
    const std::string origin = label + '.' + label + '.' + label + '.' + std::string(45, 'b');
    CHECK(records("$ORIGIN " + origin + "\nabc A 192.0.2.2\n").size() == 1);
    CHECK(
        errors("$ORIGIN " + origin + "\n" + label + " A 192.0.2.2\n").front().starts_with("z:6:1: error: "));
    CHECK(errors("$ORIGIN " + origin + "\na CNAME " + label + "\n").front().starts_with("z:6:9: error: "));
}

TEST_CASE("7.4 $TTL of an included file holds afterwards", "[zonefile][format]") {
    const Folder folder;
    folder.write("inc", "$TTL 77\n");
    const auto outcome = outcome_of(load_zone_file(
        folder.write("main", std::string(head) + "$INCLUDE inc\nb A 192.0.2.9\n"), name("example.com.")));
    REQUIRE(outcome.loaded);
    CHECK(outcome.dump[2] == "b.example.com. 77 IN A 192.0.2.9");
}

TEST_CASE("7.5 $INCLUDE reads a file there, with an origin of its own or the present one",
          "[zonefile][format]") {
    const Folder folder;
    folder.write("inc", "x A 192.0.2.5\n");
    const auto main = folder.write("main", std::string(head) +
                                               "$INCLUDE inc\n$INCLUDE inc s\n$ORIGIN o\n"
                                               "$INCLUDE inc\n$INCLUDE inc t.example.com.\n");
    CHECK(included(main) ==
          Lines{"x.o.example.com. 300 IN A 192.0.2.5", "x.s.example.com. 300 IN A 192.0.2.5",
                "x.t.example.com. 300 IN A 192.0.2.5", "x.example.com. 300 IN A 192.0.2.5"});
    CHECK(without(folder, errors_in(folder.write("wrong", std::string(head) + "$INCLUDE inc a..b\n"))) ==
          Lines{"wrong:5:14: error: 'a..b' is no name: empty label"});
}

TEST_CASE("7.6 the path is relative to the folder of the file that says it, and may be quoted",
          "[zonefile][format]") {
    const Folder folder;
    folder.write("sub/inc", "x A 192.0.2.5\n$INCLUDE deeper/more.inc\n");
    folder.write("sub/deeper/more.inc", "m A 192.0.2.7\n");
    folder.write("my file", "q A 192.0.2.8\n");
    const auto main =
        folder.write("main", std::string(head) + "$INCLUDE sub/inc\n$INCLUDE \"my file\"\n$INCLUDE " +
                                 (folder.path() / "sub/deeper/more.inc").string() + " n\n");
    CHECK(included(main) == Lines{"m.example.com. 300 IN A 192.0.2.7", "m.n.example.com. 300 IN A 192.0.2.7",
                                  "q.example.com. 300 IN A 192.0.2.8", "x.example.com. 300 IN A 192.0.2.5"});
    const auto result = load_zone_file(main, name("example.com."));
    REQUIRE(result);
    REQUIRE(result->files.size() == 4);
    CHECK(result->files[0].path == main);
    CHECK(result->files[0].size == std::filesystem::file_size(main));
    CHECK(result->files[1].path == folder.path() / "sub/inc");
    CHECK(result->files[2].path == folder.path() / "sub/deeper/more.inc");
    CHECK(result->files[1].digest != result->files[2].digest);
}

TEST_CASE("7.7 origin and last owner are afterwards what they were", "[zonefile][format]") {
    const Folder folder;
    folder.write("inc", "$ORIGIN other\ny A 192.0.2.6\n");
    const auto main = folder.write(
        "main", std::string(head) + "z A 192.0.2.2\n$INCLUDE inc s\n  TXT after\nb A 192.0.2.9\n");
    CHECK(included(main) ==
          Lines{"b.example.com. 300 IN A 192.0.2.9", "y.other.s.example.com. 300 IN A 192.0.2.6",
                "z.example.com. 300 IN A 192.0.2.2", "z.example.com. 300 IN TXT \"after\""});
}

TEST_CASE("an error in an included file names that file", "[zonefile]") {
    const Folder folder;
    folder.write("inc", "a A 192.0.2.5\n   TXT (\n");
    folder.write("blank", " A 192.0.2.5\n");
    const auto main = folder.write("main", std::string(head) + "$INCLUDE inc\n$INCLUDE blank\nb FOOBAR x\n");
    CHECK(
        without(folder, errors_in(main)) ==
        Lines{
            "inc:2:8: error: this parenthesis is not closed",
            "blank:1:2: error: no owner: the first record of a file begins with one, without a blank before it",
            "main:7:3: error: 'FOOBAR' is not a record type"});
}

TEST_CASE("7.8 $INCLUDE reads regular files only", "[zonefile][format][faults]") {
    const Folder folder;
    std::filesystem::create_directory(folder.path() / "folder");
    REQUIRE(::mkfifo((folder.path() / "fifo").c_str(), 0600) == 0);
    const auto main = folder.write(
        "main", std::string(head) +
                    "$INCLUDE folder\n$INCLUDE /dev/zero\n$INCLUDE fifo\n$INCLUDE absent\n$INCLUDE \"\"\n");
    CHECK(without(folder, errors_in(main)) ==
          Lines{"main:5:10: error: 'folder' is a directory, not a file",
                "main:6:10: error: '/dev/zero' is a device, not a file",
                "main:7:10: error: 'fifo' is a FIFO, not a file",
                "main:8:10: error: 'absent' cannot be opened: No such file or directory",
                "main:9:10: error: the name of a file is missing"});
}

TEST_CASE("7.9 loops and depths of $INCLUDE are errors", "[zonefile][format][faults]") {
    const Folder folder;
    const auto self = folder.write("self", std::string(head) + "$INCLUDE self\n");
    CHECK(without(folder, errors_in(self)) == Lines{"self:5:10: error: 'self' includes itself"});
    folder.write("ping", "$INCLUDE ./../" + folder.path().filename().string() + "/pong\n");
    folder.write("pong", "$INCLUDE ping\n");
    const auto loop = folder.write("loop", std::string(head) + "$INCLUDE ping\n");
    CHECK(without(folder, errors_in(loop)).size() == 1);
    for (int i = 0; i < 100; ++i)
        folder.write("f" + std::to_string(i), "$INCLUDE f" + std::to_string(i + 1) + "\n");
    folder.write("f100", "x A 192.0.2.2\n");
    const auto deep = folder.write("deep", std::string(head) + "$INCLUDE f0\n");
    CHECK(without(folder, errors_in(deep)) == Lines{"f19:1:10: error: $INCLUDE more than 20 files deep"});
    const auto enough = folder.write("enough", std::string(head) + "$INCLUDE f81\n");
    CHECK(outcome_of(load_zone_file(enough, name("example.com."))).loaded);
}

TEST_CASE("a file may be included several times, a number of times", "[zonefile][faults]") {
    const Folder folder;
    folder.write("hosts", "www A 192.0.2.2\n");
    const auto twice = folder.write("twice", std::string(head) + "$INCLUDE hosts a\n$INCLUDE hosts b\n");
    const auto result = load_zone_file(twice, name("example.com."));
    REQUIRE(result);
    CHECK(result->files.size() == 2);
    CHECK(result->zone->record_count() == 5);
    for (int i = 0; i < 19; ++i) {
        const auto next = "g" + std::to_string(i + 1);
        folder.write("g" + std::to_string(i), "$INCLUDE " + next + "\n$INCLUDE " + next + "\n");
    }
    folder.write("g19", "x A 192.0.2.2\n");
    const auto bomb =
        load_zone_file(folder.write("bomb", std::string(head) + "$INCLUDE g0\n"), name("example.com."));
    REQUIRE_FALSE(bomb);
    CHECK(bomb.error().problems.front().text == "$INCLUDE for more than 10000 times");
}

TEST_CASE("7.10 includes stay within their root, where there is one", "[zonefile][format][faults]") {
    const Folder folder;
    folder.write("secret", "x TXT y\n");
    folder.write("zones/inc", "x A 192.0.2.2\n");
    std::filesystem::create_symlink(folder.path() / "secret", folder.path() / "zones/link");
    const auto main = folder.write(
        "zones/main", std::string(head) +
                          "$INCLUDE inc\n$INCLUDE ../secret\n$INCLUDE link\n$INCLUDE /etc/passwd\n"
                          "$INCLUDE ../zones/inc sub\n$INCLUDE ../../etc/shadow\n");
    LoadOptions options;
    options.include_root = folder.path() / "zones";
    const auto problems =
        without(folder, outcome_of(load_zone_file(main, name("example.com."), options)).problems);
    REQUIRE(problems.size() == 4);
    CHECK(problems[0].starts_with("zones/main:6:10: error: 'zones/../secret' is outside the folder"));
    CHECK(problems[1].starts_with("zones/main:7:10: error: 'zones/link' is outside the folder"));
    CHECK(problems[2].starts_with("zones/main:8:10: error: '/etc/passwd' is outside the folder"));
    CHECK(problems[3].starts_with("zones/main:10:10: error: 'zones/../../etc/shadow' is outside the folder"));
    options.includes = LoadOptions::Includes::Refused;
    CHECK(load(std::string(head) + "$INCLUDE inc\n", "example.com.", options).problems ==
          Lines{"z:5:10: error: $INCLUDE is not allowed here"});
}

TEST_CASE("7.11 directives have so many words and no more", "[zonefile][format]") {
    CHECK(
        errors(
            "$ORIGIN\n$ORIGIN a b\n$TTL\n$TTL 5 6\n$TTL x\n$TTL \"5\"\n$INCLUDE\n$INCLUDE a b c\n$GENERATE 1-2 a A\n") ==
        Lines{"z:5:8: error: something is missing: $ORIGIN NAME",
              "z:6:11: error: 'b' is too much: $ORIGIN NAME",
              "z:7:5: error: something is missing: $TTL SECONDS",
              "z:8:8: error: '6' is too much: $TTL SECONDS",
              "z:9:6: error: 'x' is not a TTL: seconds, or a form like 1w2d3h4m5s",
              "z:10:6: error: '5' is not a TTL: seconds, or a form like 1w2d3h4m5s",
              "z:11:9: error: something is missing: $INCLUDE FILE [ORIGIN]",
              "z:12:14: error: 'c' is too much: $INCLUDE FILE [ORIGIN]",
              "z:13:18: error: something is missing: $GENERATE RANGE OWNER [TTL] [CLASS] TYPE RDATA"});
}

TEST_CASE("8.1 $GENERATE makes a record for each number", "[zonefile][format]") {
    CHECK(records("$GENERATE 0-5/2 a$ A 192.0.2.$\n$GENERATE 7-7 b$ 60 IN A 192.0.2.$\n") ==
          Lines{"a0.example.com. 300 IN A 192.0.2.0", "a2.example.com. 300 IN A 192.0.2.2",
                "a4.example.com. 300 IN A 192.0.2.4", "b7.example.com. 60 IN A 192.0.2.7"});
}

TEST_CASE("8.2 dollars may be meant", "[zonefile][format]") {
    CHECK(records("$GENERATE 1-1 x\\$y$$z$ TXT \"$ \\$ $$\"\n") ==
          Lines{"x\\$y\\$z1.example.com. 300 IN TXT \"1\" \"$\" \"$\""});
}

TEST_CASE("8.3 offset, width and base", "[zonefile][format]") {
    CHECK(records("$GENERATE 200-200 a ${0,0,d} TXT x\n").size() == 1);
    CHECK(
        records("$GENERATE 200-200 a TXT \"$ ${1} ${-1} ${0,5} ${0,5,o} ${0,4,x} ${0,4,X} ${0,1}\"\n") ==
        Lines{
            "a.example.com. 300 IN TXT \"200\" \"201\" \"199\" \"00200\" \"00310\" \"00c8\" \"00C8\" \"200\""});
}

TEST_CASE("8.4 nibbles", "[zonefile][format]") {
    CHECK(records("$GENERATE 26-26 a TXT \"${0,0,n} ${0,1,n} ${0,3,n} ${0,4,n} ${0,7,N}\"\n") ==
          Lines{"a.example.com. 300 IN TXT \"a.1\" \"a.1\" \"a.1\" \"a.1.\" \"A.1.0.0\""});
    CHECK(records("$GENERATE 1-1 n${0,0,n}.${0,5,N} CNAME $\n") ==
          Lines{"n1.1.0.0.example.com. 300 IN CNAME 1.example.com."});
}

TEST_CASE("8.5 RDATA is one quoted string or words", "[zonefile][format]") {
    CHECK(
        records(
            "$GENERATE 1-1 a$ MX \"10 mail$.\"\n$GENERATE 1-1 b$ MX 10 mail$.\n$GENERATE 1-1 c TXT \"\\\"x $\\\"\"\n"
            "$GENERATE 1-1 d TXT \"x $\" y\n$GENERATE 1-1 e SVCB 1 . port=5$\n") ==
        Lines{"a1.example.com. 300 IN MX 10 mail1.", "b1.example.com. 300 IN MX 10 mail1.",
              "c.example.com. 300 IN TXT \"x 1\"", "d.example.com. 300 IN TXT \"x 1\" \"y\"",
              "e.example.com. 300 IN SVCB 1 . port=51"});
}

TEST_CASE("8.6 counters have their limits", "[zonefile][format][faults]") {
    const Lines not_a_range{"z:5:11: error: 'x' is not a range START-STOP or START-STOP/STEP"};
    CHECK(errors("$GENERATE x a$ A 192.0.2.2\n") == not_a_range);
    CHECK(errors("$GENERATE 1-2/0 a$ A 192.0.2.2\n") == Lines{"z:5:11: error: '1-2/0' has a step of 0"});
    CHECK(errors("$GENERATE 3-1 a$ A 192.0.2.2\n") == Lines{"z:5:11: error: '3-1' ends before it starts"});
    CHECK(errors("$GENERATE 0-4294967295 a$ A 192.0.2.2\n") ==
          Lines{"z:5:11: error: '0-4294967295' goes beyond 2147483647"});
    for (const std::string wrong : {"-1-2", "1--2", "1-2/", "1-2/x", "1", "1-", "0x1-2", "1-99999999999"}) {
        CHECK(errors("$GENERATE " + wrong + " a$ A 192.0.2.2\n").front().starts_with("z:5:11: error: "));
    }
    CHECK(errors("$GENERATE 1-2 a${-2} A 192.0.2.2\n") ==
          Lines{"z:5:15: error: the counter 1 with the offset -2 is outside 0 to 2147483647"});
    CHECK(errors("$GENERATE 2147483647-2147483647/2 a${1} A 192.0.2.2\n") ==
          Lines{"z:5:35: error: the counter 2147483647 with the offset 1 is outside 0 to 2147483647"});
    CHECK(records("$GENERATE 2147483647-2147483647/2147483647 a$ A 192.0.2.2\n") ==
          Lines{"a2147483647.example.com. 300 IN A 192.0.2.2"});
    CHECK(errors("$GENERATE 1-2 a${0,1000000000} A 192.0.2.2\n") ==
          Lines{"z:5:15: error: 'a${0,1000000000}' has a width above 255"});
    CHECK(errors("$GENERATE 1-2 a${0,0,Z} A 192.0.2.2\n") ==
          Lines{"z:5:15: error: 'a${0,0,Z}' has the base 'Z', not one of d o x X n N"});
    CHECK(errors("$GENERATE 1-2 a${1 A 192.0.2.2\n") ==
          Lines{"z:5:15: error: 'a${1' has a '${' without its '}'"});
    CHECK(errors("$GENERATE 1-2 a${} A 192.0.2.2\n") ==
          Lines{"z:5:15: error: 'a${}' has '${}', not ${OFFSET[,WIDTH[,BASE]]}"});
}

TEST_CASE("8.7 a zone has at most a million generated records", "[zonefile][format][faults]") {
    CHECK(errors("$GENERATE 0-1000000 a$ A 192.0.2.2\n") ==
          Lines{"z:5:11: error: '0-1000000' makes more records than the limit of 1000000"});
    LoadOptions options;
    options.max_generated_records = 10;
    CHECK(load(std::string(head) + "$GENERATE 1-6 a$ A 192.0.2.$\n$GENERATE 1-4 b$ A 192.0.2.$\n",
               "example.com.", options)
              .loaded);
    CHECK(load(std::string(head) + "$GENERATE 1-6 a$ A 192.0.2.$\n$GENERATE 1-5 b$ A 192.0.2.$\n",
               "example.com.", options)
              .problems == Lines{"z:6:11: error: '1-5' makes more records than the limit of 10"});
}

TEST_CASE("8.8 the last owner outlives $GENERATE", "[zonefile][format]") {
    CHECK(records("z A 192.0.2.2\n$GENERATE 1-1 g$ A 192.0.2.$\n A 192.0.2.9\n") ==
          Lines{"g1.example.com. 300 IN A 192.0.2.1", "z.example.com. 300 IN A 192.0.2.2",
                "z.example.com. 300 IN A 192.0.2.9"});
}

TEST_CASE("8.9 an error in what $GENERATE makes is told once", "[zonefile][format]") {
    CHECK(errors("$GENERATE 250-300 a$ A 192.0.2.$\n").size() == 1);
    CHECK(errors("$GENERATE 250-300 a$ A 192.0.2.$\n")
              .front()
              .starts_with("z:5:24: error: in '192.0.2.256': "));
    CHECK(errors("$GENERATE 1-9 a..$ A 192.0.2.$\n") ==
          Lines{"z:5:15: error: 'a..1' is no name: empty label"});
    CHECK(errors("$GENERATE 1-9 a$.org. A 192.0.2.$\n") ==
          Lines{"z:5:15: error: 'a1.org.' is outside the zone 'example.com.'"});
    CHECK(errors("$GENERATE 1-9 a$ TXT \"\\\"x\"\n") ==
          Lines{"z:5:22: error: in '\"x': this quote is not closed on its line"});
    CHECK(errors("$GENERATE 1-9 a$ SOA ns h 1 3 2 5 5\n") ==
          Lines{"z:5:1: error: an SOA record at 'a1.example.com.': the zone's name is 'example.com.'"});
    CHECK(errors("$GENERATE 1-9 a$ FOOBAR x\n") == Lines{"z:5:18: error: 'FOOBAR' is not a record type"});
}
