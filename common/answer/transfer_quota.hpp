#pragma once
// How many transfers out run at once, in all and for one peer.

#include "base/endpoint.hpp"

#include <map>
#include <mutex>
#include <optional>
#include <utility>

namespace lockstep {

/// Shared by all handlers; outlives the streams that they made. Threads: any.
class TransferQuota {
public:
    /// A place taken, given back with its end. Move-only.
    class Slot {
    public:
        Slot(Slot&& other) noexcept : quota_(std::exchange(other.quota_, nullptr)), peer_(other.peer_) {}
        Slot& operator=(Slot&&) = delete;
        ~Slot();

    private:
        friend class TransferQuota;
        Slot(TransferQuota* quota, const IpAddress& peer) : quota_(quota), peer_(peer) {}
        TransferQuota* quota_;
        IpAddress peer_;
    };

    /// Nothing where `in_all` run already, or `per_peer` to this one.
    [[nodiscard]] std::optional<Slot> acquire(const IpAddress& peer, unsigned in_all, unsigned per_peer);
    [[nodiscard]] unsigned running() const;

private:
    mutable std::mutex mutex_;
    unsigned running_ = 0;
    std::map<IpAddress, unsigned> by_peer_;
};

}  // namespace lockstep
