#include "answer/rate_limit.hpp"

#include "wire/name_hash.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace lockstep {
namespace {

constexpr std::int64_t second = 1'000'000'000;

/// The first `bits` of the eight octets from `at`.
std::uint64_t leading(const std::uint8_t* at, unsigned bits) {
    const auto word = load_big_endian<std::uint64_t>(reinterpret_cast<const std::byte*>(at));
    if (bits >= 64) return word;
    return bits == 0 ? 0 : word >> (64 - bits);
}

std::uint64_t account_hash(const RateLimitConfig& limits, const IpAddress& client, const ResponseKind& kind,
                           std::uint64_t seed) {
    const bool v4 = client.is_v4();
    const unsigned bits = v4 ? limits.ipv4_prefix : limits.ipv6_prefix;
    const std::uint8_t* const octets = client.octets().data();
    const auto what = static_cast<std::uint64_t>(std::to_underlying(kind.tells)) << 24U |
                      static_cast<std::uint64_t>(v4) << 16U | std::to_underlying(kind.type);
    std::uint64_t hash = mix_hash(seed ^ what, leading(octets, bits));
    if (bits > 64) hash = mix_hash(hash, leading(octets + 8, bits - 64));
    return hash_name(kind.name, hash);
}

}  // namespace

std::string ResponseKind::to_string() const {
    switch (tells) {
    case Tells::Error: return "errors";
    case Tells::Records: return fmt::format("{} {}", name.to_string(), lockstep::to_string(type));
    case Tells::NoData: return fmt::format("{} without data", name.to_string());
    case Tells::NoName: return fmt::format("names that {} does not have", name.to_string());
    case Tells::Referral: return fmt::format("referrals to {}", name.to_string());
    }
    std::unreachable();
}

Prefix counted_prefix(const RateLimitConfig& limits, const IpAddress& client) {
    return Prefix::around(client, client.is_v4() ? limits.ipv4_prefix : limits.ipv6_prefix);
}

RateLimiter::RateLimiter(std::uint64_t seed) : seed_(seed) {}

RateLimiter::Count& RateLimiter::find(std::uint64_t hash) {
    Set& set = sets_[hash % sets];
    const auto tag = static_cast<std::uint32_t>(hash >> 32);
    const auto at = std::find_if(set.begin(), set.end(), [&](const Count& one) { return one.tag == tag; });
    if (at != set.end()) return *at;
    Count& replaced = *std::min_element(set.begin(), set.end(),
                                        [](const Count& a, const Count& b) { return a.free_at < b.free_at; });
    replaced = {.tag = tag};
    return replaced;
}

RateLimiter::Judged RateLimiter::judge(const RateLimitConfig& limits, const IpAddress& client,
                                       const ResponseKind& kind, SteadyTime now) {
    if (limits.responses_per_second == 0) return {};
    Count& count = find(account_hash(limits, client, kind, seed_));
    const std::int64_t at = std::chrono::nanoseconds(now.time_since_epoch()).count();
    count.free_at = std::max(count.free_at, at) + second / limits.responses_per_second;
    if (count.free_at <= at + second) {
        count.over = 0;
        return {};
    }
    count.free_at = std::min(count.free_at, at + second + std::chrono::nanoseconds(limits.window).count());
    const std::uint32_t over = count.over++;
    const bool slips = limits.slip != 0 && over % limits.slip == limits.slip - 1;
    return {slips ? Verdict::Truncate : Verdict::Drop, over == 0};
}

}  // namespace lockstep
