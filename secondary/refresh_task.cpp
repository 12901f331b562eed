#include "secondary/refresh_task.hpp"

#include "net/blocking.hpp"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/co_spawn.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <exception>
#include <utility>

namespace lockstep {
namespace {

constexpr unsigned probe_tries = 3;
constexpr milliseconds probe_timeout{2000};
constexpr milliseconds other_probe_timeout{1000};
constexpr std::chrono::hours no_ixfr_memory{1};
constexpr milliseconds second_look{200};

}  // namespace

RefreshTask::RefreshTask(RefreshServices& services, RefreshConfig config)
    : services_(services),
      config_(std::move(config)),
      life_(services.store.zone(config_.zone)->lease),
      state_(config_.timers, services.random),
      wake_(services.context),
      expiry_(services.context) {
    if (const auto zone = held()) {
        const auto stored = services_.store.timers(config_.zone).value_or(StoredTimers{});
        state_.restored(zone->soa(), stored, services_.clock.steady_now(), services_.clock.wall_now());
        tell_lease();
    } else {
        state_.hurry(services_.clock.steady_now());
    }
}

ZonePtr RefreshTask::held() const {
    const auto served = services_.store.zone(config_.zone);
    return served && served->lease == life_ ? served->zone : nullptr;
}

void RefreshTask::stop() {
    stopped_ = true;
    wake_.cancel();
    expiry_.cancel();
}

void RefreshTask::verify_by(SteadyTime time) {
    state_.verify_at(time);
    verify_by_ = time;
}

void RefreshTask::verify_now() {
    if (std::exchange(verify_by_, std::nullopt) != state_.next_check()) return;
    state_.check_by(services_.clock.steady_now());
    wake_.cancel();
}

void RefreshTask::tell_lease() {
    life_->set_end(state_.expires_at().value_or(SteadyTime{}));
}

void RefreshTask::slept(milliseconds length) {
    slept_ += length;
    state_.slept(length);
    tell_lease();
    wake_.cancel();
    expiry_.cancel();
}

awaitable<void> RefreshTask::store_anew(std::shared_ptr<RefreshTask> self) {
    const auto pass = co_await self->turnstile_.enter();  // a check would store newer ones
    if (self->state_.has_content()) co_await self->store_timers();
}

awaitable<void> RefreshTask::store_timers() {
    ZoneTimers timers{Name(config_.zone),
                      state_.stored(services_.clock.steady_now(), services_.clock.wall_now()), life_};
    auto stored = co_await services_.timers.write(std::move(timers));
    if (stored) {
        if (told_unsaved_) services_.log.info("{}: its timers are stored again", config_.zone.to_string());
    } else if (!told_unsaved_) {
        services_.log.error("{}: not persisted: {}", config_.zone.to_string(), stored.error().text);
    }
    told_unsaved_ = !stored;
}

void RefreshTask::reconfigure(RefreshConfig config) {
    const bool other_primaries = config.primaries != config_.primaries;
    config_ = std::move(config);
    state_.reconfigure(config_.timers);
    if (other_primaries) {
        give_up("its primaries are others now");
        state_.hurry(services_.clock.steady_now());
        wake_.cancel();
    }
}

awaitable<void> RefreshTask::run(std::shared_ptr<RefreshTask> self) {
    auto& task = *self;
    while (!task.stopped_) {
        if (task.services_.clock.steady_now() >= task.state_.next_check()) {
            const auto pass = co_await task.turnstile_.enter();
            if (!task.stopped_) (void)co_await task.attempt(How::ByTimers);
        } else {
            task.wake_.expires_at(task.state_.next_check());
            (void)co_await task.wake_.async_wait(as_values);
        }
    }
}

awaitable<void> RefreshTask::watch_expiry(std::shared_ptr<RefreshTask> self) {
    auto& task = *self;
    while (!task.stopped_) {
        const auto now = task.services_.clock.steady_now();
        const auto expires = task.state_.expires_at();
        if (expires && now >= *expires) {
            co_await task.expire_now();
            continue;
        }
        auto wake = expires.value_or(SteadyTime::max());
        const auto refreshed = task.state_.refreshed_at();
        // As long as nothing has failed there is no cause for alarm, whatever part has passed.
        if (expires && refreshed && task.last_error_) {
            const auto percent = task.expiry_alarm_.due(*refreshed, *expires, now);
            if (percent) task.warn_of_expiry(*percent, *expires);
            wake = task.expiry_alarm_.next(*refreshed, *expires).value_or(wake);
        }
        task.expiry_.expires_at(wake);
        (void)co_await task.expiry_.async_wait(as_values);
    }
}

awaitable<void> RefreshTask::expire_now() {
    state_.expire();
    services_.log.error(
        "{}: expired: no primary has confirmed it for the SOA's EXPIRE; it is answered SERVFAIL until one does",
        config_.zone.to_string());
    services_.history.add({.kind = EventKind::Expired,
                           .at = services_.clock.wall_now(),
                           .zone = config_.zone.to_string(),
                           .text = "no primary has confirmed it for the SOA's EXPIRE",
                           .remedy = "see why its primaries fail; it is served again when one answers"});
    co_await publish_expired(true);
    // A check may have come to its end meanwhile.
    co_await serve_unless_expired();
    services_.changed(config_.zone);
}

void RefreshTask::warn_of_expiry(int percent, SteadyTime expires) {
    const auto left = std::chrono::ceil<seconds>(expires - services_.clock.steady_now());
    const auto text =
        fmt::format("no primary has confirmed it for {} % of the SOA's EXPIRE; it expires in {} s", percent,
                    left.count());
    services_.log.warning("{}: {}{}", config_.zone.to_string(), text,
                          last_error_ ? "; the last error: " + to_string(*last_error_) : std::string());
    services_.history.add(
        {.kind = EventKind::Expiring,
         .at = services_.clock.wall_now(),
         .zone = config_.zone.to_string(),
         .text = text,
         .remedy = "see why its primaries fail ('doctor'), before it is answered SERVFAIL"});
}

awaitable<void> RefreshTask::publish_expired(bool expired) {
    auto work = [&store = services_.store, zone = config_.zone, expired, life = life_] {
        return store.set_expired(zone, expired, life);
    };
    auto stored = co_await run_blocking(&services_.transfer.prompt_pool, work);
    if (!stored) services_.log.error("{}: {}", config_.zone.to_string(), stored.error().text);
}

awaitable<void> RefreshTask::serve_unless_expired() {
    expiry_alarm_.reset();
    expiry_.cancel();  // the deadline is another one now
    const auto served = services_.store.zone(config_.zone);
    if (served && served->expired && !state_.expired()) co_await publish_expired(false);
}

void RefreshTask::notified(const Endpoint& from, std::optional<Serial> serial) {
    const auto sender =
        std::find_if(config_.primaries.begin(), config_.primaries.end(),
                     [&](const PeerConfig& primary) { return primary.address.address == from.address; });
    if (sender == config_.primaries.end()) return;
    services_.history.add({.kind = EventKind::NotifyIn,
                           .at = services_.clock.wall_now(),
                           .zone = config_.zone.to_string(),
                           .peer = sender->name,
                           .serial = serial});
    const auto zone = held();
    if (serial) note_primary_serial(*sender, *serial);
    if (zone && serial && !state_.expired() && !is_newer(*serial, zone->serial())) return;
    const bool news = !serial || !pending_ || !pending_serial_ || is_newer(*serial, *pending_serial_);
    notified_by_ = sender->name;
    pending_ = checking_ || serial;
    if (!checking_ || news) pending_serial_ = serial;
    if (checking_) {
        // Not from one who announced the same: it is about to answer.
        if (asking_ != sender->name && (news || asking_ != announced_by_))
            give_up(fmt::format("{} has something newer", sender->name));
        if (news) announced_by_ = sender->name;
        return;
    }
    announced_by_ = sender->name;
    const auto now = services_.clock.steady_now();
    // The first word of a serial resets the back-off; a flood of the same does not.
    if (state_.failures() > 0 && serial && announced_ == serial) {
        state_.told_again(now);
        wake_.cancel();
        return;
    }
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
    const bool current = co_await self->attempt(how);
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

awaitable<bool> RefreshTask::attempt(How how) {
    std::string thrown;
    try {
        const bool current = co_await check_primaries(how);
        services_.changed(config_.zone);
        co_return current;
    } catch (const std::exception& exception) {
        thrown = exception.what();
    }
    checking_ = false;
    Failure failure{.at = services_.clock.wall_now(),
                    .stage = Stage::Apply,
                    .peer = primary_.value_or(""),
                    .zone = config_.zone.to_string(),
                    .text = "the check could not be carried out: " + thrown,
                    .remedy =
                        "give the daemon more memory, or lower limits.transfers_in_memory and "
                        "transfer_in_octets; what we have stays served"};
    services_.log.error("{}", to_string(failure));
    services_.history.add(event_of(failure));
    last_error_ = std::move(failure);
    state_.failed(services_.clock.steady_now(), RefreshState::Fault::Ours);
    services_.changed(config_.zone);
    co_return false;
}

awaitable<bool> RefreshTask::check_primaries(How how) {
    const auto held_before = held();
    const bool told_of_change = notified_by_.has_value();
    checking_ = true;
    turned_away_.clear();
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
            const auto verdict = co_await ask_one(primary, how, confirmed ? Ask::Transfer : ask);
            current = verdict == Verdict::Current;
            if (gave_up_) break;
            const bool looked_around = how == How::Whole || ask == Ask::Transfer || held() != before;
            if (stopped_ || (current && looked_around)) break;
        }
        if (std::exchange(gave_up_, false)) continue;
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
        const bool ours = last_error_ && last_error_->stage == Stage::Store;
        state_.failed(services_.clock.steady_now(),
                      ours ? RefreshState::Fault::Ours : RefreshState::Fault::Theirs);
        expiry_.cancel();  // there may be something to tell
    }
    co_return current;
}

awaitable<RefreshTask::Verdict> RefreshTask::ask_one(PeerConfig primary, How how, Ask ask) {
    asking_ = primary.name;
    answered_ = false;
    auto outcome = co_await asio::co_spawn(
        services_.context, check_one(primary, how, ask),
        asio::bind_cancellation_slot(give_up_.slot(), asio::as_tuple(asio::use_awaitable)));
    asking_.reset();
    auto& [thrown, verdict] = outcome;
    if (gave_up_) co_return Verdict::Failed;
    if (thrown) std::rethrow_exception(thrown);
    co_return verdict;
}

void RefreshTask::give_up(std::string_view reason) {
    if (!asking_ || answered_ || gave_up_ || !turned_away_.insert(*asking_).second) return;
    services_.log.info("{}: gave up waiting for {}: {}", config_.zone.to_string(), *asking_, reason);
    gave_up_ = true;
    give_up_.emit(asio::cancellation_type::terminal);
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
    const Name name(config_.zone);
    auto in = co_await transfer_in(&services_.transfer, primary, name, held_soa, last_octets, config_.limits,
                                   &answered_);
    const auto ixfr_rcode = in ? in->ixfr_rcode : in.error().ixfr_rcode;
    if (ixfr_rcode == Rcode::NOTIMP || ixfr_rcode == Rcode::FORMERR) {
        no_ixfr_[primary.name] = services_.clock.steady_now() + no_ixfr_memory;
    }
    const auto asked = held_soa ? RrType::IXFR : RrType::AXFR;
    if (!in) {
        count_failure(asked, in.error().failure.stage);
        co_return fail(primary, std::move(in.error().failure));
    }
    auto verdict = co_await take_outcome(primary, std::move(*in), how);
    if (verdict == Verdict::Failed) count_failure(asked, Stage::Apply);
    co_return verdict;
}

void RefreshTask::count_failure(RrType asked, Stage stage) {
    auto& counters = services_.counters.in(asked);
    const bool refused = stage == Stage::Acl || stage == Stage::Tsig;
    (refused ? counters.refused : counters.failed).add();
}

awaitable<std::optional<RefreshTask::Verdict>> RefreshTask::probe(PeerConfig primary) {
    const Name name(config_.zone);  // which may be reconfigured meanwhile
    auto probed =
        co_await probe_soa(services_.transfer.exchange, primary,
                           services_.transfer.primaries.source_to(primary), name, probe_tries, probe_timeout);
    if (!probed) co_return std::nullopt;  // TCP will tell why, or get through
    note_primary_serial(primary, probed->serial);
    const auto zone = held();
    if (!zone || is_newer(probed->serial, zone->serial())) co_return std::nullopt;
    auto verdict = co_await confirm(primary, probed->serial, probed->expire);
    co_return verdict;
}

awaitable<bool> RefreshTask::has_newer(PeerConfig primary) {
    const Name name(config_.zone);
    const auto probed =
        co_await probe_soa(services_.transfer.exchange, primary,
                           services_.transfer.primaries.source_to(primary), name, 1, other_probe_timeout);
    if (!probed) {
        services_.log.debug("{}", to_string(probed.error()));
        services_.history.add(event_of(probed.error()));
        co_return false;
    }
    note_primary_serial(primary, probed->serial);
    const auto zone = held();
    if (zone && is_newer(zone->serial(), probed->serial)) {
        services_.log.info("{}: {} ({}) is behind: it serves {}, and we {}", config_.zone.to_string(),
                           primary.name, primary.address.to_string(), to_string(probed->serial),
                           to_string(zone->serial()));
    }
    co_return zone&& is_newer(probed->serial, zone->serial());
}

RefreshTask::Verdict RefreshTask::fail(const PeerConfig& primary, Failure failure) {
    if (gave_up_) return Verdict::Failed;  // it was not given the time to answer
    // Once an episode at warning; the further attempts of the same episode at debug.
    const auto held_back = told_ ? std::nullopt : services_.failures.admit(failure);
    if (held_back) {
        services_.log.warning("{}{}", to_string(failure), held_back_text(*held_back));
    } else {
        services_.log.debug("{}", to_string(failure));
    }
    told_ = told_ || config_.primaries.back().name == primary.name || config_.primaries.size() == 1;
    services_.history.add(event_of(failure));
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

bool RefreshTask::behind() const {
    const auto zone = held();
    return zone && primary_serial_ && is_newer(*primary_serial_, zone->serial());
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
        status.lag_seconds =
            behind() && newer_since_ ? std::chrono::duration<double>(now - *newer_since_).count() : 0.0;
    }
    if (const auto refreshed = state_.refreshed_at()) status.refreshed_at = to_wall(*refreshed);
    status.next_refresh_at = to_wall(state_.next_check());
    if (const auto expires = state_.expires_at()) status.expires_at = to_wall(*expires);
    status.last_transfer = last_transfer_;
    status.last_error = last_error_;
    return status;
}

}  // namespace lockstep
