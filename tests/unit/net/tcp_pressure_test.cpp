// Clients that ask for much at once, take little of it, drip, or say early that they have asked for all.
#include "tcp_scene.hpp"

using namespace lockstep;
using namespace lockstep::test;

namespace {

/// Answers "transfer" with `transfer()` behind it, the rest with itself.
template <class Transfer>
ScriptedHandlers::Answer with_transfer(Transfer transfer) {
    return [transfer](std::string_view query, const Client& client, std::span<std::byte> out) {
        auto reply = ScriptedHandlers::echo(query, client, out);
        if (query == "transfer") reply.more = transfer();
        return reply;
    };
}

}  // namespace

TEST_CASE("an answer of many messages comes whole and in order", "[tcp][transfer]") {
    NumberedStream::Progress progress;
    RunningTcp running({},
                       with_transfer([&] { return std::make_unique<NumberedStream>(500, 3000, progress); }));
    const TcpPeer client(running.at);
    client.send("transfer");
    CHECK(client.receive() == "transfer");
    for (std::uint32_t i = 0; i < 500; ++i) {
        const auto message = client.receive();
        REQUIRE(message);
        REQUIRE(message->size() == 3000);
        REQUIRE(number_of(*message) == i);
    }
    client.send("after");
    CHECK(client.receive() == "after");
    CHECK(progress.gone);
}

TEST_CASE("questions behind a transfer are answered between its messages", "[tcp][transfer][rfc7766]") {
    constexpr std::size_t count = 1000;  // 60 MB in all, more than the kernel holds
    NumberedStream::Progress progress;
    RunningTcp running(
        {}, with_transfer([&] { return std::make_unique<NumberedStream>(count, 60'000, progress); }));
    const TcpPeer client(running.at, ip("127.0.0.1"), 64 * 1024);
    client.send("transfer");
    CHECK(client.receive() == "transfer");
    std::uint32_t messages = 0;
    for (const auto* question : {"first", "second", "third"}) {
        client.send(question);
        for (bool answered = false; !answered; messages += answered ? 0 : 1) {
            const auto message = client.receive();
            REQUIRE(message);
            answered = *message == question;
            if (!answered) REQUIRE(number_of(*message) == messages);
        }
        CHECK(progress.made < count);
    }
    for (; messages < count; ++messages)
        REQUIRE(number_of(client.receive().value()) == messages);
}

TEST_CASE("who has asked for all and closes his side gets all of it", "[tcp][transfer][rfc7766]") {
    NumberedStream::Progress progress;
    RunningTcp running(
        {}, with_transfer([&] { return std::make_unique<NumberedStream>(300, 60'000, progress); }));
    const TcpPeer client(running.at, ip("127.0.0.1"), 64 * 1024);
    std::string all = TcpPeer::framed("transfer");
    for (int i = 0; i < 1000; ++i)
        all += TcpPeer::framed(std::to_string(i) + "?");
    client.send_raw(all);
    client.finish_sending();
    CHECK(client.receive() == "transfer");
    int answers = 0;
    std::uint32_t messages = 0;
    while (const auto message = client.receive()) {
        if (message->size() < 10) {
            REQUIRE(*message == std::to_string(answers++) + "?");
        } else {
            REQUIRE(number_of(*message) == messages++);
        }
    }
    CHECK(answers == 1000);
    CHECK(messages == 300);
    CHECK(eventually([&] { return running.server.connections() == 0; }));
}

TEST_CASE("a message that drips is not waited for longer than one that is silent", "[tcp][rfc7766]") {
    TcpLimits limits;
    limits.idle = milliseconds{100};
    RunningTcp running(limits);
    const TcpPeer client(running.at);
    const std::string octet(1, '\xff');
    // Each round trip takes some 20 µs at the least, so that 65,535 octets are not there within the time.
    std::size_t sent = 0;
    while (::send(client.fd(), octet.data(), 1, MSG_NOSIGNAL) == 1 && sent < 65'537) {
        running.round_trip();
        ++sent;
    }
    CHECK(sent < 65'537);
    CHECK(client.closed());
    CHECK(running.server.connections() <= 1);  // of the last round trip
}

TEST_CASE("who asks ten thousand times and reads nothing is answered no further than buffers go", "[tcp]") {
    constexpr std::size_t octets = 60'000;         // an answer; 600 MB in all
    constexpr std::size_t in_flight = 16'000'000;  // what the kernel's buffers on both sides may hold
    TcpLimits limits;
    limits.write = milliseconds{200};
    std::atomic<std::size_t> made{0};
    RunningTcp running(limits, [&](std::string_view query, const Client& client, std::span<std::byte> out) {
        if (query == "ping") return ScriptedHandlers::echo(query, client, out);
        ++made;
        return Reply{octets, nullptr};
    });
    const TcpPeer client(running.at, ip("127.0.0.1"), 64 * 1024);
    std::string all;
    for (int i = 0; i < 10'000; ++i)
        all += TcpPeer::framed("?");
    client.send_raw(all);  // 30 kB: the server's kernel takes them, whether they are read or not
    running.round_trip();
    CHECK(eventually([&] { return running.server.connections() == 0; }));
    CHECK(made > 0);
    CHECK(made * octets < in_flight + 128 * 1024);
}

TEST_CASE("who does not take answers makes room for newcomers before who has just been active", "[tcp]") {
    TcpLimits limits;
    limits.connections = 2;
    NumberedStream::Progress progress;
    RunningTcp running(
        limits, with_transfer([&] { return std::make_unique<NumberedStream>(100'000, 60'000, progress); }));
    const TcpPeer stalled(running.at, ip("127.0.0.1"), 64 * 1024);
    stalled.send("transfer");
    CHECK(stalled.receive() == "transfer");
    const TcpPeer active(running.at, ip("127.0.0.2"));
    // The one thread of the server has answered others ten times and had no chance to send to this one.
    REQUIRE(eventually([&] {
        const std::size_t before = progress.made;
        for (int i = 0; i < 10; ++i) {
            active.send("hello");
            REQUIRE(active.receive() == "hello");
        }
        return before != 0 && before == progress.made;
    }));
    const TcpPeer newcomer(running.at, ip("127.0.0.3"));
    newcomer.send("hello");
    CHECK(newcomer.receive() == "hello");
    CHECK(eventually([&] { return progress.gone.load(); }));
    active.send("still here");
    CHECK(active.receive() == "still here");
}

TEST_CASE("an answer may begin with the stream's first message", "[tcp][transfer]") {
    NumberedStream::Progress progress;
    RunningTcp running({}, [&](std::string_view, const Client&, std::span<std::byte>) {
        return Reply{0, std::make_unique<NumberedStream>(2, 8, progress)};
    });
    const TcpPeer client(running.at);
    client.send("transfer");
    CHECK(number_of(client.receive().value()) == 0);
    CHECK(number_of(client.receive().value()) == 1);
}

TEST_CASE("a transfer that fails ends the connection after what was made", "[tcp][transfer]") {
    NumberedStream::Progress progress;
    RunningTcp running({}, [&](std::string_view query, const Client& client, std::span<std::byte> out) {
        auto reply = ScriptedHandlers::echo(query, client, out);
        if (query == "transfer") reply.more = std::make_unique<NumberedStream>(500, 100, progress, 3);
        return reply;
    });
    const TcpPeer client(running.at);
    client.send_raw(TcpPeer::framed("transfer") + TcpPeer::framed("behind it"));
    CHECK(client.receive() == "transfer");
    CHECK(client.receive() == "behind it");
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
    RunningTcp running({}, [&](std::string_view query, const Client& client, std::span<std::byte> out) {
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
    RunningTcp running(limits, [&](std::string_view, const Client&, std::span<std::byte>) {
        return Reply{0, std::make_unique<NumberedStream>(100'000, 60'000, progress)};
    });
    const TcpPeer client(running.at, ip("127.0.0.1"), 64 * 1024);
    client.send("transfer");
    REQUIRE(eventually([&] { return progress.made > 0; }));
    CHECK(eventually([&] { return running.server.connections() == 0; }));
    CHECK(progress.gone);
}
