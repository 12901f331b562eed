// RFC 7873 and RFC 9018: which cookies are good, and what answers them.

#include "answer/cookies.hpp"

#include "crypto/encoding.hpp"
#include "fixture.hpp"

using namespace lockstep;
using namespace lockstep::test;

namespace {

constexpr std::string_view first_secret = "e5e973e5a6b2a43f48e7dc849e37bfcf";
constexpr std::string_view second_secret = "445536bcd2513298075a5d379663c962";
constexpr std::string_view rolled_secret = "dd3bdf9344b678b185a6f5cb60fca715";

SecretOctets secret(std::string_view hex) {
    return make_secret(*from_hex(hex));
}
WallTime wall_time_at(std::int64_t unix_seconds) {
    return WallTime{seconds{unix_seconds}};
}

/// One cookie as a client sends it, from where and when, and what comes back.
struct CookieRow {
    std::string_view name;
    CookieSecrets secrets;
    std::string_view client;
    std::string_view option;
    std::int64_t time;
    bool good;
    std::string_view reply;
};

std::string cookie_option(std::string_view hex) {
    const auto value = *from_hex(hex);
    std::string option{'\0', '\x0a', '\0', static_cast<char>(value.size())};
    return option + std::string(as_text(value));
}

std::string cookie_of(const Answered& reply) {
    REQUIRE(reply.view.edns.has_value());
    const auto option = reply.view.edns->option(EdnsOption::COOKIE);
    return option ? to_hex(*option) : "none";
}

struct CookieServer : Server {
    CookieServer() {
        serve("example.", "@ 300 SOA ns host 1 2 3 4 5\n@ 300 NS ns\nns 60 A 192.0.2.1\n");
        AccessPolicy rules;
        rules.cookie_secrets = {secret(first_secret)};
        allow(std::move(rules));
    }
};

}  // namespace

TEST_CASE("Server cookies are those of RFC 9018, appendix A", "[answer][rfc9018]") {
    const CookieRow rows[] = {
        {"A.1: a new one",
         {secret(first_secret)},
         "198.51.100.100",
         "2464c4abcf10c957",
         1559731985,
         false,
         "2464c4abcf10c957010000005cf79f111f8130c3eee29480"},
        {"A.2: 40 minutes later, renewed",
         {secret(first_secret)},
         "198.51.100.100",
         "2464c4abcf10c957010000005cf79f111f8130c3eee29480",
         1559734385,
         true,
         "2464c4abcf10c957010000005cf7a871d4a564a1442aca77"},
        {"A.3: the reserved octets are hashed as they come, and sent as 0",
         {secret(first_secret)},
         "203.0.113.203",
         "fc93fc62807ddb8601abcdef5cf78f71a314227b6679ebf5",
         1559727985 + 1800,
         true,
         "fc93fc62807ddb86010000005cf79679"},
        {"A.4: made with the secret before, over IPv6",
         {secret(second_secret), secret(rolled_secret)},
         "2001:db8:220:1:59de:d0f4:8769:82b8",
         "22681ab97d52c298010000005cf7c57926556bd0934c72f8",
         1559741961,
         true,
         "22681ab97d52c298010000005cf7c609a6bb79d16625507a"},
        {"the same, where that secret is forgotten",
         {secret(second_secret)},
         "2001:db8:220:1:59de:d0f4:8769:82b8",
         "22681ab97d52c298010000005cf7c57926556bd0934c72f8",
         1559741961,
         false,
         "22681ab97d52c298010000005cf7c609a6bb79d16625507a"},
        {"younger than half an hour: sent back as it is",
         {secret(first_secret)},
         "198.51.100.100",
         "2464c4abcf10c957010000005cf79f111f8130c3eee29480",
         1559731985 + 1799,
         true,
         "2464c4abcf10c957010000005cf79f111f8130c3eee29480"},
        {"from another address",
         {secret(first_secret)},
         "198.51.100.101",
         "2464c4abcf10c957010000005cf79f111f8130c3eee29480",
         1559731985,
         false,
         "2464c4abcf10c957010000005cf79f11"},
        {"with another client cookie",
         {secret(first_secret)},
         "198.51.100.100",
         "2464c4abcf10c958010000005cf79f111f8130c3eee29480",
         1559731985,
         false,
         "2464c4abcf10c958010000005cf79f11"},
        {"an hour old",
         {secret(first_secret)},
         "198.51.100.100",
         "2464c4abcf10c957010000005cf79f111f8130c3eee29480",
         1559731985 + 3600,
         true,
         "2464c4abcf10c95701000000"},
        {"a second older",
         {secret(first_secret)},
         "198.51.100.100",
         "2464c4abcf10c957010000005cf79f111f8130c3eee29480",
         1559731985 + 3601,
         false,
         "2464c4abcf10c95701000000"},
        {"five minutes ahead of our clock",
         {secret(first_secret)},
         "198.51.100.100",
         "2464c4abcf10c957010000005cf79f111f8130c3eee29480",
         1559731985 - 300,
         true,
         "2464c4abcf10c957010000005cf79f111f8130c3eee29480"},
        {"a second more",
         {secret(first_secret)},
         "198.51.100.100",
         "2464c4abcf10c957010000005cf79f111f8130c3eee29480",
         1559731985 - 301,
         false,
         "2464c4abcf10c95701000000"},
        {"of another version",
         {secret(first_secret)},
         "198.51.100.100",
         "2464c4abcf10c957020000005cf79f111f8130c3eee29480",
         1559731985,
         false,
         "2464c4abcf10c95701000000"},
        {"of another server's kind",
         {secret(first_secret)},
         "198.51.100.100",
         "2464c4abcf10c9570102030405060708",
         1559731985,
         false,
         "2464c4abcf10c957010000005cf79f111f8130c3eee29480"},
    };
    CookieChecker checker;
    for (const CookieRow& row : rows) {
        INFO(row.name);
        const auto check = checker.check(*from_hex(row.option), *IpAddress::parse(row.client), row.secrets,
                                         wall_time_at(row.time));
        REQUIRE(check.has_value());
        CHECK(check->good == row.good);
        CHECK(to_hex(check->reply).substr(0, row.reply.size()) == row.reply);
    }
}

TEST_CASE("A COOKIE option of a length that no cookie has is FORMERR", "[answer][rfc7873]") {
    CookieServer server;
    for (std::size_t octets = 0; octets <= 50; ++octets) {
        INFO(octets);
        const bool may_be = octets == 8 || (octets >= 16 && octets <= 40);
        const auto reply =
            server.udp({.name = "ns.example.", .options = cookie_option(std::string(2 * octets, 'a'))});
        CHECK(reply.rcode() == (may_be ? "NOERROR" : "FORMERR"));
        CHECK(reply.answer.size() == (may_be ? 1 : 0));
        CHECK(cookie_of(reply).size() == (may_be ? 48 : 4));
    }
}

TEST_CASE("Of two COOKIE options the first counts", "[answer][rfc7873][KNOWN_BUGS]") {
    CookieServer server;
    const auto reply = server.udp(
        {.name = "ns.example.", .options = cookie_option("0102030405060708") + cookie_option("01020304")});
    CHECK(reply.rcode() == "NOERROR");
    CHECK(cookie_of(reply).substr(0, 16) == "0102030405060708");
}

TEST_CASE("A cookie can be asked for without a question", "[answer][rfc7873][rfc9619]") {
    CookieServer server;
    const auto asked = [&](std::string options, bool edns = true) {
        OctetString query(512);
        MessageWriter writer;
        writer.start(query, query.size());
        if (edns)
            (void)writer.record(Section::Additional, Name{}, RrType::OPT, RrClass{1232}, 0,
                                as_octets(options));
        query.resize(writer.finish({.id = MessageId{4711}}));
        return server.udp(query);
    };
    const auto reply = asked(cookie_option("0102030405060708"));
    CHECK(reply.rcode() == "NOERROR");
    CHECK(reply.view.header.question_count == 0);
    CHECK(cookie_of(reply).size() == 48);
    CHECK(asked(cookie_option("01020304050607")).rcode() == "FORMERR");
    CHECK(asked("").rcode() == "FORMERR");
    CHECK(asked("", false).rcode() == "FORMERR");
}

TEST_CASE("A server without configured secrets has one of its own", "[answer][rfc7873]") {
    Server first;
    Server second;
    const Ask ask{.name = "x.", .options = cookie_option("0102030405060708")};
    const auto cookie = cookie_of(first.udp(ask));
    CHECK(cookie.size() == 48);
    CHECK(cookie_of(first.udp(ask)) == cookie);
    CHECK(cookie_of(second.udp(ask)) != cookie);
}

TEST_CASE("A message that asks for another version of EDNS gets no cookie", "[answer][rfc6891]") {
    CookieServer server;
    const auto reply =
        server.udp({.name = "ns.example.", .version = 1, .options = cookie_option("0102030405060708")});
    CHECK(reply.rcode() == "BADVERS");
    CHECK(cookie_of(reply) == "none");
}
