#pragma once
// Of which zones the disk does not hold what it should, and why: for whoever shows it while the disk hangs.
//
// Threads: any; nothing here waits for the disk.

#include "wire/stored_name.hpp"

#include <map>
#include <mutex>
#include <optional>
#include <string>

namespace lockstep {

/// Resource type.
class NotPersisted {
public:
    /// New content could not be stored, so the old is served.
    void content_refused(NameView zone, const std::string& why) {
        const std::lock_guard lock(mutex_);
        zones_[zone].content = why;
    }
    /// What is in service and when it expires is right, but stored is something older.
    void timers_unsaved(NameView zone, const std::string& why) {
        const std::lock_guard lock(mutex_);
        zones_[zone].timers = why;
    }
    void timers_saved(NameView zone) {
        const std::lock_guard lock(mutex_);
        const auto at = zones_.find(zone);
        if (at == zones_.end()) return;
        at->second.timers.reset();
        if (!at->second.content) zones_.erase(at);
    }
    /// What is served is what should be: the content that could not be stored is wanted no more.
    void content_current(NameView zone) {
        const std::lock_guard lock(mutex_);
        const auto at = zones_.find(zone);
        if (at == zones_.end()) return;
        at->second.content.reset();
        if (!at->second.timers) zones_.erase(at);
    }
    /// All of it is stored, or the zone is gone.
    void forget(NameView zone) {
        const std::lock_guard lock(mutex_);
        if (const auto at = zones_.find(zone); at != zones_.end()) zones_.erase(at);
    }

    [[nodiscard]] std::optional<std::string> why(NameView zone) const {
        const std::lock_guard lock(mutex_);
        const auto at = zones_.find(zone);
        if (at == zones_.end()) return std::nullopt;
        return at->second.content ? at->second.content : at->second.timers;
    }
    [[nodiscard]] bool has_unsaved() const {
        const std::lock_guard lock(mutex_);
        for (const auto& [zone, reasons] : zones_) {
            if (reasons.timers) return true;
        }
        return false;
    }

private:
    struct Reasons {
        std::optional<std::string> content;
        std::optional<std::string> timers;
    };
    mutable std::mutex mutex_;
    std::map<StoredName, Reasons, CanonicalLess> zones_;
};

}  // namespace lockstep
