// What a primary answered, on its way into service: confirmed, applied, checked, committed.

#include "base/heap.hpp"
#include "net/blocking.hpp"
#include "secondary/refresh_task.hpp"
#include "zone/changeset.hpp"
#include "zone/checks.hpp"
#include "zone/zonemd.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace lockstep {
namespace {

constexpr std::size_t applied_at_once = 4096;  // octets of changes, which take some 50 µs
constexpr std::size_t prompt_octets = 65536;   // changes up to this take a few milliseconds

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
    DNS_TRY(verify_zone_digest(*base));
    return Stepped{std::move(base), std::move(all)};
}

}  // namespace

awaitable<RefreshTask::Verdict> RefreshTask::confirm(PeerConfig primary, Serial theirs,
                                                     std::optional<seconds> expire) {
    answered_ = true;  // it has spoken: from here on nobody turns away from it
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
    if (expire == seconds{0} && state_.expired()) {
        co_return fail(primary, failure_of(primary, Stage::Check,
                                           "what it confirms has expired there (EDNS EXPIRE is 0)",
                                           "see why its own primaries fail"));
    }
    state_.confirmed(services_.clock.steady_now(), expire);
    tell_lease();
    primary_ = primary.name;
    primary_serial_ = theirs;
    newer_since_.reset();
    services_.store.note_current(config_.zone);
    co_await store_timers();
    co_await serve_unless_expired();
    co_return Verdict::Current;
}

void RefreshTask::note_arrival(Serial serial) {
    if (!newer_since_) return;
    const auto took = services_.clock.steady_now() - *newer_since_;
    const auto now = services_.clock.wall_now();
    services_.propagation.add({.zone = config_.zone.to_string(),
                               .peer = *primary_,
                               .serial = serial,
                               .served_at = now - std::chrono::duration_cast<milliseconds>(took),
                               .seen_at = now,
                               .seconds = std::chrono::duration<double>(took).count()});
    newer_since_.reset();
}

awaitable<RefreshTask::Verdict> RefreshTask::take_outcome(PeerConfig primary, TransferredIn in, How how) {
    const auto before = held();
    const std::string from = before ? to_string(before->serial()) : "none";
    if (const auto* same = std::get_if<UpToDate>(&in.outcome)) {
        services_.counters.up_to_date_in.add();
        note_primary_serial(primary, same->soa.serial);
        auto verdict = co_await confirm(primary, same->soa.serial, in.expire);
        co_return verdict;
    }
    if (in.expire == seconds{0}) {
        co_return fail(
            primary, failure_of(primary, Stage::Check, "what it offers has expired there (EDNS EXPIRE is 0)",
                                "see why its own primaries fail; what we have stays as it is"));
    }
    auto* pool = &services_.transfer.pool;
    auto candidate = std::make_shared<Candidate>();
    candidate->life = life_;
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
        if (!before) co_return Verdict::Failed;  // the zone was removed meanwhile
        const auto& changes = std::get<Changes>(in.outcome).sequence;
        std::size_t octets = 0;
        for (const auto& step : changes)
            octets += step.wire_octets();
        auto work = [before, &changes] { return apply_all(before, changes); };
        Result<Stepped> stepped = lockstep::fail(ErrorCode::Invalid, "not applied");
        const bool digested =
            before->apex_node().has(RrType::ZONEMD);  // and then every change costs the zone
        if (octets <= prompt_octets && !digested) pool = &services_.transfer.prompt_pool;
        if (octets <= applied_at_once && !digested) {
            stepped = work();  // handing it to the pool and back would take longer
        } else {
            stepped = co_await run_blocking(pool, work);
        }
        if (!stepped) {
            // The changes do not fit what we hold: take the zone whole, once, from the same primary.
            services_.log.warning("{}: IXFR from {} does not apply ({}); asking AXFR",
                                  config_.zone.to_string(), primary.name, stepped.error().text);
            const Name name(config_.zone);
            const std::optional<Soa> none;
            auto again = co_await transfer_in(&services_.transfer, primary, name, none,
                                              before ? before->wire_octets() : 0, config_.limits, &answered_);
            if (!again) co_return fail(primary, std::move(again.error().failure));
            auto verdict = co_await take_outcome(primary, std::move(*again), How::ByTimers);
            co_return verdict;
        }
        candidate->zone = std::move(stepped->zone);
        candidate->changes = std::move(stepped->changes);
    }
    note_primary_serial(primary, candidate->zone->serial());
    const auto now = services_.clock.steady_now();
    const auto slept_before = slept_;
    auto next = state_;
    next.transferred(candidate->zone->soa(), now, in.expire);
    candidate->timers = next.stored(now, services_.clock.wall_now());
    const auto zone = candidate->zone;
    if (stopped_) co_return Verdict::Failed;
    auto work = [&store = services_.store, &log = services_.log, name = config_.zone,
                 candidate]() -> Result<ServedZonePtr> {
        if (!candidate->changes) {  // else it was verified when they were applied
            DNS_TRY_ASSIGN(const auto digest, verify_zone_digest(*candidate->zone));
            if (digest == ZoneDigest::Unknown)
                log.warning("{}: no ZONEMD of it has a scheme and hash that we know: not verified",
                            name.to_string());
        }
        const bool large = !candidate->changes && candidate->zone->wire_octets() >= large_zone_octets;
        auto committed = store.commit(name, std::move(*candidate));
        if (large) give_back_free_memory();
        return committed;
    };
    auto committed = co_await run_blocking(pool, work);
    if (!committed) {
        const bool content = committed.error().code == ErrorCode::Invalid;
        co_return fail(primary,
                       failure_of(primary, content ? Stage::Check : Stage::Store, committed.error().text,
                                  content ? "mend the zone on the primary; what we have stays served"
                                          : "check the state directory: space, permissions, disk"));
    }
    state_.transferred(zone->soa(), now, in.expire);  // not `next`: it may have been reconfigured meanwhile
    state_.slept(slept_ - slept_before);
    tell_lease();
    told_unsaved_ = false;
    primary_ = primary.name;
    note_arrival(zone->serial());
    services_.counters.in(in.kind).done.add();
    services_.counters.in(in.kind).octets.add(in.counts.octets);
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
    services_.history.add(
        {.kind = EventKind::TransferIn,
         .at = last_transfer_->at,
         .zone = config_.zone.to_string(),
         .peer = primary.name,
         .serial = zone->serial(),
         .transfer = TransferFigures{.kind = last_transfer_->kind,
                                     .from = before ? std::optional(before->serial()) : std::nullopt,
                                     .seconds = last_transfer_->seconds,
                                     .messages = last_transfer_->messages,
                                     .octets = last_transfer_->octets}});
    if (in.counts.out_of_zone > 0) {
        services_.log.warning("{}: {} sent {} records outside the zone, dropped; the first at {}",
                              config_.zone.to_string(), primary.name, in.counts.out_of_zone,
                              in.counts.first_out_of_zone ? in.counts.first_out_of_zone->to_string() : "?");
    }
    co_return Verdict::Current;
}

}  // namespace lockstep
