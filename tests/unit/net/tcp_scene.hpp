#pragma once
// A TCP server whose handler a test writes, and answers of many messages.

#include "loopback.hpp"
#include "net/tcp_server.hpp"

namespace lockstep::test {

struct RunningTcp {
    explicit RunningTcp(TcpLimits limits = {}, ScriptedHandlers::Answer answer = ScriptedHandlers::echo)
        : at{ip("127.0.0.1"), free_port()}, handlers(std::move(answer)), server(log, std::move(limits)) {
        const auto opened = server.open({at});
        INFO((opened ? std::string() : opened.error().text));
        REQUIRE(opened);
        server.start(handlers);
    }
    /// Once this returns, whatever reached the server before has been looked at.
    void round_trip() const {
        const TcpPeer other(at, ip("127.0.0.9"));
        other.send("ping");
        REQUIRE(other.receive() == "ping");
    }
    Endpoint at;
    Log log = Log::silent();
    ScriptedHandlers handlers;
    TcpServer server;
};

/// `count` messages of `octets` octets, the number of each in front.
class NumberedStream final : public MessageStream {
public:
    struct Progress {
        std::atomic<std::size_t> made{0};
        std::atomic<bool> sent{false};
        std::atomic<bool> gone{false};
    };
    NumberedStream(std::size_t count, std::size_t octets, Progress& progress, std::size_t fails_at = SIZE_MAX)
        : count_(count), octets_(octets), progress_(progress), fails_at_(fails_at) {}
    ~NumberedStream() override { progress_.gone = true; }

    std::size_t next(std::span<std::byte> out) override {
        const std::size_t number = progress_.made;
        if (number == fails_at_) failed_ = true;
        if (failed_ || number == count_) return 0;
        std::memset(out.data(), 0, octets_);
        store_big_endian(out.data(), static_cast<std::uint32_t>(number));
        ++progress_.made;
        return octets_;
    }
    [[nodiscard]] bool failed() const override { return failed_; }
    void sent() override { progress_.sent = true; }

private:
    std::size_t count_;
    std::size_t octets_;
    Progress& progress_;
    std::size_t fails_at_;
    bool failed_ = false;
};

inline std::uint32_t number_of(std::string_view message) {
    REQUIRE(message.size() >= 4);
    return load_big_endian<std::uint32_t>(as_octets(message).data());
}

}  // namespace lockstep::test
