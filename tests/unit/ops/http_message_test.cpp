// Targets, hosts and the heads of answers.
#include "ops/http_message.hpp"

#include "ops/http_head.hpp"
#include "support/catch.hpp"

#include <string>
#include <vector>

using namespace lockstep;

namespace {

unsigned status_of_refused(std::string_view target) {
    const auto request = read_target(target);
    return request ? 0 : request.error().status;
}

}  // namespace

TEST_CASE("a target is a path and parameters, both decoded", "[http]") {
    const auto request = read_target("/api/hist%6Fry?zone=a%2Bb.example.&x=1+2&&empty&also=");
    REQUIRE(request.has_value());
    CHECK(request->path == "/api/history");
    CHECK(request->parameter("zone") == "a+b.example.");
    CHECK(request->parameter("x") == "1 2");
    CHECK(request->parameter("empty") == "");
    CHECK(request->parameter("also") == "");
    CHECK_FALSE(request->parameter("y"));
    CHECK(read_target("/a+b")->path == "/a+b");
    CHECK(read_target("/?")->parameters.empty());
    CHECK(read_target("/...")->path == "/...");
}

TEST_CASE("a target that is no plain path is refused", "[http]") {
    for (const auto* target : {"",
                               "*",
                               "example.com:443",
                               "http://localhost/",
                               "api",
                               "/%zz",
                               "/%",
                               "/%4",
                               "/%00",
                               "/a%0ab",
                               "/%7f",
                               "/../etc",
                               "/a/../b",
                               "/a/..",
                               "/./a",
                               "/%2e%2e/x",
                               "/a%2f..%2fb",
                               "/a#b",
                               "/?a=%",
                               "/?%g0=1",
                               "/?a=%00",
                               "/?a=1&a=2"}) {
        CAPTURE(target);
        CHECK(status_of_refused(target) == 400);
    }
}

TEST_CASE("only hosts that nobody else can name are our own", "[http][rebinding]") {
    const std::optional<std::string> identity = "ns1.example.net";
    for (const auto* host :
         {"127.0.0.1", "127.0.0.1:8053", "192.0.2.1:1", "[::1]", "[::1]:8053", "localhost", "LocalHost:80",
          "localhost.", "ns1.example.net", "NS1.Example.Net.:8053", "127.0.0.1:"}) {
        CAPTURE(host);
        CHECK(is_own_host(host, identity));
    }
    for (const auto* host :
         {"", ":80", ".", "evil.example", "evil.example:8053", "localhost.evil.example",
          "ns1.example.net.evil", "127.0.0.1.evil.example", "127.0.0.1:80:80", "127.0.0.1:x", "[::1",
          "[127.0.0.1]", "[::1]80", "[]", "127.0.0.1:808080", "localhost@evil.example"}) {
        CAPTURE(host);
        CHECK_FALSE(is_own_host(host, identity));
    }
    CHECK_FALSE(is_own_host("ns1.example.net", std::nullopt));
}

TEST_CASE("an answer's head has its length, and forbids what no page needs", "[http]") {
    auto answer = HttpAnswer::text(404, "nothing");
    answer.headers.emplace_back("Retry-After", "1");
    const auto head = http_head(answer, AfterAnswer::Close);
    CHECK(head.starts_with("HTTP/1.1 404 Not Found\r\nDate: "));
    CHECK(head.ends_with("\r\n\r\n"));
    for (const auto* field :
         {"Content-Length: 8\r\n", "Content-Type: text/plain; charset=utf-8\r\n", "Connection: close\r\n",
          "Retry-After: 1\r\n", "Content-Security-Policy: default-src 'none'",
          "X-Content-Type-Options: nosniff\r\n", "Referrer-Policy: no-referrer\r\n",
          "Cache-Control: no-store\r\n"}) {
        CAPTURE(field);
        CHECK(head.find(field) != std::string::npos);
    }
    CHECK(http_head(answer, AfterAnswer::GoOn).find("Connection:") == std::string::npos);
    CHECK(http_head(HttpAnswer::event_stream(), AfterAnswer::Close).find("Content-Length") ==
          std::string::npos);
    CHECK(http_head(HttpAnswer::text(421, ""), AfterAnswer::Close)
              .starts_with("HTTP/1.1 421 Misdirected Request\r\n"));
}
