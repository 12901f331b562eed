#include "primary/source_record.hpp"

#include "daemon/server.hpp"

#include <fmt/format.h>

#include <charconv>
#include <optional>

namespace lockstep {
namespace {

/// A line of version and policy, then one of size, digest and path for each file.
std::string first_line(const PrimaryZoneConfig& config) {
    return fmt::format("{} {}\n", version(), static_cast<int>(config.serial_policy));
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

std::string record_source(const PrimaryZoneConfig& config, const std::vector<SourceFile>& files) {
    std::string record = first_line(config);
    for (const auto& file : files)
        record += fmt::format("{} {} {}\n", file.size, file.digest, file.path.string());
    return record;
}

std::vector<SourceFile> recorded_files(const PrimaryZoneConfig& config, std::string_view record) {
    const std::string first = first_line(config);
    if (!record.starts_with(first)) return {};
    record.remove_prefix(first.size());
    std::vector<SourceFile> files;
    while (!record.empty()) {
        const auto size = take_number(record);
        const auto digest = take_number(record);
        const std::size_t end = record.find('\n');
        if (!size || !digest || end == std::string_view::npos) return {};
        files.push_back({.path = record.substr(0, end), .size = *size, .mtime_ns = 0, .digest = *digest});
        record.remove_prefix(end + 1);
    }
    if (files.empty() || files.front().path != config.file) return {};
    return files;
}

}  // namespace lockstep
