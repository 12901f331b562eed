#pragma once
// The "server" section: what one daemon is, whatever it serves.

#include "base/endpoint.hpp"
#include "base/log.hpp"
#include "crypto/secret.hpp"

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace lockstep {

/// Value type.
struct ServerConfig {
    // Taken once, at the start.
    std::vector<Endpoint> listen;           // UDP and TCP; at least one, each once
    std::filesystem::path state_directory;  // absolute, as all paths of a configuration
    unsigned udp_workers = 0;               // 0 = one a core
    std::optional<std::string> user;        // absent = stay
    bool sandbox = true;                    // Landlock, seccomp

    // Taken at each reload.
    std::filesystem::path control_socket;
    std::optional<Endpoint> http;              // absent = off
    std::optional<std::string> identity;       // NSID, id.server; absent = not told
    std::vector<SecretOctets> cookie_secrets;  // of 16 octets, the first makes cookies; empty = one's own
    LogLevel log_level = LogLevel::Info;
};

}  // namespace lockstep
