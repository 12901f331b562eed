#pragma once
// "zones", "zone_defaults" and "zone_directory": what is served, from where, to whom.

#include "base/clock.hpp"
#include "base/endpoint.hpp"
#include "base/stored_path.hpp"
#include "config/limits.hpp"
#include "tsig/key.hpp"
#include "wire/stored_name.hpp"
#include "wire/types.hpp"

#include <cstddef>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace lockstep {

/// How a primary comes by the serial of changed content.
enum class SerialPolicy { Auto, Manual, Increment, Date, UnixTime };

/// Who, by address, by key, or both (then both must match). Value type; at least one is there.
struct PeerRule {
    std::optional<Prefix> prefix;
    std::shared_ptr<const TsigKey> key;

    [[nodiscard]] bool operator==(const PeerRule& other) const;
};

/// Which owner names an update may touch: `NAME`, `*.NAME`, `LABEL.*` or `*`. Value type.
struct NamePattern {
    enum class Kind { Exactly, Below, FirstLabel, Anything };
    Kind kind = Kind::Anything;
    Name name;  // Exactly, Below: that name. FirstLabel: the label in front of the root.

    [[nodiscard]] bool matches(NameView owner) const;
    [[nodiscard]] bool operator==(const NamePattern& other) const;
};

/// How long an update is not answered, so that it is served elsewhere when it is. Value type.
struct UpdateWaits {
    seconds time{8};
    std::optional<std::size_t> quorum;  // so many of the zone's secondaries; nothing = all of them
    [[nodiscard]] bool operator==(const UpdateWaits&) const = default;
};

/// One entry of "update". Value type.
struct UpdateRule {
    PeerRule who;
    std::vector<NamePattern> names;          // empty = anything in the zone
    std::vector<RrType> types;               // empty = any
    std::optional<std::size_t> max_records;  // of one name and type
    std::optional<std::uint32_t> max_ttl;    // seconds
    std::optional<seconds> lifetime;         // of what is added; nothing: it stays
    std::optional<UpdateWaits> waits;        // the key's, else the zone's

    /// Whether it is about records of `type` at `owner`.
    [[nodiscard]] bool covers(NameView owner, RrType type) const;

    [[nodiscard]] bool operator==(const UpdateRule&) const = default;
};

/// What zones of either role have. `secondaries` are places in the configuration's list of them.
struct ServedZoneConfig {
    StoredName name;  // as written, case kept
    std::vector<std::size_t> secondaries;
    std::vector<PeerRule> transfer;  // more who may transfer
};

/// A zone of a primary. Value type.
struct PrimaryZoneConfig : ServedZoneConfig {
    StoredPath file;
    SerialPolicy serial_policy = SerialPolicy::Auto;
    bool watch = true;  // loaded again when its files change
    std::vector<UpdateRule> update;
};

/// A zone of a secondary; `primaries` are places in the configuration's list, in order of preference. Value
/// type.
struct SecondaryZoneConfig : ServedZoneConfig {
    std::vector<std::size_t> primaries;  // at least one
    bool forward_updates = false;        // those that are signed, to the primary
    TimersConfig timers;
};

}  // namespace lockstep
