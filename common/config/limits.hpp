#pragma once
// The "limits" and "timers" sections: bounds on what others may cost us. The table in schema.cpp has the
// defaults.

#include <chrono>
#include <cstddef>
#include <cstdint>

namespace lockstep {

/// Bounds of one daemon. Value type. A reload takes them over for what starts after it.
struct LimitsConfig {
    // Transfers out.
    unsigned transfers_out = 64;
    unsigned transfers_out_per_peer = 8;
    std::chrono::seconds transfer_out_time{3600};

    // History kept for IXFR, and when AXFR is the shorter way.
    unsigned history_versions = 100;  // kept at least, whatever their age
    unsigned history_days = 7;        // and kept at least this long
    unsigned history_percent = 200;   // but never more than this share of the zone's size
    unsigned ixfr_percent = 200;      // larger than this share of the zone: AXFR

    std::chrono::seconds alarm_behind{60};  // a secondary behind for so long is logged

    // Streams.
    unsigned tcp_connections = 1024;
    unsigned tcp_connections_per_source = 128;
    std::chrono::seconds tcp_idle{10};

    // Transfers in (secondary).
    unsigned transfers_in = 64;
    unsigned transfers_in_per_primary = 8;
    std::uint64_t transfers_in_memory = std::uint64_t{1} << 30U;  // octets that all of them may hold
    unsigned checks_at_start = 500;                               // a second, of zones with content
    std::uint64_t transfer_in_octets = 0;  // 0 = 4 times the last size + 16 MiB, at least 64 MiB
    std::chrono::seconds transfer_in_time{3600};
    std::chrono::seconds transfer_in_silence{10};
    std::uint64_t transfer_in_rate = 30720;  // octets a minute, at least; 0 = any
    unsigned rrset_records = 1000;

    /// The bound on one transfer into a zone that was `last_octets` large (0 = not known).
    [[nodiscard]] std::uint64_t transfer_in_bound(std::uint64_t last_octets) const;
    bool operator==(const LimitsConfig&) const = default;
};

/// How a secondary bends the timers of a zone's SOA. Value type.
struct TimersConfig {
    std::chrono::seconds refresh_min{30};
    std::chrono::seconds refresh_max{86400};
    std::chrono::seconds retry_min{5};
    std::chrono::seconds retry_max{3600};
    std::chrono::seconds empty_retry_max{300};  // a zone without content: 1 s, doubling up to this
    bool operator==(const TimersConfig&) const = default;
};

}  // namespace lockstep
