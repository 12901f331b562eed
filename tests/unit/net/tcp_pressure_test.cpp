// Answers of many messages, and clients that take little of them.
#include "tcp_scene.hpp"

using namespace lockstep;
using namespace lockstep::test;

using Running = RunningTcp;

TEST_CASE("an answer of many messages comes whole and in order, and then the next answer",
          "[tcp][transfer]") {
    NumberedStream::Progress progress;
    Running running({}, [&](std::string_view query, const Client& client, std::span<std::byte> out) {
        auto reply = ScriptedHandlers::echo(query, client, out);
        if (query == "transfer") reply.more = std::make_unique<NumberedStream>(500, 3000, progress);
        return reply;
    });
    const TcpPeer client(running.at);
    client.send_raw(TcpPeer::framed("transfer") + TcpPeer::framed("after"));
    CHECK(client.receive() == "transfer");
    for (std::uint32_t i = 0; i < 500; ++i) {
        const auto message = client.receive();
        REQUIRE(message);
        REQUIRE(message->size() == 3000);
        REQUIRE(number_of(*message) == i);
    }
    CHECK(client.receive() == "after");
    CHECK(progress.gone);
}

TEST_CASE("an answer may begin with the stream's first message", "[tcp][transfer]") {
    NumberedStream::Progress progress;
    Running running({}, [&](std::string_view, const Client&, std::span<std::byte>) {
        return Reply{0, std::make_unique<NumberedStream>(2, 8, progress)};
    });
    const TcpPeer client(running.at);
    client.send("transfer");
    CHECK(number_of(client.receive().value()) == 0);
    CHECK(number_of(client.receive().value()) == 1);
}

TEST_CASE("a stream that fails ends the connection after what it made", "[tcp][transfer]") {
    NumberedStream::Progress progress;
    Running running({}, [&](std::string_view query, const Client& client, std::span<std::byte> out) {
        auto reply = ScriptedHandlers::echo(query, client, out);
        if (query == "transfer") reply.more = std::make_unique<NumberedStream>(500, 100, progress, 3);
        return reply;
    });
    const TcpPeer client(running.at);
    client.send_raw(TcpPeer::framed("transfer") + TcpPeer::framed("never answered"));
    CHECK(client.receive() == "transfer");
    for (std::uint32_t i = 0; i < 3; ++i)
        CHECK(number_of(client.receive().value()) == i);
    CHECK(client.closed());
}

TEST_CASE("messages are made no faster than they are taken, and others are answered meanwhile",
          "[tcp][transfer]") {
    constexpr std::size_t octets = 60'000;
    constexpr std::size_t count = 1000;            // 60 MB in all
    constexpr std::size_t in_flight = 16'000'000;  // what the kernel's buffers on both sides may hold
    NumberedStream::Progress progress;
    Running running({}, [&](std::string_view query, const Client& client, std::span<std::byte> out) {
        auto reply = ScriptedHandlers::echo(query, client, out);
        if (query == "transfer") reply.more = std::make_unique<NumberedStream>(count, octets, progress);
        return reply;
    });
    const TcpPeer client(running.at, ip("127.0.0.1"), 64 * 1024);
    client.send("transfer");
    CHECK(client.receive() == "transfer");
    for (std::size_t i = 0; i < count; ++i) {
        if (i % 250 == 0) running.round_trip();
        REQUIRE(progress.made * octets <= i * octets + in_flight);
        const auto message = client.receive();
        REQUIRE(message);
        REQUIRE(number_of(*message) == i);
    }
    CHECK(progress.made == count);
}

TEST_CASE("a reader that takes nothing is dropped, and what it was to get is let go", "[tcp][transfer]") {
    TcpLimits limits;
    limits.write = milliseconds{50};
    NumberedStream::Progress progress;
    Running running(limits, [&](std::string_view, const Client&, std::span<std::byte>) {
        return Reply{0, std::make_unique<NumberedStream>(100'000, 60'000, progress)};
    });
    const TcpPeer client(running.at, ip("127.0.0.1"), 64 * 1024);
    client.send("transfer");
    REQUIRE(eventually([&] { return progress.made > 0; }));
    CHECK(eventually([&] { return running.server.connections() == 0; }));
    CHECK(progress.gone);
}
