#pragma once
// The state of a daemon as one struct, and its two faces: JSON (INTERFACE.md, "status --json") and text.
//
// Threads: values. Errors: none. Security: names are escaped as RFC 1035 text, then as JSON.

#include "base/clock.hpp"
#include "config/load.hpp"
#include "sync/failure.hpp"
#include "sync/ledger.hpp"
#include "wire/serial.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace lockstep {

struct SecondaryStatus {
    std::string name;
    std::string address;
    std::optional<Serial> serial;
    std::string state;
    std::optional<double> lag_seconds;
    std::optional<WallTime> notified_at;
    std::optional<WallTime> verified_at;
    std::optional<Failure> last_error;
};

struct TransferSummary {
    std::string kind;  // AXFR | IXFR
    std::string primary;
    WallTime at{};
    double seconds = 0;
    std::uint64_t messages = 0;
    std::uint64_t octets = 0;
};

/// What a secondary knows of a zone's way in.
struct InboundStatus {
    std::optional<std::string> primary;
    std::optional<Serial> primary_serial;
    std::optional<double> lag_seconds;
    std::optional<WallTime> refreshed_at;
    std::optional<WallTime> next_refresh_at;
    std::optional<WallTime> expires_at;
    std::optional<TransferSummary> last_transfer;
    std::optional<Failure> last_error;
};

struct ZoneStatus {
    std::string name;
    std::optional<Serial> serial;
    std::uint64_t records = 0;
    std::string state;                         // serving | failed | expired | empty
    std::optional<WallTime> loaded_at;         // primary
    std::optional<std::string> error;          // primary
    std::optional<std::string> not_persisted;  // why the disk does not hold the last of it
    std::optional<InboundStatus> inbound;      // secondary
    std::vector<SecondaryStatus> secondaries;
};

struct DaemonStatus {
    Role role = Role::Primary;
    std::string version;
    std::optional<std::string> identity = {};  // server.identity
    bool ready = false;
    double uptime_seconds = 0;
    std::vector<ZoneStatus> zones;
};

/// The ledger's rows of a zone.
[[nodiscard]] std::vector<SecondaryStatus> secondaries_of(const Ledger& ledger, NameView zone);

enum class Colour : bool { No, Yes };

[[nodiscard]] std::string status_json(const DaemonStatus& status);
/// A zone's object of status_json, on one line.
[[nodiscard]] std::string zone_json_line(const ZoneStatus& zone);
/// `{"name":…}`
[[nodiscard]] std::string name_json_line(NameView zone);
[[nodiscard]] std::string status_text(const DaemonStatus& status, Colour colour);
/// One line a zone: name, serial, records, state.
[[nodiscard]] std::string zones_json(const DaemonStatus& status);
[[nodiscard]] std::string zones_text(const DaemonStatus& status, Colour colour);

}  // namespace lockstep
