// Messages over TCP: framing as it comes, limits, and answers of many messages.
#include "tcp_scene.hpp"

using namespace lockstep;
using namespace lockstep::test;

TEST_CASE("a message is answered, and the connection stays for the next", "[tcp][rfc7766]") {
    RunningTcp running;
    const TcpPeer client(running.at);
    for (const char* query : {"one", "two", "three"}) {
        client.send(query);
        CHECK(client.receive() == query);
    }
    CHECK(running.server.connections() == 1);
}

TEST_CASE("a server over TCP tells its handler that it is idle", "[tcp]") {
    RunningTcp running;
    CHECK(eventually([&] { return running.handlers.idle >= 2; }));
}

TEST_CASE("the handler learns who asks, and that it is over TCP", "[tcp]") {
    RunningTcp running({}, [](std::string_view, const Client& client, std::span<std::byte> out) {
        const bool tcp = client.transport == Transport::Tcp;
        return ScriptedHandlers::echo(client.peer.to_string() + (tcp ? " tcp" : ""), client, out);
    });
    const TcpPeer client(running.at, ip("127.0.0.7"));
    client.send("?");
    CHECK(client.receive() == client.local().to_string() + " tcp");
}

TEST_CASE("two messages in one segment are both answered, in order", "[tcp][rfc7766]") {
    RunningTcp running;
    const TcpPeer client(running.at);
    client.send_raw(TcpPeer::framed("first") + TcpPeer::framed("second"));
    CHECK(client.receive() == "first");
    CHECK(client.receive() == "second");
}

TEST_CASE("a thousand pipelined messages are answered in order", "[tcp][rfc7766]") {
    RunningTcp running;
    const TcpPeer client(running.at);
    std::string all;
    for (int i = 0; i < 1000; ++i)
        all += TcpPeer::framed(std::to_string(i) + std::string(100, '.'));
    client.send_raw(all);
    for (int i = 0; i < 1000; ++i) {
        const auto answer = client.receive();
        REQUIRE(answer);
        REQUIRE(answer->starts_with(std::to_string(i) + "."));
    }
}

TEST_CASE("a message in pieces, its length in two, is put together", "[tcp][rfc7766]") {
    RunningTcp running;
    const TcpPeer client(running.at);
    const auto frame = TcpPeer::framed("in pieces");
    for (const char octet : frame) {
        client.send_raw({&octet, 1});
        running.round_trip();
    }
    CHECK(client.receive() == "in pieces");
}

TEST_CASE("a message of 65,535 octets is taken and given", "[tcp]") {
    RunningTcp running;
    const TcpPeer client(running.at);
    const std::string largest(65535, 'x');
    client.send(largest);
    CHECK(client.receive() == largest);
    client.send("small");
    CHECK(client.receive() == "small");
}

TEST_CASE("a message of no octets ends the connection where the handler has nothing to say", "[tcp]") {
    RunningTcp running;
    const TcpPeer client(running.at);
    client.send("");
    CHECK(client.closed());
    CHECK(running.handlers.asked == 1);
    running.round_trip();
}

TEST_CASE("a message not worth an answer ends its connection, after what was answered before", "[tcp]") {
    RunningTcp running({}, [](std::string_view query, const Client& client, std::span<std::byte> out) {
        return query == "bad" ? Reply{} : ScriptedHandlers::echo(query, client, out);
    });
    const TcpPeer client(running.at);
    client.send("good");
    CHECK(client.receive() == "good");
    client.send_raw(TcpPeer::framed("pipelined before") + TcpPeer::framed("bad"));
    CHECK(client.receive() == "pipelined before");
    CHECK(client.closed());
}

TEST_CASE("who closes after a whole message is still answered", "[tcp]") {
    RunningTcp running;
    const TcpPeer client(running.at);
    client.send("last words");
    client.finish_sending();
    CHECK(client.receive() == "last words");
    CHECK(client.closed());
}

TEST_CASE("who closes within a message is not", "[tcp]") {
    RunningTcp running;
    const auto frame = TcpPeer::framed("never whole");
    for (const std::size_t sent : {std::size_t{1}, std::size_t{2}, std::size_t{5}}) {
        const TcpPeer client(running.at);
        client.send_raw(frame.substr(0, sent));
        client.finish_sending();
        CHECK(client.closed());
    }
    CHECK(running.handlers.asked == 0);
}

TEST_CASE("a client that resets its connection harms nobody", "[tcp]") {
    RunningTcp running;
    for (int i = 0; i < 20; ++i) {
        TcpPeer client(running.at);
        const linger at_once{1, 0};
        REQUIRE(::setsockopt(client.fd(), SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once) == 0);
        client.send("no answer wanted");
        client.close();
    }
    running.round_trip();
    CHECK(eventually([&] { return running.server.connections() == 0; }));
}

TEST_CASE("a peer holds so many connections and no more; others are let in", "[tcp]") {
    TcpLimits limits;
    limits.connections_a_peer = 2;
    RunningTcp running(limits);
    std::optional<TcpPeer> first(std::in_place, running.at);
    const TcpPeer second(running.at);
    first->send("1");
    second.send("2");
    CHECK(first->receive() == "1");
    CHECK(second.receive() == "2");
    CHECK(TcpPeer(running.at).closed());
    running.round_trip();
    second.send("still here");
    CHECK(second.receive() == "still here");

    first.reset();
    REQUIRE(eventually([&] { return running.server.connections() == 1; }));
    const TcpPeer third(running.at);
    third.send("3");
    CHECK(third.receive() == "3");
}

TEST_CASE("all peers together hold so many connections and no more", "[tcp]") {
    TcpLimits limits;
    limits.connections = 3;
    RunningTcp running(limits);
    std::vector<std::unique_ptr<TcpPeer>> clients;
    for (const char* from : {"127.0.0.1", "127.0.0.2", "127.0.0.3"}) {
        clients.push_back(std::make_unique<TcpPeer>(running.at, ip(from)));
        clients.back()->send("in");
        CHECK(clients.back()->receive() == "in");
    }
    CHECK(running.server.connections() == 3);
    // The one that has been silent for longest makes room.
    clients.front()->send("again");
    CHECK(clients.front()->receive() == "again");
    TcpPeer fourth(running.at, ip("127.0.0.4"));
    fourth.send("in too");
    CHECK(fourth.receive() == "in too");
    CHECK(clients[1]->closed());
    CHECK(running.server.connections() == 3);
    for (const std::size_t stays : {std::size_t{0}, std::size_t{2}}) {
        clients[stays]->send("undisturbed");
        CHECK(clients[stays]->receive() == "undisturbed");
    }
}

TEST_CASE("limits that are lowered close those that have been silent for longest, at once", "[tcp]") {
    TcpLimits limits;
    limits.connections = 8;
    limits.favours = [](const IpAddress& address) { return address == ip("127.0.0.9"); };
    RunningTcp running(limits);
    std::vector<std::unique_ptr<TcpPeer>> clients;
    for (const char* from : {"127.0.0.9", "127.0.0.1", "127.0.0.2", "127.0.0.3", "127.0.0.4"}) {
        clients.push_back(std::make_unique<TcpPeer>(running.at, ip(from)));
        clients.back()->send("in");
        CHECK(clients.back()->receive() == "in");
    }
    limits.connections = 3;
    running.server.set_limits(limits);
    CHECK(clients[1]->closed());
    CHECK(clients[2]->closed());
    for (const std::size_t stays : {std::size_t{0}, std::size_t{3}, std::size_t{4}}) {
        clients[stays]->send("undisturbed");
        CHECK(clients[stays]->receive() == "undisturbed");
    }
    CHECK(running.server.connections() == 3);
}

TEST_CASE("strangers leave an eighth of the places to configured peers, and make room for them", "[tcp]") {
    TcpLimits limits;
    limits.connections = 8;
    limits.favours = [](const IpAddress& address) { return address == ip("127.0.0.9"); };
    RunningTcp running(limits);
    std::vector<std::unique_ptr<TcpPeer>> crowd;
    for (int i = 0; i < 20; ++i) {
        crowd.push_back(std::make_unique<TcpPeer>(running.at, ip("127.0.0.1")));
        crowd.back()->send("crowd");
        CHECK(crowd.back()->receive() == "crowd");
    }
    CHECK(running.server.connections() == 7);
    std::vector<std::unique_ptr<TcpPeer>> peers;
    for (int i = 0; i < 4; ++i) {
        peers.push_back(std::make_unique<TcpPeer>(running.at, ip("127.0.0.9")));
        peers.back()->send("peer");
        CHECK(peers.back()->receive() == "peer");
    }
    CHECK(running.server.connections() == 8);
    // Whoever comes next, no peer is closed for it.
    for (int i = 0; i < 20; ++i) {
        crowd.push_back(std::make_unique<TcpPeer>(running.at, ip("127.0.0.1")));
        crowd.back()->send("crowd");
        CHECK(crowd.back()->receive() == "crowd");
    }
    for (const auto& peer : peers) {
        peer->send("still here");
        CHECK(peer->receive() == "still here");
    }
}

TEST_CASE("a connection that falls silent is closed", "[tcp][rfc7766]") {
    TcpLimits limits;
    limits.idle = milliseconds{30};
    RunningTcp running(limits);
    SECTION("before its first message") {
        CHECK(TcpPeer(running.at).closed());
    }
    SECTION("between two messages") {
        const TcpPeer client(running.at);
        client.send("hello");
        CHECK(client.receive() == "hello");
        CHECK(client.closed());
    }
    SECTION("within a length") {
        const TcpPeer client(running.at);
        client.send_raw(std::string(1, '\0'));
        CHECK(client.closed());
    }
    SECTION("after announcing 65,535 octets") {
        const TcpPeer client(running.at);
        client.send_raw("\xff\xff");
        CHECK(client.closed());
    }
    CHECK(eventually([&] { return running.server.connections() == 0; }));
}

TEST_CASE("a server stops while clients are connected, asking and fetching", "[tcp]") {
    NumberedStream::Progress progress;
    std::optional<RunningTcp> running(
        std::in_place, TcpLimits{},
        [&](std::string_view query, const Client& client, std::span<std::byte> out) {
            auto reply = ScriptedHandlers::echo(query, client, out);
            if (query == "transfer") {
                reply.more = std::make_unique<NumberedStream>(100'000, 60'000, progress);
            }
            return reply;
        });
    const TcpPeer idle(running->at);
    const TcpPeer within(running->at);
    const TcpPeer fetching(running->at);
    within.send_raw(std::string(1, '\0'));
    fetching.send("transfer");
    CHECK(fetching.receive() == "transfer");
    running->round_trip();
    running->server.stop();
    const auto made = progress.made.load();
    running.reset();
    CHECK(progress.gone);
    CHECK(progress.made == made);
    CHECK(idle.closed());
    CHECK(within.closed());
}

TEST_CASE("a server that was never started, or is stopped twice, goes quietly", "[tcp]") {
    auto log = Log::silent();
    TcpServer server(log);
    CHECK(server.open({Endpoint{ip("127.0.0.1"), free_port()}}));
    server.stop();
    server.stop();
}

TEST_CASE("a TCP address that is taken is named, with what to do", "[tcp]") {
    RunningTcp running;
    auto log = Log::silent();
    TcpServer second(log);
    const auto opened = second.open({running.at});
    REQUIRE_FALSE(opened);
    CHECK(opened.error().text.find(running.at.to_string() + " over TCP") != std::string::npos);
    CHECK(opened.error().text.find("ss -lnp") != std::string::npos);
}
