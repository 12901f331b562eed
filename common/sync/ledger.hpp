#pragma once
// Who serves what: for every zone and secondary the last that is known, and since when it lags.
//
// Threads: the housekeeping thread's only. Limits: the last 256 serials a zone are remembered for lag. Cost:
// memory a pair of zone and secondary; nothing is done while all is quiet.

#include "base/clock.hpp"
#include "config/peers.hpp"
#include "sync/failure.hpp"
#include "sync/propagation.hpp"
#include "wire/serial.hpp"
#include "wire/stored_name.hpp"

#include <functional>
#include <optional>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

namespace lockstep {

enum class PeerState { InSync, Behind, Unreachable, Refused, Unknown };
/// `in-sync`, `behind`, `unreachable`, `refused`, `unknown`.
[[nodiscard]] std::string_view to_string(PeerState state);

/// What is known of one secondary and one zone. Value type.
struct LedgerEntry {
    PeerConfig peer;
    std::optional<Serial> serial;         // last seen to be served
    std::optional<WallTime> notified_at;  // last NOTIFY sent
    std::optional<WallTime> acknowledged_at;
    std::optional<WallTime> verified_at;  // when `serial` was seen
    std::optional<Failure> last_error;    // cleared once the secondary is seen to be in sync
    SteadyTime seen_at{};                 // the same as verified_at, for comparing
    bool reachable = true;                // the last attempt got an answer
    bool refuses = false;                 // the last failure was a matter of permission, and stands
    std::optional<PropagationHistogram> propagation = {};  // once a new serial has arrived
};

/// Whether a NOTIFY that was sent at `since` or later has been acknowledged.
[[nodiscard]] inline bool acknowledged_since(const LedgerEntry& entry, WallTime since) {
    return entry.notified_at && *entry.notified_at >= since && entry.acknowledged_at &&
           *entry.acknowledged_at >= *entry.notified_at;
}

/// Resource type.
class Ledger {
public:
    explicit Ledger(const Clock& clock) : clock_(clock) {}

    /// `listener` is called after each change of what is known of a zone. Set before the first.
    void on_change(std::function<void(NameView zone)> listener) { on_change_ = std::move(listener); }

    /// The secondaries that a zone has; what is known of those that stay stays. Of a zone without any
    /// nothing is kept.
    void configure(NameView zone, const std::vector<PeerConfig>& secondaries);
    void remove(NameView zone);

    /// We serve `serial` from now on.
    void served(NameView zone, Serial serial);
    void notified(NameView zone, std::string_view peer);
    void acknowledged(NameView zone, std::string_view peer);
    /// The secondary was seen to serve `serial`.
    void verified(NameView zone, std::string_view peer, Serial serial);
    void failed(NameView zone, std::string_view peer, Failure failure);

    /// One for each of the zone's secondaries, until the next configure() or remove().
    [[nodiscard]] std::span<const LedgerEntry> entries(NameView zone) const;
    /// Null where there is no such zone or secondary.
    [[nodiscard]] const LedgerEntry* entry(NameView zone, std::string_view peer) const;
    [[nodiscard]] PeerState state(NameView zone, const LedgerEntry& entry) const;
    /// 0 when it serves what we serve, nothing when unknown.
    [[nodiscard]] std::optional<double> lag_seconds(NameView zone, const LedgerEntry& entry) const;
    /// Since when it is behind what we serve; nothing where it is not, or unknown.
    [[nodiscard]] std::optional<SteadyTime> behind_since(NameView zone, const LedgerEntry& entry) const;
    /// What arrived within the last hour, and what is on its way; of `zone`, or of all where it is empty.
    [[nodiscard]] std::vector<Propagation> propagation(std::string_view zone) const;
    [[nodiscard]] PropagationLog& propagation_log() { return propagation_; }
    /// Whether a secondary of the zone is known not to serve what we serve, or cannot be asked.
    [[nodiscard]] bool out_of_step(NameView zone) const;
    /// How many of the zone's secondaries were seen to serve `serial` or newer at `since` or later, and have
    /// answered since.
    [[nodiscard]] std::size_t count_serving(NameView zone, Serial serial, SteadyTime since) const;

private:
    struct Version {
        Serial serial;
        SteadyTime since;
    };
    struct Zone {
        std::vector<Version> versions;  // oldest first; the last is served now
        std::vector<LedgerEntry> entries;
    };
    [[nodiscard]] LedgerEntry* find(NameView zone, std::string_view peer);
    /// The versions that `entry` was last seen to lack and that `serial` brings it.
    void note_arrivals(NameView zone, std::span<const Version> versions, LedgerEntry& entry, Serial serial);

    void changed(NameView zone) const {
        if (on_change_) on_change_(zone);
    }

    const Clock& clock_;
    PropagationLog propagation_;
    std::function<void(NameView)> on_change_;
    std::unordered_map<StoredName, Zone, HashName, SameName> zones_;
};

}  // namespace lockstep
