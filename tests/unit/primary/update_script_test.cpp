// The commands of nsupdate, as nsupdate(1) has them.

#include "primary/update_script.hpp"

#include "support/catch.hpp"
#include "support/name_text.hpp"
#include "wire/header.hpp"
#include "wire/message.hpp"

#include <fmt/format.h>

using namespace lockstep;
using lockstep::test::name;

namespace {

using Wish = UpdateScript::Wish;
using Lines = std::vector<std::string>;

/// Takes a line that is right.
Wish taken(UpdateScript& script, std::string_view line) {
    const auto wish = script.take(line);
    CAPTURE(line);
    if (!wish) FAIL(wish.error().text);
    return *wish;
}
/// `COLUMN: TEXT` of a line that is wrong, and changes nothing.
std::string wrong(std::string_view line, UpdateScript script = {}) {
    const auto before = script.text();
    const auto wish = script.take(line);
    CHECK(script.text() == before);
    return wish ? "nothing" : fmt::format("{}: {}", wish.error().column, wish.error().text);
}
/// Only where it is wrong.
std::size_t column(std::string_view line) {
    const auto wish = UpdateScript().take(line);
    return wish ? 0 : wish.error().column;
}
/// What `show` shows of one line.
std::string shown(std::string_view line, UpdateScript script = {}) {
    CHECK(taken(script, line) == Wish::Nothing);
    return script.text();
}
std::string prerequisite(std::string_view record) {
    return fmt::format(";; prerequisites\n{}\n", record);
}
std::string update(std::string_view record) {
    return fmt::format(";; updates\n{}\n", record);
}

std::string text_of(const UpdateRecord& record) {
    return fmt::format("{} {} {} {} {}", record.owner.to_string(), record.raw_ttl, to_string(record.rr_class),
                       to_string(record.type),
                       record.rdata.empty() ? "-" : rdata_text(record.type, record.rdata));
}

/// The message with `zone` where it names the root.
OctetString with_zone(const OctetString& message, std::string_view zone) {
    OctetString octets(message.begin(), message.begin() + header_octets);
    append_octets(octets, name(zone).octets());
    octets.insert(octets.end(), message.begin() + header_octets + 1, message.end());
    return octets;
}
/// The records that whoever gets the message reads: prerequisites, then updates.
Lines sent(const UpdateScript& script) {
    const auto message = script.message();
    REQUIRE(message.has_value());
    const auto octets = with_zone(*message, "example.com.");
    const auto view = MessageView::read(octets);
    REQUIRE(view.has_value());
    CHECK(view->header.opcode == Opcode::Update);
    CHECK(view->header.question_count == 1);
    CHECK(view->header.additional_count == 0);
    REQUIRE(view->question.has_value());
    CHECK(Name(view->question->name) == name("example.com."));
    CHECK(view->question->type == RrType::SOA);
    CHECK(view->question->rr_class == RrClass::IN);
    const auto update = UpdateMessage::read(octets);
    REQUIRE(update.has_value());
    Lines lines;
    for (const auto& record : update->prerequisites)
        lines.push_back("if " + text_of(record));
    for (const auto& record : update->updates)
        lines.push_back(text_of(record));
    return lines;
}

}  // namespace

TEST_CASE("Conditions are written in all forms of nsupdate", "[update][script]") {
    const std::string used = prerequisite("x.example.com. 0 ANY ANY");
    CHECK(shown("prereq nxdomain x.example.com.") == prerequisite("x.example.com. 0 NONE ANY"));
    CHECK(shown("nxdomain x.example.com") == prerequisite("x.example.com. 0 NONE ANY"));
    CHECK(shown("prereq yxdomain x.example.com.") == used);
    CHECK(shown("PREREQ\tYxDomain   x.example.com.\r") == used);
    CHECK(shown("prereq nxrrset x.example.com. A") == prerequisite("x.example.com. 0 NONE A"));
    CHECK(shown("nxrrset x.example.com. IN aaaa") == prerequisite("x.example.com. 0 NONE AAAA"));
    CHECK(shown("prereq yxrrset x.example.com. TXT") == prerequisite("x.example.com. 0 ANY TXT"));
    CHECK(shown("yxrrset x.example.com. in TYPE65280") == prerequisite("x.example.com. 0 ANY TYPE65280"));
    CHECK(shown("prereq yxrrset x.example.com. IN A 192.0.2.1") ==
          prerequisite("x.example.com. 0 IN A 192.0.2.1"));
    CHECK(shown("yxrrset x.example.com. TXT \"a b\" c") ==
          prerequisite("x.example.com. 0 IN TXT \"a b\" \"c\""));
}

TEST_CASE("Records are added in all forms of nsupdate", "[update][script]") {
    const std::string added = update("x.example.com. 60 IN A 192.0.2.1");
    CHECK(shown("update add x.example.com. 60 IN A 192.0.2.1") == added);
    CHECK(shown("add x.example.com. 60 A 192.0.2.1") == added);
    CHECK(shown("Update ADD x.example.com 60 in a 192.0.2.1") == added);
    CHECK(shown("  add\tx.example.com.\t1m A 192.0.2.1 \t\r") == added);
    CHECK(shown("add x.example.com. 2147483647 A 192.0.2.1") ==
          update("x.example.com. 2147483647 IN A 192.0.2.1"));
    CHECK(shown("add x.example.com. 0 MX 10 mail") == update("x.example.com. 0 IN MX 10 mail."));
    CHECK(shown("add x.example.com. 60 TYPE65280 \\# 2 abcd") ==
          update("x.example.com. 60 IN TYPE65280 \\# 2 ABCD"));
    CHECK(shown("add *.example.com. 60 A 192.0.2.1") == update("*.example.com. 60 IN A 192.0.2.1"));
}

TEST_CASE("Records, RRsets and names are deleted in all forms of nsupdate", "[update][script]") {
    const std::string name_gone = update("x.example.com. 0 ANY ANY");
    const std::string rrset_gone = update("x.example.com. 0 ANY A");
    const std::string record_gone = update("x.example.com. 0 NONE A 192.0.2.1");
    for (const auto* line :
         {"update delete x.example.com.", "delete x.example.com.", "del x.example.com. IN",
          "delete x.example.com. 300", "delete x.example.com. 300 IN", "delete x.example.com. IN ANY"})
        CHECK(shown(line) == name_gone);
    for (const auto* line : {"update delete x.example.com. A", "DELETE x.example.com. 300 a",
                             "del x.example.com. IN A", "update del x.example.com. 300 IN A"})
        CHECK(shown(line) == rrset_gone);
    for (const auto* line :
         {"update delete x.example.com. A 192.0.2.1", "delete x.example.com. 300 IN A 192.0.2.1"})
        CHECK(shown(line) == record_gone);
    CHECK(shown("delete a_b.example.com. A") == update("a_b.example.com. 0 ANY A"));  // no check of names
}

// nsupdate reads ANY behind a name as the type: there is no class that it could be.
TEST_CASE("ANY is a type where a type may stand", "[update][script]") {
    CHECK(shown("update delete x.example.com. ANY") == update("x.example.com. 0 ANY ANY"));
    CHECK(shown("delete x.example.com. 300 any") == update("x.example.com. 0 ANY ANY"));
}

TEST_CASE("A type of which no zone has records is refused where it stands", "[update][script]") {
    // OPT and TSIG would make a message that nobody reads, the others one that means nothing.
    for (const std::string type : {"OPT", "TSIG", "TKEY", "AXFR", "IXFR", "TYPE0", "TYPE200"}) {
        CAPTURE(type);
        CHECK(column("delete x.example.com. " + type) == 23);
        CHECK(column("delete x.example.com. IN " + type + " \\# 1 00") == 26);
        CHECK(column("nxrrset x.example.com. " + type) == 24);
        CHECK(column("yxrrset x.example.com. " + type) == 24);
        CHECK(column("yxrrset x.example.com. " + type + " \\# 1 00") == 24);
        CHECK(column("add x.example.com. 60 " + type + " \\# 1 00") == 23);
    }
    CHECK(column("add x.example.com. 60 IN ANY \\# 1 00") == 26);
    CHECK(column("delete x.example.com. IN ANY \\# 1 00") != 0);
    CHECK(column("yxrrset x.example.com. IN ANY \\# 1 00") != 0);
}

TEST_CASE("Empty RDATA is written as RFC 3597 has it", "[update][script]") {
    UpdateScript script;
    (void)taken(script, "yxrrset x.example.com. APL \\# 0");
    (void)taken(script, "add x.example.com. 60 APL \\# 0");
    (void)taken(script, "delete x.example.com. APL \\# 0");
    CHECK(sent(script) ==
          Lines{"if x.example.com. 0 IN APL -", "x.example.com. 60 IN APL -", "x.example.com. 0 NONE APL -"});
}

TEST_CASE("What stands in quotes is one string, and a semicolon in it is no comment", "[update][script]") {
    const auto added = [](std::string_view data) {
        return shown("add x.example.com. 60 TXT " + std::string(data));
    };
    const auto is = [](std::string_view data) {
        return update("x.example.com. 60 IN TXT " + std::string(data));
    };
    CHECK(added(R"("a b" c "")") == is(R"("a b" "c" "")"));
    CHECK(added(R"("a;b" ; "c")") == is(R"("a;b")"));
    CHECK(added(R"("a""b")") == is(R"("a" "b")"));
    CHECK(added(R"("a\"b;c")") == is(R"("a\"b;c")"));
    CHECK(added(R"(a\;b)") == is(R"("a;b")"));
    CHECK(added(R"(a\ b)") == is(R"("a b")"));
    CHECK(added(R"(a;b)") == is(R"("a")"));
    CHECK(added(R"("\\")") == is(R"("\\")"));
    CHECK(wrong("add x.example.com. 60 TXT \"a") == "27: the quoted string does not end");
    CHECK(wrong("add x.example.com. 60 TXT a \"b\\\"") == "29: the quoted string does not end");
    CHECK(wrong("add x.example.com. 60 TXT \"a\\") == "27: the quoted string does not end");
    CHECK(column("add x.example.com. 60 TXT a\\") == 27);
}

TEST_CASE("The values of a service's parameters may be quoted", "[update][script]") {
    CHECK(shown(R"(add x.example.com. 60 HTTPS 1 . alpn="h2,h3" port=8443 ; web)") ==
          update(R"(x.example.com. 60 IN HTTPS 1 . alpn="h2,h3" port=8443)"));
    CHECK(shown(R"(add x.example.com. 60 SVCB 1 t.example. key667="a b;c")") ==
          update(R"(x.example.com. 60 IN SVCB 1 t.example. key667="a b;c")"));
    CHECK(column("add x.example.com. 60 SVCB 1 . alpn=h2 alpn=h3") == 40);
}

TEST_CASE("A line with nothing but a comment does nothing, and an empty one sends", "[update][script]") {
    UpdateScript script;
    for (const auto* line : {";", "; comment", "  ;comment \"", ";;"})
        CHECK(taken(script, line) == Wish::Nothing);
    for (const auto* line : {"", " ", "\t\r", "\r"})
        CHECK(taken(script, line) == Wish::Send);
    CHECK(taken(script, "send ; now") == Wish::Send);
    CHECK(script.empty());
}

TEST_CASE("What a line wants done is told, and nothing may follow the word", "[update][script]") {
    const std::pair<std::string, Wish> wishes[] = {
        {"send", Wish::Send}, {"show", Wish::Show}, {"answer", Wish::Answer},   {"help", Wish::Help},
        {"?", Wish::Help},    {"quit", Wish::Quit}, {"version", Wish::Version}, {"debug", Wish::Nothing},
    };
    for (const auto& [word, wish] : wishes) {
        UpdateScript script;
        CHECK(taken(script, word) == wish);
        CHECK(taken(script, " " + word + "\r") == wish);
        CHECK(wrong(word + " x") == fmt::format("{}: 'x' is one word too many", word.size() + 2));
    }
    UpdateScript script;
    CHECK(taken(script, "SEND") == Wish::Send);
}

TEST_CASE("A command for the way to another server says where it does mean something", "[update][script]") {
    for (const std::string line :
         {"server ns1.example.com 53", "local 192.0.2.1", "key hmac-sha256:k c2VjcmV0", "gsstsig",
          "oldgsstsig", "realm", "REALM x"}) {
        CAPTURE(line);
        CHECK(wrong(line).starts_with("1: '"));
        CHECK(wrong(line).find("means nothing here") != std::string::npos);
    }
}

TEST_CASE("What is wrong is told with the column where it is", "[update][script]") {
    const struct {
        std::string line;
        std::string error;
    } cases[] = {
        {"foo x", "1: 'foo' is no command; 'help' lists them"},
        {"  foo", "3: 'foo' is no command; 'help' lists them"},
        {"update", "7: add or delete is missing"},
        {"update ; add", "13: add or delete is missing"},
        {"update send", "8: 'send' is no add or delete"},
        {"update nxdomain x.", "8: 'nxdomain' is no add or delete"},
        {"prereq", "7: nxdomain, yxdomain, nxrrset or yxrrset is missing"},
        {"prereq add x. 60 A 192.0.2.1", "8: 'add' is no nxdomain, yxdomain, nxrrset or yxrrset"},
        {"nxdomain", "9: domain name is missing"},
        {"nxdomain a..b", "10: 'a..b': empty label"},
        {"nxdomain x.example.com. IN", "25: 'IN' is one word too many"},
        {"yxdomain x.example.com. A", "25: 'A' is one word too many"},
        {"nxrrset x.example.com.", "23: record type is missing"},
        {"nxrrset x.example.com. IN", "26: record type is missing"},
        {"nxrrset x.example.com. CH A", "24: the zones here are of class IN, not CH"},
        {"nxrrset x.example.com. HS A", "24: the zones here are of class IN, not HS"},
        {"nxrrset x.example.com. B", "24: 'B' is no record type"},
        {"nxrrset x.example.com. A 192.0.2.1", "26: '192.0.2.1' is one word too many"},
        {"yxrrset x.example.com. A 192.0.2", "26: expected an IPv4 address, found `192.0.2`"},
        {"add", "4: domain name is missing"},
        {"add x.example.com.", "19: TTL is missing"},
        {"add x.example.com. A 192.0.2.1", "20: 'A' is no TTL"},
        {"add x.example.com. -1 A 192.0.2.1", "20: '-1' is no TTL"},
        {"add x.example.com. 2147483648 A 192.0.2.1",
         "20: '2147483648' is no TTL: seconds, up to 2147483647"},
        {"add x.example.com. 1x A 192.0.2.1", "20: '1x' is no TTL: seconds, up to 2147483647"},
        {"add x.example.com. 60", "22: record type is missing"},
        {"add x.example.com. 60 NONE A 192.0.2.1", "23: the zones here are of class IN, not NONE"},
        {"add x.example.com. 60 IN IN A 192.0.2.1", "26: 'IN' is no record type"},
        {"add x.example.com. 60 A", "24: expected an IPv4 address, found the end of the record"},
        {"add x.example.com. 60 A 192.0.2.1 x", "35: expected the end of the record, found `x`"},
        {"delete", "7: domain name is missing"},
        {"delete x.example.com. CH", "23: the zones here are of class IN, not CH"},
        {"delete x.example.com. B", "23: 'B' is no record type"},
        {"delete x.example.com. A \"192.0.2.1\"",
         "25: expected an IPv4 address, found `192.0.2.1` in quotes"},
        {"zone", "5: domain name is missing"},
        {"zone x..y", "6: 'x..y': empty label"},
        {"zone example.com. x", "19: 'x' is one word too many"},
        {"class", "6: class is missing"},
        {"class CH", "7: the zones here are of class IN, not CH"},
        {"class IN IN", "10: 'IN' is one word too many"},
        {"ttl", "4: TTL is missing"},
        {"ttl x", "5: 'x' is no TTL"},
        {"ttl 2147483648", "5: '2147483648' is no TTL: seconds, up to 2147483647"},
        {"ttl none x", "10: 'x' is one word too many"},
        {"check-names", "12: yes or no is missing"},
        {"check-names maybe", "13: 'maybe' is no yes or no"},
        {"check-names yes no", "17: 'no' is one word too many"},
    };
    for (const auto& [line, error] : cases) {
        CAPTURE(line);
        CHECK(wrong(line) == error);
    }
    CHECK(column("class foo") == 7);
}

TEST_CASE("Names of hosts are checked in what is added, until that is switched off", "[update][script]") {
    const std::string refusal = " is no name of a host ('check-names no' lets it through)";
    CHECK(wrong("add a_b.example.com. 60 A 192.0.2.1") == "5: a_b.example.com." + refusal);
    CHECK(wrong("add -.example.com. 60 AAAA ::1") == "5: -.example.com." + refusal);
    CHECK(wrong("add *.a_b.example.com. 60 MX 10 m.") == "5: *.a_b.example.com." + refusal);
    CHECK(wrong("add example.com. 60 MX 10 a_b.example.com.") == "27: a_b.example.com." + refusal);
    CHECK(wrong("add example.com. 60 NS a_b.example.com. ; why") == "24: a_b.example.com." + refusal);
    CHECK(wrong("add _x._tcp.example.com. 60 SRV 0 0 1 a_b.") == "39: a_b." + refusal);
    for (const auto* line : {"add _x.example.com. 60 TXT x", "add a_b.example.com. 60 CNAME c_d.",
                             "add . 60 A 192.0.2.1", "add example.com. 60 MX 0 .",
                             "yxrrset a_b.example.com. A 192.0.2.1", "delete a_b.example.com. A 192.0.2.1"}) {
        UpdateScript script;
        CHECK(taken(script, line) == Wish::Nothing);
    }
    for (const auto* off : {"no", "false", "OFF", "0"}) {
        UpdateScript script;
        (void)taken(script, std::string("check-names ") + off);
        (void)taken(script, "add a_b.example.com. 60 A 192.0.2.1");
        for (const auto* on : {"yes", "True", "on", "1"}) {
            auto again = script;
            (void)taken(again, std::string("check-names ") + on);
            CHECK_FALSE(again.take("add a_b.example.com. 60 A 192.0.2.1").has_value());
        }
    }
}

TEST_CASE("A default TTL is that of what is added without one, until it is none", "[update][script]") {
    UpdateScript script;
    (void)taken(script, "ttl 300");
    (void)taken(script, "add x.example.com. A 192.0.2.1");
    (void)taken(script, "add x.example.com. 60 A 192.0.2.2");
    CHECK(wrong("ttl x", script) == "5: 'x' is no TTL");
    CHECK_FALSE(script.take("ttl 5 x").has_value());  // a line that is wrong changes nothing
    (void)taken(script, "add x.example.com. IN A 192.0.2.3");
    (void)taken(script, "delete x.example.com. A 192.0.2.4");
    (void)taken(script, "yxrrset x.example.com. A 192.0.2.5");
    (void)taken(script, "TTL None");
    CHECK(wrong("add x.example.com. A 192.0.2.6", script) == "20: 'A' is no TTL");
    CHECK(sent(script) == Lines{"if x.example.com. 0 IN A 192.0.2.5", "x.example.com. 300 IN A 192.0.2.1",
                                "x.example.com. 60 IN A 192.0.2.2", "x.example.com. 300 IN A 192.0.2.3",
                                "x.example.com. 0 NONE A 192.0.2.4"});
    (void)taken(script, "ttl 0");
    script.clear();
    CHECK(shown("add x.example.com. A 192.0.2.1", script) == update("x.example.com. 0 IN A 192.0.2.1"));
}

TEST_CASE("The zone is the one that was named last, and stays when a message is done", "[update][script]") {
    UpdateScript script;
    CHECK_FALSE(script.zone().has_value());
    CHECK(taken(script, "class in") == Wish::Nothing);
    (void)taken(script, "zone example.org");
    (void)taken(script, "Zone Example.COM.");
    CHECK_FALSE(script.take("zone example.net. x").has_value());
    REQUIRE(script.zone().has_value());
    CHECK(script.zone()->to_string() == "Example.COM.");
    CHECK(script.empty());
    (void)taken(script, "del x.example.com.");
    script.clear();
    CHECK(script.empty());
    CHECK(script.zone() == name("example.com."));
    CHECK(script.text() == ";; zone Example.COM.\n");
}

TEST_CASE("What would be sent is shown in the order of the message, a line a record", "[update][script]") {
    UpdateScript script;
    CHECK(script.text().empty());
    (void)taken(script, "zone example.com.");
    (void)taken(script, "add a.example.com. 60 TXT \"x y\"");
    (void)taken(script, "nxdomain b.example.com.");
    (void)taken(script, "del c.example.com. TXT");
    (void)taken(script, "yxrrset d.example.com. A 192.0.2.1");
    CHECK(script.text() ==
          ";; zone example.com.\n"
          ";; prerequisites\n"
          "b.example.com. 0 NONE ANY\n"
          "d.example.com. 0 IN A 192.0.2.1\n"
          ";; updates\n"
          "a.example.com. 60 IN TXT \"x y\"\n"
          "c.example.com. 0 ANY TXT\n");
}

TEST_CASE("The owner is that of the message's first record", "[update][script]") {
    UpdateScript script;
    CHECK(script.empty());
    (void)taken(script, "add a.example.com. 60 A 192.0.2.1");
    CHECK_FALSE(script.empty());
    CHECK(script.owner() == name("a.example.com."));
    (void)taken(script, "add b.example.com. 60 A 192.0.2.1");
    CHECK(script.owner() == name("a.example.com."));
    (void)taken(script, "nxdomain c.example.com.");
    CHECK(script.owner() == name("c.example.com."));
    script.clear();
    (void)taken(script, "nxdomain d.example.com.");
    CHECK_FALSE(script.empty());
}

TEST_CASE("The message is read as it was written, and names nothing by pointer", "[update][script]") {
    UpdateScript script;
    (void)taken(script, "nxdomain x.example.com.");
    (void)taken(script, "yxrrset example.com. MX");
    (void)taken(script, "yxrrset example.com. MX 10 mail.example.com.");
    (void)taken(script, "add x.example.com. 60 HTTPS 1 . alpn=\"h2,h3\"");
    (void)taken(script, "add x.example.com. 60 NAPTR 1 2 S \"SIP+D2U\" \"\" _sip._udp.example.com.");
    (void)taken(script, "add x.example.com. 60 TYPE65280 \\# 3 010203");
    (void)taken(script, "delete example.com. MX 10 mail.example.com.");
    (void)taken(script, "delete example.com. MX");
    (void)taken(script, "delete mail.example.com.");
    const Lines wanted{"if x.example.com. 0 NONE ANY -",
                       "if example.com. 0 ANY MX -",
                       "if example.com. 0 IN MX 10 mail.example.com.",
                       "x.example.com. 60 IN HTTPS 1 . alpn=\"h2,h3\"",
                       "x.example.com. 60 IN NAPTR 1 2 \"S\" \"SIP+D2U\" \"\" _sip._udp.example.com.",
                       "x.example.com. 60 IN TYPE65280 \\# 3 010203",
                       "example.com. 0 NONE MX 10 mail.example.com.",
                       "example.com. 0 ANY MX -",
                       "mail.example.com. 0 ANY ANY -"};
    CHECK(sent(script) == wanted);
    CHECK(sent(script) == wanted);  // asking for it does not use it up
    script.clear();
    (void)taken(script, "add x.example.com. 60 A 192.0.2.1");
    CHECK(sent(script) == Lines{"x.example.com. 60 IN A 192.0.2.1"});
}

TEST_CASE("A message that has room for the longest zone name is given out, a longer one is not",
          "[update][script]") {
    // Zone section 17, owner x. 3, the rest of a record 10; a zone name of 255 octets takes the root's place.
    const auto add = [](UpdateScript& script, std::size_t octets) {
        (void)taken(script,
                    fmt::format("add x. 60 TYPE65280 \\# {} {}", octets, std::string(2 * octets, 'a')));
    };
    UpdateScript script;
    add(script, 65'250);
    REQUIRE(script.message().has_value());
    const std::string label(63, 'z');
    const auto octets =
        with_zone(*script.message(), label + "." + label + "." + label + "." + label.substr(2));
    CHECK(octets.size() <= 65'535);
    CHECK(MessageView::read(octets).has_value());
    script.clear();
    add(script, 65'252);
    const auto too_long = script.message();
    REQUIRE_FALSE(too_long.has_value());
    CHECK(too_long.error().code == ErrorCode::Limit);
    script.clear();
    add(script, 40'000);
    REQUIRE(script.message().has_value());
    add(script, 40'000);
    CHECK_FALSE(script.message().has_value());
    CHECK_FALSE(script.empty());
}

TEST_CASE("help names every command", "[update][script]") {
    const auto help = update_script_help();
    for (const auto* command : {"zone", "ttl", "class", "check-names", "nxdomain", "yxdomain", "nxrrset",
                                "yxrrset", "add", "delete", "show", "send", "answer", "quit"}) {
        CAPTURE(command);
        CHECK(help.find(command) != std::string_view::npos);
    }
}
