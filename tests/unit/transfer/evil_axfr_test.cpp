// What a reader makes of AXFR answers that are wrong, or only odd: each row is what some server has sent.

#include "script.hpp"

using namespace lockstep;
using namespace lockstep::script;

namespace {

sample::Record soa_with_other_mname() {
    auto record = sample::soa(3);
    Soa soa = Soa::read(record.rdata).value();
    soa.mname = name("ns2.example.org");
    record.rdata = soa.rdata();
    return record;
}
sample::Record soa_in_capitals() {
    auto record = sample::soa(3);
    Soa soa = Soa::read(record.rdata).value();
    soa.mname = name("NS1.EXAMPLE.org");
    record.owner = name("EXAMPLE.ORG");
    record.rdata = soa.rdata();
    return record;
}
sample::Record with_type(sample::Record record, RrType type) {
    record.type = type;
    return record;
}
/// The row's number is that of the list of faults which the project began with.
const std::vector<EvilCase> refused{
    {"a02 no closing SOA", "incomplete, back off", [](Script& s) { s[2].records.pop_back(); }},
    {"a03 closing SOA of another serial", "bad SOA, back off",
     [](Script& s) { s[2].records.back() = sample::soa(4); }},
    {"a04 closing SOA of the same serial with another mname", "bad SOA, back off",
     [](Script& s) { s[2].records.back() = soa_with_other_mname(); }},
    {"a06 record of class CH", "class not IN, back off",
     [](Script& s) { s[1].records[1] = with_class(s[1].records[1], RrClass::CH); }},
    {"a07 another SOA in the middle", "bad SOA, back off",
     [](Script& s) { s[1].records[1] = sample::soa(2); }},
    {"a07 the same SOA in the middle", "trailing records, back off",
     [](Script& s) { s[1].records[1] = sample::soa(3); }},
    {"a08 SOA at another owner", "bad SOA, back off",
     [](Script& s) { s[1].records[1] = sample::soa(3, "sub.example.org"); }},
    {"a08 SOA outside the zone", "bad SOA, back off",
     [](Script& s) { s[1].records[1] = sample::soa(3, "example.com"); }},
    {"a08 first SOA at another owner", "bad SOA, back off",
     [](Script& s) { s[0].records[0] = sample::soa(3, "sub.example.org"); }},
    {"first record no SOA", "bad SOA, back off", [](Script& s) { s[0].records.erase(s[0].records.begin()); }},
    {"a09 records after the closing SOA", "trailing records, back off",
     [](Script& s) { s[2].records.push_back(sample::a("late.example.org", 5)); }},
    {"a09 a message after the closing SOA", "trailing records, back off",
     [](Script& s) { s.push_back({.records = {sample::a("late.example.org", 5)}}); }},
    {"a10 TC bit", "truncated, back off", [](Script& s) { s[1].truncated = true; }},
    {"a12 another ID in the second message", "ID mismatch, back off",
     [](Script& s) { s[1].id = MessageId{1}; }},
    {"another ID in the first message", "ID mismatch, back off", [](Script& s) { s[0].id = MessageId{1}; }},
    {"a13 SERVFAIL in the second message", "bad RCODE, back off",
     [](Script& s) { s[1].rcode = Rcode::SERVFAIL; }},
    {"REFUSED without question", "bad RCODE, back off",
     [](Script& s) { s = {{.records = {}, .rcode = Rcode::REFUSED}}; }},
    {"a14 no NS at the apex", "no apex NS, back off", [](Script& s) { s[0].records.pop_back(); }},
    {"a15 CNAME beside A", "CNAME not alone, back off",
     [](Script& s) {
         s[1].records.push_back(sample::target("www.example.org", RrType::CNAME, "mail.example.org"));
     }},
    {"two CNAMEs", "CNAME not alone, back off",
     [](Script& s) {
         s[1].records.push_back(sample::target("c.example.org", RrType::CNAME, "mail.example.org"));
         s[1].records.push_back(sample::target("c.example.org", RrType::CNAME, "www.example.org"));
     }},
    {"two DNAMEs", "unfit, back off",
     [](Script& s) {
         s[1].records.push_back(sample::target("d.example.org", RrType::DNAME, "mail.example.org"));
         s[1].records.push_back(sample::target("d.example.org", RrType::DNAME, "www.example.org"));
     }},
    {"a18 type ANY", "meta type, back off",
     [](Script& s) { s[1].records.push_back(with_type(sample::a("any.example.org", 1), RrType::ANY)); }},
    {"type 0", "meta type, back off",
     [](Script& s) { s[1].records.push_back(with_type(sample::a("zero.example.org", 1), RrType::None)); }},
    {"type AXFR", "meta type, back off",
     [](Script& s) { s[1].records.push_back(with_type(sample::a("axfr.example.org", 1), RrType::AXFR)); }},
    {"a21 all in the authority section", "empty answer, back off",
     [](Script& s) {
         for (Msg& message : s) {
             for (Rr& rr : message.records)
                 rr.section = Section::Authority;
         }
     }},
    {"first message empty", "empty answer, back off",
     [](Script& s) { s.insert(s.begin(), {.records = {}, .question = s[0].question}); }},
    {"a23 A record of three octets", "bad message, back off",
     [](Script& s) { s[1].records[1].record.rdata.pop_back(); }},
    {"a24 question names another zone", "question mismatch, back off",
     [](Script& s) { s[0].question->name = name("example.com"); }},
    {"question of another type", "question mismatch, back off",
     [](Script& s) { s[0].question->type = RrType::IXFR; }},
    {"question of another class", "question mismatch, back off",
     [](Script& s) { s[0].question->rr_class = RrClass::CH; }},
    {"no question in the first message", "question mismatch, back off",
     [](Script& s) { s[0].question.reset(); }},
    {"another question in the second message", "question mismatch, back off",
     [](Script& s) { s[1].question = Question{name("example.com"), RrType::AXFR, RrClass::IN}; }},
    {"a26 nine empty messages in a row", "empty answer, back off",
     [](Script& s) { s.insert(s.begin() + 1, 9, Msg{}); }},
    {"a query instead of a response", "not a response, back off", [](Script& s) { s[0].response = false; }},
    {"no message at all", "incomplete, back off", [](Script& s) { s.clear(); }},
    {"SOA alone", "lone SOA, back off",
     [](Script& s) { s = {{.records = {sample::soa(3)}, .question = asked(RrType::AXFR)}}; }},
    {"a zone of a SOA", "no apex NS, back off",
     [](Script& s) { s = {{.records = {sample::soa(3), sample::soa(3)}, .question = asked(RrType::AXFR)}}; }},
    {"SOA RDATA cut short", "bad message, back off",
     [](Script& s) { s[0].records[0].record.rdata.pop_back(); }},
};

const std::vector<EvilCase> accepted{
    {"a01 a good one", "", [](Script&) {}},
    {"a05 record outside the zone", "",
     [](Script& s) { s[1].records.push_back(sample::a("www.example.com", 1)); }},
    {"a11 AA clear", "", [](Script& s) { s[0].authoritative = s[1].authoritative = false; }},
    {"a16 the same record twice", "",
     [](Script& s) { s[2].records.insert(s[2].records.begin(), s[1].records[1]); }},
    {"a19 one record a message, no question later", "",
     [](Script& s) {
         Script single;
         for (const Msg& message : s) {
             for (const Rr& rr : message.records)
                 single.push_back({.records = {rr}});
         }
         single[0].question = asked(RrType::AXFR);
         s = single;
     }},
    {"the question in every message", "",
     [](Script& s) { s[1].question = s[2].question = asked(RrType::AXFR); }},
    {"question in capitals", "", [](Script& s) { s[0].question->name = name("EXAMPLE.org"); }},
    {"closing SOA in capitals", "", [](Script& s) { s[2].records.back() = soa_in_capitals(); }},
    {"a26 empty messages, at most eight in a row", "",
     [](Script& s) {
         s.insert(s.begin() + 1, 8, Msg{});
         s.insert(s.end() - 1, 8, Msg{});
     }},
};

}  // namespace

TEST_CASE("An AXFR answer that is wrong is refused, whole", "[transfer][rfc5936]") {
    for (const EvilCase& row : refused) {
        Script answer = good_axfr();
        row.spoil(answer);
        INFO(row.what);
        const Fared result = read(axfr_request(), answer);
        CHECK(result.verdict == row.verdict);
        CHECK_FALSE(result.failure.text.empty());
    }
}

TEST_CASE("An AXFR answer that is only odd is taken, and gives the same zone", "[transfer][rfc5936]") {
    const ZonePtr expected = zone_3();
    for (const EvilCase& row : accepted) {
        Script answer = good_axfr();
        row.spoil(answer);
        INFO(row.what);
        const Fared result = read(axfr_request(), answer);
        REQUIRE(result.verdict == "whole zone");
        CHECK(sample::same_content(result.zone(), *expected));
    }
}

TEST_CASE("Records outside the zone are dropped and counted, or refused where asked", "[transfer]") {
    Script answer = good_axfr();
    answer[1].records.insert(answer[1].records.begin(), 3, sample::a("www.example.com", 1));
    const auto dropped = read(axfr_request(), answer);
    CHECK(dropped.counts.out_of_zone == 3);
    REQUIRE(dropped.counts.first_out_of_zone);
    CHECK(dropped.counts.first_out_of_zone->view() == name("www.example.com"));
    CHECK(read(axfr_request(), answer, {.out_of_zone = OutOfZone::Reject}).verdict ==
          "out of zone, back off");
}

TEST_CASE("Messages with AA clear are counted", "[transfer]") {
    Script answer = good_axfr();
    answer[1].authoritative = false;
    CHECK(read(axfr_request(), answer).counts.not_authoritative == 1);
}

TEST_CASE("Where TTLs within an RRset differ the lowest counts, and one with the top bit is 0",
          "[transfer][rfc2181]") {
    Script answer = good_axfr();
    answer[1].records[1].raw_ttl = 60;
    answer[2].records[1].raw_ttl = 0x80000001U;
    const auto result = read(axfr_request(), answer);
    REQUIRE(result.verdict == "whole zone");
    CHECK(result.zone().find(name("www.example.org"))->find(RrType::A)->ttl() == Ttl{60});
    CHECK(result.zone().find(name("mail.example.org"))->find(RrType::A)->ttl() == Ttl{0});
}

TEST_CASE("Glue and occluded names below a zone cut are kept", "[transfer][rfc5936]") {
    Script answer = good_axfr();
    answer[1].records.push_back(sample::ns("cut.example.org", "ns.cut.example.org"));
    answer[1].records.push_back(sample::a("ns.cut.example.org", 7));
    answer[1].records.push_back(sample::txt("hidden.cut.example.org", "occluded"));
    const auto result = read(axfr_request(), answer);
    REQUIRE(result.verdict == "whole zone");
    CHECK(result.zone().find(name("ns.cut.example.org")));
    CHECK(result.zone().find(name("hidden.cut.example.org")));
}

TEST_CASE("A CNAME may have its signature and its proof beside it", "[transfer][rfc4035]") {
    Script answer = good_axfr();
    answer[1].records.push_back(sample::target("c.example.org", RrType::CNAME, "www.example.org"));
    answer[1].records.push_back(sample::rrsig("c.example.org", RrType::CNAME, 3600));
    CHECK(read(axfr_request(), answer).verdict == "whole zone");
}

TEST_CASE("A compressed name that points to itself is refused (a20)", "[transfer]") {
    auto message = good_axfr()[0].encode();
    // The owner of the first record, a pointer to the question's name.
    const std::size_t owner_at = MessageView::read(message)->answer_at;
    store_big_endian(message.data() + owner_at, static_cast<std::uint16_t>(0xc000U | owner_at));
    CHECK(read(TransferReader(axfr_request()), {message}).verdict == "bad message, back off");
}

TEST_CASE("An RRset of the limit is taken, one record more is not (a22)", "[transfer]") {
    const auto with = [](std::size_t records) {
        Script answer = good_axfr();
        answer[1].records.clear();
        for (std::size_t i = 0; i < records; ++i) {
            auto record = sample::a("many.example.org", 0);
            store_big_endian(record.rdata.data(), static_cast<std::uint32_t>(i));
            answer[1].records.push_back(record);
        }
        return answer;
    };
    CHECK(read(axfr_request(), with(150), {}).verdict == "whole zone");
    CHECK(read(axfr_request(), with(150), {.max_rrset_records = 150}).verdict == "whole zone");
    const auto over = read(axfr_request(), with(151), {.max_rrset_records = 150});
    CHECK(over.verdict == "RRset too large, back off");
    CHECK(over.failure.text == "many.example.org. A: 151 records in one RRset, at most 150 are allowed");
}

TEST_CASE("A transfer without end stops at the limit of octets", "[transfer]") {
    TransferReader reader(axfr_request(), {.max_octets = 100'000});
    REQUIRE(reader.feed(good_axfr()[0].encode()));
    Msg endless;
    for (int i = 0; i < 100; ++i)
        endless.records.push_back(sample::txt("t.example.org", std::string(200, 'x')));
    unsigned messages = 0;
    for (;; ++messages) {
        const auto progress = reader.feed(endless.encode());
        if (!progress) {
            CHECK(progress.error().error == TransferError::TooLarge);
            break;
        }
        REQUIRE(messages < 10);
    }
}

TEST_CASE("Compression does not get more into memory than the limit", "[transfer]") {
    // A record of 16 octets on the wire whose names take 400 in memory.
    const std::string label(60, 'l');
    const std::string longest = label + "." + label + "." + label + ".example.org";
    OctetString message(65535);
    MessageWriter writer;
    writer.start(message, message.size());
    REQUIRE(writer.question(name("example.org"), RrType::AXFR, RrClass::IN));
    REQUIRE(writer.record(Section::Answer, name("example.org"), RrType::SOA, RrClass::IN, 1,
                          sample::soa(3).rdata));
    for (int i = 0; i < 3000; ++i) {
        REQUIRE(writer.begin_record(Section::Answer, name(longest), RrType::NS, RrClass::IN, 1));
        REQUIRE(writer.name(name(longest), Compress::Yes));
        writer.end_record();
    }
    message.resize(writer.finish({.id = asked_id, .response = true}));
    CHECK(message.size() < 50'000);
    CHECK(read(TransferReader(axfr_request(), {.max_octets = 200'000}), {message}).verdict ==
          "too large, back off");
}

TEST_CASE("Failures are told so that somebody can act on them", "[transfer]") {
    Script answer = good_axfr();
    answer[1].rcode = Rcode::SERVFAIL;
    const auto told = read(axfr_request(), answer).failure;
    CHECK(told.rcode == Rcode::SERVFAIL);
    CHECK(told.text == "message 2: the peer says SERVFAIL");

    answer = good_axfr();
    answer[2].records.back() = sample::soa(4);
    CHECK(read(axfr_request(), answer).failure.text ==
          "message 3: a second SOA (serial 4) that is not the first one (serial 3)");
    answer = good_axfr();
    answer[0].question->name = name("example.com");
    CHECK(read(axfr_request(), answer).failure.text ==
          "message 1: the question is example.com. IN AXFR, but example.org. IN AXFR was asked");
}
