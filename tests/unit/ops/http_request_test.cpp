// A connection's octets, whole and in pieces.
#include "ops/http_request.hpp"

#include "support/catch.hpp"

#include <string>
#include <variant>
#include <vector>

using namespace lockstep;

namespace {

const std::string good = "GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n";

/// Which status all of the octets are refused with; 0: accepted, -1: more is waited for.
int outcome(const std::string& octets) {
    HttpRequestReader reader("ns1.example.net");
    reader.add(octets);
    const auto next = reader.next();
    if (!next) return -1;
    return *next ? 0 : static_cast<int>(next->error().status);
}
std::string with_field(const std::string& field) {
    return "GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n" + field + "\r\n\r\n";
}
/// What comes of `octets` that arrive `piece` at a time, of which only the last may bring anything.
Expected<HttpRequest, HttpAnswer> read_in_pieces(HttpRequestReader& reader, std::string_view octets,
                                                 std::size_t piece) {
    std::optional<Expected<HttpRequest, HttpAnswer>> next;
    for (std::size_t at = 0; at < octets.size(); at += piece) {
        REQUIRE_FALSE(next.has_value());
        reader.add(octets.substr(at, piece));
        next = reader.next();
    }
    REQUIRE(next.has_value());
    return *next;
}
std::string fields(unsigned count) {
    std::string text = "GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n";
    for (unsigned i = 1; i < count; ++i)
        text += "X-" + std::to_string(i) + ": y\r\n";
    return text + "\r\n";
}

}  // namespace

TEST_CASE("a request is read, however its octets come", "[http]") {
    for (std::size_t piece = 1; piece <= good.size(); ++piece) {
        HttpRequestReader reader(std::nullopt);
        const auto request = read_in_pieces(reader, good, piece);
        REQUIRE(request.has_value());
        CHECK(request->path == "/healthz");
        CHECK(request->method == HttpMethod::Get);
        CHECK_FALSE(request->last);
        CHECK_FALSE(reader.begun());
    }
}

TEST_CASE("a CR without LF is refused as soon as it is seen, also at the end of what has come", "[http]") {
    const std::string octets = "GET / HTTP/1.1\r\nHost: localhost\r\nX: 1\rq";
    for (std::size_t piece = 1; piece <= octets.size(); ++piece) {
        HttpRequestReader reader(std::nullopt);
        const auto refused = read_in_pieces(reader, octets, piece);
        REQUIRE_FALSE(refused.has_value());
        CHECK(refused.error().status == 400);
    }
}

TEST_CASE("requests that come together are given out one by one", "[http]") {
    HttpRequestReader reader(std::nullopt);
    std::string all;
    for (unsigned i = 0; i < 50; ++i)
        all += "HEAD /" + std::to_string(i) + " HTTP/1.1\r\nHost: localhost\r\n\r\n";
    reader.add("\r\n" + all + "GET /rest");
    for (unsigned i = 0; i < 50; ++i) {
        const auto next = reader.next();
        REQUIRE(next.has_value());
        REQUIRE(next->has_value());
        CHECK((*next)->path == "/" + std::to_string(i));
        CHECK((*next)->method == HttpMethod::Head);
    }
    CHECK_FALSE(reader.next().has_value());
    CHECK(reader.begun());
}

TEST_CASE("a client that wants no further answer is understood", "[http]") {
    const auto last = [](const std::string& octets) {
        HttpRequestReader reader(std::nullopt);
        reader.add(octets);
        const auto next = reader.next();
        REQUIRE(next.has_value());
        REQUIRE(next->has_value());
        return (*next)->last;
    };
    CHECK(last(with_field("Connection: close")));
    CHECK(last("GET / HTTP/1.0\r\n\r\n"));
    CHECK(last("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n"));
    CHECK_FALSE(last(good));
}

TEST_CASE("what is wrong with a request is told by its status", "[http]") {
    const struct {
        std::string octets;
        int status;
    } cases[] = {
        {good, 0},
        {"\r\n" + good, 0},
        {"\r\n\r\n" + good, 400},
        {"\r", -1},
        {"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n", -1},
        {"GET /\r\n", 400},  // HTTP/0.9
        {"GET / HTTP/9.9\r\n", 505},
        {"GET / HTTP/1.2\r\n", 505},
        {"GET / http/1.1\r\n", 400},
        {"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 505},
        {"POST / HTTP/1.1\r\n", 405},
        {"PUT / HTTP/1.1\r\n", 405},
        {"DELETE / HTTP/1.1\r\n", 405},
        {"TRACE / HTTP/1.1\r\n", 405},
        {"OPTIONS * HTTP/1.1\r\n", 405},
        {"CONNECT example.com:443 HTTP/1.1\r\n", 405},
        {"get / HTTP/1.1\r\n", 405},
        {" / HTTP/1.1\r\n", 400},
        {"GET  HTTP/1.1\r\nHost: localhost\r\n\r\n", 400},
        {"GET HTTP/1.1\r\n", 400},
        {"GET / a HTTP/1.1\r\nHost: localhost\r\n\r\n", 400},
        {"GET http://localhost/ HTTP/1.1\r\nHost: localhost\r\n\r\n", 400},
        {"GET * HTTP/1.1\r\nHost: localhost\r\n\r\n", 400},
        {"GET /../etc/shadow HTTP/1.1\r\nHost: localhost\r\n\r\n", 400},
        {"GET /%00 HTTP/1.1\r\nHost: localhost\r\n\r\n", 400},
        {"GET /%zz HTTP/1.1\r\nHost: localhost\r\n\r\n", 400},
        {std::string("GET /\0 HTTP/1.1\r\n", 18), 400},
        {"GET / HTTP/1.1\n", 400},
        {"\x16\x03\x01\x02", 400},  // TLS
        {"GET / HTTP/1.1\r\n\r\n", 400},
        {"GET / HTTP/1.0\r\n\r\n", 0},
        {"GET / HTTP/1.1\r\nHost: localhost\r\nHost: localhost\r\n\r\n", 400},
        {"GET / HTTP/1.1\r\nHost: evil.example\r\n\r\n", 421},
        {"GET / HTTP/1.0\r\nHost: evil.example\r\n\r\n", 421},
        {"GET / HTTP/1.1\r\nHost: ns1.example.net:8053\r\n\r\n", 0},
        {"GET / HTTP/1.1\r\nHost:\r\n\r\n", 421},
        {with_field("Content-Length: 0"), 0},
        {with_field("Content-Length: 5"), 400},
        {with_field("Content-Length: -1"), 400},
        {with_field("Content-Length: 99999999999999999999"), 400},
        {with_field("Content-Length: 0\r\nContent-Length: 0"), 400},
        {with_field("Content-Length: 0\r\nContent-Length: 5"), 400},
        {with_field("Content-Length: 0, 0"), 400},
        {with_field("Transfer-Encoding: chunked"), 400},
        {with_field("Transfer-Encoding: identity"), 400},
        {with_field("Content-Length: 5\r\nTransfer-Encoding: chunked"), 400},
        {with_field("Transfer-Encoding: chunked\r\nContent-Length: 5"), 400},
        {with_field("Expect: 100-continue"), 0},
        {with_field("No colon"), 400},
        {with_field("Space : before"), 400},
        {with_field(": no name"), 400},
        {with_field("X: a\rb"), 400},
        {with_field(std::string("X: a\0b", 6)), 400},
        {with_field("X: \x7f"), 400},
        {fields(max_head_fields), 0},
        {fields(max_head_fields + 1), 431},
        {with_field("X: " + std::string(max_head_octets, 'x')), 431},
        {"GET / HTTP/1.1\r\nX: " + std::string(max_head_octets, 'x'), 431},
        {"GET /" + std::string(max_target_octets - 1, 'a') + " HTTP/1.1\r\nHost: localhost\r\n\r\n", 0},
        {"GET /" + std::string(max_target_octets, 'a') + " HTTP/1.1\r\n", 414},
        {"GET /" + std::string(64 * 1024, 'a'), 414},
    };
    for (const auto& [octets, status] : cases) {
        CAPTURE(octets.substr(0, 200));
        CHECK(outcome(octets) == status);
    }
}

namespace {

/// A reader that takes POSTs at /update alone.
HttpRequestReader posting() {
    return HttpRequestReader(std::nullopt, [](std::string_view path) { return path == "/update"; });
}
std::string post(const std::string& fields, const std::string& body, const std::string& target = "/update") {
    return "POST " + target + " HTTP/1.1\r\nHost: 127.0.0.1\r\n" + fields + "\r\n" + body;
}
std::string with_length(const std::string& length) {
    return post("Content-Length: " + length + "\r\n", "");
}
/// As outcome(), of a reader that takes POSTs.
int post_outcome(const std::string& octets) {
    auto reader = posting();
    reader.add(octets);
    const auto next = reader.next();
    if (!next) return -1;
    return *next ? 0 : static_cast<int>(next->error().status);
}

}  // namespace

TEST_CASE("a POST is read with its body, in two pieces split anywhere and in pieces of any size", "[http]") {
    const std::string body("{\r\n\r\n\0\xff}", 8);
    const std::string octets =
        post("X-Api-User: u\r\nCONTENT-LENGTH: 8\r\nX-Api-User: second\r\n", body, "/update?a=b");
    const auto check = [&](const Expected<HttpRequest, HttpAnswer>& request) {
        REQUIRE(request.has_value());
        CHECK(request->method == HttpMethod::Post);
        CHECK(request->path == "/update");
        CHECK(request->parameter("a") == "b");
        CHECK(request->body == body);
        CHECK(request->field("x-api-user") == "u");
        CHECK(request->field("content-length") == "8");
        CHECK_FALSE(request->field("X-Api-User").has_value());
        CHECK_FALSE(request->last);
    };
    for (std::size_t split = 1; split < octets.size(); ++split) {
        CAPTURE(split);
        auto reader = posting();
        reader.add(octets.substr(0, split));
        REQUIRE_FALSE(reader.next().has_value());
        CHECK(reader.begun());
        reader.add(octets.substr(split));
        const auto request = reader.next();
        REQUIRE(request.has_value());
        check(*request);
        CHECK_FALSE(reader.begun());
    }
    for (std::size_t piece = 1; piece <= octets.size(); ++piece) {
        auto reader = posting();
        check(read_in_pieces(reader, octets, piece));
    }
}

TEST_CASE("a request has begun while its body is waited for, also when nothing of it has come", "[http]") {
    auto reader = posting();
    reader.add(post("Content-Length: 2\r\n", ""));
    CHECK_FALSE(reader.next().has_value());
    CHECK(reader.begun());
    CHECK_FALSE(reader.next().has_value());
    reader.add("a");
    CHECK_FALSE(reader.next().has_value());
    reader.add("b");
    const auto request = reader.next();
    REQUIRE(request.has_value());
    REQUIRE(request->has_value());
    CHECK((*request)->body == "ab");
    CHECK_FALSE(reader.begun());
    CHECK_FALSE(reader.next().has_value());
}

TEST_CASE("POSTs that come together are given out one by one, a GET behind them too", "[http]") {
    auto reader = posting();
    // A body that reads as a request is a body.
    reader.add(post("Content-Length: " + std::to_string(good.size()) + "\r\n", good) +
               post("Content-Length: 0\r\n", "") + "\r\n" + post("Content-Length: 1\r\n", "x") + good +
               "GET /rest");
    const std::vector<std::string> bodies{good, "", "x"};
    for (const auto& body : bodies) {
        const auto next = reader.next();
        REQUIRE(next.has_value());
        REQUIRE(next->has_value());
        CHECK((*next)->method == HttpMethod::Post);
        CHECK((*next)->body == body);
    }
    const auto get = reader.next();
    REQUIRE(get.has_value());
    REQUIRE(get->has_value());
    CHECK((*get)->method == HttpMethod::Get);
    CHECK((*get)->path == "/healthz");
    CHECK((*get)->body.empty());
    CHECK((*get)->fields.empty());
    CHECK_FALSE(reader.next().has_value());
    CHECK(reader.begun());
}

TEST_CASE("a POST without a length has no body: what follows it is the next request", "[http]") {
    auto reader = posting();
    reader.add(post("X-Api-User: u\r\n", good) + post("", "body\r\n"));
    const auto posted = reader.next();
    REQUIRE(posted.has_value());
    REQUIRE(posted->has_value());
    CHECK((*posted)->method == HttpMethod::Post);
    CHECK((*posted)->body.empty());
    CHECK((*posted)->field("x-api-user") == "u");
    const auto get = reader.next();
    REQUIRE(get.has_value());
    REQUIRE(get->has_value());
    CHECK((*get)->path == "/healthz");
    REQUIRE(reader.next().has_value());
    const auto refused = reader.next();
    REQUIRE(refused.has_value());
    REQUIRE_FALSE(refused->has_value());
    CHECK(refused->error().status == 400);
}

TEST_CASE("a POST to where none is taken is refused at once, with what there is instead", "[http]") {
    for (const std::string target : {"/", "/updates", "/update/", "/%75pdate", "/x?/update"}) {
        CAPTURE(target);
        auto reader = posting();
        reader.add("POST " + target + " HTTP/1.1\r\n");
        const auto next = reader.next();
        REQUIRE(next.has_value());
        REQUIRE_FALSE(next->has_value());
        CHECK(next->error().status == 405);
        CHECK(next->error().headers ==
              std::vector<std::pair<std::string, std::string>>{{"Allow", "GET, HEAD"}});
    }
    CHECK(outcome("POST /update HTTP/1.1\r\n") == 405);  // of a reader that takes none anywhere
    CHECK(post_outcome("PUT /update HTTP/1.1\r\n") == 405);
    CHECK(post_outcome("post /update HTTP/1.1\r\n") == 405);
    CHECK(post_outcome("POST /update HTTP/1.1\r\n") == -1);
}

TEST_CASE("what is wrong with a POST is told by its status, before its body has come", "[http]") {
    const struct {
        std::string octets;
        int status;
    } cases[] = {
        {with_length("0"), 0},
        {with_length("1"), -1},
        {with_length(std::to_string(max_body_octets)), -1},
        {with_length(std::to_string(max_body_octets)) + std::string(max_body_octets, 'x'), 0},
        {with_length(std::to_string(max_body_octets + 1)), 413},
        {with_length("1048576"), 413},
        {with_length("1048577"), 413},
        {with_length("10000000000"), 413},
        {with_length("18446744073709551615"), 413},
        {post("", ""), 0},
        {"POST /update HTTP/1.0\r\n\r\n", 0},
        {"POST /update HTTP/1.0\r\nContent-Length: 1\r\n\r\nx", 0},
        {with_length(""), 400},
        {with_length("x"), 400},
        {with_length("-1"), 400},
        {with_length("+1"), 400},
        {with_length("0x1"), 400},
        {with_length("1.0"), 400},
        {with_length("1 1"), 400},
        {with_length("1, 1"), 400},
        {post("Content-Length: 1\r\nContent-Length: 1\r\n", "x"), 400},
        {post("Content-Length: 1\r\nContent-Length: 2\r\n", "xx"), 400},
        {post("Transfer-Encoding: chunked\r\n", "0\r\n\r\n"), 400},
        {post("Transfer-Encoding: identity\r\n", "x"), 400},
        {post("Content-Length: 1\r\nTransfer-Encoding: chunked\r\n", "x"), 400},
        {post("Transfer-Encoding: chunked\r\nContent-Length: 1\r\n", "x"), 400},
        {"POST /update HTTP/1.1\r\nContent-Length: 1\r\n\r\nx", 400},
        {"POST /update HTTP/1.1\r\nHost: evil.example\r\nContent-Length: 1\r\n\r\nx", 421},
        {post("Content-Length: 1\r\n", "x", "/update?a=%zz"), 400},
        {post("Content-Length: 1\r\nX: " + std::string(max_head_octets, 'x') + "\r\n", "x"), 431},
    };
    for (const auto& [octets, status] : cases) {
        CAPTURE(octets.substr(0, 200));
        CHECK(post_outcome(octets) == status);
    }
}

TEST_CASE("a client that wants no further answer to its POST is understood", "[http]") {
    auto reader = posting();
    reader.add(post("Connection: close\r\nContent-Length: 1\r\n", "x"));
    const auto next = reader.next();
    REQUIRE(next.has_value());
    REQUIRE(next->has_value());
    CHECK((*next)->last);
}
