#include "secondary/refresh_task.hpp"

#include "net/blocking.hpp"
#include "zone/changeset.hpp"
#include "zone/checks.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace lockstep {
namespace {

constexpr unsigned probe_tries = 3;
constexpr milliseconds probe_timeout{2000};
constexpr milliseconds other_probe_timeout{1000};
constexpr std::chrono::hours no_ixfr_memory{1};
constexpr milliseconds second_look{200};
constexpr std::size_t applied_at_once = 4096;  // octets of changes, which take some 50 µs

std::string first_error(const std::vector<ZoneCheck>& checks) {
    for (const auto& check : checks) {
        if (check.severity == ZoneCheck::Severity::Error) return check.text;
    }
    return {};
}

/// All of `changes` applied in order, and what they come to as one.
struct Stepped {
    ZonePtr zone;
    std::shared_ptr<const ChangeSet> changes;
};
Result<Stepped> apply_all(ZonePtr base, const std::vector<ChangeSet>& sequence) {
    std::vector<const ChangeSet*> steps;
    for (const auto& changes : sequence) {
        DNS_TRY_ASSIGN(base, apply_changes(base, changes));
        steps.push_back(&changes);
    }
    auto all = std::make_shared<const ChangeSet>(steps.size() == 1 ? *steps.front() : condense(steps));
    if (auto wrong = first_error(check_changed(*base, all->added)); !wrong.empty())
        return fail(ErrorCode::Invalid, std::move(wrong));
    return Stepped{std::move(base), std::move(all)};
}

}  // namespace

RefreshTask::RefreshTask(RefreshServices& services, RefreshConfig config)
    : services_(services),
      config_(std::move(config)),
      state_(config_.timers, services.random),
      wake_(services.context),
      expiry_(services.context) {
    if (const auto zone = held()) {
        const auto stored = services_.store.timers(config_.zone).value_or(StoredTimers{});
        state_.restored(zone->soa(), stored, services_.clock.steady_now(), services_.clock.wall_now());
    } else {
        state_.hurry(services_.clock.steady_now());
    }
}

ZonePtr RefreshTask::held() const {
    const auto served = services_.store.zone(config_.zone);
    return served ? served->zone : nullptr;
}

void RefreshTask::stop() {
    stopped_ = true;
    wake_.cancel();
    expiry_.cancel();
}

void RefreshTask::reconfigure(RefreshConfig config) {
    const bool other_primaries = config.primaries != config_.primaries;
    config_ = std::move(config);
    state_.reconfigure(config_.timers);
    if (other_primaries) {
        state_.hurry(services_.clock.steady_now());
        wake_.cancel();
    }
}

awaitable<void> RefreshTask::run(std::shared_ptr<RefreshTask> self) {
    auto& task = *self;
    while (!task.stopped_) {
        if (task.services_.clock.steady_now() >= task.state_.next_check()) {
            const auto pass = co_await task.turnstile_.enter();
            if (!task.stopped_) (void)co_await task.check_primaries(How::ByTimers);
        } else {
            task.wake_.expires_at(task.state_.next_check());
            (void)co_await task.wake_.async_wait(as_values);
        }
    }
}

awaitable<void> RefreshTask::watch_expiry(std::shared_ptr<RefreshTask> self) {
    auto& task = *self;
    while (!task.stopped_) {
        const auto expires = task.state_.expires_at();
        if (expires && task.services_.clock.steady_now() >= *expires) {
            co_await task.expire_now();
        } else {
            task.expiry_.expires_at(expires.value_or(SteadyTime::max()));
            (void)co_await task.expiry_.async_wait(as_values);
        }
    }
}

awaitable<void> RefreshTask::expire_now() {
    state_.expire();
    services_.log.error(
        "{}: expired: no primary has confirmed it for the SOA's EXPIRE; it is answered SERVFAIL until one does",
        config_.zone.to_string());
    co_await publish_expired(true);
    // A check may have come to its end meanwhile.
    co_await serve_unless_expired();
}

awaitable<void> RefreshTask::publish_expired(bool expired) {
    auto work = [&store = services_.store, zone = config_.zone, expired] {
        return store.set_expired(zone, expired);
    };
    auto stored = co_await run_blocking(&services_.transfer.pool, work);
    if (!stored) services_.log.error("{}: {}", config_.zone.to_string(), stored.error().text);
}

awaitable<void> RefreshTask::serve_unless_expired() {
    expiry_.cancel();  // the deadline is another one now
    const auto served = services_.store.zone(config_.zone);
    if (served && served->expired && !state_.expired()) co_await publish_expired(false);
}

void RefreshTask::notified(const Endpoint& from, std::optional<Serial> serial) {
    const auto sender =
        std::find_if(config_.primaries.begin(), config_.primaries.end(),
                     [&](const PeerConfig& primary) { return primary.address.address == from.address; });
    if (sender == config_.primaries.end()) return;
    const auto zone = held();
    if (serial) note_primary_serial(*sender, *serial);
    if (zone && serial && !state_.expired() && !is_newer(*serial, zone->serial())) return;
    notified_by_ = sender->name;
    pending_ = checking_ || serial;
    pending_serial_ = serial;
    if (checking_) return;
    // The first word of a serial resets the back-off; a flood of the same does not.
    if (state_.failures() > 0 && serial && announced_ == serial) return;
    const auto now = services_.clock.steady_now();
    const bool again = !serial || announced_ == serial;
    const auto not_before = in_vain_.value_or(SteadyTime{}) + config_.timers.retry_min;
    announced_ = serial;
    if (again && in_vain_ && now < not_before) {
        // We have just looked, and it was not there: once more in a while, however often we are told.
        state_.check_by(not_before);
    } else {
        state_.hurry(now);
    }
    wake_.cancel();
}

awaitable<std::optional<Failure>> RefreshTask::check(std::shared_ptr<RefreshTask> self, How how) {
    const auto pass = co_await self->turnstile_.enter();
    self->state_.hurry(self->services_.clock.steady_now());
    const bool current = co_await self->check_primaries(how);
    self->wake_.cancel();
    if (current) co_return std::nullopt;
    co_return self->last_error_;
}

std::vector<PeerConfig> RefreshTask::in_order() const {
    auto order = config_.primaries;
    const auto front = [&](const std::optional<std::string>& name) {
        std::stable_partition(order.begin(), order.end(),
                              [&](const PeerConfig& one) { return name && one.name == *name; });
    };
    front(primary_);
    front(notified_by_);
    return order;
}

awaitable<bool> RefreshTask::check_primaries(How how) {
    const auto held_before = held();
    const bool told_of_change = notified_by_.has_value();
    checking_ = true;
    if (!told_of_change) pending_ = false;
    bool current = false;
    bool looked_again = false;
    while (!stopped_) {
        const auto before = held();
        const auto order = in_order();
        const auto ask = notified_by_ ? Ask::Transfer : Ask::Cheapest;
        notified_by_.reset();
        current = false;
        for (const auto& primary : order) {
            // Who confirms what we hold may be stale itself: so the others are asked whether they have newer.
            const bool confirmed = current;
            if (confirmed) {
                const bool newer = co_await has_newer(primary);
                if (!newer) continue;
            }
            const auto verdict = co_await check_one(primary, how, confirmed ? Ask::Transfer : ask);
            current = verdict == Verdict::Current;
            const bool looked_around = how == How::Whole || ask == Ask::Transfer || held() != before;
            if (stopped_ || (current && looked_around)) break;
        }
        // Told of a change meanwhile, and we do not have it yet?
        const auto zone = held();
        const bool waiting =
            pending_ && zone && (!pending_serial_ || is_newer(*pending_serial_, zone->serial()));
        if (!waiting) break;
        if (before != zone) {
            if (!pending_serial_) pending_ = false;  // it named no serial: one look is what it asks for
            continue;
        }
        // The message may have run ahead of its SOA: one more look, and no further.
        if (looked_again) break;
        looked_again = true;
        asio::steady_timer pause(services_.context, second_look);
        (void)co_await pause.async_wait(as_values);
    }
    checking_ = false;
    in_vain_.reset();
    if (told_of_change && held() == held_before) in_vain_ = services_.clock.steady_now();
    if (current) {
        last_error_.reset();
        if (told_)
            services_.log.info("{}: in step again with {}", config_.zone.to_string(),
                               primary_.value_or("its primary"));
        told_ = false;
    } else {
        state_.failed(services_.clock.steady_now());
    }
    co_return current;
}

awaitable<RefreshTask::Verdict> RefreshTask::check_one(PeerConfig primary, How how, Ask ask) {
    const auto zone = held();
    const auto refused_until = no_ixfr_.find(primary.name);
    const bool knows_ixfr =
        refused_until == no_ixfr_.end() || refused_until->second < services_.clock.steady_now();
    const bool whole = how == How::Whole || !zone || state_.expired();
    if (!whole &&
        (!knows_ixfr || (ask == Ask::Cheapest && !services_.transfer.primaries.has_idle(primary)))) {
        // A plain SOA query tells whether there is anything to fetch.
        const auto verdict = co_await probe(primary);
        if (verdict) co_return *verdict;
    }
    std::optional<Soa> held_soa;
    if (!whole && knows_ixfr) held_soa = zone->soa();
    const auto last_octets = zone ? zone->wire_octets() : 0;
    auto in = co_await transfer_in(&services_.transfer, primary, config_.zone, held_soa, last_octets,
                                   config_.limits);
    const auto ixfr_rcode = in ? in->ixfr_rcode : in.error().ixfr_rcode;
    if (ixfr_rcode == Rcode::NOTIMP || ixfr_rcode == Rcode::FORMERR) {
        no_ixfr_[primary.name] = services_.clock.steady_now() + no_ixfr_memory;
    }
    if (!in) co_return fail(primary, std::move(in.error().failure));
    auto verdict = co_await take_outcome(primary, std::move(*in), how);
    co_return verdict;
}

awaitable<std::optional<RefreshTask::Verdict>> RefreshTask::probe(PeerConfig primary) {
    auto soa = co_await probe_soa(&services_.transfer.exchange, primary,
                                  services_.transfer.primaries.source_to(primary), config_.zone, probe_tries,
                                  probe_timeout);
    if (!soa) co_return std::nullopt;  // TCP will tell why, or get through
    note_primary_serial(primary, soa->serial);
    const auto zone = held();
    if (!zone || is_newer(soa->serial, zone->serial())) co_return std::nullopt;
    auto verdict = co_await confirm(primary, soa->serial, std::nullopt);
    co_return verdict;
}

awaitable<bool> RefreshTask::has_newer(PeerConfig primary) {
    const auto soa = co_await probe_soa(&services_.transfer.exchange, primary,
                                        services_.transfer.primaries.source_to(primary), config_.zone, 1,
                                        other_probe_timeout);
    if (!soa) {
        services_.log.debug("{}", to_string(soa.error()));
        co_return false;
    }
    note_primary_serial(primary, soa->serial);
    const auto zone = held();
    if (zone && is_newer(zone->serial(), soa->serial)) {
        services_.log.info("{}: {} ({}) is behind: it serves {}, and we {}", config_.zone.to_string(),
                           primary.name, primary.address.to_string(), to_string(soa->serial),
                           to_string(zone->serial()));
    }
    co_return zone&& is_newer(soa->serial, zone->serial());
}

awaitable<RefreshTask::Verdict> RefreshTask::confirm(PeerConfig primary, Serial theirs,
                                                     std::optional<seconds> expire) {
    const auto zone = held();
    if (!zone) co_return Verdict::Failed;
    if (theirs != zone->serial()) {
        (void)fail(
            primary,
            failure_of(
                primary, Stage::Check,
                fmt::format("serial {} there is not newer than {} here (RFC 1982)", to_string(theirs),
                            to_string(zone->serial())),
                "raise the serial on the primary above ours, or run 'retransfer' here to take its version"));
        co_return Verdict::Stale;
    }
    state_.confirmed(services_.clock.steady_now(), expire);
    primary_ = primary.name;
    primary_serial_ = theirs;
    newer_since_.reset();
    auto work = [&store = services_.store, name = config_.zone,
                 timers = state_.stored(services_.clock.steady_now(), services_.clock.wall_now())] {
        return store.store_timers(name, timers);
    };
    auto stored = co_await run_blocking(&services_.transfer.pool, work);
    if (!stored) services_.log.error("{}: {}", config_.zone.to_string(), stored.error().text);
    co_await serve_unless_expired();
    co_return Verdict::Current;
}

awaitable<RefreshTask::Verdict> RefreshTask::take_outcome(PeerConfig primary, TransferredIn in, How how) {
    const auto before = held();
    const std::string from = before ? to_string(before->serial()) : "none";
    if (const auto* same = std::get_if<UpToDate>(&in.outcome)) {
        note_primary_serial(primary, same->soa.serial);
        auto verdict = co_await confirm(primary, same->soa.serial, in.expire);
        co_return verdict;
    }
    auto candidate = std::make_shared<Candidate>();
    if (auto* whole = std::get_if<WholeZone>(&in.outcome)) {
        candidate->zone = std::move(whole->zone);
        candidate->breaks_history = how == How::Whole || state_.expired();
        const bool any_serial = !before || how == How::Whole || state_.expired();
        if (!any_serial && !is_newer(candidate->zone->serial(), before->serial())) {
            note_primary_serial(primary, candidate->zone->serial());
            auto verdict = co_await confirm(primary, candidate->zone->serial(), in.expire);
            co_return verdict;
        }
    } else {
        const auto& changes = std::get<Changes>(in.outcome).sequence;
        std::size_t octets = 0;
        for (const auto& step : changes)
            octets += step.wire_octets();
        auto work = [before, &changes] { return apply_all(before, changes); };
        Result<Stepped> stepped = lockstep::fail(ErrorCode::Invalid, "not applied");
        if (octets <= applied_at_once) {
            stepped = work();  // handing it to the pool and back would take longer
        } else {
            stepped = co_await run_blocking(&services_.transfer.pool, work);
        }
        if (!stepped) {
            // The changes do not fit what we hold: take the zone whole, once, from the same primary.
            services_.log.warning("{}: IXFR from {} does not apply ({}); asking AXFR",
                                  config_.zone.to_string(), primary.name, stepped.error().text);
            auto again = co_await transfer_in(&services_.transfer, primary, config_.zone, std::nullopt,
                                              before ? before->wire_octets() : 0, config_.limits);
            if (!again) co_return fail(primary, std::move(again.error().failure));
            auto verdict = co_await take_outcome(primary, std::move(*again), How::ByTimers);
            co_return verdict;
        }
        candidate->zone = std::move(stepped->zone);
        candidate->changes = std::move(stepped->changes);
    }
    note_primary_serial(primary, candidate->zone->serial());
    const auto now = services_.clock.steady_now();
    auto next = state_;
    next.transferred(candidate->zone->soa(), now, in.expire);
    candidate->timers = next.stored(now, services_.clock.wall_now());
    const auto zone = candidate->zone;
    if (stopped_) co_return Verdict::Failed;
    auto work = [&store = services_.store, name = config_.zone, candidate]() -> Result<ServedZonePtr> {
        if (!candidate->changes) {  // else they were checked when they were applied
            if (auto wrong = first_error(check_transferred(*candidate->zone)); !wrong.empty())
                return lockstep::fail(ErrorCode::Invalid, std::move(wrong));
        }
        return store.commit(name, std::move(*candidate));
    };
    auto committed = co_await run_blocking(&services_.transfer.pool, work);
    if (!committed) {
        const bool content = committed.error().code == ErrorCode::Invalid;
        co_return fail(primary,
                       failure_of(primary, content ? Stage::Check : Stage::Store, committed.error().text,
                                  content ? "mend the zone on the primary; what we have stays served"
                                          : "check the state directory: space, permissions, disk"));
    }
    state_ = next;
    primary_ = primary.name;
    newer_since_.reset();
    co_await serve_unless_expired();
    last_transfer_ = TransferSummary{.kind = to_string(in.kind),
                                     .primary = primary.name,
                                     .at = services_.clock.wall_now(),
                                     .seconds = std::chrono::duration<double>(in.duration).count(),
                                     .messages = in.counts.messages,
                                     .octets = in.counts.octets};
    services_.log.info("{}: {} from {} ({}): serial {} -> {}, {:.3f} s, {} messages, {} octets",
                       config_.zone.to_string(), to_string(in.kind), primary.name,
                       primary.address.to_string(), from, to_string(zone->serial()), last_transfer_->seconds,
                       in.counts.messages, in.counts.octets);
    if (in.counts.out_of_zone > 0) {
        services_.log.warning("{}: {} sent {} records outside the zone, dropped; the first at {}",
                              config_.zone.to_string(), primary.name, in.counts.out_of_zone,
                              in.counts.first_out_of_zone ? in.counts.first_out_of_zone->to_string() : "?");
    }
    co_return Verdict::Current;
}

RefreshTask::Verdict RefreshTask::fail(const PeerConfig& primary, Failure failure) {
    // Once an episode at warning; the further attempts of the same episode at debug.
    if (told_) {
        services_.log.debug("{}", to_string(failure));
    } else {
        services_.log.warning("{}", to_string(failure));
    }
    told_ = told_ || config_.primaries.back().name == primary.name || config_.primaries.size() == 1;
    last_error_ = std::move(failure);
    return Verdict::Failed;
}

Failure RefreshTask::failure_of(const PeerConfig& primary, Stage stage, std::string text,
                                std::string remedy) const {
    return {.at = services_.clock.wall_now(),
            .stage = stage,
            .peer = primary.name,
            .zone = config_.zone.to_string(),
            .text = std::move(text),
            .remedy = std::move(remedy)};
}

void RefreshTask::note_primary_serial(const PeerConfig& primary, Serial serial) {
    if (!primary_serial_ || is_newer(serial, *primary_serial_) || primary_ == primary.name)
        primary_serial_ = serial;
    const auto zone = held();
    const bool newer = !zone || is_newer(serial, zone->serial());
    if (newer && !newer_since_) newer_since_ = services_.clock.steady_now();
}

InboundStatus RefreshTask::status() const {
    const auto now = services_.clock.steady_now();
    const auto wall = services_.clock.wall_now();
    const auto to_wall = [&](SteadyTime time) {
        return wall + std::chrono::duration_cast<milliseconds>(time - now);
    };
    InboundStatus status;
    status.primary = primary_;
    status.primary_serial = primary_serial_;
    const auto zone = held();
    if (zone && primary_serial_) {
        const bool behind = is_newer(*primary_serial_, zone->serial());
        status.lag_seconds =
            behind && newer_since_ ? std::chrono::duration<double>(now - *newer_since_).count() : 0.0;
    }
    if (const auto refreshed = state_.refreshed_at()) status.refreshed_at = to_wall(*refreshed);
    status.next_refresh_at = to_wall(state_.next_check());
    if (const auto expires = state_.expires_at()) status.expires_at = to_wall(*expires);
    status.last_transfer = last_transfer_;
    status.last_error = last_error_;
    return status;
}

}  // namespace lockstep
