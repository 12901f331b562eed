#include "sync/exchange.hpp"

#include "net/client.hpp"
#include "rdata/rdata.hpp"
#include "transfer/request.hpp"
#include "wire/writer.hpp"

#include <fmt/format.h>

namespace lockstep {
namespace {

/// Signs, sends, waits, verifies; the answer's octets without TSIG.
awaitable<Expected<OctetString, Failure>> ask(const ExchangeContext& context, const PeerConfig& peer,
                                              std::optional<IpAddress> from, OctetString query,
                                              unsigned tries, milliseconds timeout_each) {
    TsigRequestContext signature;
    if (peer.key) signature = sign_request(query, peer.key, context.clock.wall_now());
    auto answer = co_await exchange_datagram(peer.address, from, std::move(query), tries, timeout_each);
    if (!answer) co_return unexpected(transport_failure(answer.error(), "UDP", peer.address));
    const auto verified = verify_response(*answer, signature, context.clock.wall_now());
    if (!verified) co_return unexpected(tsig_failure(verified.error(), peer.key.get()));
    answer->resize(*verified);
    co_return std::move(*answer);
}

/// Not a part of the coroutine: of thousands that wait for their turn each would hold it.
OctetString soa_question(NameView zone, MessageId id) {
    TransferRequest request;
    request.zone = Name(zone);
    request.type = RrType::SOA;
    request.ask_expire = AskExpire::Yes;
    request.id = id;
    return make_request(request);
}

MessageId random_id(const ExchangeContext& context) {
    return MessageId{static_cast<std::uint16_t>(context.random.next())};
}

Failure parse_failure(std::string text) {
    Failure failure;
    failure.stage = Stage::Parse;
    failure.text = std::move(text);
    failure.remedy = "the peer's answer breaks the protocol: check what runs at its address";
    return failure;
}

Failure named(Failure failure, const ExchangeContext& context, const PeerConfig& peer, NameView zone) {
    failure.at = context.clock.wall_now();
    failure.peer = peer.name;
    failure.zone = zone.to_string();
    return failure;
}

}  // namespace

std::optional<IpAddress> source_towards(const Endpoint& peer, const std::vector<Endpoint>& listen) {
    for (const auto& endpoint : listen) {
        if (endpoint.address.is_v4() != peer.address.is_v4()) continue;
        if (endpoint.address.is_unspecified()) return std::nullopt;
        // A loopback address cannot reach others, nor a public one the loopback of a test.
        if (endpoint.address.is_loopback() == peer.address.is_loopback()) return endpoint.address;
    }
    return std::nullopt;
}

OctetString make_notify(const ZoneSnapshot& zone, MessageId id) {
    OctetString message(2048);
    MessageWriter writer;
    writer.start(message, message.size());
    // An apex and its SOA are at most 3 names and 30 octets: they fit. Should they not, the NOTIFY goes
    // without (RFC 1996 §3.7).
    (void)writer.question(zone.apex(), RrType::SOA, RrClass::IN);
    const auto before = writer.mark();
    const auto soa = zone.soa_rrset();
    if (!writer.record(Section::Answer, zone.apex(), RrType::SOA, RrClass::IN, soa.ttl().value(),
                       soa.front())) {
        writer.rollback(before);
    }
    message.resize(writer.finish({.id = id, .opcode = Opcode::Notify, .authoritative = true}));
    return message;
}

Failure tsig_failure(const TsigFailure& failure, const TsigKey* key) {
    Failure result;
    result.stage = Stage::Tsig;
    result.text = failure.text;
    if (failure.fault == TsigFault::BadTime || failure.told == Rcode::BADTIME) {
        result.remedy = "set the clocks of both servers (NTP): they may differ by 300 s";
    } else if (key == nullptr) {
        result.remedy = "configure the peer's key here, or take it off there";
    } else {
        result.remedy =
            fmt::format("check that key {} has the same name, algorithm ({}) and secret on both servers",
                        key->name.to_string(), to_string(key->algorithm));
    }
    return result;
}

Expected<ProbedSoa, Failure> soa_of(Octets answer, NameView zone) {
    const auto message = MessageView::read(answer);
    if (!message)
        return unexpected(
            parse_failure(fmt::format("the answer to the SOA query: {}", to_string(message.error()))));
    if (message->header.rcode != Rcode::NOERROR) {
        return unexpected(
            rcode_failure("the SOA query", message->header.rcode, extended_error_text(*message)));
    }
    if (!message->header.authoritative) {
        auto failure = parse_failure("the answer to the SOA query is not authoritative");
        failure.remedy =
            "the peer does not serve this zone itself: configure it there, and check the address";
        return unexpected(std::move(failure));
    }
    MessageReader reader(answer);
    for (unsigned i = 0; i < message->header.question_count; ++i)
        (void)reader.question();
    for (unsigned i = 0; i < message->header.answer_count; ++i) {
        const auto record = reader.record();
        if (!record) break;
        if (record->type != RrType::SOA || !(record->owner.view() == zone)) continue;
        OctetString rdata;
        if (!read_rdata(RrType::SOA, answer, record->rdata_at, record->rdata_octets, rdata)) break;
        const auto soa = Soa::read(rdata);
        if (!soa) break;
        return ProbedSoa{soa->serial, told_expire(*message)};
    }
    return unexpected(parse_failure("the answer to the SOA query holds no SOA of the zone"));
}

std::string_view extended_error_text(const MessageView& answer) {
    if (!answer.edns) return {};
    const auto option = answer.edns->option(EdnsOption::EDE);
    return option && option->size() > 2 ? as_text(option->subspan(2)) : std::string_view{};
}

Failure transport_failure(const Error& error, std::string_view transport, const Endpoint& to) {
    Failure failure;
    failure.stage = error.code == ErrorCode::Timeout ? Stage::Timeout : Stage::Connect;
    failure.text = error.text;
    failure.remedy =
        fmt::format("check that the peer runs, listens on {}, and that no firewall drops {} port {}",
                    to.to_string(), transport, to.port);
    return failure;
}

/// Why the peer has not taken the NOTIFY, if so.
Expected<void, Failure> acknowledged(Octets answer) {
    const auto message = MessageView::read(answer);
    if (!message)
        return unexpected(parse_failure(fmt::format("the answer to NOTIFY: {}", to_string(message.error()))));
    if (message->header.rcode == Rcode::NOERROR) return {};
    return unexpected(rcode_failure("NOTIFY", message->header.rcode, extended_error_text(*message)));
}

awaitable<Expected<ProbedSoa, Failure>> probe_soa(const ExchangeContext& context, const PeerConfig& peer,
                                                  std::optional<IpAddress> from, NameView zone,
                                                  unsigned tries, milliseconds timeout_each) {
    const auto pass = co_await context.places.of(peer.address).enter();
    const auto answer =
        co_await ask(context, peer, from, soa_question(zone, random_id(context)), tries, timeout_each);
    if (!answer) co_return unexpected(named(answer.error(), context, peer, zone));
    auto soa = soa_of(*answer, zone);
    if (!soa) co_return unexpected(named(std::move(soa).error(), context, peer, zone));
    co_return *soa;
}

awaitable<Expected<void, Failure>> send_notify(const ExchangeContext& context, const PeerConfig& peer,
                                               std::optional<IpAddress> from, ZonePtr zone,
                                               milliseconds timeout) {
    const auto pass = co_await context.places.of(peer.address).enter();
    const auto answer = co_await ask(context, peer, from, make_notify(*zone, random_id(context)), 1, timeout);
    if (!answer) co_return unexpected(named(answer.error(), context, peer, zone->apex()));
    auto taken = acknowledged(*answer);
    if (!taken) co_return unexpected(named(std::move(taken).error(), context, peer, zone->apex()));
    co_return taken;
}

}  // namespace lockstep
