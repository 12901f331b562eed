#pragma once
// Passes signed UPDATE messages on to the zone's primary, and its answers back, both unread. Standards: RFC
// 2136 §6.
//
// Threads: admit() any; all else housekeeping. Errors: SERVFAIL to the client where no primary can be
// reached; logged once in ten seconds. Limits: 100 messages under way, a connection each; 3 s to connect, 20
// s for the answer, as the primary may wait for its secondaries. Security: only what is signed is passed on:
// to the primary it comes from our address.

#include "base/log_limiter.hpp"
#include "daemon/server.hpp"

#include <atomic>
#include <memory>
#include <vector>

namespace lockstep {

/// Resource type.
class UpdateForwarder {
public:
    explicit UpdateForwarder(Server& server) : server_(server), failures_(server.clock()) {}

    /// Whether there is room for one more.
    [[nodiscard]] bool admit();
    /// One that was admitted: to the first of `primaries` that can be reached.
    [[nodiscard]] awaitable<void> forward(Name zone, std::vector<PeerConfig> primaries,
                                          std::vector<Endpoint> listen, OctetString message,
                                          std::unique_ptr<LateReply> way);

private:
    [[nodiscard]] awaitable<Result<OctetString>> ask(std::vector<PeerConfig> primaries,
                                                     std::vector<Endpoint> listen, OctetString message);

    Server& server_;
    LogLimiter failures_;
    std::atomic<std::size_t> under_way_{0};
};

}  // namespace lockstep
