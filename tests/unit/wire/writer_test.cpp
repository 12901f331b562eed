#include "wire/writer.hpp"

#include "support/catch.hpp"
#include "support/name_text.hpp"
#include "wire/message.hpp"

#include <array>
#include <random>
#include <string>
#include <vector>

using namespace lockstep;
using test::name;

namespace {

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

namespace {

/// Names of a zone as a transfer has them: many below `apex`, some elsewhere, some that only look like it.
std::vector<Name> names_for_transfer(std::mt19937& random, const Name& apex) {
    const std::array parents{apex,  apex, name("test."), name("hoster.net."), name("a.b.c.d.hoster.net."),
                             Name{}};
    std::vector<Name> names;
    for (int i = 0; i < 400; ++i) {
        Name next = !names.empty() && random() % 3 == 0 ? names[random() % names.size()]
                                                        : parents[random() % parents.size()];
        for (auto labels = random() % 3; labels > 0; --labels) {
            std::string label(1 + random() % (random() % 5 == 0 ? 40 : 4), 'a');
            for (char& c : label)
                c = "abAB"[random() % 4];
            if (auto longer = Name::prepend(as_octets(label), next)) next = *longer;
        }
        names.push_back(next);
    }
    // Its last octets are those of the apex, but within a label.
    OctetString label{std::byte{'x'}};
    append_octets(label, apex.octets().first(apex.octets().size() - 1));
    names.push_back(*Name::prepend(label, Name{}));
    names.push_back(*Name::prepend(as_octets("www"), names.back()));
    return names;
}

/// Where a writer was told what most names end in, and where it was not.
enum class Told : bool { No, Yes };

/// Writes all names, taking every seventh back and writing it again; they must come back as they were.
/// Returns the size of the message.
std::size_t size_written(const std::vector<Name>& names, const Name& apex, Told told, bool with_question) {
    Draft draft;
    if (told == Told::Yes) {
        draft.writer.set_common_suffix(apex);
        draft.writer.start(draft.buffer, 65535);
    }
    if (with_question) REQUIRE(draft.writer.question(apex, RrType::AXFR, RrClass::IN));
    const auto write = [&](const Name& owner, const Name& target) {
        REQUIRE(draft.writer.begin_record(Section::Answer, owner, RrType::NS, RrClass::IN, 1));
        REQUIRE(draft.writer.name(target, Compress::Yes));
        draft.writer.end_record();
    };
    for (std::size_t i = 0; i < names.size(); ++i) {
        const Name& target = names[(i * 7) % names.size()];
        const auto mark = draft.writer.mark();
        write(names[i], target);
        if (i % 7 != 0) continue;
        draft.writer.rollback(mark);
        write(names[i], target);
    }
    const auto view = draft.finished();
    const auto records = records_of(view);
    REQUIRE(records.size() == names.size());
    for (std::size_t i = 0; i < names.size(); ++i) {
        REQUIRE(identical(records[i].owner, names[i]));
        std::size_t end = 0;
        const auto target =
            Name::read(view.octets, records[i].rdata_at, records[i].rdata_at + records[i].rdata_octets, end);
        REQUIRE(target.has_value());
        REQUIRE(identical(*target, names[(i * 7) % names.size()]));
    }
    return view.octets.size();
}

}  // namespace

TEST_CASE("A known common suffix changes no name, and the message's size hardly", "[writer]") {
    std::mt19937 random(13);
    for (int round = 0; round < 200; ++round) {
        const Name apex = name(round % 3 == 0 ? "registry.test." : round % 3 == 1 ? "test." : ".");
        const auto names = names_for_transfer(random, apex);
        const bool with_question = random() % 2 == 0;
        const std::size_t plain = size_written(names, apex, Told::No, with_question);
        const std::size_t told = size_written(names, apex, Told::Yes, with_question);
        CHECK(told <= plain + plain / 50);
    }
}

TEST_CASE("A name that did not fit leaves nothing behind to point to", "[writer]") {
    Draft draft(60);
    draft.writer.set_common_suffix(name("registry.test."));
    draft.writer.start(draft.buffer, 60);
    REQUIRE_FALSE(draft.writer.name(
        name("a-label-that-is-too-long.for-the-limit.of-the-message.registry.test."), Compress::Yes));
    const auto mark = draft.writer.mark();
    REQUIRE(draft.writer.record(Section::Answer, name("registry.test."), RrType::A, RrClass::IN, 1, a_rdata));
    REQUIRE(draft.writer.record(Section::Answer, name("registry.test."), RrType::A, RrClass::IN, 1, a_rdata));
    CHECK(mark.size == header_octets);
    for (const auto& record : records_of(draft.finished()))
        CHECK(record.owner.to_string() == "registry.test.");
}

TEST_CASE("One more record of the same owner points to it", "[writer]") {
    Draft draft;
    CHECK_FALSE(draft.writer.has_owner());
    REQUIRE(draft.writer.record(Section::Answer, name("www.example."), RrType::A, RrClass::IN, 1, a_rdata));
    REQUIRE(draft.writer.has_owner());
    REQUIRE(draft.writer.begin_record_again(Section::Answer, RrType::TXT, RrClass::IN, 7));
    draft.writer.end_record();
    const auto records = records_of(draft.finished());
    REQUIRE(records.size() == 2);
    CHECK(records[1].owner.to_string() == "www.example.");
    CHECK(records[1].type == RrType::TXT);
    CHECK(records[1].raw_ttl == 7);
    CHECK(records[1].rdata_at - records[1].start == 12);
}
