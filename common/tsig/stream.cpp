#include "tsig/stream.hpp"

#include "tsig/record.hpp"
#include "wire/message.hpp"

#include <fmt/format.h>

#include <utility>

namespace lockstep {
namespace {

std::unexpected<TsigFailure> failure(TsigFault fault, std::string text, Rcode told = Rcode::NOERROR) {
    return unexpected(TsigFailure{.fault = fault, .told = told, .text = std::move(text)});
}

std::string tsig_error_text(Rcode error) {
    switch (error) {
    case Rcode::BADSIG: return "BADSIG";  // the same number as BADVERS
    default: return to_string(error);
    }
}

std::string remedy_of(const TsigRecord& record, const std::string& who) {
    switch (record.error) {
    case Rcode::BADKEY: return fmt::format("the peer has no {} for {}", who, record.algorithm.to_string());
    case Rcode::BADSIG: return fmt::format("{} has another secret there", who);
    case Rcode::BADTIME: {
        const std::uint64_t theirs = record.other_time();
        if (theirs == 0) break;
        return fmt::format("its clock is {} s {} ours", time_apart(theirs, record.time),
                           theirs > record.time ? "ahead of" : "behind");
    }
    default: break;
    }
    return who;
}

}  // namespace

TsigStreamSigner::TsigStreamSigner(TsigContext context)
    : context_(std::move(context)), hmac_(keyed_hmac(*context_.key)), previous_(context_.request_mac) {}

std::size_t TsigStreamSigner::octets() const {
    return tsig_octets(context_);
}

WireResult<std::size_t> TsigStreamSigner::sign(std::span<std::byte> buffer, std::size_t length,
                                               WallTime now) {
    if (length < header_octets || length > buffer.size()) return unexpected(WireError::Truncated);
    TsigRecord record{.key_name = context_.key_name,
                      .algorithm = context_.algorithm,
                      .time = tsig_time(now),
                      .fudge = static_cast<std::uint16_t>(tsig_fudge.count()),
                      .mac = {},
                      .original_id = context_.original_id,
                      .error = Rcode::NOERROR,
                      .other = {}};
    digest_mac(hmac_, previous_.octets());
    digest_message(hmac_, buffer.first(length), record.original_id, TsigCounted::No);
    if (first_) {
        digest_variables(hmac_, record);
    } else {
        digest_timers(hmac_, record);
    }
    previous_ = hmac_.finish();
    first_ = false;
    record.mac = previous_.octets();
    return append_tsig(buffer, length, record);
}

TsigStreamVerifier::TsigStreamVerifier(TsigRequestContext context) : context_(std::move(context)) {
    if (!context_.key) return;
    hmac_.emplace(keyed_hmac(*context_.key));
    digest_mac(*hmac_, context_.request_mac.octets());
}

Expected<std::size_t, TsigFailure> TsigStreamVerifier::verify(std::span<std::byte> message, WallTime now) {
    const auto view = MessageView::read(message);
    if (!view) {
        return failure(TsigFault::Malformed,
                       fmt::format("the message is not well-formed: {}", to_string(view.error())));
    }
    if (!context_.key) {
        if (view->tsig_at == 0) return message.size();
        return failure(TsigFault::NotAsked, "the answer is signed, but the question was not");
    }
    const TsigKey& key = *context_.key;
    const std::string who = fmt::format("key {}", key.name.to_string());
    if (view->tsig_at == 0) {
        if (first_) {
            return failure(TsigFault::Missing, fmt::format("the answer ({}) is not signed, {} was expected",
                                                           to_string(view->header.rcode), who));
        }
        if (++unsigned_run_ > max_unsigned) {
            return failure(TsigFault::Missing,
                           fmt::format("{} messages in a row without signature, at most {} may be",
                                       unsigned_run_, max_unsigned));
        }
        hmac_->update(message);
        return message.size();
    }

    const auto read = TsigRecord::read(message, view->tsig_at);
    if (!read) {
        return failure(TsigFault::Malformed,
                       fmt::format("the TSIG record is not well-formed: {}", to_string(read.error())));
    }
    const TsigRecord& record = *read;
    const std::string told = tsig_error_text(record.error);
    if (!(record.key_name.view() == key.name.view())) {
        return failure(TsigFault::WrongKey,
                       fmt::format("signed with key {}, {} was expected", record.key_name.to_string(), who));
    }
    if (record.mac.empty() && record.error != Rcode::NOERROR) {
        return failure(TsigFault::Told, fmt::format("the peer says {}: {}", told, remedy_of(record, who)),
                       record.error);
    }
    if (!(record.algorithm.view() == algorithm_name(key.algorithm))) {
        return failure(TsigFault::WrongKey,
                       fmt::format("{}: signed with {}, {} was expected", who, record.algorithm.to_string(),
                                   to_string(key.algorithm)));
    }
    if (!mac_length_allowed(record.mac.size(), key.algorithm)) {
        return failure(TsigFault::Malformed,
                       fmt::format("{}: a MAC of {} octets cannot be of {}, which makes {}", who,
                                   record.mac.size(), to_string(key.algorithm), mac_octets(key.algorithm)));
    }

    digest_message(*hmac_, message.first(view->tsig_at), record.original_id, TsigCounted::Yes);
    if (first_) {
        digest_variables(*hmac_, record);
    } else {
        digest_timers(*hmac_, record);
    }
    const DigestValue expected = hmac_->finish();
    if (!constant_time_equal(expected.octets().first(record.mac.size()), record.mac)) {
        return failure(TsigFault::BadSignature,
                       who + ": the MAC is wrong: the secrets differ, or the answer was changed");
    }
    const std::uint64_t apart = time_apart(record.time, tsig_time(now));
    if (apart > record.fudge) {
        return failure(TsigFault::BadTime,
                       fmt::format("{}: the clocks differ by {} s (at most {} s are allowed)", who, apart,
                                   record.fudge));
    }
    if (record.mac.size() < least_mac_octets(key)) {
        return failure(TsigFault::Truncated, fmt::format("{}: a MAC of {} octets, at least {} are demanded",
                                                         who, record.mac.size(), least_mac_octets(key)));
    }
    if (record.error != Rcode::NOERROR) {
        return failure(TsigFault::Told, fmt::format("the peer says {}: {}", told, remedy_of(record, who)),
                       record.error);
    }

    digest_mac(*hmac_, record.mac);
    first_ = false;
    unsigned_run_ = 0;
    constexpr std::size_t additional_count_at = 10;
    const std::size_t tsig_at = view->tsig_at;
    store_big_endian(message.data() + additional_count_at,
                     static_cast<std::uint16_t>(view->header.additional_count - 1));
    return tsig_at;
}

Expected<void, TsigFailure> TsigStreamVerifier::finish() const {
    if (!context_.key || (!first_ && unsigned_run_ == 0)) return {};
    return failure(TsigFault::Missing, "the last message of the answer is not signed");
}

}  // namespace lockstep
