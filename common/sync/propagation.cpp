#include "sync/propagation.hpp"

#include <algorithm>
#include <iterator>

namespace lockstep {
namespace {

constexpr std::size_t episodes_kept = 4096;

}  // namespace

void PropagationHistogram::add(double length) {
    const auto* const bound = std::lower_bound(bounds.begin(), bounds.end(), length);
    ++counts[static_cast<std::size_t>(bound - bounds.begin())];
    sum += length;
}

void PropagationLog::add(Propagation episode) {
    const auto oldest = episode.seen_at.value_or(episode.served_at) - window;
    while (!episodes_.empty() && (episodes_.size() >= episodes_kept || episodes_.front().seen_at < oldest))
        episodes_.pop_front();
    episodes_.push_back(std::move(episode));
    if (on_add_) on_add_(episodes_.back());
}

std::vector<Propagation> PropagationLog::recent(std::string_view zone, WallTime now) const {
    std::vector<Propagation> found;
    std::copy_if(episodes_.begin(), episodes_.end(), std::back_inserter(found), [&](const auto& episode) {
        return episode.seen_at >= now - window && (zone.empty() || episode.zone == zone);
    });
    return found;
}

}  // namespace lockstep
