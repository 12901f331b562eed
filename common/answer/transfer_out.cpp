#include "answer/transfer_out.hpp"

#include "tsig/stream.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace lockstep {
namespace {

/// Changes up to this size go out as IXFR whatever the zone's size: they fit one message, as would the zone.
constexpr std::size_t always_ixfr_octets = 4096;

std::string_view told(AccessDecision::Missing missing) {
    switch (missing) {
    case AccessDecision::Missing::Signature: return "transfer of this zone to this address needs a TSIG key";
    case AccessDecision::Missing::OtherKey:
        return "transfer of this zone to this address needs another TSIG key";
    case AccessDecision::Missing::Address:
        return "transfer of this zone with this key is for another address";
    default: return "transfer of this zone is not allowed";
    }
}

std::optional<TransferWriter> make_writer(const TransferPlan& plan, const TransferGrant& grant,
                                          TransferWriterSettings settings) {
    switch (plan.send) {
    case RrType::SOA: return TransferWriter::lone_soa(grant.query, grant.served->zone, std::move(settings));
    case RrType::IXFR:
        return TransferWriter::ixfr(grant.query, grant.served->zone, plan.changes, std::move(settings));
    default: return TransferWriter::axfr(grant.query, grant.served->zone, std::move(settings));
    }
}

/// One answer under way. Holds its version of the zone until its last message is made.
class TransferStream final : public MessageStream {
public:
    TransferStream(const AnswerServices& services, TransferQuota::Slot slot, TransferWriter writer,
                   std::optional<TsigStreamSigner> signer, TransferDone event, seconds total_time)
        : clock_(services.clock),
          transfers_(services.transfers),
          slot_(std::move(slot)),
          writer_(std::move(writer)),
          signer_(std::move(signer)),
          event_(std::move(event)),
          started_(services.clock.steady_now()),
          total_time_(total_time) {}

    ~TransferStream() override {
        if (!told_) fail("the connection ended before the answer did");
    }

    std::size_t next(std::span<std::byte> out) override {
        if (!writer_) return 0;
        if (clock_.steady_now() - started_ > total_time_) {
            return fail(fmt::format("not taken within {} s", total_time_.count()));
        }
        const auto written = writer_->next(out);
        if (!written) return fail("a record fits no message");
        std::size_t octets = *written;
        if (octets == 0) {
            let_go();  // a small zone holds no place, nor memory, while it is written
            return 0;
        }
        if (signer_) {
            const auto signed_octets = signer_->sign(out, octets, clock_.wall_now());
            if (!signed_octets) return fail("no room for the TSIG record");
            octets = *signed_octets;
        }
        ++event_.messages;
        event_.octets += octets;
        return octets;
    }

    bool failed() const override { return failed_; }

    void sent() override {
        note_end();
        transfers_.finished(event_);
    }

private:
    std::size_t fail(const std::string& text) {
        failed_ = true;
        let_go();
        note_end();
        transfers_.failed(event_, text);
        return 0;
    }
    void let_go() {
        slot_.reset();
        writer_.reset();
        signer_.reset();
    }
    void note_end() {
        told_ = true;
        event_.duration = std::chrono::duration_cast<milliseconds>(clock_.steady_now() - started_);
    }

    const Clock& clock_;
    TransferObserver& transfers_;
    std::optional<TransferQuota::Slot> slot_;
    std::optional<TransferWriter> writer_;  // none: all is made, or failed
    std::optional<TsigStreamSigner> signer_;
    TransferDone event_;
    SteadyTime started_;
    seconds total_time_;
    bool failed_ = false;
    bool told_ = false;
};

}  // namespace

Expected<TransferGrant, QueryOutcome> admit_transfer(const AnswerServices& services, const ZoneTable& zones,
                                                     const AccessPolicy& policy, const MessageView& message,
                                                     const Client& client, const TsigKeyPtr& key) {
    const TransferPeer peer{Name(message.question->name).folded(), client.peer, key};
    const RrType asked = message.question->type;
    const auto refuse = [&](Rcode rcode, std::optional<ToldError> error, std::string text) {
        services.transfers.refused(TransferRefused{peer, asked, rcode, std::move(text)});
        return unexpected(QueryOutcome{.rcode = rcode, .error = error});
    };
    auto query = read_transfer_query(message.octets);
    if (!query) return refuse(query.error(), std::nullopt, "the question is not well-formed");
    auto served = zones.exact(peer.zone);
    if (!served) {
        return refuse(Rcode::NOTAUTH, ToldError{ExtendedError::NotAuthoritative, "not a zone of this server"},
                      "the zone is not served here");
    }
    const ZoneAccess* access = policy.access(peer.zone);
    const auto decision = decide(access == nullptr ? std::span<const AccessRule>{} : access->transfer,
                                 client.peer.address, key.get());
    if (!decision.allowed) {
        return refuse(Rcode::REFUSED, ToldError{ExtendedError::Prohibited, told(decision.missing)},
                      decision.to_string());
    }
    if (const auto problem = unservable(*served)) {
        return refuse(Rcode::SERVFAIL, problem, std::string(problem->text));
    }
    TransferGrant grant{std::move(served), *std::move(query), {peer, asked, std::nullopt}};
    if (grant.query.held) grant.asked.held = grant.query.held->serial;
    services.transfers.asked(grant.asked);
    return grant;
}

TransferPlan plan_transfer(const ServedZone& served, const std::optional<Soa>& held, unsigned ixfr_percent) {
    if (!held) return {RrType::AXFR, {}};
    const Serial current = served.zone->serial();
    // Equal, older than the client's, or at the distance where neither is newer (RFC 1982 §3.2).
    if (!is_newer(current, held->serial)) return {RrType::SOA, {}};
    const ChangeHistory& history = served.history;
    std::size_t after = history.size();
    while (after > 0 && history[after - 1].changes->from != held->serial)
        --after;
    if (after == 0) return {RrType::AXFR, {}};
    ChangeSequence changes;
    for (std::size_t i = after - 1; i < history.size(); ++i)
        changes.push_back(history[i].changes);
    const std::uint64_t limit =
        std::max<std::uint64_t>(served.zone->wire_octets() * ixfr_percent / 100, always_ixfr_octets);
    if (changes.size() > 1) {
        std::vector<const ChangeSet*> parts;
        parts.reserve(changes.size());
        for (const auto& change : changes)
            parts.push_back(change.get());
        changes = {std::make_shared<const ChangeSet>(condense(parts))};
    }
    if (changes.front()->wire_octets() > limit) return {RrType::AXFR, {}};
    return {RrType::IXFR, std::move(changes)};
}

Expected<std::unique_ptr<MessageStream>, QueryOutcome> open_transfer(
    const AnswerServices& services, const AccessPolicy& policy, TransferGrant grant,
    const std::optional<TsigContext>& signing, OctetString opt) {
    const TransferOutLimits& limits = policy.transfer_out;
    auto slot = services.quota.acquire(grant.asked.peer.address, limits.in_all, limits.per_peer);
    if (!slot) {
        static constexpr std::string_view text = "too many transfers at once, try again";
        services.transfers.refused(
            TransferRefused{grant.asked, grant.asked.asked, Rcode::SERVFAIL, std::string(text)});
        return unexpected(
            QueryOutcome{.rcode = Rcode::SERVFAIL, .error = ToldError{ExtendedError::Other, text}});
    }
    const auto plan = plan_transfer(*grant.served, grant.query.held, limits.ixfr_percent);
    std::optional<TsigStreamSigner> signer;
    if (signing) signer.emplace(*signing);
    TransferWriterSettings settings;
    settings.reserved_octets = signer ? signer->octets() : 0;
    settings.opt = std::move(opt);
    auto writer = make_writer(plan, grant, std::move(settings));
    TransferDone event{grant.asked, plan.send, grant.served->zone->serial()};
    return std::make_unique<TransferStream>(services, *std::move(slot), *std::move(writer), std::move(signer),
                                            std::move(event), limits.total_time);
}

}  // namespace lockstep
