// Answers near the ends of their buffers, with all that may stand behind them.

#include "fixture.hpp"
#include "transfer/request.hpp"

using namespace lockstep;
using namespace lockstep::test;

namespace {

constexpr RrType any_type{65280};

/// A zone with a record at tN.sizes. for each N in `sizes`, whose RDATA has so many octets.
ZonePtr zone_of(const std::vector<std::size_t>& sizes, unsigned serial = 1) {
    RecordList list = records("sizes.", fmt::format("@ 300 SOA ns host {} 2 3 4 5\n@ 300 NS ns\n", serial));
    for (const auto size : sizes)
        list.append({name(fmt::format("t{}.sizes.", size)), any_type, Ttl{60}, OctetString(size)});
    ZoneBuilder builder{name("sizes.")};
    for (const RecordView record : list)
        REQUIRE(builder.add(record) == ZoneBuilder::Added::Yes);
    return *std::move(builder).finish();
}

struct SizeFixture : Server {
    TsigKeyPtr key = std::make_shared<const TsigKey>(make_key("pair.example."));
    SizeFixture() {
        AccessPolicy rules;
        rules.transfer_out.ixfr_percent = 1000;
        rules.keys = *TsigKeyring::make({*key});
        rules.zones[name("sizes.")] = std::make_shared<const ZoneAccess>(
            ZoneAccess{{{*Prefix::parse("192.0.2.0/24"), nullptr, "anybody"}}, {}});
        allow(std::move(rules));
    }
    struct Sized {
        std::size_t octets = 0;
        bool whole = false;  // else it says TC
    };
    Sized ask(std::size_t size, Transport transport, bool edns, bool is_signed) {
        OctetString query =
            octets_of({.name = fmt::format("t{}.sizes.", size), .type = any_type, .edns = edns});
        TsigRequestContext context;
        if (is_signed) context = sign_request(query, key, clock.wall_now());
        OctetString out(transport == Transport::Udp ? 1232 : 65535);
        const auto client = client_at("192.0.2.99", transport);
        out.resize(transport == Transport::Udp ? responder.respond_datagram(query, client, out)
                                               : responder.respond_stream(query, client, out).octets);
        const auto reply = take_apart(out);
        if (is_signed) CHECK(verify_response(out, context, clock.wall_now()).has_value());
        CHECK(reply.view.edns.has_value() == edns);
        CHECK(reply.answer.empty() == reply.view.header.truncated);
        return {reply.octets.size(), !reply.answer.empty()};
    }
};

std::vector<std::size_t> between(std::size_t first, std::size_t last) {
    std::vector<std::size_t> sizes;
    for (; first <= last; ++first)
        sizes.push_back(first);
    return sizes;
}

}  // namespace

TEST_CASE_METHOD(
    SizeFixture,
    "Answers of every size are whole up to the limit, with OPT and TSIG, and say TC from there on",
    "[edns][CVE-2016-2776][CVE-2020-8618][CVE-2020-8620]") {
    const auto transport = GENERATE(Transport::Udp, Transport::Tcp);
    const bool edns = GENERATE(false, true);
    const bool is_signed = GENERATE(false, true);
    const bool udp = transport == Transport::Udp;
    const std::size_t limit = !udp ? 65535 : edns ? 1232 : 512;
    INFO((udp ? "UDP" : "TCP") << (edns ? ", OPT" : "") << (is_signed ? ", TSIG" : ""));
    const auto sizes = between(limit - 200, limit - 20);
    serve({name("sizes."), zone_of(sizes), false, {}});
    std::size_t largest = 0;
    bool over = false;
    for (const auto size : sizes) {
        INFO("RDATA of " << size);
        const auto reply = ask(size, transport, edns, is_signed);
        CHECK(reply.octets <= limit);
        CHECK_FALSE((over && reply.whole));
        over = !reply.whole;
        if (reply.whole) largest = reply.octets;
    }
    CHECK(over);
    CHECK(largest == limit);
}

TEST_CASE_METHOD(
    SizeFixture,
    "A zone whose records near the end of a message is transferred whole, or not and that is said",
    "[transfer][NSD-273][Knot-2.4.1]") {
    const auto type = GENERATE(RrType::AXFR, RrType::IXFR);
    const bool is_signed = GENERATE(false, true);
    INFO(to_string(type) << (is_signed ? ", TSIG" : ""));
    const auto before = zone_of({});
    std::optional<Soa> held;
    if (type == RrType::IXFR) held = before->soa();
    auto query = make_request({.zone = name("sizes."), .type = type, .id = MessageId{9}, .held = held});
    if (is_signed) (void)sign_request(query, key, clock.wall_now());
    OctetString out(65535);
    bool failed_before = false;
    for (const auto size : between(65'340, 65'535)) {
        INFO("RDATA of " << size);
        const auto after = zone_of({size}, 2);
        serve({name("sizes."), after, false, followed_by_change({}, *before, *after)});
        transfers.events.clear();
        auto reply = responder.respond_stream(query, client_at("192.0.2.99", Transport::Tcp), out);
        CHECK(reply.octets >= header_octets);
        std::size_t messages = 1;
        for (; reply.more && messages < 10; ++messages) {
            if (reply.more->next(out) == 0) break;
        }
        CHECK(messages < 10);
        if (reply.more && !reply.more->failed()) reply.more->sent();
        const bool failed = transfers.events.back() ==
                            fmt::format("failed sizes. {}: a record fits no message", to_string(type));
        CHECK(failed != transfers.events.back().starts_with("finished sizes. "));
        CHECK((!reply.more || reply.more->failed() == failed));
        CHECK((failed || !failed_before));
        failed_before = failed;
    }
    CHECK(failed_before);
}
