#pragma once
// From a checked document to structs, a section at a time. What the checker has complained about is passed
// over.

#include "base/places.hpp"
#include "config/check.hpp"
#include "config/document.hpp"
#include "config/load.hpp"
#include "config/report.hpp"
#include "config/table.hpp"

#include <filesystem>
#include <map>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace lockstep {

/// What all sections need to know. References only.
struct Reading {
    Role role;
    const std::filesystem::path& folder;  // where relative paths start
    Report& report;
    Paths& folders;  // that the configuration's own files are in
    ZoneFiles zone_files = ZoneFiles::Checked;

    [[nodiscard]] std::filesystem::path path(std::string_view written) const;
    /// The same as text, at a fraction of the price, for thousands of them.
    [[nodiscard]] std::string path_text(std::string_view written) const;
    /// `file` is read at each reload: where it is, and where what it links to is.
    void note_file(const std::filesystem::path& file) const;
};

/// One object and its table; an absent object is an empty one. A view.
class Section {
public:
    Section(std::optional<JsonValue> object, const ObjectTable& table, Role role);

    /// The member, if it is there and of the JSON kind that the table wants.
    [[nodiscard]] std::optional<JsonValue> value(std::string_view key) const;
    /// Entries of a list, or nothing where it is absent.
    [[nodiscard]] std::optional<std::vector<JsonValue>> list(std::string_view key) const;
    /// The text, or the table's default (which may be empty).
    [[nodiscard]] std::string text(std::string_view key) const;
    /// The truth value, or the table's default.
    [[nodiscard]] bool flag(std::string_view key) const;
    /// The integer, or the table's default; always in the table's range.
    [[nodiscard]] std::int64_t integer(std::string_view key) const;
    /// The integer where there is one in the table's range.
    template <class T>
    [[nodiscard]] std::optional<T> optional(std::string_view key) const {
        const auto number = written_integer(key);
        return number ? std::optional(static_cast<T>(*number)) : std::nullopt;
    }
    template <class T>
    [[nodiscard]] T number(std::string_view key) const {
        return static_cast<T>(integer(key));
    }

private:
    [[nodiscard]] const KeyRow& row(std::string_view key) const;
    [[nodiscard]] std::optional<std::int64_t> written_integer(std::string_view key) const;

    std::optional<JsonValue> object_;
    const ObjectTable* table_;
    Role role_;
};

/// The keys, and all names that were meant to be keys, so that one bad secret is one complaint.
struct KeySection {
    TsigKeyring ring;
    std::vector<std::string> names;
    std::map<Name, UpdateWaits, CanonicalLess> update_waits;  // of keys that have some of their own

    /// The key that `reference` names; null, with an error reported, where there is none.
    [[nodiscard]] TsigKeyPtr resolve(const JsonValue& reference, const Reading& reading) const;
};

/// One list of peers; entry i of the configuration is entry i here.
struct PeerSection {
    std::vector<PeerConfig> peers;
    std::string_view title;  // `secondary` or `primary`

    [[nodiscard]] std::optional<std::size_t> find(std::string_view name) const;
    /// Places of the peers that `references` name; all of them where it is nothing.
    [[nodiscard]] std::vector<std::size_t> resolve(const std::optional<std::vector<JsonValue>>& references,
                                                   const Reading& reading) const;
};

[[nodiscard]] ServerConfig read_server(const JsonValue& root, const Reading& reading);
[[nodiscard]] LimitsConfig read_limits(const JsonValue& root, const Reading& reading);
[[nodiscard]] RateLimitConfig read_rate_limit(const JsonValue& root, const Reading& reading);
[[nodiscard]] TimersConfig read_timers(const std::optional<JsonValue>& object, const Reading& reading);
[[nodiscard]] std::optional<UpdateWaits> read_update_waits(const std::optional<JsonValue>& object,
                                                           const Reading& reading);
/// `config` has its server and zones already.
[[nodiscard]] std::optional<AcmeDnsConfig> read_acme_dns(const JsonValue& root, const PrimaryConfig& config,
                                                         const Reading& reading);
[[nodiscard]] KeySection read_keys(const JsonValue& root, const Reading& reading);
[[nodiscard]] PeerSection read_peers(const JsonValue& root, std::string_view key, const KeySection& keys,
                                     const Reading& reading);
[[nodiscard]] std::vector<PrimaryZoneConfig> read_primary_zones(const JsonValue& root, const KeySection& keys,
                                                                const PeerSection& secondaries,
                                                                const Reading& reading);
[[nodiscard]] std::vector<SecondaryZoneConfig> read_secondary_zones(const JsonValue& root,
                                                                    const KeySection& keys,
                                                                    const PeerSection& secondaries,
                                                                    const PeerSection& primaries,
                                                                    const Reading& reading);

}  // namespace lockstep
