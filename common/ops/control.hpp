#pragma once
// The control socket's language: one JSON object on a line asks, frames of text answer.
//
// Threads: values. Errors: Invalid. Limits: a request is at most 128 KiB and flat. Security: see
// control_server.

#include "base/result.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace lockstep {

constexpr std::size_t max_control_request_octets = std::size_t{128} * 1024;

/// A verb with its arguments, as typed.
struct ControlRequest {
    std::string verb = {};
    std::string zone = {};     // empty: all zones
    std::string peer = {};     // doctor: empty: all peers
    std::string host = {};     // acme: the name that certificates are for
    std::string key = {};      // acme: the name of a TSIG key
    std::string client = {};   // acme: the program that is told how to use it; empty: all
    std::string message = {};  // update: an UPDATE message in base64
    std::optional<std::uint32_t> serial = {};
    std::optional<double> timeout_seconds = {};
    std::optional<std::uint32_t> quorum = {};
    bool json = false;
    bool nagios = false;  // of `status`
    bool colour = false;
    bool wait = true;  // false with --no-wait
    bool operator==(const ControlRequest&) const = default;
};

/// INTERFACE's exit codes.
enum class ExitCode : int { Done = 0, NotSo = 1, Usage = 2, NoDaemon = 3 };

/// What the asker prints and exits with.
struct ControlReply {
    ExitCode exit_code = ExitCode::Done;
    std::string output;
    std::string errors;

    [[nodiscard]] static ControlReply done(std::string output = {}) {
        return {ExitCode::Done, std::move(output), {}};
    }
    [[nodiscard]] static ControlReply not_so(std::string errors) {
        return {ExitCode::NotSo, {}, std::move(errors)};
    }
};

[[nodiscard]] std::string encode(const ControlRequest& request);
/// Errors: Invalid, saying which key is wrong; Limit.
[[nodiscard]] Result<ControlRequest> decode_control_request(std::string_view line);

/// A frame of a reply: a kind (`o` output, `e` errors, `x` exit code), a length of 32 bits in network order,
/// so many octets.
enum class FrameKind : char { Output = 'o', Errors = 'e', Exit = 'x' };
constexpr std::size_t frame_header_octets = 5;
void append_frame(std::string& out, FrameKind kind, std::string_view text);

}  // namespace lockstep
