#pragma once
// Tries every step to a peer, one after the other, and says which one fails and what to do.
//
// Threads: the executor's. Errors: findings. Limits: 2 s a step, so that a peer is done within 20 s.
// Security: asks what the daemon asks anyhow, with its keys; it changes nothing on the peer.

#include "sync/exchange.hpp"

#include <string>
#include <vector>

namespace lockstep {

/// What the peer is to us.
enum class PeerRole { Primary, Secondary };

/// Whom to examine, by which zone. Value type.
struct Examination {
    PeerConfig peer;
    PeerRole role = PeerRole::Secondary;
    std::optional<IpAddress> from;
    Name zone;
    ZonePtr held;  // what we serve of it; null: nothing yet
};

/// What came of a step. Value type.
struct Finding {
    std::string step;  // udp | tcp | tsig | clock | zone | serial | notify | transfer
    enum class Verdict { Good, Bad } verdict = Verdict::Good;
    std::string text;
    std::string remedy = {};  // of what is bad
};

/// In the order of the steps; what cannot be tried because of an earlier failure is left out.
[[nodiscard]] awaitable<std::vector<Finding>> examine(const ExchangeContext* context,
                                                      Examination examination);

}  // namespace lockstep
