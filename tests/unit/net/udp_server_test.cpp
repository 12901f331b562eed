// Datagrams in batches: every one answered, from the address that was asked.
#include "net/udp_server.hpp"

#include "loopback.hpp"

#include <cerrno>
#include <set>

using namespace lockstep;
using namespace lockstep::test;

namespace {

struct RunningUdp {
    explicit RunningUdp(std::string_view address = "127.0.0.1", unsigned workers = 1,
                        ScriptedHandlers::Answer answer = ScriptedHandlers::echo)
        : at{ip(address), free_port()}, handlers(std::move(answer)) {
        const auto opened = server.open({at}, workers);
        INFO((opened ? std::string() : opened.error().text));
        REQUIRE(opened);
        server.start(handlers);
    }
    Endpoint at;
    Log log = Log::silent();
    ScriptedHandlers handlers;
    UdpServer server{log};
};

}  // namespace

TEST_CASE("every datagram of a burst is answered once, to who sent it", "[udp]") {
    RunningUdp running;
    UdpPeer clients[3];
    for (int i = 0; i < 100; ++i) {
        for (int c = 0; c < 3; ++c)
            clients[c].send(std::to_string(c) + ":" + std::to_string(i), running.at);
    }
    for (int c = 0; c < 3; ++c) {
        std::set<std::string> answers;
        for (int i = 0; i < 100; ++i) {
            const auto got = clients[c].receive();
            REQUIRE(got.from == running.at);
            REQUIRE(got.octets.starts_with(std::to_string(c) + ":"));
            answers.insert(got.octets);
        }
        CHECK(answers.size() == 100);
        CHECK_FALSE(clients[c].something_waits());
    }
    CHECK(running.handlers.asked == 300);
}

TEST_CASE("a worker that nobody asks tells its handler that it is idle", "[udp]") {
    const RunningUdp running;
    CHECK(eventually([&] { return running.handlers.idle >= 2; }));
}

TEST_CASE("an answer leaves from the address that was asked, under a wildcard too", "[udp]") {
    RunningUdp running("0.0.0.0");
    const UdpPeer client;
    for (const char* asked : {"127.0.0.2", "127.0.0.1", "127.1.2.3"}) {
        const Endpoint to{ip(asked), running.at.port};
        client.send("who are you", to);
        CHECK(client.receive().from.to_string() == to.to_string());
    }
    // Two addresses in one batch.
    client.send("a", {ip("127.0.0.4"), running.at.port});
    client.send("b", {ip("127.0.0.5"), running.at.port});
    for (int i = 0; i < 2; ++i) {
        const auto got = client.receive();
        CHECK(got.from.address == ip(got.octets == "a" ? "127.0.0.4" : "127.0.0.5"));
    }
}

TEST_CASE("IPv6 under a wildcard is answered from the address that was asked", "[udp]") {
    RunningUdp running("::");
    const UdpPeer client(ip("::1"));
    const Endpoint to{ip("::1"), running.at.port};
    client.send("who are you", to);
    CHECK(client.receive().from.to_string() == to.to_string());
}

TEST_CASE("a worker that gives no answer sends none, and the rest of its batch is answered", "[udp]") {
    RunningUdp running(
        "127.0.0.1", 1, [](std::string_view query, const Client& client, std::span<std::byte> out) {
            return query.starts_with("no") ? Reply{} : ScriptedHandlers::echo(query, client, out);
        });
    const UdpPeer client;
    for (const char* query : {"no 1", "yes 1", "no 2", "no 3", "yes 2"})
        client.send(query, running.at);
    CHECK(client.receive().octets == "yes 1");
    CHECK(client.receive().octets == "yes 2");
    CHECK(running.handlers.asked == 5);
}

TEST_CASE("the handler learns who asks, and that it is over UDP", "[udp]") {
    RunningUdp running("127.0.0.1", 1, [](std::string_view, const Client& client, std::span<std::byte> out) {
        const bool udp = client.transport == Transport::Udp;
        return ScriptedHandlers::echo(client.peer.to_string() + (udp ? " udp" : ""), client, out);
    });
    const UdpPeer client;
    client.send("?", running.at);
    CHECK(client.receive().octets == client.local().to_string() + " udp");
}

TEST_CASE("a datagram as large as they get, 65,507 octets over IPv4, is answered", "[udp][rfc2136]") {
    RunningUdp running("127.0.0.1", 1,
                       [](std::string_view query, const Client& client, std::span<std::byte> out) {
                           const bool whole = query.front() == '<' && query.back() == '>';
                           return ScriptedHandlers::echo(
                               std::to_string(query.size()) + (whole ? " whole" : ""), client, out);
                       });
    const UdpPeer client;
    for (const std::size_t octets : {65'507U, 4'096U, 4'097U, 512U, 65'506U}) {
        std::string datagram(octets, 'x');
        datagram.front() = '<';
        datagram.back() = '>';
        client.send(datagram, running.at);
        CHECK(client.receive().octets == std::to_string(octets) + " whole");
    }
}

TEST_CASE("some of the largest datagrams at once are answered, each for itself", "[udp][rfc2136]") {
    RunningUdp running(
        "127.0.0.1", 1, [](std::string_view query, const Client& client, std::span<std::byte> out) {
            const bool whole = query.find_first_not_of(query.front()) == std::string_view::npos;
            return ScriptedHandlers::echo(whole ? query.substr(0, 1) : "mixed", client, out);
        });
    const UdpPeer client;
    std::set<std::string> sent;
    for (const char letter : {'a', 'b', 'c'}) {  // as many as the smallest socket buffer takes
        client.send(std::string(65'507, letter), running.at);
        sent.emplace(1, letter);
    }
    std::set<std::string> answers;
    for (std::size_t i = 0; i < sent.size(); ++i)
        answers.insert(client.receive().octets);
    CHECK(answers == sent);
}

TEST_CASE("an empty datagram is the handler's to judge", "[udp]") {
    RunningUdp running;
    const UdpPeer client;
    client.send("", running.at);
    client.send("next", running.at);
    CHECK(client.receive().octets == "next");
    CHECK(running.handlers.asked == 2);
}

TEST_CASE("an answer that cannot be sent does not hold up the others", "[udp]") {
    RunningUdp running;
    {
        const UdpPeer gone;
        gone.send("to a closed port", running.at);
    }
    const UdpPeer client;
    client.send("to an open one", running.at);
    CHECK(client.receive().octets == "to an open one");
}

TEST_CASE("workers share an address, each with its own handler", "[udp]") {
    RunningUdp running("127.0.0.1", 3);
    CHECK(running.handlers.handlers == 3);
    for (int i = 0; i < 20; ++i) {
        const UdpPeer client;
        client.send("hello", running.at);
        CHECK(client.receive().octets == "hello");
    }
}

TEST_CASE("a server that stops asks its handler nothing more, and frees its port", "[udp]") {
    RunningUdp running("127.0.0.1", 2);
    const UdpPeer client;
    client.send("hello", running.at);
    CHECK(client.receive().octets == "hello");
    running.server.stop();
    CHECK(running.handlers.asked == 1);
    running.server.stop();
    UdpServer next(running.log);
    CHECK(next.open({running.at}, 1));
}

TEST_CASE("an address that cannot be bound is named, with what to do", "[udp]") {
    auto log = Log::silent();
    UdpServer server(log);
    SECTION("another program holds the port") {
        const UdpPeer holder;
        const auto opened = server.open({holder.local()}, 1);
        REQUIRE_FALSE(opened);
        CHECK(opened.error().code == ErrorCode::Io);
        CHECK(opened.error().text.find(holder.local().to_string() + " over UDP") != std::string::npos);
        CHECK(opened.error().text.find("ss -lnp sport = :" + std::to_string(holder.local().port)) !=
              std::string::npos);
    }
    SECTION("not an address of this machine") {
        const auto opened = server.open({Endpoint{ip("192.0.2.1"), 5353}}, 1);
        REQUIRE_FALSE(opened);
        CHECK(opened.error().text.find("192.0.2.1:5353") != std::string::npos);
        CHECK(opened.error().text.find("no such address") != std::string::npos);
    }
    SECTION("a port below 1024 without the right") {
        CHECK(describe_bind_failure({ip("192.0.2.1"), 53}, "TCP", EACCES).find("CAP_NET_BIND_SERVICE") !=
              std::string::npos);
    }
}

TEST_CASE("every worker has a beat of its own that moves when a batch is done, and its address in its name",
          "[udp]") {
    RunningUdp running("127.0.0.1", 2);
    const auto threads = running.server.threads();
    REQUIRE(threads.size() == 2);
    CHECK(threads[0].name == "UDP worker 1 of " + running.at.to_string());
    CHECK(threads[1].name == "UDP worker 2 of " + running.at.to_string());
    const auto beats = [&] { return threads[0].beat->count() + threads[1].beat->count(); };
    UdpPeer client;
    const auto before = beats();
    for (int i = 0; i < 20; ++i) {
        client.send("one at a time", running.at);
        (void)client.receive();
    }
    CHECK(beats() >= before + 19);  // the last batch's beat may be still to come
}
