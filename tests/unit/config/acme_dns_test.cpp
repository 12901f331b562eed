// "acme_dns": what it amounts to, and what is wrong with it.

#include "support.hpp"

using namespace lockstep;
using config_test::Lines;
using config_test::primary_problems;
using config_test::secondary_problems;

namespace {

std::string primary(const std::string& acme_dns,
                    const std::string& server = R"("listen": ["127.0.0.1:5300"], "http": "127.0.0.1:8053")") {
    return "{ \"server\": { " + server + " },\n  \"acme_dns\": " + acme_dns +
           ",\n  \"zones\": [{ \"name\": \"example.com\", \"file\": \"/etc/passwd\", \"secondaries\": [] }] }";
}

AcmeDnsConfig read(const std::string& acme_dns) {
    const auto config = parse_primary_config(primary(acme_dns), "c.json");
    if (!config) FAIL(config.error().front().to_string());
    REQUIRE(config->acme_dns.has_value());
    return *config->acme_dns;
}

Prefix prefix(std::string_view text) {
    return Prefix::parse(text).value();
}

}  // namespace

TEST_CASE("acme_dns is off where it is not written", "[config][acme]") {
    const auto config = parse_primary_config(R"({ "server": { "listen": ["127.0.0.1:5300"] } })", "c.json");
    if (!config) FAIL(config.error().front().to_string());
    CHECK_FALSE(config->acme_dns.has_value());
}

TEST_CASE("acme_dns has a domain in a zone, and takes accounts from this machine", "[config][acme]") {
    const auto below = read(R"({ "domain": "Auth.Example.COM" })");
    CHECK(below.domain.to_string() == "auth.example.com.");
    CHECK(below.register_from == std::vector{prefix("127.0.0.0/8"), prefix("::1/128")});
    CHECK(read(R"({ "domain": "example.com." })").domain.to_string() == "example.com.");
}

TEST_CASE("acme_dns takes accounts from where it is told, or from nowhere", "[config][acme]") {
    CHECK(read(R"({ "domain": "a.example.com", "register_from": ["192.0.2.0/24", "2001:db8::5"] })")
              .register_from == std::vector{prefix("192.0.2.0/24"), prefix("2001:db8::5/128")});
    CHECK(read(R"({ "domain": "a.example.com", "register_from": [] })").register_from.empty());
}

TEST_CASE("What acme_dns cannot be is told with its place", "[config][acme]") {
    const struct {
        std::string acme_dns;
        Lines problems;
    } cases[] = {
        {"{}", {"c.json:2:15: 'domain' is missing in acme_dns (at /acme_dns)"}},
        {"{ \"domain\": \"auth.example.org\" }",
         {"c.json:2:27: auth.example.org. is in none of \"zones\": nothing could be published there (at "
          "/acme_dns/domain)"}},
        {"{ \"domain\": \"notexample.com\" }",
         {"c.json:2:27: notexample.com. is in none of \"zones\": nothing could be published there (at "
          "/acme_dns/domain)"}},
        {"{ \"domain\": \"com\" }",
         {"c.json:2:27: com. is in none of \"zones\": nothing could be published there (at "
          "/acme_dns/domain)"}},
    };
    for (const auto& [acme_dns, problems] : cases)
        CHECK(primary_problems(primary(acme_dns)) == problems);
}

TEST_CASE("A domain that is no name, and a prefix that is none, are told once and where they are",
          "[config][acme]") {
    const auto name = primary_problems(primary("{ \"domain\": \"a..b\" }"));
    REQUIRE(name.size() == 1);
    CHECK(name.front().starts_with("c.json:2:27: "));
    CHECK(name.front().ends_with("(at /acme_dns/domain)"));
    const auto source = primary_problems(
        primary("{ \"domain\": \"a.example.com\",\n\"register_from\": [\"::1\", \"10.0.0.1/8\"] }"));
    REQUIRE(source.size() == 1);
    CHECK(source.front().starts_with("c.json:3:26: "));
    CHECK(source.front().ends_with("(at /acme_dns/register_from/1)"));
}

TEST_CASE("acme_dns without an address for HTTP is refused", "[config][acme]") {
    CHECK(primary_problems(primary("{ \"domain\": \"a.example.com\" }", R"("listen": ["127.0.0.1:5300"])")) ==
          Lines{"c.json:2:15: acme_dns is spoken over HTTP: \"server\" wants an \"http\" address for it (at "
                "/acme_dns)"});
}

TEST_CASE("A secondary has no acme_dns", "[config][acme]") {
    CHECK(secondary_problems(
              R"({ "server": { "listen": ["::1"] }, "acme_dns": { "domain": "example.com" } })") ==
          Lines{"c.json:1:36: unknown key 'acme_dns' in the configuration; only a primary has it (at "
                "/acme_dns)"});
}
