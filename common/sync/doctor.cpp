#include "sync/doctor.hpp"

#include "net/client.hpp"
#include "transfer/request.hpp"
#include "tsig/record.hpp"
#include "tsig/tsig.hpp"

#include <fmt/format.h>

#include <array>
#include <utility>

namespace lockstep {
namespace {

constexpr milliseconds patience{2000};
constexpr std::array algorithms{TsigAlgorithm::HmacSha256, TsigAlgorithm::HmacSha512,
                                TsigAlgorithm::HmacSha384, TsigAlgorithm::HmacSha224,
                                TsigAlgorithm::HmacSha1,   TsigAlgorithm::HmacMd5};

using Verdict = Finding::Verdict;

/// An answer that was believed.
struct Heard {
    OctetString message;
    double took = 0;                          // seconds
    std::optional<std::int64_t> clock_ahead;  // of ours, in seconds; where it was signed
};

/// What came instead: nothing, or an answer with a signature that is not good.
struct Unheard {
    std::optional<Error> silence;
    TsigFailure tsig = {};
};

/// One peer's examination, step by step.
class Doctor {
public:
    Doctor(const ExchangeContext& context, Examination examination)
        : context_(context), case_(std::move(examination)) {}

    awaitable<std::vector<Finding>> run() {
        const bool udp = co_await try_udp();
        const bool tcp = co_await try_tcp();
        if (!udp && !tcp) co_return std::move(findings_);
        const bool believed = co_await judge_signature();
        if (!believed || !judge_zone()) co_return std::move(findings_);
        if (case_.role == PeerRole::Secondary) {
            co_await try_notify();
        } else if (tcp) {
            co_await try_transfer();
        }
        co_return std::move(findings_);
    }

private:
    using Answer = Expected<Heard, Unheard>;

    void good(std::string step, std::string text) {
        findings_.push_back({std::move(step), Verdict::Good, std::move(text)});
    }
    void bad(std::string step, std::string text, std::string remedy) {
        findings_.push_back({std::move(step), Verdict::Bad, std::move(text), std::move(remedy)});
    }
    void bad(std::string step, const Failure& failure) { bad(std::move(step), failure.text, failure.remedy); }

    [[nodiscard]] MessageId some_id() const {
        return MessageId{static_cast<std::uint16_t>(context_.random.next())};
    }
    [[nodiscard]] OctetString soa_query() const {
        TransferRequest request;
        request.zone = case_.zone;
        request.type = RrType::SOA;
        request.id = some_id();
        return make_request(request);
    }
    [[nodiscard]] static double seconds_since(SteadyTime start) {
        return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    }

    [[nodiscard]] Answer believe(OctetString answer, const TsigRequestContext& signature, double took) const {
        const auto now = context_.clock.wall_now();
        const auto verified = verify_response(answer, signature, now);
        if (!verified) return unexpected(Unheard{std::nullopt, verified.error()});
        Heard heard{{}, took, {}};
        if (signature.key) {
            if (const auto record = TsigRecord::read(answer, *verified)) {
                heard.clock_ahead =
                    static_cast<std::int64_t>(record->time) - static_cast<std::int64_t>(tsig_time(now));
            }
        }
        answer.resize(*verified);
        heard.message = std::move(answer);
        return heard;
    }

    awaitable<Answer> ask_udp(OctetString query, TsigKeyPtr key) {
        const auto pass = co_await context_.places.of(case_.peer.address).enter();
        TsigRequestContext signature;
        if (key) signature = sign_request(query, key, context_.clock.wall_now());
        const auto start = std::chrono::steady_clock::now();
        auto answer =
            co_await exchange_datagram(case_.peer.address, case_.from, std::move(query), 2, patience / 2);
        if (!answer) co_return unexpected(Unheard{std::move(answer).error()});
        co_return believe(std::move(*answer), signature, seconds_since(start));
    }

    awaitable<Answer> ask_tcp(OctetString query, TsigKeyPtr key) {
        TsigRequestContext signature;
        if (key) signature = sign_request(query, key, context_.clock.wall_now());
        const auto start = std::chrono::steady_clock::now();
        auto stream = co_await connect_stream(case_.peer.address, case_.from, patience);
        if (!stream) co_return unexpected(Unheard{std::move(stream).error()});
        auto sent = co_await (*stream)->write(query, patience);
        if (!sent) co_return unexpected(Unheard{std::move(sent).error()});
        auto answer = co_await (*stream)->read(patience);
        if (!answer) co_return unexpected(Unheard{std::move(answer).error()});
        if (!*answer) {
            co_return unexpected(
                Unheard{Error{ErrorCode::Io, "the peer closed the connection without an answer"}});
        }
        OctetString octets((*answer)->begin(), (*answer)->end());
        co_return believe(std::move(octets), signature, seconds_since(start));
    }

    awaitable<bool> try_udp() {
        auto answer = co_await ask_udp(soa_query(), case_.peer.key);
        const bool reached = note_transport("udp", answer);
        if (reached) answer_ = std::move(answer);
        co_return reached;
    }

    awaitable<bool> try_tcp() {
        auto answer = co_await ask_tcp(soa_query(), case_.peer.key);
        const bool reached = note_transport("tcp", answer);
        if (reached && !answer_) answer_ = std::move(answer);
        co_return reached;
    }

    bool note_transport(const std::string& step, const Answer& answer) {
        const bool reached = answer || !answer.error().silence;
        if (reached) {
            good(step, answer ? fmt::format("answers in {:.1f} ms", answer->took * 1e3) : "answers");
        } else {
            bad(step, transport_failure(*answer.error().silence, step == "udp" ? "UDP" : "TCP",
                                        case_.peer.address));
        }
        return reached;
    }

    awaitable<bool> judge_signature() {
        const auto& answer = *answer_;
        const auto* key = case_.peer.key.get();
        if (answer) {
            if (key == nullptr) {
                good("tsig", "no key is configured for it, and it asks for none");
                co_return true;
            }
            good("tsig",
                 fmt::format("signed by key {} ({})", key->name.to_string(), to_string(key->algorithm)));
            const auto ahead = answer->clock_ahead.value_or(0);
            good("clock", ahead == 0 ? "agrees with ours to the second"
                                     : fmt::format("is {} s {} ours", std::abs(ahead),
                                                   ahead > 0 ? "ahead of" : "behind"));
            co_return true;
        }
        const auto& tsig = answer.error().tsig;
        if (tsig.fault == TsigFault::BadTime || tsig.told == Rcode::BADTIME) {
            bad("clock", tsig_failure(tsig, key));
            co_return false;
        }
        if (key != nullptr && tsig.told == Rcode::BADKEY) {
            co_await find_algorithm(*key);
            co_return false;
        }
        bad("tsig", tsig_failure(tsig, key));
        co_return false;
    }

    /// BADKEY leaves open whether it is the key's name or its algorithm that the peer does not know.
    awaitable<void> find_algorithm(const TsigKey& ours) {
        for (const auto algorithm : algorithms) {
            if (algorithm == ours.algorithm) continue;
            auto other = std::make_shared<TsigKey>(ours);
            other->algorithm = algorithm;
            const auto answer = co_await ask_udp(soa_query(), other);
            if (!answer && (answer.error().silence || answer.error().tsig.told == Rcode::BADKEY)) continue;
            bad("tsig",
                fmt::format("the peer has key {} with algorithm {}, and we with {}", ours.name.to_string(),
                            to_string(algorithm), to_string(ours.algorithm)),
                fmt::format("give the key the same algorithm on both servers: {}", to_string(algorithm)));
            co_return;
        }
        bad("tsig",
            fmt::format("the peer knows no key {} with any algorithm (BADKEY)", ours.name.to_string()),
            fmt::format("configure key {} on the peer, under exactly this name, or name here the key that it "
                        "has for us",
                        ours.name.to_string()));
    }

    bool judge_zone() {
        const auto soa = soa_of((*answer_)->message, case_.zone);
        if (!soa) {
            bad("zone", soa.error());
            return false;
        }
        const Serial theirs = soa->serial;
        if (!case_.held) {
            good("zone", fmt::format("serves serial {}", to_string(theirs)));
            return true;
        }
        const Serial ours = case_.held->serial();
        const bool primary = case_.role == PeerRole::Primary;
        if (theirs == ours) {
            good("serial", fmt::format("serves serial {}, as we do", to_string(theirs)));
        } else if (is_newer(theirs, ours) != primary) {
            // The way that content goes, the newer serial is where it comes from.
            bad("serial",
                fmt::format("serves serial {}, {} than {} here", to_string(theirs),
                            primary ? "lower" : "newer", to_string(ours)),
                primary ? fmt::format("raise the serial on {} above ours, or run 'retransfer' here to take "
                                      "its version",
                                      case_.peer.name)
                        : fmt::format("raise the serial here above it (bump {} --serial N), or run "
                                      "'retransfer' there to have our version",
                                      case_.zone.to_string()));
        } else {
            good("serial", fmt::format("serves serial {}, and we {}: {} is still behind", to_string(theirs),
                                       to_string(ours), primary ? "this server" : "it"));
        }
        return true;
    }

    awaitable<void> try_notify() {
        if (!case_.held) co_return;
        const auto answer = co_await ask_udp(make_notify(*case_.held, some_id()), case_.peer.key);
        note_answer("notify", "NOTIFY", answer, "taken");
    }

    awaitable<void> try_transfer() {
        TransferRequest request;
        request.zone = case_.zone;
        request.id = some_id();
        request.type = case_.held ? RrType::IXFR : RrType::AXFR;
        if (case_.held) request.held = case_.held->soa();
        const auto answer = co_await ask_tcp(make_request(request), case_.peer.key);
        note_answer("transfer", to_string(request.type), answer, "granted");
    }

    void note_answer(const std::string& step, const std::string& what, const Answer& answer,
                     std::string_view success) {
        if (!answer) {
            const auto& unheard = answer.error();
            bad(step, unheard.silence ? transport_failure(*unheard.silence, step == "notify" ? "UDP" : "TCP",
                                                          case_.peer.address)
                                      : tsig_failure(unheard.tsig, case_.peer.key.get()));
            return;
        }
        const auto message = MessageView::read(answer->message);
        if (!message) {
            bad(step, fmt::format("the answer to {}: {}", what, to_string(message.error())),
                "the peer's answer breaks the protocol: check what runs at its address");
        } else if (message->header.rcode != Rcode::NOERROR) {
            bad(step, rcode_failure(what, message->header.rcode, extended_error_text(*message)));
        } else {
            good(step, fmt::format("{} is {}", what, success));
        }
    }

    const ExchangeContext& context_;
    const Examination case_;
    std::optional<Answer> answer_;  // to the SOA query, from whichever transport got one first
    std::vector<Finding> findings_;
};

}  // namespace

awaitable<std::vector<Finding>> examine(const ExchangeContext* context, Examination examination) {
    Doctor doctor(*context, std::move(examination));
    auto findings = co_await doctor.run();
    co_return findings;
}

}  // namespace lockstep
