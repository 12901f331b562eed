// Any octets as a message to a server whose zones hold every trap: loops of CNAME and DNAME, wildcards,
// delegations, denials by NSEC and NSEC3, answers too long for UDP. The first octet chooses the transport,
// who asks, and whether he signs it; the rest is the message. Clock and key are always the same.
#include "../support/history.hpp"
#include "../support/zone_text.hpp"
#include "answer/responder.hpp"
#include "tsig/stream.hpp"
#include "wire/message.hpp"
#include "zone/nsec3.hpp"

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <optional>
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

/// Signed by NSEC, with a delegation that is not, a DNAME, wildcards and an empty non-terminal; then all of
/// it but the NSEC chain.
constexpr std::string_view signed_records = R"(
@            60   SOA   ns host 1 2 3 4 5
@            60   NS    ns
@            60   RRSIG SOA 13 1 60 20300101000000 20200101000000 1 @ AAAA
@            60   RRSIG NS 13 1 60 20300101000000 20200101000000 1 @ AAAA
@            60   DNSKEY 257 3 13 AAAA
ns           60   A     192.0.2.1
ns           60   RRSIG A 13 2 60 20300101000000 20200101000000 1 @ AAAA
*.w          60   CNAME x.y.w
*.w          60   RRSIG CNAME 13 2 60 20300101000000 20200101000000 1 @ AAAA
cut          60   NS    ns.cut
cut          60   DS    1 8 1 ABABABABABABABABABABABABABABABABABABABAB
ns.cut       60   A     192.0.2.2
dn           60   DNAME w
open         60   NS    ns.open
ns.open      60   AAAA  2001:db8::1
e.n.t        60   TXT   "below nothing"
)";
constexpr std::string_view nsec_chain = R"(
@            60   NSEC  cut NS SOA DNSKEY NSEC RRSIG
cut          60   NSEC  dn NS DS NSEC RRSIG
dn           60   NSEC  ns DNAME NSEC RRSIG
ns           60   NSEC  open A NSEC RRSIG
open         60   NSEC  e.n.t NS NSEC RRSIG
e.n.t        60   NSEC  *.w TXT NSEC RRSIG
*.w          60   NSEC  @ CNAME NSEC RRSIG
)";

/// NSEC3PARAM and an NSEC3 record for each of the names, the delegation `open` opted out.
std::string nsec3_chain(std::string_view apex, std::string_view salt) {
    Nsec3Params params{.iterations = 3, .salt = {}};
    const std::vector<std::byte> salt_octets(salt.size() / 2, std::byte{0xaa});
    if (salt != "-") params.salt = salt_octets;
    Nsec3Hasher hasher;
    std::vector<std::string> hashes;
    for (const auto* name : {"", "cut.", "dn.", "ns.", "e.n.t.", "n.t.", "t.", "*.w.", "w."}) {
        const auto label = nsec3_label(hasher.hash(params, test::name(name + std::string(apex))));
        hashes.emplace_back(as_text(label));
    }
    std::sort(hashes.begin(), hashes.end());
    const std::string how = "3 " + std::string(salt);
    std::string text = "@ 0 NSEC3PARAM 1 0 " + how + "\n";
    for (std::size_t i = 0; i < hashes.size(); ++i) {
        text += hashes[i] + " 60 NSEC3 1 1 " + how + " " + hashes[(i + 1) % hashes.size()] + " A RRSIG\n";
    }
    return text;
}

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
        serve({test::name("e."), second, false, test::followed_by_change({}, *first, *second)});
        serve({test::name("f."),
               test::zone("f.", "@ 60 SOA a b 1 2 3 4 5\n@ 60 NS a\n@ 60 DNAME o.e.\n"),
               false,
               {}});
        serve({test::name("g."), nullptr, false, {}});
        const auto with = [](std::string_view apex, const std::string& chain) {
            return test::zone(apex, std::string(signed_records) + chain);
        };
        serve({test::name("s."), with("s.", std::string(nsec_chain)), false, {}});
        serve({test::name("h."), with("h.", nsec3_chain("h.", "aaaa")), false, {}});
        serve({test::name("b.h."), with("b.h.", nsec3_chain("b.h.", "-")), false, {}});
        serve({test::name("x."), first, true, {}});
        zones.publish(std::make_shared<const ZoneTable>(table));
        AccessPolicy rules;
        rules.identity = "ns1";
        rules.rate_limit.responses_per_second = 0;  // the clock stands still: nothing would be answered any more
        rules.cookie_secrets = {make_secret(as_octets("sixteen octets.."))};
        rules.keys = *TsigKeyring::make({*key});
        const AccessRule friends{*Prefix::parse("192.0.2.0/24"), nullptr, "friends"};
        const AccessRule signers{std::nullopt, rules.keys.find(key->name), "signers"};
        for (const auto* apex : {"e.", "f.", "g.", "x."})
            rules.zones[test::name(apex)] =
                std::make_shared<const ZoneAccess>(ZoneAccess{{friends}, {friends}});
        for (const auto* apex : {"s.", "h."})
            rules.zones[test::name(apex)] =
                std::make_shared<const ZoneAccess>(ZoneAccess{{signers}, {signers}});
        policy.publish(std::make_shared<const AccessPolicy>(std::move(rules)));
    }

    const TsigKeyPtr key = std::make_shared<const TsigKey>(
        TsigKey{.name = test::name("k."), .secret = make_secret(as_octets("secret"))});
    ManualClock clock;
    TransferObserver transfers;
    NotifySink notifies;
    TransferQuota quota;
    AnswerCounterList counters;
    Published<ZoneTable> zones{std::make_shared<const ZoneTable>()};
    Published<AccessPolicy> policy{std::make_shared<const AccessPolicy>()};
    UpdateSink updates;
    RateLimitObserver rate_limits;
    Responder responder{{zones, policy, clock, quota, counters, transfers, notifies, updates, rate_limits}};
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
    require(!view->edns || view->edns->version == 0);
}

/// A whole answer to what we signed ourselves: where it is signed, it is signed rightly.
void check_signature(const Services& services, const TsigRequestContext& context,
                     std::span<std::byte> reply) {
    if (MessageView::read(reply)->tsig_at == 0) return;
    const auto verified = verify_response(reply, context, services.clock.wall_now());
    require(verified.has_value() || verified.error().fault == TsigFault::Told);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    static Services services;
    static std::vector<std::byte> out(65535);
    if (size == 0 || size > 65000) return 0;
    const auto octets_given = std::as_bytes(std::span(data + 1, size - 1));
    OctetString query(octets_given.begin(), octets_given.end());
    const bool stream = (data[0] & 1) != 0;
    // What is no whole message could swallow the beginning of the TSIG record.
    const auto whole = MessageView::read(query);
    const bool is_signed = (data[0] & 4) != 0 && whole && whole->tsig_at == 0;
    const auto* address = (data[0] & 2) != 0 ? "192.0.2.7" : "203.0.113.7";
    const Client client{{*IpAddress::parse(address), 53}, stream ? Transport::Tcp : Transport::Udp};
    TsigRequestContext context;
    if (is_signed) context = sign_request(query, services.key, services.clock.wall_now());
    if (!stream) {
        const std::size_t octets =
            services.responder.respond_datagram(query, client, std::span(out).first(1232));
        require(octets <= 1232);
        if (octets == 0) return 0;
        check_reply(query, Octets(out).first(octets));
        if (is_signed) check_signature(services, context, std::span(out).first(octets));
        return 0;
    }
    auto reply = services.responder.respond_stream(query, client, out);
    require(reply.octets != 0 || !reply.more);
    if (reply.octets == 0) return 0;
    check_reply(query, Octets(out).first(reply.octets));
    if (is_signed) check_signature(services, context, std::span(out).first(reply.octets));
    for (int messages = 0; reply.more; ++messages) {
        const std::size_t octets = reply.more->next(out);
        if (octets == 0) break;
        require(messages < 10);
        check_reply(query, Octets(out).first(octets));
    }
    return 0;
}
