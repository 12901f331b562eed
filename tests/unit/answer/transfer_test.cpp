// AXFR and IXFR out: RFC 5936, RFC 1995, TRANSFER.md.

#include "answer/transfer_out.hpp"
#include "fixture.hpp"
#include "transfer/reader.hpp"
#include "tsig/stream.hpp"

using namespace lockstep;
using namespace lockstep::test;

namespace {

std::string hosts_text(unsigned serial, unsigned hosts) {
    std::string text = fmt::format("@ 3600 SOA ns1 host {} 3600 600 86400 300\n@ 3600 NS ns1\n", serial);
    for (unsigned i = 0; i < hosts; ++i)
        text += fmt::format("host{} 60 A 192.0.2.{}\n", i, i % 250);
    return text;
}

/// Serials 1 to 4; each has one host more than the one before.
ServedZone with_history(std::string_view apex, unsigned hosts) {
    ServedZone served{name(apex), nullptr, false, {}};
    for (unsigned serial = 1; serial <= 4; ++serial) {
        const auto next = zone(apex, hosts_text(serial, hosts + serial));
        if (served.zone) {
            served.history = followed_by_change(served.history, *served.zone, *next);
        }
        served.zone = next;
    }
    return served;
}

Soa soa_with(std::uint32_t serial) {
    auto soa = zone("example.", hosts_text(serial, 1))->soa();
    return soa;
}

struct TransferFixture : Server {
    TsigKeyPtr key = std::make_shared<const TsigKey>(make_key("pair.example."));
    Client secondary = client_at("192.0.2.2", Transport::Tcp);
    AccessPolicy rules;

    TransferFixture() {
        serve(with_history("example.", 100));
        serve(with_history("keyed.", 100));
        serve("nobody.", hosts_text(1, 1));
        rules.keys = *TsigKeyring::make({*key, make_key("other.example.")});
        rules.zones[name("example.")] = std::make_shared<const ZoneAccess>(
            ZoneAccess{{{*Prefix::parse("192.0.2.2"), nullptr, "secondary ns2"}}, {}});
        rules.zones[name("keyed.")] = std::make_shared<const ZoneAccess>(
            ZoneAccess{{{*Prefix::parse("192.0.2.2"), rules.keys.find(key->name), "secondary ns2"}}, {}});
        allow(rules);
    }

    /// All messages of the answer; the first alone where it is an error.
    std::vector<OctetString> ask(Octets query, bool* failed = nullptr) {
        std::vector<OctetString> messages;
        OctetString out(65535);
        auto reply = responder.respond_stream(query, secondary, out);
        REQUIRE(reply.octets > 0);
        messages.emplace_back(out.begin(), out.begin() + static_cast<std::ptrdiff_t>(reply.octets));
        while (reply.more) {
            const std::size_t size = reply.more->next(out);
            if (size == 0) break;
            messages.emplace_back(out.begin(), out.begin() + static_cast<std::ptrdiff_t>(size));
        }
        if (reply.more && !reply.more->failed()) reply.more->sent();
        if (failed != nullptr) *failed = reply.more && reply.more->failed();
        return messages;
    }
    static TransferRequest request(std::string_view apex, RrType type, std::optional<Soa> held = {}) {
        return {.zone = name(apex), .type = type, .id = MessageId{99}, .held = std::move(held)};
    }
    /// What a secondary makes of the answer to `asked`.
    TransferOutcome outcome(const TransferRequest& asked) {
        TransferReader reader(asked);
        for (const auto& message : ask(make_request(asked))) {
            const auto progress = reader.feed(message);
            INFO((progress ? std::string() : progress.error().text));
            REQUIRE(progress.has_value());
        }
        auto taken = std::move(reader).take();
        REQUIRE(taken.has_value());
        return *std::move(taken);
    }
    Answered only(Octets query) {
        const auto messages = ask(query);
        REQUIRE(messages.size() == 1);
        return take_apart(messages.front());
    }
};

}  // namespace

TEST_CASE_METHOD(TransferFixture, "AXFR hands over the whole zone", "[transfer][rfc5936]") {
    const auto got = outcome(request("example.", RrType::AXFR));
    REQUIRE(std::holds_alternative<WholeZone>(got));
    const auto& whole = *std::get<WholeZone>(got).zone;
    CHECK(whole.serial() == Serial{4});
    CHECK(whole.record_count() == zones.current()->find(name("example."))->zone->record_count());
    CHECK(transfers.events == Lines{"asked example. AXFR -", "finished example. AXFR to 4 in 1"});
    CHECK(quota.running() == 0);
}

TEST_CASE_METHOD(TransferFixture, "IXFR hands over what changed, several changes as one",
                 "[transfer][rfc1995]") {
    for (const std::uint32_t held : {1U, 2U, 3U}) {
        const auto got = outcome(request("example.", RrType::IXFR, soa_with(held)));
        REQUIRE(std::holds_alternative<Changes>(got));
        const auto& changes = std::get<Changes>(got);
        CHECK(changes.to == Serial{4});
        REQUIRE(changes.sequence.size() == 1);
        CHECK(changes.sequence[0].from == Serial{held});
        CHECK(changes.sequence[0].added.size() == 1 + (4 - held));
    }
    CHECK(transfers.events[0] == "asked example. IXFR 1");
    CHECK(transfers.events[1] == "finished example. IXFR to 4 in 1");
}

TEST_CASE_METHOD(TransferFixture, "Who is up to date, or ahead, or across the circle, gets one SOA",
                 "[transfer][rfc1982]") {
    for (const std::uint32_t held : {4U, 5U, 4U + 0x7fffffffU, 4U + 0x80000000U}) {
        const auto reply = only(make_request(request("example.", RrType::IXFR, soa_with(held))));
        CHECK(reply.rcode() == "NOERROR");
        CHECK(reply.answer.size() == 1);
        CHECK(reply.answer[0].find("SOA ns1.example. host.example. 4 ") != std::string::npos);
    }
    CHECK(transfers.events.back() == "finished example. SOA to 4 in 1");
}

TEST_CASE_METHOD(TransferFixture, "IXFR from a serial that the history does not reach is answered with AXFR",
                 "[transfer][rfc1995]") {
    const auto got = outcome(request("example.", RrType::IXFR, soa_with(0)));
    CHECK(std::holds_alternative<WholeZone>(got));
    CHECK(transfers.events.back() == "finished example. AXFR to 4 in 1");
}

TEST_CASE("Changes larger than their share of the zone go out as AXFR", "[transfer]") {
    ServedZone served{name("example."), zone("example.", hosts_text(1, 400)), false, {}};
    const auto next = zone("example.", hosts_text(2, 800));
    served.history = followed_by_change(served.history, *served.zone, *next);
    served.zone = next;
    CHECK(plan_transfer(served, soa_with(1), 40).send == RrType::AXFR);
    CHECK(plan_transfer(served, soa_with(1), 60).send == RrType::IXFR);
    CHECK(plan_transfer(served, std::nullopt, 60).send == RrType::AXFR);
    CHECK(plan_transfer(served, soa_with(2), 60).send == RrType::SOA);
    // Small changes of small zones stay changes.
    const auto small = with_history("example.", 1);
    CHECK(plan_transfer(small, soa_with(1), 1).send == RrType::IXFR);
}

TEST_CASE_METHOD(TransferFixture, "Nobody may transfer but whom a rule allows, loopback neither",
                 "[transfer][CVE-2019-6465]") {
    for (const auto* who : {"192.0.2.3", "127.0.0.1", "::1"}) {
        secondary = client_at(who, Transport::Tcp);
        for (const RrType type : {RrType::AXFR, RrType::IXFR}) {
            Ask asked{.name = "example.", .type = type, .edns = true};
            append_records("example.", "@ 0 SOA ns1 host 1 1 1 1 1", asked.authority);
            const auto reply = only(octets_of(asked));
            CHECK(reply.rcode() == "REFUSED");
            CHECK(reply.extended_error() == ExtendedError::Prohibited);
            CHECK(reply.answer.empty());
        }
    }
    secondary = client_at("192.0.2.2", Transport::Tcp);
    CHECK(only(make_request(request("nobody.", RrType::AXFR))).rcode() == "REFUSED");
    CHECK(transfers.events.back() == "refused nobody. AXFR REFUSED: no rule matches, not even in part");
}

TEST_CASE_METHOD(TransferFixture, "A refusal names the rule that nearly matched", "[transfer]") {
    CHECK(only(make_request(request("keyed.", RrType::AXFR))).rcode() == "REFUSED");
    CHECK(transfers.events.back() ==
          "refused keyed. AXFR REFUSED: secondary ns2 (192.0.2.2/32, key pair.example.) nearly "
          "matches: the request is not signed");
    OctetString query = make_request(request("keyed.", RrType::AXFR));
    (void)sign_request(query, rules.keys.find(name("other.example.")), clock.wall_now());
    CHECK(only(query).rcode() == "REFUSED");
    CHECK(transfers.events.back().find("is signed with another key") != std::string::npos);
    secondary = client_at("192.0.2.3", Transport::Tcp);
    query = make_request(request("keyed.", RrType::AXFR));
    (void)sign_request(query, key, clock.wall_now());
    const auto refused = only(query);
    CHECK(refused.rcode() == "REFUSED");
    CHECK(refused.view.tsig_at != 0);
    CHECK(transfers.events.back().find("comes from another address") != std::string::npos);
}

TEST_CASE_METHOD(TransferFixture, "What is not the apex of a zone of ours is NOTAUTH",
                 "[transfer][rfc5936]") {
    CHECK(only(make_request(request("elsewhere.", RrType::AXFR))).rcode() == "NOTAUTH");
    CHECK(only(make_request(request("host1.example.", RrType::AXFR))).rcode() == "NOTAUTH");
}

TEST_CASE_METHOD(TransferFixture, "A signed question is answered with every message signed",
                 "[transfer][rfc8945]") {
    std::string text = hosts_text(1, 5000);
    serve("keyed.", text);
    OctetString query = make_request(request("keyed.", RrType::AXFR));
    const auto context = sign_request(query, key, clock.wall_now());
    TsigStreamVerifier verifier(context);
    TransferReader reader(request("keyed.", RrType::AXFR));
    const auto messages = ask(query);
    CHECK(messages.size() > 2);
    for (OctetString message : messages) {
        const auto length = verifier.verify(message, clock.wall_now());
        REQUIRE(length.has_value());
        CHECK(*length < message.size());
        REQUIRE(reader.feed(Octets(message).first(*length)).has_value());
    }
    CHECK(verifier.finish().has_value());
    CHECK(std::move(reader).take().has_value());
}

TEST_CASE_METHOD(TransferFixture, "Over UDP IXFR is answered with the SOA and AXFR not at all",
                 "[transfer][rfc1995]") {
    const auto secondary_udp = client_at("192.0.2.2");
    const auto reply = udp(make_request(request("example.", RrType::IXFR, soa_with(1))), secondary_udp);
    CHECK(reply.answer.size() == 1);
    CHECK(reply.view.header.authoritative);
    CHECK(transfers.events == Lines{"asked example. IXFR 1"});
    CHECK(udp(make_request(request("example.", RrType::AXFR)), secondary_udp).rcode() == "NOTIMP");
    CHECK(
        udp(make_request(request("example.", RrType::IXFR, soa_with(1))), client_at("203.0.113.9")).rcode() ==
        "REFUSED");
}

TEST_CASE_METHOD(TransferFixture, "An expired or empty zone is handed to nobody", "[transfer]") {
    auto served = with_history("example.", 1);
    served.expired = true;
    serve(served);
    CHECK(only(make_request(request("example.", RrType::AXFR))).rcode() == "SERVFAIL");
    serve({name("example."), nullptr, false, {}});
    CHECK(only(make_request(request("example.", RrType::IXFR, soa_with(1)))).rcode() == "SERVFAIL");
}

TEST_CASE_METHOD(TransferFixture, "At most eight transfers run for a peer, and strangers take no place",
                 "[transfer][BIND-3589]") {
    OctetString out(65535);
    std::vector<Reply> running;
    const auto query = make_request(request("example.", RrType::AXFR));
    for (int i = 0; i < 8; ++i)
        running.push_back(responder.respond_stream(query, secondary, out));
    CHECK(quota.running() == 8);
    for (int i = 0; i < 100; ++i)
        (void)responder.respond_stream(query, client_at("203.0.113.9", Transport::Tcp), out);
    CHECK(quota.running() == 8);
    const auto full = only(query);
    CHECK(full.rcode() == "SERVFAIL");
    CHECK(transfers.events.back() == "refused example. AXFR SERVFAIL: too many transfers at once, try again");
    running.pop_back();
    CHECK(transfers.events.back() == "failed example. AXFR: the connection ended before the answer did");
    CHECK(only(query).rcode() == "NOERROR");
}

TEST_CASE_METHOD(TransferFixture, "A transfer that takes longer than allowed is cut off", "[transfer]") {
    serve("example.", hosts_text(1, 5000));
    OctetString out(65535);
    auto reply = responder.respond_stream(make_request(request("example.", RrType::AXFR)), secondary, out);
    REQUIRE(reply.more);
    CHECK(reply.more->next(out) > 0);
    clock.advance(seconds{3601});
    CHECK(reply.more->next(out) == 0);
    CHECK(reply.more->failed());
    CHECK(transfers.events.back() == "failed example. AXFR: not taken within 3600 s");
}

TEST_CASE_METHOD(TransferFixture, "A transfer that was made but did not go has failed, and holds no place",
                 "[transfer]") {
    serve("example.", hosts_text(1, 5000));
    OctetString out(65535);
    auto reply = responder.respond_stream(make_request(request("example.", RrType::AXFR)), secondary, out);
    REQUIRE(reply.more);
    const std::weak_ptr<const ZoneSnapshot> version = zones.current()->exact(name("example."))->zone;
    zones.publish(std::make_shared<const ZoneTable>());
    responder.idle();
    CHECK_FALSE(version.expired());
    while (reply.more->next(out) != 0)
        CHECK(quota.running() == 1);
    CHECK_FALSE(reply.more->failed());
    CHECK(quota.running() == 0);
    CHECK(version.expired());
    reply.more.reset();
    CHECK(transfers.events.back() == "failed example. AXFR: the connection ended before the answer did");
}

TEST_CASE_METHOD(TransferFixture, "The version under way stays whole while a newer one is published",
                 "[transfer]") {
    serve("example.", hosts_text(1, 5000));
    OctetString out(65535);
    auto reply = responder.respond_stream(make_request(request("example.", RrType::AXFR)), secondary, out);
    TransferReader reader(request("example.", RrType::AXFR));
    REQUIRE(reader.feed(Octets(out).first(reply.octets)).has_value());
    serve("example.", hosts_text(2, 10));
    zones.publish(std::make_shared<const ZoneTable>());
    while (const std::size_t size = reply.more->next(out))
        REQUIRE(reader.feed(Octets(out).first(size)).has_value());
    CHECK(std::get<WholeZone>(*std::move(reader).take()).zone->record_count() == 5002);
}
