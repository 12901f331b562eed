#include "ops/http_request.hpp"

#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/parser.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <iterator>
#include <system_error>
#include <utility>

namespace lockstep {
namespace {

namespace http = boost::beast::http;

HttpAnswer method_refusal(std::string_view allowed) {
    auto answer = HttpAnswer::text(405, fmt::format("at this path there is nothing but {}", allowed));
    answer.headers.emplace_back("Allow", allowed);
    return answer;
}

HttpAnswer size_refusal(bool in_request_line) {
    return in_request_line
               ? HttpAnswer::text(414, fmt::format("the target is over {} octets", max_target_octets))
               : HttpAnswer::text(431, fmt::format("the head is over {} octets", max_head_octets));
}

std::size_t count(const http::fields& fields, http::field name) {
    const auto range = fields.equal_range(name);
    return static_cast<std::size_t>(std::distance(range.first, range.second));
}

/// The request with the fields of its head.
HttpRequest with_fields(HttpRequest request, const http::fields& head) {
    for (const auto& field : head) {
        std::string name(field.name_string());
        std::transform(name.begin(), name.end(), name.begin(), [](char one) {
            return one >= 'A' && one <= 'Z' ? static_cast<char>(one | 0x20) : one;
        });
        request.fields.emplace_back(std::move(name), field.value());
    }
    return request;
}

/// What of the fields stands in the way of an answer.
std::optional<HttpAnswer> check_fields(const http::request_parser<http::empty_body>& parser,
                                       const std::optional<std::string>& identity) {
    const auto& head = parser.get();
    const auto fields = static_cast<std::size_t>(std::distance(head.begin(), head.end()));
    if (fields > max_head_fields)
        return HttpAnswer::text(431, fmt::format("{} header fields are over {}", fields, max_head_fields));
    // The parser would take "0, 0" and "00" for no length, too; others on the way may read them otherwise.
    const auto lengths = count(head, http::field::content_length);
    const bool posts = head.method() == http::verb::post;
    if (count(head, http::field::transfer_encoding) > 0 || lengths > 1 ||
        (lengths == 1 && !posts && head[http::field::content_length] != "0")) {
        return HttpAnswer::text(400, posts
                                         ? "the length of the body is not told in one plain Content-Length"
                                         : "the request announces a body, and there is nothing to send here");
    }
    const auto hosts = count(head, http::field::host);
    if (hosts > 1) return HttpAnswer::text(400, "there are two Host fields");
    if (hosts == 0 && head.version() == 11) return HttpAnswer::text(400, "HTTP/1.1 wants a Host field");
    if (hosts == 0) return std::nullopt;
    const auto host = head[http::field::host];
    if (is_own_host({host.data(), host.size()}, identity)) return std::nullopt;
    return HttpAnswer::text(
        421,
        "this server answers to its address, to localhost and to its server.identity; a page "
        "under another name might belong to somebody else (DNS rebinding).\nAsk by address, or "
        "set server.identity to the name that you use, or have a proxy in front set Host to one "
        "of these");
}

}  // namespace

std::optional<Expected<HttpRequest, HttpAnswer>> HttpRequestReader::next() {
    if (posted_) {
        if (octets_.size() < body_octets_) return std::nullopt;
        auto request = *std::exchange(posted_, std::nullopt);
        request.body = octets_.substr(0, body_octets_);
        octets_.erase(0, body_octets_);
        return request;
    }
    if (line_ == 0 && !blank_) {  // RFC 9112 §2.2: an empty line may stand before the request
        if (octets_ == "\r") return std::nullopt;
        blank_ = octets_.starts_with("\r\n");
        if (blank_) octets_.erase(0, 2);
    }
    for (;;) {
        const auto end = octets_.find('\n', looked_);
        const auto line = std::string_view(octets_).substr(line_, end - line_);
        if (auto refusal = check_line(line)) return unexpected(std::move(*refusal));
        if (end == std::string::npos) {
            looked_ = octets_.size() - (octets_.ends_with('\r') ? 1 : 0);  // an LF may follow it, or not
            return std::nullopt;
        }
        if (!line.ends_with('\r'))
            return unexpected(HttpAnswer::text(400, "a line does not end with CR and LF"));
        line_ = looked_ = end + 1;
        if (line.size() > 1) continue;
        auto request = read_head(std::string_view(octets_).substr(0, line_));
        octets_.erase(0, line_);
        line_ = looked_ = 0;
        blank_ = false;
        if (!request || request->method != HttpMethod::Post) return request;
        posted_ = std::move(*request);
        return next();
    }
}

/// `line` may still be without its end.
std::optional<HttpAnswer> HttpRequestReader::check_line(std::string_view line) {
    const bool whole = line.ends_with('\r');
    if (whole) line.remove_suffix(1);
    const auto wrong = [](char one) {
        const auto octet = static_cast<unsigned char>(one);
        return (octet < 0x20 && octet != '\t') || octet == 0x7f;
    };
    const auto looked = std::min(looked_ - std::min(looked_, line_), line.size());
    if (std::any_of(line.begin() + static_cast<std::ptrdiff_t>(looked), line.end(), wrong)) {
        return HttpAnswer::text(400,
                                "an octet came that no head of HTTP/1.1 holds (this is plain HTTP: no TLS, "
                                "no HTTP/2)");
    }
    const bool first = line_ == 0;
    if (line_ + line.size() > max_head_octets) return size_refusal(first);
    if (!first || !whole) return std::nullopt;
    const auto method_end = line.find(' ');
    const auto target_end = line.rfind(' ');
    if (method_end == std::string_view::npos || method_end == 0 || target_end == method_end)
        return HttpAnswer::text(400, "the request line is not METHOD TARGET HTTP/1.1");
    const auto version = line.substr(target_end + 1);
    if (!version.starts_with("HTTP/"))
        return HttpAnswer::text(400, "the request line does not end with HTTP/1.1");
    if (version != "HTTP/1.1" && version != "HTTP/1.0")
        return HttpAnswer::text(505, "HTTP/1.1 and HTTP/1.0 are spoken here");
    const auto method = line.substr(0, method_end);
    const auto target = line.substr(method_end + 1, target_end - method_end - 1);
    if (method != "GET" && method != "HEAD" && !(method == "POST" && takes_post(target)))
        return method_refusal(takes_post(target) ? "POST" : "GET, HEAD");
    if (target.size() > max_target_octets) return size_refusal(true);
    return std::nullopt;
}

bool HttpRequestReader::takes_post(std::string_view target) const {
    return takes_post_ && takes_post_(target.substr(0, target.find('?')));
}

Expected<HttpRequest, HttpAnswer> HttpRequestReader::read_head(std::string_view head) {
    http::request_parser<http::empty_body> parser;
    parser.body_limit(boost::none);  // the body is none of its business
    parser.header_limit(static_cast<std::uint32_t>(max_head_octets + 4));
    boost::system::error_code error;
    (void)parser.put(boost::asio::buffer(head), error);
    if (error == http::error::need_more) error = {};  // of a body, which is refused below
    if (error || !parser.is_header_done())
        return unexpected(
            HttpAnswer::text(400, fmt::format("the head is not well-formed: {}", error.message())));
    if (auto refusal = check_fields(parser, identity_)) return unexpected(std::move(*refusal));
    const auto& message = parser.get();
    auto request = read_target({message.target().data(), message.target().size()});
    if (!request) return request;
    request->last = message.version() < 11 || !parser.keep_alive();
    if (message.method() != http::verb::post) {
        request->method = message.method() == http::verb::head ? HttpMethod::Head : HttpMethod::Get;
        return request;
    }
    request->method = HttpMethod::Post;
    if (count(message, http::field::content_length) == 0) {
        body_octets_ = 0;  // then there is none (RFC 9112 §6.3)
        return with_fields(std::move(*request), message);
    }
    const std::string_view length = message[http::field::content_length];
    const auto [end, wrong] = std::from_chars(length.data(), length.data() + length.size(), body_octets_);
    if (end != length.data() + length.size() || (wrong == std::errc() && length.empty()))
        return unexpected(HttpAnswer::text(400, "Content-Length is no number"));
    if (wrong != std::errc() || body_octets_ > max_body_octets)
        return unexpected(HttpAnswer::text(413, fmt::format("the body is over {} octets", max_body_octets)));
    return with_fields(std::move(*request), message);
}

}  // namespace lockstep
