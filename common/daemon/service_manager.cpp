#include "daemon/service_manager.hpp"

#include <fmt/format.h>
#include <systemd/sd-daemon.h>

#include <cstdint>
#include <cstdlib>
#include <time.h>

namespace lockstep {
namespace {

void tell(const std::string& lines) {
    // Should it fail, the manager acts by its own timers; there is nobody else to tell.
    (void)sd_notify(0, lines.c_str());
}

/// CLOCK_MONOTONIC itself, which is what the manager compares with.
std::uint64_t monotonic_microseconds() {
    timespec now{};
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return static_cast<std::uint64_t>(now.tv_sec) * 1'000'000 +
           static_cast<std::uint64_t>(now.tv_nsec) / 1000;
}

}  // namespace

bool ServiceManager::present() {
    return std::getenv("NOTIFY_SOCKET") != nullptr;
}

std::optional<milliseconds> ServiceManager::watchdog() {
    std::uint64_t microseconds = 0;
    if (!present() || sd_watchdog_enabled(0, &microseconds) <= 0) return std::nullopt;
    return milliseconds(microseconds / 1000);
}

void ServiceManager::ready(std::string_view status) {
    tell(fmt::format("READY=1\nSTATUS={}", status));
}

void ServiceManager::reloading() {
    tell(fmt::format("RELOADING=1\nMONOTONIC_USEC={}\nSTATUS=reloading", monotonic_microseconds()));
}

void ServiceManager::stopping() {
    tell("STOPPING=1");
}

void ServiceManager::alive() {
    tell("WATCHDOG=1");
}

void ServiceManager::status(std::string_view text) {
    tell(fmt::format("STATUS={}", text));
}

}  // namespace lockstep
