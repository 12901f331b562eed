// What one answer costs without sockets, by kind, with a rate limit that is counted and never reached: on a
// zone of hosts as PERFORMANCE.md has it (A, AAAA, MX, CNAME, NXDOMAIN), on one of delegations, on signed
// ones.

#include "../../support/zone_text.hpp"
#include "answer/responder.hpp"
#include "kept.hpp"
#include "signed_zone.hpp"
#include "wire/writer.hpp"
#include "zones.hpp"

#include <benchmark/benchmark.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <random>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace lockstep::bench {
namespace {

constexpr std::int64_t large_names = 1000;  // with an RRset of 50 addresses, and one of 20 long TXTs

struct Server {
    SystemClock clock;
    TransferObserver transfers;
    NotifySink notifies;
    RateLimitObserver rate_limits;
    TransferQuota quota;
    AnswerCounterList counters;
    Published<ZoneTable> zones{std::make_shared<const ZoneTable>()};
    Published<AccessPolicy> policy{std::make_shared<const AccessPolicy>()};
    UpdateSink updates;
    Responder responder{{zones, policy, clock, quota, counters, transfers, notifies, updates, rate_limits}};

    Server() {
        AccessPolicy rules;
        rules.rate_limit.responses_per_second = 1'000'000'000;
        policy.publish(std::make_shared<const AccessPolicy>(std::move(rules)));
    }
    void serve(std::string_view apex, std::string_view text) {
        const Name name = test::name(apex);
        zones.publish(std::make_shared<const ZoneTable>(zones.current()->with(
            std::make_shared<const ServedZone>(ServedZone{name, zone_of(text, name), false, {}}))));
    }
};

std::string delegations_text(std::int64_t delegations) {
    std::string text = hosts_text(0);
    for (std::int64_t i = 0; i < delegations; ++i) {
        const auto n = std::to_string(i);
        text += "zone" + n + " 3600 NS ns1.zone" + n + "\nzone" + n + " 3600 NS ns2.example.org.\nns1.zone" +
                n + " 3600 A 192.0.2.4\n";
    }
    return text;
}

std::string large_text() {
    std::string text = hosts_text(0);
    for (std::int64_t i = 0; i < large_names; ++i) {
        const auto owner = "large" + std::to_string(i);
        for (int n = 0; n < 50; ++n)
            text += owner + " 300 A 192.0.2." + std::to_string(n) + "\n";
        for (int n = 0; n < 20; ++n)
            text += owner + " 300 TXT " + std::string(100, 't') + std::to_string(n) + "\n";
    }
    return text;
}

std::unique_ptr<Server> plain(std::int64_t size) {
    auto server = std::make_unique<Server>();
    server->serve("example.com.", hosts_text(size));
    server->serve("delegations.", delegations_text(size));
    server->serve("large.", large_text());
    return server;
}

std::unique_ptr<Server> with_dnssec(std::int64_t hosts) {
    auto server = std::make_unique<Server>();
    const std::string text = hosts_text(hosts);
    for (const auto& [apex, proof] : {std::pair("nsec.", Proof::Nsec), std::pair("nsec3.", Proof::Nsec3)})
        server->serve(apex, signed_text(*zone_of(text, test::name(apex)), proof));
    return server;
}

enum class Edns { No, Plain, DnssecOk };

/// Questions for `prefix`, a number below `names` (0: below the size of the zone), and `suffix`.
struct Kind {
    std::string_view prefix;
    std::string_view suffix;
    RrType type;
    Edns edns = Edns::No;
    std::int64_t names = 0;
};
constexpr Kind address{"host", ".example.com.", RrType::A};
constexpr Kind address_edns{"host", ".example.com.", RrType::A, Edns::Plain};
constexpr Kind aaaa{"host", ".example.com.", RrType::AAAA};
constexpr Kind mx{"host", ".example.com.", RrType::MX};
constexpr Kind cname{"www", ".example.com.", RrType::A};
constexpr Kind nxdomain{"no", ".example.com.", RrType::A};
constexpr Kind referral{"www.zone", ".delegations.", RrType::A};
constexpr Kind refused{"host", ".elsewhere.", RrType::A};
constexpr Kind large{"large", ".large.", RrType::A, Edns::Plain, large_names};
constexpr Kind truncated{"large", ".large.", RrType::TXT, Edns::Plain, large_names};
constexpr Kind signed_address{"host", ".nsec.", RrType::A, Edns::DnssecOk};
constexpr Kind nsec_nxdomain{"no", ".nsec.", RrType::A, Edns::DnssecOk};
constexpr Kind nsec_nodata{"host", ".nsec.", RrType::TXT, Edns::DnssecOk};
constexpr Kind nsec3_nxdomain{"no", ".nsec3.", RrType::A, Edns::DnssecOk};
constexpr Kind nsec3_nodata{"host", ".nsec3.", RrType::TXT, Edns::DnssecOk};

OctetString query(const Kind& kind, std::int64_t number) {
    OctetString octets(512);
    MessageWriter writer;
    writer.start(octets, octets.size());
    const std::string name = std::string(kind.prefix) + std::to_string(number) + std::string(kind.suffix);
    (void)writer.question(test::name(name), kind.type, RrClass::IN);
    const std::uint32_t flags = kind.edns == Edns::DnssecOk ? 0x8000 : 0;
    if (kind.edns != Edns::No)
        (void)writer.record(Section::Additional, Name{}, RrType::OPT, RrClass{1232}, flags, {});
    octets.resize(writer.finish({.id = MessageId{1}}));
    return octets;
}

/// `state` has the hosts and the delegations. Goes through `kinds` in random order.
template <auto make_server, const Kind&... kinds>
void respond(benchmark::State& state) {
    const std::int64_t size = state.range(0);
    Responder& responder = kept<make_server>(size)->responder;
    std::mt19937_64 random(1);
    std::vector<OctetString> queries;
    for (std::int64_t i = 0; i < std::min<std::int64_t>(size, 200'000); ++i) {
        const std::array choice{&kinds...};
        const Kind& kind = *choice[random() % choice.size()];
        const auto names = static_cast<std::uint64_t>(kind.names > 0 ? kind.names : size);
        queries.push_back(query(kind, static_cast<std::int64_t>(random() % names)));
    }
    const Client client{{*IpAddress::parse("192.0.2.53"), 4000}, Transport::Udp};
    std::vector<std::byte> out(1232);
    std::size_t at = 0;
    std::size_t replied = 0;
    for (auto _ : state) {
        replied += responder.respond_datagram(queries[at], client, out);
        if (++at == queries.size()) at = 0;
    }
    state.counters["reply_octets"] =
        benchmark::Counter(static_cast<double>(replied), benchmark::Counter::kAvgIterations);
}
void sizes(benchmark::internal::Benchmark* each) {
    each->Arg(10'000)->Arg(1'000'000);
}
BENCHMARK(respond<plain, address>)->Name("answer/A")->Apply(sizes);
BENCHMARK(respond<plain, address_edns>)->Name("answer/A_edns")->Apply(sizes);
BENCHMARK(respond<plain, aaaa>)->Name("answer/AAAA")->Apply(sizes);
BENCHMARK(respond<plain, mx>)->Name("answer/MX")->Apply(sizes);
BENCHMARK(respond<plain, cname>)->Name("answer/CNAME")->Apply(sizes);
BENCHMARK(respond<plain, nxdomain>)->Name("answer/NXDOMAIN")->Apply(sizes);
BENCHMARK(respond<plain, address, address_edns, aaaa, mx, cname, nxdomain>)
    ->Name("answer/mixed")
    ->Apply(sizes);
BENCHMARK(respond<plain, referral>)->Name("answer/referral")->Apply(sizes);
BENCHMARK(respond<plain, refused>)->Name("answer/refused")->Apply(sizes);
BENCHMARK(respond<plain, large>)->Name("answer/large_rrset")->Arg(10'000);
BENCHMARK(respond<plain, truncated>)->Name("answer/truncated")->Arg(10'000);

void signed_sizes(benchmark::internal::Benchmark* each) {
    each->Arg(10'000)->Arg(100'000);
}
BENCHMARK(respond<with_dnssec, signed_address>)->Name("answer/A_signed")->Apply(signed_sizes);
BENCHMARK(respond<with_dnssec, nsec_nxdomain>)->Name("answer/NXDOMAIN_nsec")->Apply(signed_sizes);
BENCHMARK(respond<with_dnssec, nsec_nodata>)->Name("answer/NODATA_nsec")->Apply(signed_sizes);
BENCHMARK(respond<with_dnssec, nsec3_nxdomain>)->Name("answer/NXDOMAIN_nsec3")->Apply(signed_sizes);
BENCHMARK(respond<with_dnssec, nsec3_nodata>)->Name("answer/NODATA_nsec3")->Apply(signed_sizes);

}  // namespace
}  // namespace lockstep::bench
