#include "answer/counters.hpp"

namespace lockstep {

AnswerTotals AnswerCounterList::totals() const {
    AnswerTotals sum;
    const std::lock_guard lock(mutex_);
    for (const AnswerCounters& set : sets_) {
        for (std::size_t i = 0; i < sum.queries.size(); ++i)
            sum.queries[i] += set.queries[i].value();
        for (std::size_t i = 0; i < sum.responses.size(); ++i)
            sum.responses[i] += set.responses[i].value();
        sum.truncated += set.truncated.value();
        sum.dropped_short += set.dropped_short.value();
        sum.dropped_response += set.dropped_response.value();
        sum.dropped_space += set.dropped_space.value();
        sum.dropped_rate += set.dropped_rate.value();
        sum.truncated_rate += set.truncated_rate.value();
        sum.notifies_taken += set.notifies_taken.value();
        sum.notifies_refused += set.notifies_refused.value();
        sum.updates_refused += set.updates_refused.value();
        sum.tsig_rejected += set.tsig_rejected.value();
    }
    return sum;
}

}  // namespace lockstep
