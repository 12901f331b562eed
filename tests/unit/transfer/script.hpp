#pragma once
// Answers as a list of messages that a test may spoil before a reader sees them.

#include "transfer/reader.hpp"
#include "transfer/writer.hpp"
#include "unit/zone/sample.hpp"
#include "wire/message.hpp"
#include "wire/writer.hpp"

#include <functional>
#include <span>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace lockstep::script {

using sample::name;

inline constexpr MessageId asked_id{4711};

/// A record as it stands in a message, right or wrong.
struct Rr {
    sample::Record record;
    RrClass rr_class = RrClass::IN;
    std::uint32_t raw_ttl = 3600;
    Section section = Section::Answer;

    Rr(sample::Record from)
        : record(std::move(from)), raw_ttl(record.ttl.value()) {}  // NOLINT: a record is one
};

/// One message, right or wrong.
struct Msg {
    std::vector<Rr> records;
    std::optional<Question> question = {};
    MessageId id = asked_id;
    Rcode rcode = Rcode::NOERROR;
    bool response = true;
    bool authoritative = true;
    bool truncated = false;

    [[nodiscard]] OctetString encode() const {
        OctetString octets(65535);
        MessageWriter writer;
        writer.start(octets, octets.size());
        if (question) REQUIRE(writer.question(question->name, question->type, question->rr_class));
        for (const auto section : {Section::Answer, Section::Authority, Section::Additional}) {
            for (const Rr& rr : records) {
                if (rr.section != section) continue;
                REQUIRE(writer.record(section, rr.record.owner, rr.record.type, rr.rr_class, rr.raw_ttl,
                                      rr.record.rdata));
            }
        }
        octets.resize(writer.finish({.id = id,
                                     .response = response,
                                     .authoritative = authoritative,
                                     .truncated = truncated,
                                     .rcode = rcode}));
        return octets;
    }
};
using Script = std::vector<Msg>;

inline Question asked(RrType type) {
    return {name("example.org"), type, RrClass::IN};
}

/// The zone at serial 3, in three messages.
inline Script good_axfr(RrType type = RrType::AXFR) {
    return {
        {.records = {sample::soa(3), sample::ns("example.org", "ns1.example.org")}, .question = asked(type)},
        {.records = {sample::a("ns1.example.org", 1), sample::a("www.example.org", 2),
                     sample::a("www.example.org", 3)}},
        {.records = {sample::mx("example.org", "mail.example.org"), sample::a("mail.example.org", 4),
                     sample::soa(3)}}};
}
inline ZonePtr zone_3() {
    return sample::zone({sample::soa(3), sample::ns("example.org", "ns1.example.org"),
                         sample::a("ns1.example.org", 1), sample::a("www.example.org", 2),
                         sample::a("www.example.org", 3), sample::mx("example.org", "mail.example.org"),
                         sample::a("mail.example.org", 4)});
}
/// Serial 1 has another www and no mail, serial 2 has both wwws.
inline ZonePtr zone_1() {
    return sample::zone({sample::soa(1), sample::ns("example.org", "ns1.example.org"),
                         sample::a("ns1.example.org", 1), sample::a("www.example.org", 2),
                         sample::a("old.example.org", 9)});
}
/// From serial 1 by 2 to 3, in two messages.
inline Script good_ixfr() {
    return {{.records = {sample::soa(3), sample::soa(1), sample::a("old.example.org", 9), sample::soa(2),
                         sample::a("www.example.org", 3)},
             .question = asked(RrType::IXFR)},
            {.records = {sample::soa(2), sample::soa(3), sample::mx("example.org", "mail.example.org"),
                         sample::a("mail.example.org", 4), sample::soa(3)}}};
}

inline TransferRequest axfr_request() {
    return {.zone = name("example.org"),
            .type = RrType::AXFR,
            .id = asked_id,
            .held = {},
            .ask_expire = AskExpire::No};
}
inline TransferRequest ixfr_request(std::uint32_t held = 1) {
    auto request = axfr_request();
    request.type = RrType::IXFR;
    request.held = Soa::read(sample::soa(held).rdata).value();
    return request;
}

/// How a reader fared: the outcome's kind, or the error and its remedy.
struct Fared {
    std::string verdict;
    TransferFailure failure = {};
    std::optional<TransferOutcome> outcome = {};
    TransferCounts counts = {};

    [[nodiscard]] const ZoneSnapshot& zone() const { return *std::get<WholeZone>(outcome.value()).zone; }
    [[nodiscard]] const Changes& changes() const { return std::get<Changes>(outcome.value()); }
    /// The version that the changes make of `base`.
    [[nodiscard]] Result<ZonePtr> applied_to(ZonePtr base) const {
        for (const ChangeSet& change : changes().sequence) {
            DNS_TRY_ASSIGN(base, apply_changes(base, change));
        }
        return base;
    }
};

inline Fared fared(TransferFailure failure, const TransferReader& reader) {
    return {.verdict = std::string(to_string(failure.error)) +
                       (failure.remedy == TransferRemedy::AskAxfr ? ", ask AXFR" : ", back off"),
            .failure = std::move(failure),
            .outcome = {},
            .counts = reader.counts()};
}

/// Feeds messages until the reader has enough; then the stream ends.
inline Fared read(TransferReader reader, const std::vector<OctetString>& messages) {
    bool done = false;
    for (const OctetString& message : messages) {
        auto progress = reader.feed(message);
        if (!progress) return fared(std::move(progress.error()), reader);
        done = *progress == TransferProgress::Done;
    }
    if (!done) return fared(reader.ended(), reader);
    const TransferCounts counts = reader.counts();
    auto outcome = std::move(reader).take();
    if (!outcome) return fared(std::move(outcome.error()), reader);
    const char* const kinds[] = {"up to date", "whole zone", "changes"};
    const std::string kind = kinds[outcome->index()];
    return {.verdict = kind, .failure = {}, .outcome = std::move(*outcome), .counts = counts};
}
inline Fared read(const TransferRequest& request, const Script& script, TransferLimits limits = {}) {
    std::vector<OctetString> messages;
    for (const Msg& message : script)
        messages.push_back(message.encode());
    return read(TransferReader(request, limits), messages);
}

/// A good script that `spoil` makes a bad one, and the verdict on it.
struct EvilCase {
    const char* what;
    const char* verdict;
    std::function<void(Script&)> spoil;
};

inline Rr with_class(Rr rr, RrClass rr_class) {
    rr.rr_class = rr_class;
    return rr;
}

/// All messages of a writer, each in a buffer of `room` octets.
inline std::vector<OctetString> written(TransferWriter writer, std::size_t room = 65535) {
    std::vector<OctetString> messages;
    while (!writer.finished()) {
        OctetString buffer(room);
        const auto length = writer.next(buffer);
        REQUIRE(length.has_value());
        REQUIRE(*length <= room);
        buffer.resize(*length);
        messages.push_back(std::move(buffer));
    }
    OctetString rest(room);
    REQUIRE(writer.next(rest) == std::size_t{0});
    return messages;
}

}  // namespace lockstep::script
