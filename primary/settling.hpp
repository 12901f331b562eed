#pragma once
// Which zones' files have been written, and nobody writes any more. PURE: no clock, no I/O.
//
// Threads: a value, one owner.

#include "base/clock.hpp"
#include "wire/name.hpp"

#include <algorithm>
#include <map>
#include <string>
#include <vector>

namespace lockstep {

class Settling {
public:
    /// After the file was closed or put in place: an editor may do more than one such step.
    static constexpr milliseconds closed{200};
    /// After a write, where the writer keeps the file open: it may be in the middle.
    static constexpr milliseconds written{30'000};

    /// Something happened to `file` of `zone`, which settles `after` that unless more happens to it. A zone
    /// settles with the last of its files.
    void happened(const Name& zone, const std::string& file, SteadyTime now, milliseconds after) {
        due_[zone][file] = now + after;
    }
    /// The same for what says nothing of whether the file is still being written: what is waited for already
    /// stays.
    void touched(const Name& zone, const std::string& file, SteadyTime now) {
        due_[zone].try_emplace(file, now + closed);
    }
    void forget(NameView zone) {
        if (const auto at = due_.find(zone); at != due_.end()) due_.erase(at);
    }
    /// When the next one will have settled; the end of time where none is to.
    [[nodiscard]] SteadyTime next() const {
        auto soonest = SteadyTime::max();
        for (const auto& [zone, files] : due_)
            soonest = std::min(soonest, last_of(files));
        return soonest;
    }
    /// Takes those that have settled.
    [[nodiscard]] std::vector<Name> take(SteadyTime now) {
        std::vector<Name> settled;
        std::erase_if(due_, [&](const auto& entry) {
            if (last_of(entry.second) > now) return false;
            settled.push_back(entry.first);
            return true;
        });
        return settled;
    }

private:
    using Files = std::map<std::string, SteadyTime>;
    [[nodiscard]] static SteadyTime last_of(const Files& files) {
        SteadyTime last{};
        for (const auto& [file, at] : files)
            last = std::max(last, at);
        return last;
    }

    std::map<Name, Files, CanonicalLess> due_;
};

}  // namespace lockstep
