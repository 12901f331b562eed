// What a writer writes, a reader reads: both directions of both kinds, whole, cut and signed.

#include "script.hpp"
#include "unit/tsig/forge.hpp"

using namespace lockstep;
using namespace lockstep::script;

namespace {

TransferQuery query_of(RrType type) {
    return {
        .id = asked_id, .zone = name("Example.ORG"), .type = type, .recursion_desired = false, .held = {}};
}

TransferRequest request_in_that_case(RrType type, std::uint32_t held) {
    TransferRequest request = ixfr_request(held);
    request.type = type;
    request.zone = name("Example.ORG");
    return request;
}

/// Some hundreds of records of many types and lengths, at `serial`; records whose number is below `from` are
/// left out.
ZonePtr large_zone(std::uint32_t serial, int from, int to) {
    ZoneBuilder builder(name("example.org"));
    const auto add = [&](const sample::Record& record) {
        REQUIRE(builder.add(record.view()) == ZoneBuilder::Added::Yes);
    };
    add(sample::soa(serial));
    add(sample::ns("example.org", "ns1.example.org"));
    for (int i = from; i < to; ++i) {
        const std::string owner =
            "host" + std::to_string(i) + ".sub" + std::to_string(i % 7) + ".example.org";
        add(sample::a(owner, i % 256));
        add(sample::mx(owner, "mail." + owner));
        add(sample::txt(owner, std::string(static_cast<std::size_t>(i % 200), 't')));
        add(sample::target("alias." + owner, RrType::CNAME, owner));
    }
    auto made = std::move(builder).finish();
    REQUIRE(made);
    return *made;
}

std::shared_ptr<const ChangeSet> change_between(const ZonePtr& from, const ZonePtr& to) {
    return std::make_shared<const ChangeSet>(diff(*from, *to));
}

}  // namespace

TEST_CASE("A zone arrives as it was sent, whatever the size of the messages", "[transfer][rfc5936]") {
    const auto target = GENERATE(as<std::size_t>{}, 0, 100, 512, 4096, 16 * 1024, 65535);
    const ZonePtr zone = large_zone(7, 0, 400);
    const auto messages = written(TransferWriter::axfr(
        query_of(RrType::AXFR), zone, {.target_octets = target, .reserved_octets = 0, .opt = {}}));
    for (const OctetString& message : messages) {
        const auto view = MessageView::read(message).value();
        CHECK(view.header.authoritative);
        CHECK(view.header.id == asked_id);
        CHECK(view.question.has_value() == (&message == &messages.front()));
        if (target == 0) CHECK(view.header.answer_count == 1);
        if (target >= 512) CHECK(message.size() <= target);
        if (target >= 512 && &message != &messages.back()) CHECK(message.size() > target - 400);
    }
    if (target == 0) CHECK(messages.size() == zone->record_count() + 1);
    const auto result = read(TransferReader(request_in_that_case(RrType::AXFR, 1)), messages);
    REQUIRE(result.verdict == "whole zone");
    CHECK(sample::same_content(result.zone(), *zone));
    CHECK(result.counts.records == zone->record_count() + 1);
    CHECK(result.counts.messages == messages.size());
}

TEST_CASE("Changes arrive as they were sent, whatever the size of the messages", "[transfer][rfc1995]") {
    const auto target = GENERATE(as<std::size_t>{}, 0, 512, 16 * 1024);
    const std::vector<ZonePtr> versions{large_zone(7, 0, 100), large_zone(8, 0, 130), large_zone(9, 20, 130),
                                        large_zone(12, 20, 131)};
    ChangeSequence changes;
    for (std::size_t i = 1; i < versions.size(); ++i)
        changes.push_back(change_between(versions[i - 1], versions[i]));
    const auto messages =
        written(TransferWriter::ixfr(query_of(RrType::IXFR), versions.back(), changes,
                                     {.target_octets = target, .reserved_octets = 0, .opt = {}}));
    const auto result = read(TransferReader(request_in_that_case(RrType::IXFR, 7)), messages);
    REQUIRE(result.verdict == "changes");
    CHECK(result.changes().sequence.size() == 3);
    const auto applied = result.applied_to(versions.front());
    REQUIRE(applied.has_value());
    CHECK(sample::same_content(**applied, *versions.back()));
}

TEST_CASE("Changes of nothing but the SOA arrive", "[transfer][rfc1995]") {
    const ZonePtr from = large_zone(7, 0, 1);
    const ZonePtr to = large_zone(8, 0, 1);
    const auto messages =
        written(TransferWriter::ixfr(query_of(RrType::IXFR), to, {change_between(from, to)}));
    REQUIRE(messages.size() == 1);
    CHECK(Header::read(messages[0]).answer_count == 4);
    const auto applied =
        read(TransferReader(request_in_that_case(RrType::IXFR, 7)), messages).applied_to(from);
    REQUIRE(applied.has_value());
    CHECK((*applied)->serial() == Serial{8});
}

TEST_CASE("A whole zone is an answer to IXFR too", "[transfer][rfc1995]") {
    const ZonePtr zone = large_zone(7, 0, 50);
    const auto messages = written(TransferWriter::axfr(query_of(RrType::IXFR), zone));
    const auto result = read(TransferReader(request_in_that_case(RrType::IXFR, 3)), messages);
    REQUIRE(result.verdict == "whole zone");
    CHECK(sample::same_content(result.zone(), *zone));
}

TEST_CASE("A lone SOA says up to date", "[transfer][rfc1995]") {
    const ZonePtr zone = large_zone(7, 0, 50);
    auto query = query_of(RrType::IXFR);
    query.recursion_desired = true;
    const auto messages = written(TransferWriter::lone_soa(query, zone));
    REQUIRE(messages.size() == 1);
    CHECK(Header::read(messages[0]).recursion_desired);
    CHECK(read(TransferReader(request_in_that_case(RrType::IXFR, 7)), messages).verdict == "up to date");
    CHECK(read(TransferReader(request_in_that_case(RrType::IXFR, 6)), messages).verdict ==
          "lone SOA, ask AXFR");
}

TEST_CASE("Any message missing, twice or cut at any octet: never a new version", "[transfer]") {
    const bool incremental = GENERATE(false, true);
    const ZonePtr from = large_zone(7, 0, 4);
    const ZonePtr to = large_zone(8, 2, 7);
    const TransferWriterSettings small{.target_octets = 150, .reserved_octets = 0, .opt = {}};
    const auto messages =
        incremental
            ? written(TransferWriter::ixfr(query_of(RrType::IXFR), to, {change_between(from, to)}, small))
            : written(TransferWriter::axfr(query_of(RrType::AXFR), to, small));
    const auto request = request_in_that_case(incremental ? RrType::IXFR : RrType::AXFR, 7);
    REQUIRE(messages.size() > 4);
    REQUIRE(read(TransferReader(request), messages).verdict == (incremental ? "changes" : "whole zone"));
    for (std::size_t which = 0; which < messages.size(); ++which) {
        const std::vector<OctetString> before(messages.begin(),
                                              messages.begin() + static_cast<std::ptrdiff_t>(which));
        CHECK_FALSE(read(TransferReader(request), before).outcome);
        for (std::size_t length = 0; length < messages[which].size(); ++length) {
            auto cut = before;
            cut.emplace_back(messages[which].begin(),
                             messages[which].begin() + static_cast<std::ptrdiff_t>(length));
            REQUIRE_FALSE(read(TransferReader(request), cut).outcome);
        }
        if (which == 0 || which + 1 == messages.size()) {
            auto missing = messages;
            missing.erase(missing.begin() + static_cast<std::ptrdiff_t>(which));
            CHECK_FALSE(read(TransferReader(request), missing).outcome);
        }
    }
}

TEST_CASE("A signed transfer arrives whole, its messages never over the target", "[transfer][tsig]") {
    const bool incremental = GENERATE(false, true);
    const auto key = std::make_shared<const TsigKey>(test::pair_key());
    const ZonePtr from = large_zone(7, 0, 300);
    const ZonePtr to = large_zone(8, 150, 400);
    TransferRequest request = ixfr_request(7);
    if (!incremental) request.type = RrType::AXFR;

    OctetString question = make_request(request);
    const auto asked_with = sign_request(question, key, test::signing_time);
    const auto check = verify_request(question, test::ring_of(test::pair_key()), test::signing_time);
    REQUIRE(test::verdict(check) == "verified");
    const auto query = read_transfer_query(question);
    REQUIRE(query.has_value());

    TsigStreamSigner signer(std::get<TsigVerified>(check).context);
    const TransferWriterSettings settings{
        .target_octets = 2000, .reserved_octets = signer.octets(), .opt = {}};
    auto writer = incremental ? TransferWriter::ixfr(*query, to, {change_between(from, to)}, settings)
                              : TransferWriter::axfr(*query, to, settings);
    TsigStreamVerifier verifier(asked_with);
    TransferReader reader(request);
    OctetString buffer(65535);
    auto progress = TransferProgress::NeedMore;
    while (!writer.finished()) {
        REQUIRE(progress == TransferProgress::NeedMore);
        const auto length = writer.next(buffer);
        REQUIRE(length.has_value());
        const auto with_tsig = signer.sign(buffer, *length, test::signing_time);
        REQUIRE(with_tsig.has_value());
        CHECK(*with_tsig <= settings.target_octets);
        const auto stripped = verifier.verify(std::span(buffer).first(*with_tsig), test::signing_time);
        REQUIRE(stripped.has_value());
        const auto fed = reader.feed(Octets(buffer).first(*stripped));
        REQUIRE(fed.has_value());
        progress = *fed;
    }
    CHECK(progress == TransferProgress::Done);
    CHECK(verifier.finish().has_value());
    const auto outcome = std::move(reader).take();
    REQUIRE(outcome.has_value());
    if (incremental) {
        const auto applied = apply_changes(from, std::get<Changes>(*outcome).sequence.at(0));
        REQUIRE(applied.has_value());
        CHECK(sample::same_content(**applied, *to));
    } else {
        CHECK(sample::same_content(*std::get<WholeZone>(*outcome).zone, *to));
    }
}
