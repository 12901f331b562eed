#include "config/server.hpp"

#include "config/sections.hpp"
#include "crypto/encoding.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <sys/un.h>
#include <utility>

namespace lockstep {
namespace {

// With room for the final NUL.
constexpr std::size_t longest_socket_path = sizeof(sockaddr_un::sun_path) - 1;

LogLevel log_level_of(std::string_view text) {
    if (text == "debug") return LogLevel::Debug;
    if (text == "warning") return LogLevel::Warning;
    return text == "error" ? LogLevel::Error : LogLevel::Info;
}

std::vector<Endpoint> read_listen(const Section& server, const Reading& reading) {
    std::vector<Endpoint> listen;
    for (const auto& entry : server.list("listen").value_or(std::vector<JsonValue>{})) {
        const auto endpoint = parse_endpoint(entry.text(), 53);
        if (!endpoint) continue;
        if (std::find(listen.begin(), listen.end(), *endpoint) != listen.end()) {
            reading.report.error(entry.problem(fmt::format("{} is there twice", endpoint->to_string())));
        } else {
            listen.push_back(*endpoint);
        }
    }
    return listen;
}

std::filesystem::path read_socket(const Section& server, const Reading& reading) {
    auto path = reading.path(server.text("control_socket"));
    const auto octets = path.native().size();
    if (const auto value = server.value("control_socket"); value && octets > longest_socket_path) {
        reading.report.error(value->problem(fmt::format(
            "the path is {} octets long; a socket's has {} at most", octets, longest_socket_path)));
    }
    return path;
}

}  // namespace

ServerConfig read_server(const JsonValue& root, const Reading& reading) {
    const auto object = Section(root, root_table(), reading.role).value("server");
    const Section server(object, server_table(), reading.role);
    ServerConfig config;
    config.listen = read_listen(server, reading);
    config.state_directory = reading.path(server.text("state_directory"));
    config.control_socket = read_socket(server, reading);
    if (const auto http = server.value("http")) {
        if (const auto endpoint = parse_endpoint(http->text(), default_http_port)) {
            config.http = *endpoint;
            if (!endpoint->address.is_loopback()) {
                reading.report.warning(http->problem("others than this machine can read the status page"));
            }
            if (std::find(config.listen.begin(), config.listen.end(), *endpoint) != config.listen.end()) {
                reading.report.error(http->problem("DNS listens there already"));
            }
        }
    }
    config.udp_workers = server.number<unsigned>("udp_workers");
    if (const auto user = server.value("user")) config.user = user->text();
    config.sandbox = server.flag("sandbox");
    if (const auto identity = server.value("identity")) config.identity = identity->text();
    for (const auto& secret : server.list("cookie_secrets").value_or(std::vector<JsonValue>{})) {
        if (auto octets = secret_from_hex(secret.text())) config.cookie_secrets.push_back(*std::move(octets));
    }
    config.log_level = log_level_of(server.text("log_level"));
    return config;
}

}  // namespace lockstep
