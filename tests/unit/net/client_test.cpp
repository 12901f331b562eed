// Asking others: what is taken for an answer, and that no wait is without an end.
#include "net/client.hpp"

#include "loopback.hpp"
#include "net/deadline.hpp"
#include "wire/name.hpp"
#include "wire/writer.hpp"

#include <optional>
#include <vector>

using namespace lockstep;
using namespace lockstep::test;

namespace {

struct Form {
    std::uint16_t id = 4711;
    std::string_view name = "example.com.";
    bool response = false;
    Opcode opcode = Opcode::Query;
    bool with_question = true;
    RrType type = RrType::SOA;
};
OctetString message(const Form& form) {
    OctetString octets(512);
    MessageWriter writer;
    writer.start(octets, octets.size());
    if (form.with_question)
        REQUIRE(writer.question(Name::parse_absolute(form.name).value(), form.type, RrClass::IN));
    octets.resize(
        writer.finish({.id = MessageId{form.id}, .response = form.response, .opcode = form.opcode}));
    return octets;
}
std::string text(const OctetString& octets) {
    return std::string(as_text(octets));
}

using Outcome = std::optional<Result<OctetString>>;

// No assertion here: the peer's thread makes its own meanwhile.
awaitable<void> ask_and_keep(OctetString query, Endpoint to, std::optional<IpAddress> from, unsigned tries,
                             milliseconds timeout_each, Outcome* outcome) {
    auto result = co_await exchange_datagram(to, from, query, tries, timeout_each);
    *outcome = std::move(result);
}

/// Asks `peer`'s address; `script` is the peer, run by a thread of its own once the question is there.
Result<OctetString> ask(const UdpPeer& peer, const std::function<void(const UdpPeer::Datagram&)>& script,
                        unsigned tries = 1, milliseconds timeout_each = seconds{10},
                        std::optional<IpAddress> from = std::nullopt) {
    asio::io_context context;
    Outcome outcome;
    asio::co_spawn(context, ask_and_keep(message({}), peer.local(), from, tries, timeout_each, &outcome),
                   asio::detached);
    std::thread other([&] { script(peer.receive()); });
    context.run();
    other.join();
    REQUIRE(outcome.has_value());
    return std::move(*outcome);
}

}  // namespace

TEST_CASE("the answer to a question is the next message with its ID and question", "[client][rfc5452]") {
    const UdpPeer peer;
    const auto right = message({.response = true});
    const auto got = ask(peer, [&](const UdpPeer::Datagram& query) {
        CHECK(query.octets == text(message({})));
        peer.send(text(right), query.from);
    });
    REQUIRE(got);
    CHECK(*got == right);
}

TEST_CASE("what is not the answer is passed over", "[client][rfc5452]") {
    const UdpPeer peer;
    const auto right = message({.response = true});
    const std::vector<std::string> wrong{
        "",
        "short",
        text(message({.id = 4712, .response = true})),
        text(message({.response = false})),
        text(message({.name = "example.net.", .response = true})),
        text(message({.response = true, .type = RrType::A})),
        text(message({.response = true, .opcode = Opcode::Notify})),
        text(right).substr(0, 20),
    };
    const auto got = ask(peer, [&](const UdpPeer::Datagram& query) {
        for (const auto& one : wrong)
            peer.send(one, query.from);
        peer.send(text(right), query.from);
    });
    REQUIRE(got);
    CHECK(*got == right);
}

TEST_CASE("an answer without a question is taken, and one that spells the name in another case", "[client]") {
    const UdpPeer peer;
    for (const auto& form :
         {Form{.response = true, .with_question = false}, Form{.name = "EXAMPLE.com.", .response = true}}) {
        const auto got =
            ask(peer, [&](const UdpPeer::Datagram& query) { peer.send(text(message(form)), query.from); });
        REQUIRE(got);
        CHECK(*got == message(form));
    }
}

TEST_CASE("an answer from another address or port is not looked at", "[client][rfc5452]") {
    const UdpPeer peer;
    const UdpPeer other_port;
    const UdpPeer other_address(ip("127.0.0.2"));
    const auto right = message({.response = true, .with_question = false});
    const auto forged = message({.response = true});
    const auto got = ask(peer, [&](const UdpPeer::Datagram& query) {
        other_port.send(text(forged), query.from);
        other_address.send(text(forged), query.from);
        peer.send(text(right), query.from);
    });
    REQUIRE(got);
    CHECK(*got == right);
}

TEST_CASE("a silent peer is asked so many times, then it is a timeout that names it", "[client]") {
    const UdpPeer peer;
    std::vector<std::string> asked;
    const auto got = ask(
        peer,
        [&](const UdpPeer::Datagram& first) {
            asked.push_back(first.octets);
            asked.push_back(peer.receive().octets);
            asked.push_back(peer.receive().octets);
        },
        3, milliseconds{20});
    REQUIRE_FALSE(got);
    CHECK(got.error().code == ErrorCode::Timeout);
    CHECK(got.error().text.find(peer.local().to_string()) != std::string::npos);
    CHECK(asked == std::vector<std::string>(3, text(message({}))));
    CHECK_FALSE(peer.something_waits());
}

TEST_CASE("an answer to the second try is an answer", "[client]") {
    const UdpPeer peer;
    const auto right = message({.response = true});
    const auto got = ask(
        peer,
        [&](const UdpPeer::Datagram&) {
            const auto second = peer.receive();
            peer.send(text(right), second.from);
        },
        2, milliseconds{300});
    REQUIRE(got);
    CHECK(*got == right);
}

TEST_CASE("a peer that answers wrongly without end is left after the time given", "[client][rfc5452]") {
    const UdpPeer peer;
    std::atomic<bool> over{false};
    asio::io_context context;
    Outcome outcome;
    asio::co_spawn(context, ask_and_keep(message({}), peer.local(), {}, 1, milliseconds{30}, &outcome),
                   asio::detached);
    std::thread other([&] {
        const auto query = peer.receive();
        const auto wrong = text(message({.id = 1, .response = true}));
        while (!over) {
            sockaddr_storage storage;
            const socklen_t length = query.from.to_sockaddr(storage);
            // Fails once the asker's socket is gone.
            (void)::sendto(peer.fd(), wrong.data(), wrong.size(), 0,
                           reinterpret_cast<const sockaddr*>(&storage), length);
        }
    });
    context.run();
    over = true;
    other.join();
    REQUIRE(outcome.has_value());
    REQUIRE_FALSE(outcome->has_value());
    CHECK(outcome->error().code == ErrorCode::Timeout);
}

TEST_CASE("wrong answers in the moment when the time is over do not make us wait for ever", "[client]") {
    const UdpPeer peer;
    asio::io_context context;
    Outcome outcome;
    constexpr milliseconds limit{30};
    asio::co_spawn(context, ask_and_keep(message({}), peer.local(), {}, 1, limit, &outcome), asio::detached);
    while (!peer.something_waits())
        context.run_one();
    // The loop is held up until the time is over; by then two wrong answers wait beside the timer.
    const auto query = peer.receive();
    const auto wrong = text(message({.id = 1, .response = true}));
    peer.send(wrong, query.from);
    peer.send(wrong, query.from);
    const auto over = std::chrono::steady_clock::now() + limit;
    while (std::chrono::steady_clock::now() < over) {
    }
    context.run_for(seconds{10});
    REQUIRE(outcome.has_value());
    REQUIRE_FALSE(outcome->has_value());
    CHECK(outcome->error().code == ErrorCode::Timeout);
}

TEST_CASE("a closed port is an error at once, not a timeout", "[client]") {
    std::optional<UdpPeer> peer(std::in_place);
    const auto to = peer->local();
    peer.reset();
    asio::io_context context;
    Outcome outcome;
    asio::co_spawn(context, ask_and_keep(message({}), to, {}, 1, seconds{10}, &outcome), asio::detached);
    context.run();
    REQUIRE(outcome.has_value());
    REQUIRE_FALSE(outcome->has_value());
    CHECK(outcome->error().code == ErrorCode::Io);
    CHECK(outcome->error().text.find(to.to_string()) != std::string::npos);
}

TEST_CASE("a question leaves from the address given, where it is of the peer's family", "[client]") {
    const UdpPeer peer;
    const auto answer = text(message({.response = true}));
    Endpoint from;
    const auto keep_source = [&](const UdpPeer::Datagram& query) {
        from = query.from;
        peer.send(answer, query.from);
    };
    REQUIRE(ask(peer, keep_source, 1, seconds{10}, ip("127.0.0.3")));
    CHECK(from.address == ip("127.0.0.3"));
    REQUIRE(ask(peer, keep_source, 1, seconds{10}, ip("2001:db8::1")));
    CHECK(from.address == ip("127.0.0.1"));
}

TEST_CASE("each question has a port of its own", "[client][rfc5452]") {
    const UdpPeer peer;
    const auto answer = text(message({.response = true}));
    std::vector<std::uint16_t> ports;
    for (int i = 0; i < 4; ++i) {
        REQUIRE(ask(peer, [&](const UdpPeer::Datagram& query) {
            ports.push_back(query.from.port);
            peer.send(answer, query.from);
        }));
    }
    CHECK(std::adjacent_find(ports.begin(), ports.end(), std::not_equal_to<>()) != ports.end());
}

namespace {

class Listener : public BlockingSocket {
public:
    Listener() : BlockingSocket(SOCK_STREAM, ip("127.0.0.1")) {
        bind({ip("127.0.0.1"), 0});
        REQUIRE(::listen(fd(), 8) == 0);
    }
};

/// What reading once from a connection came to.
struct Read {
    std::optional<Error> connect_error;
    std::optional<Error> error;
    std::optional<std::string> message;
    bool ended = false;
};
awaitable<void> connect_and_read(Endpoint to, milliseconds timeout, Read* read) {
    auto stream = co_await connect_stream(to, std::nullopt, seconds{10});
    if (!stream) {
        read->connect_error = stream.error();
        co_return;
    }
    auto got = co_await (*stream)->read(timeout);
    if (!got) {
        read->error = got.error();
    } else if (*got) {
        read->message = std::string(as_text(**got));
    } else {
        read->ended = true;
    }
}
Read read_from(const Listener& listener, std::string_view sent, bool closes,
               milliseconds timeout = seconds{10}) {
    asio::io_context context;
    Read read;
    asio::co_spawn(context, connect_and_read(listener.local(), timeout, &read), asio::detached);
    std::optional<int> accepted;
    std::thread other([&] {
        accepted = ::accept(listener.fd(), nullptr, nullptr);
        (void)!::send(*accepted, sent.data(), sent.size(), MSG_NOSIGNAL);
        if (closes) ::shutdown(*accepted, SHUT_WR);
    });
    context.run();
    other.join();
    ::close(*accepted);
    return read;
}

}  // namespace

TEST_CASE("a connection to a closed port is an error that names it", "[client]") {
    std::optional<Listener> listener(std::in_place);
    const auto to = listener->local();
    listener.reset();
    asio::io_context context;
    Read read;
    asio::co_spawn(context, connect_and_read(to, seconds{10}, &read), asio::detached);
    context.run();
    REQUIRE(read.connect_error.has_value());
    CHECK(read.connect_error->code == ErrorCode::Io);
    CHECK(read.connect_error->text.find(to.to_string()) != std::string::npos);
}

TEST_CASE("a peer that closes between messages has ended, within one it has failed", "[client]") {
    const Listener listener;
    CHECK(read_from(listener, "", true).ended);
    CHECK(read_from(listener, TcpPeer::framed("whole"), true).message == "whole");
    for (const std::string_view part :
         {std::string_view("\0", 1), std::string_view("\0\5", 2), std::string_view("\0\5abcd", 6)}) {
        const auto read = read_from(listener, part, true);
        REQUIRE(read.error.has_value());
        CHECK(read.error->code == ErrorCode::Io);
    }
}

TEST_CASE("a peer that falls silent on a connection is a timeout", "[client]") {
    const Listener listener;
    for (const std::string_view part :
         {std::string_view(""), std::string_view("\0", 1), std::string_view("\xff\xff and then nothing")}) {
        const auto read = read_from(listener, part, false, milliseconds{20});
        REQUIRE(read.error.has_value());
        CHECK(read.error->code == ErrorCode::Timeout);
    }
}

TEST_CASE("a deadline that is set anew or cleared in its last moment cancels nothing", "[client]") {
    asio::io_context context;
    udp::socket socket(context, to_asio<udp>({ip("127.0.0.1"), 0}));
    Deadline<udp::socket> deadline(socket);
    std::array<char, 16> buffer{};
    boost::system::error_code received = asio::error::would_block;
    asio::steady_timer before(context);
    const auto soon = std::chrono::steady_clock::now() + milliseconds{5};
    before.expires_at(soon);
    const bool cleared = GENERATE(true, false);
    // Both timers are due when the loop looks; this one comes first.
    before.async_wait([&](const boost::system::error_code&) {
        if (cleared) {
            deadline.clear();
        } else {
            deadline.set(std::chrono::hours{1});
        }
        socket.async_receive(asio::buffer(buffer), [&](const boost::system::error_code& error, std::size_t) {
            received = error;
            deadline.clear();
        });
        asio::post(context, [&] { UdpPeer().send("hello", from_asio(socket.local_endpoint())); });
    });
    deadline.set(soon + milliseconds{1});
    while (std::chrono::steady_clock::now() < soon + milliseconds{2}) {
    }
    context.run();
    CHECK_FALSE(received);
}
