#pragma once
// Transaction signatures over a stream of messages: one question, many answers (AXFR, IXFR).
//
// Threads: one. Errors: WireError, TsigFailure. Limits: 99 unsigned messages in a row. Security: each MAC
// covers the one before it, so that no message can be left out, moved or added. Standards: RFC 8945 §5.3.1.

#include "crypto/digest.hpp"
#include "tsig/tsig.hpp"

#include <cstddef>
#include <optional>
#include <span>

namespace lockstep {

/// Signs every message of an answer in turn: the first as sign_response() does, each following one over the
/// previous MAC and the timers. Also right for an answer of one message. Resource type, move-only.
class TsigStreamSigner {
public:
    /// `context` of a verified request; its key must not be null.
    explicit TsigStreamSigner(TsigContext context);

    /// Octets to leave free in each message.
    [[nodiscard]] std::size_t octets() const;
    /// As sign_response(). Errors: NoSpace, Truncated.
    [[nodiscard]] WireResult<std::size_t> sign(std::span<std::byte> buffer, std::size_t length, WallTime now);

private:
    TsigContext context_;
    Hmac hmac_;
    bool first_ = true;
    DigestValue previous_;
};

/// Checks the messages of an answer in turn. The first must be signed, and the last, and of the others one in
/// a hundred at least. Resource type, move-only.
class TsigStreamVerifier {
public:
    /// With a null key every message must be without TSIG record.
    explicit TsigStreamVerifier(TsigRequestContext context);

    /// Checks the next message and takes off its TSIG record, if there is one: ARCOUNT is lowered and the new
    /// length returned. After an error the verifier must not be used any more.
    [[nodiscard]] Expected<std::size_t, TsigFailure> verify(std::span<std::byte> message, WallTime now);
    /// To be called when the answer is complete: fails where its last message was not signed.
    [[nodiscard]] Expected<void, TsigFailure> finish() const;

private:
    static constexpr unsigned max_unsigned = 99;
    TsigRequestContext context_;
    std::optional<Hmac> hmac_;  // holds the previous MAC and all unsigned messages since
    bool first_ = true;
    unsigned unsigned_run_ = 0;
};

}  // namespace lockstep
