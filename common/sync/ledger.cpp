#include "sync/ledger.hpp"

#include <algorithm>
#include <tuple>

namespace lockstep {
namespace {

constexpr std::size_t versions_kept = 256;

bool is_behind(Serial seen, Serial wanted) {
    return seen != wanted && !is_newer(seen, wanted);
}

}  // namespace

std::string_view to_string(PeerState state) {
    switch (state) {
    case PeerState::InSync: return "in-sync";
    case PeerState::Behind: return "behind";
    case PeerState::Unreachable: return "unreachable";
    case PeerState::Refused: return "refused";
    case PeerState::Unknown: break;
    }
    return "unknown";
}

void Ledger::configure(NameView zone, const std::vector<PeerConfig>& secondaries) {
    if (secondaries.empty()) return remove(zone);
    auto& known = zones_[zone].entries;
    std::vector<LedgerEntry> next;
    for (const auto& peer : secondaries) {
        const auto same =
            std::find_if(known.begin(), known.end(), [&](const auto& old) { return old.peer == peer; });
        if (same != known.end()) {
            next.push_back(std::move(*same));
        } else {
            next.emplace_back().peer = peer;
        }
    }
    known = std::move(next);
    changed(zone);
}

void Ledger::remove(NameView zone) {
    const auto at = zones_.find(zone);
    if (at != zones_.end()) zones_.erase(at);
    changed(zone);
}

LedgerEntry* Ledger::find(NameView zone, std::string_view peer) {
    const auto at = zones_.find(zone);
    if (at == zones_.end()) return nullptr;
    auto& entries = at->second.entries;
    const auto found =
        std::find_if(entries.begin(), entries.end(), [&](const auto& one) { return one.peer.name == peer; });
    return found == entries.end() ? nullptr : &*found;
}

const LedgerEntry* Ledger::entry(NameView zone, std::string_view peer) const {
    const auto known = entries(zone);
    const auto found =
        std::find_if(known.begin(), known.end(), [&](const auto& one) { return one.peer.name == peer; });
    return found == known.end() ? nullptr : &*found;
}

void Ledger::served(NameView zone, Serial serial) {
    const auto at = zones_.find(zone);
    if (at == zones_.end()) return changed(zone);
    auto& versions = at->second.versions;
    if (!versions.empty() && versions.back().serial == serial) return;
    // Nobody lags behind what is no longer served.
    if (!versions.empty() && !is_newer(serial, versions.back().serial)) versions.clear();
    versions.push_back({serial, clock_.steady_now()});
    if (versions.size() > versions_kept) versions.erase(versions.begin());
    changed(zone);
}

void Ledger::notified(NameView zone, std::string_view peer) {
    auto* found = find(zone, peer);
    if (found == nullptr) return;
    found->notified_at = clock_.wall_now();
    changed(zone);
}

void Ledger::acknowledged(NameView zone, std::string_view peer) {
    auto* found = find(zone, peer);
    if (found == nullptr) return;
    found->acknowledged_at = clock_.wall_now();
    found->reachable = true;
    found->refuses = false;
    changed(zone);
}

void Ledger::verified(NameView zone, std::string_view peer, Serial serial) {
    auto* found = find(zone, peer);
    if (found == nullptr) return;
    const auto& versions = zones_.find(zone)->second.versions;
    note_arrivals(zone, versions, *found, serial);
    found->serial = serial;
    found->verified_at = clock_.wall_now();
    found->seen_at = clock_.steady_now();
    found->reachable = true;
    if (!versions.empty() && !is_behind(serial, versions.back().serial)) {
        found->refuses = false;
        found->last_error.reset();
    }
    changed(zone);
}

void Ledger::note_arrivals(NameView zone, std::span<const Version> versions, LedgerEntry& entry,
                           Serial serial) {
    if (!entry.serial || entry.serial == serial) return;
    for (const auto& version : versions) {
        if (!is_behind(*entry.serial, version.serial) || is_behind(serial, version.serial)) continue;
        const auto took = clock_.steady_now() - version.since;
        const auto length = std::chrono::duration<double>(took).count();
        if (!entry.propagation) entry.propagation.emplace();
        entry.propagation->add(length);
        propagation_.add({.zone = zone.to_string(),
                          .peer = entry.peer.name,
                          .serial = version.serial,
                          .served_at = clock_.wall_now() - std::chrono::duration_cast<milliseconds>(took),
                          .seen_at = clock_.wall_now(),
                          .seconds = length});
    }
}

std::vector<Propagation> Ledger::propagation(std::string_view only) const {
    auto all = propagation_.recent(only, clock_.wall_now());
    const auto arrived = static_cast<std::ptrdiff_t>(all.size());
    for (const auto& [name, zone] : zones_) {
        if (!only.empty() && name.to_string() != only) continue;
        for (const auto& entry : zone.entries) {
            const auto since = behind_since(name, entry);
            if (!since) continue;
            const auto so_far = clock_.steady_now() - *since;
            all.push_back({.zone = name.to_string(),
                           .peer = entry.peer.name,
                           .serial = zone.versions.back().serial,
                           .served_at = clock_.wall_now() - std::chrono::duration_cast<milliseconds>(so_far),
                           .seen_at = {},
                           .seconds = std::chrono::duration<double>(so_far).count()});
        }
    }
    std::sort(all.begin() + arrived, all.end(), [](const auto& a, const auto& b) {
        return std::tie(a.zone, a.peer) < std::tie(b.zone, b.peer);
    });
    return all;
}

void Ledger::failed(NameView zone, std::string_view peer, Failure failure) {
    auto* found = find(zone, peer);
    if (found == nullptr) return;
    found->reachable = failure.stage != Stage::Connect && failure.stage != Stage::Timeout;
    found->refuses = failure.stage == Stage::Acl || failure.stage == Stage::Tsig;
    found->last_error = std::move(failure);
    changed(zone);
}

std::span<const LedgerEntry> Ledger::entries(NameView zone) const {
    const auto at = zones_.find(zone);
    return at == zones_.end() ? std::span<const LedgerEntry>() : at->second.entries;
}

PeerState Ledger::state(NameView zone, const LedgerEntry& entry) const {
    const auto at = zones_.find(zone);
    if (at == zones_.end() || at->second.versions.empty()) return PeerState::Unknown;
    if (!entry.reachable) return PeerState::Unreachable;
    if (entry.refuses) return PeerState::Refused;
    if (!entry.serial) return PeerState::Unknown;
    return is_behind(*entry.serial, at->second.versions.back().serial) ? PeerState::Behind
                                                                       : PeerState::InSync;
}

std::optional<SteadyTime> Ledger::behind_since(NameView zone, const LedgerEntry& entry) const {
    const auto at = zones_.find(zone);
    if (at == zones_.end() || !entry.serial) return std::nullopt;
    const auto& versions = at->second.versions;
    const auto lacking = std::find_if(versions.begin(), versions.end(), [&](const Version& version) {
        return is_behind(*entry.serial, version.serial);
    });
    return lacking == versions.end() ? std::nullopt : std::optional(lacking->since);
}

std::optional<double> Ledger::lag_seconds(NameView zone, const LedgerEntry& entry) const {
    const auto at = zones_.find(zone);
    if (at == zones_.end() || at->second.versions.empty() || !entry.serial) return std::nullopt;
    const auto since = behind_since(zone, entry);
    return since ? std::chrono::duration<double>(clock_.steady_now() - *since).count() : 0.0;
}

bool Ledger::out_of_step(NameView zone) const {
    const auto all = entries(zone);
    return std::any_of(all.begin(), all.end(), [&](const LedgerEntry& one) {
        const auto now = state(zone, one);
        return now != PeerState::InSync && now != PeerState::Unknown;
    });
}

std::size_t Ledger::count_serving(NameView zone, Serial serial, SteadyTime since) const {
    const auto known = entries(zone);
    return static_cast<std::size_t>(std::count_if(known.begin(), known.end(), [&](const auto& one) {
        return one.serial && !is_behind(*one.serial, serial) && one.seen_at >= since && one.reachable;
    }));
}

}  // namespace lockstep
