#pragma once
// What the answering side counts: one set a handler, summed by whoever shows them.

#include "base/counters.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <list>
#include <mutex>

namespace lockstep {

/// Response codes counted one by one; higher ones share the last place.
constexpr std::size_t counted_rcodes = 24;

/// A set of counters, of one handler (OwnedCounter) or of all (std::uint64_t).
template <class Counter>
struct AnswerCounts {
    std::array<Counter, 3> queries{};                 // by Transport
    std::array<Counter, counted_rcodes> responses{};  // by Rcode; one for each transfer
    Counter truncated{};
    Counter dropped_short{};     // less than a header
    Counter dropped_response{};  // QR set
    Counter dropped_space{};     // not even the question fits
    Counter dropped_rate{};      // over the rate limit
    Counter truncated_rate{};    // over the rate limit, sent truncated
    Counter notifies_taken{};
    Counter notifies_refused{};
    Counter updates_refused{};  // before anything was looked at
    Counter tsig_rejected{};
};

/// Of one handler. Threads: written by its worker, read by any.
struct alignas(64) AnswerCounters : AnswerCounts<OwnedCounter> {};

/// The sum over all handlers at one moment. Value type.
using AnswerTotals = AnswerCounts<std::uint64_t>;

/// Every handler's counters. Resource type; outlives the handlers. Threads: any.
class AnswerCounterList {
public:
    /// A new set, kept until the list goes, so that totals never fall.
    [[nodiscard]] AnswerCounters& add() {
        const std::lock_guard lock(mutex_);
        return sets_.emplace_back();
    }
    [[nodiscard]] AnswerTotals totals() const;

private:
    mutable std::mutex mutex_;
    std::list<AnswerCounters> sets_;
};

}  // namespace lockstep
