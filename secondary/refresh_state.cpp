#include "secondary/refresh_state.hpp"

#include <algorithm>

namespace lockstep {
namespace {

constexpr milliseconds empty_retry_first{1000};
constexpr unsigned greatest_doubling = 3;  // RETRY × 8
constexpr double refresh_jitter = 0.10;
constexpr milliseconds least_wait{1000};             // however near the deadline is
constexpr std::chrono::hours longest_past{876'000};  // 100 years, which nanoseconds can still hold

milliseconds scaled(milliseconds time, double factor) {
    return milliseconds(static_cast<milliseconds::rep>(static_cast<double>(time.count()) * factor));
}

}  // namespace

RefreshState::RefreshState(const TimersConfig& config, Random& random) : config_(config), random_(&random) {}

void RefreshState::restored(const Soa& soa, const StoredTimers& stored, SteadyTime now, WallTime wall) {
    soa_ = soa;
    expired_ = stored.expired;
    const milliseconds until_expiry = stored.expires_at - wall;
    const bool never_refreshed = stored.refreshed_at == WallTime{};
    const bool clock_went_back = stored.refreshed_at > wall || until_expiry > soa.expire;
    if (never_refreshed || clock_went_back) {
        // How much of the lease has passed cannot be told: it begins anew, as long as it was, and we verify
        // at once.
        const milliseconds length = stored.expires_at - stored.refreshed_at;
        lease(now, never_refreshed ? soa.expire : std::clamp<milliseconds>(length, seconds{0}, soa.expire));
        refreshed_at_.reset();
        expired_ = stored.expired;
        next_check_ = now;
        return;
    }
    expires_ = now + std::max<milliseconds>(until_expiry, -longest_past);
    refreshed_at_ = now - std::min<milliseconds>(wall - stored.refreshed_at, longest_past);
    if (until_expiry <= milliseconds::zero()) expired_ = true;
    // NOTIFYs sent while we were down are lost: verify at once, however recent the last contact.
    next_check_ = now;
}

void RefreshState::confirmed(SteadyTime now, std::optional<seconds> expire_option) {
    if (!soa_) return;
    milliseconds length = soa_->expire;
    if (expire_option) {
        const auto left =
            expired_ ? milliseconds{0} : std::chrono::duration_cast<milliseconds>(expires_ - now);
        length = std::min(length, std::max<milliseconds>(*expire_option, left));
    }
    lease(now, length);
}

void RefreshState::transferred(const Soa& soa, SteadyTime now, std::optional<seconds> expire_option) {
    soa_ = soa;
    lease(now, std::min(soa.expire, expire_option.value_or(soa.expire)));
}

void RefreshState::lease(SteadyTime now, milliseconds length) {
    expired_ = false;
    failures_ = 0;
    expires_ = now + length;
    refreshed_at_ = now;
    // A lease shorter than REFRESH must not end unasked.
    next_check_ = now + within_lease(refresh_interval(), now, 2);
}

void RefreshState::failed(SteadyTime now, Fault fault) {
    if (fault == Fault::Ours) failures_ = 0;
    next_check_ = now + retry_interval(now);
    failed_at_ = now;
    if (fault == Fault::Theirs) ++failures_;
}

void RefreshState::slept(milliseconds length) {
    expires_ -= length;
    next_check_ -= length;
    if (refreshed_at_) *refreshed_at_ -= length;
}

void RefreshState::hurry(SteadyTime now) {
    failures_ = 0;
    next_check_ = now;
}

void RefreshState::told_again(SteadyTime now) {
    if (!soa_) return;
    const milliseconds retry = std::clamp(soa_->retry, config_.retry_min, config_.retry_max);
    const bool heeded = heeded_at_ != SteadyTime{} && now - heeded_at_ < retry;
    if (!heeded) heeded_at_ = now;
    check_by(std::max<SteadyTime>(now, failed_at_ + (heeded ? retry : least_wait)));
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
    if (expired_) return retry;  // nothing is served: whoever is back is asked soon
    const milliseconds most = std::min<milliseconds>(retry * (1U << greatest_doubling), config_.retry_max);
    const milliseconds wanted = std::min(most, retry * (1U << std::min(failures_, greatest_doubling)));
    // Never sooner than RETRY (RFC 1035 §3.3.13); the jitter spreads all that is beyond it.
    const milliseconds wait = retry + scaled(wanted - retry, random_->fraction());
    return within_lease(wait, now, 4);
}

milliseconds RefreshState::within_lease(milliseconds wait, SteadyTime now, int parts) const {
    const auto part = std::chrono::duration_cast<milliseconds>(expires_ - now) / parts;
    return std::min(wait, std::max(part, least_wait));
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
