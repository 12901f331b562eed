#include "net/tcp_server.hpp"

#include "net/stream.hpp"
#include "net/udp_server.hpp"

namespace lockstep {
namespace {

constexpr std::size_t max_message_octets = 65535;
constexpr std::size_t length_octets = 2;
constexpr std::size_t write_batch_octets = 64 * 1024;

}  // namespace

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
    thread_ = std::thread([this] { context_.run(); });
}

void TcpServer::stop() {
    context_.stop();
    if (thread_.joinable()) thread_.join();
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
        if (connections() >= limits_.connections || by_peer_[peer.address] >= limits_.connections_a_peer) {
            log_.debug("TCP: a connection from {} is over the limit, closed", peer.to_string());
            if (by_peer_[peer.address] == 0) by_peer_.erase(peer.address);
            continue;
        }
        gate_.spawn(serve(std::move(socket), peer));
    }
}

awaitable<void> TcpServer::serve(tcp::socket socket, Endpoint peer) {
    open_connections_.fetch_add(1, std::memory_order_relaxed);
    ++by_peer_[peer.address];
    DnsStream stream(std::move(socket));
    co_await answer_all(&stream, Client{peer, Transport::Tcp});
    stream.close();
    if (--by_peer_[peer.address] == 0) by_peer_.erase(peer.address);
    open_connections_.fetch_sub(1, std::memory_order_relaxed);
}

awaitable<void> TcpServer::answer_all(DnsStream* stream, Client client) {
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
        auto query = co_await stream->read(limits_.idle);
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
