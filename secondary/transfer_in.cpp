#include "secondary/transfer_in.hpp"

#include "net/blocking.hpp"
#include "tsig/stream.hpp"
#include "wire/message.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace lockstep {
namespace {

constexpr milliseconds write_time{10'000};
/// For the first word on a connection that was idle: the primary may have gone without a word.
constexpr milliseconds reused_patience{2000};

TransferFailed failed(Stage stage, std::string text, std::string remedy) {
    TransferFailed result;
    result.failure.stage = stage;
    result.failure.text = std::move(text);
    result.failure.remedy = std::move(remedy);
    return result;
}

TransferFailed failed_connection(const Error& error, const PeerConfig& primary) {
    TransferFailed result;
    result.failure = transport_failure(error, "TCP", primary.address);
    return result;
}

TransferFailed failed_signature(const TsigFailure& failure, const PeerConfig& primary) {
    TransferFailed result;
    result.failure = tsig_failure(failure, primary.key.get());
    return result;
}

Stage stage_of(TransferError error) {
    switch (error) {
    case TransferError::BadSequence:
    case TransferError::NotNewer:
    case TransferError::NoApexNs:
    case TransferError::CnameNotAlone:
    case TransferError::RrsetTooLarge:
    case TransferError::Unfit:
    case TransferError::OutOfZone: return Stage::Check;
    default: return Stage::Parse;
    }
}

TransferFailed failed_reading(const TransferFailure& failure, RrType type, std::string_view told) {
    TransferFailed result;
    result.remedy = failure.remedy;
    if (failure.error == TransferError::BadRcode) {
        result.failure = rcode_failure(to_string(type), failure.rcode, told);
        result.rcode = failure.rcode;
    } else {
        result.failure.stage = stage_of(failure.error);
        result.failure.text = fmt::format("{}: {}", to_string(type), failure.text);
        result.failure.remedy =
            failure.error == TransferError::TooLarge
                ? "raise limits.transfer_in_octets if the zone is meant to be that large; what we have stays served"
                : "the primary sent what no zone may be: check the zone there; what we have stays served";
    }
    return result;
}

std::string told_by(Octets message) {
    const auto view = MessageView::read(message);
    return view ? std::string(extended_error_text(*view)) : std::string();
}

/// Whether so little came in so long that the primary drips rather than sends.
bool drips(std::uint64_t octets, SteadyTime since, std::uint64_t least_a_minute) {
    const auto minutes =
        std::chrono::duration_cast<std::chrono::minutes>(std::chrono::steady_clock::now() - since).count();
    return minutes > 0 && octets < least_a_minute * static_cast<std::uint64_t>(minutes);
}

/// One question and its stream of answers over a connection. `received` tells whether anything came back.
awaitable<Expected<TransferredIn, TransferFailed>> converse(const TransferInContext* context,
                                                            DnsStream* stream, PeerConfig primary,
                                                            TransferRequest request, TransferLimits bounds,
                                                            LimitsConfig limits, milliseconds first_patience,
                                                            bool* received, bool* answered) {
    const auto started = std::chrono::steady_clock::now();
    const auto deadline = started + limits.transfer_in_time;
    OctetString query = make_request(request);
    TsigRequestContext signature;
    if (primary.key) signature = sign_request(query, primary.key, context->exchange.clock.wall_now());
    TsigStreamVerifier verifier(std::move(signature));
    auto sent = co_await stream->write(query, write_time);
    if (!sent) co_return unexpected(failed_connection(sent.error(), primary));
    TransferReader reader(request, bounds);
    Primaries::Memory memory(context->primaries);
    auto progress = TransferProgress::NeedMore;
    OctetString message;
    while (progress != TransferProgress::Done) {
        const milliseconds patience = progress == TransferProgress::LoneSoa ? lone_soa_patience
                                      : *received                           ? limits.transfer_in_silence
                                                                            : first_patience;
        auto got = co_await stream->read(patience);
        if (!got || !*got) {
            if (*received) {
                auto result = failed_reading(reader.ended(), request.type, {});
                if (!got && progress != TransferProgress::LoneSoa) {
                    result.failure = transport_failure(got.error(), "TCP", primary.address);
                    result.failure.text =
                        fmt::format("{} broke off after {} messages: {}", to_string(request.type),
                                    reader.counts().messages, got.error().text);
                }
                co_return unexpected(std::move(result));
            }
            co_return unexpected(failed_connection(
                got ? Error{ErrorCode::Io, "the primary closed the connection without an answer"}
                    : got.error(),
                primary));
        }
        *received = *answered = true;
        message.assign((*got)->begin(), (*got)->end());
        const auto verified = verifier.verify(message, context->exchange.clock.wall_now());
        if (!verified) co_return unexpected(failed_signature(verified.error(), primary));
        const auto octets = Octets(message).first(*verified);
        auto fed = reader.feed(octets);
        if (!fed) co_return unexpected(failed_reading(fed.error(), request.type, told_by(octets)));
        progress = *fed;
        if (!memory.grow_to(reader.counts().octets)) {
            co_return unexpected(failed(
                Stage::Apply,
                fmt::format(
                    "{}: all transfers together hold more than limits.transfers_in_memory ({} octets)",
                    to_string(request.type), limits.transfers_in_memory),
                "raise limits.transfers_in_memory where there is memory for it; it is tried again by itself"));
        }
        if (std::chrono::steady_clock::now() > deadline ||
            drips(reader.counts().octets, started, limits.transfer_in_rate)) {
            co_return unexpected(failed(
                Stage::Timeout,
                fmt::format(
                    "{} is too slow: {} octets in {} s", to_string(request.type), reader.counts().octets,
                    std::chrono::duration_cast<seconds>(std::chrono::steady_clock::now() - started).count()),
                "check the line to the primary; limits.transfer_in_seconds and transfer_in_rate set the bounds"));
        }
    }
    if (const auto complete = verifier.finish(); !complete)
        co_return unexpected(failed_signature(complete.error(), primary));
    TransferredIn result;
    result.counts = reader.counts();
    result.kind = reader.style().value_or(request.type);
    result.expire = reader.expire();
    // Putting a whole zone together takes long, so it is done on the pool; changes are ready as they are.
    auto take = [reader = std::make_shared<TransferReader>(std::move(reader))] {
        return std::move(*reader).take();
    };
    if (result.kind == RrType::AXFR) {
        auto outcome = co_await run_blocking(&context->pool, std::move(take));
        if (!outcome) co_return unexpected(failed_reading(outcome.error(), request.type, {}));
        result.outcome = std::move(*outcome);
    } else {
        auto outcome = take();
        if (!outcome) co_return unexpected(failed_reading(outcome.error(), request.type, {}));
        result.outcome = std::move(*outcome);
    }
    result.duration = std::chrono::duration_cast<milliseconds>(std::chrono::steady_clock::now() - started);
    co_return result;
}

}  // namespace

awaitable<Expected<TransferredIn, TransferFailed>> transfer_in(const TransferInContext* context,
                                                               PeerConfig primary, Name zone,
                                                               std::optional<Soa> held,
                                                               std::uint64_t last_octets, LimitsConfig limits,
                                                               bool* answered) {
    const auto places = co_await context->primaries.wait_for_place(primary);
    TransferRequest request;
    request.zone = zone;
    request.type = held ? RrType::IXFR : RrType::AXFR;
    request.held = std::move(held);
    request.ask_expire = AskExpire::Yes;
    TransferLimits bounds;
    bounds.max_octets = limits.transfer_in_bound(last_octets);
    bounds.max_rrset_records = limits.rrset_records;
    std::optional<Rcode> ixfr_rcode;
    auto connection = co_await context->primaries.take(primary);
    for (;;) {
        TransferFailed failure;
        bool received = false;
        if (connection) {
            request.id = MessageId{static_cast<std::uint16_t>(context->exchange.random.next())};
            const auto first = connection->reused
                                   ? std::min<milliseconds>(reused_patience, limits.transfer_in_silence)
                                   : limits.transfer_in_silence;
            auto result = co_await converse(context, connection->stream.get(), primary, request, bounds,
                                            limits, first, &received, answered);
            if (result) {
                result->ixfr_rcode = ixfr_rcode;
                context->primaries.give_back(primary, std::move(connection->stream));
                co_return result;
            }
            failure = std::move(result).error();
        } else {
            failure = failed_connection(connection.error(), primary);
        }
        const bool stale = connection && connection->reused && !received;  // it was closed while idle
        const bool ask_whole = failure.remedy == TransferRemedy::AskAxfr && request.type == RrType::IXFR;
        if (!stale && !ask_whole) {
            failure.ixfr_rcode = ixfr_rcode;
            failure.failure.at = context->exchange.clock.wall_now();
            failure.failure.peer = primary.name;
            failure.failure.zone = zone.to_string();
            co_return unexpected(std::move(failure));
        }
        if (ask_whole) request.type = RrType::AXFR;
        if (ask_whole) ixfr_rcode = failure.rcode;
        // After an RCODE the connection stands between two messages; after anything else nobody knows where
        // it stands.
        if (!failure.rcode) connection = co_await context->primaries.take_new(primary);
    }
}

}  // namespace lockstep
