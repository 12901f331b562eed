// RFC 1996, and who is heard.

#include "fixture.hpp"

using namespace lockstep;
using namespace lockstep::test;

namespace {

constexpr std::string_view notified_zone = "@ 3600 SOA ns1 host 7 3600 600 86400 300\n@ 3600 NS ns1\n";

AccessRule rule(std::string_view prefix, TsigKeyPtr key, std::string label = "primary ns1") {
    AccessRule made{std::nullopt, std::move(key), std::move(label)};
    if (!prefix.empty()) made.prefix = *Prefix::parse(prefix);
    return made;
}

struct NotifyFixture : Server {
    TsigKey key = make_key("pair.example.");
    NotifyFixture() {
        serve("example.", notified_zone);
        serve("keyed.", notified_zone);
        serve("primary.", notified_zone);
        AccessPolicy rules;
        rules.keys = *TsigKeyring::make({key, make_key("other.example.")});
        rules.zones[name("example.")] =
            std::make_shared<const ZoneAccess>(ZoneAccess{{}, {rule("192.0.2.1", nullptr)}});
        rules.zones[name("keyed.")] = std::make_shared<const ZoneAccess>(
            ZoneAccess{{}, {rule("192.0.2.1", rules.keys.find(key.name))}});
        allow(std::move(rules));
    }
    static Ask ask(std::string zone_name, std::string soa = {}) {
        Ask made{.name = std::move(zone_name), .type = RrType::SOA, .opcode = Opcode::Notify};
        if (!soa.empty()) append_records(made.name, soa, made.answers);
        return made;
    }
};

const Client primary = client_at("192.0.2.1");
const Client stranger = client_at("203.0.113.1");

}  // namespace

TEST_CASE_METHOD(NotifyFixture, "A NOTIFY of a configured primary is heard with its serial",
                 "[notify][rfc1996]") {
    const auto reply = udp(ask("EXAMPLE.", "@ 0 SOA ns1 host 9 3600 600 86400 300"), primary);
    CHECK(reply.rcode() == "NOERROR");
    CHECK(reply.view.header.opcode == Opcode::Notify);
    CHECK(reply.view.header.authoritative);
    CHECK(reply.view.header.question_count == 1);
    CHECK(reply.view.header.answer_count == 0);
    CHECK(notifies.events == Lines{"example. from 192.0.2.1 serial 9"});
    CHECK(udp(ask("example."), primary).rcode() == "NOERROR");
    CHECK(notifies.events.back() == "example. from 192.0.2.1 serial -");
    CHECK(counters.totals().notifies_taken == 2);
}

TEST_CASE_METHOD(NotifyFixture, "A NOTIFY from anybody else is REFUSED and told", "[notify][rfc1996]") {
    CHECK(udp(ask("example."), stranger).rcode() == "REFUSED");
    CHECK(notifies.events == Lines{"refused example. from 203.0.113.1: no rule matches, not even in part"});
    CHECK(udp(ask("example."), client_at("127.0.0.1")).rcode() == "REFUSED");
    CHECK(counters.totals().notifies_refused == 2);
}

TEST_CASE_METHOD(NotifyFixture, "A NOTIFY for a zone that we do not serve is NOTAUTH", "[notify][rfc1996]") {
    CHECK(udp(ask("nowhere."), primary).rcode() == "NOTAUTH");
    CHECK(udp(ask("www.example."), primary).rcode() == "NOTAUTH");
}

TEST_CASE_METHOD(NotifyFixture, "A primary of a zone hears no NOTIFY for it", "[notify]") {
    CHECK(udp(ask("primary."), primary).rcode() == "REFUSED");
}

TEST_CASE_METHOD(NotifyFixture, "Where the primary has a key, its address alone is not enough",
                 "[notify][rfc8945]") {
    CHECK(udp(ask("keyed."), primary).rcode() == "REFUSED");
    CHECK(notifies.events.back() ==
          "refused keyed. from 192.0.2.1: primary ns1 (192.0.2.1/32, key pair.example.) "
          "nearly matches: the request is not signed");
    OctetString query = octets_of(ask("keyed."));
    (void)sign_request(query, std::make_shared<const TsigKey>(key), clock.wall_now());
    const auto reply = udp(query, primary);
    CHECK(reply.rcode() == "NOERROR");
    CHECK(reply.view.tsig_at != 0);
    CHECK(udp(query, stranger).rcode() == "REFUSED");
    CHECK(notifies.events.back().find("comes from another address") != std::string::npos);
}

TEST_CASE_METHOD(NotifyFixture, "A NOTIFY whose signature is wrong is NOTAUTH, whoever sends it",
                 "[notify][CVE-2017-3143]") {
    OctetString query = octets_of(ask("example."));
    (void)sign_request(query, std::make_shared<const TsigKey>(make_key("pair.example.", "a wrong secret")),
                       clock.wall_now());
    CHECK(udp(query, primary).rcode() == "NOTAUTH");
    CHECK(notifies.events.size() == 1);
    CHECK(notifies.events[0].starts_with("refused example."));
}
