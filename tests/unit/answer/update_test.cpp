// Who may send an UPDATE at all, and how its answer leaves later. RFC 2136 §3.1, RFC 8945 §5.3.

#include "fixture.hpp"

using namespace lockstep;
using namespace lockstep::test;

namespace {

struct UpdateFixture : Server {
    TsigKey key = make_key("acme.example.");
    RecordingHolder holder;
    Client signer{client_at("192.0.2.7").peer, Transport::Udp, &holder};

    UpdateFixture() {
        const auto* text = "@ 3600 SOA ns1 host 7 3600 600 86400 300\n@ 3600 NS ns1\n";
        serve("example.", text);
        serve("closed.", text);
        serve({name("empty."), nullptr, false, {}});
        AccessPolicy rules;
        rules.keys = *TsigKeyring::make({key, make_key("other.example.")});
        ZoneAccess access;
        access.update.push_back({{std::nullopt, rules.keys.find(key.name), "update rule 1"}, UpdateRule{}});
        for (const auto* zone : {"example.", "empty."})
            rules.zones[name(zone)] = std::make_shared<const ZoneAccess>(access);
        allow(std::move(rules));
    }

    static Ask ask(std::string zone, RrType type = RrType::SOA, RrClass rr_class = RrClass::IN) {
        return {.name = std::move(zone),
                .type = type,
                .rr_class = rr_class,
                .opcode = Opcode::Update,
                .edns = true};
    }
    /// `ask` with a signature.
    [[nodiscard]] OctetString signed_by(std::string_view key_name, const Ask& from) {
        OctetString message = octets_of(from);
        context =
            sign_request(message, std::make_shared<const TsigKey>(make_key(key_name)), clock.wall_now());
        return message;
    }
    /// Whether the message was taken away to be answered later.
    [[nodiscard]] bool held(Octets message) {
        OctetString out(1232);
        return datagram(message, out, signer) == 0 && !updates.requests.empty();
    }
    TsigRequestContext context;
};

}  // namespace

TEST_CASE_METHOD(UpdateFixture, "An UPDATE from a rule's key is taken whole, and nothing is said yet",
                 "[update]") {
    const auto message = signed_by("acme.example.", ask("EXAMPLE."));
    REQUIRE(held(message));
    CHECK(equal_octets(updates.requests[0].message, message));
    CHECK(updates.requests[0].zone.to_string() == "example.");
    CHECK(updates.requests[0].client.peer == signer.peer);
    CHECK(updates.requests[0].client.holder == nullptr);
    REQUIRE(updates.requests[0].key);
    CHECK(updates.requests[0].key->name.to_string() == "acme.example.");
    CHECK(holder.sent.empty());
}

TEST_CASE_METHOD(UpdateFixture, "The late answer has the question, the RCODE, EDNS and a good signature",
                 "[update]") {
    REQUIRE(held(signed_by("acme.example.", ask("EXAMPLE."))));
    std::move(updates.answers[0])
        .send(Rcode::YXDOMAIN, ToldError{ExtendedError::Other, "words"}, clock.wall_now());
    REQUIRE(holder.sent.size() == 1);
    const auto unsigned_size = verify_response(holder.sent[0], context, clock.wall_now());
    REQUIRE(unsigned_size);
    const auto reply = take_apart(Octets(holder.sent[0]).first(*unsigned_size));
    CHECK(reply.rcode() == "YXDOMAIN");
    CHECK(reply.view.header.response);
    CHECK(reply.view.header.opcode == Opcode::Update);
    CHECK(std::to_underlying(reply.view.header.id) == 4711);
    REQUIRE(reply.view.question);
    CHECK(reply.view.question->name.to_string() == "EXAMPLE.");
    CHECK(reply.extended_error() == ExtendedError::Other);
}

TEST_CASE_METHOD(UpdateFixture, "Words that the client has no room for are left out of a late answer",
                 "[update]") {
    auto from = ask("example.");
    from.udp_octets = 512;
    REQUIRE(held(signed_by("acme.example.", from)));
    const std::string words(400, 'x');
    std::move(updates.answers[0])
        .send(Rcode::NOERROR, ToldError{ExtendedError::Other, words}, clock.wall_now());
    CHECK(holder.sent.at(0).size() <= 512);
    CHECK(take_apart(holder.sent[0]).extended_error() == std::nullopt);
}

TEST_CASE_METHOD(UpdateFixture, "Anybody else's UPDATE is REFUSED, never BADKEY, and told with the rule",
                 "[update]") {
    auto message = signed_by("other.example.", ask("example."));
    OctetString out(1232);
    const auto size = datagram(message, out, signer);
    REQUIRE(size != 0);
    const auto unsigned_size = verify_response(std::span(out).first(size), context, clock.wall_now());
    REQUIRE(unsigned_size);
    const auto reply = take_apart(Octets(out).first(*unsigned_size));
    CHECK(reply.rcode() == "REFUSED");
    CHECK(reply.extended_error() == ExtendedError::Prohibited);
    CHECK(udp(ask("example."), signer).rcode() == "REFUSED");
    CHECK(udp(ask("closed."), signer).rcode() == "REFUSED");
    CHECK(updates.events == Lines{"refused example. from 192.0.2.7: no rule matches, not even in part",
                                  "refused example. from 192.0.2.7: no rule matches, not even in part",
                                  "refused closed. from 192.0.2.7: no rule matches, not even in part"});
    CHECK(counters.totals().updates_refused == 3);
    CHECK(updates.requests.empty());
}

TEST_CASE_METHOD(UpdateFixture, "A signature that is not good is NOTAUTH, counted and told", "[update]") {
    auto message = octets_of(ask("example."));
    (void)sign_request(message,
                       std::make_shared<const TsigKey>(make_key("acme.example.", "another secret here")),
                       clock.wall_now());
    CHECK(udp(message, signer).rcode() == "NOTAUTH");
    REQUIRE(updates.events.size() == 1);
    CHECK(updates.events[0].starts_with("refused example. from 192.0.2.7: "));
    CHECK(counters.totals().updates_refused == 1);
}

TEST_CASE_METHOD(UpdateFixture, "A zone section that is none of ours: NOTAUTH, FORMERR",
                 "[update][rfc2136]") {
    CHECK(udp(ask("elsewhere."), signer).rcode() == "NOTAUTH");
    CHECK(udp(ask("www.example."), signer).rcode() == "NOTAUTH");
    CHECK(udp(ask("example.", RrType::SOA, RrClass::CH), signer).rcode() == "NOTAUTH");
    CHECK(udp(ask("example.", RrType::SOA, RrClass::ANY), signer).rcode() == "NOTAUTH");
    CHECK(udp(ask("example.", RrType::A), signer).rcode() == "FORMERR");
    auto two_zones = octets_of(ask("example."));
    store_big_endian(two_zones.data() + 4, std::uint16_t{2});
    CHECK(udp(two_zones, signer).rcode() == "FORMERR");
    CHECK(updates.requests.empty());
}

TEST_CASE_METHOD(UpdateFixture, "Where too many wait, where the zone is empty, or nobody can hold: SERVFAIL",
                 "[update]") {
    const auto message = signed_by("acme.example.", ask("example."));
    updates.room = false;
    CHECK(udp(message, signer).rcode() == "SERVFAIL");
    updates.room = true;
    CHECK(udp(message).rcode() == "SERVFAIL");
    CHECK(udp(signed_by("acme.example.", ask("empty.")), signer).rcode() == "SERVFAIL");
    CHECK(updates.requests.empty());
}

TEST_CASE_METHOD(UpdateFixture, "On a stream an UPDATE is held too", "[update]") {
    OctetString out(65535);
    signer.transport = Transport::Tcp;
    const auto reply = responder.respond_stream(signed_by("acme.example.", ask("example.")), signer, out);
    CHECK(reply.octets == 0);
    CHECK(reply.held);
    const auto next =
        responder.respond_stream(octets_of({.name = "example.", .type = RrType::SOA}), signer, out);
    CHECK(next.octets != 0);
    CHECK_FALSE(next.held);
}

TEST_CASE_METHOD(UpdateFixture, "Where updates are forwarded a signed one goes on unread, whoever signed it",
                 "[update][rfc2136]") {
    ZoneAccess access;
    access.forwards_updates = true;
    AccessPolicy rules;
    rules.zones[name("example.")] = std::make_shared<const ZoneAccess>(access);
    allow(std::move(rules));
    const auto message = signed_by("nobodys.", ask("EXAMPLE."));
    OctetString out(1232);
    CHECK(datagram(message, out, signer) == 0);
    REQUIRE(updates.forwarded.size() == 1);
    CHECK(equal_octets(updates.forwarded[0], message));
    CHECK(udp(ask("example."), signer).rcode() == "REFUSED");
    CHECK(udp(signed_by("nobodys.", ask("closed.")), signer).rcode() == "NOTAUTH");
    CHECK(udp(signed_by("nobodys.", ask("example.", RrType::A)), signer).rcode() == "NOTAUTH");
    CHECK(updates.forwarded.size() == 1);
    updates.room = false;
    CHECK(udp(message, signer).rcode() == "SERVFAIL");
}
