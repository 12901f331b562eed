#pragma once
// When a secondary asks next, and when what it has is no longer good: times in, next step out. PURE: no
// clock, no I/O.
//
//            check ok, serial not older                       deadline passed
//   Fresh ◀──────────────────────────── Retrying ─────────────────────────────▶ Expired
//     │  REFRESH passed, check fails ▲     │ RETRY, doubling, full jitter            │ tried on as Retrying;
//     └──────────────────────────────┘     └──▶ Retrying                            └──▶ Fresh by any content
//
// Threads: a value, one owner. Limits: TimersConfig's clamps. Standards: RFC 1035 §3.3.13, RFC 7314 §4,
// TRANSFER.md "Refresh".

#include "base/clock.hpp"
#include "base/random.hpp"
#include "config/limits.hpp"
#include "rdata/soa.hpp"
#include "store/zone_store.hpp"

#include <algorithm>
#include <optional>

namespace lockstep {

class RefreshState {
public:
    /// A zone without content. `random` outlives the state.
    RefreshState(const TimersConfig& config, Random& random);

    /// Content from before a restart. Times in the future of `wall`, or a clock that went back, mean: ask at
    /// once. A restart never un-expires a zone.
    void restored(const Soa& soa, const StoredTimers& stored, SteadyTime now, WallTime wall);

    /// A primary's serial equals ours: the lease begins anew; with EDNS EXPIRE it ends at the later of that
    /// and now's end, never above SOA EXPIRE (RFC 7314 §4).
    void confirmed(SteadyTime now, std::optional<seconds> expire_option);
    /// New content is served; with EDNS EXPIRE the lease is what the option says, never above SOA EXPIRE.
    void transferred(const Soa& soa, SteadyTime now, std::optional<seconds> expire_option);
    enum class Fault { Theirs, Ours };
    /// No primary could confirm or renew what we have. Ours (a disk that is full, say): tried again every
    /// RETRY, without doubling, as no primary is spared by waiting longer.
    void failed(SteadyTime now, Fault fault = Fault::Theirs);
    /// The machine was suspended for so long, in which the steady clock stood still: all that was to come is
    /// nearer by it.
    void slept(milliseconds length);
    /// Ask as soon as possible, back-off forgotten: a newer serial was announced, or an operator wants it.
    void hurry(SteadyTime now);
    /// A primary repeats what it announced before, and checks have failed since: it may be reached again, so
    /// it is asked at once, a second after the last failure at the earliest. So much once a RETRY; when it
    /// repeats it more often, the next check comes RETRY after the last.
    void told_again(SteadyTime now);
    /// Ask at `time` at the latest; the back-off stays.
    void check_by(SteadyTime time) { next_check_ = std::min(next_check_, time); }
    /// After a restart: verify at `time` rather than at once, where there is content that is good until then.
    void verify_at(SteadyTime time) {
        if (soa_ && !expired_ && time < expires_) next_check_ = time;
    }
    /// The deadline has been acted upon.
    void expire() { expired_ = true; }
    void reconfigure(const TimersConfig& config) { config_ = config; }

    [[nodiscard]] SteadyTime next_check() const { return next_check_; }
    /// Nothing while there is no content, or it is expired already.
    [[nodiscard]] std::optional<SteadyTime> expires_at() const;
    [[nodiscard]] bool expired() const { return expired_; }
    [[nodiscard]] bool has_content() const { return soa_.has_value(); }
    [[nodiscard]] unsigned failures() const { return failures_; }
    [[nodiscard]] std::optional<SteadyTime> refreshed_at() const { return refreshed_at_; }
    /// How long the content is good from `now`, for downstreams (RFC 7314 §3); 0 once expired.
    [[nodiscard]] seconds remaining(SteadyTime now) const;

    /// What to store, in wall-clock time.
    [[nodiscard]] StoredTimers stored(SteadyTime now, WallTime wall) const;

private:
    void lease(SteadyTime now, milliseconds length);
    [[nodiscard]] milliseconds refresh_interval();
    [[nodiscard]] milliseconds retry_interval(SteadyTime now);
    /// `wait`, but no more than a part of what is left of the lease, and that no less than a second.
    [[nodiscard]] milliseconds within_lease(milliseconds wait, SteadyTime now, int parts) const;

    TimersConfig config_;
    Random* random_;
    std::optional<Soa> soa_;
    bool expired_ = false;
    unsigned failures_ = 0;
    SteadyTime failed_at_{};
    SteadyTime heeded_at_{};  // when told_again() last asked at once
    SteadyTime next_check_{};
    SteadyTime expires_{};
    std::optional<SteadyTime> refreshed_at_;
};

}  // namespace lockstep
