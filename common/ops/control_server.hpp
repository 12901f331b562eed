#pragma once
// Answers verbs on a UNIX socket.
//
// Threads: the housekeeping thread's. Errors: Io at open, naming the path and what to do. Limits: 128 clients
// at once (more are told so), a request a connection, within 5 s. Security: the socket is for its owner and
// group (0660); who may open it may use every verb.

#include "net/gate.hpp"
#include "ops/control.hpp"

#include <boost/asio/local/stream_protocol.hpp>

#include <filesystem>
#include <functional>

namespace lockstep {

using ControlHandler = std::function<awaitable<ControlReply>(ControlRequest)>;

/// Resource type; removes its socket file when it goes.
class ControlServer {
public:
    ControlServer(asio::io_context& context, Log& log, ControlHandler handler);
    ~ControlServer();

    /// Listens on `path`, in place of a socket that a dead process left there, and no longer where it did
    /// before; requests that are being answered stay. Errors: Exists where a process answers on it, Invalid
    /// (too long), Io; then all is as before.
    [[nodiscard]] Result<void> open(const std::filesystem::path& path);
    void close();
    /// Where it listens; empty while it does not.
    [[nodiscard]] const std::filesystem::path& path() const { return path_; }

private:
    using Protocol = asio::local::stream_protocol;
    [[nodiscard]] Result<Protocol::acceptor> listen_on(const std::filesystem::path& path);
    awaitable<void> accept_all();
    awaitable<void> serve(Protocol::socket socket);

    asio::io_context& context_;
    Log& log_;
    ControlHandler handler_;
    Gate gate_;
    Protocol::acceptor acceptor_;
    std::filesystem::path path_;
    std::size_t clients_ = 0;
};

}  // namespace lockstep
