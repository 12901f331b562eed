#pragma once
// Answers messages: the one Handler of both daemons. Octets in, octets out, no sockets.
//
// Threads: one responder a worker; the services are shared and outlive it. Errors: none: every message is
// answered or dropped. Limits: over UDP what the client announces, at most 1,232 octets (512 without EDNS);
// CNAME chains of 18; addresses for 13 targets. Security: a plain query allocates nothing and takes no lock;
// responses are never answered; strangers get so many responses a second over UDP, if neither key nor cookie
// proves who they are. Standards: RFC 1034 §4.3.2, RFC 1035, RFC 1996, RFC 2181, RFC 2308, RFC 4035 §3.1, RFC
// 4592, RFC 5001, RFC 5155, RFC 6672, RFC 6891, RFC 7873, RFC 8482, RFC 8914, RFC 8945, RFC 9018, RFC 9471,
// RFC 9660.

#include "answer/counters.hpp"
#include "answer/events.hpp"
#include "answer/policy.hpp"
#include "answer/transfer_quota.hpp"
#include "answer/update_in.hpp"
#include "base/clock.hpp"
#include "base/published.hpp"
#include "store/zone_table.hpp"
#include "wire/handler.hpp"

#include <memory>

namespace lockstep {

/// What answers are made from. References: everything outlives the responders and the streams that they
/// return.
struct AnswerServices {
    const Published<ZoneTable>& zones;
    const Published<AccessPolicy>& policy;
    const Clock& clock;
    TransferQuota& quota;
    AnswerCounterList& counters;
    TransferObserver& transfers;
    NotifySink& notifies;
    UpdateSink& updates;
    RateLimitObserver& rate_limits;
    CookieSecrets own_cookie_secrets{random_octets(siphash_key_octets)};  // where the policy has none
};

/// Resource type.
class Responder final : public Handler {
public:
    explicit Responder(const AnswerServices& services);
    ~Responder() override;

    [[nodiscard]] std::size_t respond_datagram(Octets query, const Client& client,
                                               std::span<std::byte> out) override;
    [[nodiscard]] Reply respond_stream(Octets query, const Client& client, std::span<std::byte> out) override;
    void idle() override;

private:
    class Worker;
    std::unique_ptr<Worker> worker_;
};

/// A Responder for each worker. Threads: any.
class ResponderFactory final : public HandlerFactory {
public:
    explicit ResponderFactory(const AnswerServices& services) : services_(services) {}
    [[nodiscard]] std::unique_ptr<Handler> make_handler() override {
        return std::make_unique<Responder>(services_);
    }

private:
    AnswerServices services_;
};

}  // namespace lockstep
