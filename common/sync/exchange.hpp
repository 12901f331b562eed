#pragma once
// One signed question over UDP and its checked answer: SOA probes and NOTIFY.
//
// Threads: the executor's. Errors: Failure, peer and zone filled in. Limits: the tries and time given; so
// many at a time with one peer as `places` has, the others wait. Security: see net/client; where a key is
// given the answer must be signed with it. Standards: RFC 1996 §3, RFC 1035 §4.2.1, RFC 8945.

#include "base/random.hpp"
#include "config/peers.hpp"
#include "net/asio.hpp"
#include "net/turnstile.hpp"
#include "sync/failure.hpp"
#include "tsig/tsig.hpp"
#include "wire/message.hpp"
#include "zone/snapshot.hpp"

#include <memory>
#include <optional>

namespace lockstep {

/// What every exchange needs; outlives them all.
struct ExchangeContext {
    const Clock& clock;
    Random& random;
    PeerTurnstiles& places;  // a socket each: thousands of zones must not use up the descriptors
};

/// Where our own questions come from: the listen address of the peer's family, unless that is the unspecified
/// one.
[[nodiscard]] std::optional<IpAddress> source_towards(const Endpoint& peer,
                                                      const std::vector<Endpoint>& listen);

/// What a probe sees. Value type.
struct ProbedSoa {
    Serial serial;
    std::optional<seconds> expire;  // how long the peer will go on serving it, where it says (RFC 7314)
};

/// The SOA that `peer` serves for `zone`, asked `tries` times with `timeout_each`. The answer must be
/// authoritative. All references outlive the coroutine.
[[nodiscard]] awaitable<Expected<ProbedSoa, Failure>> probe_soa(const ExchangeContext& context,
                                                                const PeerConfig& peer,
                                                                std::optional<IpAddress> from, NameView zone,
                                                                unsigned tries, milliseconds timeout_each);

/// Tells `peer` of the zone's SOA once and waits `timeout` for its acknowledgement. All references outlive
/// the coroutine.
[[nodiscard]] awaitable<Expected<void, Failure>> send_notify(const ExchangeContext& context,
                                                             const PeerConfig& peer,
                                                             std::optional<IpAddress> from, ZonePtr zone,
                                                             milliseconds timeout);

/// The text of the extended DNS error in an answer, empty where there is none (RFC 8914).
[[nodiscard]] std::string_view extended_error_text(const MessageView& answer);

/// Why an answer is not believed, and what to do about it; `key` is what the question was signed with, if
/// anything.
[[nodiscard]] Failure tsig_failure(const TsigFailure& failure, const TsigKey* key);

/// What the answer to a query for the zone's SOA tells.
[[nodiscard]] Expected<ProbedSoa, Failure> soa_of(Octets answer, NameView zone);

/// A NOTIFY for `zone`, not signed yet.
[[nodiscard]] OctetString make_notify(const ZoneSnapshot& zone, MessageId id);

/// What a failed exchange over `transport` comes down to.
[[nodiscard]] Failure transport_failure(const Error& error, std::string_view transport, const Endpoint& to);

}  // namespace lockstep
