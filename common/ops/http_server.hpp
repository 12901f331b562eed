#pragma once
// Answers GET and HEAD, and POST where it is taken, over plain HTTP/1.1, on one address.
//
// Threads: the housekeeping thread's. Errors: Io at open, naming the address, the reason and what to do.
// Limits: HttpLimits and http_request. Security: no bodies in but those of POSTs that are taken, no
// compression, nothing cached; every wait has a deadline; connections, streams of events and bodies on their
// way out have budgets of their own, and who is over them is told 503. A foreign Host is answered 421 (DNS
// rebinding). Standards: RFC 9110, RFC 9112.

#include "net/deadline.hpp"
#include "net/gate.hpp"
#include "ops/event_hub.hpp"
#include "ops/http_request.hpp"

#include <functional>
#include <optional>
#include <string>

namespace lockstep {

struct HttpLimits {
    std::size_t connections = 64;
    std::size_t event_streams = 32;  // of these
    std::size_t requests = 100;      // a connection
    /// Of bodies that clients are slow to take; one is always sent, however large.
    std::size_t octets_under_way = std::size_t{64} * 1024 * 1024;
    milliseconds head{5'000};       // from a request's first octet to its last; also for the first octet
    milliseconds idle{30'000};      // between requests
    milliseconds stalled{5'000};    // a reader takes nothing
    milliseconds answer{60'000};    // a reader takes the whole of an answer
    milliseconds lingering{1'000};  // for what a client still sends after our last answer
    milliseconds ping{15'000};      // to a stream that has no events
};

using HttpHandler = std::function<awaitable<HttpAnswer>(HttpRequest)>;
/// The name that Host may have besides addresses and localhost; asked for each connection.
using HttpIdentity = std::function<std::optional<std::string>()>;

/// Resource type; what it is given outlives it.
class HttpServer {
public:
    HttpServer(asio::io_context& context, Log& log, EventHub& events, HttpHandler handler,
               HttpIdentity identity = {}, HttpLimits limits = {});

    /// Without this all is read-only. Before open().
    void take_posts(TakesPost takes_post) { takes_post_ = std::move(takes_post); }
    /// Listens; answers once the context runs.
    [[nodiscard]] Result<void> open(const Endpoint& address);
    /// Listens at `address` alone from now on, or nowhere; connections stay. Errors: as open(); then it
    /// listens where it did.
    [[nodiscard]] Result<void> move_to(const std::optional<Endpoint>& address);
    /// Takes no further connections.
    void close();
    /// Where it listens: the port that the system chose, where 0 was asked for.
    [[nodiscard]] Endpoint address() const;

private:
    class Connection;
    awaitable<void> accept_all();
    void turn_away(tcp::socket& socket);
    awaitable<void> serve(tcp::socket socket);
    /// The answer to a request or, where it is none, what it is refused with.
    awaitable<HttpAnswer> answer_to(Expected<HttpRequest, HttpAnswer> request);
    awaitable<void> stream_events(Connection* connection);
    [[nodiscard]] std::optional<HttpAnswer> over_budget(const HttpAnswer& answer, HttpMethod method) const;

    asio::io_context& context_;
    Log& log_;
    EventHub& events_;
    HttpHandler handler_;
    HttpIdentity identity_;
    TakesPost takes_post_;
    const HttpLimits limits_;
    Gate gate_;
    tcp::acceptor acceptor_;
    std::size_t connections_ = 0;
    std::size_t event_streams_ = 0;
    std::size_t octets_under_way_ = 0;
};

}  // namespace lockstep
