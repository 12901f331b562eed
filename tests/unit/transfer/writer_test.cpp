// The edges of messages: what fits, what goes alone, what fits nowhere.

#include "script.hpp"

using namespace lockstep;
using namespace lockstep::script;

namespace {

TransferQuery axfr_query() {
    return {.id = asked_id,
            .zone = name("example.org"),
            .type = RrType::AXFR,
            .recursion_desired = false,
            .held = {}};
}

/// A zone whose one long record has `octets` of RDATA, of a type that nobody knows.
ZonePtr zone_with_long_record(std::size_t octets) {
    sample::Record record = sample::a("long.example.org", 1);
    record.type = RrType{65280};
    record.rdata.assign(octets, std::byte{0x5a});
    return sample::zone({sample::soa(1), sample::ns("example.org", "ns1.example.org"), record,
                         sample::a("zzz.example.org", 1)});
}

// A message of 65,535 octets that holds nothing but that record: header, owner, fixed fields.
const std::size_t longest_rdata =
    65535 - header_octets - std::string_view("\4long\7example\3org").size() - 1 - 10;

}  // namespace

TEST_CASE("A record longer than the target goes alone, up to what a message can hold", "[transfer]") {
    const auto octets =
        GENERATE_REF(as<std::size_t>{}, 16'000, 20'000, 60'000, longest_rdata - 1, longest_rdata);
    const ZonePtr zone = zone_with_long_record(octets);
    const auto messages = written(TransferWriter::axfr(axfr_query(), zone));
    const auto result = read(TransferReader(axfr_request()), messages);
    REQUIRE(result.verdict == "whole zone");
    CHECK(sample::same_content(result.zone(), *zone));
}

TEST_CASE("A record that fits no message is an error, not a loop", "[transfer]") {
    const auto [octets, reserved] = GENERATE_REF(table<std::size_t, std::size_t>(
        {{longest_rdata + 1, 0}, {65'535, 0}, {longest_rdata, 1}, {longest_rdata - 99, 100}}));
    const bool incremental = GENERATE(false, true);
    const ZonePtr zone = zone_with_long_record(octets);
    const TransferWriterSettings settings{.target_octets = 16 * 1024, .reserved_octets = reserved, .opt = {}};
    const auto empty = sample::zone({sample::soa(0), sample::ns("example.org", "ns1.example.org")});
    auto writer =
        incremental ? TransferWriter::ixfr(axfr_query(), zone,
                                           {std::make_shared<const ChangeSet>(diff(*empty, *zone))}, settings)
                    : TransferWriter::axfr(axfr_query(), zone, settings);
    OctetString buffer(65535);
    bool failed = false;
    for (int calls = 0; calls < 5 && !failed; ++calls) {
        const auto length = writer.next(buffer);
        failed = !length.has_value();
    }
    CHECK(failed);
    CHECK_FALSE(writer.finished());
}

TEST_CASE("Space for a signature is left free in every message, to the octet", "[transfer]") {
    const auto reserved = GENERATE(as<std::size_t>{}, 1, 99, 300, 500);
    const ZonePtr zone = zone_3();
    TransferWriter writer = TransferWriter::axfr(
        axfr_query(), zone, {.target_octets = 600, .reserved_octets = reserved, .opt = {}});
    OctetString buffer(600);
    while (!writer.finished()) {
        const auto length = writer.next(buffer);
        REQUIRE(length.has_value());
        CHECK(*length + reserved <= 600);
    }
}

TEST_CASE("A buffer too small for anything is an error", "[transfer]") {
    const auto room = GENERATE(as<std::size_t>{}, 0, 11, 12, 28, 29, 40);
    TransferWriter writer = TransferWriter::axfr(axfr_query(), zone_3());
    OctetString buffer(room);
    CHECK(writer.next(buffer).error() == TransferWriteError::RecordTooLarge);
    TransferWriter reserving = TransferWriter::axfr(
        axfr_query(), zone_3(), {.target_octets = 16 * 1024, .reserved_octets = 70'000, .opt = {}});
    OctetString whole(65535);
    CHECK(reserving.next(whole).error() == TransferWriteError::RecordTooLarge);
}

TEST_CASE("The OPT record stands in every message, and tells EXPIRE", "[transfer][rfc7314]") {
    EdnsBuilder edns;
    edns.add(EdnsOption::EXPIRE, sample::octets({0, 0, 0x0e, 0x10}));
    OctetString opt(edns.size());
    edns.write(opt.data());
    const auto messages = written(TransferWriter::axfr(
        axfr_query(), zone_3(), {.target_octets = 200, .reserved_octets = 10, .opt = opt}));
    REQUIRE(messages.size() > 1);
    for (const OctetString& message : messages) {
        CHECK(MessageView::read(message).value().edns.has_value());
        CHECK(message.size() <= 190);
    }
    TransferReader reader(axfr_request());
    for (const OctetString& message : messages)
        REQUIRE(reader.feed(message));
    CHECK(reader.expire() == std::chrono::seconds{3600});
}

TEST_CASE("A writer counts messages, octets and records", "[transfer]") {
    TransferWriter writer = TransferWriter::axfr(axfr_query(), zone_3());
    OctetString buffer(65535);
    const auto length = writer.next(buffer);
    REQUIRE(length.has_value());
    CHECK(writer.finished());
    CHECK(writer.serial() == Serial{3});
    CHECK(writer.messages() == 1);
    CHECK(writer.octets() == *length);
    CHECK(writer.records() == zone_3()->record_count() + 1);
}

TEST_CASE("The zone sent stays the one that the transfer began with", "[transfer]") {
    ZonePtr zone = zone_3();
    const std::weak_ptr<const ZoneSnapshot> held = zone;
    TransferWriter writer = TransferWriter::axfr(axfr_query(), std::move(zone),
                                                 {.target_octets = 0, .reserved_octets = 0, .opt = {}});
    CHECK_FALSE(held.expired());
    CHECK(read(TransferReader(axfr_request()), written(std::move(writer))).verdict == "whole zone");
    CHECK(held.expired());
}
