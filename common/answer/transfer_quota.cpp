#include "answer/transfer_quota.hpp"

namespace lockstep {

TransferQuota::Slot::~Slot() {
    if (quota_ == nullptr) return;
    const std::lock_guard lock(quota_->mutex_);
    --quota_->running_;
    const auto at = quota_->by_peer_.find(peer_);
    if (--at->second == 0) quota_->by_peer_.erase(at);
}

std::optional<TransferQuota::Slot> TransferQuota::acquire(const IpAddress& peer, unsigned in_all,
                                                          unsigned per_peer) {
    const std::lock_guard lock(mutex_);
    if (running_ >= in_all) return std::nullopt;
    const auto at = by_peer_.try_emplace(peer, 0U).first;
    if (at->second >= per_peer) {
        if (at->second == 0) by_peer_.erase(at);
        return std::nullopt;
    }
    ++at->second;
    ++running_;
    return Slot(this, peer);
}

unsigned TransferQuota::running() const {
    const std::lock_guard lock(mutex_);
    return running_;
}

}  // namespace lockstep
