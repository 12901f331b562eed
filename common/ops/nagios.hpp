#pragma once
// The state of a zone as a Nagios plugin tells it: one line, and the convention's exit code.
//
// Threads: values. Errors: none.

#include "ops/status.hpp"

#include <string>
#include <string_view>

namespace lockstep {

/// Exit codes of the plugin convention.
enum class NagiosCode : int { Ok = 0, Warning = 1, Critical = 2, Unknown = 3 };

struct NagiosReport {
    NagiosCode code = NagiosCode::Unknown;
    std::string line;  // ends with a newline
};

/// The zones of `status`, worst news first, with the lag of each peer as performance data (`U` where
/// unknown). Critical: expired, without content, not loaded, or a peer that is unreachable or refuses.
/// Warning: a peer that is behind or was not seen yet, content that the disk does not hold. Unknown: no
/// zones.
[[nodiscard]] NagiosReport nagios_report(const DaemonStatus& status);
/// `UNKNOWN: …`: where nobody could be asked.
[[nodiscard]] NagiosReport nagios_unknown(std::string_view why);

}  // namespace lockstep
