#pragma once
// The octets of a connection on their way to requests: one head after the other, and a body only behind the
// head of a POST to where one is taken.
//
// Threads: one. Errors: the HttpAnswer to refuse with, after which the connection is of no more use. Limits:
// below. Security: what is ambiguous is refused, not guessed (two lengths, a length and a coding, an octet
// that has no place in a head), so there is nothing to smuggle. Standards: RFC 9112.

#include "ops/http_message.hpp"

#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace lockstep {

constexpr std::size_t max_head_octets = std::size_t{8} * 1024;  // request line and header fields
constexpr std::size_t max_head_fields = 100;
constexpr std::size_t max_target_octets = std::size_t{4} * 1024;
constexpr std::size_t max_body_octets = std::size_t{8} * 1024;

/// Whether a POST may be sent to that path.
using TakesPost = std::function<bool(std::string_view path)>;

/// Value type. After a refusal it is to be dropped.
class HttpRequestReader {
public:
    /// `identity` as is_own_host() has it; without `takes_post` no POST is taken.
    explicit HttpRequestReader(std::optional<std::string> identity, TakesPost takes_post = {})
        : identity_(std::move(identity)), takes_post_(std::move(takes_post)) {}

    void add(std::string_view octets) { octets_ += octets; }
    /// Whether something has come that next() has not given out.
    [[nodiscard]] bool begun() const { return !octets_.empty() || posted_; }
    /// The next request, or nothing until more has come. Refusals come as soon as the first octet that is
    /// wrong.
    [[nodiscard]] std::optional<Expected<HttpRequest, HttpAnswer>> next();

private:
    [[nodiscard]] std::optional<HttpAnswer> check_line(std::string_view line);
    [[nodiscard]] Expected<HttpRequest, HttpAnswer> read_head(std::string_view head);
    [[nodiscard]] bool takes_post(std::string_view target) const;

    std::optional<std::string> identity_;
    TakesPost takes_post_;
    std::string octets_;                 // not yet given out; begins with a head
    std::size_t line_ = 0;               // where in it the line begins that is not whole yet
    std::size_t looked_ = 0;             // before here there is no line end since line_
    bool blank_ = false;                 // an empty line has come in front of this request
    std::optional<HttpRequest> posted_;  // its head has been read, its body not yet
    std::size_t body_octets_ = 0;        // that it wants
};

}  // namespace lockstep
