#pragma once
// Asking another server: one datagram exchange, or a connection that is kept.
//
// Threads: the executor's. Errors: Io, Timeout; texts name the peer's address. Limits: every call has its
// time limit. Security: a fresh socket (and so port) for each datagram exchange; what does not come from the
// address asked, with the ID and question asked, is not looked at. Standards: RFC 5452 §9, RFC 7766.

#include "base/bytes.hpp"
#include "net/asio.hpp"
#include "net/stream.hpp"

#include <memory>
#include <optional>

namespace lockstep {

/// Sends `query` and waits for its answer; on silence sends again, `tries` times in all.
[[nodiscard]] awaitable<Result<OctetString>> exchange_datagram(Endpoint to, std::optional<IpAddress> from,
                                                               OctetString query, unsigned tries,
                                                               milliseconds timeout_each);

/// A new connection.
[[nodiscard]] awaitable<Result<std::unique_ptr<DnsStream>>> connect_stream(Endpoint to,
                                                                           std::optional<IpAddress> from,
                                                                           milliseconds timeout);

}  // namespace lockstep
