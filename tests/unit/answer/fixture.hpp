#pragma once
// A server of a few zones without sockets, and answers as lines of text.

#include "answer/responder.hpp"
#include "rdata/rdata.hpp"
#include "support/catch.hpp"
#include "support/history.hpp"
#include "support/zone_text.hpp"
#include "tsig/tsig.hpp"
#include "wire/message.hpp"
#include "wire/writer.hpp"

#include <fmt/format.h>

#include <array>
#include <string>
#include <string_view>
#include <vector>

namespace lockstep::test {

/// What a client puts into a query. Value type.
struct Ask {
    std::string name;
    RrType type = RrType::A;
    RrClass rr_class = RrClass::IN;
    Opcode opcode = Opcode::Query;
    bool edns = false;
    bool dnssec_ok = false;
    std::uint16_t udp_octets = 1232;
    std::uint8_t version = 0;
    std::string options{};  // in wire form
    RecordList authority{};
    RecordList answers{};
};

inline OctetString octets_of(const Ask& ask) {
    OctetString buffer(65535);
    MessageWriter writer;
    writer.start(buffer, buffer.size());
    (void)writer.question(name(ask.name), ask.type, ask.rr_class);
    for (const RecordView record : ask.answers)
        (void)writer.record(Section::Answer, record.owner, record.type, ask.rr_class, record.ttl.value(),
                            record.rdata);
    for (const RecordView record : ask.authority)
        (void)writer.record(Section::Authority, record.owner, record.type, ask.rr_class, record.ttl.value(),
                            record.rdata);
    if (ask.edns || ask.dnssec_ok || ask.version != 0 || !ask.options.empty()) {
        const std::uint32_t flags =
            static_cast<std::uint32_t>(ask.version) << 16 | (ask.dnssec_ok ? 0x8000U : 0U);
        (void)writer.record(Section::Additional, Name{}, RrType::OPT, RrClass{ask.udp_octets}, flags,
                            as_octets(ask.options));
    }
    const std::size_t size =
        writer.finish({.id = MessageId{4711}, .opcode = ask.opcode, .recursion_desired = true});
    buffer.resize(size);
    return buffer;
}

/// A reply taken apart. Owns its octets.
struct Answered {
    OctetString octets;
    MessageView view;
    std::vector<std::string> answer;
    std::vector<std::string> authority;
    std::vector<std::string> additional;  // without OPT and TSIG

    [[nodiscard]] std::string rcode() const {
        const unsigned upper = view.edns ? view.edns->extended_rcode : 0U;
        return to_string(static_cast<Rcode>(upper << 4 | static_cast<unsigned>(view.header.rcode)));
    }
    [[nodiscard]] std::optional<ExtendedError> extended_error() const {
        if (!view.edns) return std::nullopt;
        const auto option = view.edns->option(EdnsOption::EDE);
        if (!option) return std::nullopt;
        return ExtendedError{load_big_endian<std::uint16_t>(option->data())};
    }
};

inline std::string line_of(Octets message, const WireRecord& record) {
    OctetString rdata;
    REQUIRE(read_rdata(record.type, message, record.rdata_at, record.rdata_octets, rdata));
    return fmt::format("{} {} {} {}", record.owner.to_string(), record.raw_ttl, to_string(record.type),
                       rdata_text(record.type, rdata));
}

inline Answered take_apart(Octets message) {
    Answered answered;
    answered.octets.assign(message.begin(), message.end());
    const auto view = MessageView::read(answered.octets);
    REQUIRE(view.has_value());
    answered.view = *view;
    MessageReader reader(answered.octets);
    for (unsigned i = 0; i < view->header.question_count; ++i)
        REQUIRE(reader.question().has_value());
    const auto read = [&](unsigned count, std::vector<std::string>& lines) {
        for (unsigned i = 0; i < count; ++i) {
            const auto record = reader.record();
            REQUIRE(record.has_value());
            if (record->type == RrType::OPT || record->type == RrType::TSIG) continue;
            lines.push_back(line_of(answered.octets, *record));
        }
    };
    read(view->header.answer_count, answered.answer);
    read(view->header.authority_count, answered.authority);
    read(view->header.additional_count, answered.additional);
    return answered;
}

/// Keeps what it is told.
struct RecordingObserver final : TransferObserver {
    std::vector<std::string> events;
    void asked(const TransferAsked& e) override {
        events.push_back(fmt::format("asked {} {} {}", e.zone.to_string(), to_string(e.asked),
                                     e.held ? to_string(*e.held) : "-"));
    }
    void refused(const TransferRefused& e) override {
        events.push_back(fmt::format("refused {} {} {}: {}", e.zone.to_string(), to_string(e.asked),
                                     to_string(e.rcode), e.text));
    }
    void finished(const TransferDone& e) override {
        events.push_back(fmt::format("finished {} {} to {} in {}", e.zone.to_string(), to_string(e.sent),
                                     to_string(e.serial), e.messages));
    }
    void failed(const TransferDone& e, const std::string& text) override {
        events.push_back(fmt::format("failed {} {}: {}", e.zone.to_string(), to_string(e.sent), text));
    }
};

struct RecordingSink final : NotifySink {
    std::vector<std::string> events;
    void notified(const Name& zone, const Endpoint& from, std::optional<Serial> serial) override {
        events.push_back(fmt::format("{} from {} serial {}", zone.to_string(), from.address.to_string(),
                                     serial ? to_string(*serial) : "-"));
    }
    void refused(const Name& zone, const Endpoint& from, const std::string& text) override {
        events.push_back(
            fmt::format("refused {} from {}: {}", zone.to_string(), from.address.to_string(), text));
    }
};

/// Takes what `room` lets in, answers by hand.
struct RecordingUpdates final : UpdateSink {
    std::vector<std::string> events;
    std::vector<UpdateRequest> requests;
    std::vector<LateAnswer> answers;
    std::vector<OctetString> forwarded;
    bool room = true;
    bool admit(std::size_t octets) override {
        events.push_back(fmt::format("admit {}", octets));
        return room;
    }
    void take(UpdateRequest request, LateAnswer answer) override {
        requests.push_back(std::move(request));
        answers.push_back(std::move(answer));
    }
    void forward(const Name& /*zone*/, const Endpoint& /*from*/, OctetString message,
                 std::unique_ptr<LateReply> /*way*/) override {
        forwarded.push_back(std::move(message));
    }
    void update_refused(const Name& zone, const Endpoint& from, const std::string& text) override {
        events.push_back(
            fmt::format("refused {} from {}: {}", zone.to_string(), from.address.to_string(), text));
    }
};

/// Where late replies of one client go.
struct RecordingHolder final : ReplyHolder {
    std::vector<OctetString> sent;
    struct Way final : LateReply {
        explicit Way(std::vector<OctetString>& to) : sent(to) {}
        void send(Octets message) override { sent.emplace_back(message.begin(), message.end()); }
        std::vector<OctetString>& sent;
    };
    std::unique_ptr<LateReply> hold() override { return std::make_unique<Way>(sent); }
};

struct RecordingLimits final : RateLimitObserver {
    std::vector<std::string> events;
    void limited(const Prefix& network, const ResponseKind& kind) override {
        events.push_back(fmt::format("{}: {}", network.to_string(), kind.to_string()));
    }
};

inline TsigKey make_key(std::string_view text, std::string_view secret = "a secret of some length") {
    return {
        .name = name(text), .algorithm = TsigAlgorithm::HmacSha256, .secret = make_secret(as_octets(secret))};
}

inline Client client_at(std::string_view address, Transport transport = Transport::Udp) {
    return {{*IpAddress::parse(address), 40000}, transport};
}

/// A responder with zones, rules and keys that a test sets.
class Server {
public:
    ManualClock clock;
    RecordingObserver transfers;
    RecordingSink notifies;
    TransferQuota quota;
    AnswerCounterList counters;
    Published<ZoneTable> zones{std::make_shared<const ZoneTable>()};
    Published<AccessPolicy> policy{std::make_shared<const AccessPolicy>()};
    RecordingUpdates updates;
    RecordingLimits rate_limits;
    Responder responder{{zones, policy, clock, quota, counters, transfers, notifies, updates, rate_limits}};

    Server() { allow({}); }

    void serve(ServedZone served) {
        zones.publish(std::make_shared<const ZoneTable>(
            zones.current()->with(std::make_shared<const ServedZone>(std::move(served)))));
    }
    void serve(std::string_view apex, std::string_view text) {
        serve({name(apex), zone(apex, text), false, {}});
    }
    /// Tests ask faster than anybody may, by a clock that stands still: no rate limit unless `rules` set one.
    void allow(AccessPolicy rules) {
        if (rules.rate_limit == RateLimitConfig{}) rules.rate_limit.responses_per_second = 0;
        policy.publish(std::make_shared<const AccessPolicy>(std::move(rules)));
    }

    [[nodiscard]] std::size_t datagram(Octets query, std::span<std::byte> out,
                                       const Client& client = client_at("192.0.2.99")) {
        return responder.respond_datagram(query, client, out);
    }
    [[nodiscard]] Answered udp(Octets query, const Client& client = client_at("192.0.2.99")) {
        OctetString out(1232);
        const std::size_t size = datagram(query, out, client);
        REQUIRE(size >= header_octets);
        return take_apart(Octets(out).first(size));
    }
    [[nodiscard]] Answered udp(const Ask& ask, const Client& client = client_at("192.0.2.99")) {
        return udp(octets_of(ask), client);
    }
    [[nodiscard]] Answered tcp(const Ask& ask) {
        OctetString out(65535);
        const auto reply =
            responder.respond_stream(octets_of(ask), client_at("192.0.2.99", Transport::Tcp), out);
        REQUIRE(reply.octets >= header_octets);
        REQUIRE_FALSE(reply.more);
        return take_apart(Octets(out).first(reply.octets));
    }
    /// Whether the message gets no reply.
    [[nodiscard]] bool drops(Octets query) {
        OctetString out(1232);
        return datagram(query, out) == 0;
    }
};

using Lines = std::vector<std::string>;

}  // namespace lockstep::test
