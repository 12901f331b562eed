#include "ops/http_server.hpp"

#include "base/counted.hpp"
#include "net/udp_server.hpp"
#include "ops/http_head.hpp"

#include <algorithm>
#include <array>
#include <exception>
#include <utility>

namespace lockstep {
namespace {

constexpr int accept_queue = 64;
constexpr std::size_t read_octets = std::size_t{4} * 1024;
constexpr std::size_t write_octets = std::size_t{256} * 1024;  // handed to the kernel at once
constexpr int send_buffer_octets = 128 * 1024;  // of an answer that a slow client leaves in the kernel
constexpr std::string_view no_body;
constexpr std::size_t lingering_octets = std::size_t{1024} * 1024;

HttpAnswer busy(std::string text) {
    auto answer = HttpAnswer::text(503, std::move(text));
    answer.headers.emplace_back("Retry-After", "1");
    return answer;
}

}  // namespace

/// A socket, its deadline and what has come over it. Resource type.
class HttpServer::Connection {
public:
    Connection(tcp::socket socket, HttpRequestReader reader, const HttpLimits& limits)
        : limits_(limits), socket_(std::move(socket)), deadline_(socket_), reader_(std::move(reader)) {
        boost::system::error_code ignored;
        socket_.set_option(tcp::no_delay(true), ignored);
        socket_.set_option(tcp::socket::send_buffer_size(send_buffer_octets), ignored);
    }

    [[nodiscard]] tcp::socket& socket() { return socket_; }

    using Incoming = std::optional<Expected<HttpRequest, HttpAnswer>>;
    /// The next request; nothing where the client closed, or was silent for too long.
    [[nodiscard]] awaitable<Incoming> read(milliseconds idle) {
        const auto patience = reader_.begun() ? limits_.head : idle;
        deadline_.set(patience);
        bool begun = reader_.begun();
        for (;;) {
            auto request = reader_.next();
            if (request) {
                deadline_.clear();
                co_return request;
            }
            std::array<char, read_octets> buffer;
            auto received = co_await socket_.async_read_some(asio::buffer(buffer), as_values);
            const auto& [error, octets] = received;
            if (error) {
                deadline_.clear();
                const bool late = error == asio::error::operation_aborted && reader_.begun();
                if (!late) co_return std::nullopt;
                co_return Incoming(unexpected(HttpAnswer::text(408, "the request did not arrive in time")));
            }
            if (!begun) deadline_.set(limits_.head);
            begun = true;
            reader_.add(std::string_view(buffer.data(), octets));
        }
    }

    /// Whether the client took both parts, one after the other, in time.
    [[nodiscard]] awaitable<bool> write(std::string_view head, std::string_view body) {
        const auto end = std::chrono::steady_clock::now() + limits_.answer;
        bool taken = true;
        while (taken && !(head.empty() && body.empty())) {
            deadline_.set(std::min(end, std::chrono::steady_clock::now() + limits_.stalled));
            const std::array<asio::const_buffer, 2> parts{
                asio::buffer(head), asio::buffer(body.substr(0, std::min(body.size(), write_octets)))};
            auto sent = co_await socket_.async_write_some(parts, as_values);
            const auto octets = std::get<1>(sent);
            const auto of_head = std::min(octets, head.size());
            head.remove_prefix(of_head);
            body.remove_prefix(octets - of_head);
            taken = !std::get<0>(sent);
        }
        deadline_.clear();
        co_return taken;
    }

    /// Says that nothing more comes, and takes what the client still sends: were the socket closed with
    /// octets unread, the reset would take our answer away from the client.
    [[nodiscard]] awaitable<void> finish() {
        boost::system::error_code ignored;
        socket_.shutdown(tcp::socket::shutdown_send, ignored);
        deadline_.set(limits_.lingering);
        for (std::size_t octets = 0; octets < lingering_octets;) {
            std::array<char, read_octets> buffer;
            auto received = co_await socket_.async_read_some(asio::buffer(buffer), as_values);
            if (std::get<0>(received)) break;
            octets += std::get<1>(received);
        }
        deadline_.clear();
    }

private:
    const HttpLimits& limits_;
    tcp::socket socket_;
    Deadline<tcp::socket> deadline_;
    HttpRequestReader reader_;
};

HttpServer::HttpServer(asio::io_context& context, Log& log, EventHub& events, HttpHandler handler,
                       HttpIdentity identity, HttpLimits limits)
    : context_(context),
      log_(log),
      events_(events),
      handler_(std::move(handler)),
      identity_(std::move(identity)),
      limits_(limits),
      gate_(context, log),
      acceptor_(context) {}

Result<void> HttpServer::open(const Endpoint& address) {
    const auto endpoint = to_asio<tcp>(address);
    boost::system::error_code error;
    acceptor_.open(endpoint.protocol(), error);
    if (!error) acceptor_.set_option(tcp::acceptor::reuse_address(true), error);
    if (!error && !address.address.is_v4()) acceptor_.set_option(asio::ip::v6_only(true), error);
    if (!error) acceptor_.bind(endpoint, error);
    if (!error) acceptor_.listen(accept_queue, error);
    if (error) {
        close();
        return fail(ErrorCode::Io, describe_bind_failure(address, "HTTP", error.value()) +
                                       "; server.http names the address, and without it there is no HTTP");
    }
    gate_.spawn(accept_all());
    return {};
}

Result<void> HttpServer::move_to(const std::optional<Endpoint>& address) {
    const auto before = acceptor_.is_open() ? std::optional(this->address()) : std::nullopt;
    if (address == before) return {};
    close();
    auto opened = address ? open(*address) : Result<void>();
    if (!opened && before) {
        if (auto back = open(*before); !back) log_.error("{}", back.error().text);
    }
    return opened;
}

void HttpServer::close() {
    boost::system::error_code ignored;
    acceptor_.close(ignored);
}

Endpoint HttpServer::address() const {
    return from_asio(acceptor_.local_endpoint());
}

awaitable<void> HttpServer::accept_all() {
    bool told = false;  // once an episode
    for (;;) {
        auto accepted = co_await acceptor_.async_accept(as_values);
        auto& [error, socket] = accepted;
        if (error == asio::error::operation_aborted || !acceptor_.is_open()) co_return;
        if (error) {
            if (!std::exchange(told, true)) log_.warning("HTTP: accepting a connection: {}", error.message());
            asio::steady_timer pause(context_, milliseconds{100});
            (void)co_await pause.async_wait(as_values);
        } else if (connections_ < limits_.connections) {
            told = false;
            gate_.spawn(serve(std::move(socket)));
        } else {
            turn_away(socket);
        }
    }
}

void HttpServer::turn_away(tcp::socket& socket) {
    const auto answer = busy("all connections are taken; try again, or close some");
    const auto text = http_head(answer, AfterAnswer::Close) + *answer.body;
    boost::system::error_code error;
    socket.non_blocking(true, error);
    // So little fits into the socket's buffer at once. What has come is read, so that closing is no reset.
    (void)socket.write_some(asio::buffer(text), error);
    socket.shutdown(tcp::socket::shutdown_send, error);
    std::array<char, read_octets> buffer;
    (void)socket.read_some(asio::buffer(buffer), error);
}

awaitable<void> HttpServer::serve(tcp::socket socket) {
    const Counted counted(connections_);
    boost::system::error_code unknown;
    const auto peer = socket.remote_endpoint(unknown);
    if (unknown) co_return;  // it has gone
    Connection connection(std::move(socket),
                          HttpRequestReader(identity_ ? identity_() : std::nullopt, takes_post_), limits_);
    for (std::size_t answered = 1;; ++answered) {
        const auto patience = answered == 1 ? limits_.head : limits_.idle;
        auto request = co_await connection.read(patience);
        if (!request) co_return;
        const auto method = *request ? (*request)->method : HttpMethod::Get;
        const bool last = !*request || (*request)->last || answered >= limits_.requests;
        if (*request && method == HttpMethod::Post) (*request)->from = from_asio(peer).address;
        auto answer = co_await answer_to(std::move(*request));
        if (auto refusal = over_budget(answer, method)) answer = std::move(*refusal);
        if (answer.kind == HttpAnswer::Kind::EventStream && method == HttpMethod::Get) {
            co_await stream_events(&connection);
            co_return;
        }
        const auto body = method == HttpMethod::Head ? nullptr : answer.body;
        const Counted under_way(octets_under_way_, body ? body->size() : 0);
        const auto head = http_head(answer, last ? AfterAnswer::Close : AfterAnswer::GoOn);
        const std::string_view body_text = body ? std::string_view(*body) : no_body;
        const bool taken = co_await connection.write(head, body_text);
        if (!taken) co_return;
        if (last) {
            co_await connection.finish();
            co_return;
        }
    }
}

awaitable<HttpAnswer> HttpServer::answer_to(Expected<HttpRequest, HttpAnswer> request) {
    if (!request) co_return std::move(request).error();
    std::string thrown;
    try {
        auto answer = co_await handler_(std::move(*request));
        co_return answer;
    } catch (const std::exception& exception) {
        thrown = exception.what();
    }
    log_.error("HTTP: a request could not be answered: {}", thrown);
    co_return HttpAnswer::text(500, "it could not be answered; the log tells why");
}

std::optional<HttpAnswer> HttpServer::over_budget(const HttpAnswer& answer, HttpMethod method) const {
    if (method == HttpMethod::Head) return std::nullopt;
    if (answer.kind == HttpAnswer::Kind::EventStream && event_streams_ >= limits_.event_streams)
        return busy("all streams of events are taken; try again, or close some pages");
    const auto octets = answer.body ? answer.body->size() : 0;
    if (octets > 0 && octets_under_way_ > 0 && octets_under_way_ + octets > limits_.octets_under_way)
        return busy("others are slow to take their answers; try again");
    return std::nullopt;
}

awaitable<void> HttpServer::stream_events(Connection* connection) {
    const Counted counted(event_streams_);
    const auto subscription = std::make_shared<EventSubscription>(events_, context_);
    // Whatever comes from here on, a client that closes or one that says more than it was asked, ends the
    // stream.
    connection->socket().async_wait(
        tcp::socket::wait_read,
        [subscription](const boost::system::error_code& /*error*/) { subscription->end(); });
    std::string text = http_head(HttpAnswer::event_stream(), AfterAnswer::Close) + "retry: 1000\n\n";
    for (;;) {
        const bool taken = co_await connection->write(text, no_body);
        if (!taken || subscription->ended()) break;
        const auto frames = co_await subscription->take(limits_.ping);
        if (subscription->ended()) break;
        text.clear();
        for (const auto& frame : frames)
            text += *frame;
        if (frames.empty()) text = ": \n\n";
    }
    boost::system::error_code ignored;
    connection->socket().cancel(ignored);
}

}  // namespace lockstep
