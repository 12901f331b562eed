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
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace lockstep {

enum class EventKind : std::uint8_t {
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

    void add(const Event& event);
    /// Of `zone`, or of all where it is empty; oldest first.
    [[nodiscard]] std::vector<Event> of(std::string_view zone) const;

private:
    /// An event as it is kept, a third as large: all of its texts stand in one.
    class Kept {
    public:
        explicit Kept(const Event& event);
        [[nodiscard]] Event event() const;
        [[nodiscard]] WallTime begun() const { return first_; }
        [[nodiscard]] std::string_view zone() const { return text(0, peer_at_); }
        /// Whether it tells all of `next`, but for the time.
        [[nodiscard]] bool is_like(const Kept& next) const;
        [[nodiscard]] bool is_of_same(const Kept& next) const {
            return who_ == next.who_ && peer_at_ == next.peer_at_ && text_at_ == next.text_at_ &&
                   text(0, text_at_) == next.text(0, text_at_);
        }
        void repeat(const Kept& next) {
            at_ = next.at_;
            ++times_;
        }

    private:
        [[nodiscard]] std::string_view text(std::size_t from, std::size_t to) const {
            return std::string_view(texts_).substr(from, to - from);
        }

        std::string texts_;  // zone, peer, text, remedy
        std::uint32_t peer_at_ = 0;
        std::uint32_t text_at_ = 0;
        std::uint32_t remedy_at_ = 0;
        std::uint32_t who_ = 0;  // a hash of zone and peer: most that are compared are of others
        EventKind kind_;
        std::optional<Stage> stage_;
        std::optional<Serial> serial_;
        std::unique_ptr<const TransferFigures> transfer_;
        WallTime first_;
        WallTime at_;
        std::uint64_t times_;
    };
    /// Returns the event as it is kept.
    [[nodiscard]] static const Kept& add_to(std::deque<Kept>& events, std::size_t most, Kept next);

    std::function<void(const Event&)> on_add_;
    std::deque<Kept> events_;
    std::deque<Kept> refusals_;
};

}  // namespace lockstep
