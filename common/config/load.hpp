#pragma once
// Configuration files: JSON with comments, checked as a whole before anything is believed.
//
// Threads: any; no state. Errors: every problem at once, at most 50, ordered by place. Limits: 64 MiB of
// text, 32 levels deep. Security: a secret's file that others may read is refused; nothing but regular files
// is read.

#include "base/places.hpp"
#include "base/result.hpp"
#include "config/acme_dns.hpp"
#include "config/limits.hpp"
#include "config/peers.hpp"
#include "config/problem.hpp"
#include "config/rate_limit.hpp"
#include "config/server.hpp"
#include "config/zones.hpp"
#include "tsig/key.hpp"

#include <filesystem>
#include <optional>
#include <string_view>
#include <vector>

namespace lockstep {

enum class Role { Primary, Secondary };
enum class ZoneFiles { Checked, Unchecked };

/// `primary` or `secondary`.
[[nodiscard]] std::string_view to_string(Role role);

/// What either daemon is told. Value type.
struct CommonConfig {
    ServerConfig server;
    TsigKeyring keys;
    std::vector<PeerConfig> secondaries;
    LimitsConfig limits;
    RateLimitConfig rate_limit;
    ConfigProblems warnings;  // worth saying, no reason to refuse
    Paths folders;            // absolute: of the file itself, of secret files, "zone_directory"
};

/// The keys, as `SECTION.KEY`, that are taken once at the start and that `wanted` has otherwise than
/// `running`: a reload cannot obey these and says so.
[[nodiscard]] std::vector<std::string> restart_needed(const CommonConfig& running,
                                                      const CommonConfig& wanted);

/// primary.json. Zones are in the order written, those of the zone directory after them in order of name.
struct PrimaryConfig : CommonConfig {
    std::vector<PrimaryZoneConfig> zones;
    std::optional<AcmeDnsConfig> acme_dns;  // absent = off
};

/// secondary.json.
struct SecondaryConfig : CommonConfig {
    std::vector<PeerConfig> primaries;
    std::vector<SecondaryZoneConfig> zones;
};

/// Reads and checks a file. Zone files must be there and be files, unless they are `Unchecked`; their content
/// is not looked at.
[[nodiscard]] Expected<PrimaryConfig, ConfigProblems> load_primary_config(
    const std::filesystem::path& file, ZoneFiles zone_files = ZoneFiles::Checked);
[[nodiscard]] Expected<SecondaryConfig, ConfigProblems> load_secondary_config(
    const std::filesystem::path& file);

/// The same from text; `file` names it in problems, and relative paths start from its folder.
[[nodiscard]] Expected<PrimaryConfig, ConfigProblems> parse_primary_config(std::string_view text,
                                                                           const std::filesystem::path& file);
[[nodiscard]] Expected<SecondaryConfig, ConfigProblems> parse_secondary_config(
    std::string_view text, const std::filesystem::path& file);

/// Where the daemon of this configuration listens for verbs. Looks at nothing else of the file, so that one
/// who may not read the keys can still ask for the status.
[[nodiscard]] Expected<std::filesystem::path, ConfigProblems> control_socket_of(
    const std::filesystem::path& file, Role role);

}  // namespace lockstep
