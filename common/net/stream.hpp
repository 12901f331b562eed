#pragma once
// DNS messages over one TCP connection, either side of it.
//
// Threads: its io_context's only. Errors: Io (connection), Timeout. Limits: 65,535 octets a message; the
// buffer grows only to what a message announces and has sent. Security: every wait has a deadline. Standards:
// RFC 1035 §4.2.2, RFC 7766 §8.

#include "base/bytes.hpp"
#include "net/asio.hpp"
#include "net/deadline.hpp"

#include <optional>
#include <vector>

namespace lockstep {

/// Resource type.
class DnsStream {
public:
    explicit DnsStream(tcp::socket socket);

    /// The next message: good until the next call. Nothing where the peer closed between two messages.
    [[nodiscard]] awaitable<Result<std::optional<Octets>>> read(milliseconds timeout);
    /// The same where it has arrived already, which receive_more() sees to; nothing otherwise.
    [[nodiscard]] std::optional<Octets> take();
    /// Takes in what the kernel has, up to one message, without waiting. Errors show at the next read or
    /// write.
    void receive_more();
    /// Sends messages that carry their 16-bit length already, one or more of them.
    [[nodiscard]] awaitable<Result<void>> write_framed(Octets framed, milliseconds timeout);
    /// Sends one message, its length in front.
    [[nodiscard]] awaitable<Result<void>> write(Octets message, milliseconds timeout);
    [[nodiscard]] tcp::socket& socket() { return socket_; }
    void close();

private:
    [[nodiscard]] bool message_waits() const;
    /// Where the next octets go, for which there is always room.
    [[nodiscard]] asio::mutable_buffer free_room();

    tcp::socket socket_;
    Deadline<tcp::socket> deadline_;
    OctetString buffer_;
    std::size_t begin_ = 0;  // first octet not yet given out
    std::size_t end_ = 0;    // first octet not yet received
    bool peer_finished_ = false;
    bool others_had_turns_ = true;  // since something was sent at once
    OctetString frame_;
};

}  // namespace lockstep
