#pragma once
// Answers to datagrams that are sent later than their batch, from whichever thread knows them.
//
// Threads: a holder is its worker's; sockets and the late replies are any thread's. Errors: none; what cannot
// be sent is lost, as datagrams are. Limits: 300 octets a reply that is held, on top of the message.
// Security: never waits, however full the socket is. Standards: RFC 1035 §4.2.1, RFC 2181 §4.1 (a reply
// leaves from the address that was asked).

#include "wire/handler.hpp"

#include <memory>
#include <mutex>
#include <sys/socket.h>

namespace lockstep {

/// For one IP_PKTINFO or IPV6_PKTINFO.
constexpr std::size_t control_octets = 64;

/// A bound socket, whose descriptor and port go with close(), whoever still has a reply to send by it.
/// Resource type. Threads: any.
class DatagramSocket {
public:
    explicit DatagramSocket(int descriptor) : descriptor_(descriptor) {}
    DatagramSocket(const DatagramSocket&) = delete;
    DatagramSocket& operator=(const DatagramSocket&) = delete;
    ~DatagramSocket() { close(); }

    /// Sends, or does not: without waiting, and nothing once it is closed.
    void send(const msghdr& message);
    void close();

private:
    std::mutex mutex_;
    int descriptor_;  // -1: closed
};

/// The way back to where one datagram came from. A view of both until it is held, so that those who are
/// answered at once cost nothing. Resource type.
class DatagramHolder final : public ReplyHolder {
public:
    /// `asked` as recvmsg(2) filled it in.
    DatagramHolder(const std::shared_ptr<DatagramSocket>& socket, const msghdr& asked)
        : socket_(socket), asked_(asked) {}
    [[nodiscard]] std::unique_ptr<LateReply> hold() override;

private:
    const std::shared_ptr<DatagramSocket>& socket_;
    const msghdr& asked_;
};

/// Leaves the address that was asked in `message` and takes out the interface it came by: which way the
/// answer goes is for the routing table to say.
void forget_interface(msghdr& message);

}  // namespace lockstep
