#include "ops/http_head.hpp"

#include <boost/beast/http/status.hpp>
#include <fmt/chrono.h>
#include <fmt/format.h>

#include <ctime>
#include <iterator>

namespace lockstep {

std::string http_head(const HttpAnswer& answer, AfterAnswer after) {
    const auto reason =
        boost::beast::http::obsolete_reason(static_cast<boost::beast::http::status>(answer.status));
    std::string head;
    const auto out = std::back_inserter(head);
    fmt::format_to(out, "HTTP/1.1 {} {}\r\n", answer.status, std::string_view(reason.data(), reason.size()));
    fmt::format_to(out, "Date: {:%a, %d %b %Y %H:%M:%S} GMT\r\n", fmt::gmtime(std::time(nullptr)));
    fmt::format_to(out, "Content-Type: {}\r\n", answer.content_type);
    if (answer.kind == HttpAnswer::Kind::Whole)
        fmt::format_to(out, "Content-Length: {}\r\n", answer.body ? answer.body->size() : 0);
    if (after == AfterAnswer::Close) head += "Connection: close\r\n";
    fmt::format_to(out, "Content-Security-Policy: {}\r\n", answer.content_security_policy);
    head +=
        "X-Content-Type-Options: nosniff\r\n"
        "Referrer-Policy: no-referrer\r\n"
        "Cross-Origin-Resource-Policy: same-origin\r\n"
        "Cache-Control: no-store\r\n";
    for (const auto& [name, value] : answer.headers)
        fmt::format_to(out, "{}: {}\r\n", name, value);
    head += "\r\n";
    return head;
}

}  // namespace lockstep
