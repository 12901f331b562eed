#include "primary/source_record.hpp"

#include "daemon/server.hpp"

#include <fmt/format.h>

#include <charconv>
#include <iterator>
#include <optional>

namespace lockstep {
namespace {

// A record is a line of version, policy and the count of files; then one of size, digest and path for each;
// then the warnings.

/// What a record must begin with to be of any use.
std::string first_words(const PrimaryZoneConfig& config) {
    std::string text(version());
    text += ' ';
    text += std::to_string(static_cast<int>(config.serial_policy));
    text += ' ';
    return text;
}

/// Takes a number and the blank behind it off `text`.
std::optional<std::uint64_t> take_number(std::string_view& text) {
    std::uint64_t number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    const auto octets = static_cast<std::size_t>(end - text.data());
    if (error != std::errc{} || octets == text.size() || text[octets] != ' ') return std::nullopt;
    text.remove_prefix(octets + 1);
    return number;
}

}  // namespace

std::string write_record(const PrimaryZoneConfig& config, const SourceRecord& record) {
    std::string text = first_words(config);
    fmt::format_to(std::back_inserter(text), "{} \n", record.files.size());
    for (const auto& file : record.files)
        fmt::format_to(std::back_inserter(text), "{} {} {}\n", file.size, file.digest, file.path.c_str());
    text += record.warnings;
    return text;
}

SourceRecord read_record(const PrimaryZoneConfig& config, std::string_view text) {
    const std::string first = first_words(config);
    if (!text.starts_with(first)) return {};
    text.remove_prefix(first.size());
    const auto count = take_number(text);
    if (!count || !text.starts_with('\n')) return {};
    text.remove_prefix(1);
    SourceRecord record;
    for (std::uint64_t number = 0; number < *count; ++number) {
        const auto size = take_number(text);
        const auto digest = take_number(text);
        const std::size_t end = text.find('\n');
        if (!size || !digest || end == std::string_view::npos) return {};
        record.files.push_back({.path = StoredPath(text.substr(0, end)),
                                .size = *size,
                                .mtime_ns = 0,
                                .digest = *digest,
                                .is_link = false});
        text.remove_prefix(end + 1);
    }
    if (record.files.empty() || record.files.front().path != config.file) return {};
    record.warnings = text;
    return record;
}

}  // namespace lockstep
