#include "wire/writer.hpp"

#include "support/catch.hpp"
#include "wire/message.hpp"

#include <array>
#include <string>
#include <vector>

using namespace lockstep;

namespace {

Name name(std::string_view text) {
    return *Name::parse_absolute(text);
}

constexpr std::array a_rdata{std::byte{192}, std::byte{0}, std::byte{2}, std::byte{1}};

/// A writer with a buffer of its own.
struct Draft {
    std::vector<std::byte> buffer = std::vector<std::byte>(65535);
    MessageWriter writer;

    explicit Draft(std::size_t limit = 65535) { writer.start(buffer, limit); }
    MessageView finished() {
        const std::size_t size = writer.finish({.id = MessageId{77}, .response = true});
        auto view = MessageView::read(Octets(buffer).first(size));
        REQUIRE(view.has_value());
        return *view;
    }
};

std::vector<WireRecord> records_of(const MessageView& view) {
    MessageReader reader(view.octets);
    for (unsigned i = 0; i < view.header.question_count; ++i)
        REQUIRE(reader.question().has_value());
    std::vector<WireRecord> records;
    while (!reader.at_end()) {
        auto record = reader.record();
        REQUIRE(record.has_value());
        records.push_back(*record);
    }
    return records;
}

}  // namespace

TEST_CASE("A message comes back from its octets as it was written", "[writer][rfc1035]") {
    Draft draft;
    REQUIRE(draft.writer.question(name("www.example.com."), RrType::A, RrClass::IN));
    REQUIRE(
        draft.writer.record(Section::Answer, name("www.example.com."), RrType::A, RrClass::IN, 300, a_rdata));
    REQUIRE(
        draft.writer.begin_record(Section::Authority, name("example.com."), RrType::NS, RrClass::IN, 600));
    REQUIRE(draft.writer.name(name("ns.example.com."), Compress::Yes));
    draft.writer.end_record();
    const auto view = draft.finished();
    CHECK(view.header.id == MessageId{77});
    CHECK(view.header.question_count == 1);
    CHECK(view.header.answer_count == 1);
    CHECK(view.header.authority_count == 1);
    CHECK(view.question->name.to_string() == "www.example.com.");
    const auto records = records_of(view);
    REQUIRE(records.size() == 2);
    CHECK(records[0].owner.to_string() == "www.example.com.");
    CHECK(records[0].raw_ttl == 300);
    CHECK(records[1].owner.to_string() == "example.com.");
    CHECK(records[1].rdata_octets == 5);  // label and pointer
    std::size_t end = 0;
    CHECK(Name::read(view.octets, records[1].rdata_at, view.octets.size(), end)->to_string() ==
          "ns.example.com.");
}

TEST_CASE("A name seen before takes two octets", "[writer]") {
    Draft draft;
    REQUIRE(draft.writer.question(name("www.example.com."), RrType::A, RrClass::IN));
    const std::size_t before = draft.writer.size();
    REQUIRE(
        draft.writer.record(Section::Answer, name("www.example.com."), RrType::A, RrClass::IN, 300, a_rdata));
    CHECK(draft.writer.size() - before == 2 + 10 + 4);
    CHECK(load_big_endian<std::uint16_t>(draft.buffer.data() + before) == 0xc00c);
}

TEST_CASE("Compression never changes the case of a name", "[writer][rfc4343]") {
    Draft draft;
    REQUIRE(draft.writer.question(name("WWW.Example.COM."), RrType::A, RrClass::IN));
    REQUIRE(
        draft.writer.record(Section::Answer, name("www.example.com."), RrType::A, RrClass::IN, 1, a_rdata));
    REQUIRE(
        draft.writer.record(Section::Answer, name("ftp.Example.COM."), RrType::A, RrClass::IN, 1, a_rdata));
    const auto view = draft.finished();
    const auto records = records_of(view);
    CHECK(identical(view.question->name, name("WWW.Example.COM.")));
    CHECK(identical(records[0].owner, name("www.example.com.")));
    CHECK(identical(records[1].owner, name("ftp.Example.COM.")));
}

TEST_CASE("A name that must not be compressed is written out but may be pointed to", "[writer][rfc3597]") {
    Draft draft;
    REQUIRE(draft.writer.question(name("example.com."), RrType::SRV, RrClass::IN));
    REQUIRE(draft.writer.begin_record(Section::Answer, name("example.com."), RrType::SRV, RrClass::IN, 1));
    REQUIRE(draft.writer.octets(Octets(std::array<std::byte, 6>{})));
    REQUIRE(draft.writer.name(name("target.example.com."), Compress::No));
    draft.writer.end_record();
    REQUIRE(draft.writer.record(Section::Additional, name("target.example.com."), RrType::A, RrClass::IN, 1,
                                a_rdata));
    const auto records = records_of(draft.finished());
    CHECK(records[0].rdata_octets == 6 + name("target.example.com.").octets().size());
    CHECK(identical(records[1].owner, name("target.example.com.")));
}

TEST_CASE("Rolling back takes the records away and what could point to them", "[writer][rfc2181]") {
    Draft draft;
    REQUIRE(draft.writer.question(name("example."), RrType::A, RrClass::IN));
    const auto mark = draft.writer.mark();
    REQUIRE(draft.writer.record(Section::Answer, name("gone.example."), RrType::A, RrClass::IN, 1, a_rdata));
    draft.writer.rollback(mark);
    REQUIRE(
        draft.writer.record(Section::Answer, name("padding.example."), RrType::A, RrClass::IN, 1, a_rdata));
    REQUIRE(draft.writer.record(Section::Answer, name("gone.example."), RrType::A, RrClass::IN, 2, a_rdata));
    const auto records = records_of(draft.finished());
    REQUIRE(records.size() == 2);
    CHECK(records[0].owner.to_string() == "padding.example.");
    CHECK(records[1].owner.to_string() == "gone.example.");
    CHECK(records[1].raw_ttl == 2);
}

TEST_CASE("Nothing is written over the limit, whatever the limit is", "[writer][CVE-2016-2776]") {
    const Name owner = name("www.example.com.");
    for (std::size_t limit = 12; limit < 120; ++limit) {
        Draft draft(limit);
        std::size_t written = 0;
        const auto mark = draft.writer.mark();
        if (!draft.writer.question(owner, RrType::A, RrClass::IN)) draft.writer.rollback(mark);
        for (int i = 0; i < 6; ++i) {
            const auto before = draft.writer.mark();
            if (draft.writer.record(Section::Answer, owner, RrType::A, RrClass::IN, 1, a_rdata)) {
                ++written;
            } else {
                draft.writer.rollback(before);
            }
        }
        const auto view = draft.finished();
        CHECK(view.octets.size() <= limit);
        CHECK(view.header.answer_count == written);
    }
}

TEST_CASE("What is reserved stays free until it is released", "[writer]") {
    Draft draft(512);
    draft.writer.reserve(400);
    CHECK(draft.writer.space() == 512 - 12 - 400);
    const std::vector<std::byte> filler(101);
    CHECK_FALSE(draft.writer.octets(filler));
    draft.writer.release(400);
    CHECK(draft.writer.octets(filler));
}

TEST_CASE("Five thousand distinct names compress within bounds", "[writer][CVE-2023-4408]") {
    Draft draft;
    REQUIRE(draft.writer.question(name("example.com."), RrType::A, RrClass::IN));
    std::size_t written = 0;
    for (int i = 0; i < 5000; ++i) {
        const auto before = draft.writer.mark();
        const Name owner = name("host" + std::to_string(i) + ".a.b.example.com.");
        if (!draft.writer.record(Section::Answer, owner, RrType::A, RrClass::IN, 1, a_rdata)) {
            draft.writer.rollback(before);
            break;
        }
        ++written;
    }
    const auto view = draft.finished();
    const auto records = records_of(view);
    REQUIRE(records.size() == written);
    CHECK(written > 2000);
    CHECK(records.back().owner.to_string() == "host" + std::to_string(written - 1) + ".a.b.example.com.");
    // Behind the first 16 KiB names are pointed to only where they began earlier.
    CHECK(view.octets.size() <= 65535);
}

TEST_CASE("Names behind 16 KiB are never pointed to", "[writer][rfc1035]") {
    Draft draft;
    REQUIRE(draft.writer.question(name("q."), RrType::A, RrClass::IN));
    const std::vector<std::byte> filler(17000);
    REQUIRE(draft.writer.record(Section::Answer, name("q."), RrType::NULL_, RrClass::IN, 1, filler));
    for (int i = 0; i < 3; ++i) {
        REQUIRE(
            draft.writer.record(Section::Answer, name("late.example."), RrType::A, RrClass::IN, 1, a_rdata));
    }
    const auto records = records_of(draft.finished());
    CHECK(records[3].start - records[2].start == 14 + 10 + 4);
    CHECK(records[3].owner.to_string() == "late.example.");
}

TEST_CASE("Names of the longest kind compress too", "[writer]") {
    std::string text;
    for (int i = 0; i < 127; ++i)
        text += "a.";
    Draft draft;
    REQUIRE(draft.writer.question(name(text), RrType::A, RrClass::IN));
    REQUIRE(draft.writer.record(Section::Answer, name(text), RrType::A, RrClass::IN, 1, a_rdata));
    REQUIRE(draft.writer.record(Section::Answer, name(text.substr(2)), RrType::A, RrClass::IN, 1, a_rdata));
    const auto records = records_of(draft.finished());
    CHECK(records[0].owner.octets().size() == 255);
    CHECK(records[1].owner.octets().size() == 253);
}
