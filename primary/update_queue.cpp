#include "primary/update_queue.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

namespace lockstep {

bool UpdateQueue::admit(std::size_t octets) {
    const std::lock_guard lock(mutex_);
    if (updates_ >= most_updates || octets_ + octets > most_octets) return false;
    ++updates_;
    octets_ += octets;
    return true;
}

void UpdateQueue::put(QueuedUpdate update) {
    const Name zone = update.request.zone;
    bool first = false;
    {
        const std::lock_guard lock(mutex_);
        const auto [at, is_new] = zones_.try_emplace(StoredName(zone));
        at->second.push_back(std::move(update));
        first = is_new;
    }
    if (first) wake_(zone);
}

std::vector<QueuedUpdate> UpdateQueue::take(NameView zone, std::size_t most) {
    const std::lock_guard lock(mutex_);
    const auto at = zones_.find(zone);
    if (at == zones_.end()) return {};
    auto& waiting = at->second;
    if (waiting.empty()) {
        zones_.erase(at);
        return {};
    }
    const auto end = waiting.begin() + static_cast<std::ptrdiff_t>(std::min(most, waiting.size()));
    std::vector<QueuedUpdate> taken(std::make_move_iterator(waiting.begin()), std::make_move_iterator(end));
    waiting.erase(waiting.begin(), end);
    return taken;
}

void UpdateQueue::answered(std::size_t octets) {
    const std::lock_guard lock(mutex_);
    --updates_;
    octets_ -= octets;
}

}  // namespace lockstep
