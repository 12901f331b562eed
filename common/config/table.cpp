#include "config/table.hpp"

#include <algorithm>
#include <array>

namespace lockstep {
namespace {

using enum Shape;

constexpr std::array<std::string_view, 4> log_levels{"debug", "info", "warning", "error"};
constexpr std::array<std::string_view, 6> algorithms{"hmac-sha256", "hmac-sha384", "hmac-sha512",
                                                     "hmac-sha224", "hmac-sha1",   "hmac-md5"};
constexpr std::array<std::string_view, 5> serial_policies{"auto", "manual", "increment", "date", "unixtime"};

constexpr std::int64_t any_count = 0xffffffff;
constexpr std::int64_t any_octets = std::int64_t{1} << 50U;
constexpr std::int64_t days = 86400;

constexpr KeyRow server_rows[] = {
    {.key = "listen",
     .shape = Endpoint,
     .takes = Takes::List,
     .demand = Demand::Required,
     .help = "Addresses and ports to answer on, over UDP and TCP. Without a port, 53.",
     .least = 1,
     .start_only = true},
    {.key = "state_directory",
     .shape = Path,
     .fallback = "/var/lib/lockstep/ROLE",
     .help = "The only place that is written: journal, timers. One process at a time may use it.",
     .start_only = true},
    {.key = "control_socket",
     .shape = Path,
     .fallback = "/run/lockstep/ROLE.sock",
     .help = "The Unix socket over which verbs reach the daemon. A reload by SIGHUP moves it."},
    {.key = "http",
     .shape = Endpoint,
     .help = "Where the status page, the JSON API and /metrics are served, read-only. Absent: nowhere. "
             "Without a port, 8053."},
    {.key = "identity",
     .shape = Text,
     .help =
         "Told to those who ask by NSID or for id.server; HTTP may be asked by this name. Absent: not told."},
    {.key = "udp_workers",
     .shape = Integer,
     .fallback = "0",
     .help = "Threads that answer over UDP, each with sockets of its own; 0 is one a core.",
     .greatest = 256,
     .start_only = true},
    {.key = "user",
     .shape = Label,
     .help = "The user to become after the ports are bound. Absent: stay who you are.",
     .start_only = true},
    {.key = "sandbox",
     .shape = Boolean,
     .fallback = "true",
     .help =
         "Gives up, once everything is loaded, all files but those of the configuration, of its zones and of "
         "\"state_directory\" (Landlock), and all system calls that are not needed (seccomp).",
     .start_only = true},
    {.key = "log_level",
     .shape = Choice,
     .fallback = "info",
     .help = "The least important events that are still logged.",
     .choices = log_levels},
};

constexpr KeyRow key_rows[] = {
    {.key = "name",
     .shape = Name,
     .demand = Demand::Required,
     .help = "The key's name, the same on both sides."},
    {.key = "algorithm",
     .shape = Choice,
     .fallback = "hmac-sha256",
     .help = "The same on both sides. hmac-sha1 and hmac-md5 are for old peers.",
     .choices = algorithms},
    {.key = "secret", .shape = Secret, .help = "The secret in base64. Either this or \"secret_file\"."},
    {.key = "secret_file",
     .shape = Path,
     .help =
         "A file whose first line is the secret in base64. Refused if everybody may read it or more than its "
         "owner may write it."},
};

constexpr KeyRow peer_rows[] = {
    {.key = "name",
     .shape = Label,
     .demand = Demand::Required,
     .help = "What zones, commands and metrics call the server."},
    {.key = "address",
     .shape = Endpoint,
     .demand = Demand::Required,
     .help = "Its address and port. Without a port, 53."},
    {.key = "key",
     .shape = Name,
     .help =
         "Signs everything to the server and is demanded of everything from it. Absent: its address is enough."},
};

constexpr KeyRow peer_rule_rows[] = {
    {.key = "prefix", .shape = Prefix, .help = "Addresses, e.g. 203.0.113.0/24. Absent: any, with the key."},
    {.key = "key", .shape = Name, .help = "The key that must have signed. Absent: none is needed."},
};
constexpr ObjectTable peer_rules{"an entry of transfer", "Entries of transfer", peer_rule_rows};

constexpr KeyRow update_rule_rows[] = {
    {.key = "prefix", .shape = Prefix, .help = "Addresses, e.g. 203.0.113.0/24. Absent: any, with the key."},
    {.key = "key", .shape = Name, .help = "The key that must have signed. Absent: none is needed."},
    {.key = "names",
     .shape = NamePattern,
     .takes = Takes::List,
     .fallback = "*",
     .help =
         "Owner names that may be changed: a name (absolute, or relative to the zone), *.NAME for all below NAME, "
         "LABEL.* for that label in front of anything, * for all of the zone.",
     .least = 1},
    {.key = "types",
     .shape = RecordType,
     .takes = Takes::List,
     .fallback = "ANY",
     .help = "Record types that may be changed, as mnemonics; ANY is all.",
     .least = 1},
};
constexpr ObjectTable update_rules{"an entry of update", "Entries of update", update_rule_rows};

constexpr KeyRow timer_rows[] = {
    {.key = "refresh_min",
     .shape = Integer,
     .roles = Roles::Secondary,
     .fallback = "30",
     .help = "Seconds; a shorter SOA REFRESH counts as this.",
     .least = 1,
     .greatest = 365 * days},
    {.key = "refresh_max",
     .shape = Integer,
     .roles = Roles::Secondary,
     .fallback = "86400",
     .help = "Seconds; a longer SOA REFRESH counts as this.",
     .least = 1,
     .greatest = 365 * days},
    {.key = "retry_min",
     .shape = Integer,
     .roles = Roles::Secondary,
     .fallback = "5",
     .help = "Seconds; a shorter SOA RETRY counts as this.",
     .least = 1,
     .greatest = 365 * days},
    {.key = "retry_max",
     .shape = Integer,
     .roles = Roles::Secondary,
     .fallback = "3600",
     .help = "Seconds; neither SOA RETRY nor the back-off goes beyond this.",
     .least = 1,
     .greatest = 365 * days},
    {.key = "empty_retry_max",
     .shape = Integer,
     .roles = Roles::Secondary,
     .fallback = "300",
     .help = "Seconds; a zone that has no content yet is tried after 1, 2, 4, … up to this.",
     .least = 1,
     .greatest = 365 * days},
};
constexpr ObjectTable timers{"timers", "timers", timer_rows};

/// The first two are an entry's own; the rest may stand in zone_defaults too.
constexpr KeyRow zone_rows[] = {
    {.key = "name",
     .shape = Name,
     .demand = Demand::Required,
     .help = "The zone's name; the final dot may be left out."},
    {.key = "file",
     .shape = Path,
     .roles = Roles::Primary,
     .help = "Its master file. Absent: NAME.zone in \"zone_directory\"."},
    {.key = "secondaries",
     .shape = Label,
     .takes = Takes::List,
     .help = "Which of \"secondaries\" are notified and may transfer. Absent: all of them."},
    {.key = "primaries",
     .shape = Label,
     .takes = Takes::List,
     .roles = Roles::Secondary,
     .help =
         "Which of \"primaries\" the zone is pulled from, the preferred one first. Absent: all, in their order.",
     .least = 1},
    {.key = "serial_policy",
     .shape = Choice,
     .roles = Roles::Primary,
     .fallback = "auto",
     .help =
         "auto: the file's serial, or the next one where content changed and the serial did not rise. manual: such "
         "content is refused. increment, date (YYYYMMDDnn), unixtime: the serial is always set by Lockstep.",
     .choices = serial_policies},
    {.key = "watch",
     .shape = Boolean,
     .roles = Roles::Primary,
     .fallback = "true",
     .help =
         "Whether the zone is loaded again by itself when its file, or one that it includes, has been written."},
    {.key = "transfer",
     .shape = Object,
     .takes = Takes::List,
     .help = "Who may transfer the zone besides its secondaries.",
     .object = &peer_rules},
    {.key = "update",
     .shape = Object,
     .takes = Takes::List,
     .roles = Roles::Primary,
     .help = "Who may change what by dynamic update (RFC 2136).",
     .object = &update_rules},
    {.key = "timers",
     .shape = Object,
     .roles = Roles::Secondary,
     .help = "How the timers of the zone's SOA are bent.",
     .object = &timers},
};
constexpr ObjectTable zones{"a zone", "Entries of zones, and zone_defaults", zone_rows};
constexpr ObjectTable zone_defaults{"zone_defaults", "zone_defaults",
                                    std::span<const KeyRow>(zone_rows).subspan(2)};

constexpr KeyRow limit_rows[] = {
    {.key = "transfers_out",
     .shape = Integer,
     .fallback = "64",
     .help = "Transfers to others at the same time; more get SERVFAIL and come again.",
     .least = 1,
     .greatest = 65535},
    {.key = "transfers_out_per_peer",
     .shape = Integer,
     .fallback = "8",
     .help = "Of these, to one address.",
     .least = 1,
     .greatest = 65535},
    {.key = "transfer_out_seconds",
     .shape = Integer,
     .fallback = "3600",
     .help = "The longest that one may take.",
     .least = 1,
     .greatest = 7 * days},
    {.key = "history_versions",
     .shape = Integer,
     .fallback = "100",
     .help = "Changes of a zone that are kept for IXFR, whatever their age.",
     .greatest = 1'000'000},
    {.key = "history_days",
     .shape = Integer,
     .fallback = "7",
     .help = "Changes younger than this are kept too.",
     .greatest = 3650},
    {.key = "history_percent",
     .shape = Integer,
     .fallback = "200",
     .help = "But never more than this share of the zone's own size.",
     .greatest = 100'000},
    {.key = "ixfr_percent",
     .shape = Integer,
     .fallback = "200",
     .help = "An IXFR that would be larger than this share of the zone is answered with the whole zone.",
     .greatest = 100'000},
    {.key = "alarm_behind_seconds",
     .shape = Integer,
     .fallback = "60",
     .help = "A secondary that lacks for so long what we serve is logged, once an episode.",
     .least = 1,
     .greatest = 30 * days},
    {.key = "tcp_connections",
     .shape = Integer,
     .fallback = "1024",
     .help = "TCP connections at the same time; more are closed at once.",
     .least = 1,
     .greatest = 1'000'000},
    {.key = "tcp_connections_per_source",
     .shape = Integer,
     .fallback = "128",
     .help = "Of these, from one address.",
     .least = 1,
     .greatest = 1'000'000},
    {.key = "tcp_idle_seconds",
     .shape = Integer,
     .fallback = "10",
     .help = "An idle connection is closed after this.",
     .least = 1,
     .greatest = days},
    {.key = "transfers_in",
     .shape = Integer,
     .roles = Roles::Secondary,
     .fallback = "64",
     .help = "Transfers from primaries at the same time.",
     .least = 1,
     .greatest = 65535},
    {.key = "transfers_in_per_primary",
     .shape = Integer,
     .roles = Roles::Secondary,
     .fallback = "8",
     .help = "Of these, from one primary.",
     .least = 1,
     .greatest = 65535},
    {.key = "transfers_in_memory",
     .shape = Integer,
     .roles = Roles::Secondary,
     .fallback = "1073741824",
     .help =
         "Octets that all transfers under way may hold in memory; one that would exceed it ends, and is tried "
         "again after RETRY.",
     .least = 1 << 20,
     .greatest = std::int64_t{1} << 50},
    {.key = "checks_at_start",
     .shape = Integer,
     .roles = Roles::Secondary,
     .fallback = "500",
     .help =
         "How many zones with content are verified a second after a start, so that ten thousand do not ask "
         "at once.",
     .least = 1,
     .greatest = 1'000'000},
    {.key = "transfer_in_octets",
     .shape = Integer,
     .roles = Roles::Secondary,
     .fallback = "0",
     .help =
         "The largest transfer that is accepted; 0 is four times the last one and 16 MiB, at least 64 MiB.",
     .greatest = any_octets},
    {.key = "transfer_in_seconds",
     .shape = Integer,
     .roles = Roles::Secondary,
     .fallback = "3600",
     .help = "The longest that one may take.",
     .least = 1,
     .greatest = 7 * days},
    {.key = "transfer_in_silence_seconds",
     .shape = Integer,
     .roles = Roles::Secondary,
     .fallback = "10",
     .help = "The longest wait for the primary's next octet.",
     .least = 1,
     .greatest = days},
    {.key = "transfer_in_rate",
     .shape = Integer,
     .roles = Roles::Secondary,
     .fallback = "30720",
     .help = "Octets a minute that a transfer must bring at least; 0 is any.",
     .greatest = any_octets},
    {.key = "rrset_records",
     .shape = Integer,
     .roles = Roles::Secondary,
     .fallback = "1000",
     .help = "The largest RRset that is accepted in a transfer.",
     .least = 1,
     .greatest = any_count},
};
constexpr ObjectTable limits{"limits", "limits", limit_rows};

constexpr ObjectTable server{"server", "server", server_rows};
constexpr ObjectTable keys{"a key", "Entries of keys", key_rows};
constexpr ObjectTable peers{"a secondary or primary", "Entries of secondaries and primaries", peer_rows};

constexpr KeyRow root_rows[] = {
    {.key = "$schema", .shape = Text, .help = "For editors; not looked at."},
    {.key = "server",
     .shape = Object,
     .demand = Demand::Required,
     .help = "The daemon itself.",
     .object = &server},
    {.key = "keys",
     .shape = Object,
     .takes = Takes::List,
     .help = "TSIG keys (RFC 8945), referred to by name.",
     .object = &keys},
    {.key = "primaries",
     .shape = Object,
     .takes = Takes::List,
     .roles = Roles::Secondary,
     .help = "Servers that zones are pulled from; NOTIFY is believed from them alone.",
     .object = &peers},
    {.key = "secondaries",
     .shape = Object,
     .takes = Takes::List,
     .help = "Servers that are notified of changes and may transfer zones.",
     .object = &peers},
    {.key = "limits", .shape = Object, .help = "What others may cost this server.", .object = &limits},
    {.key = "zone_defaults",
     .shape = Object,
     .help = "Any key of a zone but \"name\" and \"file\"; a zone's own wins, whole.",
     .object = &zone_defaults},
    {.key = "zone_directory",
     .shape = Path,
     .roles = Roles::Primary,
     .help = "A folder; every NAME.zone in it is the zone NAME."},
    {.key = "zones",
     .shape = Object,
     .takes = Takes::List,
     .help = "The zones, each name once.",
     .object = &zones},
};
constexpr ObjectTable root{"the configuration", "The file", root_rows};

constexpr std::array<const ObjectTable*, 10> in_order{
    &root, &server, &keys, &peers, &zones, &zone_defaults, &peer_rules, &update_rules, &timers, &limits};

}  // namespace

const ObjectTable& root_table() {
    return root;
}
const ObjectTable& server_table() {
    return server;
}
const ObjectTable& key_table() {
    return keys;
}
const ObjectTable& peer_table() {
    return peers;
}
const ObjectTable& zone_table() {
    return zones;
}
const ObjectTable& zone_defaults_table() {
    return zone_defaults;
}
const ObjectTable& peer_rule_table() {
    return peer_rules;
}
const ObjectTable& update_rule_table() {
    return update_rules;
}
const ObjectTable& timers_table() {
    return timers;
}
const ObjectTable& limits_table() {
    return limits;
}
std::span<const ObjectTable* const> all_tables() {
    return in_order;
}

const KeyRow* ObjectTable::find(std::string_view key, Role role) const {
    const auto row = std::find_if(rows.begin(), rows.end(),
                                  [&](const KeyRow& each) { return each.key == key && is_for(each, role); });
    return row == rows.end() ? nullptr : &*row;
}

bool is_for(const KeyRow& row, Role role) {
    return row.roles == Roles::Both || (row.roles == Roles::Primary) == (role == Role::Primary);
}

std::string fallback_for(const KeyRow& row, Role role) {
    std::string text(row.fallback);
    if (const auto at = text.find("ROLE"); at != text.npos) text.replace(at, 4, to_string(role));
    return text;
}

}  // namespace lockstep
