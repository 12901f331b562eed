#pragma once
// An answer that is known later than its question has been read: everything but its RCODE is put together
// before.
//
// Threads: a value with one owner at a time, whichever thread. Errors: none. Security: signed as the question
// was; what does not fit the client's limit is left out. Standards: RFC 2136 §3.8, RFC 6891, RFC 8914, RFC
// 8945.

#include "answer/query.hpp"
#include "base/bytes.hpp"
#include "base/clock.hpp"
#include "tsig/tsig.hpp"
#include "wire/edns.hpp"
#include "wire/handler.hpp"

#include <cstddef>
#include <memory>
#include <optional>

namespace lockstep {

/// Resource type, move-only; used up by send().
class LateAnswer {
public:
    /// `shell` is a response's header and question, `limit` what the client takes at most.
    LateAnswer(std::unique_ptr<LateReply> way, OctetString shell, std::optional<EdnsBuilder> opt,
               std::optional<TsigContext> signing, std::size_t limit);

    /// Once. `error` is told to those who speak EDNS.
    void send(Rcode rcode, const std::optional<ToldError>& error, WallTime now) &&;

private:
    std::unique_ptr<LateReply> way_;
    OctetString shell_;
    std::optional<EdnsBuilder> opt_;
    std::optional<TsigContext> signing_;
    std::size_t limit_;
};

}  // namespace lockstep
