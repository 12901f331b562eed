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

/// The way back for one reply that is not known yet. Resource type; may outlive the server that it came from,
/// and then sends nothing.
class LateReply {
public:
    /// Where nothing was sent a stream's connection closes, and a datagram stays unanswered.
    virtual ~LateReply() = default;
    /// Once, from any thread; does not wait. `message` is at most 65,535 octets.
    virtual void send(Octets message) = 0;
};

/// Where a message came from, as long as it is being answered.
class ReplyHolder {
public:
    virtual ~ReplyHolder() = default;
    /// At most once a message. Whoever takes it answers the message by it, and by it alone.
    [[nodiscard]] virtual std::unique_ptr<LateReply> hold() = 0;
};

/// Who asks, and how. `holder` is a view, good for the one call.
struct Client {
    Endpoint peer;
    Transport transport = Transport::Udp;
    ReplyHolder* holder = nullptr;  // null: there must be an answer at once
};

/// The further messages of one answer: a zone transfer. Holds what it reads from; one thread at a time.
class MessageStream {
public:
    virtual ~MessageStream() = default;
    /// Writes the next message into `out` and returns its octets; 0 when there are no more. After `failed()`
    /// the connection must be closed.
    [[nodiscard]] virtual std::size_t next(std::span<std::byte> out) = 0;
    [[nodiscard]] virtual bool failed() const = 0;
    /// Called once, when next() has returned 0 without failure and all went to the connection; else never.
    virtual void sent() {}
};

/// The reply to one message.
struct Reply {
    std::size_t octets = 0;               // written into `out`; 0: no reply
    std::unique_ptr<MessageStream> more;  // what follows on a stream transport, after `octets` if any
    bool held = false;                    // Client::holder was used: a LateReply brings it
};

/// Octets in, octets out. Resource type.
class Handler {
public:
    virtual ~Handler() = default;
    /// Answers one message over UDP, at most `out.size()` octets; 0: no reply, or a late one.
    [[nodiscard]] virtual std::size_t respond_datagram(Octets query, const Client& client,
                                                       std::span<std::byte> out) = 0;
    /// Answers one message on a stream; `out` holds 65,535 octets.
    [[nodiscard]] virtual Reply respond_stream(Octets query, const Client& client,
                                               std::span<std::byte> out) = 0;
    /// Lets go of what was replaced since the last message. Called every second or so, while none comes at
    /// least.
    virtual void idle() {}
};

/// Makes a handler for each worker. Threads: any, at start.
class HandlerFactory {
public:
    virtual ~HandlerFactory() = default;
    [[nodiscard]] virtual std::unique_ptr<Handler> make_handler() = 0;
};

}  // namespace lockstep
