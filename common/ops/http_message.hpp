#pragma once
// What an HTTP client asks and what it is answered, as values; and the reading of a request's target and
// Host.
//
// Threads: pure functions and values. Errors: the HttpAnswer that refuses. Limits: none here, http_request
// has them. Security: a path is taken apart once, and one that climbs or hides an octet is refused, although
// nothing here is ever looked up in a file system. Standards: RFC 9110, RFC 9112, RFC 3986 §2.1.

#include "base/endpoint.hpp"
#include "base/result.hpp"

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace lockstep {

enum class HttpMethod { Get, Head, Post };

/// Value type.
struct HttpRequest {
    HttpMethod method = HttpMethod::Get;
    std::string path;  // decoded, begins with '/'
    /// Decoded, each name once, in the order given; '+' is a space, as forms have it.
    std::vector<std::pair<std::string, std::string>> parameters;
    bool last = false;  // the client wants no further answer on this connection

    // Of a POST alone.
    std::vector<std::pair<std::string, std::string>> fields{};  // of its head, names in lower case
    std::string body{};
    std::optional<IpAddress> from{};

    /// The value of a parameter, nothing where it is not given.
    [[nodiscard]] std::optional<std::string> parameter(std::string_view name) const;
    /// The value of a header field, its name in lower case; the first one.
    [[nodiscard]] std::optional<std::string> field(std::string_view name) const;
    bool operator==(const HttpRequest&) const = default;
};

/// The Content-Security-Policy of answers that are no page.
constexpr std::string_view no_page_policy =
    "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// Value type; copies share the body.
struct HttpAnswer {
    /// Whether the body is all, or the connection goes on as a stream of an EventHub's events.
    enum class Kind { Whole, EventStream };

    unsigned status = 200;
    std::string content_type = "text/plain; charset=utf-8";
    std::shared_ptr<const std::string> body;  // null: empty
    std::string content_security_policy{no_page_policy};
    std::vector<std::pair<std::string, std::string>> headers;  // more of them
    Kind kind = Kind::Whole;

    /// Plain text for people; one line end is added.
    [[nodiscard]] static HttpAnswer text(unsigned status, std::string text);
    [[nodiscard]] static HttpAnswer json(std::string text, unsigned status = 200);
    /// `policy` is the Content-Security-Policy that belongs to it.
    [[nodiscard]] static HttpAnswer page(std::string_view html, std::string_view policy);
    [[nodiscard]] static HttpAnswer event_stream();
};

/// Reads the target of a request line into path and parameters. Errors: 400 with the reason.
[[nodiscard]] Expected<HttpRequest, HttpAnswer> read_target(std::string_view target);

/// Whether a Host header names this server in a way that no foreign name server can forge: an address,
/// localhost, or `identity`, each with or without a port. A page elsewhere whose name was rebound to our
/// address has its own name there.
[[nodiscard]] bool is_own_host(std::string_view host, const std::optional<std::string>& identity);

}  // namespace lockstep
