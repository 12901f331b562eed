#pragma once
// Which zones' files have been written, and nobody writes any more. PURE: no clock, no I/O.
//
// Threads: a value, one owner.

#include "base/clock.hpp"
#include "wire/name.hpp"

#include <algorithm>
#include <map>
#include <vector>

namespace lockstep {

class Settling {
public:
    /// After the file was closed or put in place: an editor may do more than one such step.
    static constexpr milliseconds closed{200};
    /// After a write, where the writer keeps the file open: it may be in the middle.
    static constexpr milliseconds written{30'000};

    /// Something happened to a file of `zone`: it settles `after` that, unless more happens.
    void happened(const Name& zone, SteadyTime now, milliseconds after) { due_[zone] = now + after; }
    void forget(const Name& zone) { due_.erase(zone); }
    /// When the next one will have settled; the end of time where none is to.
    [[nodiscard]] SteadyTime next() const {
        auto soonest = SteadyTime::max();
        for (const auto& [zone, at] : due_)
            soonest = std::min(soonest, at);
        return soonest;
    }
    /// Takes those that have settled.
    [[nodiscard]] std::vector<Name> take(SteadyTime now) {
        std::vector<Name> settled;
        std::erase_if(due_, [&](const auto& entry) {
            if (entry.second > now) return false;
            settled.push_back(entry.first);
            return true;
        });
        return settled;
    }

private:
    std::map<Name, SteadyTime, CanonicalLess> due_;
};

}  // namespace lockstep
