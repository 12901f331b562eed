#include "store/marks.hpp"

#include <algorithm>
#include <utility>

namespace lockstep {

Marks::Plan Marks::plan(const std::vector<MarkChange>& changes) const {
    std::map<std::string_view, const MarkChange*> last;
    for (const MarkChange& change : changes)
        last[change.key] = &change;
    Plan plan;
    plan.size = size();
    plan.from_none = by_key_.empty();
    std::uint64_t next = next_;
    for (const auto& [key, change] : last) {
        const auto known = by_key_.find(key);
        if (known == by_key_.end()) {
            if (!change->value) continue;
            plan.steps.push_back({change->key, next++, change->value});
            ++plan.size;
        } else if (change->value != known->second.value) {
            plan.steps.push_back({change->key, known->second.number, change->value});
            if (!change->value) --plan.size;
        }
    }
    return plan;
}

void Marks::keep(const Plan& plan) {
    for (const Step& step : plan.steps) {
        if (step.value) {
            add({step.number, {step.key, *step.value}});
        } else {
            by_key_.erase(step.key);
        }
    }
}

void Marks::add(StoredMark stored) {
    next_ = std::max(next_, stored.number + 1);
    by_key_.insert_or_assign(std::move(stored.mark.key), Kept{stored.number, std::move(stored.mark.value)});
}

std::optional<std::string> Marks::find(std::string_view key) const {
    const auto at = by_key_.find(key);
    return at == by_key_.end() ? std::nullopt : std::optional(at->second.value);
}

std::vector<Mark> Marks::all() const {
    std::vector<Mark> marks;
    marks.reserve(by_key_.size());
    for (const auto& [key, kept] : by_key_)
        marks.push_back({key, kept.value});
    return marks;
}

std::vector<StoredMark> Marks::stored() const {
    std::vector<StoredMark> marks;
    for (const auto& [key, kept] : by_key_)
        marks.push_back({kept.number, {key, kept.value}});
    return marks;
}

}  // namespace lockstep
