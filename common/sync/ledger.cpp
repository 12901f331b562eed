#include "sync/ledger.hpp"

#include <algorithm>

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
    auto& known = zones_[Name(zone)].entries;
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
}

void Ledger::remove(NameView zone) {
    const auto at = zones_.find(zone);
    if (at != zones_.end()) zones_.erase(at);
}

LedgerEntry* Ledger::entry(NameView zone, std::string_view peer) {
    const auto at = zones_.find(zone);
    if (at == zones_.end()) return nullptr;
    auto& entries = at->second.entries;
    const auto found =
        std::find_if(entries.begin(), entries.end(), [&](const auto& one) { return one.peer.name == peer; });
    return found == entries.end() ? nullptr : &*found;
}

void Ledger::served(NameView zone, Serial serial) {
    auto& versions = zones_[Name(zone)].versions;
    if (!versions.empty() && versions.back().serial == serial) return;
    // Nobody lags behind what is no longer served.
    if (!versions.empty() && !is_newer(serial, versions.back().serial)) versions.clear();
    versions.push_back({serial, clock_.steady_now()});
    if (versions.size() > versions_kept) versions.pop_front();
}

void Ledger::notified(NameView zone, std::string_view peer) {
    if (auto* found = entry(zone, peer)) found->notified_at = clock_.wall_now();
}

void Ledger::acknowledged(NameView zone, std::string_view peer) {
    if (auto* found = entry(zone, peer)) {
        found->acknowledged_at = clock_.wall_now();
        found->reachable = true;
        found->refuses = false;
    }
}

void Ledger::verified(NameView zone, std::string_view peer, Serial serial) {
    auto* found = entry(zone, peer);
    if (found == nullptr) return;
    found->serial = serial;
    found->verified_at = clock_.wall_now();
    found->seen_at = clock_.steady_now();
    found->reachable = true;
    const auto& versions = zones_.find(zone)->second.versions;
    if (versions.empty() || is_behind(serial, versions.back().serial)) return;
    found->refuses = false;
    found->last_error.reset();
}

void Ledger::failed(NameView zone, std::string_view peer, Failure failure) {
    auto* found = entry(zone, peer);
    if (found == nullptr) return;
    found->reachable = failure.stage != Stage::Connect && failure.stage != Stage::Timeout;
    found->refuses = failure.stage == Stage::Acl || failure.stage == Stage::Tsig;
    found->last_error = std::move(failure);
}

const std::vector<LedgerEntry>* Ledger::entries(NameView zone) const {
    const auto at = zones_.find(zone);
    return at == zones_.end() ? nullptr : &at->second.entries;
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

std::optional<double> Ledger::lag_seconds(NameView zone, const LedgerEntry& entry) const {
    const auto at = zones_.find(zone);
    if (at == zones_.end() || at->second.versions.empty() || !entry.serial) return std::nullopt;
    for (const auto& version : at->second.versions) {
        if (!is_behind(*entry.serial, version.serial)) continue;
        return std::chrono::duration<double>(clock_.steady_now() - version.since).count();
    }
    return 0.0;
}

std::size_t Ledger::count_serving(NameView zone, Serial serial, SteadyTime since) const {
    const auto* known = entries(zone);
    if (known == nullptr) return 0;
    return static_cast<std::size_t>(std::count_if(known->begin(), known->end(), [&](const auto& one) {
        return one.serial && !is_behind(*one.serial, serial) && one.seen_at >= since && one.reachable;
    }));
}

}  // namespace lockstep
