#pragma once
// The one seam between those who move octets (net) and those who answer (answer).
//
// Threads: one handler a worker thread, called by that thread only. Limits: `out` is at most 65,535 octets.
// Security: a handler never throws on what the network brings.

#include "base/bytes.hpp"
#include "base/endpoint.hpp"

#include <cstddef>
#include <memory>
#include <span>

namespace lockstep {

enum class Transport : std::uint8_t { Udp, Tcp, Tls };

/// Who asks, and how. Value type.
struct Client {
    Endpoint peer;
    Transport transport = Transport::Udp;
};

/// The further messages of one answer: a zone transfer. Holds what it reads from; one thread at a time.
class MessageStream {
public:
    virtual ~MessageStream() = default;
    /// Writes the next message into `out` and returns its octets; 0 when there are no more. After `failed()`
    /// the connection must be closed.
    [[nodiscard]] virtual std::size_t next(std::span<std::byte> out) = 0;
    [[nodiscard]] virtual bool failed() const = 0;
};

/// The reply to one message.
struct Reply {
    std::size_t octets = 0;               // written into `out`; 0: no reply
    std::unique_ptr<MessageStream> more;  // what follows on a stream transport, after `octets` if any
};

/// Octets in, octets out. Resource type.
class Handler {
public:
    virtual ~Handler() = default;
    /// Answers one message over UDP, at most `out.size()` octets; 0: no reply.
    [[nodiscard]] virtual std::size_t respond_datagram(Octets query, const Client& client,
                                                       std::span<std::byte> out) = 0;
    /// Answers one message on a stream; `out` holds 65,535 octets.
    [[nodiscard]] virtual Reply respond_stream(Octets query, const Client& client,
                                               std::span<std::byte> out) = 0;
};

/// Makes a handler for each worker. Threads: any, at start.
class HandlerFactory {
public:
    virtual ~HandlerFactory() = default;
    [[nodiscard]] virtual std::unique_ptr<Handler> make_handler() = 0;
};

}  // namespace lockstep
