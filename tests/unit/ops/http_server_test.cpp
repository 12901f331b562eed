// A server that lives, and clients that behave badly.
#include "ops/http_server.hpp"

#include "support/catch.hpp"

#include <atomic>
#include <cerrno>
#include <poll.h>
#include <stdexcept>
#include <string>
#include <sys/socket.h>
#include <sys/time.h>
#include <thread>
#include <unistd.h>
#include <utility>
#include <vector>

using namespace lockstep;

namespace {

constexpr std::size_t large_octets = std::size_t{32} * 1024 * 1024;  // more than sockets hold

/// Ends what waits in it while the server is alive, as the daemon's context does.
class EndedContext : public asio::io_context {
public:
    using asio::io_context::io_context;
    void end() { shutdown(); }
};

awaitable<HttpAnswer> answer(std::shared_ptr<const std::string> large, HttpRequest request) {
    if (request.path == "/throw") throw std::runtime_error("no good");
    if (request.path == "/events") co_return HttpAnswer::event_stream();
    if (request.path == "/large") {
        HttpAnswer shared;
        shared.body = large;
        co_return shared;
    }
    co_return HttpAnswer::text(200, "path " + request.path);
}

struct Running {
    explicit Running(HttpLimits limits = {})
        : server(
              context, log, events, [this](HttpRequest request) { return answer(large, std::move(request)); },
              {}, limits) {
        const auto opened = server.open(Endpoint::parse("127.0.0.1:0").value());
        if (!opened) FAIL(opened.error().text);
        address = server.address();
        thread = std::thread([this] { context.run(); });
    }
    ~Running() {
        context.stop();
        thread.join();
        context.end();
    }
    void publish(std::string data) {
        asio::post(context, [this, data = std::move(data)] { events.publish("zone", data); });
    }
    std::size_t subscriptions() {
        std::atomic<std::size_t> count{0};
        std::atomic<bool> done{false};
        asio::post(context, [&] {
            count = events.subscriptions();
            done = true;
        });
        while (!done)
            std::this_thread::yield();
        return count;
    }
    Log log = Log::silent();
    EndedContext context{1};
    EventHub events;
    std::shared_ptr<const std::string> large = std::make_shared<const std::string>(large_octets, 'x');
    HttpServer server;
    Endpoint address;
    std::thread thread;
};

class Client {
public:
    explicit Client(const Endpoint& server, int receive_buffer = 0)
        : fd_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
        const timeval patience{10, 0};
        REQUIRE(::setsockopt(fd_, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience) == 0);
        if (receive_buffer > 0)
            REQUIRE(::setsockopt(fd_, SOL_SOCKET, SO_RCVBUF, &receive_buffer, sizeof receive_buffer) == 0);
        sockaddr_storage storage;
        const socklen_t length = server.to_sockaddr(storage);
        REQUIRE(::connect(fd_, reinterpret_cast<const sockaddr*>(&storage), length) == 0);
    }
    Client(const Client&) = delete;
    Client& operator=(const Client&) = delete;
    Client(Client&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
    ~Client() { close(); }
    void close() {
        if (fd_ >= 0) ::close(std::exchange(fd_, -1));
    }
    void send(std::string_view text) const {
        while (!text.empty()) {
            const ssize_t sent = ::send(fd_, text.data(), text.size(), MSG_NOSIGNAL);
            if (sent <= 0) return;
            text.remove_prefix(static_cast<std::size_t>(sent));
        }
    }
    [[nodiscard]] bool readable(milliseconds patience) const {
        pollfd waiting{.fd = fd_, .events = POLLIN, .revents = 0};
        return ::poll(&waiting, 1, static_cast<int>(patience.count())) > 0;
    }
    /// What comes until it holds `end`, or until the server closes.
    [[nodiscard]] std::string receive(std::string_view end = {}) const {
        std::string all;
        char buffer[65536];
        while (end.empty() || all.find(end) == std::string::npos) {
            const ssize_t size = ::recv(fd_, buffer, sizeof buffer, 0);
            if (size < 0 && errno == EAGAIN)
                FAIL("the server neither answers nor closes: " << all.substr(0, 200));
            if (size <= 0) break;
            all.append(buffer, static_cast<std::size_t>(size));
        }
        return all;
    }

private:
    int fd_;
};

std::string get(std::string_view path, std::string_view more = "") {
    return "GET " + std::string(path) + " HTTP/1.1\r\nHost: 127.0.0.1\r\n" + std::string(more) + "\r\n";
}
const std::string last = "Connection: close\r\n";

std::string ask(const Running& running, const std::string& octets) {
    const Client client(running.address);
    client.send(octets);
    return client.receive();
}
std::size_t count(std::string_view text, std::string_view part) {
    std::size_t found = 0;
    for (auto at = text.find(part); at != std::string_view::npos; at = text.find(part, at + part.size()))
        ++found;
    return found;
}
template <class Condition>
bool eventually(Condition condition) {
    const auto end = std::chrono::steady_clock::now() + seconds{10};
    while (!condition()) {
        if (std::chrono::steady_clock::now() > end) return false;
        std::this_thread::yield();
    }
    return true;
}

}  // namespace

TEST_CASE("GET is answered with a body, HEAD with the same head and none", "[http]") {
    const Running running;
    const auto whole = ask(running, get("/a", last));
    CHECK(whole.starts_with("HTTP/1.1 200 OK\r\n"));
    CHECK(whole.ends_with("\r\n\r\npath /a\n"));
    CHECK(whole.find("Content-Length: 8\r\n") != std::string::npos);
    const auto head = ask(running, "HEAD /a HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n");
    CHECK(head.ends_with("\r\n\r\n"));
    CHECK(head.find("Content-Length: 8\r\n") != std::string::npos);
}

TEST_CASE("what is wrong is told, although the client goes on sending", "[http]") {
    const Running running;
    const std::string much(300'000, 'x');
    CHECK(ask(running, "POST / HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 300000\r\n\r\n" + much)
              .starts_with("HTTP/1.1 405 "));
    CHECK(ask(running, "GET /" + much).starts_with("HTTP/1.1 414 "));
    CHECK(ask(running, get("/", "X: " + much + "\r\n")).starts_with("HTTP/1.1 431 "));
    const auto refused = ask(running, get("/", "Content-Length: 5\r\n") + "GET / " + get("/"));
    CHECK(refused.starts_with("HTTP/1.1 400 "));
    CHECK(count(refused, "HTTP/1.1 ") == 1);
    CHECK(ask(running, "GET / HTTP/1.1\r\nHost: evil.example\r\n\r\n").starts_with("HTTP/1.1 421 "));
    CHECK(ask(running, get("/throw", last)).starts_with("HTTP/1.1 500 "));
}

TEST_CASE("a connection is for so many requests, in order, and no more", "[http]") {
    const Running running;
    std::string all;
    for (unsigned i = 0; i < 1000; ++i)
        all += get("/" + std::to_string(i));
    const auto answers = ask(running, all);
    CHECK(count(answers, "HTTP/1.1 200 OK\r\n") == HttpLimits{}.requests);
    CHECK(count(answers, "Connection: close\r\n") == 1);
    std::size_t at = 0;
    for (unsigned i = 0; i < HttpLimits{}.requests; ++i) {
        at = answers.find("path /" + std::to_string(i) + "\n", at);
        REQUIRE(at != std::string::npos);
    }
}

TEST_CASE("a head that does not arrive in time ends its connection", "[http]") {
    const Running running({.head = milliseconds{200}});
    const Client silent(running.address);
    const Client slow(running.address);
    slow.send("GET / HTTP/1.1\r\nHost:");
    CHECK(slow.receive().starts_with("HTTP/1.1 408 "));
    CHECK(silent.receive().empty());
}

TEST_CASE("octets that drip do not put off a head's deadline", "[http]") {
    const Running running({.head = milliseconds{300}});
    const Client client(running.address);
    client.send("GET / HTTP/1.1\r\nX: ");
    CHECK(eventually([&] {
        client.send("y");
        return client.readable(milliseconds{20});
    }));
    CHECK(client.receive().starts_with("HTTP/1.1 408 "));
}

TEST_CASE("a connection that is kept and not used is ended", "[http]") {
    const Running running({.idle = milliseconds{200}});
    const Client client(running.address);
    client.send(get("/a"));
    const auto all = client.receive();
    CHECK(count(all, "HTTP/1.1 200 OK\r\n") == 1);
    CHECK(all.ends_with("path /a\n"));
}

TEST_CASE("who takes nothing of a large answer is given up, and the body is not copied", "[http]") {
    Running running({.stalled = milliseconds{300}});
    std::vector<Client> clients;
    for (unsigned i = 0; i < 2; ++i) {
        clients.emplace_back(running.address, 4096);
        clients.back().send(get("/large"));
    }
    for (auto& client : clients) {
        // A first piece proves that it has begun; the rest comes too late.
        const auto begun = client.receive("\r\n\r\n");
        CHECK(begun.starts_with("HTTP/1.1 200 "));
    }
    CHECK(eventually([&] { return running.large.use_count() == 1; }));
    CHECK(clients.front().receive().size() < large_octets);
}

TEST_CASE("a large answer is whole for who takes it", "[http]") {
    const Running running;
    CHECK(ask(running, get("/large", last)).size() > large_octets);
}

TEST_CASE("bodies under way have a budget, and whoever is over it is told", "[http]") {
    const Running running({.octets_under_way = large_octets});
    const Client slow(running.address, 4096);
    slow.send(get("/large"));
    CHECK(slow.receive("\r\n\r\n").starts_with("HTTP/1.1 200 "));
    const auto other = ask(running, get("/large", last));
    CHECK(other.starts_with("HTTP/1.1 503 "));
    CHECK(other.find("Retry-After: 1\r\n") != std::string::npos);
}

TEST_CASE("an answer that takes too long in all is given up, however steadily it is taken", "[http]") {
    Running running({.answer = milliseconds{300}});
    const Client client(running.address, 4096);
    client.send(get("/large"));
    std::size_t taken = 0;
    const auto started = std::chrono::steady_clock::now();
    CHECK(eventually([&] {
        taken += client.receive("x").size();
        return running.large.use_count() == 1 || std::chrono::steady_clock::now() - started > seconds{5};
    }));
    CHECK(taken < large_octets);
    CHECK(std::chrono::steady_clock::now() - started < seconds{5});
}

TEST_CASE("more connections than there are places are told so, and closed", "[http]") {
    const Running running({.connections = 3});
    std::vector<Client> kept;
    for (unsigned i = 0; i < 3; ++i) {
        kept.emplace_back(running.address);
        kept.back().send(get("/"));
        CHECK(kept.back().receive("path /\n").starts_with("HTTP/1.1 200 "));
    }
    const auto refused = Client(running.address).receive();
    CHECK(refused.starts_with("HTTP/1.1 503 "));
    CHECK(refused.find("Connection: close\r\n") != std::string::npos);
    kept.back().send(get("/"));
    CHECK(kept.back().receive("path /\n").starts_with("HTTP/1.1 200 "));
    kept.pop_back();
    CHECK(eventually([&] { return ask(running, get("/", last)).starts_with("HTTP/1.1 200 "); }));
}

TEST_CASE("a stream of events gets what is published, and has a budget", "[http][events]") {
    Running running({.event_streams = 1});
    Client client(running.address);
    client.send(get("/events"));
    const auto head = client.receive("retry: 1000\n\n");
    CHECK(head.find("Content-Type: text/event-stream\r\n") != std::string::npos);
    CHECK(head.find("Content-Length") == std::string::npos);
    CHECK(eventually([&] { return running.subscriptions() == 1; }));
    running.publish("{\"n\":1}");
    CHECK(client.receive("\n\n") == "event: zone\ndata: {\"n\":1}\n\n");
    CHECK(ask(running, get("/events", last)).starts_with("HTTP/1.1 503 "));
    client.close();
    CHECK(eventually([&] { return running.subscriptions() == 0; }));
    CHECK(eventually([&] {
        const Client next(running.address);
        next.send(get("/events"));
        return next.receive("\r\n\r\n").starts_with("HTTP/1.1 200 ");
    }));
}

TEST_CASE("a stream without events is pinged", "[http][events]") {
    const Running running({.ping = milliseconds{50}});
    const Client client(running.address);
    client.send(get("/events"));
    CHECK(client.receive(": \n\n: \n\n").ends_with("retry: 1000\n\n: \n\n: \n\n"));
}

TEST_CASE("a port that is taken is named, with what to do", "[http]") {
    const Running running;
    asio::io_context context{1};
    Log log = Log::silent();
    EventHub events;
    HttpServer second(context, log, events,
                      [](HttpRequest request) { return answer(nullptr, std::move(request)); });
    const auto opened = second.open(running.address);
    REQUIRE_FALSE(opened);
    for (const auto& part : {running.address.to_string(), std::string("in use"), std::string("ss -lnp"),
                             std::string("server.http")}) {
        CAPTURE(part);
        CHECK(opened.error().text.find(part) != std::string::npos);
    }
}
