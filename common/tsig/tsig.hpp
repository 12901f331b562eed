#pragma once
// Transaction signatures: one message in, one message out. Streams of messages are in tsig/stream.hpp.
//
// Threads: pure functions over values. Errors: WireError, TsigFailure, TsigRejected. Limits: 65,535 octets a
// message; finding the TSIG record costs one step per record. Security: MACs are compared in constant time;
// nothing is signed over a request whose MAC was not verified, so we are no oracle. Standards: RFC 8945;
// order of checks §5.2.

#include "base/bytes.hpp"
#include "base/clock.hpp"
#include "crypto/digest.hpp"
#include "tsig/key.hpp"
#include "wire/error.hpp"
#include "wire/header.hpp"
#include "wire/types.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <variant>

namespace lockstep {

/// How far clocks may differ in what we sign (RFC 8945 §10).
constexpr seconds tsig_fudge{300};

/// What a response needs to be signed, from the request that it answers. Value type.
struct TsigContext {
    /// Null: the response carries a TSIG record without a MAC (BADKEY, BADSIG).
    TsigKeyPtr key = {};
    Name key_name = {};
    Name algorithm = {};
    /// As it was received, truncated or not.
    DigestValue request_mac = {};
    MessageId original_id{};
    /// NOERROR, or the TSIG error that the response tells.
    Rcode error = Rcode::NOERROR;
    /// BADTIME only: the request's own, which the response repeats.
    std::uint64_t request_time = 0;
    std::uint16_t request_fudge = 0;
};

struct TsigUnsigned {};

/// A request that a known key signed, in time.
struct TsigVerified {
    TsigContext context;
    /// Where the TSIG record begins: the length of the message without it (its ARCOUNT still counts it).
    std::size_t tsig_at = 0;

    [[nodiscard]] const TsigKey& key() const { return *context.key; }
};

/// A request that must be answered with an error and nothing else.
struct TsigRejected {
    /// NOTAUTH or FORMERR.
    Rcode rcode = Rcode::FORMERR;
    /// What to sign the answer with; nothing where it carries no TSIG record at all (FORMERR).
    std::optional<TsigContext> context = {};
    /// BADKEY, BADSIG, BADTIME, BADTRUNC, or NOERROR beside FORMERR.
    Rcode error = Rcode::NOERROR;
    /// For the log, naming the key, what was expected and what came, e.g.
    /// `key pair.example.: the clocks differ by 412 s (at most 300 s are allowed)`.
    std::string text = {};
};

using TsigCheck = std::variant<TsigUnsigned, TsigVerified, TsigRejected>;

struct MessageView;

/// Checks the TSIG record of a request that has been read. FORMERR: class not ANY, TTL not 0, RDATA not
/// well-formed, or a MAC longer than the digest or shorter than max(10, half of it).
[[nodiscard]] TsigCheck verify_request(const MessageView& message, const TsigKeyring& keys, WallTime now);
/// The same from the octets. A TSIG record that is not the last, there twice, or in another section is
/// FORMERR; a message that is not well-formed in any other way is Unsigned: that is for its reader to say.
[[nodiscard]] TsigCheck verify_request(Octets message, const TsigKeyring& keys, WallTime now);

/// Octets that the TSIG record of a response takes, at most: what its writer has to reserve.
[[nodiscard]] std::size_t tsig_octets(const TsigContext& context);
/// The same for a request, or for the messages of a stream, under `key`.
[[nodiscard]] std::size_t tsig_octets(const TsigKey& key);

/// Appends a TSIG record to the message in the first `length` octets of `buffer`, counts it in ARCOUNT, and
/// returns the new length. Errors: NoSpace, Truncated where `length` is less than a header.
[[nodiscard]] WireResult<std::size_t> sign_response(std::span<std::byte> buffer, std::size_t length,
                                                    const TsigContext& context, WallTime now);

/// What is needed to check the answers to a request. Value type.
struct TsigRequestContext {
    TsigKeyPtr key = {};
    DigestValue request_mac = {};
};

/// Appends a TSIG record to a whole request (a header at least) and counts it in ARCOUNT.
[[nodiscard]] TsigRequestContext sign_request(OctetString& message, TsigKeyPtr key, WallTime now);

/// Why an answer is not believed.
enum class TsigFault : std::uint8_t {
    Missing,       // not signed, and it had to be
    NotAsked,      // signed, and the question was not
    Malformed,     // TSIG record not well-formed or not where it must be
    WrongKey,      // signed with another key or algorithm
    BadSignature,  // the MAC is not that of this message, question and place in the stream
    BadTime,       // the clocks differ by more than the fudge
    Truncated,     // the MAC is shorter than the key's least
    Told,          // the peer tells an error of its own: BADKEY, BADSIG, BADTIME, BADTRUNC
};

struct TsigFailure {
    TsigFault fault = TsigFault::Malformed;
    /// What the peer's TSIG record tells; believed only where its MAC was good.
    Rcode told = Rcode::NOERROR;
    /// For people, e.g. `the primary says BADTIME: its clock is 412 s ahead of ours`.
    std::string text = {};
};

/// Checks a lone answer and takes its TSIG record off: ARCOUNT is lowered and the new length returned. With a
/// null `context.key` it demands that there is none. The question of the answer, its ID and RCODE are for the
/// caller to check.
[[nodiscard]] Expected<std::size_t, TsigFailure> verify_response(std::span<std::byte> message,
                                                                 const TsigRequestContext& context,
                                                                 WallTime now);

}  // namespace lockstep
