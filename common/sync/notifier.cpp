#include "sync/notifier.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace lockstep {
namespace {

/// The value of the attempt, the last one for all that come after.
milliseconds at_attempt(const std::vector<milliseconds>& times, std::size_t attempt) {
    return times[std::min(attempt, times.size() - 1)];
}

}  // namespace

Notifier::Notifier(asio::io_context& context, ExchangeContext exchange, const ZoneStore& store,
                   Ledger& ledger, History& history, SyncCounters& counters, Log& log,
                   std::vector<Endpoint> listen, Origin origin, NotifyTiming timing)
    : context_(context),
      exchange_(exchange),
      store_(store),
      ledger_(ledger),
      history_(history),
      counters_(counters),
      log_(log),
      failures_(exchange.clock),
      listen_(std::move(listen)),
      origin_(origin),
      timing_(std::move(timing)),
      gate_(context, log),
      look_timer_(context) {}

void Notifier::kick(NameView zone, Whom whom) {
    const auto entries = ledger_.entries(zone);
    if (entries.empty() && !follows_.contains(zone)) return;
    auto& follows = follows_[zone];
    std::erase_if(follows, [&](const FollowPtr& follow) {
        const bool stays = std::any_of(entries.begin(), entries.end(),
                                       [&](const LedgerEntry& entry) { return entry.peer == follow->peer; });
        if (stays) return false;
        follow->removed = true;
        follow->wake.cancel();
        forget_look(*follow);
        return true;
    });
    for (const auto& entry : entries) {
        const auto known = std::find_if(follows.begin(), follows.end(),
                                        [&](const FollowPtr& follow) { return follow->peer == entry.peer; });
        const FollowPtr follow =
            known != follows.end()
                ? *known
                : follows.emplace_back(std::make_shared<Follow>(zone, entry.peer, context_));
        const bool in_hand = follow->running || ledger_.state(zone, entry) == PeerState::InSync;
        if (whom == Whom::OutOfStep && in_hand) continue;
        follow->notify_wanted = true;
        start(follow);
    }
    wake_waiters();
}

void Notifier::look(NameView zone) {
    const auto at = follows_.find(zone);
    if (at == follows_.end()) return;
    for (const auto& follow : at->second) {
        follow->probe_wanted = true;
        start(follow);
    }
}

void Notifier::start(const FollowPtr& follow) {
    forget_look(*follow);
    if (follow->running) {
        follow->wake.cancel();
    } else {
        follow->running = true;
        gate_.spawn(this->follow(follow));
    }
}

void Notifier::look_later(const FollowPtr& follow) {
    const auto served = store_.zone(follow->zone);
    if (!served || !served->zone) return;
    const auto refresh =
        std::clamp<milliseconds>(served->zone->soa().refresh, timing_.least_look, timing_.most_look);
    const auto jitter =
        std::chrono::duration_cast<milliseconds>(refresh * (0.1 * exchange_.random.fraction()));
    follow->next_look = looks_.emplace(std::chrono::steady_clock::now() + refresh - jitter, follow);
    if (follow->next_look == looks_.begin()) set_look_timer();
}

void Notifier::forget_look(Follow& follow) {
    if (follow.next_look) looks_.erase(*follow.next_look);
    follow.next_look.reset();
    if (looks_.empty()) look_timer_.cancel();
}

void Notifier::set_look_timer() {
    if (looks_.empty()) return;
    look_timer_.expires_at(looks_.begin()->first);
    look_timer_.async_wait([this](const boost::system::error_code& error) {
        if (error) return;  // set anew
        while (!looks_.empty() && looks_.begin()->first <= std::chrono::steady_clock::now()) {
            const FollowPtr due = looks_.begin()->second;
            due->probe_wanted = true;
            start(due);
        }
        set_look_timer();
    });
}

void Notifier::peer_active(NameView zone, const Endpoint& peer) {
    const auto at = follows_.find(zone);
    if (at == follows_.end()) return;
    for (const auto& follow : at->second) {
        // A transfer comes from a port of its own, so only the address tells.
        if (follow->peer.address.address != peer.address || !follow->running) continue;
        follow->probe_wanted = true;
        follow->wake.cancel();
    }
}

awaitable<void> Notifier::pause(Follow& follow, milliseconds time) {
    if (follow.notify_wanted || follow.probe_wanted || follow.removed) co_return;
    const auto since = behind_since(follow);
    auto until = std::chrono::steady_clock::now() + time;
    if (since && !follow.alarmed) until = std::min(until, *since + timing_.alarm_after);
    follow.wake.expires_at(until);
    (void)co_await follow.wake.async_wait(as_values);
    if (since && !follow.alarmed && std::chrono::steady_clock::now() >= *since + timing_.alarm_after)
        raise_alarm(follow, *since);
}

std::optional<SteadyTime> Notifier::behind_since(const Follow& follow) const {
    const auto* entry = ledger_.entry(follow.zone, follow.peer.name);
    return entry == nullptr ? std::nullopt : ledger_.behind_since(follow.zone, *entry);
}

void Notifier::raise_alarm(Follow& follow, SteadyTime since) {
    follow.alarmed = true;
    const auto* entry = ledger_.entry(follow.zone, follow.peer.name);
    const auto served = store_.zone(follow.zone);
    if (entry == nullptr || !entry->serial || !served || !served->zone) return;
    const std::chrono::duration<double> length = std::chrono::steady_clock::now() - since;
    Failure failure{
        .at = exchange_.clock.wall_now(),
        .stage = Stage::Timeout,
        .peer = follow.peer.name,
        .zone = follow.zone.to_string(),
        .text = fmt::format("behind for {:.0f} s: it serves serial {}, and we {}{}", length.count(),
                            to_string(*entry->serial), to_string(served->zone->serial()),
                            entry->last_error ? "; last: " + entry->last_error->text : std::string()),
        .remedy = entry->last_error ? entry->last_error->remedy
                                    : "see its log; it is told and looked at again by itself"};
    log_.warning("{}", to_string(failure));
    history_.add(event_of(failure));
}

awaitable<void> Notifier::follow(FollowPtr follow) {
    const bool in_step = co_await bring_into_step(*follow);
    follow->running = false;
    if (in_step && (follow->told || follow->alarmed))
        log_.info("{}: {} is in step again", follow->zone.to_string(), follow->peer.name);
    follow->told = follow->alarmed = false;
    if (in_step) look_later(follow);
}

awaitable<bool> Notifier::bring_into_step(Follow& follow) {
    auto outcome = Attempt::NotYet;
    if (!follow.notify_wanted) {  // a look
        follow.probe_wanted = false;
        outcome = co_await probe_once(follow, timing_.probes_a_look);
    }
    for (std::size_t attempt = 0; outcome != Attempt::Served || follow.notify_wanted; ++attempt) {
        if (follow.notify_wanted) attempt = 0;
        const auto retry = retry_of(follow.zone);
        if (follow.removed || !retry) co_return false;
        const bool last_of_schedule = attempt + 1 >= timing_.notify_timeouts.size();
        const milliseconds timeout = at_attempt(timing_.notify_timeouts, attempt);
        const auto again_at = std::chrono::steady_clock::now() + (last_of_schedule ? *retry : timeout);
        outcome = co_await notify_once(follow, std::min(timeout, timing_.notify_answer));
        if (outcome == Attempt::NotYet) {
            outcome = co_await probe_until_served(follow);
        } else if (outcome == Attempt::Failed || last_of_schedule) {
            // It may hold the serial all the same: foreign servers may refuse NOTIFY, or never answer it, and
            // still refresh by their timers.
            outcome = co_await probe_once(follow, 1);
        }
        if (outcome != Attempt::Served) outcome = co_await probe_when_active(follow, again_at);
    }
    co_return !follow.removed;
}

std::optional<milliseconds> Notifier::retry_of(NameView zone) const {
    const auto served = store_.zone(zone);
    if (!served || !served->zone) return std::nullopt;
    return std::max<milliseconds>(served->zone->soa().retry, timing_.least_retry);
}

awaitable<Notifier::Attempt> Notifier::notify_once(Follow& follow, milliseconds timeout) {
    follow.notify_wanted = false;
    const auto served = store_.zone(follow.zone);
    if (!served || !served->zone) co_return Attempt::Failed;
    ledger_.notified(follow.zone, follow.peer.name);
    const auto from = source_towards(follow.peer.address, listen_);
    auto sent = co_await send_notify(exchange_, follow.peer, from, served->zone, timeout);
    if (sent) {
        note_acknowledged(follow, served->zone->serial());
        co_return Attempt::NotYet;
    }
    counters_.notifies_out_failed.add();
    const bool unanswered = sent.error().stage == Stage::Timeout;
    note_failure(follow, std::move(sent).error());
    co_return unanswered ? Attempt::Unanswered : Attempt::Failed;
}

void Notifier::note_acknowledged(const Follow& follow, Serial serial) {
    counters_.notifies_out_acknowledged.add();
    ledger_.acknowledged(follow.zone, follow.peer.name);
    history_.add({.kind = EventKind::NotifyOut,
                  .at = exchange_.clock.wall_now(),
                  .zone = follow.zone.to_string(),
                  .peer = follow.peer.name,
                  .serial = serial});
    wake_waiters();
}

awaitable<Notifier::Attempt> Notifier::probe_when_active(Follow& follow, SteadyTime until) {
    for (;;) {
        const auto now = std::chrono::steady_clock::now();
        if (now >= until || follow.notify_wanted || follow.removed) co_return Attempt::NotYet;
        co_await pause(follow, std::chrono::ceil<milliseconds>(until - now));
        if (!follow.probe_wanted) continue;
        follow.probe_wanted = false;
        auto seen = co_await probe_once(follow, 1);
        if (seen == Attempt::Served) co_return seen;
    }
}

awaitable<Notifier::Attempt> Notifier::probe_until_served(Follow& follow) {
    const auto told_at = std::chrono::steady_clock::now();
    auto active_at = told_at;  // when it last did something: it serves the serial some time after that
    for (auto now = told_at; now < told_at + timing_.probe_for; now = std::chrono::steady_clock::now()) {
        const auto delay = std::clamp(std::chrono::duration_cast<milliseconds>((now - active_at) / 10),
                                      timing_.least_probe_delay, timing_.most_probe_delay);
        co_await pause(follow, delay);
        if (follow.notify_wanted || follow.removed) co_return Attempt::NotYet;
        if (std::exchange(follow.probe_wanted, false)) active_at = std::chrono::steady_clock::now();
        auto seen = co_await probe_once(follow, 1);
        if (seen != Attempt::NotYet) co_return seen;
    }
    co_return Attempt::NotYet;
}

awaitable<Notifier::Attempt> Notifier::probe_once(Follow& follow, unsigned tries) {
    const auto from = source_towards(follow.peer.address, listen_);
    auto probed = co_await probe_soa(exchange_, follow.peer, from, follow.zone, tries, timing_.probe_timeout);
    if (probed) co_return note_probed(follow, probed->serial);
    note_failure(follow, std::move(probed).error());
    co_return Attempt::Failed;
}

Notifier::Attempt Notifier::note_probed(const Follow& follow, Serial theirs) {
    ledger_.verified(follow.zone, follow.peer.name, theirs);
    wake_waiters();
    const auto served = store_.zone(follow.zone);
    if (!served || !served->zone) return Attempt::Failed;
    const Serial ours = served->zone->serial();
    if (origin_ == Origin::Here && is_newer(theirs, ours)) note_ahead(follow, theirs, ours);
    return theirs == ours || is_newer(theirs, ours) ? Attempt::Served : Attempt::NotYet;
}

void Notifier::note_ahead(const Follow& follow, Serial theirs, Serial ours) {
    Failure failure{
        .at = exchange_.clock.wall_now(),
        .stage = Stage::Check,
        .peer = follow.peer.name,
        .zone = follow.zone.to_string(),
        .text = fmt::format("it serves serial {}, newer than {} here, and so takes nothing from us",
                            to_string(theirs), to_string(ours)),
        .remedy =
            fmt::format("raise the serial here above it (bump {} --serial N), or run 'retransfer' there "
                        "to have our version",
                        follow.zone.to_string())};
    if (const auto held_back = failures_.admit(failure))
        log_.warning("{}{}", to_string(failure), held_back_text(*held_back));
    history_.add(event_of(failure));
    ledger_.failed(follow.zone, follow.peer.name, std::move(failure));
    if (on_ahead_) on_ahead_(follow.zone, follow.peer, theirs);
}

void Notifier::note_failure(Follow& follow, Failure failure) {
    if (!std::exchange(follow.told, true)) {
        const auto held_back = failures_.admit(failure);
        if (held_back) log_.warning("{}{}", to_string(failure), held_back_text(*held_back));
    }
    history_.add(event_of(failure));
    ledger_.failed(follow.zone, follow.peer.name, std::move(failure));
    wake_waiters();
}

void Notifier::wake_waiters() {
    for (auto* timer : waiters_)
        timer->cancel();
}

awaitable<bool> Notifier::wait_until_served(Name zone, Serial serial, std::size_t count,
                                            SteadyTime deadline) {
    const auto since = std::chrono::steady_clock::now();
    look(zone);
    const bool served = co_await wait_until_seen(zone, serial, count, since, deadline);
    co_return served;
}

awaitable<bool> Notifier::wait_until_arrived(Name zone, Serial serial, std::size_t count,
                                             SteadyTime deadline) {
    const bool served = co_await wait_until_seen(zone, serial, count, SteadyTime::min(), deadline);
    co_return served;
}

awaitable<bool> Notifier::wait_until_seen(Name zone, Serial serial, std::size_t count, SteadyTime since,
                                          SteadyTime deadline) {
    asio::steady_timer timer(context_);
    waiters_.push_back(&timer);
    bool served = false;
    for (;;) {
        served = ledger_.count_serving(zone, serial, since) >= count;
        if (served || std::chrono::steady_clock::now() >= deadline) break;
        timer.expires_at(deadline);
        (void)co_await timer.async_wait(as_values);
    }
    std::erase(waiters_, &timer);
    co_return served;
}

awaitable<void> Notifier::wait_for_news(SteadyTime deadline) {
    asio::steady_timer timer(context_, deadline);
    waiters_.push_back(&timer);
    (void)co_await timer.async_wait(as_values);
    std::erase(waiters_, &timer);
}

awaitable<void> Notifier::wait_until_notified(Name zone, WallTime since, SteadyTime deadline) {
    asio::steady_timer timer(context_);
    waiters_.push_back(&timer);
    const auto settled = [&](const LedgerEntry& entry) {
        // What comes now may be about a NOTIFY that was on its way before.
        return acknowledged_since(entry, since) ||
               (entry.notified_at && *entry.notified_at >= since && entry.last_error &&
                entry.last_error->at >= *entry.notified_at);
    };
    while (std::chrono::steady_clock::now() < deadline) {
        const auto entries = ledger_.entries(zone);
        if (std::all_of(entries.begin(), entries.end(), settled)) break;
        timer.expires_at(deadline);
        (void)co_await timer.async_wait(as_values);
    }
    std::erase(waiters_, &timer);
}

}  // namespace lockstep
