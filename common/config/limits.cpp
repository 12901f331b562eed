#include "config/limits.hpp"

#include "config/sections.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace lockstep {

std::uint64_t LimitsConfig::transfer_in_bound(std::uint64_t last_octets) const {
    constexpr std::uint64_t mebibyte = std::uint64_t{1} << 20U;
    if (transfer_in_octets != 0) return transfer_in_octets;
    return std::max(last_octets * 4 + 16 * mebibyte, 64 * mebibyte);
}

LimitsConfig read_limits(const JsonValue& root, const Reading& reading) {
    const Section limits(Section(root, root_table(), reading.role).value("limits"), limits_table(),
                         reading.role);
    LimitsConfig config;
    config.transfers_out = limits.number<unsigned>("transfers_out");
    config.transfers_out_per_peer = limits.number<unsigned>("transfers_out_per_peer");
    config.transfer_out_time = std::chrono::seconds(limits.integer("transfer_out_seconds"));
    config.history_versions = limits.number<unsigned>("history_versions");
    config.history_days = limits.number<unsigned>("history_days");
    config.history_percent = limits.number<unsigned>("history_percent");
    config.ixfr_percent = limits.number<unsigned>("ixfr_percent");
    config.alarm_behind = std::chrono::seconds(limits.integer("alarm_behind_seconds"));
    config.tcp_connections = limits.number<unsigned>("tcp_connections");
    config.tcp_connections_per_source = limits.number<unsigned>("tcp_connections_per_source");
    config.tcp_idle = std::chrono::seconds(limits.integer("tcp_idle_seconds"));
    if (reading.role == Role::Primary) return config;
    config.transfers_in = limits.number<unsigned>("transfers_in");
    config.transfers_in_per_primary = limits.number<unsigned>("transfers_in_per_primary");
    config.transfers_in_memory = limits.number<std::uint64_t>("transfers_in_memory");
    config.checks_at_start = limits.number<unsigned>("checks_at_start");
    config.transfer_in_octets = limits.number<std::uint64_t>("transfer_in_octets");
    config.transfer_in_time = std::chrono::seconds(limits.integer("transfer_in_seconds"));
    config.transfer_in_silence = std::chrono::seconds(limits.integer("transfer_in_silence_seconds"));
    config.transfer_in_rate = limits.number<std::uint64_t>("transfer_in_rate");
    config.rrset_records = limits.number<unsigned>("rrset_records");
    return config;
}

TimersConfig read_timers(const std::optional<JsonValue>& object, const Reading& reading) {
    const Section timers(object, timers_table(), reading.role);
    const auto in_order = [&](std::string_view least, std::string_view most) {
        if (timers.integer(least) <= timers.integer(most) || !object) return;
        reading.report.error(object->problem(fmt::format("{} is {}, more than {}, which is {}", least,
                                                         timers.integer(least), most, timers.integer(most))));
    };
    in_order("refresh_min", "refresh_max");
    in_order("retry_min", "retry_max");
    TimersConfig config;
    config.refresh_min = std::chrono::seconds(timers.integer("refresh_min"));
    config.refresh_max = std::chrono::seconds(timers.integer("refresh_max"));
    config.retry_min = std::chrono::seconds(timers.integer("retry_min"));
    config.retry_max = std::chrono::seconds(timers.integer("retry_max"));
    config.empty_retry_max = std::chrono::seconds(timers.integer("empty_retry_max"));
    return config;
}

}  // namespace lockstep
