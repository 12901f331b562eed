#include "primary/recent_updates.hpp"

#include <utility>

namespace lockstep {
namespace {

constexpr seconds unsigned_kept{30};
constexpr seconds signed_kept{600};  // the time in a signature may be off by 300 s either way
constexpr std::size_t most_kept = 100'000;
constexpr std::size_t most_waiting = 8;  // of one message: who sends it more often gets no more answers

}  // namespace

RecentUpdates::RecentUpdates() : secret_(random_octets(siphash_key_octets)) {}

RecentUpdates::Key RecentUpdates::key_of(const UpdateRequest& request) {
    OctetString octets(request.message);
    // A signature is nobody else's, whichever way it comes: a secondary may have passed it on.
    if (!request.key) append_octets(octets, as_octets(request.client.peer.to_string()));
    const auto digest = hasher_.hash(secret_, octets);
    return {load_native<std::uint64_t>(digest.data()), request.key != nullptr};
}

RecentUpdates::Seen RecentUpdates::note(Key key, LateAnswer& answer, SteadyTime now) {
    forget_old(unsigned_, now, unsigned_kept);
    forget_old(signed_, now, signed_kept);
    const auto [at, is_new] = entries_.try_emplace(key.digest);
    if (is_new) return Seen::First;
    if (at->second.told) return Seen::Answered;
    if (at->second.waiting.size() < most_waiting) at->second.waiting.push_back(std::move(answer));
    return Seen::Waits;
}

RecentUpdates::Told RecentUpdates::told(Key key) const {
    return *entries_.at(key.digest).told;
}

std::vector<LateAnswer> RecentUpdates::answered(Key key, const Told& told, SteadyTime now) {
    auto& entry = entries_[key.digest];
    if (told.rcode == Rcode::SERVFAIL) {  // the next time it may be done
        auto waiting = std::move(entry.waiting);
        entries_.erase(key.digest);
        return waiting;
    }
    entry.told = told;
    (key.is_signed ? signed_ : unsigned_).emplace_back(now, key.digest);
    return std::exchange(entry.waiting, {});
}

void RecentUpdates::forget_old(Answered& answered, SteadyTime now, seconds kept) {
    while (!answered.empty() && (answered.size() > most_kept || now - answered.front().first > kept)) {
        entries_.erase(answered.front().second);
        answered.pop_front();
    }
}

}  // namespace lockstep
