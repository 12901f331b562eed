#pragma once
// Plain blocking sockets on the loopback, and handlers that answer with what they are asked: the other side
// of net's tests.

#include "base/bytes.hpp"
#include "base/endpoint.hpp"
#include "support/catch.hpp"
#include "wire/handler.hpp"

#include <arpa/inet.h>
#include <atomic>
#include <chrono>
#include <cstring>
#include <functional>
#include <memory>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <sys/socket.h>
#include <thread>
#include <unistd.h>
#include <utility>

namespace lockstep::test {

inline IpAddress ip(std::string_view text) {
    return IpAddress::parse(text).value();
}
inline OctetString octets_of(std::string_view text) {
    const auto view = as_octets(text);
    return {view.begin(), view.end()};
}

/// Whether `condition` comes true before patience (10 s, for machines that are busy) is over.
inline bool eventually(const std::function<bool()>& condition) {
    const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(10);
    while (!condition()) {
        if (std::chrono::steady_clock::now() > end) return false;
        std::this_thread::yield();
    }
    return true;
}

/// A socket that blocks, for at most 10 s a call. Resource type.
class BlockingSocket {
public:
    BlockingSocket(int type, const IpAddress& family_of)
        : fd_(::socket(family_of.is_v4() ? AF_INET : AF_INET6, type | SOCK_CLOEXEC, 0)) {
        REQUIRE(fd_ >= 0);
        const timeval patience{10, 0};
        REQUIRE(::setsockopt(fd_, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience) == 0);
        REQUIRE(::setsockopt(fd_, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience) == 0);
    }
    BlockingSocket(const BlockingSocket&) = delete;
    BlockingSocket& operator=(const BlockingSocket&) = delete;
    ~BlockingSocket() { close(); }

    void bind(const Endpoint& to) {
        sockaddr_storage storage;
        const socklen_t length = to.to_sockaddr(storage);
        REQUIRE(::bind(fd_, reinterpret_cast<const sockaddr*>(&storage), length) == 0);
    }
    [[nodiscard]] bool connect(const Endpoint& to) {
        sockaddr_storage storage;
        const socklen_t length = to.to_sockaddr(storage);
        return ::connect(fd_, reinterpret_cast<const sockaddr*>(&storage), length) == 0;
    }
    [[nodiscard]] Endpoint local() const {
        sockaddr_storage storage{};
        socklen_t length = sizeof storage;
        REQUIRE(::getsockname(fd_, reinterpret_cast<sockaddr*>(&storage), &length) == 0);
        return Endpoint::from_sockaddr(storage);
    }
    void close() {
        if (fd_ >= 0) ::close(std::exchange(fd_, -1));
    }
    [[nodiscard]] int fd() const { return fd_; }

private:
    int fd_;
};

class UdpPeer : public BlockingSocket {
public:
    explicit UdpPeer(const IpAddress& address = ip("127.0.0.1")) : BlockingSocket(SOCK_DGRAM, address) {
        bind({address, 0});
    }
    void send(std::string_view datagram, const Endpoint& to) const {
        sockaddr_storage storage;
        const socklen_t length = to.to_sockaddr(storage);
        REQUIRE(::sendto(fd(), datagram.data(), datagram.size(), 0,
                         reinterpret_cast<const sockaddr*>(&storage),
                         length) == static_cast<ssize_t>(datagram.size()));
    }
    struct Datagram {
        std::string octets;
        Endpoint from;
    };
    /// Fails where none comes.
    [[nodiscard]] Datagram receive() const {
        Datagram got;
        got.octets.resize(65535);
        sockaddr_storage storage{};
        socklen_t length = sizeof storage;
        const ssize_t size = ::recvfrom(fd(), got.octets.data(), got.octets.size(), 0,
                                        reinterpret_cast<sockaddr*>(&storage), &length);
        REQUIRE(size >= 0);
        got.octets.resize(static_cast<std::size_t>(size));
        got.from = Endpoint::from_sockaddr(storage);
        return got;
    }
    [[nodiscard]] bool something_waits() const {
        char octet;
        return ::recv(fd(), &octet, 1, MSG_PEEK | MSG_DONTWAIT) >= 0;
    }
};

class TcpPeer : public BlockingSocket {
public:
    explicit TcpPeer(const Endpoint& to, const IpAddress& from = ip("127.0.0.1"), int receive_buffer = 0)
        : BlockingSocket(SOCK_STREAM, to.address) {
        const int on = 1;
        REQUIRE(::setsockopt(fd(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on) == 0);
        if (receive_buffer > 0)
            REQUIRE(::setsockopt(fd(), SOL_SOCKET, SO_RCVBUF, &receive_buffer, sizeof receive_buffer) == 0);
        bind({from, 0});
        REQUIRE(connect(to));
    }
    void send_raw(std::string_view octets) const {
        while (!octets.empty()) {
            const ssize_t sent = ::send(fd(), octets.data(), octets.size(), MSG_NOSIGNAL);
            REQUIRE(sent > 0);
            octets.remove_prefix(static_cast<std::size_t>(sent));
        }
    }
    static std::string framed(std::string_view message) {
        std::string frame{static_cast<char>(message.size() >> 8), static_cast<char>(message.size() & 0xff)};
        return frame.append(message);
    }
    void send(std::string_view message) const { send_raw(framed(message)); }
    void finish_sending() const { REQUIRE(::shutdown(fd(), SHUT_WR) == 0); }
    /// So many octets, fewer only where the other side closed.
    [[nodiscard]] std::string receive_raw(std::size_t wanted) const {
        std::string octets(wanted, '\0');
        std::size_t got = 0;
        while (got < wanted) {
            const ssize_t size = ::recv(fd(), octets.data() + got, wanted - got, 0);
            if (size < 0 && errno == EAGAIN) FAIL("nothing came");
            if (size <= 0) break;
            got += static_cast<std::size_t>(size);
        }
        octets.resize(got);
        return octets;
    }
    /// The next message; nothing where the other side closed.
    [[nodiscard]] std::optional<std::string> receive() const {
        const auto length = receive_raw(2);
        if (length.size() < 2) return std::nullopt;
        const auto high = static_cast<unsigned char>(length[0]);
        const auto low = static_cast<unsigned char>(length[1]);
        const std::size_t size = high * 256U + low;
        auto message = receive_raw(size);
        if (message.size() < size) return std::nullopt;
        return message;
    }
    [[nodiscard]] bool closed() const { return receive_raw(1).empty(); }
};

/// A port that is free over UDP and TCP on every address.
inline std::uint16_t free_port() {
    for (;;) {
        BlockingSocket stream(SOCK_STREAM, ip("0.0.0.0"));
        stream.bind({ip("0.0.0.0"), 0});
        const std::uint16_t port = stream.local().port;
        const BlockingSocket datagram(SOCK_DGRAM, ip("0.0.0.0"));
        sockaddr_storage storage;
        const socklen_t length = Endpoint{ip("0.0.0.0"), port}.to_sockaddr(storage);
        if (::bind(datagram.fd(), reinterpret_cast<const sockaddr*>(&storage), length) == 0) return port;
    }
}

/// Answers each message with `answer(message)`.
class ScriptedHandlers final : public HandlerFactory {
public:
    using Answer =
        std::function<Reply(std::string_view query, const Client& client, std::span<std::byte> out)>;
    ScriptedHandlers() : ScriptedHandlers(echo) {}
    explicit ScriptedHandlers(Answer answer) : answer_(std::move(answer)) {}

    [[nodiscard]] std::unique_ptr<Handler> make_handler() override {
        ++handlers;
        return std::make_unique<One>(*this);
    }
    static Reply echo(std::string_view query, const Client&, std::span<std::byte> out) {
        const std::size_t octets = std::min(query.size(), out.size());
        std::memcpy(out.data(), query.data(), octets);
        return {octets, nullptr};
    }

    std::atomic<unsigned> handlers{0};
    std::atomic<unsigned> asked{0};
    std::atomic<unsigned> idle{0};

private:
    class One final : public Handler {
    public:
        explicit One(ScriptedHandlers& all) : all_(all) {}
        std::size_t respond_datagram(Octets query, const Client& client, std::span<std::byte> out) override {
            ++all_.asked;
            return all_.answer_(as_text(query), client, out).octets;
        }
        Reply respond_stream(Octets query, const Client& client, std::span<std::byte> out) override {
            ++all_.asked;
            return all_.answer_(as_text(query), client, out);
        }
        void idle() override { ++all_.idle; }

    private:
        ScriptedHandlers& all_;
    };
    Answer answer_;
};

}  // namespace lockstep::test
