#pragma once
// What the service manager is told, and what it wants (sd_notify(3), sd_watchdog_enabled(3)).
//
// Threads: the housekeeping thread. Errors: none; where no manager listens, nothing happens.

#include "base/clock.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace lockstep {

/// Value type without a state of its own: the environment says whether there is a manager.
class ServiceManager {
public:
    /// Whether one listens.
    [[nodiscard]] static bool present();
    /// After how long without alive() it ends us; nothing where it does not.
    [[nodiscard]] static std::optional<milliseconds> watchdog();

    /// Everything is published and answered; also the end of a reload.
    static void ready(std::string_view status);
    static void reloading();
    static void stopping();
    static void alive();
    /// One line that `systemctl status` shows.
    static void status(std::string_view text);
};

}  // namespace lockstep
