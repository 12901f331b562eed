// What the table of keys does not allow.

#include "support.hpp"

using namespace lockstep;
using config_test::Lines;
using config_test::primary_problems;
using config_test::secondary_problems;

namespace {

/// A primary whose "server" has these members besides "listen".
Lines server_problems(const std::string& members) {
    return primary_problems("{ \"server\": { \"listen\": [\"127.0.0.1:5300\"],\n" + members + " } }");
}

struct CheckCase {
    std::string text;
    std::string problem;
};

}  // namespace

TEST_CASE("An unknown key is told with the nearest one, or with where it belongs", "[config]") {
    CHECK(primary_problems(R"({ "server": { "listn": ["127.0.0.1:53"] } })") ==
          Lines{"c.json:1:13: 'listen' is missing in server (at /server)",
                "c.json:1:15: unknown key 'listn' in server; did you mean 'listen'? (at /server/listn)"});
    const CheckCase in_server[] = {
        {"\"UDP_Workers\": 1",
         "c.json:2:1: unknown key 'UDP_Workers' in server; did you mean 'udp_workers'? (at /server/UDP_Workers)"},
        {"\"zones\": 1",
         "c.json:2:1: unknown key 'zones' in server; it is one of the configuration (at /server/zones)"},
        {"\"\": 1",
         "c.json:2:1: unknown key '' in server; known here: listen, state_directory, control_socket, http, identity, "
         "cookie_secrets, udp_workers, user, sandbox, log_level (at /server/)"},
        {"\"a\\u001b[31m\": 1",
         "c.json:2:1: unknown key 'a\\u001b[31m' in server; known here: listen, state_directory, control_socket, http, "
         "identity, cookie_secrets, udp_workers, user, sandbox, log_level (at /server/a\\u001b[31m)"},
    };
    for (const auto& each : in_server)
        CHECK(server_problems(each.text) == Lines{each.problem});
    CHECK(
        primary_problems(R"({ "server": { "listen": ["::1"] }, "primaries": [] })") ==
        Lines{
            "c.json:1:36: unknown key 'primaries' in the configuration; only a secondary has it (at /primaries)"});
    CHECK(secondary_problems(R"({ "server": { "listen": ["::1"] }, "zone_directory": "z" })") ==
          Lines{"c.json:1:36: unknown key 'zone_directory' in the configuration; only a primary has it "
                "(at /zone_directory)"});
}

TEST_CASE("A wrong type is told with the one that is wanted", "[config]") {
    const CheckCase cases[] = {
        {"\"udp_workers\": \"4\"",
         "c.json:2:16: a string where an integer is wanted (at /server/udp_workers)"},
        {"\"udp_workers\": 3.9",
         "c.json:2:16: a number with a fraction or exponent where an integer is wanted (at /server/udp_workers)"},
        {"\"udp_workers\": 3.0",
         "c.json:2:16: a number with a fraction or exponent where an integer is wanted (at /server/udp_workers)"},
        {"\"udp_workers\": null", "c.json:2:16: null where an integer is wanted (at /server/udp_workers)"},
        {"\"sandbox\": \"no\"",
         "c.json:2:12: a string where true or false is wanted, without quotes (at /server/sandbox)"},
        {"\"sandbox\": 0",
         "c.json:2:12: an integer where true or false is wanted, without quotes (at /server/sandbox)"},
        {"\"user\": 5", "c.json:2:9: an integer where a string is wanted (at /server/user)"},
        {"\"user\": [\"a\"]", "c.json:2:9: a list where a string is wanted (at /server/user)"},
        {"\"http\": {}", "c.json:2:9: an object where a string is wanted (at /server/http)"},
        {"\"identity\": true", "c.json:2:13: true or false where a string is wanted (at /server/identity)"},
    };
    for (const auto& each : cases)
        CHECK(server_problems(each.text) == Lines{each.problem});
    CHECK(primary_problems(R"({ "server": [] })") ==
          Lines{"c.json:1:13: a list where an object is wanted (at /server)"});
    CHECK(primary_problems(R"({ "server": { "listen": "127.0.0.1:53" } })") ==
          Lines{"c.json:1:25: a string where a list is wanted: put it in [ ] (at /server/listen)"});
    CHECK(primary_problems(R"({ "server": { "listen": ["::1"] }, "zones": [17], "keys": [[]] })") ==
          Lines{"c.json:1:46: an integer where an object is wanted (at /zones/0)",
                "c.json:1:60: a list where an object is wanted (at /keys/0)"});
}

TEST_CASE("A number out of range is told with the range, whatever its size", "[config]") {
    for (const std::string number :
         {"-1", "257", "70000", "4294967296", "18446744073709551616", "-9223372036854775809"}) {
        CHECK(server_problems("\"udp_workers\": " + number) ==
              Lines{"c.json:2:16: '" + number + "' is out of range, 0 to 256 (at /server/udp_workers)"});
    }
    CHECK(server_problems("\"udp_workers\": 256").empty());
}

TEST_CASE("A key that is there twice is told with the first one's line", "[config]") {
    CHECK(server_problems("\"user\": \"a\",\n\"user\": \"b\"") ==
          Lines{"c.json:3:1: 'user' is there a second time, first on line 2 (at /server/user)"});
    CHECK(primary_problems("{ \"zones\": [],\n\"server\": { \"listen\": [\"::1\"] },\n \"zones\": [] }") ==
          Lines{"c.json:3:2: 'zones' is there a second time, first on line 1 (at /zones)"});
}

TEST_CASE("An address is told what is wrong with it", "[config]") {
    const CheckCase cases[] = {
        {"192.0.2.1:70000", "'70000' is not a port (0 to 65535)"},
        {"192.0.2.1:-1", "'-1' is not a port (0 to 65535)"},
        {"192.0.2.1:3.9", "'3.9' is not a port (0 to 65535)"},
        {"192.0.2.1:1e400", "'1e400' is not a port (0 to 65535)"},
        {"192.0.2.1:", "'' is not a port (0 to 65535)"},
        {"192.0.2.1:0", "'192.0.2.1:0' has port 0"},
        {"192.0.2.256:53", "'192.0.2.256' is not an IPv4 or IPv6 address"},
        {"ns1.example.com:53", "'ns1.example.com' is not an IPv4 or IPv6 address"},
        {"[::1:53", "'[::1:53' is not [ADDRESS]:PORT"},
        {"", "'' is not an IPv4 or IPv6 address"},
        {"192.0.2.1\\u0000:53", "'192.0.2.1\\u0000:53' is not ADDRESS:PORT"},
    };
    for (const auto& each : cases) {
        CHECK(primary_problems("{ \"server\": {\n\"listen\": [\"::1\", \"" + each.text + "\"] } }") ==
              Lines{"c.json:2:19: " + each.problem + " (at /server/listen/1)"});
    }
    CHECK(primary_problems(R"({ "server": { "listen": [] } })") ==
          Lines{"c.json:1:25: the list is empty (at /server/listen)"});
    CHECK(primary_problems(R"({ "server": { "listen": ["[::1]:53", "::1"] } })") ==
          Lines{"c.json:1:38: [::1]:53 is there twice (at /server/listen/1)"});
    CHECK(server_problems("\"http\": \"127.0.0.1:5300\"") ==
          Lines{"c.json:2:9: DNS listens there already (at /server/http)"});
}

TEST_CASE("A cookie secret is 32 hexadecimal digits, and never quoted", "[config]") {
    for (const std::string secret :
         {"", "e5e973e5a6b2a43f48e7dc849e37bfc", "e5e973e5a6b2a43f48e7dc849e37bfcf00",
          "g5e973e5a6b2a43f48e7dc849e37bfcf", "0xe973e5a6b2a43f48e7dc849e37bfcf"}) {
        CHECK(server_problems("\"cookie_secrets\": [\"" + secret + "\"]") ==
              Lines{"c.json:2:20: is not 32 hexadecimal digits; 'openssl rand -hex 16' makes some (at "
                    "/server/cookie_secrets/0)"});
    }
    CHECK(server_problems("\"cookie_secrets\": []") ==
          Lines{"c.json:2:19: the list is empty (at /server/cookie_secrets)"});
    CHECK(server_problems("\"cookie_secrets\": \"e5e973e5a6b2a43f48e7dc849e37bfcf\"") ==
          Lines{"c.json:2:19: a string where a list is wanted: put it in [ ] (at /server/cookie_secrets)"});
}

TEST_CASE("A choice that is none is told with the nearest", "[config]") {
    CHECK(server_problems("\"log_level\": \"warn\"") ==
          Lines{"c.json:2:14: 'warn' is none of debug, info, warning, error (at /server/log_level)"});
    CHECK(
        server_problems("\"log_level\": \"warnin\"") ==
        Lines{
            "c.json:2:14: 'warnin' is none of debug, info, warning, error; did you mean 'warning'? (at /server/log_level)"});
}

TEST_CASE("A socket path too long for the system is refused", "[config]") {
    CHECK(server_problems("\"control_socket\": \"/" + std::string(106, 's') + "\"").empty());
    CHECK(
        server_problems("\"control_socket\": \"/" + std::string(107, 's') + "\"") ==
        Lines{
            "c.json:2:19: the path is 108 octets long; a socket's has 107 at most (at /server/control_socket)"});
}

TEST_CASE("All errors are told at once, in order, and beyond 50 they are counted", "[config]") {
    std::string text = "{ \"server\": { \"listen\": [";
    for (int i = 0; i < 60; ++i)
        text += "\"x" + std::to_string(i) + "\",\n";
    text += "\"::1\"] }, \"zones\": 5 }";
    const auto lines = primary_problems(text);
    REQUIRE(lines.size() == 51);
    CHECK(lines.front() == "c.json:1:26: 'x0' is not an IPv4 or IPv6 address (at /server/listen/0)");
    CHECK(lines[49] == "c.json:50:1: 'x49' is not an IPv4 or IPv6 address (at /server/listen/49)");
    CHECK(lines.back() == "c.json: 11 more errors are not shown");
}
