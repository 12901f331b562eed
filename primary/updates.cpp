#include "primary/updates.hpp"

#include "net/blocking.hpp"
#include "ops/status.hpp"
#include "primary/overlay.hpp"
#include "primary/update_rights.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <utility>

namespace lockstep {
namespace {

constexpr std::size_t most_together = 256;       // messages that share a commit
constexpr milliseconds longest_over_udp{2'500};  // clients send again after 3 s
constexpr std::size_t names_told = 3;
constexpr std::size_t ended_together = 1000;  // records whose time is over
constexpr seconds end_again{10};
constexpr seconds longest_sleep{60};

std::string sender_of(const UpdateRequest& request) {
    if (!request.from_within.empty()) return request.from_within;
    const auto address = request.client.peer.address.to_string();
    return request.key ? fmt::format("key {} ({})", request.key->name.to_string(), address) : address;
}

/// The first of the changed names and types, without the SOA.
std::string summary_of(const ChangeSet& changes) {
    std::vector<std::string> names;
    std::size_t more = 0;
    for (const auto* records : {&changes.removed, &changes.added}) {
        for (const RecordView record : *records) {
            if (record.type == RrType::SOA) continue;
            auto name = record.owner.to_string() + " " + to_string(record.type);
            if (std::find(names.begin(), names.end(), name) != names.end()) continue;
            if (names.size() == names_told) {
                ++more;
            } else {
                names.push_back(std::move(name));
            }
        }
    }
    return fmt::format("{}{}", fmt::join(names, ", "), more == 0 ? "" : ", …");
}

SharedCounter& counter_of(UpdateCounters& counters, Rcode rcode) {
    switch (rcode) {
    case Rcode::NOERROR: return counters.done;
    case Rcode::NXDOMAIN:
    case Rcode::YXDOMAIN:
    case Rcode::NXRRSET:
    case Rcode::YXRRSET: return counters.unmet;
    case Rcode::SERVFAIL: return counters.failed;
    default: return counters.refused;
    }
}

/// Of messages that could not be committed.
UpdateOutcome outcome_of(const Error& error) {
    if (error.code == ErrorCode::NotFound) {
        return {.rcode = Rcode::NOTAUTH,
                .error = ToldError{ExtendedError::NotAuthoritative, "no longer a zone of this server"}};
    }
    return {.rcode = Rcode::SERVFAIL,
            .error = ToldError{ExtendedError::Other, "the update could not be stored"}};
}

milliseconds time_of(const UpdateWaits& waits, Transport transport) {
    const milliseconds wanted = waits.time;
    return transport == Transport::Udp ? std::min(wanted, longest_over_udp) : wanted;
}

}  // namespace

Updates::Updates(Server& server, std::function<void(const Name&)> wake)
    : server_(server),
      wake_(std::move(wake)),
      queue_(wake_),
      next_end_(server.context()),
      refusals_(server.clock()),
      failures_(server.clock()),
      lateness_(server.clock()) {}

void Updates::refused(const Name& zone, const Endpoint& from, const std::string& text,
                      std::string_view remedy) {
    const auto held_back = refusals_.admit(zone.to_string() + from.address.to_string());
    if (!held_back) return;
    server_.log().warning("{}: update from {} refused: {}{}", zone.to_string(), from.to_string(), text,
                          held_back_text(*held_back));
    server_.note_refusal(zone, from, fmt::format("update refused: {}", text), std::string(remedy));
}

awaitable<bool> Updates::carry_out(Name zone, std::shared_ptr<const Lease> life) {
    auto taken = queue_.take(zone, most_together);
    auto batch = std::make_shared<Batch>();
    woken_.erase(zone);
    batch->ended = lifetimes_.due(zone, server_.clock().wall_now(), ended_together);
    if (taken.empty() && batch->ended.empty()) co_return false;
    batch->updates = first_ones(std::move(taken));
    if (batch->updates.empty() && batch->ended.empty()) co_return true;
    auto work = [&store = server_.store(), zone, life, batch, now = server_.clock().wall_now()] {
        return commit(store, zone, life, *batch, now);
    };
    auto committed = co_await run_blocking(&server_.prompt_pool(), work);
    note(zone, *batch, committed);
    std::vector<Done> done;
    for (std::size_t i = 0; i < batch->updates.size(); ++i) {
        auto& [update, key] = batch->updates[i];
        auto& [request, answer] = update;
        const auto* rule = rule_of(request);
        done.push_back(
            {.answer = std::move(answer),
             .key = key,
             .octets = request.message.size(),
             .outcome = committed ? std::move(committed->outcomes[i]) : outcome_of(committed.error()),
             .waits = rule != nullptr ? rule->allows.waits : std::nullopt,
             .transport = request.client.transport});
    }
    const auto served = server_.store().zone(zone);
    answer_or_wait(zone, served && served->zone ? served->zone->serial() : Serial{}, std::move(done));
    co_return true;
}

void Updates::know_lifetimes(const Name& zone) {
    lifetimes_.know(zone, server_.store().marks(zone));
    next_end_.cancel();
}

awaitable<void> Updates::end_lifetimes() {
    for (;;) {
        const auto now = server_.clock().wall_now();
        for (const auto& zone : lifetimes_.zones_due(now)) {
            if (woken_.emplace(zone).second) wake_(zone);
        }
        // The wall clock may be set meanwhile: it is looked at again now and then.
        milliseconds wait = longest_sleep;
        if (const auto next = lifetimes_.next(now)) wait = std::min(wait, *next - now);
        next_end_.expires_after(wait);
        (void)co_await next_end_.async_wait(as_values);
    }
}

/// Without those that came before: they are answered as the first was, or will be.
std::vector<Updates::First> Updates::first_ones(std::vector<QueuedUpdate> taken) {
    std::vector<First> firsts;
    for (auto& update : taken) {
        const auto key = recent_.key_of(update.request);
        const std::size_t octets = update.request.message.size();
        const auto seen = recent_.note(key, update.answer, server_.clock().steady_now());
        if (seen == RecentUpdates::Seen::First) {
            firsts.push_back({std::move(update), key});
            continue;
        }
        server_.sync_counters().updates.again.add();
        queue_.answered(octets);
        if (seen == RecentUpdates::Seen::Waits) continue;
        const auto told = recent_.told(key);
        std::move(update.answer).send(told.rcode, told.error, server_.clock().wall_now());
    }
    return firsts;
}

Result<Updates::Committed> Updates::commit(ZoneStore& store, const Name& zone,
                                           const std::shared_ptr<const Lease>& life, const Batch& batch,
                                           WallTime now) {
    const auto served = store.zone(zone);
    if (!served || !served->zone || served->lease != life)
        return fail(ErrorCode::NotFound, "the zone was taken out of the configuration meanwhile");
    ZoneUpdater updater(served->zone, now);
    for (const auto& key : batch.ended) {
        const auto mark = store.mark(zone, key);
        const auto end = mark ? end_of_mark(*mark) : std::nullopt;
        const auto record = record_of_mark(key);
        if (end && *end <= now && record) updater.end(*record);
    }
    Committed committed;
    for (const auto& first : batch.updates)
        committed.outcomes.push_back(updater.carry_out(first.update.request));
    const auto ends = updater.ends();
    DNS_TRY_ASSIGN(auto updated, std::move(updater).finish());
    committed.marks = marks_of_update(updated ? *updated->changes : ChangeSet{}, ends,
                                      [&](std::string_view key) { return store.mark(zone, key); });
    if (!updated && committed.marks.empty()) return committed;
    Candidate candidate;
    candidate.zone = updated ? updated->zone : served->zone;
    if (updated) candidate.changes = updated->changes;
    candidate.source = store.source(zone);
    candidate.life = life;
    candidate.marks = committed.marks;
    DNS_TRY(store.commit(zone, std::move(candidate)));
    if (!updated) return committed;
    committed.serial = updated->zone->serial();
    committed.changed = summary_of(*updated->changes);
    return committed;
}

void Updates::note_refused(const Name& zone, const UpdateRequest& request, const std::string& text,
                           std::string_view remedy) {
    if (request.from_within.empty()) {
        refused(zone, request.client.peer, text, remedy);
    } else {
        server_.log().warning("{}: update by {} refused: {}", zone.to_string(), request.from_within, text);
    }
}

void Updates::note_removed(const Name& zone, const Batch& batch, const std::string& text) {
    lifetimes_.forget(zone);
    server_.sync_counters().updates.refused.add(batch.updates.size());
    for (const auto& first : batch.updates)
        note_refused(zone, first.update.request, text, "send it again if the zone is configured again");
}

void Updates::note_failure(const Name& zone, const Batch& batch, const Error& error) {
    if (error.code == ErrorCode::NotFound) {
        note_removed(zone, batch, error.text);
        return;
    }
    lifetimes_.hold(zone, server_.clock().wall_now() + end_again);
    server_.sync_counters().updates.failed.add(batch.updates.size());
    const auto text =
        batch.updates.empty()
            ? fmt::format("{} records whose lifetime is over stay: {}", batch.ended.size(), error.text)
            : fmt::format("{} updates not done: {}", batch.updates.size(), error.text);
    const auto held_back = failures_.admit(zone.to_string());
    if (!held_back) return;
    server_.log().error("{}: {}{}", zone.to_string(), text, held_back_text(*held_back));
    server_.history().add(event_of(Failure{
        .at = server_.clock().wall_now(),
        .stage = Stage::Store,
        .peer = {},
        .zone = zone.to_string(),
        .text = text,
        .remedy = "check the state directory: space, permissions, disk; clients were told SERVFAIL"}));
}

void Updates::note(const Name& zone, const Batch& batch, const Result<Committed>& committed) {
    if (!committed) {
        note_failure(zone, batch, committed.error());
        return;
    }
    const auto now = server_.clock().wall_now();
    const auto next = lifetimes_.next(now);
    std::vector<MarkChange> over;
    for (const auto& key : batch.ended)
        over.push_back({key, std::nullopt});
    lifetimes_.note(zone, over);
    lifetimes_.note(zone, committed->marks);
    if (lifetimes_.next(now) != next) next_end_.cancel();
    auto& counters = server_.sync_counters().updates;
    std::size_t done = 0;
    for (std::size_t i = 0; i < batch.updates.size(); ++i) {
        const auto& outcome = committed->outcomes[i];
        const auto& request = batch.updates[i].update.request;
        counter_of(counters, outcome.rcode).add();
        if (outcome.rcode == Rcode::NOERROR) ++done;
        if (outcome.rcode == Rcode::REFUSED) note_refused(zone, request, outcome.text, by_rules);
        if (outcome.rcode != Rcode::NOERROR)
            server_.log().debug("{}: update by {}: {}", zone.to_string(), sender_of(request),
                                to_string(outcome.rcode));
    }
    if (!committed->serial) return;
    std::string text = committed->changed;
    if (done > 1) text += fmt::format(" ({} updates)", done);
    if (!batch.ended.empty()) text += fmt::format(" ({} at the end of their lifetime)", batch.ended.size());
    const auto sender =
        batch.updates.empty() ? std::string() : sender_of(batch.updates.front().update.request);
    server_.log().info("{}: {}: {}, serial {}", zone.to_string(),
                       sender.empty() ? "lifetime over" : "update by " + sender, text,
                       to_string(*committed->serial));
    server_.history().add({.kind = EventKind::Update,
                           .at = server_.clock().wall_now(),
                           .zone = zone.to_string(),
                           .peer = sender,
                           .serial = committed->serial,
                           .text = text});
}

void Updates::answer(Done done) {
    if (counters_ == nullptr) counters_ = &server_.add_answer_counters();
    const RecentUpdates::Told told{done.outcome.rcode, done.outcome.error};
    const auto now = server_.clock().wall_now();
    queue_.answered(done.octets);
    auto again = recent_.answered(done.key, told, server_.clock().steady_now());
    again.push_back(std::move(done.answer));
    for (auto& answer : again) {
        counters_->responses[static_cast<std::size_t>(told.rcode)].add();
        std::move(answer).send(told.rcode, told.error, now);
    }
}

void Updates::answer_or_wait(Name zone, Serial serial, std::vector<Done> done) {
    std::map<std::pair<milliseconds, std::optional<std::size_t>>, std::vector<Done>> waiting;
    for (auto& one : done) {
        if (one.outcome.rcode == Rcode::NOERROR && one.waits) {
            waiting[{time_of(*one.waits, one.transport), one.waits->quorum}].push_back(std::move(one));
        } else {
            answer(std::move(one));
        }
    }
    for (auto& [how, group] : waiting)
        server_.gate().spawn(answer_when_served(zone, serial, std::move(group)));
}

awaitable<void> Updates::answer_when_served(Name zone, Serial serial, std::vector<Done> done) {
    const UpdateWaits waits = *done.front().waits;
    const auto time = time_of(waits, done.front().transport);
    const std::size_t all = server_.ledger().entries(zone).size();
    const std::size_t wanted = std::min(waits.quorum.value_or(all), all);
    const auto deadline = std::chrono::steady_clock::now() + time;
    const bool served = co_await server_.notifier().wait_until_arrived(zone, serial, wanted, deadline);
    if (!served) {
        note_late(zone, serial, time);
        server_.sync_counters().updates.late.add(done.size());
    }
    for (auto& one : done) {
        if (!served)
            one.outcome.error = ToldError{ExtendedError::Other, "done, but not yet seen on all secondaries"};
        answer(std::move(one));
    }
}

void Updates::note_late(const Name& zone, Serial serial, milliseconds waited) {
    const auto held_back = lateness_.admit(zone.to_string());
    if (!held_back) return;
    std::string late;
    for (const auto& row : secondaries_of(server_.ledger(), zone)) {
        if (row.state == "in-sync") continue;
        late += fmt::format("{}{} ({}): {}, {}{}", late.empty() ? "" : "; ", row.name, row.address,
                            row.serial ? "serves " + to_string(*row.serial) : "serial unknown", row.state,
                            row.last_error ? ": " + row.last_error->text : "");
    }
    server_.log().warning(
        "{}: an update is answered before all secondaries are seen to serve {}, {:.1f} s after it "
        "was stored: {}{}",
        zone.to_string(), to_string(serial), std::chrono::duration<double>(waited).count(), late,
        held_back_text(*held_back));
}

}  // namespace lockstep
