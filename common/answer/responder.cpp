#include "answer/responder.hpp"

#include "answer/notify_in.hpp"
#include "answer/options.hpp"
#include "answer/query.hpp"
#include "answer/server_identity.hpp"
#include "answer/transfer_out.hpp"
#include "answer/update_in.hpp"
#include "base/random.hpp"
#include "tsig/tsig.hpp"
#include "wire/accept.hpp"
#include "wire/edns.hpp"
#include "wire/header.hpp"
#include "wire/message.hpp"
#include "wire/writer.hpp"

#include <algorithm>

namespace lockstep {
namespace {

constexpr std::size_t udp_octets_without_edns = 512;  // RFC 1035 §4.2.1
constexpr std::size_t max_udp_octets = 1232;          // fits IPv6's least MTU: no fragments

/// What cannot be asked for by QUERY, but for ANY, AXFR and IXFR.
Rcode rcode_for_meta(RrType type) {
    switch (type) {
    case RrType::MAILA:
    case RrType::MAILB:
    case RrType::TKEY: return Rcode::NOTIMP;
    default: return Rcode::FORMERR;
    }
}

}  // namespace

class Responder::Worker {
public:
    explicit Worker(const AnswerServices& services)
        : services_(services),
          zones_(services.zones),
          policy_(services.policy),
          counters_(services.counters.add()),
          limiter_(SystemRandom().next()) {}

    void idle() {
        (void)zones_.get();
        (void)policy_.get();
    }

    /// Answers one message; `more` is null where the transport takes one reply only.
    std::size_t respond(Octets message, const Client& client, std::span<std::byte> out,
                        std::unique_ptr<MessageStream>* more) {
        held_ = false;
        counters_.queries[static_cast<std::size_t>(client.transport)].add();
        if (out.size() < header_octets) return 0;
        out_ = out;
        client_ = &client;
        table_ = zones_.get().get();
        rules_ = policy_.get().get();
        proven_ = client.transport != Transport::Udp;
        signing_.reset();
        opt_.reset();
        const Accept verdict = accept(message);
        if (verdict == Accept::Drop) {
            (message.size() < header_octets ? counters_.dropped_short : counters_.dropped_response).add();
            return 0;
        }
        request_ = Header::read(message);
        if (verdict == Accept::NotImp) return refuse_unread(message, Rcode::NOTIMP);
        if (verdict == Accept::FormErr) return refuse_unread(message, Rcode::FORMERR);
        const auto view = MessageView::read(message, request_);
        return view ? respond_to(*view, more) : refuse_unread(message, Rcode::FORMERR);
    }

    /// Whether the last message was taken away, to be answered later.
    [[nodiscard]] bool held() const { return held_; }

private:
    /// To a message that cannot be read to its end: the question comes back where there is one.
    std::size_t refuse_unread(Octets message, Rcode rcode) {
        writer_.start(out_, udp_octets_without_edns);
        if (request_.question_count != 0 && rcode != Rcode::NOTIMP) {
            if (const auto question = MessageReader(message).first_question()) {
                (void)writer_.question(question->name, question->type, question->rr_class);
            }
        }
        opened_ = writer_.mark();
        return finish({.rcode = rcode});
    }

    std::size_t respond_to(const MessageView& view, std::unique_ptr<MessageStream>* more) {
        if (view.header.opcode == Opcode::Update && is_forwarded(view, *table_, *rules_))
            return forward(view);
        const TsigKeyPtr* key = nullptr;
        std::optional<Rcode> early;
        if (view.tsig_at != 0 && view.question) early = check_signature(view, key);
        const std::optional<Rcode> unanswerable = answer_edns(view);
        if (!early) early = unanswerable;
        if (!start(view)) {
            counters_.dropped_space.add();
            return 0;
        }
        if (early) return finish({.rcode = *early});
        const QuestionView& question = *view.question;
        switch (view.header.opcode) {
        case Opcode::Notify: return finish(notify(view, key));
        case Opcode::Update: return update(view, key);
        default: break;
        }
        if (question.rr_class == RrClass::CH)
            return finish(answer_chaos(question, rules_->identity, writer_));
        if (question.rr_class != RrClass::IN && question.rr_class != RrClass::ANY) {
            return finish({.rcode = Rcode::REFUSED});
        }
        if (question.type == RrType::AXFR || question.type == RrType::IXFR) {
            return transfer(view, key, more);
        }
        if (is_meta(question.type) && question.type != RrType::ANY) {
            return finish({.rcode = rcode_for_meta(question.type)});
        }
        const auto dnssec = opt_ && opt_->dnssec_ok ? Dnssec::Wanted : Dnssec::No;
        return finish(answerer_.answer(*table_, question.name, question.type, dnssec, writer_));
    }

    /// Opens opt_ where the request has one; the RCODE is what ends it here.
    std::optional<Rcode> answer_edns(const MessageView& view) {
        CookieState cookie = CookieState::None;
        if (view.edns) {
            opt_.emplace();
            opt_->udp_octets = max_udp_octets;
            opt_->dnssec_ok = view.edns->dnssec_ok;
            if (view.edns->version != 0) return Rcode::BADVERS;
            const auto& secrets =
                rules_->cookie_secrets.empty() ? services_.own_cookie_secrets : rules_->cookie_secrets;
            if (!view.edns->options.empty())
                cookie = options_.answer({view, *client_, *table_, *rules_, secrets, services_.clock}, *opt_);
        }
        if (cookie == CookieState::Good) proven_ = true;
        if (cookie == CookieState::Malformed) return Rcode::FORMERR;
        if (view.question) return std::nullopt;
        // Without a question there is nothing to ask for but a cookie (RFC 7873 §5.4).
        return cookie == CookieState::None ? Rcode::FORMERR : Rcode::NOERROR;
    }

    /// Opens the reply with the question in it and room for what comes last. False where not even that fits.
    bool start(const MessageView& view) {
        const std::size_t tail = (opt_ ? opt_->size() : 0) + (signing_ ? tsig_octets(*signing_) : 0);
        const std::size_t least =
            header_octets + (view.question ? view.question->name.octets().size() + 4 : 0) + tail;
        if (least > out_.size()) return false;
        std::size_t limit = max_message_octets;
        if (client_->transport == Transport::Udp) {
            limit = view.edns ? std::min<std::size_t>(view.edns->udp_octets, max_udp_octets)
                              : udp_octets_without_edns;
        }
        writer_.start(out_, std::max(limit, least));
        writer_.reserve(tail);
        tail_ = tail;
        const bool fits = !view.question ||
                          writer_.question(view.question->name, view.question->type, view.question->rr_class);
        opened_ = writer_.mark();
        return fits;
    }

    /// Fills signing_ and `key`; the RCODE is what must be answered where the signature is not good.
    std::optional<Rcode> check_signature(const MessageView& view, const TsigKeyPtr*& key) {
        const auto check = verify_request(view.octets, rules_->keys, services_.clock.wall_now());
        if (const auto* verified = std::get_if<TsigVerified>(&check)) {
            signing_ = verified->context;
            proven_ = true;
            key = &signing_->key;
            return std::nullopt;
        }
        if (const auto* rejected = std::get_if<TsigRejected>(&check)) {
            counters_.tsig_rejected.add();
            signing_ = rejected->context;
            tell_rejected(view, *rejected);
            return rejected->rcode;
        }
        return Rcode::FORMERR;
    }

    /// Peers who sign wrongly are worth a line to those who watch transfers and NOTIFYs.
    void tell_rejected(const MessageView& view, const TsigRejected& rejected) {
        const QuestionView& question = *view.question;
        const Name zone = Name(question.name).folded();
        if (view.header.opcode == Opcode::Notify) {
            counters_.notifies_refused.add();
            services_.notifies.refused(zone, client_->peer, rejected.text);
        } else if (view.header.opcode == Opcode::Update) {
            counters_.updates_refused.add();
            services_.updates.update_refused(zone, client_->peer, rejected.text);
        } else if (question.type == RrType::AXFR || question.type == RrType::IXFR) {
            services_.transfers.refused(TransferRefused{
                {zone, client_->peer, nullptr}, question.type, rejected.rcode, rejected.text});
        }
    }

    QueryOutcome notify(const MessageView& view, const TsigKeyPtr* key) {
        const auto outcome = take_notify(view, *client_, key == nullptr ? nullptr : key->get(), *table_,
                                         *rules_, services_.notifies);
        (outcome.rcode == Rcode::NOERROR ? counters_.notifies_taken : counters_.notifies_refused).add();
        return outcome;
    }

    std::size_t update(const MessageView& view, const TsigKeyPtr* key) {
        auto refusal = admit_update(view, *client_, key == nullptr ? nullptr : key->get(), *table_, *rules_,
                                    services_.updates);
        if (!refusal && (client_->holder == nullptr || !services_.updates.admit(view.octets.size()))) {
            refusal = QueryOutcome{.rcode = Rcode::SERVFAIL,
                                   .error = ToldError{ExtendedError::Other, "too many updates wait here"}};
        }
        if (refusal) {
            counters_.updates_refused.add();
            return finish(*refusal);
        }
        const std::size_t limit = writer_.size() + writer_.space() + tail_;
        const std::size_t size = writer_.finish({.id = request_.id,
                                                 .response = true,
                                                 .opcode = request_.opcode,
                                                 .recursion_desired = request_.recursion_desired,
                                                 .checking_disabled = request_.checking_disabled});
        const Name zone = Name(view.question->name).folded();
        const Octets shell = out_.first(size);
        held_ = true;
        services_.updates.take({.message = OctetString(view.octets.begin(), view.octets.end()),
                                .zone = zone,
                                .client = {client_->peer, client_->transport},
                                .key = key == nullptr ? nullptr : *key,
                                .access = rules_->zones.find(zone.view())->second},
                               LateAnswer(client_->holder->hold(), OctetString(shell.begin(), shell.end()),
                                          opt_, signing_, limit));
        return 0;
    }

    std::size_t forward(const MessageView& view) {
        if (client_->holder == nullptr || !services_.updates.admit(view.octets.size())) {
            counters_.updates_refused.add();
            return start(view) ? finish({.rcode = Rcode::SERVFAIL}) : 0;
        }
        held_ = true;
        services_.updates.forward(Name(view.question->name).folded(), client_->peer,
                                  OctetString(view.octets.begin(), view.octets.end()),
                                  client_->holder->hold());
        return 0;
    }

    std::size_t transfer(const MessageView& view, const TsigKeyPtr* key,
                         std::unique_ptr<MessageStream>* more) {
        if (more == nullptr && view.question->type == RrType::AXFR) return finish({.rcode = Rcode::NOTIMP});
        auto grant =
            admit_transfer(services_, *table_, *rules_, view, *client_, key == nullptr ? TsigKeyPtr{} : *key);
        if (!grant) return finish(grant.error());
        if (more == nullptr) {
            // RFC 1995 §2: the SOA says whether it is worth coming back over TCP.
            ReplySections reply(writer_, Dnssec::No);
            reply.add_plain(Section::Answer, view.question->name, grant->served->zone->soa_rrset());
            return finish({.authoritative = true, .truncated = reply.truncated()});
        }
        OctetString opt;
        if (opt_) {
            opt.resize(opt_->size());
            opt_->write(opt.data());
        }
        auto stream = open_transfer(services_, *rules_, *std::move(grant), signing_, std::move(opt));
        if (!stream) return finish(stream.error());
        const std::size_t octets = (*stream)->next(out_);
        if (octets == 0) {
            if (!start(view)) return 0;  // the stream has written over the buffer
            return finish({.rcode = Rcode::SERVFAIL,
                           .error = ToldError{ExtendedError::Other, "the zone cannot be transferred"}});
        }
        counters_.responses[static_cast<std::size_t>(Rcode::NOERROR)].add();
        *more = *std::move(stream);
        return octets;
    }

    /// What may become of a reply that tells `kind`; tells who watches where it may not leave as it is.
    RateLimiter::Verdict judge(const ResponseKind& kind) {
        using enum RateLimiter::Verdict;
        const IpAddress& address = client_->peer.address;
        if (proven_ || rules_->exempt_from_rate_limit(address)) return Send;
        const auto [verdict, first] =
            limiter_.judge(rules_->rate_limit, address, kind, services_.clock.steady_coarse());
        if (verdict == Send) return Send;
        if (first) services_.rate_limits.limited(counted_prefix(rules_->rate_limit, address), kind);
        (verdict == Drop ? counters_.dropped_rate : counters_.truncated_rate).add();
        return verdict;
    }

    /// Writes the header, OPT and TSIG around what is in the writer.
    std::size_t finish(const QueryOutcome& outcome) {
        const auto verdict = judge(outcome.kind);
        if (verdict == RateLimiter::Verdict::Drop) return 0;
        const bool cut_short = verdict == RateLimiter::Verdict::Truncate;
        if (cut_short) writer_.rollback(opened_);
        const bool truncated = outcome.truncated || cut_short;
        const auto code = static_cast<std::size_t>(outcome.rcode);
        counters_.responses[std::min(code, counted_rcodes - 1)].add();
        if (truncated) counters_.truncated.add();
        std::size_t size = writer_.finish({.id = request_.id,
                                           .response = true,
                                           .opcode = request_.opcode,
                                           .authoritative = outcome.authoritative,
                                           .truncated = truncated,
                                           .recursion_desired = request_.recursion_desired,
                                           .checking_disabled = request_.checking_disabled,
                                           .rcode = outcome.rcode});
        if (opt_) size = append_opt(size, outcome);
        if (!signing_) return size;
        const auto signed_size = sign_response(out_, size, *signing_, services_.clock.wall_now());
        return signed_size.value_or(0);
    }

    std::size_t append_opt(std::size_t size, const QueryOutcome& outcome) {
        opt_->rcode = static_cast<std::uint16_t>(outcome.rcode);
        if (outcome.error && writer_.space() >= 6 + outcome.error->text.size()) {
            opt_->add_error(outcome.error->code, outcome.error->text);
        }
        opt_->write(out_.data() + size);
        auto* const count = out_.data() + 10;
        store_big_endian(count, static_cast<std::uint16_t>(load_big_endian<std::uint16_t>(count) + 1));
        return size + opt_->size();
    }

    AnswerServices services_;
    PublishedReader<ZoneTable> zones_;
    PublishedReader<AccessPolicy> policy_;
    AnswerCounters& counters_;
    MessageWriter writer_;
    QueryAnswerer answerer_;
    OptionAnswerer options_;
    RateLimiter limiter_;

    // The reply under way: by one version of the zones and of the rules, whatever is published meanwhile.
    std::span<std::byte> out_;
    const Client* client_ = nullptr;
    const ZoneTable* table_ = nullptr;
    const AccessPolicy* rules_ = nullptr;
    bool held_ = false;           // the reply comes later
    std::size_t tail_ = 0;        // reserved for OPT and TSIG
    bool proven_ = false;         // that the client has the address it asks from
    MessageWriter::Mark opened_;  // behind the question
    Header request_;
    std::optional<TsigContext> signing_;
    std::optional<EdnsBuilder> opt_;
};

Responder::Responder(const AnswerServices& services) : worker_(std::make_unique<Worker>(services)) {}
Responder::~Responder() = default;

std::size_t Responder::respond_datagram(Octets query, const Client& client, std::span<std::byte> out) {
    return worker_->respond(query, client, out, nullptr);
}

Reply Responder::respond_stream(Octets query, const Client& client, std::span<std::byte> out) {
    Reply reply;
    reply.octets = worker_->respond(query, client, out, &reply.more);
    reply.held = worker_->held();
    return reply;
}

void Responder::idle() {
    worker_->idle();
}

}  // namespace lockstep
