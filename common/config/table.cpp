#include "config/table.hpp"

#include "config/table_bounds.hpp"

#include <algorithm>
#include <array>

namespace lockstep {
namespace {

using enum Shape;

constexpr std::array<std::string_view, 4> log_levels{"debug", "info", "warning", "error"};
constexpr std::array<std::string_view, 6> algorithms{"hmac-sha256", "hmac-sha384", "hmac-sha512",
                                                     "hmac-sha224", "hmac-sha1",   "hmac-md5"};
constexpr std::array<std::string_view, 5> serial_policies{"auto", "manual", "increment", "date", "unixtime"};

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
    {.key = "cookie_secrets",
     .shape = HexKey,
     .takes = Takes::List,
     .help =
         "Secrets of DNS cookies (RFC 9018), 32 hexadecimal digits each, the same on all servers of one address: "
         "the first makes cookies, all of them verify. Absent: one of this server's own, new at each start.",
     .least = 1},
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

constexpr KeyRow update_waits_rows[] = {
    {.key = "seconds",
     .shape = Integer,
     .fallback = "8",
     .help = "How long at most. Over UDP never longer than 2.5 s, as clients ask again after 3.",
     .least = 1,
     .greatest = 60},
    {.key = "quorum",
     .shape = Quorum,
     .fallback = "all",
     .help = "How many of the zone's secondaries must be seen to serve the change: a number, or \"all\".",
     .least = 1,
     .greatest = 1000},
};
constexpr ObjectTable update_waits{"update_waits", "update_waits", update_waits_rows};

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
    {.key = "update_waits",
     .shape = Object,
     .roles = Roles::Primary,
     .help = "As a zone's, for updates that are signed with this key; wins over the zone's.",
     .object = &update_waits},
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
    {.key = "max_records",
     .shape = Integer,
     .fallback = "65535",
     .help = "How many records one name and type may come to.",
     .least = 1,
     .greatest = 65535},
    {.key = "max_ttl",
     .shape = Integer,
     .fallback = "2147483647",
     .help = "The greatest TTL that a record may be given, in seconds.",
     .least = 0,
     .greatest = 2147483647},
    {.key = "lifetime",
     .shape = Integer,
     .fallback = "0",
     .help =
         "After so many seconds a record that was added is removed again; adding it once more begins anew. 0: it stays.",
     .least = 0,
     .greatest = 315360000},
};
constexpr ObjectTable update_rules{"an entry of update", "Entries of update", update_rule_rows};

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
    {.key = "update_waits",
     .shape = Object,
     .roles = Roles::Primary,
     .help =
         "A dynamic update is answered when the zone's secondaries are seen to serve it, or after a time. Absent: "
         "when it is stored and served here.",
     .object = &update_waits},
    {.key = "forward_updates",
     .shape = Boolean,
     .roles = Roles::Secondary,
     .fallback = "false",
     .help =
         "Whether dynamic updates that are signed are passed on to the zone's primary, which judges and answers them. "
         "Others are refused."},
    {.key = "timers",
     .shape = Object,
     .roles = Roles::Secondary,
     .help = "How the timers of the zone's SOA are bent.",
     .object = &timers_object},
};
constexpr ObjectTable zones{"a zone", "Entries of zones, and zone_defaults", zone_rows};
constexpr ObjectTable zone_defaults{"zone_defaults", "zone_defaults",
                                    std::span<const KeyRow>(zone_rows).subspan(2)};

constexpr ObjectTable server{"server", "server", server_rows};
constexpr ObjectTable keys{"a key", "Entries of keys", key_rows};
constexpr ObjectTable peers{"a secondary or primary", "Entries of secondaries and primaries", peer_rows};

constexpr KeyRow acme_dns_rows[] = {
    {.key = "domain",
     .shape = Name,
     .demand = Demand::Required,
     .help =
         "Accounts are names below it, each with its own TXT records. It is, or is in, one of \"zones\"."},
    {.key = "register_from",
     .shape = Prefix,
     .takes = Takes::List,
     .help =
         "Who may make an account by POST /register. Absent: this machine, but not through a proxy. An empty list: nobody; "
         "accounts that are there go on."},
};
constexpr ObjectTable acme_dns_object{"acme_dns", "acme_dns", acme_dns_rows};

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
    {.key = "limits", .shape = Object, .help = "What others may cost this server.", .object = &limits_object},
    {.key = "rate_limit",
     .shape = Object,
     .help = "How often one network is told the same over UDP.",
     .object = &rate_limit_object},
    {.key = "acme_dns",
     .shape = Object,
     .roles = Roles::Primary,
     .help =
         "Accounts for clients that get certificates and speak the API of acme-dns, on the HTTP port: POST /register, "
         "POST /update. Absent: none.",
     .object = &acme_dns_object},
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

constexpr std::array<const ObjectTable*, 13> in_order{&root,
                                                      &server,
                                                      &keys,
                                                      &peers,
                                                      &zones,
                                                      &zone_defaults,
                                                      &peer_rules,
                                                      &update_rules,
                                                      &update_waits,
                                                      &acme_dns_object,
                                                      &timers_object,
                                                      &limits_object,
                                                      &rate_limit_object};

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
const ObjectTable& update_waits_table() {
    return update_waits;
}
const ObjectTable& acme_dns_table() {
    return acme_dns_object;
}
const ObjectTable& timers_table() {
    return timers_object;
}
const ObjectTable& limits_table() {
    return limits_object;
}
const ObjectTable& rate_limit_table() {
    return rate_limit_object;
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
