#include "net/client.hpp"

#include "wire/reader.hpp"

#include <fmt/format.h>

#include <array>

namespace lockstep {
namespace {

constexpr std::size_t datagram_octets = 4096;  // more than we ever ask for

/// Whether `answer` may be the one to `query`: same ID and opcode, a response, and the same question where it
/// has one.
bool answers(Octets answer, Octets query) {
    if (answer.size() < header_octets) return false;
    const Header asked = Header::read(query);
    const Header got = Header::read(answer);
    if (!got.response || got.id != asked.id || got.opcode != asked.opcode) return false;
    if (got.question_count == 0) return true;  // errors may come without
    const auto wanted = MessageReader(query).first_question();
    const auto question = MessageReader(answer).first_question();
    return wanted && question && question->name == wanted->name && question->type == wanted->type &&
           question->rr_class == wanted->rr_class;
}

/// A socket that may only be used towards `to`, bound to `from` where that is of the same family.
template <class Protocol>
Result<void> open_towards(typename Protocol::socket& socket, const Endpoint& to,
                          const std::optional<IpAddress>& from) {
    boost::system::error_code error;
    socket.open(to_asio<Protocol>(to).protocol(), error);
    if (!error && from && from->is_v4() == to.address.is_v4()) {
        socket.bind(to_asio<Protocol>(Endpoint{*from, 0}), error);
    }
    if (error) return io_error("opening a socket towards " + to.to_string(), error);
    return {};
}

}  // namespace

awaitable<Result<OctetString>> exchange_datagram(Endpoint to, std::optional<IpAddress> from,
                                                 OctetString query, unsigned tries,
                                                 milliseconds timeout_each) {
    auto executor = co_await asio::this_coro::executor;
    udp::socket socket(executor);
    if (auto opened = open_towards<udp>(socket, to, from); !opened)
        co_return unexpected(std::move(opened).error());
    boost::system::error_code failed;
    socket.connect(to_asio<udp>(to), failed);  // the kernel then drops what comes from elsewhere
    if (failed) co_return io_error("UDP to " + to.to_string(), failed);
    Deadline<udp::socket> deadline(socket);
    OctetString answer(datagram_octets);
    boost::system::error_code last = asio::error::operation_aborted;
    for (unsigned attempt = 0; attempt < tries; ++attempt) {
        const auto until = std::chrono::steady_clock::now() + timeout_each;
        deadline.set(until);
        auto sent = co_await socket.async_send(asio::buffer(query), as_values);
        last = std::get<0>(sent);
        while (!last) {
            auto received = co_await socket.async_receive(asio::buffer(answer), as_values);
            last = std::get<0>(received);
            if (last) break;
            const Octets got = Octets(answer).first(std::get<1>(received));
            if (answers(got, query)) {
                answer.resize(got.size());
                co_return answer;
            }
            // Who floods us with wrong answers must not keep us here.
            if (std::chrono::steady_clock::now() >= until) last = asio::error::operation_aborted;
        }
    }
    co_return io_error("UDP to " + to.to_string(), last);
}

awaitable<Result<std::unique_ptr<DnsStream>>> connect_stream(Endpoint to, std::optional<IpAddress> from,
                                                             milliseconds timeout) {
    auto executor = co_await asio::this_coro::executor;
    tcp::socket socket(executor);
    if (auto opened = open_towards<tcp>(socket, to, from); !opened)
        co_return unexpected(std::move(opened).error());
    boost::system::error_code error;
    {
        Deadline<tcp::socket> deadline(socket);
        deadline.set(timeout);
        auto connected = co_await socket.async_connect(to_asio<tcp>(to), as_values);
        error = std::get<0>(connected);
    }
    if (error) co_return io_error("TCP to " + to.to_string(), error);
    socket.set_option(tcp::no_delay(true), error);
    co_return std::make_unique<DnsStream>(std::move(socket));
}

}  // namespace lockstep
