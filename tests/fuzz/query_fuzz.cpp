// Any octets as a message to a server whose zones hold every trap: loops of CNAME and DNAME, wildcards,
// delegations, answers too long for UDP. The first octet chooses the transport and who asks; the rest is the
// message.
#include "../support/zone_text.hpp"
#include "answer/responder.hpp"
#include "wire/message.hpp"

#include <cstdint>
#include <cstdlib>
#include <vector>

using namespace lockstep;

namespace {

constexpr std::string_view example = R"(
@            3600 SOA   ns1 host 7 3600 600 86400 300
@            3600 NS    ns1
@            3600 NS    ns.s
@            60   NSEC  a NS SOA NSEC
@            3600 MX    10 m
a            60   A     192.0.2.1
a            60   RRSIG A 8 2 60 20300101000000 20200101000000 1 e. AAAA
a            60   NSEC  b A NSEC RRSIG
ns1          60   AAAA  2001:db8::1
m            60   A     192.0.2.2
c            60   CNAME d
d            60   CNAME c
s            60   NS    ns.s
s            60   DS    1 8 1 ABABABABABABABABABABABABABABABABABABABAB
ns.s         60   A     192.0.2.3
n            60   DNAME n.n
o            60   DNAME f.
*.w          60   CNAME x.w.w
*.v          60   TXT   "wild"
*.u          60   NS    ns1
h            60   HTTPS 1 . alpn=h2
b.e.n.t      60   SRV   0 0 80 a
)";

struct Services {
    Services() {
        std::string text(example);
        for (int i = 0; i < 90; ++i)
            text += "big 60 A 192.0.2." + std::to_string(i) + "\n";
        ZoneTable table;
        const auto serve = [&](ServedZone zone) {
            table = table.with(std::make_shared<const ServedZone>(std::move(zone)));
        };
        const auto first = test::zone("e.", text);
        text.replace(text.find("host 7"), 6, "host 8");
        const auto second = test::zone("e.", text + "new 60 A 192.0.2.9\n");
        serve({test::name("e."), second, false, {std::make_shared<const ChangeSet>(diff(*first, *second))}});
        serve({test::name("f."),
               test::zone("f.", "@ 60 SOA a b 1 2 3 4 5\n@ 60 NS a\n@ 60 DNAME o.e.\n"),
               false,
               {}});
        serve({test::name("g."), nullptr, false, {}});
        serve({test::name("x."), first, true, {}});
        zones.publish(std::make_shared<const ZoneTable>(table));
        AccessPolicy rules;
        rules.identity = "ns1";
        rules.rate_limit.responses_per_second = 0;  // the clock stands still: nothing would be answered any more
        rules.keys =
            *TsigKeyring::make({{.name = test::name("k."), .secret = make_secret(as_octets("secret"))}});
        const AccessRule friends{*Prefix::parse("192.0.2.0/24"), nullptr, "friends"};
        for (const auto* apex : {"e.", "f.", "g.", "x."})
            rules.zones[test::name(apex)] =
                std::make_shared<const ZoneAccess>(ZoneAccess{{friends}, {friends}});
        policy.publish(std::make_shared<const AccessPolicy>(std::move(rules)));
    }

    ManualClock clock;
    TransferObserver transfers;
    NotifySink notifies;
    TransferQuota quota;
    AnswerCounterList counters;
    Published<ZoneTable> zones{std::make_shared<const ZoneTable>()};
    Published<AccessPolicy> policy{std::make_shared<const AccessPolicy>()};
    RateLimitObserver rate_limits;
    Responder responder{{zones, policy, clock, quota, counters, transfers, notifies, rate_limits}};
};

void require(bool holds) {
    if (!holds) std::abort();
}

void check_reply(Octets query, Octets reply) {
    require(query.size() >= header_octets && (query[2] & std::byte{0x80}) == std::byte{0});
    const auto view = MessageView::read(reply);
    require(view.has_value());
    const auto asked = Header::read(query);
    require(view->header.response && view->header.id == asked.id && view->header.opcode == asked.opcode);
    require(!view->header.recursion_available && !view->header.authentic_data);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    static Services services;
    static std::vector<std::byte> out(65535);
    if (size == 0 || size > 65536) return 0;
    const Octets query = std::as_bytes(std::span(data + 1, size - 1));
    const bool stream = (data[0] & 1) != 0;
    const auto* address = (data[0] & 2) != 0 ? "192.0.2.7" : "203.0.113.7";
    const Client client{{*IpAddress::parse(address), 53}, stream ? Transport::Tcp : Transport::Udp};
    if (!stream) {
        const std::size_t octets =
            services.responder.respond_datagram(query, client, std::span(out).first(1232));
        require(octets <= 1232);
        if (octets != 0) check_reply(query, Octets(out).first(octets));
        return 0;
    }
    auto reply = services.responder.respond_stream(query, client, out);
    if (reply.octets != 0) check_reply(query, Octets(out).first(reply.octets));
    for (int messages = 0; reply.more; ++messages) {
        const std::size_t octets = reply.more->next(out);
        if (octets == 0) break;
        require(messages < 10);
        check_reply(query, Octets(out).first(octets));
    }
    return 0;
}
