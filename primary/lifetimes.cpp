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
    if (!ends.in_order.empty()) first_.erase({ends.first(), name});
    change(ends);
    if (ends.in_order.empty()) {
        zones_.erase(at);
    } else {
        first_.emplace(ends.first(), name);
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
    if (marks.empty()) return;
    change(zone, [&](Ends& ends) {
        for (const auto& [key, value] : marks)
            ends.set(key, value ? end_of_mark(*value) : std::nullopt);
    });
}

void Lifetimes::forget(const Name& zone) {
    know(zone, {});
}

void Lifetimes::hold(const Name& zone, WallTime until) {
    change(zone, [&](Ends& ends) { ends.held_until = until; });
}

std::optional<WallTime> Lifetimes::next(WallTime now) const {
    const auto at =
        std::find_if(first_.begin(), first_.end(), [&](const First& first) { return first.first > now; });
    return at == first_.end() ? std::nullopt : std::optional(at->first);
}

std::vector<Name> Lifetimes::zones_due(WallTime now) const {
    std::vector<Name> zones;
    for (const auto& [first, zone] : first_) {
        if (first > now) break;
        zones.emplace_back(zone);
    }
    return zones;
}

std::vector<std::string> Lifetimes::due(const Name& zone, WallTime now, std::size_t most) const {
    std::vector<std::string> keys;
    const auto at = zones_.find(zone);
    if (at == zones_.end() || at->second.held_until > now) return keys;
    for (const auto& [end, key] : at->second.in_order) {
        if (end > now || keys.size() == most) break;
        keys.emplace_back(key);
    }
    return keys;
}

}  // namespace lockstep
