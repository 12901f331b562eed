#pragma once
// The one table of configuration keys: the checker, the schemas and the manual are made from it.

#include "config/load.hpp"

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace lockstep {

/// What a key's value looks like. All but the last four are JSON strings.
enum class Shape : std::uint8_t {
    Text,         // any characters, no controls
    Label,        // letters, digits, `-`, `_`, `.`
    Name,         // a domain name
    Path,         // of a file or folder
    Endpoint,     // ADDRESS:PORT
    Prefix,       // ADDRESS/LENGTH
    NamePattern,  // NAME, *.NAME, LABEL.* or *
    RecordType,   // a mnemonic, or ANY
    Secret,       // base64
    HexKey,       // 32 hexadecimal digits
    Choice,       // one of `choices`
    Quorum,       // "all", or an integer, `least` to `greatest`
    Integer,      // `least` to `greatest`
    Boolean,      // true or false
    Object,       // with the keys of `object`
};

enum class Roles : std::uint8_t { Both, Primary, Secondary };
enum class Takes : std::uint8_t { One, List };
enum class Demand : std::uint8_t { Optional, Required };

struct ObjectTable;

/// One key. Everything refers to constants.
struct KeyRow {
    std::string_view key;
    Shape shape = Shape::Text;
    Takes takes = Takes::One;
    Roles roles = Roles::Both;
    Demand demand = Demand::Optional;
    std::string_view fallback = {};  // the default as text, `ROLE` standing for the role; empty = none
    std::string_view help = {};      // a sentence or more
    std::int64_t least = 0;          // of an Integer; of a List, how many entries at least
    std::int64_t greatest = 0;
    std::span<const std::string_view> choices = {};
    const ObjectTable* object = nullptr;
    bool start_only = false;  // a reload does not change it
};

/// The keys that an object may have.
struct ObjectTable {
    std::string_view title;    // in messages: `a key`, `server`, …
    std::string_view heading;  // in the manual
    std::span<const KeyRow> rows;

    [[nodiscard]] const KeyRow* find(std::string_view key, Role role) const;
};

[[nodiscard]] const ObjectTable& root_table();
[[nodiscard]] const ObjectTable& server_table();
[[nodiscard]] const ObjectTable& key_table();
[[nodiscard]] const ObjectTable& peer_table();
[[nodiscard]] const ObjectTable& zone_table();
[[nodiscard]] const ObjectTable& zone_defaults_table();
[[nodiscard]] const ObjectTable& peer_rule_table();
[[nodiscard]] const ObjectTable& update_rule_table();
[[nodiscard]] const ObjectTable& update_waits_table();
[[nodiscard]] const ObjectTable& acme_dns_table();
[[nodiscard]] const ObjectTable& timers_table();
[[nodiscard]] const ObjectTable& limits_table();
[[nodiscard]] const ObjectTable& rate_limit_table();
/// All of them, in the order in which a manual shows them.
[[nodiscard]] std::span<const ObjectTable* const> all_tables();

[[nodiscard]] bool is_for(const KeyRow& row, Role role);
/// The row's default with the role's name in it.
[[nodiscard]] std::string fallback_for(const KeyRow& row, Role role);

}  // namespace lockstep
