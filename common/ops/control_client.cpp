#include "ops/control_client.hpp"

#include "base/bytes.hpp"
#include "base/descriptor.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <chrono>
#include <cstdio>
#include <cstring>
#include <functional>
#include <poll.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

namespace lockstep {
namespace {

constexpr int watch_interval_ms = 500;
constexpr std::chrono::seconds answer_within{5};  // where it is a courtesy

bool send_all(int fd, std::string_view text) {
    while (!text.empty()) {
        const ssize_t sent = ::send(fd, text.data(), text.size(), MSG_NOSIGNAL);
        if (sent < 0 && errno == EINTR) continue;
        if (sent <= 0) return false;
        text.remove_prefix(static_cast<std::size_t>(sent));
    }
    return true;
}

bool receive_all(int fd, char* to, std::size_t size) {
    while (size > 0) {
        const ssize_t received = ::recv(fd, to, size, 0);
        if (received < 0 && errno == EINTR) continue;
        if (received <= 0) return false;
        to += received;
        size -= static_cast<std::size_t>(received);
    }
    return true;
}

/// Passes each frame of text to `take` as it comes.
Result<ExitCode> ask(const std::filesystem::path& path, const ControlRequest& request,
                     const std::function<void(FrameKind, const std::string&)>& take,
                     std::chrono::seconds patience = {}) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    const std::string text = path.string();
    if (text.size() >= sizeof address.sun_path) {
        return fail(ErrorCode::Invalid, fmt::format("the path of the control socket, {}, is over {} octets",
                                                    text, sizeof address.sun_path - 1));
    }
    std::memcpy(address.sun_path, text.data(), text.size());
    const Descriptor socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    if (const timeval within{patience.count(), 0}; patience.count() > 0) {
        (void)::setsockopt(socket.number(), SOL_SOCKET, SO_RCVTIMEO, &within, sizeof within);
        (void)::setsockopt(socket.number(), SOL_SOCKET, SO_SNDTIMEO, &within, sizeof within);
    }
    if (::connect(socket.number(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
        return fail(ErrorCode::NotFound,
                    fmt::format("no daemon answers on {}: {} (is it running? --socket PATH or --config "
                                "FILE names another)",
                                text, std::strerror(errno)));
    }
    if (!send_all(socket.number(), encode(request)))
        return fail(ErrorCode::NotFound, "the daemon closed the control socket");
    for (;;) {
        char header[frame_header_octets];
        if (!receive_all(socket.number(), header, sizeof header)) {
            // The connection closes when all is down: that is the answer to `stop`.
            if (request.verb == "stop") return ExitCode::Done;
            return fail(ErrorCode::NotFound, "the daemon ended before it answered");
        }
        const auto length = load_big_endian<std::uint32_t>(reinterpret_cast<const std::byte*>(header + 1));
        if (length > 16 * 1024 * 1024)
            return fail(ErrorCode::Invalid, "what answers on the control socket is no daemon of ours");
        std::string body(length, '\0');
        if (!receive_all(socket.number(), body.data(), length))
            return fail(ErrorCode::NotFound, "the daemon ended in its answer");
        switch (FrameKind{header[0]}) {
        case FrameKind::Output:
        case FrameKind::Errors: take(FrameKind{header[0]}, body); break;
        case FrameKind::Exit: {
            int code = static_cast<int>(ExitCode::NotSo);
            std::from_chars(body.data(), body.data() + body.size(), code);
            return static_cast<ExitCode>(code);
        }
        }
    }
}

/// `text` from the upper left corner on, over what stood there.
void repaint(std::string_view text) {
    std::string screen = "\x1b[H";
    while (!text.empty()) {
        const auto line = text.substr(0, text.find('\n'));
        screen.append(line).append("\x1b[K\n");
        text.remove_prefix(std::min(line.size() + 1, text.size()));
    }
    screen += "\x1b[J";
    std::fwrite(screen.data(), 1, screen.size(), stdout);
    std::fflush(stdout);
}

}  // namespace

Result<ExitCode> ask_daemon(const std::filesystem::path& path, const ControlRequest& request) {
    return ask(path, request, [](FrameKind kind, const std::string& text) {
        std::fwrite(text.data(), 1, text.size(), kind == FrameKind::Output ? stdout : stderr);
    });
}

Result<ControlReply> ask_quietly(const std::filesystem::path& path, const ControlRequest& request) {
    ControlReply reply;
    DNS_TRY_ASSIGN(reply.exit_code, ask(path, request, [&](FrameKind kind, const std::string& text) {
                       (kind == FrameKind::Output ? reply.output : reply.errors) += text;
                   }));
    return reply;
}

std::map<Name, Serial, CanonicalLess> served_serials(const std::filesystem::path& path) {
    std::map<Name, Serial, CanonicalLess> serials;
    ControlRequest request;
    request.verb = "zones";
    request.json = true;
    std::string text;
    const auto code =
        ask(path, request, [&](FrameKind, const std::string& part) { text += part; }, answer_within);
    if (!code) return serials;
    const auto zones = nlohmann::json::parse(text, nullptr, false);
    for (const auto& zone : zones.is_array() ? zones : nlohmann::json::array()) {
        const auto name = Name::parse_absolute(zone.value("name", ""));
        if (name && zone["serial"].is_number_unsigned())
            serials.emplace(*name, Serial{zone["serial"].get<std::uint32_t>()});
    }
    return serials;
}

Result<ExitCode> watch_daemon(const std::filesystem::path& path, const ControlRequest& request) {
    const bool terminal = isatty(STDOUT_FILENO) == 1;
    std::string shown;
    for (bool first = true;; first = false) {
        std::string text;
        auto code = ask(path, request, [&](FrameKind, const std::string& part) { text += part; });
        if (!code && first) return code;
        if (!code) text = code.error().text + "\n";
        // The first line holds the uptime.
        const auto news = text.substr(std::min(text.find('\n'), text.size()));
        if (terminal) {
            if (first) std::fputs("\x1b[2J", stdout);
            repaint(text);
        } else if (first || news != shown) {
            std::fwrite(text.data(), 1, text.size(), stdout);
            std::fputc('\n', stdout);
            if (std::fflush(stdout) != 0) return ExitCode::Done;  // nobody reads on
        }
        shown = news;
        (void)::poll(nullptr, 0, watch_interval_ms);
    }
}

}  // namespace lockstep
