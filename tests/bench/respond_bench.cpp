// Measures what one answer costs without sockets: respond_bench [HOSTS [QUERIES]]. CPU nanoseconds a query,
// by kind, with a rate limit that is never reached, on a zone of hosts as PERFORMANCE.md has it (A, AAAA, MX, CNAME, NXDOMAIN) and on one of
// delegations.

#include "../support/zone_text.hpp"
#include "answer/responder.hpp"
#include "wire/writer.hpp"

#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <random>
#include <string>
#include <vector>

using namespace lockstep;

namespace {

double cpu_seconds() {
    timespec time{};
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) * 1e-9;
}

struct Server {
    SystemClock clock;
    TransferObserver transfers;
    NotifySink notifies;
    RateLimitObserver rate_limits;
    TransferQuota quota;
    AnswerCounterList counters;
    Published<ZoneTable> zones{std::make_shared<const ZoneTable>()};
    Published<AccessPolicy> policy{std::make_shared<const AccessPolicy>()};
    Responder responder{{zones, policy, clock, quota, counters, transfers, notifies, rate_limits}};

    void serve(std::string_view apex, std::string_view text) {
        zones.publish(
            std::make_shared<const ZoneTable>(zones.current()->with(std::make_shared<const ServedZone>(
                ServedZone{test::name(apex), test::zone(apex, text), false, {}}))));
    }
};

OctetString query(const std::string& name, RrType type, bool edns) {
    OctetString octets(512);
    MessageWriter writer;
    writer.start(octets, octets.size());
    (void)writer.question(test::name(name), type, RrClass::IN);
    if (edns) (void)writer.record(Section::Additional, Name{}, RrType::OPT, RrClass{1232}, 0, {});
    octets.resize(writer.finish({.id = MessageId{1}}));
    return octets;
}

void measure(Server& server, const char* what, const std::vector<OctetString>& queries, std::size_t count) {
    const Client client{{*IpAddress::parse("192.0.2.53"), 4000}, Transport::Udp};
    std::vector<std::byte> out(1232);
    std::size_t octets = 0;
    const auto run = [&](std::size_t times) {
        for (std::size_t i = 0, at = 0; i < times; ++i, at = at + 1 == queries.size() ? 0 : at + 1)
            octets += server.responder.respond_datagram(queries[at], client, out);
    };
    run(count / 10);
    const double start = cpu_seconds();
    octets = 0;
    run(count);
    const double spent = cpu_seconds() - start;
    std::printf("  %-28s %6.0f ns/query   %5.1f octets a reply\n", what,
                spent * 1e9 / static_cast<double>(count),
                static_cast<double>(octets) / static_cast<double>(count));
}

}  // namespace

int main(int argc, char** argv) {
    const int hosts = argc > 1 ? std::atoi(argv[1]) : 10000;
    const std::size_t count = argc > 2 ? static_cast<std::size_t>(std::atol(argv[2])) : 2000000;
    Server server;
    AccessPolicy rules;
    rules.rate_limit.responses_per_second = 1'000'000'000;
    server.policy.publish(std::make_shared<const AccessPolicy>(std::move(rules)));
    std::string text =
        "@ 3600 SOA ns1 host 1 3600 600 86400 300\n@ 3600 NS ns1\n@ 3600 NS ns2\n"
        "ns1 3600 A 192.0.2.1\nns2 3600 A 192.0.2.2\n";
    std::string delegations = text;
    for (int i = 0; i < hosts; ++i) {
        const auto n = std::to_string(i);
        text += "host" + n + " 300 A 192.0.2.1\nhost" + n + " 300 AAAA 2001:db8::1\nhost" + n +
                " 300 MX 10 mail" + n + "\nmail" + n + " 300 A 192.0.2.3\nwww" + n + " 300 CNAME host" + n +
                "\n";
        delegations += "zone" + n + " 3600 NS ns1.zone" + n + "\nzone" + n +
                       " 3600 NS ns2.example.org.\nns1.zone" + n + " 3600 A 192.0.2.4\n";
    }
    server.serve("example.com.", text);
    server.serve("delegations.", delegations);

    std::mt19937 random(1);
    const auto host = [&] { return std::to_string(random() % static_cast<unsigned>(hosts)); };
    std::vector<OctetString> mix;
    const auto kind = [&](const char* what, auto&& make) {
        std::vector<OctetString> queries;
        for (int i = 0; i < 10000; ++i)
            queries.push_back(make());
        mix.insert(mix.end(), queries.begin(), queries.begin() + 2000);
        measure(server, what, queries, count);
    };
    std::printf("%d hosts, %d delegations\n", hosts, hosts);
    kind("A", [&] { return query("host" + host() + ".example.com.", RrType::A, false); });
    kind("A, EDNS", [&] { return query("host" + host() + ".example.com.", RrType::A, true); });
    kind("AAAA", [&] { return query("host" + host() + ".example.com.", RrType::AAAA, false); });
    kind("MX and its address", [&] { return query("host" + host() + ".example.com.", RrType::MX, false); });
    kind("CNAME, followed", [&] { return query("www" + host() + ".example.com.", RrType::A, false); });
    kind("NXDOMAIN", [&] { return query("no" + host() + ".example.com.", RrType::A, false); });
    std::shuffle(mix.begin(), mix.end(), random);
    measure(server, "all of these, mixed", mix, count);
    kind("referral", [&] { return query("www.zone" + host() + ".delegations.", RrType::A, false); });
    kind("refused", [&] { return query("host" + host() + ".elsewhere.", RrType::A, false); });
    return 0;
}
