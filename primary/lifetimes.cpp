#include "primary/lifetimes.hpp"

#include "primary/overlay.hpp"

namespace lockstep {

void Lifetimes::Ends::set(const std::string& key, std::optional<WallTime> end) {
    if (const auto known = by_key.find(key); known != by_key.end()) {
        in_order.erase({known->second, known->first});
        by_key.erase(known);
    }
    if (!end) return;
    const auto at = by_key.emplace(key, *end).first;
    in_order.emplace(at->second, at->first);
}

template <class Change>
void Lifetimes::change(const Name& zone, Change change) {
    const StoredName name(zone);
    auto at = zones_.find(name);
    if (at == zones_.end()) at = zones_.try_emplace(name).first;
    auto& ends = at->second;
    if (!ends.in_order.empty()) first_.erase({ends.in_order.begin()->first, name});
    change(ends);
    if (ends.in_order.empty()) {
        zones_.erase(at);
    } else {
        first_.emplace(ends.in_order.begin()->first, name);
    }
}

void Lifetimes::know(const Name& zone, const std::vector<Mark>& marks) {
    if (marks.empty() && zones_.empty()) return;
    change(zone, [&](Ends& ends) {
        ends = {};
        for (const Mark& mark : marks)
            ends.set(mark.key, end_of_mark(mark.value));
    });
}

void Lifetimes::note(const Name& zone, const std::vector<MarkChange>& marks) {
    change(zone, [&](Ends& ends) {
        for (const auto& [key, value] : marks)
            ends.set(key, value ? end_of_mark(*value) : std::nullopt);
    });
}

void Lifetimes::forget(const Name& zone) {
    know(zone, {});
}

std::optional<WallTime> Lifetimes::next() const {
    return first_.empty() ? std::nullopt : std::optional(first_.begin()->first);
}

std::optional<Name> Lifetimes::zone_due(WallTime now) const {
    if (first_.empty() || first_.begin()->first > now) return std::nullopt;
    return Name(first_.begin()->second);
}

std::vector<std::string> Lifetimes::due(const Name& zone, WallTime now, std::size_t most) const {
    std::vector<std::string> keys;
    const auto at = zones_.find(zone);
    if (at == zones_.end()) return keys;
    for (const auto& [end, key] : at->second.in_order) {
        if (end > now || keys.size() == most) break;
        keys.emplace_back(key);
    }
    return keys;
}

}  // namespace lockstep
