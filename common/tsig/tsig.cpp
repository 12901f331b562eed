#include "tsig/tsig.hpp"

#include "tsig/record.hpp"
#include "tsig/stream.hpp"
#include "wire/message.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

namespace lockstep {
namespace {

TsigRejected malformed(std::string text) {
    return {.rcode = Rcode::FORMERR, .context = {}, .error = Rcode::NOERROR, .text = std::move(text)};
}

TsigRejected not_authentic(TsigContext context, Rcode error, std::string text) {
    context.error = error;
    return {.rcode = Rcode::NOTAUTH, .context = std::move(context), .error = error, .text = std::move(text)};
}

/// The checks in the order of RFC 8945 §5.2; `tsig_at` is a TSIG record at the end of the message.
TsigCheck verify_at(Octets message, std::size_t tsig_at, const TsigKeyring& keys, WallTime now) {
    const auto read = TsigRecord::read(message, tsig_at);
    if (!read)
        return malformed(fmt::format("the TSIG record is not well-formed: {}", to_string(read.error())));
    const TsigRecord& record = *read;
    const std::string who = fmt::format("key {}", record.key_name.to_string());
    TsigContext context{.key = nullptr,
                        .key_name = record.key_name,
                        .algorithm = record.algorithm,
                        .request_mac = DigestValue(record.mac),
                        .original_id = record.original_id,
                        .error = Rcode::NOERROR,
                        .request_time = record.time,
                        .request_fudge = record.fudge};

    TsigKeyPtr key = keys.find(record.key_name);
    if (!key)
        return not_authentic(std::move(context), Rcode::BADKEY, who + ": no key of that name is configured");
    if (!(record.algorithm.view() == algorithm_name(key->algorithm))) {
        return not_authentic(std::move(context), Rcode::BADKEY,
                             fmt::format("{}: signed with {}, but the key is for {}", who,
                                         record.algorithm.to_string(), to_string(key->algorithm)));
    }

    if (!mac_length_allowed(record.mac.size(), key->algorithm)) {
        return malformed(fmt::format("{}: a MAC of {} octets cannot be of {}, which makes {}", who,
                                     record.mac.size(), to_string(key->algorithm),
                                     mac_octets(key->algorithm)));
    }

    Hmac hmac = keyed_hmac(*key);
    digest_message(hmac, message.first(tsig_at), record.original_id, TsigCounted::Yes);
    digest_variables(hmac, record);
    const DigestValue expected = hmac.finish();
    if (!constant_time_equal(expected.octets().first(record.mac.size()), record.mac)) {
        return not_authentic(std::move(context), Rcode::BADSIG,
                             who + ": the MAC is wrong: the secrets differ, or the message was changed");
    }

    // From here on the sender is known to have the key: errors are signed.
    context.key = std::move(key);
    const std::uint64_t apart = time_apart(record.time, tsig_time(now));
    if (apart > record.fudge) {
        return not_authentic(std::move(context), Rcode::BADTIME,
                             fmt::format("{}: the clocks differ by {} s (at most {} s are allowed)", who,
                                         apart, record.fudge));
    }
    const std::size_t least = least_mac_octets(*context.key);
    if (record.mac.size() < least) {
        return not_authentic(
            std::move(context), Rcode::BADTRUNC,
            fmt::format("{}: a MAC of {} octets, at least {} are demanded", who, record.mac.size(), least));
    }
    return TsigVerified{.context = std::move(context), .tsig_at = tsig_at};
}

}  // namespace

TsigCheck verify_request(const MessageView& message, const TsigKeyring& keys, WallTime now) {
    if (message.tsig_at == 0) return TsigUnsigned{};
    return verify_at(message.octets, message.tsig_at, keys, now);
}

TsigCheck verify_request(Octets message, const TsigKeyring& keys, WallTime now) {
    const auto view = MessageView::read(message);
    if (view) return verify_request(*view, keys, now);
    if (view.error() == WireError::BadSection)
        return malformed("a TSIG or OPT record twice, or not where it must be");
    return TsigUnsigned{};
}

std::size_t tsig_octets(const TsigContext& context) {
    const std::size_t mac = context.key ? mac_octets(context.key->algorithm) : 0;
    return tsig_record_octets(context.key_name, context.algorithm, mac,
                              context.error == Rcode::BADTIME ? 6 : 0);
}

std::size_t tsig_octets(const TsigKey& key) {
    return tsig_record_octets(key.name, algorithm_name(key.algorithm), mac_octets(key.algorithm), 0);
}

WireResult<std::size_t> sign_response(std::span<std::byte> buffer, std::size_t length,
                                      const TsigContext& context, WallTime now) {
    if (length < header_octets || length > buffer.size()) return unexpected(WireError::Truncated);
    std::array<std::byte, 6> server_time;
    TsigRecord record{.key_name = context.key_name,
                      .algorithm = context.algorithm,
                      .time = tsig_time(now),
                      .fudge = static_cast<std::uint16_t>(tsig_fudge.count()),
                      .mac = {},
                      .original_id = context.original_id,
                      .error = context.error,
                      .other = {}};
    if (context.error == Rcode::BADTIME) {
        store_big_endian(server_time.data(), static_cast<std::uint16_t>(record.time >> 32));
        store_big_endian(server_time.data() + 2, static_cast<std::uint32_t>(record.time));
        record.other = server_time;
        record.time = context.request_time;
        record.fudge = context.request_fudge;
    }
    DigestValue mac;
    if (context.key) {
        Hmac hmac = keyed_hmac(*context.key);
        digest_mac(hmac, context.request_mac.octets());
        digest_message(hmac, buffer.first(length), context.original_id, TsigCounted::No);
        digest_variables(hmac, record);
        mac = hmac.finish();
        record.mac = mac.octets();
    }
    return append_tsig(buffer, length, record);
}

TsigRequestContext sign_request(OctetString& message, TsigKeyPtr key, WallTime now) {
    TsigRecord record{.key_name = key->name,
                      .algorithm = Name(algorithm_name(key->algorithm)),
                      .time = tsig_time(now),
                      .fudge = static_cast<std::uint16_t>(tsig_fudge.count()),
                      .mac = {},
                      .original_id = MessageId{load_big_endian<std::uint16_t>(message.data())},
                      .error = Rcode::NOERROR,
                      .other = {}};
    Hmac hmac = keyed_hmac(*key);
    digest_message(hmac, message, record.original_id, TsigCounted::No);
    digest_variables(hmac, record);
    const DigestValue mac = hmac.finish();
    record.mac = mac.octets();
    const std::size_t length = message.size();
    message.resize(length + tsig_octets(*key));
    // Our own questions are short, so there is room.
    if (!append_tsig(message, length, record)) message.resize(length);
    return {.key = std::move(key), .request_mac = mac};
}

Expected<std::size_t, TsigFailure> verify_response(std::span<std::byte> message,
                                                   const TsigRequestContext& context, WallTime now) {
    return TsigStreamVerifier(context).verify(message, now);
}

}  // namespace lockstep
