#include "config/zones.hpp"

#include "config/keys.hpp"
#include "config/sections.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <map>
#include <sys/stat.h>
#include <system_error>
#include <vector>

namespace lockstep {
namespace {

constexpr std::string_view zone_file_suffix = ".zone";

SerialPolicy serial_policy_of(std::string_view text) {
    if (text == "manual") return SerialPolicy::Manual;
    if (text == "increment") return SerialPolicy::Increment;
    if (text == "date") return SerialPolicy::Date;
    return text == "unixtime" ? SerialPolicy::UnixTime : SerialPolicy::Auto;
}

/// `text` as the checker has accepted it; a relative name gets `zone` behind it.
WireResult<NamePattern> parse_pattern(std::string_view text, const Name& zone) {
    if (text == "*") return NamePattern{};
    if (text.starts_with("*.")) {
        DNS_TRY_ASSIGN(auto name, Name::parse(text.substr(2), &zone));
        return NamePattern{NamePattern::Kind::Below, name};
    }
    if (text.ends_with(".*")) {
        DNS_TRY_ASSIGN(auto name, Name::parse_absolute(text.substr(0, text.size() - 2)));
        return NamePattern{NamePattern::Kind::FirstLabel, name};
    }
    DNS_TRY_ASSIGN(auto name, Name::parse(text, &zone));
    return NamePattern{NamePattern::Kind::Exactly, name};
}

/// Finds the zones that are there more than once.
class Repetitions {
public:
    explicit Repetitions(std::size_t zones) { seen_.reserve(zones); }
    void note(NameView zone, const JsonValue& written) { seen_.push_back({HashName()(zone), written}); }

    void tell(Report& report) {
        std::stable_sort(seen_.begin(), seen_.end(),
                         [](const Seen& a, const Seen& b) { return a.hash < b.hash; });
        for (auto same = seen_.begin(); same != seen_.end();) {
            const auto end =
                std::find_if(same, seen_.end(), [&](const Seen& one) { return one.hash != same->hash; });
            for (auto one = std::next(same); one != end; ++one) {
                const auto first =
                    std::find_if(same, one, [&](const Seen& other) { return is_same(other, *one); });
                if (first == one) continue;
                report.error(
                    one->written.problem(fmt::format("zone {} is there a second time, first on line {}",
                                                     quote(one->written.text()), first->written.line())));
            }
            same = end;
        }
    }

private:
    struct Seen {
        std::size_t hash;
        JsonValue written;
    };
    static bool is_same(const Seen& a, const Seen& b) {
        return Name::parse_absolute(a.written.text()).value() ==
               Name::parse_absolute(b.written.text()).value();
    }

    std::vector<Seen> seen_;
};

/// Reads the keys that zones of both roles have; a zone's own win over the defaults.
class ZoneReader {
public:
    ZoneReader(const JsonValue& root, const KeySection& keys, const PeerSection& secondaries,
               const Reading& reading)
        : keys_(keys),
          secondaries_(secondaries),
          reading_(reading),
          defaults_(Section(root, root_table(), reading.role).value("zone_defaults"), zone_defaults_table(),
                    reading.role) {}

    /// Reads the name; nothing where there is no valid one.
    static std::optional<Name> name(const Section& zone, Repetitions& repetitions) {
        const auto written = zone.value("name");
        if (!written) return std::nullopt;
        const auto parsed = Name::parse_absolute(written->text());
        if (!parsed) return std::nullopt;
        repetitions.note(*parsed, *written);
        return *parsed;
    }

    void served(ServedZoneConfig& config, const Section& zone) const {
        config.secondaries = secondaries_.resolve(list(zone, "secondaries"), reading_);
        for (const auto& entry : list(zone, "transfer").value_or(std::vector<JsonValue>{})) {
            if (auto rule = peer_rule(entry, peer_rule_table())) config.transfer.push_back(*std::move(rule));
        }
    }

    [[nodiscard]] std::vector<UpdateRule> update(const Name& zone_name, const Section& zone) const {
        std::vector<UpdateRule> rules;
        for (const auto& entry : list(zone, "update").value_or(std::vector<JsonValue>{})) {
            const Section written(entry, update_rule_table(), reading_.role);
            auto who = peer_rule(entry, update_rule_table());
            if (!who) continue;
            if (!who->key) {
                reading_.report.warning(
                    entry.problem("addresses over UDP can be forged: an update should need a key"));
            }
            UpdateRule rule{.who = *std::move(who),
                            .names = {},
                            .types = {},
                            .max_records = written.optional<std::size_t>("max_records"),
                            .max_ttl = written.optional<std::uint32_t>("max_ttl"),
                            .lifetime = std::nullopt,
                            .waits = read_update_waits(value(zone, "update_waits"), reading_)};
            if (const auto lifetime = written.integer("lifetime"); lifetime > 0)
                rule.lifetime = seconds(lifetime);
            if (rule.who.key) {
                const auto own = keys_.update_waits.find(rule.who.key->name.view());
                if (own != keys_.update_waits.end()) rule.waits = own->second;
            }
            for (const auto& text : written.list("names").value_or(std::vector<JsonValue>{})) {
                if (auto pattern = name_pattern(text, zone_name, zone))
                    rule.names.push_back(*std::move(pattern));
            }
            for (const auto& text : written.list("types").value_or(std::vector<JsonValue>{})) {
                if (const auto type = parse_type(text.text())) rule.types.push_back(*type);
            }
            if (std::find(rule.types.begin(), rule.types.end(), RrType::ANY) != rule.types.end())
                rule.types.clear();
            rules.push_back(std::move(rule));
        }
        return rules;
    }

    /// The zone's own value, else the default's.
    [[nodiscard]] std::optional<JsonValue> value(const Section& zone, std::string_view key) const {
        const auto own = zone.value(key);
        return own ? own : defaults_.value(key);
    }
    [[nodiscard]] std::optional<std::vector<JsonValue>> list(const Section& zone,
                                                             std::string_view key) const {
        const auto found = value(zone, key);
        return found ? std::optional(found->children()) : std::nullopt;
    }
    [[nodiscard]] std::string text(const Section& zone, std::string_view key) const {
        const auto own = zone.value(key);
        return own ? std::string(own->text()) : defaults_.text(key);
    }

private:
    [[nodiscard]] std::optional<PeerRule> peer_rule(const JsonValue& entry, const ObjectTable& table) const {
        if (!entry.is(JsonKind::Object)) return std::nullopt;
        const Section written(entry, table, reading_.role);
        PeerRule rule;
        if (const auto prefix = written.value("prefix")) {
            const auto parsed = Prefix::parse(prefix->text());
            if (!parsed) return std::nullopt;
            rule.prefix = *parsed;
        }
        if (const auto reference = written.value("key")) {
            rule.key = keys_.resolve(*reference, reading_);
            if (!rule.key) return std::nullopt;
        }
        if (rule.prefix || rule.key) return rule;
        if (!entry.member("prefix") && !entry.member("key")) {
            reading_.report.error(
                entry.problem(fmt::format("'prefix' or 'key' is missing in {}", table.title)));
        }
        return std::nullopt;
    }

    [[nodiscard]] std::optional<NamePattern> name_pattern(const JsonValue& text, const Name& zone_name,
                                                          const Section& zone) const {
        if (!text.is(JsonKind::Text)) return std::nullopt;
        const auto pattern = parse_pattern(text.text(), zone_name);
        if (!pattern) {
            reading_.report.error(text.problem(fmt::format(
                "{} in zone {}: {}", quote(text.text()), zone_name.to_string(), to_string(pattern.error()))));
            return std::nullopt;
        }
        const bool has_zone =
            pattern->kind == NamePattern::Kind::Exactly || pattern->kind == NamePattern::Kind::Below;
        // A default may be meant for other zones than this one.
        if (has_zone && zone.value("update") && !pattern->name.view().is_within(zone_name)) {
            reading_.report.error(text.problem(
                fmt::format("{} is not in zone {}", quote(text.text()), quote(zone_name.to_string()))));
            return std::nullopt;
        }
        return *pattern;
    }

    const KeySection& keys_;
    const PeerSection& secondaries_;
    const Reading& reading_;
    Section defaults_;
};

/// NAME.zone; `..zone` is the root zone's.
std::string file_name_of(const Name& zone) {
    auto text = zone.to_string();
    if (!zone.view().is_root()) text.pop_back();
    return text.append(zone_file_suffix);
}

/// Why `file` cannot be a master file; its content is not looked at.
std::optional<std::string> file_complaint(const std::string& file) {
    struct stat about{};
    if (::stat(file.c_str(), &about) != 0) {
        const auto error = std::error_code(errno, std::generic_category());
        if (error == std::errc::no_such_file_or_directory || error == std::errc::not_a_directory)
            return fmt::format("{} does not exist", file);
        return fmt::format("{}: {}", file, error.message());
    }
    if (S_ISDIR(about.st_mode)) return fmt::format("{} is a directory", file);
    if (!S_ISREG(about.st_mode)) return fmt::format("{} is not a file", file);
    return std::nullopt;
}

/// The files NAME.zone of a folder with their zones, in canonical order of name.
std::map<Name, std::filesystem::path, CanonicalLess> scan_directory(const JsonValue& written,
                                                                    const Reading& reading) {
    std::map<Name, std::filesystem::path, CanonicalLess> found;
    const auto folder = reading.path(written.text());
    reading.folders.insert(folder);
    std::error_code error;
    auto entries = std::filesystem::directory_iterator(folder, error);
    for (; !error && entries != std::filesystem::directory_iterator(); entries.increment(error)) {
        const auto& path = entries->path();
        const auto file_name = path.filename().string();
        // Other names with a leading dot than the root zone's are editors' leftovers.
        if (!file_name.ends_with(zone_file_suffix) || (file_name.starts_with('.') && file_name != "..zone"))
            continue;
        std::error_code ignored;
        if (!std::filesystem::is_regular_file(path, ignored)) continue;
        const auto stem = file_name.substr(0, file_name.size() - zone_file_suffix.size());
        const auto name = Name::parse_absolute(stem);
        if (!name) {
            reading.report.error(written.problem(
                fmt::format("file {}: {} is not a domain name", quote(file_name), quote(stem))));
            continue;
        }
        const auto [first, is_new] = found.emplace(*name, path);
        if (!is_new) {
            reading.report.error(
                written.problem(fmt::format("zone {} has two files, {} and {}", quote(name->to_string()),
                                            first->second.string(), path.string())));
        }
    }
    if (error) reading.report.error(written.problem(fmt::format("{}: {}", folder.string(), error.message())));
    return found;
}

}  // namespace

bool PeerRule::operator==(const PeerRule& other) const {
    return prefix == other.prefix && same_key(key, other.key);
}

bool NamePattern::matches(NameView owner) const {
    switch (kind) {
    case Kind::Exactly: return owner == name.view();
    case Kind::Below: return owner.is_below(name);
    case Kind::FirstLabel: {
        if (owner.is_root()) return false;
        const auto front = Name::prepend(owner.first_label(), NameView());
        return front && front->view() == name.view();
    }
    case Kind::Anything: return true;
    }
    return false;
}

bool UpdateRule::covers(NameView owner, RrType type) const {
    const bool name_fits =
        names.empty() || std::any_of(names.begin(), names.end(),
                                     [&](const NamePattern& pattern) { return pattern.matches(owner); });
    return name_fits && (types.empty() || std::find(types.begin(), types.end(), type) != types.end());
}

std::optional<UpdateWaits> read_update_waits(const std::optional<JsonValue>& object, const Reading& reading) {
    if (!object) return std::nullopt;
    const Section written(object, update_waits_table(), reading.role);
    return UpdateWaits{seconds(written.integer("seconds")), written.optional<std::size_t>("quorum")};
}

bool NamePattern::operator==(const NamePattern& other) const {
    return kind == other.kind && name.view() == other.name.view();
}

std::vector<PrimaryZoneConfig> read_primary_zones(const JsonValue& root, const KeySection& keys,
                                                  const PeerSection& secondaries, const Reading& reading) {
    const ZoneReader reader(root, keys, secondaries, reading);
    const Section top(root, root_table(), reading.role);
    const auto directory = top.value("zone_directory");
    auto in_directory = directory ? scan_directory(*directory, reading)
                                  : std::map<Name, std::filesystem::path, CanonicalLess>{};
    std::vector<PrimaryZoneConfig> zones;
    const auto add = [&](const Name& name, std::string_view file, const Section& zone) {
        PrimaryZoneConfig config;
        config.name = name;
        config.file = StoredPath(file);
        reader.served(config, zone);
        config.serial_policy = serial_policy_of(reader.text(zone, "serial_policy"));
        config.watch = reader.text(zone, "watch") == "true";
        config.update = reader.update(name, zone);
        zones.push_back(std::move(config));
    };
    const auto entries = top.list("zones").value_or(std::vector<JsonValue>{});
    zones.reserve(entries.size() + in_directory.size());
    Repetitions repetitions(entries.size());
    for (const auto& entry : entries) {
        const Section zone(entry, zone_table(), reading.role);
        const auto name = ZoneReader::name(zone, repetitions);
        if (!name) continue;
        const auto written = zone.value("file");
        const auto listed = in_directory.find(*name);
        const bool checked = reading.zone_files == ZoneFiles::Checked;
        std::string file;
        if (written) {
            file = reading.path_text(written->text());
            if (auto complaint = checked ? file_complaint(file) : std::nullopt) {
                reading.report.error(written->problem(*std::move(complaint)));
            } else if (listed != in_directory.end() && listed->second != file) {
                reading.report.error(
                    written->problem(fmt::format("the zone has a second file, {}", listed->second.string())));
            }
        } else if (listed != in_directory.end()) {
            file = listed->second.native();
        } else if (entry.member("file")) {
            continue;
        } else if (!directory) {
            reading.report.error(entry.problem("'file' is missing in a zone"));
            continue;
        } else {
            file = reading.path(directory->text()) / file_name_of(*name);
            if (checked) {
                reading.report.error(
                    entry.problem(fmt::format("'file' is missing, and {} does not exist", file)));
                continue;
            }
        }
        add(*name, file, zone);
    }
    if (!in_directory.empty()) {
        for (const auto& zone : zones)
            in_directory.erase(Name(zone.name));
    }
    repetitions.tell(reading.report);
    const Section nothing(std::nullopt, zone_table(), reading.role);
    for (auto& [name, file] : in_directory)
        add(name, file.native(), nothing);
    return zones;
}

std::vector<SecondaryZoneConfig> read_secondary_zones(const JsonValue& root, const KeySection& keys,
                                                      const PeerSection& secondaries,
                                                      const PeerSection& primaries, const Reading& reading) {
    const ZoneReader reader(root, keys, secondaries, reading);
    std::vector<SecondaryZoneConfig> zones;
    const auto entries =
        Section(root, root_table(), reading.role).list("zones").value_or(std::vector<JsonValue>{});
    zones.reserve(entries.size());
    Repetitions repetitions(entries.size());
    for (const auto& entry : entries) {
        const Section zone(entry, zone_table(), reading.role);
        const auto name = ZoneReader::name(zone, repetitions);
        if (!name) continue;
        SecondaryZoneConfig config;
        config.name = *name;
        reader.served(config, zone);
        config.primaries = primaries.resolve(reader.list(zone, "primaries"), reading);
        if (primaries.peers.empty()) {
            reading.report.error(entry.problem(fmt::format(
                "zone {} has no primary: the list \"primaries\" is empty", quote(name->to_string()))));
        }
        config.forward_updates = reader.text(zone, "forward_updates") == "true";
        config.timers = read_timers(reader.value(zone, "timers"), reading);
        zones.push_back(std::move(config));
    }
    repetitions.tell(reading.report);
    return zones;
}

}  // namespace lockstep
