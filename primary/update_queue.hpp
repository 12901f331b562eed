#pragma once
// Updates that were admitted and are not carried out yet, by zone and in the order in which they came.
//
// Threads: any. Limits: 10,000 updates and 64 MiB of messages, from admission to answer; what is over them is
// answered SERVFAIL by whoever asks to be admitted.

#include "answer/update_in.hpp"
#include "wire/stored_name.hpp"

#include <cstddef>
#include <functional>
#include <mutex>
#include <unordered_map>
#include <vector>

namespace lockstep {

/// One of them. Resource type, move-only.
struct QueuedUpdate {
    UpdateRequest request;
    LateAnswer answer;
};

/// Resource type.
class UpdateQueue {
public:
    static constexpr std::size_t most_updates = 10'000;
    static constexpr std::size_t most_octets = std::size_t{64} << 20;

    /// `wake` is called when a zone has updates that nobody is there to take: by whoever put the first.
    explicit UpdateQueue(std::function<void(const Name& zone)> wake) : wake_(std::move(wake)) {}

    [[nodiscard]] bool admit(std::size_t octets);
    void put(QueuedUpdate update);
    /// The zone's first, `most` of them; none: whoever takes them may go, and `wake` is called for the next.
    [[nodiscard]] std::vector<QueuedUpdate> take(NameView zone, std::size_t most);
    /// One that was admitted with so many octets has been answered.
    void answered(std::size_t octets);

private:
    const std::function<void(const Name&)> wake_;
    std::mutex mutex_;
    std::size_t updates_ = 0;
    std::size_t octets_ = 0;
    /// Zones that somebody is woken for, or takes from.
    std::unordered_map<StoredName, std::vector<QueuedUpdate>, HashName, SameName> zones_;
};

}  // namespace lockstep
