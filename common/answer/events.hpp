#pragma once
// What the answering side tells the rest of a daemon: transfers out, NOTIFYs in, floods. Interfaces that the
// daemon implements.
//
// Threads: every function is called from query workers, several at once; implementations must not block.
// Errors: none. Security: names and texts come from peers: escape before showing them where that matters.

#include "answer/rate_limit.hpp"
#include "base/clock.hpp"
#include "base/endpoint.hpp"
#include "tsig/key.hpp"
#include "wire/name.hpp"
#include "wire/serial.hpp"
#include "wire/types.hpp"

#include <cstdint>
#include <optional>
#include <string>

namespace lockstep {

/// Who asked for which zone. Value type.
struct TransferPeer {
    Name zone;  // the apex, lower-cased
    Endpoint peer;
    TsigKeyPtr key;  // that signed the question; null: unsigned
};

/// An AXFR or IXFR question that we may answer.
struct TransferAsked : TransferPeer {
    RrType asked = RrType::AXFR;  // AXFR or IXFR
    std::optional<Serial> held;   // IXFR: what the peer says it holds
};

/// A question that got an error instead of a zone.
struct TransferRefused : TransferPeer {
    RrType asked = RrType::AXFR;
    Rcode rcode = Rcode::REFUSED;
    /// For people: what was missing and which rule nearly matched, e.g. `secondary ns2 (198.51.100.2/32, key
    /// pair.example.) nearly matches: the request is not signed`.
    std::string text;
};

/// What one answer came to.
struct TransferDone : TransferAsked {
    RrType sent = RrType::AXFR;  // AXFR (also in answer to IXFR), IXFR, or SOA (the peer is up to date)
    Serial serial{};             // the version sent
    std::uint64_t messages = 0;
    std::uint64_t octets = 0;  // TSIG records included
    std::chrono::milliseconds duration{0};
};

/// Hears about transfers out. This one does nothing.
class TransferObserver {
public:
    virtual ~TransferObserver() = default;
    /// Before the first message of an answer; also where the peer turns out to be up to date, and over UDP.
    virtual void asked(const TransferAsked& /*event*/) {}
    virtual void refused(const TransferRefused& /*event*/) {}
    /// All messages have been handed to the connection.
    virtual void finished(const TransferDone& /*event*/) {}
    /// `text` says why it ended early.
    virtual void failed(const TransferDone& /*event*/, const std::string& /*text*/) {}
};

/// Hears about NOTIFY messages (RFC 1996). This one does nothing.
class NotifySink {
public:
    virtual ~NotifySink() = default;
    /// A configured primary says that `zone` (lower-cased) has changed, to `serial` where it says so.
    virtual void notified(const Name& /*zone*/, const Endpoint& /*from*/, std::optional<Serial> /*serial*/) {}
    /// Somebody else says so; `text` names the rule that nearly matched. Log at a limited rate.
    virtual void refused(const Name& /*zone*/, const Endpoint& /*from*/, const std::string& /*text*/) {}
};

/// Hears about response rate limiting. This one does nothing.
class RateLimitObserver {
public:
    virtual ~RateLimitObserver() = default;
    /// A network is told too much of one kind for the first time. Log at a limited rate.
    virtual void limited(const Prefix& /*network*/, const ResponseKind& /*kind*/) {}
};

}  // namespace lockstep
