// What a configuration that is right amounts to.

#include "config/load.hpp"

#include "crypto/encoding.hpp"
#include "support.hpp"
#include "support/name_text.hpp"

using namespace lockstep;
using config_test::Folder;
using config_test::Lines;
using test::name;

namespace {

std::string secret_of(const TsigKeyPtr& key) {
    return key ? to_base64(secret_view(key->secret)) : "none";
}

}  // namespace

TEST_CASE("A primary's configuration is read whole", "[config]") {
    const Folder folder;
    folder.write("example.com.zone", "");
    folder.write("zones/a.example.zone", "");
    folder.write("zones/..zone", "");
    folder.write("zones/.b.example.zone", "");
    folder.write("zones/README", "");
    folder.write("acme.key", "QUNNRSBrZXksIDI0IG9jdGV0cyEh\n");
    const auto file = folder.write("primary.json", R"({
      "server": {
        "listen": ["192.0.2.1:5353", "[2001:db8::1]:53", "192.0.2.1"],
        "state_directory": "state",
        "control_socket": "/run/p.sock",
        "http": "127.0.0.1",
        "identity": "ns1.example.net",
        "cookie_secrets": ["e5e973e5a6b2a43f48e7dc849e37bfcf", "DD3BDF9344B678B185A6F5CB60FCA715"],
        "udp_workers": 4,
        "user": "lockstep",
        "log_level": "debug"
      },
      "keys": [
        { "name": "pair.example", "secret": "c2l4dGVlbiBvY3RldHMhIQ==" },
        { "name": "ACME.example.", "algorithm": "hmac-sha512", "secret_file": "acme.key",
          "update_waits": { "seconds": 5, "quorum": 1 } }
      ],
      "secondaries": [
        { "name": "ns2", "address": "198.51.100.2:5300", "key": "PAIR.example." },
        { "name": "ns3", "address": "2001:db8::3" }
      ],
      "limits": { "transfers_out": 7 },
      "rate_limit": { "responses_per_second": 50, "window_seconds": 5, "slip": 3, "ipv4_prefix": 32,
                      "ipv6_prefix": 64, "exempt": ["203.0.113.0/24", "2001:db8::/32"] },
      "zone_defaults": { "serial_policy": "date" },
      "zone_directory": "zones",
      "zones": [
        {
          "name": "Example.COM",
          "file": "example.com.zone",
          "secondaries": ["NS3", "ns2"],
          "serial_policy": "manual",
          "transfer": [{ "prefix": "203.0.113.0/24", "key": "pair.example." }, { "key": "acme.example" }],
          "update": [
            { "key": "acme.example.", "names": ["_acme-challenge.*", "*.dyn", "host", "abs.example.com."], "types": ["TXT", "aaaa"], "max_records": 4, "max_ttl": 0, "lifetime": 3600 },
            { "key": "pair.example.", "types": ["A", "ANY"] }
          ],
          "update_waits": {}
        },
        { "name": "a.example.", "secondaries": [] }
      ]
    })");
    const auto config = load_primary_config(file);
    if (!config) FAIL(config.error().front().to_string());

    CHECK(config->server.listen == std::vector<Endpoint>{Endpoint::parse("192.0.2.1:5353").value(),
                                                         Endpoint::parse("[2001:db8::1]:53").value(),
                                                         Endpoint::parse("192.0.2.1:53").value()});
    CHECK(config->server.state_directory == folder.path() / "state");
    CHECK(config->server.control_socket == "/run/p.sock");
    CHECK(config->server.http == Endpoint::parse("127.0.0.1:8053").value());
    CHECK(config->server.identity == "ns1.example.net");
    CHECK(config->server.udp_workers == 4);
    CHECK(config->server.user == "lockstep");
    CHECK(config->server.log_level == LogLevel::Debug);
    CHECK(config->warnings.empty());

    const auto pair = config->keys.find(name("pair.example."));
    const auto acme = config->keys.find(name("acme.example."));
    CHECK(secret_of(pair) == "c2l4dGVlbiBvY3RldHMhIQ==");
    CHECK(pair->algorithm == TsigAlgorithm::HmacSha256);
    CHECK(secret_of(acme) == "QUNNRSBrZXksIDI0IG9jdGV0cyEh");
    CHECK(acme->algorithm == TsigAlgorithm::HmacSha512);

    CHECK(config->limits.transfers_out == 7);
    CHECK(config->rate_limit ==
          RateLimitConfig{50,
                          std::chrono::seconds(5),
                          3,
                          32,
                          64,
                          {*Prefix::parse("203.0.113.0/24"), *Prefix::parse("2001:db8::/32")}});
    REQUIRE(config->server.cookie_secrets.size() == 2);
    CHECK(to_hex(secret_view(config->server.cookie_secrets[1])) == "dd3bdf9344b678b185a6f5cb60fca715");
    CHECK(config->limits.transfers_out_per_peer == LimitsConfig().transfers_out_per_peer);
    CHECK(config->secondaries ==
          std::vector<PeerConfig>{{"ns2", Endpoint::parse("198.51.100.2:5300").value(), pair},
                                  {"ns3", Endpoint::parse("[2001:db8::3]:53").value(), nullptr}});

    REQUIRE(config->zones.size() == 3);
    const auto& first = config->zones[0];
    CHECK(first.name.to_string() == "Example.COM.");
    CHECK(first.file == folder.path() / "example.com.zone");
    CHECK(first.secondaries == std::vector<std::size_t>{1, 0});
    CHECK(first.serial_policy == SerialPolicy::Manual);
    CHECK(first.transfer ==
          std::vector<PeerRule>{{Prefix::parse("203.0.113.0/24").value(), pair}, {std::nullopt, acme}});
    REQUIRE(first.update.size() == 2);
    CHECK(first.update[0].who == PeerRule{std::nullopt, acme});
    CHECK(first.update[0].names ==
          std::vector<NamePattern>{{NamePattern::Kind::FirstLabel, name("_acme-challenge.")},
                                   {NamePattern::Kind::Below, name("dyn.example.com.")},
                                   {NamePattern::Kind::Exactly, name("host.example.com.")},
                                   {NamePattern::Kind::Exactly, name("abs.example.com.")}});
    CHECK(first.update[0].types == std::vector<RrType>{RrType::TXT, RrType::AAAA});
    CHECK(first.update[0].max_records == 4U);
    CHECK(first.update[0].max_ttl == 0U);
    CHECK(first.update[0].lifetime == std::chrono::seconds(3600));
    CHECK(first.update[0].waits == UpdateWaits{std::chrono::seconds(5), 1});  // the key's
    CHECK(first.update[1].names.empty());
    CHECK(first.update[1].types.empty());
    CHECK(first.update[1].max_records == std::nullopt);
    CHECK(first.update[1].max_ttl == std::nullopt);
    CHECK(first.update[1].lifetime == std::nullopt);
    CHECK(first.update[1].waits == UpdateWaits{std::chrono::seconds(8), std::nullopt});  // the zone's

    const auto& second = config->zones[1];
    CHECK(second.name.to_string() == "a.example.");
    CHECK(second.file == folder.path() / "zones/a.example.zone");
    CHECK(second.secondaries.empty());
    CHECK(second.serial_policy == SerialPolicy::Date);

    const auto& third = config->zones[2];
    CHECK(third.name.to_string() == ".");
    CHECK(third.file == folder.path() / "zones/..zone");
    CHECK(third.secondaries == std::vector<std::size_t>{0, 1});
}

TEST_CASE("A secondary's configuration is read whole", "[config]") {
    const auto config = parse_secondary_config(R"({
      "server": { "listen": ["127.0.0.1:5301"] },
      "primaries": [
        { "name": "ns1", "address": "192.0.2.1:53" },
        { "name": "ns0", "address": "192.0.2.2:53" }
      ],
      "limits": { "transfer_in_octets": 1000000000000, "rrset_records": 100 },
      "zone_defaults": { "timers": { "refresh_min": 60 } },
      "zones": [
        { "name": "example.com." },
        { "name": "example.net.", "primaries": ["ns0"], "timers": { "retry_max": 90 } }
      ]
    })",
                                               "/etc/lockstep/secondary.json");
    if (!config) FAIL(config.error().front().to_string());
    CHECK(config->server.state_directory == "/var/lib/lockstep/secondary");
    CHECK(config->server.control_socket == "/run/lockstep/secondary.sock");
    CHECK_FALSE(config->server.http);
    CHECK_FALSE(config->server.identity);
    CHECK_FALSE(config->server.user);
    CHECK(config->server.log_level == LogLevel::Info);
    CHECK(config->limits.transfer_in_octets == 1'000'000'000'000);
    CHECK(config->limits.rrset_records == 100);
    REQUIRE(config->zones.size() == 2);
    CHECK(config->zones[0].primaries == std::vector<std::size_t>{0, 1});
    CHECK(config->zones[0].timers.refresh_min == std::chrono::seconds(60));
    CHECK(config->zones[1].primaries == std::vector<std::size_t>{1});
    CHECK(config->zones[1].timers.retry_max == std::chrono::seconds(90));
    // A zone's own object replaces the default's, it is not mixed with it.
    CHECK(config->zones[1].timers.refresh_min == std::chrono::seconds(30));
}

TEST_CASE("The structs and the table have the same defaults", "[config]") {
    const auto config = parse_secondary_config(
        R"({ "server": { "listen": ["::1"] }, "primaries": [{ "name": "a", "address": "::2" }], "zones": [{ "name": "." }] })",
        "/c.json");
    REQUIRE(config.has_value());
    CHECK(config->limits == LimitsConfig());
    CHECK(config->rate_limit == RateLimitConfig());
    CHECK(config->server.cookie_secrets.empty());
    CHECK(config->zones[0].timers == TimersConfig());
}

TEST_CASE("The bound on a transfer is four times the last size and 16 MiB, at least 64 MiB", "[config]") {
    constexpr std::uint64_t mebibyte = 1U << 20U;
    LimitsConfig limits;
    CHECK(limits.transfer_in_bound(0) == 64 * mebibyte);
    CHECK(limits.transfer_in_bound(100 * mebibyte) == 416 * mebibyte);
    limits.transfer_in_octets = 5;
    CHECK(limits.transfer_in_bound(100 * mebibyte) == 5);
}

TEST_CASE("A pattern of names matches what it says", "[config]") {
    const NamePattern exactly{NamePattern::Kind::Exactly, name("a.example.")};
    CHECK(exactly.matches(name("A.example.")));
    CHECK_FALSE(exactly.matches(name("b.a.example.")));
    const NamePattern below{NamePattern::Kind::Below, name("a.example.")};
    CHECK(below.matches(name("x.y.A.example.")));
    CHECK_FALSE(below.matches(name("a.example.")));
    CHECK_FALSE(below.matches(name("ba.example.")));
    const NamePattern label{NamePattern::Kind::FirstLabel, name("_acme-challenge.")};
    CHECK(label.matches(name("_ACME-challenge.www.example.")));
    CHECK(label.matches(name("_acme-challenge.")));
    CHECK_FALSE(label.matches(name("x._acme-challenge.example.")));
    CHECK_FALSE(label.matches(name(".")));
    CHECK(NamePattern{}.matches(name(".")));
}

TEST_CASE("A reload is told which changes need a restart", "[config]") {
    CommonConfig running;
    running.server.listen = {Endpoint::parse("127.0.0.1:53").value()};
    auto wanted = running;
    wanted.server.identity = "ns9";
    wanted.server.log_level = LogLevel::Debug;
    wanted.server.http = Endpoint::parse("127.0.0.1:8053").value();
    wanted.limits.transfers_out = 1;
    wanted.limits.tcp_idle = std::chrono::seconds{1};
    CHECK(restart_needed(running, wanted).empty());
    wanted.server.listen.push_back(Endpoint::parse("127.0.0.2:53").value());
    wanted.server.user = "nobody";
    CHECK(restart_needed(running, wanted) == Lines{"server.listen", "server.user"});
}

TEST_CASE("A zone's file is found by whatever way its path leads there", "[config]") {
    const Folder folder;
    folder.write("z.zone", "");
    std::filesystem::create_directory(folder.path() / "sub");
    for (const std::string written :
         {"z.zone", "./z.zone", "sub/../z.zone", "sub//../z.zone", "sub/./../z.zone", "ABSOLUTE/z.zone",
          "ABSOLUTE//z.zone", "ABSOLUTE/./z.zone", "/../ABSOLUTE/sub/../z.zone", "//ABSOLUTE/z.zone"}) {
        auto path = written;
        if (const auto at = path.find("/ABSOLUTE"); at != std::string::npos) {
            path.replace(at, 9, folder.path().string());
        } else if (path.starts_with("ABSOLUTE")) {
            path.replace(0, 8, folder.path().string());
        }
        INFO(path);
        const auto file = folder.write("c.json", R"({ "server": { "listen": ["127.0.0.1"] }, "zones": [{
            "name": "z.example", "file": ")" + path + R"(" }] })");
        const auto config = load_primary_config(file);
        REQUIRE(config.has_value());
        CHECK(config->zones.front().file == folder.path() / "z.zone");
    }
}

TEST_CASE("The control socket is found in a file whose other parts are wrong or secret", "[config]") {
    const Folder folder;
    const auto file = folder.write(
        "c.json", R"({ "server": { "control_socket": "here.sock" }, "keys": [{ "secret_file": "/none" }] })");
    CHECK(control_socket_of(file, Role::Primary).value() == folder.path() / "here.sock");
    const auto bare = folder.write("bare.json", "{}");
    CHECK(control_socket_of(bare, Role::Secondary).value() == "/run/lockstep/secondary.sock");
    const auto missing = control_socket_of(folder.path() / "none.json", Role::Primary);
    REQUIRE_FALSE(missing.has_value());
    CHECK(missing.error().front().text == "No such file or directory");
}

TEST_CASE("100,000 zones are read", "[config]") {
    std::string text =
        R"({ "server": { "listen": ["::1"] }, "primaries": [{ "name": "a", "address": "::2" }], "zones": [)";
    for (int i = 0; i < 100'000; ++i)
        text += (i == 0 ? "{\"name\":\"z" : ",{\"name\":\"z") + std::to_string(i) + ".example\"}";
    text += "] }";
    const auto config = parse_secondary_config(text, "/c.json");
    REQUIRE(config.has_value());
    CHECK(config->zones.size() == 100'000);
    CHECK(config->zones.back().name.to_string() == "z99999.example.");
}
