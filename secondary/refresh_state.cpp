#include "secondary/refresh_state.hpp"

#include <algorithm>

namespace lockstep {
namespace {

constexpr milliseconds empty_retry_first{1000};
constexpr unsigned greatest_doubling = 3;  // RETRY × 8
constexpr double refresh_jitter = 0.10;

milliseconds scaled(milliseconds time, double factor) {
    return milliseconds(static_cast<milliseconds::rep>(static_cast<double>(time.count()) * factor));
}

}  // namespace

RefreshState::RefreshState(const TimersConfig& config, Random& random) : config_(config), random_(&random) {}

void RefreshState::restored(const Soa& soa, const StoredTimers& stored, SteadyTime now, WallTime wall) {
    soa_ = soa;
    expired_ = stored.expired;
    const auto until_expiry = stored.expires_at - wall;
    const bool never_refreshed = stored.refreshed_at == WallTime{};
    const bool clock_went_back = stored.refreshed_at > wall || until_expiry > soa.expire;
    if (never_refreshed || clock_went_back) {
        // The stored times cannot be told from now: take the lease as new, and verify at once.
        lease(now, soa.expire);
        expired_ = stored.expired;
        next_check_ = now;
        return;
    }
    expires_ = now + until_expiry;
    refreshed_at_ = now - (wall - stored.refreshed_at);
    if (until_expiry <= milliseconds::zero()) expired_ = true;
    next_check_ = expired_ ? now : std::max(now, *refreshed_at_ + refresh_interval());
}

void RefreshState::confirmed(SteadyTime now, std::optional<seconds> expire_option) {
    if (!soa_) return;
    seconds length = soa_->expire;
    if (expire_option) {
        const auto left = std::chrono::duration_cast<seconds>(expires_ - now);
        length = std::min(soa_->expire, std::max(*expire_option, expired_ ? seconds{0} : left));
    }
    lease(now, length);
}

void RefreshState::transferred(const Soa& soa, SteadyTime now, std::optional<seconds> expire_option) {
    soa_ = soa;
    lease(now, std::min(soa.expire, expire_option.value_or(soa.expire)));
}

void RefreshState::lease(SteadyTime now, seconds length) {
    expired_ = false;
    failures_ = 0;
    expires_ = now + length;
    refreshed_at_ = now;
    next_check_ = now + refresh_interval();
}

void RefreshState::failed(SteadyTime now) {
    next_check_ = now + retry_interval(now);
    ++failures_;
}

void RefreshState::hurry(SteadyTime now) {
    failures_ = 0;
    next_check_ = now;
}

std::optional<SteadyTime> RefreshState::expires_at() const {
    if (!soa_ || expired_) return std::nullopt;
    return expires_;
}

seconds RefreshState::remaining(SteadyTime now) const {
    if (!soa_ || expired_ || expires_ <= now) return seconds{0};
    return std::chrono::duration_cast<seconds>(expires_ - now);
}

milliseconds RefreshState::refresh_interval() {
    const milliseconds wanted = std::clamp(soa_->refresh, config_.refresh_min, config_.refresh_max);
    return scaled(wanted, 1.0 - refresh_jitter * random_->fraction());
}

milliseconds RefreshState::retry_interval(SteadyTime now) {
    if (!soa_) {
        const milliseconds most = config_.empty_retry_max;
        return std::min(most, empty_retry_first * (1U << std::min(failures_, 16U)));
    }
    const milliseconds retry = std::clamp(soa_->retry, config_.retry_min, config_.retry_max);
    const milliseconds most = std::min<milliseconds>(retry * (1U << greatest_doubling), config_.retry_max);
    const milliseconds wanted = std::min(most, retry * (1U << std::min(failures_, greatest_doubling)));
    // Full jitter spreads many zones; the first retry keeps to RETRY, which is what operators reckon with.
    milliseconds wait = failures_ == 0 ? wanted : std::max(retry, scaled(wanted, random_->fraction()));
    if (!expired_) {
        const auto quarter = std::chrono::duration_cast<milliseconds>(expires_ - now) / 4;
        wait = std::min(wait, std::max<milliseconds>(quarter, seconds{1}));
    }
    return wait;
}

StoredTimers RefreshState::stored(SteadyTime now, WallTime wall) const {
    StoredTimers timers;
    timers.expired = expired_;
    if (refreshed_at_)
        timers.refreshed_at = wall - std::chrono::duration_cast<milliseconds>(now - *refreshed_at_);
    if (soa_) timers.expires_at = wall + std::chrono::duration_cast<milliseconds>(expires_ - now);
    return timers;
}

}  // namespace lockstep
