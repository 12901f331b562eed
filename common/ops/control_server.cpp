#include "ops/control_server.hpp"

#include "base/counted.hpp"
#include "net/deadline.hpp"

#include <boost/asio/read_until.hpp>
#include <boost/asio/write.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <exception>
#include <sys/stat.h>
#include <sys/un.h>

namespace lockstep {
namespace {

constexpr std::size_t max_clients = 128;
constexpr milliseconds request_time{5000};
constexpr milliseconds write_time{30'000};
constexpr std::size_t frame_octets = 64 * 1024;
constexpr mode_t socket_mode = 0660;

std::string frames_of(const ControlReply& reply) {
    std::string out;
    const auto append = [&](FrameKind kind, std::string_view text) {
        for (; !text.empty(); text.remove_prefix(std::min(text.size(), frame_octets))) {
            append_frame(out, kind, text.substr(0, frame_octets));
        }
    };
    append(FrameKind::Output, reply.output);
    append(FrameKind::Errors, reply.errors);
    append_frame(out, FrameKind::Exit, std::to_string(static_cast<int>(reply.exit_code)));
    return out;
}

}  // namespace

ControlServer::ControlServer(asio::io_context& context, Log& log, ControlHandler handler)
    : context_(context), log_(log), handler_(std::move(handler)), gate_(context, log), acceptor_(context) {}

ControlServer::~ControlServer() {
    close();
}

Result<void> ControlServer::open(const std::filesystem::path& path) {
    if (path == path_) return {};
    DNS_TRY_ASSIGN(auto acceptor, listen_on(path));
    close();
    acceptor_ = std::move(acceptor);
    path_ = path;
    gate_.spawn(accept_all());
    return {};
}

Result<ControlServer::Protocol::acceptor> ControlServer::listen_on(const std::filesystem::path& path) {
    if (path.string().size() >= sizeof(sockaddr_un::sun_path)) {
        return fail(ErrorCode::Invalid, fmt::format("the path of the control socket, {}, is over {} octets",
                                                    path.string(), sizeof(sockaddr_un::sun_path) - 1));
    }
    const Protocol::endpoint endpoint(path.string());
    boost::system::error_code error;
    Protocol::socket probe(context_);
    probe.connect(endpoint, error);
    if (!error) {
        return fail(ErrorCode::Exists,
                    fmt::format("another daemon answers on the control socket {}: stop it, or give this "
                                "one a control_socket of its own",
                                path.string()));
    }
    std::error_code denied;
    if (std::filesystem::is_socket(path, denied)) std::filesystem::remove(path, denied);
    Protocol::acceptor acceptor(context_);
    std::filesystem::create_directories(path.parent_path(), denied);
    error = denied;
    if (!error) acceptor.open(endpoint.protocol(), error);
    // Never more than that, not even before its mode is set below; umask() would be every thread's.
    if (!error && ::fchmod(acceptor.native_handle(), socket_mode) != 0)
        error.assign(errno, boost::system::system_category());
    if (!error) acceptor.bind(endpoint, error);
    if (!error) {
        std::filesystem::permissions(path, std::filesystem::perms(socket_mode),
                                     denied);  // umask took some off
        error = denied;
    }
    if (!error) acceptor.listen(64, error);
    if (error) {
        return fail(ErrorCode::Io,
                    fmt::format("cannot listen on the control socket {}: {} (server.control_socket names its "
                                "place)",
                                path.string(), error.message()));
    }
    return acceptor;
}

void ControlServer::close() {
    boost::system::error_code ignored;
    acceptor_.close(ignored);
    std::error_code gone;
    if (!path_.empty()) std::filesystem::remove(path_, gone);
    path_.clear();
}

awaitable<void> ControlServer::accept_all() {
    for (;;) {
        auto accepted = co_await acceptor_.async_accept(as_values);
        auto& [error, socket] = accepted;
        if (error == asio::error::operation_aborted || !acceptor_.is_open()) co_return;
        if (error) {
            log_.warning("control socket: accepting: {}", error.message());
            asio::steady_timer pause(context_, milliseconds{100});
            (void)co_await pause.async_wait(as_values);
        } else if (clients_ < max_clients) {
            gate_.spawn(serve(std::move(socket)));
        } else {
            // So little fits into the socket's buffer at once.
            const auto busy = frames_of(ControlReply::not_so(
                fmt::format("{} requests are being answered already; try again\n", max_clients)));
            socket.non_blocking(true, error);
            (void)socket.write_some(asio::buffer(busy), error);
        }
    }
}

awaitable<void> ControlServer::serve(Protocol::socket socket) {
    const Counted counted(clients_);
    Deadline<Protocol::socket> deadline(socket);
    std::string line;
    deadline.set(request_time);
    auto received = co_await asio::async_read_until(
        socket, asio::dynamic_buffer(line, max_control_request_octets), '\n', as_values);
    deadline.clear();
    const auto error = std::get<0>(received);
    if (!error || error == asio::error::not_found) {  // not_found: no line within the limit
        Result<ControlRequest> request = fail(ErrorCode::Limit, "the request is over 128 KiB");
        if (!error) request = decode_control_request(std::string_view(line).substr(0, std::get<1>(received)));
        ControlReply reply;
        if (request) {
            try {
                reply = co_await handler_(std::move(*request));
            } catch (const std::exception& exception) {
                reply =
                    ControlReply::not_so(fmt::format("it could not be carried out: {}\n", exception.what()));
            }
        } else {
            reply = {ExitCode::Usage, {}, request.error().text + "\n"};
        }
        const std::string frames = frames_of(reply);
        deadline.set(write_time);
        (void)co_await asio::async_write(socket, asio::buffer(frames), as_values);
        deadline.clear();
    }
}

}  // namespace lockstep
