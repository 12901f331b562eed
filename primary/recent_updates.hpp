#pragma once
// Which updates came a short time ago: a client that had no answer sends the same message again (nsupdate
// after 3 s), and must not change the zone twice.
//
// Threads: one. Limits: what was answered is known for 30 s, if it was signed for 10 minutes, longer than its
// signature is good: nobody else can send it again; of either kind the last 100,000. Security: messages are
// known by a keyed hash, so nobody can make one that stands for another's. Standards: RFC 8945 §10.

#include "answer/late_answer.hpp"
#include "answer/update_in.hpp"
#include "base/clock.hpp"
#include "crypto/secret.hpp"
#include "crypto/siphash.hpp"

#include <cstdint>
#include <deque>
#include <optional>
#include <unordered_map>
#include <utility>
#include <vector>

namespace lockstep {

/// Resource type.
class RecentUpdates {
public:
    struct Key {
        std::uint64_t digest = 0;
        bool is_signed = false;
    };
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
    /// The message is answered now; those who sent it again and wait. After SERVFAIL it is as if it had not
    /// come.
    [[nodiscard]] std::vector<LateAnswer> answered(Key key, const Told& told, SteadyTime now);

private:
    struct Entry {
        std::optional<Told> told;         // nothing: it is under way
        std::vector<LateAnswer> waiting;  // of the same message
    };
    using Answered = std::deque<std::pair<SteadyTime, std::uint64_t>>;  // oldest first
    void forget_old(Answered& answered, SteadyTime now, seconds kept);

    SecretOctets secret_;
    SipHash hasher_;
    std::unordered_map<std::uint64_t, Entry> entries_;
    Answered unsigned_;
    Answered signed_;
};

}  // namespace lockstep
