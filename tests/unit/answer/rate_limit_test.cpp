// Response rate limiting: what counts as the same, what becomes of what is too much, and who is spared.

#include "answer/rate_limit.hpp"

#include "crypto/encoding.hpp"
#include "fixture.hpp"

using namespace lockstep;
using namespace lockstep::test;
using namespace std::chrono_literals;

namespace {

using Tells = ResponseKind::Tells;
using Verdict = RateLimiter::Verdict;

const IpAddress victim = *IpAddress::parse("198.51.100.7");
const Name limited_name = name("www.example.");
constexpr SteadyTime noon{std::chrono::hours{12}};

/// What became of `count` responses at one moment: sent, truncated, dropped.
struct Fates {
    int sent = 0;
    int truncated = 0;
    int dropped = 0;
    bool operator==(const Fates&) const = default;
};

std::ostream& operator<<(std::ostream& out, const Fates& fates) {
    return out << fates.sent << " sent, " << fates.truncated << " truncated, " << fates.dropped << " dropped";
}

Fates judge(RateLimiter& limiter, const RateLimitConfig& limits, int count, SteadyTime now,
            const IpAddress& client = victim,
            const ResponseKind& kind = {Tells::Records, limited_name, RrType::A}) {
    Fates fates;
    for (int i = 0; i < count; ++i) {
        switch (limiter.judge(limits, client, kind, now).verdict) {
        case Verdict::Send: ++fates.sent; break;
        case Verdict::Truncate: ++fates.truncated; break;
        case Verdict::Drop: ++fates.dropped; break;
        }
    }
    return fates;
}

constexpr std::string_view zone_of_all = R"(
@       300 SOA ns host 1 2 3 4 5
@       300 NS  ns
ns      60  A   192.0.2.1
ns      60  TXT "text"
*.w     60  A   192.0.2.2
d       60  DNAME elsewhere.test.
cut     60  NS  ns.cut
ns.cut  60  A   192.0.2.3
)";

/// A server whose limit is 10 a second, every second one over it truncated.
struct Limited : Server {
    RateLimitConfig limits{.responses_per_second = 10};

    Limited() {
        serve("example.", zone_of_all);
        restrict({});
    }
    void restrict(AccessPolicy rules) {
        rules.rate_limit = limits;
        allow(std::move(rules));
    }
    Fates ask(int count, const std::function<Ask(int)>& query, std::string_view from = "198.51.100.7",
              Transport transport = Transport::Udp) {
        Fates fates;
        OctetString out(65535);
        for (int i = 0; i < count; ++i) {
            const auto message = octets_of(query(i));
            const Client client = client_at(from, transport);
            const std::size_t size = transport == Transport::Udp
                                         ? datagram(message, std::span(out).first(1232), client)
                                         : responder.respond_stream(message, client, out).octets;
            if (size == 0) {
                ++fates.dropped;
                continue;
            }
            const auto reply = take_apart(Octets(out).first(size));
            if (!reply.view.header.truncated) {
                ++fates.sent;
                continue;
            }
            ++fates.truncated;
            CHECK(reply.view.header.question_count == 1);
            CHECK(reply.answer.empty());
            CHECK(reply.authority.empty());
            CHECK(reply.additional.empty());
        }
        return fates;
    }
    Fates ask(int count, const Ask& query, std::string_view from = "198.51.100.7",
              Transport transport = Transport::Udp) {
        return ask(count, [&](int) { return query; }, from, transport);
    }
};

const Fates limited_of_40{10, 15, 15};
const Fates all_40{40, 0, 0};

}  // namespace

TEST_CASE("A second's worth may come at once, then what the rate gives", "[answer][rrl]") {
    RateLimiter limiter(1);
    const RateLimitConfig limits{.responses_per_second = 100};
    CHECK(judge(limiter, limits, 100, noon) == Fates{100, 0, 0});
    CHECK(judge(limiter, limits, 100, noon + 500ms) == Fates{50, 25, 25});
    // At the rate itself nothing is ever held back.
    RateLimiter steady(1);
    for (int i = 0; i < 1000; ++i)
        REQUIRE(judge(steady, limits, 1, noon + i * 10ms) == Fates{1, 0, 0});
}

TEST_CASE("A flood is held against its source for the window, and no longer", "[answer][rrl]") {
    RateLimiter limiter(1);
    const RateLimitConfig limits{.responses_per_second = 100, .window = 5s, .slip = 0};
    CHECK(judge(limiter, limits, 100'000, noon).sent == 100);
    CHECK(judge(limiter, limits, 1, noon + 4900ms).sent == 0);
    CHECK(judge(limiter, limits, 1, noon + 5100ms).sent == 1);
    CHECK(judge(limiter, limits, 200, noon + 20s).sent == 100);
}

TEST_CASE("Slip says which of those over the limit are truncated", "[answer][rrl]") {
    for (const auto& [slip, fates] :
         {std::pair{0U, Fates{10, 0, 30}}, {1U, {10, 30, 0}}, {2U, {10, 15, 15}}, {3U, {10, 10, 20}}}) {
        RateLimiter limiter(1);
        CHECK(judge(limiter, {.responses_per_second = 10, .slip = slip}, 40, noon) == fates);
    }
}

TEST_CASE("No limit is no limit", "[answer][rrl]") {
    RateLimiter limiter(1);
    CHECK(judge(limiter, {.responses_per_second = 0}, 100'000, noon).sent == 100'000);
}

TEST_CASE("A network is counted as one, by the length of its prefix", "[answer][rrl]") {
    const RateLimitConfig limits{.responses_per_second = 10, .slip = 0, .ipv4_prefix = 25, .ipv6_prefix = 60};
    const auto sent_to = [&](std::string_view one, std::string_view other) {
        RateLimiter limiter(1);
        (void)judge(limiter, limits, 10, noon, *IpAddress::parse(one));
        return judge(limiter, limits, 10, noon, *IpAddress::parse(other)).sent;
    };
    CHECK(sent_to("198.51.100.1", "198.51.100.127") == 0);
    CHECK(sent_to("198.51.100.1", "198.51.100.128") == 10);
    CHECK(sent_to("2001:db8:0:10::1", "2001:db8:0:1f:ffff::") == 0);
    CHECK(sent_to("2001:db8:0:10::1", "2001:db8:0:20::1") == 10);
    CHECK(sent_to("1.2.3.4", "102:304::") == 10);
}

TEST_CASE("The table forgets those who owe least, and nobody who floods", "[answer][rrl]") {
    RateLimiter limiter(1);
    const RateLimitConfig limits{.responses_per_second = 10, .slip = 0};
    (void)judge(limiter, limits, 1000, noon);
    for (std::uint32_t i = 0; i < 200'000; ++i) {
        const auto other = IpAddress::v4({10, static_cast<std::uint8_t>(i >> 16),
                                          static_cast<std::uint8_t>(i >> 8), static_cast<std::uint8_t>(i)});
        (void)judge(limiter, {.responses_per_second = 10, .slip = 0, .ipv4_prefix = 32}, 1, noon, other);
    }
    CHECK(judge(limiter, limits, 10, noon).sent == 0);
}

TEST_CASE("The same told too often is limited, whatever is asked for it", "[answer][rrl]") {
    const std::pair<std::string_view, std::function<Ask(int)>> rows[] = {
        {"one RRset", [](int) { return Ask{.name = "ns.example."}; }},
        {"in any case", [](int i) { return Ask{.name = i % 2 == 0 ? "ns.example." : "NS.Example."}; }},
        {"names that a wildcard makes", [](int i) { return Ask{.name = fmt::format("x{}.w.example.", i)}; }},
        {"names that a DNAME makes", [](int i) { return Ask{.name = fmt::format("x{}.d.example.", i)}; }},
        {"names that are not there", [](int i) { return Ask{.name = fmt::format("x{}.example.", i)}; }},
        {"names below a cut", [](int i) { return Ask{.name = fmt::format("x{}.cut.example.", i)}; }},
        {"types that are not there",
         [](int i) {
             return Ask{.name = "ns.example.", .type = RrType{static_cast<std::uint16_t>(300 + i)}};
         }},
        {"names of others", [](int i) { return Ask{.name = fmt::format("x{}.test.", i)}; }},
        {"messages that cannot be read",
         [](int i) {
             return Ask{.name = fmt::format("x{}.", i),
                        .type = RrType::A,
                        .options = std::string("\0\x0a\0\x01\0", 5)};
         }},
    };
    for (const auto& [what, query] : rows) {
        INFO(what);
        Limited server;
        CHECK(server.ask(40, query) == limited_of_40);
    }
}

TEST_CASE("What is not the same is counted apart", "[answer][rrl]") {
    Limited server;
    CHECK(server.ask(40, [](int i) {
        return Ask{.name = "ns.example.",
                   .type = i % 4 == 0   ? RrType::A
                           : i % 4 == 1 ? RrType::TXT
                           : i % 4 == 2 ? RrType::AAAA
                                        : RrType::ANY};
    }) == all_40);
    CHECK(server.ask(10, Ask{.name = "x.cut.example."}) == Fates{10, 0, 0});
}

TEST_CASE("Who has proved its address, and whom we know, is never limited", "[answer][rrl]") {
    const Ask query{.name = "ns.example."};
    Limited server;
    SECTION("strangers are") {
        CHECK(server.ask(40, query) == limited_of_40);
    }
    SECTION("loopback") {
        CHECK(server.ask(40, query, "127.0.0.53") == all_40);
        CHECK(server.ask(40, query, "::1") == all_40);
    }
    SECTION("TCP and TLS") {
        CHECK(server.ask(40, query, "198.51.100.7", Transport::Tcp) == all_40);
        CHECK(server.ask(40, query, "198.51.100.7", Transport::Tls) == all_40);
    }
    SECTION("configured peers") {
        AccessPolicy rules;
        rules.peers = {*IpAddress::parse("198.51.100.7")};
        server.restrict(std::move(rules));
        CHECK(server.ask(40, query) == all_40);
        CHECK(server.ask(40, query, "198.51.100.8") == limited_of_40);
    }
    SECTION("exempt networks") {
        server.limits.exempt = {*Prefix::parse("198.51.100.0/24")};
        server.restrict({});
        CHECK(server.ask(40, query) == all_40);
        CHECK(server.ask(40, query, "198.51.101.1") == limited_of_40);
    }
    SECTION("a good cookie, but not one that is new") {
        const std::string asks(
            "\0\x0a\0\x08"
            "12345678",
            12);
        const auto reply = server.udp({.name = "ns.example.", .options = asks}, client_at("198.51.100.7"));
        const auto cookie = reply.view.edns->option(EdnsOption::COOKIE);
        REQUIRE(cookie.has_value());
        const Ask proven{.name = "ns.example.",
                         .options = std::string("\0\x0a\0\x18", 4) + std::string(as_text(*cookie))};
        CHECK(server.ask(39, Ask{.name = "ns.example.", .options = asks}) == Fates{9, 15, 15});
        CHECK(server.ask(40, proven) == all_40);
        CHECK(server.ask(40, proven, "198.51.100.8").sent == 0);
    }
    SECTION("a good key, but not a bad one") {
        const auto key = make_key("k.");
        AccessPolicy rules;
        rules.keys = *TsigKeyring::make({key});
        server.restrict(std::move(rules));
        const auto signed_by = [&](const TsigKey& by) {
            OctetString message = octets_of(query);
            (void)sign_request(message, std::make_shared<const TsigKey>(by), server.clock.wall_now());
            return message;
        };
        const auto good = signed_by(key);
        const auto bad = signed_by(make_key("k.", "another secret, just as long"));
        OctetString out(1232);
        int good_answers = 0;
        int bad_answers = 0;
        for (int i = 0; i < 40; ++i) {
            if (server.datagram(good, out, client_at("198.51.100.7")) != 0) ++good_answers;
            if (server.datagram(bad, out, client_at("198.51.100.7")) != 0) ++bad_answers;
        }
        CHECK(good_answers == 40);
        CHECK(bad_answers == 25);
    }
}

TEST_CASE("A limited answer keeps its cookie, and what is limited is told once", "[answer][rrl]") {
    Limited server;
    server.limits.slip = 1;
    server.restrict({});
    const Ask query{.name = "ns.example.",
                    .options = std::string("\0\x0a\0\x08"
                                           "12345678",
                                           12)};
    CHECK(server.ask(40, query) == Fates{10, 30, 0});
    CHECK(server.rate_limits.events == std::vector<std::string>{"198.51.100.0/24: ns.example. A"});
    const auto reply = server.udp(query, client_at("198.51.100.7"));
    CHECK(reply.view.header.truncated);
    REQUIRE(reply.view.edns.has_value());
    CHECK(reply.view.edns->option(EdnsOption::COOKIE)->size() == 24);
    const auto totals = server.counters.totals();
    CHECK(totals.truncated_rate == 31);
    CHECK(totals.dropped_rate == 0);
}

TEST_CASE("Limits hold for answers of every size", "[answer][rrl][KNOWN_BUGS]") {
    Limited server;
    std::string text = "@ 300 SOA ns host 1 2 3 4 5\n@ 300 NS ns\n";
    for (int records = 1; records < 200; records += 7) {
        for (int i = 0; i < records; ++i)
            text += fmt::format("n{} 60 A 10.0.{}.{}\n", records, records, i);
    }
    server.serve("sizes.", text);
    for (int records = 1; records < 200; records += 7) {
        INFO(records);
        OctetString out(1232);
        int answered = 0;
        for (int i = 0; i < 40; ++i) {
            const auto message = octets_of({.name = fmt::format("n{}.sizes.", records), .edns = true});
            const auto size = server.datagram(message, out, client_at("198.51.100.7"));
            if (size == 0) continue;
            ++answered;
            (void)take_apart(Octets(out).first(size));
        }
        CHECK(answered == 25);
    }
}
