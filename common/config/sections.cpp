#include "config/sections.hpp"

#include <algorithm>
#include <cassert>
#include <charconv>
#include <system_error>

namespace lockstep {
namespace {

JsonKind kind_of(const KeyRow& row) {
    if (row.takes == Takes::List) return JsonKind::List;
    if (row.shape == Shape::Object) return JsonKind::Object;
    if (row.shape == Shape::Boolean) return JsonKind::Bool;
    return row.shape == Shape::Integer ? JsonKind::Integer : JsonKind::Text;
}

bool fits(const JsonValue& value, const KeyRow& row) {
    return value.is(kind_of(row)) || (row.shape == Shape::Quorum && value.is(JsonKind::Integer));
}

/// Whether an absolute path is what lexically_normal() makes of it.
bool is_normal(std::string_view path) {
    if (!path.starts_with('/')) return false;
    for (std::size_t at = 1; at <= path.size();) {
        const auto part = path.substr(at, path.find('/', at) - at);
        if (part.empty() || part == "." || part == "..") return false;
        at += part.size() + 1;
    }
    return true;
}

}  // namespace

std::filesystem::path Reading::path(std::string_view written) const {
    return (folder / written).lexically_normal();
}

std::string Reading::path_text(std::string_view written) const {
    std::string text(written);
    if (!written.starts_with('/')) text.insert(0, folder.native() + '/');
    return is_normal(text) ? text : path(written).native();
}

void Reading::note_file(const std::filesystem::path& file) const {
    folders.merge(folders_of(file));
}

Section::Section(std::optional<JsonValue> object, const ObjectTable& table, Role role)
    : object_(object), table_(&table), role_(role) {}

const KeyRow& Section::row(std::string_view key) const {
    const auto* found = table_->find(key, role_);
    assert(found != nullptr);
    return *found;
}

std::optional<JsonValue> Section::value(std::string_view key) const {
    if (!object_) return std::nullopt;
    const auto member = object_->member(key);
    return member && fits(*member, row(key)) ? member : std::nullopt;
}

std::optional<std::vector<JsonValue>> Section::list(std::string_view key) const {
    const auto member = value(key);
    return member ? std::optional(member->children()) : std::nullopt;
}

std::string Section::text(std::string_view key) const {
    const auto member = value(key);
    return member ? std::string(member->text()) : fallback_for(row(key), role_);
}

bool Section::flag(std::string_view key) const {
    return text(key) == "true";
}

std::optional<std::int64_t> Section::written_integer(std::string_view key) const {
    const auto& known = row(key);
    const auto member = value(key);
    if (!member || !member->is(JsonKind::Integer)) return std::nullopt;
    const auto number = member->integer();
    const bool in_range = number && *number >= known.least && *number <= known.greatest;
    return in_range ? number : std::nullopt;
}

std::int64_t Section::integer(std::string_view key) const {
    const auto& known = row(key);
    if (const auto written = written_integer(key)) return *written;
    std::int64_t number = known.least;
    std::from_chars(known.fallback.data(), known.fallback.data() + known.fallback.size(), number);
    return number;
}

}  // namespace lockstep
