#pragma once
// The octets of a connection on their way to requests: one head after the other, and nothing but heads, as no
// request that is answered here has a body.
//
// Threads: one. Errors: the HttpAnswer to refuse with, after which the connection is of no more use. Limits:
// below. Security: what is ambiguous is refused, not guessed (two lengths, a length and a coding, an octet
// that has no place in a head), so there is nothing to smuggle. Standards: RFC 9112.

#include "ops/http_message.hpp"

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace lockstep {

constexpr std::size_t max_head_octets = std::size_t{8} * 1024;  // request line and header fields
constexpr std::size_t max_head_fields = 100;
constexpr std::size_t max_target_octets = std::size_t{4} * 1024;

/// Value type. After a refusal it is to be dropped.
class HttpRequestReader {
public:
    /// `identity` as is_own_host() has it.
    explicit HttpRequestReader(std::optional<std::string> identity) : identity_(std::move(identity)) {}

    void add(std::string_view octets) { octets_ += octets; }
    /// Whether something has come that next() has not given out.
    [[nodiscard]] bool begun() const { return !octets_.empty(); }
    /// The next request, or nothing until more has come. Refusals come as soon as the first octet that is
    /// wrong.
    [[nodiscard]] std::optional<Expected<HttpRequest, HttpAnswer>> next();

private:
    [[nodiscard]] std::optional<HttpAnswer> check_line(std::string_view line);
    [[nodiscard]] Expected<HttpRequest, HttpAnswer> read_head(std::string_view head) const;

    std::optional<std::string> identity_;
    std::string octets_;      // not yet given out; begins with a head
    std::size_t line_ = 0;    // where in it the line begins that is not whole yet
    std::size_t looked_ = 0;  // before here there is no line end since line_
    bool blank_ = false;      // an empty line has come in front of this request
};

}  // namespace lockstep
