#pragma once
// What happened lately: transfers, NOTIFYs, loads, and every failure with its stage and remedy.
//
// Threads: the housekeeping thread's only. Limits: the last 4,096 events between us and configured peers, and
// the last 512 refusals of others, who can so not push out what matters. What repeats itself is counted.

#include "base/clock.hpp"
#include "sync/failure.hpp"
#include "wire/serial.hpp"

#include <cstdint>
#include <deque>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace lockstep {

enum class EventKind {
    Load,
    Update,
    TransferIn,
    TransferOut,
    NotifyIn,
    NotifyOut,
    Expiring,
    Expired,
    Failure,
    Refused
};
/// `load`, `update`, `transfer-in`, `transfer-out`, `notify-in`, `notify-out`, `expiring`, `expired`,
/// `failure`, `refused`.
[[nodiscard]] std::string_view to_string(EventKind kind);

/// What a transfer was. Value type.
struct TransferFigures {
    std::string kind;            // AXFR | IXFR | SOA (the peer was up to date)
    std::optional<Serial> from;  // held before
    double seconds = 0;
    std::uint64_t messages = 0;
    std::uint64_t octets = 0;
    bool operator==(const TransferFigures&) const = default;
};

/// Value type.
struct Event {
    EventKind kind = EventKind::Failure;
    WallTime at{};  // the last time
    std::string zone;
    std::string peer = {};  // a configured name, or the address of a stranger; empty for loads
    std::optional<Serial> serial = {};
    std::optional<TransferFigures> transfer = {};
    std::string text = {};               // what a load said, what failed
    std::optional<Stage> stage = {};     // of failures
    std::string remedy = {};             // of failures and refusals
    std::uint64_t times = 1;             // that the same happened in a row
    std::optional<WallTime> first = {};  // the first of these times
};

[[nodiscard]] Event event_of(const Failure& failure);

/// Resource type.
class History {
public:
    /// `listener` is called with each event that was added, as it is kept: one that repeats the last with its
    /// new count. Set before the first.
    void on_add(std::function<void(const Event&)> listener) { on_add_ = std::move(listener); }

    void add(Event event);
    /// Of `zone`, or of all where it is empty; oldest first.
    [[nodiscard]] std::vector<Event> of(std::string_view zone) const;

private:
    std::function<void(const Event&)> on_add_;
    std::deque<Event> events_;
    std::deque<Event> refusals_;
};

}  // namespace lockstep
