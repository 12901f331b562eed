// Messages on a stream whose replies are held, and sent later by others.
#include "late_scene.hpp"
#include "tcp_scene.hpp"

#include <atomic>
#include <set>
#include <string>
#include <thread>
#include <vector>

using namespace lockstep;
using namespace lockstep::test;

namespace {

/// Resource type; what it holds goes after the server.
struct LateTcp {
    explicit LateTcp(TcpLimits limits = {}) : tcp(std::in_place, std::move(limits), holding.answer()) {}
    Holding holding;
    std::optional<RunningTcp> tcp;
    const Endpoint at = tcp->at;
};

}  // namespace

TEST_CASE("a reply that is held comes later, from another thread", "[tcp]") {
    LateTcp running;
    const TcpPeer client(running.at);
    client.send("hold it");
    auto late = running.holding.take("hold it");
    running.tcp->round_trip();
    send_from_another_thread(std::move(late), "at last");
    CHECK(client.receive() == "at last");
    client.send("another");
    CHECK(client.receive() == "another");
}

TEST_CASE("questions that have come behind a held one are answered before it", "[tcp][rfc7766]") {
    LateTcp running;
    const TcpPeer client(running.at);
    const std::string large(20'000, 'x');  // not read with what is before it
    client.send_raw(TcpPeer::framed("before") + TcpPeer::framed("hold it") + TcpPeer::framed("behind") +
                    TcpPeer::framed(large) + TcpPeer::framed("last"));
    CHECK(client.receive() == "before");
    CHECK(client.receive() == "behind");
    CHECK(client.receive() == large);
    CHECK(client.receive() == "last");
    send_from_another_thread(running.holding.take("hold it"), "at last");
    CHECK(client.receive() == "at last");
}

TEST_CASE("a question that comes while a reply is waited for is answered behind that", "[tcp][rfc7766]") {
    LateTcp running;
    const TcpPeer client(running.at);
    client.send("hold it");
    auto late = running.holding.take("hold it");
    running.tcp->round_trip();
    client.send("meanwhile");
    running.tcp->round_trip();
    late->send(as_octets("at last"));
    CHECK(client.receive() == "at last");
    CHECK(client.receive() == "meanwhile");
}

TEST_CASE("two held replies come out of order", "[tcp][rfc7766]") {
    LateTcp running;
    const TcpPeer client(running.at);
    client.send_raw(TcpPeer::framed("hold 1") + TcpPeer::framed("hold 2"));
    auto first = running.holding.take("hold 1");
    send_from_another_thread(running.holding.take("hold 2"), "two");
    CHECK(client.receive() == "two");
    send_from_another_thread(std::move(first), "one");
    CHECK(client.receive() == "one");
}

TEST_CASE("a reply may be sent by its handler while it is being held", "[tcp]") {
    RunningTcp running({}, [](std::string_view query, const Client& client, std::span<std::byte>) {
        client.holder->hold()->send(as_octets(query));
        return Reply{0, nullptr, true};
    });
    const TcpPeer client(running.at);
    for (const char* query : {"one", "two", "three"}) {
        client.send(query);
        CHECK(client.receive() == query);
    }
}

TEST_CASE("the largest held reply comes whole", "[tcp]") {
    LateTcp running;
    const TcpPeer client(running.at);
    client.send("hold it");
    const std::string largest(65535, 'x');
    send_from_another_thread(running.holding.take("hold it"), largest);
    CHECK(client.receive() == largest);
}

TEST_CASE("a connection has at most 64 replies held, and the next question waits for one", "[tcp]") {
    LateTcp running;
    const TcpPeer client(running.at);
    std::string all;
    for (int i = 0; i < 66; ++i)
        all += TcpPeer::framed("hold " + std::to_string(i));
    client.send_raw(all);
    REQUIRE(eventually([&] { return running.holding.held() == 64; }));
    running.tcp->round_trip();
    CHECK(running.holding.held() == 64);
    send_from_another_thread(running.holding.take("hold 63"), "63");
    CHECK(client.receive() == "63");
    CHECK(eventually([&] { return running.holding.held() == 64; }));  // 63 and the 65th
    running.tcp->round_trip();
    CHECK(running.holding.held() == 64);
    std::set<std::string> left;
    for (int i = 0; i < 66; ++i) {
        if (i == 63) continue;
        const auto name = std::to_string(i);
        running.holding.take("hold " + name)->send(as_octets(name));
        left.insert(client.receive().value());
    }
    CHECK(left.size() == 65);
}

TEST_CASE("held replies that come faster than they are taken come whole", "[tcp]") {
    LateTcp running;
    const TcpPeer client(running.at, ip("127.0.0.1"), 4096);
    std::string all;
    for (int i = 0; i < 64; ++i)
        all += TcpPeer::framed("hold " + std::to_string(i));
    client.send_raw(all);
    std::string message(65535, '.');
    for (int i = 0; i < 64; ++i) {
        message.front() = static_cast<char>('0' + i);
        running.holding.take("hold " + std::to_string(i))->send(as_octets(message));
    }
    for (int i = 0; i < 64; ++i) {
        message.front() = static_cast<char>('0' + i);
        REQUIRE(client.receive() == message);
    }
    client.send("after");
    CHECK(client.receive() == "after");
}

TEST_CASE("a reply that is dropped closes its connection, after what was answered before", "[tcp]") {
    LateTcp running;
    const TcpPeer client(running.at);
    SECTION("alone") {
        client.send("hold it");
    }
    SECTION("with another held") {
        client.send_raw(TcpPeer::framed("hold it") + TcpPeer::framed("hold that"));
        send_from_another_thread(running.holding.take("hold that"), "that");
        CHECK(client.receive() == "that");
    }
    SECTION("behind questions") {
        client.send_raw(TcpPeer::framed("hold it") + TcpPeer::framed("behind"));
        CHECK(client.receive() == "behind");
    }
    std::thread([late = running.holding.take("hold it")]() mutable { late.reset(); }).join();
    CHECK(client.closed());
    CHECK(eventually([&] { return running.tcp->server.connections() == 0; }));
    running.tcp->round_trip();
}

TEST_CASE("who has asked for all and closes his side gets the held reply yet", "[tcp][rfc7766]") {
    LateTcp running;
    const TcpPeer client(running.at);
    client.send("hold it");
    client.finish_sending();
    auto late = running.holding.take("hold it");
    running.tcp->round_trip();
    send_from_another_thread(std::move(late), "at last");
    CHECK(client.receive() == "at last");
    CHECK(client.closed());
}

TEST_CASE("a held reply to a client that is gone harms nobody", "[tcp]") {
    LateTcp running;
    std::optional<TcpPeer> client(std::in_place, running.at);
    client->send_raw(TcpPeer::framed("hold 1") + TcpPeer::framed("hold 2"));
    auto first = running.holding.take("hold 1");
    auto second = running.holding.take("hold 2");
    const linger at_once{1, 0};
    REQUIRE(::setsockopt(client->fd(), SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once) == 0);
    client.reset();
    send_from_another_thread(std::move(first), "nobody there");
    running.tcp->round_trip();
    send_from_another_thread(std::move(second), "nor now");
    CHECK(eventually([&] { return running.tcp->server.connections() == 0; }));
    running.tcp->round_trip();
}

TEST_CASE("a connection that waits for a held reply is closed to make room, and the reply does nothing",
          "[tcp]") {
    TcpLimits limits;
    limits.connections = 1;
    LateTcp running(limits);
    const TcpPeer client(running.at);
    client.send("hold it");
    auto late = running.holding.take("hold it");
    const TcpPeer other(running.at, ip("127.0.0.2"));
    other.send("in");
    CHECK(other.receive() == "in");
    CHECK(client.closed());
    CHECK(running.tcp->server.connections() == 1);
    send_from_another_thread(std::move(late), "too late");
    other.send("still here");
    CHECK(other.receive() == "still here");
}

TEST_CASE("a held reply whose server has stopped, or is gone, goes nowhere", "[tcp]") {
    LateTcp running;
    const TcpPeer client(running.at);
    std::string all;
    for (const char* question : {"hold 1", "hold 2", "hold 3", "hold 4"})
        all += TcpPeer::framed(question);
    client.send_raw(all);
    std::vector<std::unique_ptr<LateReply>> late;
    for (const char* question : {"hold 1", "hold 2", "hold 3", "hold 4"})
        late.push_back(running.holding.take(question));
    running.tcp->server.stop();
    send_from_another_thread(std::move(late[0]), "stopped");
    std::thread([gone = std::move(late[1])]() mutable { gone.reset(); }).join();
    running.tcp.reset();
    CHECK(client.closed());
    send_from_another_thread(std::move(late[2]), "gone");
    std::thread([gone = std::move(late[3])]() mutable { gone.reset(); }).join();
}

TEST_CASE("held replies may be sent and dropped while their server stops", "[tcp]") {
    for (int round = 0; round < 10; ++round) {
        LateTcp running;
        std::vector<std::unique_ptr<TcpPeer>> clients;
        std::vector<std::unique_ptr<LateReply>> late;
        for (int i = 0; i < 40; ++i) {
            clients.push_back(std::make_unique<TcpPeer>(running.at));
            clients.back()->send("hold it");
            late.push_back(running.holding.take("hold it"));
        }
        std::atomic<bool> sending{false};
        std::thread sender([&] {
            for (std::size_t i = 0; i < late.size(); ++i) {
                if (i % 2 == 0) late[i]->send(as_octets("now"));
                late[i].reset();
                sending = true;
            }
        });
        CHECK(eventually([&] { return sending.load(); }));
        running.tcp.reset();
        sender.join();
    }
}

TEST_CASE("the idle limit does not close a connection that waits for a held reply", "[tcp]") {
    TcpLimits limits;
    limits.idle = milliseconds{30};
    LateTcp running(limits);
    const TcpPeer client(running.at);
    client.send_raw(TcpPeer::framed("hold it") + std::string(1, '\0'));  // and a part of the next
    auto late = running.holding.take("hold it");
    // Three that say nothing are closed one after the other, each at the limit.
    for (int i = 0; i < 3; ++i)
        CHECK(TcpPeer(running.at, ip("127.0.0.2")).closed());
    CHECK(eventually([&] { return running.tcp->server.connections() == 1; }));
    send_from_another_thread(std::move(late), "at last");
    CHECK(client.receive() == "at last");
    CHECK(client.closed());  // now the limit holds again
}

TEST_CASE("who floods behind a held reply does not keep the thread from others", "[tcp]") {
    LateTcp running;
    const TcpPeer flooder(running.at);
    std::string block;
    while (block.size() < 30'000)
        block += TcpPeer::framed("x");
    // In one piece: with nothing behind it the server would wait for the reply, not for questions.
    flooder.send_raw(TcpPeer::framed("hold it") + block);
    std::atomic<bool> over{false};
    std::thread writer([&] {
        while (!over && ::send(flooder.fd(), block.data(), block.size(), MSG_NOSIGNAL) > 0) {
        }
        ::shutdown(flooder.fd(), SHUT_RDWR);
    });
    std::thread reader([&] {
        std::string answers(65'536, '\0');
        while (::recv(flooder.fd(), answers.data(), answers.size(), 0) > 0) {
        }
    });
    const auto late = running.holding.take("hold it");
    const auto answered = [&] {
        const TcpPeer other(running.at, ip("127.0.0.9"));
        other.send("ping");
        return other.receive_raw(6).size() == 6;
    };
    std::size_t count = 0;
    while (count < 20 && answered())
        ++count;
    over = true;
    writer.join();
    reader.join();
    CHECK(count == 20);
}

TEST_CASE("short answers that the peer does not take yet come whole later", "[tcp]") {
    RunningTcp running;
    const TcpPeer client(running.at, ip("127.0.0.1"), 2048);
    const std::size_t count = 4000;
    const auto message = [](std::size_t number) {
        return std::to_string(number) +
               std::string(1000 + number % 1500, static_cast<char>('a' + number % 26));
    };
    std::thread writer([&] {
        for (std::size_t number = 0; number < count; ++number) {
            const auto framed = TcpPeer::framed(message(number));
            for (std::size_t sent = 0; sent < framed.size();) {
                const auto more =
                    ::send(client.fd(), framed.data() + sent, framed.size() - sent, MSG_NOSIGNAL);
                if (more <= 0) return;
                sent += static_cast<std::size_t>(more);
            }
        }
    });
    std::size_t same = 0;
    while (same < count && client.receive() == message(same))
        ++same;
    ::shutdown(client.fd(), SHUT_RDWR);
    writer.join();
    CHECK(same == count);
}
