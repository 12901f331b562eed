// What a reader makes of IXFR answers that are wrong, or only odd. Whatever is wrong ends in asking AXFR.

#include "script.hpp"

using namespace lockstep;
using namespace lockstep::script;

namespace {

const std::vector<EvilCase> rows{
    {"i01 a good one", "changes", [](Script&) {}},
    {"one record a message", "changes",
     [](Script& s) {
         Script single;
         for (const Msg& message : s) {
             for (const Rr& rr : message.records)
                 single.push_back({.records = {rr}});
         }
         single[0].question = asked(RrType::IXFR);
         s = single;
     }},
    {"i13 AXFR-style", "whole zone", [](Script& s) { s = good_axfr(RrType::IXFR); }},
    {"i13 AXFR-style, the first SOA alone in its message", "whole zone",
     [](Script& s) {
         s = good_axfr(RrType::IXFR);
         s.insert(s.begin(), {.records = {sample::soa(3)}, .question = asked(RrType::IXFR)});
         s[1].records.erase(s[1].records.begin());
         s[1].question.reset();
     }},
    {"a single SOA of our serial", "up to date",
     [](Script& s) { s = {{.records = {sample::soa(1)}, .question = asked(RrType::IXFR)}}; }},
    {"a single SOA of an older serial", "up to date",
     [](Script& s) { s = {{.records = {sample::soa(0)}, .question = asked(RrType::IXFR)}}; }},
    {"a single SOA at the distance that is neither newer nor older", "up to date",
     [](Script& s) { s = {{.records = {sample::soa(0x80000001U)}, .question = asked(RrType::IXFR)}}; }},
    {"i04 old SOA is not ours", "bad sequence, ask AXFR",
     [](Script& s) { s[0].records[1] = sample::soa(0); }},
    {"i05 no closing SOA", "incomplete, ask AXFR", [](Script& s) { s[1].records.pop_back(); }},
    {"i06 addition outside the zone", "changes",
     [](Script& s) { s[0].records.push_back(sample::a("www.example.com", 1)); }},
    {"i07 from 1 over 3 to 2", "bad sequence, ask AXFR",
     [](Script& s) {
         s = {{.records = {sample::soa(2), sample::soa(1), sample::soa(3), sample::soa(3), sample::soa(2),
                           sample::soa(2)},
               .question = asked(RrType::IXFR)}};
     }},
    {"i07 from 1 back to 0", "bad sequence, ask AXFR", [](Script& s) { s[0].records[3] = sample::soa(0); }},
    {"a step of half the circle", "bad sequence, ask AXFR",
     [](Script& s) { s[0].records[3] = sample::soa(0x80000001U); }},
    {"i08 single newer SOA, then silence", "lone SOA, ask AXFR",
     [](Script& s) { s = {{.records = {sample::soa(3)}, .question = asked(RrType::IXFR)}}; }},
    {"i10 NOTIMP", "bad RCODE, ask AXFR",
     [](Script& s) { s = {{.records = {}, .question = asked(RrType::IXFR), .rcode = Rcode::NOTIMP}}; }},
    {"i11 FORMERR without question", "bad RCODE, ask AXFR",
     [](Script& s) { s = {{.records = {}, .rcode = Rcode::FORMERR}}; }},
    {"SERVFAIL", "bad RCODE, ask AXFR", [](Script& s) { s[1].rcode = Rcode::SERVFAIL; }},
    {"i12 empty answer", "empty answer, ask AXFR",
     [](Script& s) { s = {{.records = {}, .question = asked(RrType::IXFR)}}; }},
    {"i14 a sequence twice", "bad sequence, ask AXFR",
     [](Script& s) {
         s[0].records.insert(s[0].records.end(),
                             {sample::soa(1), sample::a("old.example.org", 9), sample::soa(2)});
     }},
    {"i15 SOA at another owner", "bad SOA, ask AXFR",
     [](Script& s) { s[0].records[3] = sample::soa(2, "sub.example.org"); }},
    {"i15 first SOA at another owner", "bad SOA, ask AXFR",
     [](Script& s) { s[0].records[0] = sample::soa(3, "sub.example.org"); }},
    {"i16 addition of class CH", "class not IN, ask AXFR",
     [](Script& s) { s[0].records[4] = with_class(s[0].records[4], RrClass::CH); }},
    {"i17 records after the end", "trailing records, ask AXFR",
     [](Script& s) { s[1].records.push_back(sample::a("late.example.org", 1)); }},
    {"the new SOA is not the first one", "bad SOA, ask AXFR",
     [](Script& s) {
         Soa soa = Soa::read(sample::soa(3).rdata).value();
         soa.minimum = std::chrono::seconds{1};
         s[1].records[1].record.rdata = soa.rdata();
     }},
    {"the closing SOA is not the first one", "bad SOA, ask AXFR",
     [](Script& s) {
         Soa soa = Soa::read(sample::soa(3).rdata).value();
         soa.minimum = std::chrono::seconds{1};
         s[1].records.back().record.rdata = soa.rdata();
     }},
    {"a step beyond the serial announced", "bad sequence, ask AXFR",
     [](Script& s) { s[1].records[1] = sample::soa(4); }},
    {"steps that end before the serial announced", "bad sequence, ask AXFR",
     [](Script& s) { s[1].records[0] = sample::soa(3); }},
    {"changes to a serial that is not newer", "not newer, back off",
     [](Script& s) { s[0].records[0] = sample::soa(0); }},
    {"a whole zone that is not newer", "not newer, back off",
     [](Script& s) {
         s = good_axfr(RrType::IXFR);
         s[0].records[0] = s[2].records.back() = sample::soa(1);
     }},
    {"AXFR-style without NS", "no apex NS, back off",
     [](Script& s) {
         s = good_axfr(RrType::IXFR);
         s[0].records.pop_back();
     }},
    {"AXFR-style, cut", "incomplete, back off",
     [](Script& s) {
         s = good_axfr(RrType::IXFR);
         s.pop_back();
     }},
    {"TC bit", "truncated, ask AXFR", [](Script& s) { s[0].truncated = true; }},
    {"another ID", "ID mismatch, ask AXFR", [](Script& s) { s[1].id = MessageId{1}; }},
    {"question AXFR", "question mismatch, ask AXFR", [](Script& s) { s[0].question = asked(RrType::AXFR); }},
    {"meta type", "meta type, ask AXFR", [](Script& s) { s[0].records[4].record.type = RrType::MAILB; }},
};

/// A deletion or addition that does not fit our version shows when the changes are applied.
const std::vector<EvilCase> unfit{
    {"i02 deletes a record that is not there", "",
     [](Script& s) { s[0].records[2] = sample::a("new.example.org", 9); }},
    {"i03 adds a record that is there", "",
     [](Script& s) { s[0].records[4] = sample::a("www.example.org", 2); }},
    {"i18 deletes other RDATA", "", [](Script& s) { s[0].records[2] = sample::a("old.example.org", 8); }},
};

}  // namespace

TEST_CASE("An IXFR answer is taken whole or not at all", "[transfer][rfc1995]") {
    for (const EvilCase& row : rows) {
        Script answer = good_ixfr();
        row.spoil(answer);
        INFO(row.what);
        const Fared result = read(ixfr_request(), answer);
        INFO(result.failure.text);
        CHECK(result.verdict == row.verdict);
        if (result.verdict == "changes") {
            const auto applied = result.applied_to(zone_1());
            REQUIRE(applied.has_value());
            CHECK(sample::same_content(**applied, *zone_3()));
        }
        if (result.verdict == "whole zone") CHECK(sample::same_content(result.zone(), *zone_3()));
    }
}

TEST_CASE("Changes that do not fit what we hold fail when applied", "[transfer][rfc1995]") {
    for (const EvilCase& row : unfit) {
        Script answer = good_ixfr();
        row.spoil(answer);
        INFO(row.what);
        const Fared result = read(ixfr_request(), answer);
        REQUIRE(result.verdict == "changes");
        CHECK_FALSE(result.applied_to(zone_1()).has_value());
    }
}

TEST_CASE("A deletion with another TTL is a deletion (i19)", "[transfer][rfc1995]") {
    Script answer = good_ixfr();
    answer[0].records[2].raw_ttl = 1;
    const auto applied = read(ixfr_request(), answer).applied_to(zone_1());
    REQUIRE(applied.has_value());
    CHECK(sample::same_content(**applied, *zone_3()));
}

TEST_CASE("Changes outside the zone are dropped on both sides and counted", "[transfer]") {
    Script answer = good_ixfr();
    answer[0].records.insert(answer[0].records.begin() + 2, sample::a("www.example.com", 1));
    answer[0].records.push_back(sample::a("www.example.com", 2));
    const auto result = read(ixfr_request(), answer);
    CHECK(result.counts.out_of_zone == 2);
    REQUIRE(result.applied_to(zone_1()).has_value());
    CHECK(read(ixfr_request(), answer, {.out_of_zone = OutOfZone::Reject}).verdict ==
          "out of zone, ask AXFR");
}

TEST_CASE("A newer SOA alone in its message is held until the next one", "[transfer][rfc1995]") {
    TransferReader reader(ixfr_request());
    REQUIRE(reader.feed(Msg{.records = {sample::soa(3)}, .question = asked(RrType::IXFR)}.encode()) ==
            TransferProgress::LoneSoa);
    CHECK(reader.offered() == Serial{3});
    CHECK_FALSE(reader.style().has_value());
    REQUIRE(reader.feed(Msg{.records = {sample::soa(1)}}.encode()) == TransferProgress::NeedMore);
    CHECK(reader.style() == RrType::IXFR);
}

TEST_CASE("Up to date tells the SOA of the peer", "[transfer][rfc1995]") {
    const auto result =
        read(ixfr_request(), {{.records = {sample::soa(0)}, .question = asked(RrType::IXFR)}});
    CHECK(std::get<UpToDate>(result.outcome.value()).soa.serial == Serial{0});
}

TEST_CASE("Serials run around the circle", "[transfer][rfc1982]") {
    const Script answer{{.records = {sample::soa(2), sample::soa(0xfffffffeU), sample::soa(0xffffffffU),
                                     sample::soa(0xffffffffU), sample::soa(2), sample::soa(2)},
                         .question = asked(RrType::IXFR)}};
    const auto result = read(ixfr_request(0xfffffffeU), answer);
    REQUIRE(result.verdict == "changes");
    CHECK(result.changes().sequence.size() == 2);
    CHECK(result.changes().to == Serial{2});
    CHECK(result.changes().sequence[0].from == Serial{0xfffffffeU});
    CHECK(result.changes().sequence[1].to == Serial{2});
}

TEST_CASE("An IXFR without end stops at the limit of octets", "[transfer]") {
    TransferReader reader(ixfr_request(), {.max_octets = 100'000});
    REQUIRE(
        reader.feed(Msg{.records = {sample::soa(0x7fffffffU)}, .question = asked(RrType::IXFR)}.encode()));
    std::uint32_t serial = 1;
    for (;; serial += 1) {
        REQUIRE(serial < 2000);
        const auto progress =
            reader.feed(Msg{.records = {sample::soa(serial), sample::soa(serial + 1)}}.encode());
        if (!progress) {
            CHECK(progress.error().error == TransferError::TooLarge);
            CHECK(progress.error().remedy == TransferRemedy::AskAxfr);
            break;
        }
    }
}

TEST_CASE("What does not follow is told with both serials", "[transfer]") {
    Script answer = good_ixfr();
    answer[0].records[1] = sample::soa(0);
    CHECK(read(ixfr_request(), answer).failure.text == "message 1: the changes begin at serial 0, ours is 1");
    answer = good_ixfr();
    answer[1].records[0] = sample::soa(7);
    CHECK(read(ixfr_request(), answer).failure.text ==
          "message 2: the next step begins at serial 7, the last one ended at 2");
}
