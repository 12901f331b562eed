#include "primary/recent_updates.hpp"

#include <utility>

namespace lockstep {
namespace {

constexpr seconds kept{30};
constexpr std::size_t most_kept = 20'000;
constexpr std::size_t most_waiting = 8;  // of one message: who sends it more often gets no more answers

}  // namespace

RecentUpdates::RecentUpdates() : secret_(random_octets(siphash_key_octets)) {}

RecentUpdates::Key RecentUpdates::key_of(const UpdateRequest& request) {
    OctetString octets(request.message);
    // A signature is nobody else's, whichever way it comes: a secondary may have passed it on.
    if (!request.key) append_octets(octets, as_octets(request.client.peer.to_string()));
    const auto digest = hasher_.hash(secret_, octets);
    return load_native<Key>(digest.data());
}

RecentUpdates::Seen RecentUpdates::note(Key key, LateAnswer& answer, SteadyTime now) {
    forget_old(now);
    const auto [at, is_new] = entries_.try_emplace(key);
    if (is_new) return Seen::First;
    if (at->second.told) return Seen::Answered;
    if (at->second.waiting.size() < most_waiting) at->second.waiting.push_back(std::move(answer));
    return Seen::Waits;
}

RecentUpdates::Told RecentUpdates::told(Key key) const {
    return *entries_.at(key).told;
}

std::vector<LateAnswer> RecentUpdates::answered(Key key, const Told& told, SteadyTime now) {
    auto& entry = entries_[key];
    entry.told = told;
    answered_.emplace_back(now, key);
    return std::exchange(entry.waiting, {});
}

void RecentUpdates::forget_old(SteadyTime now) {
    while (!answered_.empty() && (answered_.size() > most_kept || now - answered_.front().first > kept)) {
        entries_.erase(answered_.front().second);
        answered_.pop_front();
    }
}

}  // namespace lockstep
