#include "answer/rate_limit.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <utility>

namespace lockstep {
namespace {

constexpr std::int64_t second = 1'000'000'000;

std::uint64_t mixed(std::uint64_t hash, std::uint64_t word) {
    hash = (hash ^ word) * 0xff51afd7ed558ccd;
    return hash ^ hash >> 32;
}

std::uint64_t hash_of(const Prefix& network, const ResponseKind& kind, std::uint64_t seed) {
    std::array<std::uint64_t, 2> words;
    std::memcpy(words.data(), network.address().octets().data(), sizeof words);
    const auto what = static_cast<std::uint64_t>(std::to_underlying(kind.tells)) << 24U |
                      static_cast<std::uint64_t>(network.address().is_v4()) << 16U |
                      std::to_underlying(kind.type);
    return hash_name(kind.name, mixed(mixed(mixed(seed, words[0]), words[1]), what));
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
    Count& count = find(hash_of(counted_prefix(limits, client), kind, seed_));
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
