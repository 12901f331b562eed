// FORMAT.md §3 to §6 and §9.
#include "sample.hpp"
#include "support/catch.hpp"

#include <string>

using namespace lockstep;
using namespace lockstep::sample;

TEST_CASE("3.1 a line that begins with a dollar is a directive", "[zonefile][format]") {
    CHECK(errors("$FOO A 192.0.2.2\n") ==
          Lines{"z:5:1: error: '$FOO' is no directive: there are $ORIGIN, $TTL, $INCLUDE and $GENERATE"});
    CHECK(records("\\$foo TXT x\n") == Lines{"\\$foo.example.com. 300 IN TXT \"x\""});
}

TEST_CASE("3.2 TTL and class come in either order or not at all", "[zonefile][format]") {
    CHECK(
        records(
            "a 60 IN A 192.0.2.2\nb IN 60 A 192.0.2.2\nc 60 A 192.0.2.2\nd IN A 192.0.2.2\ne A 192.0.2.2\n") ==
        Lines{"a.example.com. 60 IN A 192.0.2.2", "b.example.com. 60 IN A 192.0.2.2",
              "c.example.com. 60 IN A 192.0.2.2", "d.example.com. 300 IN A 192.0.2.2",
              "e.example.com. 300 IN A 192.0.2.2"});
    CHECK(errors("a 60 61 A 192.0.2.2\n") == Lines{"z:5:6: error: '61' is a second TTL"});
    CHECK(errors("a IN IN A 192.0.2.2\n") == Lines{"z:5:6: error: 'IN' is a second class"});
    CHECK(errors("a\n") == Lines{"z:5:2: error: the record's type is missing"});
    CHECK(errors("a 60 IN ; nothing\n") == Lines{"z:5:8: error: the record's type is missing"});
    CHECK(errors("a \"A\" 192.0.2.2\n") ==
          Lines{"z:5:3: error: a quoted string where the record's type is expected"});
}

TEST_CASE("3.3 a line that begins with a blank goes on with the last owner", "[zonefile][format]") {
    CHECK(records("a A 192.0.2.2\n\tTXT x\n 60 IN AAAA ::1\n") == Lines{"a.example.com. 300 IN A 192.0.2.2",
                                                                        "a.example.com. 300 IN TXT \"x\"",
                                                                        "a.example.com. 60 IN AAAA ::1"});
    CHECK(errors("A 192.0.2.2\n") ==
          Lines{"z:5:3: error: '192.0.2.2' is not a record type: a line that goes on with the last owner "
                "begins with a blank"});
}

TEST_CASE("3.4 the first record of a file has an owner", "[zonefile][format]") {
    CHECK(
        load("$TTL 5\n NS ns\n@ SOA ns h 1 3 2 5 5\n").problems ==
        Lines{
            "z:2:2: error: no owner: the first record of a file begins with one, without a blank before it"});
}

TEST_CASE("3.5 a directive with a blank before it is an error", "[zonefile][format]") {
    CHECK(errors(" $TTL 60\n") ==
          Lines{"z:5:2: error: a directive begins its line, without a blank before it"});
}

TEST_CASE("3.6 an owner taken over right after $ORIGIN is asked about", "[zonefile][format]") {
    const auto outcome = with_head("a A 192.0.2.2\n$ORIGIN b\n TXT x\n TXT y\n");
    CHECK(outcome.dump == Lines{"a.example.com. 300 IN A 192.0.2.2", "a.example.com. 300 IN TXT \"x\"",
                                "a.example.com. 300 IN TXT \"y\""});
    CHECK(outcome.problems ==
          Lines{"z:7:2: warning: the owner is still 'a.example.com.', although $ORIGIN has just changed"});
}

TEST_CASE("4.1 names without a final dot get the origin", "[zonefile][format]") {
    CHECK(records("a CNAME b\nc.example.com. CNAME d.example.org.\n") ==
          Lines{"a.example.com. 300 IN CNAME b.example.com.", "c.example.com. 300 IN CNAME d.example.org."});
}

TEST_CASE("4.2 @ alone is the origin", "[zonefile][format]") {
    CHECK(records("@ A 192.0.2.2\nc CNAME @\n\\@ CNAME \\@\nx.@ TXT y\n") ==
          Lines{"example.com. 300 IN A 192.0.2.2", "\\@.example.com. 300 IN CNAME \\@.example.com.",
                "x.\\@.example.com. 300 IN TXT \"y\"", "c.example.com. 300 IN CNAME example.com."});
}

TEST_CASE("4.3 names and labels have their limits", "[zonefile][format]") {
    const std::string label(63, 'a');
    CHECK(records(label + " A 192.0.2.2\n").size() == 1);
    CHECK(errors(label + "a A 192.0.2.2\n").front().ends_with("is no name: label longer than 63 octets"));
    // 13 octets are the origin's: 3 labels of 64 octets and one of 50 make 255.
    const std::string full = label + '.' + label + '.' + label + '.' + std::string(49, 'b');
    CHECK(records(full + " A 192.0.2.2\n").size() == 1);
    const auto over = errors(full + "b A 192.0.2.2\n");
    REQUIRE(over.size() == 1);
    CHECK(over.front().starts_with("z:5:1: error: 'aaaa"));
    CHECK(over.front().ends_with("is no name: name longer than 255 octets with the origin 'example.com.'"));
    CHECK(errors("a..b A 192.0.2.2\n") == Lines{"z:5:1: error: 'a..b' is no name: empty label"});
    CHECK(errors("x CNAME " + full + "b\n").front().starts_with("z:5:9: error: "));
}

TEST_CASE("4.4 owners are lower-cased, names in RDATA are kept", "[zonefile][format]") {
    const auto result =
        load_zone_text(std::string(head) + "A TXT Xy\nB MX 1 Mail\n", "z", name("Example.COM."));
    REQUIRE(result);
    CHECK(result->zone->apex().to_string() == "example.com.");
    const auto node = result->zone->find(name("b.example.com."));
    REQUIRE(node);
    CHECK(as_text(node->find(RrType::MX)->front()).substr(3, 4) == "Mail");
    CHECK(lines_of(canonical_text(*result->zone))[2] == "a.example.com. 300 IN TXT \"Xy\"");
    CHECK(lines_of(canonical_text(*result->zone))[3] == "b.example.com. 300 IN MX 1 mail.example.com.");
}

TEST_CASE("4.5 a quoted string is no name", "[zonefile][format]") {
    CHECK(errors("\"a\" A 192.0.2.2\n") == Lines{"z:5:1: error: a quoted string where a name is expected"});
}

TEST_CASE("4.6 an owner outside the zone is an error, told once", "[zonefile][format]") {
    CHECK(
        errors("www.example.org. A 192.0.2.2\n A 192.0.2.3\nwww.example.org. A 192.0.2.4\n") ==
        Lines{
            "z:5:1: error: 'www.example.org.' is outside the zone 'example.com.': a name with a final dot is absolute"});
    CHECK(
        errors("$ORIGIN example.org.\nwww A 192.0.2.2\n") ==
        Lines{
            "z:6:1: error: 'www.example.org.' is outside the zone 'example.com.': the origin here is 'example.org.'"});
}

TEST_CASE("4.7 a relative name that ends like the zone is asked about", "[zonefile][format]") {
    CHECK(
        warnings("example.com A 192.0.2.2\n") ==
        Lines{
            "z:5:1: warning: 'example.com' has no final dot, so it is 'example.com.example.com.': did you mean 'example.com.'?"});
    CHECK(
        warnings("a MX 10 mail.Example.com\n") ==
        Lines{
            "z:5:9: warning: 'mail.Example.com' has no final dot, so it is 'mail.Example.com.example.com.': did you mean "
            "'mail.Example.com.'?"});
    CHECK(warnings("a CNAME notexample.com\nb TXT example.com\nc RP x.example.com .\n").empty());
    for (const std::string rdata : {"NS", "CNAME", "DNAME", "PTR", "MX 1", "SRV 0 0 1"}) {
        CAPTURE(rdata);
        CHECK(
            warnings("a " + rdata + " x.example.com\n") ==
            Lines{
                "z:5:" + std::to_string(4 + rdata.size()) +
                ": warning: 'x.example.com' has no final dot, so it is 'x.example.com.example.com.': did you "
                "mean 'x.example.com.'?"});
    }
    CHECK(load("$TTL 1\n@ SOA ns.example.com h.example.com 1 3 2 5 5\n@ NS ns.example.org.\n")
              .problems.size() == 2);
    CHECK(
        warnings("$ORIGIN sub.example.com\n") ==
        Lines{
            "z:5:9: warning: 'sub.example.com' has no final dot, so it is 'sub.example.com.example.com.': did you "
            "mean 'sub.example.com.'?"});
    CHECK(load("$TTL 1\n@ SOA ns h 1 3 2 5 5\n@ NS ns\nns A 192.0.2.1\n", ".").problems.empty());
}

TEST_CASE("5.1 TTLs have units", "[zonefile][format]") {
    CHECK(records("a 1w2d3h4m5s A 192.0.2.2\nb 1H30M A 192.0.2.2\nc 0 A 192.0.2.2\n") ==
          Lines{"a.example.com. 788645 IN A 192.0.2.2", "b.example.com. 5400 IN A 192.0.2.2",
                "c.example.com. 0 IN A 192.0.2.2"});
    for (const std::string wrong : {"-1", "1w1x", "1h30", "1hh"}) {
        CHECK(errors("a " + wrong + " A 192.0.2.2\n") ==
              Lines{"z:5:3: error: '" + wrong + "' is not a TTL: seconds, or a form like 1w2d3h4m5s"});
    }
}

TEST_CASE("5.2 TTLs of more than 31 bits are errors", "[zonefile][format]") {
    CHECK(records("a 2147483647 A 192.0.2.2\n").size() == 1);
    for (const std::string wrong : {"2147483648", "99999999999", "9999999999999999999999999w"}) {
        CHECK(errors("a " + wrong + " A 192.0.2.2\n") ==
              Lines{"z:5:3: error: '" + wrong + "' is more than the largest TTL, 2147483647"});
    }
}

TEST_CASE("5.3 $TTL is the default from where it stands", "[zonefile][format]") {
    CHECK(records("a A 192.0.2.2\n$TTL 1m\nb 5 A 192.0.2.2\nc A 192.0.2.2\n") ==
          Lines{"a.example.com. 300 IN A 192.0.2.2", "b.example.com. 5 IN A 192.0.2.2",
                "c.example.com. 60 IN A 192.0.2.2"});
}

TEST_CASE("5.4 without $TTL the last TTL holds", "[zonefile][format]") {
    const auto outcome = load("@ 60 SOA ns h 1 3 2 5 5\n@ NS ns\nns 99 A 192.0.2.1\nb A 192.0.2.9\n");
    CHECK(outcome.dump == Lines{"example.com. 60 IN SOA ns.example.com. h.example.com. 1 3 2 5 5",
                                "example.com. 60 IN NS ns.example.com.", "b.example.com. 99 IN A 192.0.2.9",
                                "ns.example.com. 99 IN A 192.0.2.1"});
    CHECK(outcome.problems == Lines{"z:2:1: warning: no TTL and no $TTL: it takes the last one, 60"});
}

TEST_CASE("5.5 without any TTL the SOA's minimum holds", "[zonefile][format]") {
    const auto outcome = load("@ SOA ns h 1 3 2 5 5\n@ NS ns\nns 99 A 192.0.2.1\nb A 192.0.2.9\n");
    CHECK(outcome.dump == Lines{"example.com. 5 IN SOA ns.example.com. h.example.com. 1 3 2 5 5",
                                "example.com. 5 IN NS ns.example.com.", "b.example.com. 5 IN A 192.0.2.9",
                                "ns.example.com. 99 IN A 192.0.2.1"});
    CHECK(outcome.problems == Lines{"z:1:1: warning: no TTL and no $TTL: the SOA's minimum, 5, is taken"});
    CHECK(load("@ NS ns\n@ SOA ns h 1 3 2 5 5\n").problems ==
          Lines{"z:1:1: error: no TTL: put '$TTL 3600', or whatever suits, at the top of the file"});
}

TEST_CASE("5.6 the lowest TTL of an RRset is served", "[zonefile][format]") {
    const auto outcome = with_head("a A 192.0.2.2\na 60 A 192.0.2.3\nb 9 A 192.0.2.3\n");
    CHECK(outcome.dump == Lines{"a.example.com. 60 IN A 192.0.2.2", "a.example.com. 60 IN A 192.0.2.3",
                                "b.example.com. 9 IN A 192.0.2.3"});
    CHECK(outcome.problems ==
          Lines{"z:5:1: warning: the TTL 300 is not served: 60 is the lowest of its RRset (RFC 2181 §5.2)"});
    CHECK(warnings("a 60 A 192.0.2.2\n 61 TXT x\n 62 A 192.0.2.3\nb A 192.0.2.4\na 63 A 192.0.2.5\n") ==
          Lines{"z:7:2: warning: the TTL 62 is not served: 60 is the lowest of its RRset (RFC 2181 §5.2)",
                "z:9:1: warning: the TTL 63 is not served: 60 is the lowest of its RRset (RFC 2181 §5.2)"});
    CHECK(warnings("$GENERATE 1-9 a 60 A 192.0.2.$\na 59 A 192.0.2.10\n@ 299 SOA ns h 1 3 2 5 5\n") ==
          Lines{"z:5:1: warning: the TTL 60 is not served: 59 is the lowest of its RRset (RFC 2181 §5.2)"});
    const std::string signature = " 13 2 9 20300101000000 20260101000000 1 example.com. AAAA\n";
    CHECK(warnings("@ 7 RRSIG A" + signature + "@ 9 RRSIG TXT" + signature +
                   "@ 8 RRSIG A 13 2 9 20300101000000 20260101000000 2 example.com. AAAA\n") ==
          Lines{"z:7:1: warning: the TTL 8 is not served: 7 is the lowest of its RRset (RFC 2181 §5.2)"});
}

TEST_CASE("6.1 the class is IN", "[zonefile][format]") {
    CHECK(records("a CLASS1 A 192.0.2.2\nb in A 192.0.2.2\n").size() == 2);
    CHECK(errors("a CH TXT x\n") == Lines{"z:5:3: error: the class CH: only IN is served"});
    CHECK(errors("a CLASS3 TXT x\n") == Lines{"z:5:3: error: the class CH: only IN is served"});
    CHECK(errors("a CLASS32 TXT x\n") == Lines{"z:5:3: error: the class CLASS32: only IN is served"});
    CHECK(errors("a NONE TXT x\n") == Lines{"z:5:3: error: the class NONE: only IN is served"});
}

TEST_CASE("6.2 types are mnemonics or numbers", "[zonefile][format]") {
    CHECK(records("a a 192.0.2.2\nb TYPE1 192.0.2.2\nc Type65280 \\# 2 abcd\nd TYPE65535 \\# 0\n") ==
          Lines{"a.example.com. 300 IN A 192.0.2.2", "b.example.com. 300 IN A 192.0.2.2",
                "c.example.com. 300 IN TYPE65280 \\# 2 ABCD", "d.example.com. 300 IN TYPE65535 \\# 0"});
}

TEST_CASE("6.3 types that cannot stand in a zone are errors", "[zonefile][format]") {
    for (const std::string type : {"ANY", "OPT", "AXFR", "IXFR", "TSIG", "TKEY", "MAILB", "TYPE128"}) {
        CHECK(errors("a " + type + " \\# 0\n") ==
              Lines{"z:5:3: error: the type " + type + " cannot stand in a zone"});
    }
    CHECK(errors("a TYPE0 \\# 0\n").size() == 1);
    CHECK(errors("a TYPE65536 \\# 0\n").size() == 1);
}

TEST_CASE("6.4 every type has the generic form", "[zonefile][format]") {
    CHECK(records("a A \\# 4 c0000202\nb MX \\# 5 ( 000a\n 01 78 00 )\n") ==
          Lines{"a.example.com. 300 IN A 192.0.2.2", "b.example.com. 300 IN MX 10 x."});
}

TEST_CASE("6.5 errors in RDATA are placed at the word", "[zonefile][format]") {
    CHECK(errors("a A 192.0.2.300\n").front().starts_with("z:5:5: error: "));
    CHECK(errors("a MX ten mail\n").front().starts_with("z:5:6: error: "));
    CHECK(errors("a MX ( 10 ; preference\n  bad..name )\n").front().starts_with("z:6:3: error: "));
    CHECK(errors("a MX 10\n").front().starts_with("z:5:8: error: "));
    CHECK(errors("a A 192.0.2.2 192.0.2.3\n").front().starts_with("z:5:15: error: "));
    CHECK(errors("a TYPE65280 \\# 4 AB\n").size() == 1);
    CHECK(errors("a TYPE65280 \\# 1 ABC\n").size() == 1);
    CHECK(errors("a TYPE65280 \\# 1 ABCD\n").size() == 1);
    CHECK(errors("a TXT " + std::string(256, 'x') + "\n").front().starts_with("z:5:7: error: "));
}

TEST_CASE("6.6 a slip in a type is asked about", "[zonefile][format]") {
    CHECK(errors("a AAA ::1\n") == Lines{"z:5:3: error: 'AAA' is not a record type: did you mean AAAA?"});
    CHECK(errors("a CNMAE b\n") == Lines{"z:5:3: error: 'CNMAE' is not a record type: did you mean CNAME?"});
    CHECK(errors("a XQZZY b\n") == Lines{"z:5:3: error: 'XQZZY' is not a record type"});
}

TEST_CASE("9.1 there is one SOA record at the zone's name", "[zonefile][format]") {
    CHECK(load("").problems == Lines{"z:1:1: error: the zone 'example.com.' has no SOA record"});
    CHECK(load("$TTL 1\n@ NS ns\n").problems ==
          Lines{"z:1:1: error: the zone 'example.com.' has no SOA record"});
    CHECK(load("$TTL 1\n@ NS ns\n@ SOA ns h 1 3 2 5 5\n").loaded);
    CHECK(errors("@ SOA ns h 2 2 3 4 5\n") ==
          Lines{"z:5:1: error: a second SOA record: the first is in line 2"});
    CHECK(errors("www SOA ns h 1 3 2 5 5\n") ==
          Lines{"z:5:1: error: an SOA record at 'www.example.com.': the zone's name is 'example.com.'"});
    CHECK(load("$TTL 1\n@ SOA ns h 4294967296 2 3 4 5\n@ NS ns\n")
              .problems.front()
              .starts_with("z:2:12: error: "));
}

TEST_CASE("9.2 the same SOA again is folded", "[zonefile][format]") {
    CHECK(records("@ SOA NS h 1 3 2 5 5\n").empty());
}

TEST_CASE("9.3 there is an NS record at the zone's name", "[zonefile][format]") {
    const auto outcome = load("$TTL 1\n@ SOA ns h 1 3 2 5 5\nns A 192.0.2.1\n");
    REQUIRE(outcome.problems.size() == 1);
    CHECK(outcome.problems.front().starts_with("z:2:1: error: "));
    CHECK(outcome.problems.front().find("NS") != std::string::npos);
}

TEST_CASE("9.4 duplicates are one record", "[zonefile][format]") {
    CHECK(records("a A 192.0.2.2\nA A 192.0.2.2\nb MX 1 x.\nb MX 1 X.\n") ==
          Lines{"a.example.com. 300 IN A 192.0.2.2", "b.example.com. 300 IN MX 1 x."});
}

TEST_CASE("9.5 findings about the zone are told at a record", "[zonefile][format][faults]") {
    const auto only = [](const Lines& lines) {
        return lines.size() == 1 ? lines.front() : "not one problem";
    };
    CHECK(only(errors("a TXT x\n  CNAME b\nb A 192.0.2.2\n")).starts_with("z:6:3: error: "));
    CHECK(only(errors("x.a A 192.0.2.2\na DNAME example.org.\n")).find(":1: error: ") != std::string::npos);
    const auto warning = only(warnings("c NS ns\nc NS other\nc NS elsewhere.org.\n"));
    CHECK(warning.starts_with("z:6:1: warning: "));
    CHECK(warning.find("other.example.com.") != std::string::npos);
    CHECK(warnings("$ORIGIN example.com.example.com.\nx A 192.0.2.2\n").size() == 1);
}

TEST_CASE("findings in an included file name that file", "[zonefile]") {
    const Folder folder;
    folder.write("inc", "\nx CNAME ns\n");
    const auto main = folder.write("main", std::string(head) + "x A 192.0.2.2\n$INCLUDE inc\n");
    const auto problems = without(folder, outcome_of(load_zone_file(main, name("example.com."))).problems);
    REQUIRE(problems.size() == 1);
    CHECK(problems.front().starts_with("inc:2:1: error: "));
}
