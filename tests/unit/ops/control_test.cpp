// The control socket's language: what is a request, and what comes of everything else.
#include "ops/control.hpp"

#include "support/catch.hpp"

#include <string>

using namespace lockstep;

namespace {

ControlRequest decoded(std::string_view line) {
    auto request = decode_control_request(line);
    if (!request) FAIL(request.error().text);
    return *request;
}
std::string refusal(std::string_view line) {
    const auto request = decode_control_request(line);
    REQUIRE_FALSE(request);
    return request.error().text;
}

}  // namespace

TEST_CASE("what is encoded is decoded to the same, on one line", "[control]") {
    ControlRequest all{.verb = "wait",
                       .zone = "example.com.",
                       .peer = "ns2",
                       .host = "www.example.com.",
                       .key = "acme.example.com.",
                       .client = "lego",
                       .message = "AAAA",
                       .serial = 4294967295,
                       .timeout_seconds = 2.5,
                       .quorum = 2,
                       .json = true,
                       .nagios = true,
                       .colour = true,
                       .wait = false};
    ControlRequest few{.verb = "status"};
    ControlRequest odd{.verb = "dump", .zone = std::string("a\"b\\c\n\r\t\0d\x7f\xc3\xa9", 13)};
    for (const auto& request : {all, few, odd}) {
        const auto line = encode(request);
        CHECK(line.find('\n') == line.size() - 1);
        CHECK(decoded(line) == request);
        CHECK(encode(decoded(line)) == line);
    }
}

TEST_CASE("a request needs nothing but its verb", "[control]") {
    CHECK(decoded(R"({"verb":"status"})") == ControlRequest{.verb = "status"});
    CHECK(decoded(" { \"verb\" : \"status\" } \n") == ControlRequest{.verb = "status"});
}

TEST_CASE("octets that are not UTF-8 do not leave as they are", "[control]") {
    const auto line = encode({.verb = "dump", .zone = "\xff\xfe"});
    CHECK(line.find('\xff') == std::string::npos);
    CHECK(decoded(line).verb == "dump");
}

TEST_CASE("what is no JSON object is refused", "[control]") {
    for (const char* line : {"", "\n", " ", "status", "\"status\"", "[]", "[\"status\"]", "null", "1", "{",
                             "{}{}", "{\"verb\":\"status\"", "{\"verb\":\"status\"}x", "{'verb':'status'}",
                             "{\"verb\":\"status\",}", "\xef\xbb\xbf", "{\"verb\":\"\xff\"}"}) {
        INFO(line);
        CHECK(refusal(line) == "a request is one JSON object on one line");
    }
    CHECK(refusal(std::string_view("\0", 1)) == "a request is one JSON object on one line");
}

TEST_CASE("a request without a verb is refused", "[control]") {
    for (const char* line : {"{}", R"({"verb":""})", R"({"zone":"example.com."})"})
        CHECK(refusal(line) == "the request names no verb");
}

TEST_CASE("an unknown key is refused by its name, fit to print", "[control]") {
    CHECK(refusal(R"({"verb":"status","zon":"x"})") == R"(unknown key "zon")");
    CHECK(refusal(R"({"verb":"status","":"x"})") == R"(unknown key "")");
    CHECK(refusal("{\"verb\":\"status\",\"\\u001b[31m\":1}") == R"(unknown key "\u001b[31m")");
}

TEST_CASE("a key that stands twice is refused", "[control]") {
    CHECK(refusal(R"({"verb":"status","verb":"stop"})").find("twice") != std::string::npos);
}

TEST_CASE("a value of the wrong type or out of range is refused by its key", "[control]") {
    const std::pair<const char*, const char*> wrong[]{{"verb", "1"},
                                                      {"verb", "null"},
                                                      {"zone", "true"},
                                                      {"peer", "1"},
                                                      {"peer", "null"},
                                                      {"json", "1"},
                                                      {"colour", "\"yes\""},
                                                      {"nagios", "1"},
                                                      {"wait", "null"},
                                                      {"serial", "-1"},
                                                      {"serial", "4294967296"},
                                                      {"serial", "1.5"},
                                                      {"serial", "\"1\""},
                                                      {"serial", "1e3"},
                                                      {"quorum", "-1"},
                                                      {"quorum", "null"},
                                                      {"timeout", "-1"},
                                                      {"timeout", "1e8"},
                                                      {"timeout", "\"1\""},
                                                      {"timeout", "-0.0001"},
                                                      {"timeout", "true"},
                                                      {"serial", "99999999999999999999"}};
    for (const auto& [key, value] : wrong) {
        std::string line = std::string("{\"") + key + "\":" + value;
        if (std::string_view(key) != "verb") line += ",\"verb\":\"status\"";
        INFO(line);
        CHECK(refusal(line + "}").find(std::string("'") + key + "'") != std::string::npos);
    }
    CHECK(refusal(R"({"verb":"wait","timeout":1e400})") == "a request is one JSON object on one line");
}

TEST_CASE("what nests is refused, however deep, whatever its key", "[control]") {
    CHECK(refusal(R"({"verb":"status","zone":{}})") == "a request holds no lists and no objects");
    CHECK(refusal(R"({"verb":"status","zone":["a"]})") == "a request holds no lists and no objects");
    CHECK(refusal(R"({"verb":{"verb":"stop"}})") == "a request holds no lists and no objects");
    CHECK(refusal(R"({"verb":"status","more":[{"verb":"stop"}]})") ==
          "a request holds no lists and no objects");
    constexpr std::size_t depth = 30'000;
    CHECK_FALSE(refusal("{\"verb\":" + std::string(depth, '[') + std::string(depth, ']') + "}").empty());
    CHECK_FALSE(refusal("{\"verb\":" + std::string(depth, '[')).empty());
    CHECK_FALSE(refusal(std::string(depth, '[') + std::string(depth, ']')).empty());
    std::string objects;
    for (int i = 0; i < 10'000; ++i)
        objects += "{\"a\":";
    CHECK_FALSE(refusal(objects).empty());
}

TEST_CASE("a request of 128 KiB is taken, a longer one is refused", "[control]") {
    const std::string start = R"({"verb":"status","zone":")";
    const std::string most(max_control_request_octets - start.size() - 2, 'z');
    CHECK(decoded(start + most + "\"}").zone == most);
    CHECK(refusal(start + most + "z\"}") == "the request is over 128 KiB");
}

TEST_CASE("a frame is a kind, a length in network order, and so many octets", "[control]") {
    std::string out;
    append_frame(out, FrameKind::Output, "abc");
    append_frame(out, FrameKind::Exit, "");
    CHECK(out == std::string("o\0\0\0\3abcx\0\0\0\0", 13));
    out.clear();
    append_frame(out, FrameKind::Errors, std::string(0x10203, 'e'));
    CHECK(out.substr(0, 5) == std::string("e\0\1\2\3", 5));
    CHECK(out.size() == 5 + 0x10203);
}
