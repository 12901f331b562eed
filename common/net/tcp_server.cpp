#include "net/tcp_server.hpp"

#include "net/stream.hpp"
#include "net/udp_server.hpp"

#include <algorithm>

namespace lockstep {
namespace {

constexpr std::size_t max_message_octets = 65535;
constexpr std::size_t length_octets = 2;
constexpr std::size_t write_batch_octets = 64 * 1024;
constexpr std::size_t favoured_share = 8;  // one place in so many is for nobody else

}  // namespace

/// Counted as long as it lives, or until it is closed to make room. Resource type.
class TcpServer::Session {
public:
    Session(TcpServer& server, DnsStream& stream, const IpAddress& peer, bool favoured)
        : server_(server), stream_(stream), peer_(peer), favoured_(favoured) {
        server_.open_connections_.fetch_add(1, std::memory_order_relaxed);
        ++server_.by_peer_[peer_];
        if (!favoured_) ++server_.strangers_;
        place_ = server_.busy_.insert(server_.busy_.end(), this);
    }
    Session(const Session&) = delete;
    Session& operator=(const Session&) = delete;
    ~Session() {
        (silent_ ? server_.silent_ : server_.busy_).erase(place_);
        if (!closed_) leave();
    }

    [[nodiscard]] bool favoured() const { return favoured_; }
    void set_silent(bool silent) {
        if (silent == silent_ || closed_) return;
        auto& from = silent_ ? server_.silent_ : server_.busy_;
        auto& to = silent ? server_.silent_ : server_.busy_;
        to.splice(to.end(), from, place_);
        silent_ = silent;
    }
    /// Its coroutine ends soon; its place is free at once.
    void close() {
        set_silent(false);
        closed_ = true;
        leave();
        stream_.close();
    }

private:
    void leave() {
        server_.open_connections_.fetch_sub(1, std::memory_order_relaxed);
        if (!favoured_) --server_.strangers_;
        if (--server_.by_peer_[peer_] == 0) server_.by_peer_.erase(peer_);
    }

    TcpServer& server_;
    DnsStream& stream_;
    const IpAddress peer_;
    const bool favoured_;
    bool silent_ = false;
    bool closed_ = false;
    Sessions::iterator place_;
};

TcpServer::TcpServer(Log& log, TcpLimits limits) : log_(log), limits_(limits) {}

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
        for (auto open = connections(); open > limits_.connections && close_longest_silent(); --open) {
        }
    });
}

void TcpServer::stop() {
    context_.stop();
    if (thread_.joinable()) thread_.join();
}

awaitable<void> TcpServer::beat() {
    asio::steady_timer tick(context_);
    for (;;) {
        beat_.raise();
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
    return !full || close_longest_silent();
}

bool TcpServer::close_longest_silent() {
    const auto at =
        std::find_if(silent_.begin(), silent_.end(), [](const Session* one) { return !one->favoured(); });
    if (at == silent_.end()) return false;
    (*at)->close();
    return true;
}

awaitable<void> TcpServer::serve(tcp::socket socket, Endpoint peer, bool favoured) {
    DnsStream stream(std::move(socket));
    Session session(*this, stream, peer.address, favoured);
    co_await answer_all(&stream, Client{peer, Transport::Tcp}, &session);
    stream.close();
}

awaitable<void> TcpServer::answer_all(DnsStream* stream, Client client, Session* session) {
    OctetString out;
    const auto room = [&] {
        const std::size_t at = out.size();
        out.resize(at + length_octets + max_message_octets);
        return at;
    };
    const auto keep = [&](std::size_t at, std::size_t octets) {
        store_big_endian(out.data() + at, static_cast<std::uint16_t>(octets));
        out.resize(octets == 0 ? at : at + length_octets + octets);
    };
    for (;;) {
        session->set_silent(true);
        auto query = co_await stream->read(limits_.idle);
        session->set_silent(false);
        if (!query || !*query) co_return;
        std::size_t at = room();
        Reply reply = handler_->respond_stream(**query, client, std::span(out).subspan(at + length_octets));
        keep(at, reply.octets);
        const bool worthless = reply.octets == 0 && !reply.more;  // of an answer, and of the connection
        while (reply.more) {
            at = room();
            const std::size_t octets = reply.more->next(std::span(out).subspan(at + length_octets));
            keep(at, octets);
            if (octets == 0) break;
            if (out.size() < write_batch_octets) continue;
            auto written = co_await stream->write_framed(out, limits_.write);
            if (!written) co_return;
            out.clear();
        }
        const bool broken = worthless || (reply.more && reply.more->failed());
        // Answers to pipelined queries leave together.
        if (!broken && stream->message_waits() && out.size() < write_batch_octets) continue;
        auto written = co_await stream->write_framed(out, limits_.write);
        if (!written || broken) co_return;
        out.clear();
        if (out.capacity() > 4 * write_batch_octets) out.shrink_to_fit();
    }
}

}  // namespace lockstep
