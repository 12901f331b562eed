#pragma once
// Which updates came a short time ago: a client that had no answer sends the same message again (nsupdate
// after 3 s), and must not change the zone twice.
//
// Threads: one. Limits: what was answered is known for 30 s, of the last 20,000. Security: messages are known
// by a keyed hash, so nobody can make one that stands for another's.

#include "answer/late_answer.hpp"
#include "answer/update_in.hpp"
#include "base/clock.hpp"
#include "crypto/secret.hpp"
#include "crypto/siphash.hpp"

#include <cstdint>
#include <deque>
#include <optional>
#include <unordered_map>
#include <vector>

namespace lockstep {

/// Resource type.
class RecentUpdates {
public:
    using Key = std::uint64_t;
    /// What a message came to, for when it comes again.
    struct Told {
        Rcode rcode = Rcode::NOERROR;
        std::optional<ToldError> error{};
    };
    enum class Seen { First, Waits, Answered };

    RecentUpdates();

    /// Of the message and, where it is not signed, its sender.
    [[nodiscard]] Key key_of(const UpdateRequest& request);
    /// Notes that it came, and whether it had before. Waits: `answer` has been taken, and is answered with
    /// the first.
    [[nodiscard]] Seen note(Key key, LateAnswer& answer, SteadyTime now);
    /// Of one that was Answered.
    [[nodiscard]] Told told(Key key) const;
    /// The message is answered now; those who sent it again and wait.
    [[nodiscard]] std::vector<LateAnswer> answered(Key key, const Told& told, SteadyTime now);

private:
    struct Entry {
        std::optional<Told> told;         // nothing: it is under way
        std::vector<LateAnswer> waiting;  // of the same message
    };
    void forget_old(SteadyTime now);

    SecretOctets secret_;
    SipHash hasher_;
    std::unordered_map<Key, Entry> entries_;
    std::deque<std::pair<SteadyTime, Key>> answered_;  // oldest first
};

}  // namespace lockstep
