// What `acme list` shows, and the bodies of the API of acme-dns.

#include "ops/acme_text.hpp"

#include "support/catch.hpp"

#include <nlohmann/json.hpp>

using namespace lockstep;
using UnorderedJson = nlohmann::json;

namespace {

const std::string challenge = "LPsIwTo7o8BoG0-vjCyGQGBWSVIPxI-i_X336eUOQZo";  // 43 digits, RFC 8555 §8.1
const std::vector<AcmeRow> rows{
    {AcmeRow::Kind::Grant, "www.example.com.", "acme.www.example.com.", "example.com.", "2026-11-29"},
    {AcmeRow::Kind::Grant, "x.example.", "acme.x.example.", "", "2026-11-30"},
    {AcmeRow::Kind::Account, "l.auth.example.com.", "user", "example.com.", "2026-12-01"},
    {AcmeRow::Kind::Account, "", "other", "", "2026-12-02"},
};

std::string update(const std::string& subdomain, const std::string& txt) {
    return R"({"subdomain": )" + subdomain + R"(, "txt": )" + txt + "}";
}
std::string in_quotes(const std::string& text) {
    return "\"" + text + "\"";
}
/// The refusal as status and text; nothing where there is none.
template <class T>
std::string refused_with(const Expected<T, HttpAnswer>& read) {
    if (read) return "";
    CHECK(read.error().content_type == "application/json");
    return std::to_string(read.error().status) + " " + *read.error().body;
}
std::vector<std::string> registration(std::string_view body) {
    const auto read = read_acme_registration(body);
    REQUIRE(read.has_value());
    std::vector<std::string> texts;
    for (const auto& prefix : *read)
        texts.push_back(prefix.to_string());
    return texts;
}
std::string list_of(std::size_t prefixes) {
    std::string list = "{\"allowfrom\": [\"::1\"";
    for (std::size_t i = 1; i < prefixes; ++i)
        list += ",\"::1\"";
    return list + "]}";
}

}  // namespace

TEST_CASE("the list for people is a line each, names in a column", "[acme]") {
    CHECK(acme_text(rows) ==
          "www.example.com.     key acme.www.example.com., in example.com., 2026-11-29\n"
          "x.example.           key acme.x.example., in no zone here, 2026-11-30\n"
          "l.auth.example.com.  account user, in example.com., 2026-12-01\n"
          "-                    account other, in no zone here, 2026-12-02\n");
    CHECK(acme_text({}).empty());
}

TEST_CASE("the list for programs has grants and accounts, null for what there is not", "[acme]") {
    CHECK(UnorderedJson::parse(acme_json(rows)) == UnorderedJson::parse(R"({
        "grants": [
            {"host": "www.example.com.", "key": "acme.www.example.com.", "zone": "example.com.", "made_at": "2026-11-29"},
            {"host": "x.example.", "key": "acme.x.example.", "zone": null, "made_at": "2026-11-30"}
        ],
        "accounts": [
            {"user": "user", "name": "l.auth.example.com.", "made_at": "2026-12-01"},
            {"user": "other", "name": null, "made_at": "2026-12-02"}
        ]})"));
    CHECK(UnorderedJson::parse(acme_json({})) == UnorderedJson::parse(R"({"grants": [], "accounts": []})"));
    CHECK(acme_json({}).ends_with("}\n"));
}

TEST_CASE("a registration may say from where the account is used", "[acme]") {
    using Texts = std::vector<std::string>;
    CHECK(registration(R"({"allowfrom": ["192.0.2.0/24", "2001:db8::/32", "198.51.100.7"]})") ==
          Texts{"192.0.2.0/24", "2001:db8::/32", "198.51.100.7/32"});
    for (const auto* anywhere :
         {"", "{}", R"({"allowfrom": []})", R"({"allowfrom": null})", R"({"other": [1, "x", true]})"})
        CHECK(registration(anywhere).empty());
    CHECK(registration(list_of(100)).size() == 100);
}

TEST_CASE("a registration that is not understood is refused", "[acme]") {
    const std::string malformed = "400 {\"error\":\"malformed_json_payload\"}\n";
    const std::string prefixes = "400 {\"error\":\"invalid_allowfrom_cidr\"}\n";
    const struct {
        std::string body;
        std::string refusal;
    } cases[] = {
        {" ", malformed},
        {"{", malformed},
        {"null", malformed},
        {"[]", malformed},
        {"\"allowfrom\"", malformed},
        {"{} {}", malformed},
        {"{\"a\": \"\xff\"}", malformed},
        {R"({"a": {}})", malformed},
        {R"({"allowfrom": [["::1"]]})", malformed},
        {R"({"allowfrom": ["::1", {"a": 1}]})", malformed},
        {std::string(8000, '['), malformed},
        {"{\"a\":" + std::string(4000, '[') + std::string(4000, ']') + "}", malformed},
        {R"({"allowfrom": "::1"})", prefixes},
        {R"({"allowfrom": 1})", prefixes},
        {R"({"allowfrom": ["::1", 1]})", prefixes},
        {R"({"allowfrom": [""]})", prefixes},
        {R"({"allowfrom": ["192.0.2.1/24"]})", prefixes},
        {R"({"allowfrom": ["192.0.2.0/33"]})", prefixes},
        {list_of(101), prefixes},
    };
    for (const auto& [body, wanted] : cases) {
        CAPTURE(body.substr(0, 200));
        CHECK(refused_with(read_acme_registration(body)) == wanted);
    }
}

TEST_CASE("an update names a subdomain and a challenge's text", "[acme]") {
    const auto read = read_acme_update(update("\"label\"", in_quotes(challenge)));
    REQUIRE(read.has_value());
    CHECK(read->subdomain == "label");
    CHECK(read->txt == challenge);
    const auto more =
        read_acme_update(R"({"more": [1], "txt": ")" + challenge + R"(", "subdomain": "\u006c"})");
    REQUIRE(more.has_value());
    CHECK(more->subdomain == "l");
}

TEST_CASE("an update that is not understood is refused", "[acme]") {
    const std::string malformed = "400 {\"error\":\"malformed_json_payload\"}\n";
    const std::string subdomain = "400 {\"error\":\"bad_subdomain\"}\n";
    const std::string txt = "400 {\"error\":\"bad_txt\"}\n";
    std::string padded = challenge;
    padded.back() = '=';
    std::string standard = challenge;
    standard.front() = '+';
    const struct {
        std::string body;
        std::string refusal;
    } cases[] = {
        {"", malformed},
        {"[]", malformed},
        {"{\"subdomain\": \"l\"", malformed},
        {R"({"subdomain": {"a": "l"}})", malformed},
        {"{}", subdomain},
        {update("1", in_quotes(challenge)), subdomain},
        {update("null", in_quotes(challenge)), subdomain},
        {update("[\"l\"]", in_quotes(challenge)), subdomain},
        {update("\"\"", in_quotes(challenge)), subdomain},
        {R"({"subdomain": "l"})", txt},
        {update("\"l\"", "null"), txt},
        {update("\"l\"", "[" + in_quotes(challenge) + "]"), txt},
        {update("\"l\"", "\"\""), txt},
        {update("\"l\"", in_quotes(challenge.substr(1))), txt},
        {update("\"l\"", in_quotes(challenge + "x")), txt},
        {update("\"l\"", in_quotes(padded)), txt},
        {update("\"l\"", in_quotes(standard)), txt},
        {update("\"l\"", in_quotes(challenge.substr(1) + "\\u0000")), txt},
        {update("\"l\"", in_quotes(challenge.substr(2) + "\\u00e9")), txt},
    };
    for (const auto& [body, wanted] : cases) {
        CAPTURE(body);
        CHECK(refused_with(read_acme_update(body)) == wanted);
    }
}

TEST_CASE("answers are as acme-dns has them", "[acme]") {
    const auto made = acme_registered(
        {"user", "word", "label", "label.auth.example.com", {*Prefix::parse("192.0.2.0/24")}});
    CHECK(made.status == 201);
    CHECK(made.content_type == "application/json");
    CHECK(UnorderedJson::parse(*made.body) ==
          UnorderedJson::parse(R"({"username": "user", "password": "word", "subdomain": "label",
                          "fulldomain": "label.auth.example.com", "allowfrom": ["192.0.2.0/24"]})"));
    CHECK(UnorderedJson::parse(*acme_registered({}).body)["allowfrom"] == UnorderedJson::array());
    const auto updated = acme_updated(challenge);
    CHECK(updated.status == 200);
    CHECK(updated.content_type == "application/json");
    CHECK(*updated.body == "{\"txt\":\"" + challenge + "\"}\n");
    const auto refused = acme_refusal(401, "forbidden \"\xff\x1b");
    CHECK(refused.status == 401);
    CHECK(*refused.body == "{\"error\":\"forbidden \\\"\\ufffd\\u001b\"}\n");
}
