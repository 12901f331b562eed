#pragma once
// Response rate limiting: keeps a server from being the mirror of a flood under forged addresses. Responses
// over UDP are counted by the network that seems to ask and by what they tell; beyond a rate some are sent
// truncated, so that who really asks comes back over TCP, and the others dropped. BIND's model.
//
// Threads: one object a worker, each with the whole rate: an address reaches several of them only from
// several ports. Errors: none. Limits: 16,384 counts of 16 octets; the one that owes least gives way.
// Security: counts are found by a keyed hash; no allocation. Standards: none; ISC-TN-2012-1.

#include "base/clock.hpp"
#include "base/endpoint.hpp"
#include "config/rate_limit.hpp"
#include "wire/name.hpp"
#include "wire/types.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

namespace lockstep {

/// What a response tells, as far as telling it again would be a waste. A view.
struct ResponseKind {
    enum class Tells : std::uint8_t { Error, Records, NoData, NoName, Referral };

    Tells tells = Tells::Error;
    NameView name{};  // that has it, the wildcard's parent, the zone, the cut; the root for an error
    RrType type = RrType::None;  // of Records

    /// `errors`, `records www.example. A`, `names that are not in example.`, …
    [[nodiscard]] std::string to_string() const;
};

/// Resource type.
class RateLimiter {
public:
    enum class Verdict : std::uint8_t { Send, Truncate, Drop };
    struct Judged {
        Verdict verdict = Verdict::Send;
        bool first = false;  // over the limit, after one within it
    };

    /// `seed` is the hash's key: secret, random.
    explicit RateLimiter(std::uint64_t seed);

    /// Counts one response to `client`, whether it is sent or not.
    [[nodiscard]] Judged judge(const RateLimitConfig& limits, const IpAddress& client,
                               const ResponseKind& kind, SteadyTime now);

private:
    static constexpr std::size_t ways = 4;
    static constexpr std::size_t sets = 4096;

    /// What one network was told of one thing, on credit: each response costs 1/rate of a second, and time
    /// pays it back. Who owes more than a second is over the limit.
    struct Count {
        std::int64_t free_at = 0;  // nanoseconds of the steady clock: when nothing is owed any more
        std::uint32_t tag = 0;     // of the hash
        std::uint32_t over = 0;    // responses over the limit in a row
    };
    using Set = std::array<Count, ways>;

    [[nodiscard]] Count& find(std::uint64_t hash);

    std::uint64_t seed_;
    std::unique_ptr<Set[]> sets_ = std::make_unique<Set[]>(sets);
};

/// The network that `client` is counted with.
[[nodiscard]] Prefix counted_prefix(const RateLimitConfig& limits, const IpAddress& client);

}  // namespace lockstep
