// Datagrams whose answers are sent later, by others than the worker that got them.
#include "late_scene.hpp"
#include "net/udp_server.hpp"

#include <set>
#include <vector>

using namespace lockstep;
using namespace lockstep::test;

namespace {

/// Resource type; what it holds goes after the server.
struct LateUdp {
    explicit LateUdp(std::string_view address = "127.0.0.1", unsigned workers = 1)
        : at{ip(address), free_port()} {
        const auto opened = server->open({at}, workers);
        INFO((opened ? std::string() : opened.error().text));
        REQUIRE(opened);
        server->start(handlers);
    }
    Holding holding;
    Endpoint at;
    Log log = Log::silent();
    ScriptedHandlers handlers{holding.answer()};
    std::unique_ptr<UdpServer> server = std::make_unique<UdpServer>(log);
};

}  // namespace

TEST_CASE("a datagram that is held is answered later from another thread", "[udp]") {
    LateUdp running;
    const UdpPeer client;
    client.send("hold it", running.at);
    auto late = running.holding.take("hold it");
    client.send("another", running.at);
    CHECK(client.receive().octets == "another");
    CHECK_FALSE(client.something_waits());
    send_from_another_thread(std::move(late), "at last");
    const auto got = client.receive();
    CHECK(got.octets == "at last");
    CHECK(got.from == running.at);
}

TEST_CASE("a late answer leaves from the address that was asked, under a wildcard too", "[udp]") {
    LateUdp running("0.0.0.0");
    const UdpPeer client;
    std::vector<std::unique_ptr<LateReply>> late;
    const std::vector<std::string> asked = {"127.0.0.2", "127.0.0.1", "127.1.2.3"};
    for (const auto& address : asked) {
        client.send("hold " + address, {ip(address), running.at.port});
        late.push_back(running.holding.take("hold " + address));
    }
    for (std::size_t i = asked.size(); i-- > 0;) {
        send_from_another_thread(std::move(late[i]), asked[i]);
        const auto got = client.receive();
        CHECK(got.octets == asked[i]);
        CHECK(got.from.to_string() == Endpoint{ip(asked[i]), running.at.port}.to_string());
    }
}

TEST_CASE("a late answer over IPv6 leaves from the address that was asked", "[udp]") {
    LateUdp running("::");
    const UdpPeer client(ip("::1"));
    const Endpoint to{ip("::1"), running.at.port};
    client.send("hold it", to);
    send_from_another_thread(running.holding.take("hold it"), "at last");
    const auto got = client.receive();
    CHECK(got.octets == "at last");
    CHECK(got.from.to_string() == to.to_string());
}

TEST_CASE("in one batch some are held and the others answered, each to who sent it", "[udp]") {
    LateUdp running;
    const UdpPeer clients[2];
    for (int i = 0; i < 50; ++i) {
        for (int c = 0; c < 2; ++c) {
            const auto name = std::to_string(c) + ":" + std::to_string(i);
            clients[c].send(i % 2 == 0 ? "hold " + name : name, running.at);
        }
    }
    for (int c = 0; c < 2; ++c) {
        for (int i = 0; i < 50; i += 2) {
            const auto name = "hold " + std::to_string(c) + ":" + std::to_string(i);
            running.holding.take(name)->send(as_octets(name));
        }
        std::set<std::string> answers;
        for (int i = 0; i < 50; ++i) {
            answers.insert(clients[c].receive().octets);
            REQUIRE(answers.rbegin()->find(std::to_string(c) + ":") != std::string::npos);
        }
        CHECK(answers.size() == 50);
        CHECK_FALSE(clients[c].something_waits());
    }
}

TEST_CASE("a late answer may be larger than one at once", "[udp]") {
    LateUdp running;
    const UdpPeer client;
    client.send("hold it", running.at);
    const std::string large(65'507, 'x');
    send_from_another_thread(running.holding.take("hold it"), large);
    CHECK(client.receive().octets == large);
}

TEST_CASE("a late answer that is dropped, empty or too large is none, and harms no other", "[udp]") {
    LateUdp running;
    const UdpPeer client;
    for (const char* question : {"hold 1", "hold 2", "hold 3"})
        client.send(question, running.at);
    running.holding.take("hold 1").reset();
    running.holding.take("hold 2")->send({});
    running.holding.take("hold 3")->send(as_octets(std::string(65'535, 'x')));
    client.send("another", running.at);
    CHECK(client.receive().octets == "another");
    CHECK_FALSE(client.something_waits());
}

TEST_CASE("a late answer to a server that has stopped, or is gone, does no harm and sends nothing", "[udp]") {
    LateUdp running("0.0.0.0");
    const UdpPeer client;
    const Endpoint to{ip("127.0.0.1"), running.at.port};
    for (const char* question : {"hold 1", "hold 2", "hold 3"})
        client.send(question, to);
    auto first = running.holding.take("hold 1");
    auto second = running.holding.take("hold 2");
    auto third = running.holding.take("hold 3");
    running.server->stop();
    send_from_another_thread(std::move(first), "too late");
    running.server.reset();
    send_from_another_thread(std::move(second), "too late");
    third.reset();
    client.send("to oneself", client.local());
    CHECK(client.receive().octets == "to oneself");
    CHECK_FALSE(client.something_waits());
}

TEST_CASE("a server that stops frees its port, whoever still has a reply to send", "[udp]") {
    LateUdp running;
    const UdpPeer asker;
    asker.send("hold it", running.at);
    const auto late = running.holding.take("hold it");
    running.server->stop();
    UdpServer next(running.log);
    REQUIRE(next.open({running.at}, 1));
    ScriptedHandlers handlers;
    next.start(handlers);
    // Sockets that share a port share its clients: by their ports.
    for (int i = 0; i < 50; ++i) {
        const UdpPeer client;
        client.send("hello", running.at);
        CHECK(client.receive().octets == "hello");
    }
}

TEST_CASE("late answers may be sent while their server stops", "[udp]") {
    for (int round = 0; round < 10; ++round) {
        LateUdp running("127.0.0.1", 2);
        std::vector<std::unique_ptr<LateReply>> late;
        const UdpPeer client;
        for (int i = 0; i < 40; ++i) {
            const auto question = "hold " + std::to_string(i);
            client.send(question, running.at);
            late.push_back(running.holding.take(question));
        }
        std::atomic<bool> sending{false};
        std::thread sender([&] {
            for (auto& reply : late) {
                reply->send(as_octets("now"));
                reply.reset();
                sending = true;
            }
        });
        CHECK(eventually([&] { return sending.load(); }));
        running.server.reset();
        sender.join();
    }
}
