// What may be wrong with a file and its entries, each with all that is said about it.
#include "faults.hpp"

#include "support/catch.hpp"

#include <string>

using namespace lockstep;
using namespace lockstep::sample;
using namespace std::string_literals;

TEST_CASE("parentheses and quotes: each mistake with what is said about it", "[zonefile][faults]") {
    check_faults({
        {"a TXT ( x\n", "z:5:7: error: this parenthesis is not closed"},
        {"a TXT ((x)\n", "z:5:7: error: this parenthesis is not closed"},
        {"a TXT x)\n", "z:5:8: error: a closing parenthesis that nothing opened"},
        {"a TXT \"x\n", "z:5:7: error: this quote is not closed on its line"},
        {"a TXT \"x\nb A 192.0.2.9\n", "z:5:7: error: this quote is not closed on its line"},
        {"a TXT (\"x\n)\n", "z:5:8: error: this quote is not closed on its line"},
        {"\"\n", "z:5:1: error: this quote is not closed on its line"},
        {"(\n", "z:5:1: error: this parenthesis is not closed"},
        {")\n", "z:5:1: error: a closing parenthesis that nothing opened"},
        {"()\n", ""},
    });
}

TEST_CASE("escapes: each mistake with what is said about it", "[zonefile][faults]") {
    check_faults({
        {"a\\256 A 192.0.2.2\n",
         "z:5:1: error: 'a\\256' is no name: bad escape: \\DDD is three digits up to 255"},
        {"a\\1 A 192.0.2.2\n",
         "z:5:1: error: 'a\\1' is no name: bad escape: \\DDD is three digits up to 255"},
        {"a\\12",
         "z:5:1: error: 'a\\12' is no name: bad escape: \\DDD is three digits up to 255\n"
         "z:5:5: error: the record's type is missing\n"
         "z:5:5: warning: the last line does not end: was the file cut short?"},
        {"a TXT \\256\n", "z:5:7: error: expected a character string with whole escapes, found `\\256`"},
        {"a TXT \\1\n", "z:5:7: error: expected a character string with whole escapes, found `\\1`"},
        {"a TXT \\25x\n", "z:5:7: error: expected a character string with whole escapes, found `\\25x`"},
        {"a TXT x\\",
         "z:5:8: error: a backslash at the end of a line escapes nothing\n"
         "z:5:9: warning: the last line does not end: was the file cut short?"},
        {"a TXT \"x\\",
         "z:5:7: error: this quote is not closed on its line\n"
         "z:5:10: warning: the last line does not end: was the file cut short?"},
        {"\\",
         "z:5:1: error: a backslash at the end of a line escapes nothing\n"
         "z:5:2: warning: the last line does not end: was the file cut short?"},
        {"a\\",
         "z:5:2: error: a backslash at the end of a line escapes nothing\n"
         "z:5:3: warning: the last line does not end: was the file cut short?"},
    });
}

TEST_CASE("TTLs: each mistake with what is said about it", "[zonefile][faults]") {
    check_faults({
        {"a -1 A 192.0.2.2\n", "z:5:3: error: '-1' is not a TTL: seconds, or a form like 1w2d3h4m5s"},
        {"a 99999999999 A 192.0.2.2\n",
         "z:5:3: error: '99999999999' is more than the largest TTL, 2147483647"},
        {"a 1w1x A 192.0.2.2\n", "z:5:3: error: '1w1x' is not a TTL: seconds, or a form like 1w2d3h4m5s"},
        {"a 1.5 A 192.0.2.2\n", "z:5:3: error: '1.5' is not a record type"},
        {"a 0x10 A 192.0.2.2\n", "z:5:3: error: '0x10' is not a TTL: seconds, or a form like 1w2d3h4m5s"},
        {"a 2147483648 A 192.0.2.2\n", "z:5:3: error: '2147483648' is more than the largest TTL, 2147483647"},
        {"$TTL -1\n", "z:5:6: error: '-1' is not a TTL: seconds, or a form like 1w2d3h4m5s"},
        {"$TTL 99999999999\n", "z:5:6: error: '99999999999' is more than the largest TTL, 2147483647"},
        {"$TTL 1w1x\n", "z:5:6: error: '1w1x' is not a TTL: seconds, or a form like 1w2d3h4m5s"},
        {"$TTL 3551w\n", "z:5:6: error: '3551w' is more than the largest TTL, 2147483647"},
    });
}

TEST_CASE("origins, also after an error: each mistake with what is said about it", "[zonefile][faults]") {
    check_faults({
        {"$ORIGIN a..b\n$ORIGIN c\nd A 192.0.2\n",
         "z:5:9: error: 'a..b' is no name: empty label\n"
         "z:7:5: error: expected an IPv4 address, found `192.0.2`"},
        {"$ORIGIN example.org.\n$ORIGIN c\nd A 192.0.2.2\n",
         "z:7:1: error: 'd.c.example.org.' is outside the zone 'example.com.': the origin here is 'c.example.org.'"},
        {"$ORIGIN \"c\"\nd FOOBAR x\n",
         "z:5:9: error: a quoted string where a name is expected\n"
         "z:6:3: error: 'FOOBAR' is not a record type"},
    });
}

TEST_CASE("$GENERATE: each mistake with what is said about it", "[zonefile][faults]") {
    check_faults({
        {"$GENERATE 0-4294967295 a$ A 192.0.2.2\n", "z:5:11: error: '0-4294967295' goes beyond 2147483647"},
        {"$GENERATE 0-4294967296 a$ A 192.0.2.2\n",
         "z:5:11: error: '0-4294967296' is not a range START-STOP or START-STOP/STEP"},
        {"$GENERATE 0-2147483647 a$ A 192.0.2.2\n",
         "z:5:11: error: '0-2147483647' makes more records than the limit of 1000000"},
        {"$GENERATE 1-2/0 a$ A 192.0.2.2\n", "z:5:11: error: '1-2/0' has a step of 0"},
        {"$GENERATE 1-2/-1 a$ A 192.0.2.2\n",
         "z:5:11: error: '1-2/-1' is not a range START-STOP or START-STOP/STEP"},
        {"$GENERATE 1-2 a${0,1000000000} A 192.0.2.2\n",
         "z:5:15: error: 'a${0,1000000000}' has a width above 255"},
        {"$GENERATE 1-2 a${0,99999999999} A 192.0.2.2\n",
         "z:5:15: error: 'a${0,99999999999}' has '${0,99999999999}', not ${OFFSET[,WIDTH[,BASE]]}"},
        {"$GENERATE 1-2 a${0,0,Z} A 192.0.2.2\n",
         "z:5:15: error: 'a${0,0,Z}' has the base 'Z', not one of d o x X n N"},
        {"$GENERATE 1-2 a${0,0,d,d} A 192.0.2.2\n",
         "z:5:15: error: 'a${0,0,d,d}' has the base 'd,d', not one of d o x X n N"},
        {"$GENERATE 1-2 a${99999999999} A 192.0.2.2\n",
         "z:5:15: error: the counter 1 with the offset 99999999999 is outside 0 to 2147483647"},
        {"$GENERATE 1-2 a${0,255} A 192.0.2.2\n",
         "z:5:15: error: 'a00000000000000000000000000000000000000000000000000000000000...' is no name: label longer than 63 octets"},
        {"$GENERATE 1-2 $ $GENERATE 1-2\n", "z:5:17: error: '$GENERATE' is not a record type"},
        {"$GENERATE 1-2 $ OPT x\n", "z:5:17: error: the type OPT cannot stand in a zone"},
        {"$GENERATE 1-2 $ SOA a b 1 3 2 5 5\n",
         "z:5:1: error: an SOA record at '1.example.com.': the zone's name is 'example.com.'"},
    });
}

TEST_CASE("names: each mistake with what is said about it", "[zonefile][faults]") {
    const std::string label(63, 'a');
    check_faults({
        {label + "." + label + "." + label + "." + std::string(50, 'b') + " A 192.0.2.2\n",
         "z:5:1: error: 'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa...' is no name: name longer than 255 octets with the origin 'example.com.'"},
        {label + "b A 192.0.2.2\n",
         "z:5:1: error: 'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa...' is no name: label longer than 63 octets"},
        {"a NS a..b\n", "z:5:6: error: domain name `a..b`: empty label"},
        {".. A 192.0.2.2\n", "z:5:1: error: '..' is no name: empty label"},
        {".a A 192.0.2.2\n", "z:5:1: error: '.a' is no name: empty label"},
        {"www.example.org. A 192.0.2.2\n",
         "z:5:1: error: 'www.example.org.' is outside the zone 'example.com.': a name with a final dot is absolute"},
        {"com. A 192.0.2.2\n",
         "z:5:1: error: 'com.' is outside the zone 'example.com.': a name with a final dot is absolute"},
        {". A 192.0.2.2\n",
         "z:5:1: error: '.' is outside the zone 'example.com.': a name with a final dot is absolute"},
        {"xexample.com. A 192.0.2.2\n",
         "z:5:1: error: 'xexample.com.' is outside the zone 'example.com.': a name with a final dot is absolute"},
    });
}

TEST_CASE("what may not stand together: each mistake with what is said about it", "[zonefile][faults]") {
    check_faults({
        {"a TXT x\na CNAME b\n", "z:6:1: error: a.example.com.: CNAME and other data (TXT) at one name"},
        {"a CNAME b\na CNAME c\n", "z:5:1: error: a.example.com.: more than one CNAME"},
        {"@ CNAME b\n", "z:5:1: error: example.com.: CNAME and other data (NS) at one name"},
        {"a DNAME b\nx.a A 192.0.2.2\n",
         "z:6:1: error: x.a.example.com.: stands below the DNAME at a.example.com."},
        {"a DNAME b\na DNAME c\n", "z:5:1: error: a.example.com.: more than one DNAME"},
        {"a DNAME b\na NS ns\n",
         "a.example.com. 300 IN NS ns.example.com.\n"
         "a.example.com. 300 IN DNAME b.example.com.\n"
         "z:5:1: warning: a.example.com.: DNAME at a zone cut is never answered"},
        {"@ DNAME b\n", "z:4:1: error: ns.example.com.: stands below the DNAME at example.com."},
        {"x SOA ns h 1 3 2 5 5\n",
         "z:5:1: error: an SOA record at 'x.example.com.': the zone's name is 'example.com.'"},
        {"@ SOA ns h 2 2 3 4 5\n", "z:5:1: error: a second SOA record: the first is in line 2"},
    });
}

TEST_CASE("types: each mistake with what is said about it", "[zonefile][faults]") {
    check_faults({
        {"a TYPE0 \\# 0\n", "z:5:3: error: the type TYPE0 cannot stand in a zone"},
        {"a TYPE65535 \\# 0\n", "a.example.com. 300 IN TYPE65535 \\# 0"},
        {"a TYPE65536 \\# 0\n", "z:5:3: error: 'TYPE65536' is not a record type"},
        {"a TYPE \\# 0\n", "z:5:3: error: 'TYPE' is not a record type"},
        {"a TYPE-1 \\# 0\n", "z:5:3: error: 'TYPE-1' is not a record type"},
        {"a OPT \\# 0\n", "z:5:3: error: the type OPT cannot stand in a zone"},
        {"a TYPE41 \\# 0\n", "z:5:3: error: the type OPT cannot stand in a zone"},
        {"a ANY \\# 0\n", "z:5:3: error: the type ANY cannot stand in a zone"},
        {"a AXFR \\# 0\n", "z:5:3: error: the type AXFR cannot stand in a zone"},
        {"a IXFR \\# 0\n", "z:5:3: error: the type IXFR cannot stand in a zone"},
        {"a TSIG \\# 0\n", "z:5:3: error: the type TSIG cannot stand in a zone"},
        {"a TYPE128 \\# 0\n", "z:5:3: error: the type TYPE128 cannot stand in a zone"},
    });
}

TEST_CASE("octets that are no text: each mistake with what is said about it", "[zonefile][faults]") {
    check_faults({
        {"a TXT x\0y\n"s, "z:5:8: error: a NUL octet: this is no text file"},
        {"a A 192.0.2.2\r\n", "a.example.com. 300 IN A 192.0.2.2"},
        {"a A 192.0.2.2\r",
         "a.example.com. 300 IN A 192.0.2.2\n"
         "z:5:15: warning: the last line does not end: was the file cut short?"},
        {"a A 192.0.2.2\r\r\n", "z:5:14: error: a carriage return that no line feed follows"},
        {"a\xff TXT x\n", "a\\255.example.com. 300 IN TXT \"x\""},
        {"\xef\xbb\xbf"
         "a TXT x\n",
         "\\239\\187\\191a.example.com. 300 IN TXT \"x\""},
        {"a A 192.0.2.2\x1a\n", "z:5:5: error: expected an IPv4 address, found `192.0.2.2?`"},
        {"a\x00A"s, "z:5:2: error: the record's type is missing"},
        {"a\fA 192.0.2.2\n", "z:5:5: error: '192.0.2.2' is not a record type"},
    });
}

TEST_CASE("a last line that is not whole: each mistake with what is said about it", "[zonefile][faults]") {
    check_faults({
        {"a A 192.0.2.2",
         "a.example.com. 300 IN A 192.0.2.2\n"
         "z:5:14: warning: the last line does not end: was the file cut short?"},
        {"a A 192.0.2",
         "z:5:5: error: expected an IPv4 address, found `192.0.2`\n"
         "z:5:12: warning: the last line does not end: was the file cut short?"},
        {"a",
         "z:5:2: error: the record's type is missing\n"
         "z:5:2: warning: the last line does not end: was the file cut short?"},
        {"a ",
         "z:5:2: error: the record's type is missing\n"
         "z:5:3: warning: the last line does not end: was the file cut short?"},
        {"$TTL",
         "z:5:5: error: something is missing: $TTL SECONDS\n"
         "z:5:5: warning: the last line does not end: was the file cut short?"},
        {"$TTL 5", "z:5:7: warning: the last line does not end: was the file cut short?"},
        {" ", "z:5:2: warning: the last line does not end: was the file cut short?"},
        {";", "z:5:2: warning: the last line does not end: was the file cut short?"},
    });
}
