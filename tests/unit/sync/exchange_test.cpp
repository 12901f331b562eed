// One question over UDP, and what each wrong answer comes down to.
#include "scripted_secondary.hpp"

using namespace lockstep;
using namespace lockstep::test;

namespace {

using Probed = std::optional<Expected<ProbedSoa, Failure>>;

struct ExchangeScene {
    PeerTurnstiles places{1};
    asio::io_context context;
    SystemClock clock;
    SeededRandom random{1};
    ExchangeContext exchange{clock, random, places};
    ScriptedSecondary peer{context};
};

awaitable<void> probe_into(const ExchangeScene* scene, PeerConfig peer, unsigned tries, milliseconds timeout,
                           Probed* result) {
    auto soa = co_await probe_soa(scene->exchange, peer, std::nullopt, name("example.com."), tries, timeout);
    *result = std::move(soa);
}
Expected<ProbedSoa, Failure> probed(ExchangeScene& scene, unsigned tries = 1,
                                    milliseconds timeout = seconds{10}) {
    Probed result;
    asio::co_spawn(scene.context, probe_into(&scene, scene.peer.peer, tries, timeout, &result),
                   asio::detached);
    while (!result.has_value())
        scene.context.run_one();
    return std::move(*result);
}
Failure failed(ExchangeScene& scene) {
    auto result = probed(scene);
    REQUIRE_FALSE(result.has_value());
    CHECK(result.error().peer == "ns2");
    CHECK(result.error().zone == "example.com.");
    CHECK_FALSE(result.error().remedy.empty());
    CHECK(result.error().at != WallTime{});
    return result.error();
}
std::vector<Endpoint> endpoints(std::initializer_list<const char*> texts) {
    std::vector<Endpoint> list;
    for (const char* text : texts)
        list.push_back(Endpoint::parse(text).value());
    return list;
}
std::string source(const char* peer, std::initializer_list<const char*> listen) {
    const auto from = source_towards(Endpoint::parse(peer).value(), endpoints(listen));
    return from ? from->to_string() : "any";
}

}  // namespace

TEST_CASE("questions leave from the listen address of the peer's family", "[exchange]") {
    CHECK(source("198.51.100.2:53", {"192.0.2.1:53", "[2001:db8::1]:53"}) == "192.0.2.1");
    CHECK(source("[2001:db8::2]:53", {"192.0.2.1:53", "[2001:db8::1]:53"}) == "2001:db8::1");
    CHECK(source("198.51.100.2:53", {"192.0.2.1:53", "192.0.2.9:53"}) == "192.0.2.1");
}

TEST_CASE("questions leave from any address where we listen on all, or on none of the family", "[exchange]") {
    CHECK(source("198.51.100.2:53", {"0.0.0.0:53"}) == "any");
    CHECK(source("[2001:db8::2]:53", {"[::]:53"}) == "any");
    CHECK(source("[2001:db8::2]:53", {"192.0.2.1:53"}) == "any");
    CHECK(source("198.51.100.2:53", {}) == "any");
}

TEST_CASE("a loopback address is the source towards the loopback only, and no other is", "[exchange]") {
    CHECK(source("127.0.0.2:53", {"127.0.0.1:53"}) == "127.0.0.1");
    CHECK(source("198.51.100.2:53", {"127.0.0.1:53"}) == "any");
    CHECK(source("198.51.100.2:53", {"127.0.0.1:53", "192.0.2.1:53"}) == "192.0.2.1");
    CHECK(source("127.0.0.2:53", {"192.0.2.1:53", "127.0.0.1:53"}) == "127.0.0.1");
    CHECK(source("[::1]:53", {"[2001:db8::1]:53", "[::1]:53"}) == "::1");
}

TEST_CASE("an SOA probe returns the SOA that is served", "[exchange]") {
    ExchangeScene scene;
    scene.peer.serial = 4711;
    const auto soa = probed(scene);
    REQUIRE(soa.has_value());
    CHECK(soa->serial == Serial{4711});
    CHECK(scene.peer.soa_queries == 1);
}

TEST_CASE("an SOA probe that is not answered is a timeout after its tries", "[exchange]") {
    ExchangeScene scene;
    scene.peer.to_soa = ScriptedSecondary::Speech::Silent;
    const auto soa = probed(scene, 3, milliseconds{10});
    REQUIRE_FALSE(soa.has_value());
    CHECK(soa.error().stage == Stage::Timeout);
    CHECK(soa.error().remedy.find(std::to_string(scene.peer.peer.address.port)) != std::string::npos);
    scene.context.poll();
    CHECK(scene.peer.soa_queries == 3);
}

TEST_CASE("an SOA probe towards a closed port fails at connecting", "[exchange]") {
    ExchangeScene scene;
    scene.peer.close();
    CHECK(failed(scene).stage == Stage::Connect);
}

TEST_CASE("an RCODE is named with its extended error, and REFUSED is a matter of permission", "[exchange]") {
    ExchangeScene scene;
    scene.peer.soa_rcode = Rcode::REFUSED;
    scene.peer.extended_error = "no rule for 127.0.0.1";
    const auto refused = failed(scene);
    CHECK(refused.stage == Stage::Acl);
    CHECK(refused.text.find("REFUSED") != std::string::npos);
    CHECK(refused.text.find("(\"no rule for 127.0.0.1\")") != std::string::npos);

    scene.peer.extended_error.clear();
    scene.peer.soa_rcode = Rcode::SERVFAIL;
    CHECK(failed(scene).stage == Stage::Rcode);
    scene.peer.soa_rcode = Rcode::NOTAUTH;
    CHECK(failed(scene).text.find("NOTAUTH") != std::string::npos);
}

TEST_CASE("an SOA from a server that is not authoritative does not count", "[exchange]") {
    ExchangeScene scene;
    scene.peer.authoritative = false;
    const auto failure = failed(scene);
    CHECK(failure.stage == Stage::Parse);
    CHECK(failure.text.find("not authoritative") != std::string::npos);
}

TEST_CASE("an answer without the zone's SOA does not count", "[exchange]") {
    ExchangeScene scene;
    scene.peer.with_soa = false;
    CHECK(failed(scene).stage == Stage::Parse);
}

TEST_CASE("an unsigned answer to a signed question does not count", "[exchange][tsig]") {
    ExchangeScene scene;
    scene.peer.peer.key =
        std::make_shared<TsigKey>(generate_key(name("pair.example."), TsigAlgorithm::HmacSha256));
    const auto failure = failed(scene);
    CHECK(failure.stage == Stage::Tsig);
    CHECK(failure.remedy.find("pair.example.") != std::string::npos);
}

TEST_CASE("stages are called what INTERFACE calls them", "[exchange]") {
    std::string all;
    for (const auto stage : {Stage::Connect, Stage::Tls, Stage::Tsig, Stage::Acl, Stage::Rcode, Stage::Parse,
                             Stage::Check, Stage::Apply, Stage::Store, Stage::Timeout})
        all += std::string(to_string(stage)) + " ";
    CHECK(all == "connect tls tsig acl rcode parse check apply store timeout ");
}

TEST_CASE("so many questions at a time to one peer as it has places, and that holds up no other",
          "[exchange]") {
    ExchangeScene scene;
    ScriptedSecondary other(scene.context, "ns3");
    scene.peer.to_soa = ScriptedSecondary::Speech::Silent;
    Probed first;
    Probed second;
    Probed elsewhere;
    const auto ask = [&](const PeerConfig& peer, Probed* result) {
        asio::co_spawn(scene.context, probe_into(&scene, peer, 1, milliseconds{200}, result), asio::detached);
    };
    ask(scene.peer.peer, &first);
    ask(scene.peer.peer, &second);
    ask(other.peer, &elsewhere);
    while (!elsewhere || scene.peer.soa_queries == 0)
        scene.context.run_one();
    CHECK(elsewhere->has_value());
    CHECK_FALSE(first.has_value());
    scene.peer.on_soa_query = [&] { CHECK(first.has_value()); };
    scene.peer.to_soa = ScriptedSecondary::Speech::Right;
    while (!second)
        scene.context.run_one();
    CHECK(second->has_value());
    CHECK(scene.peer.soa_queries == 2);
}
