#include "net/tcp_server.hpp"

#include "net/held_replies.hpp"
#include "net/stream.hpp"
#include "net/stream_answers.hpp"
#include "net/udp_server.hpp"
#include "wire/header.hpp"

#include <algorithm>

namespace lockstep {
namespace {

constexpr std::size_t favoured_share = 8;  // one place in so many is for nobody else

}  // namespace

/// Counted as long as it lives, or until it is closed to make room. Resource type.
class TcpServer::Session {
public:
    Session(TcpServer& server, DnsStream& stream, HeldReplies& held, const IpAddress& peer, bool favoured)
        : server_(server), stream_(stream), held_(held), peer_(peer), favoured_(favoured) {
        server_.open_connections_.fetch_add(1, std::memory_order_relaxed);
        ++server_.by_peer_[peer_];
        if (!favoured_) ++server_.strangers_;
        place_ = server_.sessions_.insert(server_.sessions_.end(), this);
    }
    Session(const Session&) = delete;
    Session& operator=(const Session&) = delete;
    ~Session() {
        if (!closed_) leave();
    }

    [[nodiscard]] bool favoured() const { return favoured_; }
    [[nodiscard]] bool closed() const { return closed_; }
    /// It has got on, and waits from now.
    void wait_anew() {
        if (!closed_) server_.sessions_.splice(server_.sessions_.end(), server_.sessions_, place_);
    }
    /// Its coroutine ends soon; its place is free at once.
    void close() {
        leave();
        closed_ = true;
        stream_.close();
        held_.bell().cancel();
    }

private:
    void leave() {
        server_.sessions_.erase(place_);
        server_.open_connections_.fetch_sub(1, std::memory_order_relaxed);
        if (!favoured_) --server_.strangers_;
        if (--server_.by_peer_[peer_] == 0) server_.by_peer_.erase(peer_);
    }

    TcpServer& server_;
    DnsStream& stream_;
    HeldReplies& held_;
    const IpAddress peer_;
    const bool favoured_;
    bool closed_ = false;
    Sessions::iterator place_;
};

TcpServer::TcpServer(Log& log, TcpLimits limits)
    : log_(log), limits_(std::move(limits)), scratch_(max_message_octets) {}

TcpServer::~TcpServer() {
    stop();
}

Result<void> TcpServer::open(const std::vector<Endpoint>& addresses) {
    std::string problems;
    for (const auto& address : addresses) {
        auto acceptor = std::make_unique<tcp::acceptor>(context_);
        const auto endpoint = to_asio<tcp>(address);
        boost::system::error_code error;
        acceptor->open(endpoint.protocol(), error);
        if (!error) acceptor->set_option(tcp::acceptor::reuse_address(true), error);
        if (!error) acceptor->set_option(tcp::no_delay(true), error);  // connections have it from there
        if (!error && !address.address.is_v4()) acceptor->set_option(asio::ip::v6_only(true), error);
        if (!error) acceptor->bind(endpoint, error);
        if (!error) acceptor->listen(1024, error);
        if (!error) {
            acceptors_.push_back(std::move(acceptor));
        } else {
            problems += (problems.empty() ? "" : "\n") + describe_bind_failure(address, "TCP", error.value());
        }
    }
    if (problems.empty()) return {};
    acceptors_.clear();
    return fail(ErrorCode::Io, std::move(problems));
}

void TcpServer::start(HandlerFactory& handlers) {
    handler_ = handlers.make_handler();
    for (const auto& acceptor : acceptors_)
        gate_.spawn(accept_from(acceptor.get()));
    gate_.spawn(beat());
    thread_ = std::thread([this] { context_.run(); });
}

void TcpServer::set_limits(TcpLimits limits) {
    asio::post(context_, [this, limits = std::move(limits)]() mutable {
        limits_ = std::move(limits);
        for (auto open = connections(); open > limits_.connections && close_longest_waiting(); --open) {
        }
    });
}

void TcpServer::stop() {
    context_.stop();
    if (thread_.joinable()) thread_.join();
    inbox_->close();
}

awaitable<void> TcpServer::beat() {
    asio::steady_timer tick(context_);
    for (;;) {
        beat_.raise();
        handler_->idle();
        tick.expires_after(seconds{1});
        (void)co_await tick.async_wait(as_values);
    }
}

awaitable<void> TcpServer::accept_from(tcp::acceptor* acceptor) {
    for (;;) {
        tcp::endpoint from;
        auto accepted = co_await acceptor->async_accept(from, as_values);
        auto& [error, socket] = accepted;
        if (error) {
            if (error == asio::error::operation_aborted) co_return;
            // Out of descriptors or memory: those who are connected go on, newcomers wait in the kernel's
            // queue.
            log_.warning("TCP: accepting a connection: {}", error.message());
            asio::steady_timer pause(context_, milliseconds{100});
            (void)co_await pause.async_wait(as_values);
            continue;
        }
        const Endpoint peer = from_asio(from);
        const bool favoured = limits_.favours && limits_.favours(peer.address);
        if (!make_room(peer.address, favoured)) {
            log_.debug("TCP: a connection from {} is over the limit, closed", peer.to_string());
            continue;
        }
        gate_.spawn(serve(std::move(socket), peer, favoured));
    }
}

bool TcpServer::make_room(const IpAddress& peer, bool favoured) {
    const auto mine = by_peer_.find(peer);
    if (mine != by_peer_.end() && mine->second >= limits_.connections_a_peer) return false;
    const std::size_t kept_free = limits_.favours ? limits_.connections / favoured_share : 0;
    const bool full =
        favoured ? connections() >= limits_.connections
                 : strangers_ >= limits_.connections - kept_free || connections() >= limits_.connections;
    return !full || close_longest_waiting();
}

bool TcpServer::close_longest_waiting() {
    const auto at =
        std::find_if(sessions_.begin(), sessions_.end(), [](const Session* one) { return !one->favoured(); });
    if (at == sessions_.end()) return false;
    (*at)->close();
    return true;
}

awaitable<void> TcpServer::serve(tcp::socket socket, Endpoint peer, bool favoured) {
    DnsStream stream(std::move(socket));
    // Late replies know it weakly: it goes with this coroutine, at the latest with the context.
    const auto held = std::make_shared<HeldReplies>(context_, inbox_);
    Session session(*this, stream, *held, peer.address, favoured);
    co_await answer_all(&stream, Client{peer, Transport::Tcp}, &session, held.get());
    stream.close();
}

awaitable<void> TcpServer::answer_all(DnsStream* stream, Client client, Session* session, HeldReplies* held) {
    StreamAnswers answers(*handler_, client, scratch_, *held);
    while (!answers.broken() && !session->closed()) {
        bool asked = false;
        if (answers.idle()) {
            session->wait_anew();
            auto question = co_await stream->read(limits_.idle);
            if (!question || !*question) co_return;
            answers.answer(**question);
            asked = true;
        } else {
            answers.add_late();
            stream->receive_more();
        }
        while (answers.takes_questions()) {
            const auto question = stream->take();
            if (!question) break;
            answers.answer(*question);
            asked = true;
        }
        answers.go_on();
        if (answers.waits_for_late()) {
            if (asked) continue;  // more may have come
            session->wait_anew();
            (void)co_await held->bell().async_wait(as_values);
            continue;
        }
        session->wait_anew();
        auto written = co_await stream->write_framed(answers.framed(), limits_.write);
        if (!written) co_return;
        answers.sent();
    }
}

}  // namespace lockstep
