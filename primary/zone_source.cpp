#include "primary/zone_source.hpp"

#include "base/replace_file.hpp"
#include "primary/overlay.hpp"
#include "primary/renumber.hpp"
#include "primary/serial_policy.hpp"
#include "primary/source_record.hpp"
#include "zonefile/serial_edit.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <sys/stat.h>

namespace lockstep {
namespace {

std::string lines_of(const std::vector<ZoneFileProblem>& problems) {
    std::string text;
    for (const auto& problem : problems)
        text += format_problem(problem) + "\n";
    return text;
}

SourceFailure load_error(ZoneFileErrors errors) {
    auto text = lines_of(errors.problems);
    if (errors.truncated) text += "and more errors\n";
    if (!text.empty()) text.pop_back();
    return {Error{ErrorCode::Invalid, std::move(text)}, std::move(errors.files)};
}

/// Without its SOA records.
RecordList without_soa(const RecordList& records) {
    RecordList rest;
    for (const auto& record : records) {
        if (record.type != RrType::SOA) rest.append(record);
    }
    return rest;
}

void append_all(RecordList& to, const RecordList& from) {
    for (const auto& record : from)
        to.append(record);
}

RecordList soa_list_of(const ZoneSnapshot& zone) {
    RecordList list;
    list.append({zone.apex(), RrType::SOA, zone.soa_rrset().ttl(), zone.soa_rrset().front()});
    return list;
}

/// The zone's own file has its path from the configuration, so that it stands in memory once.
std::vector<SourceFile> sharing(const StoredPath& path, std::vector<SourceFile> files) {
    for (auto& file : files) {
        if (file.path == path) file.path = path;
    }
    return files;
}

std::optional<Serial> serial_of(const ServedZonePtr& served) {
    if (!served || !served->zone) return std::nullopt;
    return served->zone->serial();
}

}  // namespace

Expected<SourcedZone, SourceFailure> source_zone(const PrimaryZoneConfig& config, const ServedZonePtr& served,
                                                 std::string_view loaded_from, const std::vector<Mark>& marks,
                                                 std::optional<Serial> forced, WallTime now) {
    LoadOptions options;
    if (auto known = read_record(config, loaded_from); serial_of(served) && !forced && !known.files.empty()) {
        if (auto same = read_unchanged(known.files, options))
            return SourcedZone{.candidate = std::nullopt,
                               .files = sharing(config.file, std::move(*same)),
                               .notes = std::move(known.warnings)};
    }
    if (forced) options.writer = LoadOptions::Writer::Done;  // we have put it there ourselves
    auto loaded = load_zone_file(config.file, Name(config.name), options);
    if (!loaded) return unexpected(load_error(std::move(loaded).error()));
    const std::string warnings = lines_of(loaded->warnings);
    SourcedZone result{.candidate = std::nullopt,
                       .files = sharing(config.file, std::move(loaded->files)),
                       .notes = warnings};
    const auto serial_now = serial_of(served);
    RecordList removed;
    RecordList added;
    auto content = Content::Changed;
    DNS_TRY_ASSIGN(Overlaid overlaid, overlay(loaded->zone, marks));
    result.notes += overlaid.notes;
    if (serial_now) {
        // Under the serial served, the files differ in content alone.
        DNS_TRY_ASSIGN(const auto alike, renumbered(overlaid.zone, *serial_now));
        const auto difference = diff(*served->zone, *alike);
        removed = without_soa(difference.removed);
        added = without_soa(difference.added);
        const bool same_soa = equal_octets(served->zone->soa_rrset().front(), alike->soa_rrset().front()) &&
                              served->zone->soa_rrset().ttl() == alike->soa_rrset().ttl();
        if (removed.empty() && added.empty() && same_soa) content = Content::Same;
    }
    auto choice = forced
                      ? Result<SerialChoice>(SerialChoice{*forced, {}})
                      : choose_serial(config.serial_policy, loaded->zone->serial(), serial_now, content, now);
    if (!choice) {
        return unexpected(
            SourceFailure(std::move(choice).error().in(config.file.string()), std::move(result.files)));
    }
    if (!choice->note.empty()) result.notes += fmt::format("{}: {}\n", config.name.to_string(), choice->note);
    Candidate candidate;
    candidate.source = write_record(config, {result.files, warnings});
    if (serial_now && content == Content::Same && choice->serial == *serial_now) {
        if (candidate.source == loaded_from && overlaid.marks.empty()) return result;
        candidate.marks = std::move(overlaid.marks);
        candidate.zone = served->zone;  // only what it was loaded from is stored
        result.candidate = std::move(candidate);
        return result;
    }
    DNS_TRY_ASSIGN(auto zone, renumbered(overlaid.zone, choice->serial));
    candidate.zone = zone;
    candidate.marks = std::move(overlaid.marks);
    if (serial_now) {
        ChangeSet changes{.from = *serial_now,
                          .to = choice->serial,
                          .removed = soa_list_of(*served->zone),
                          .added = soa_list_of(*zone)};
        append_all(changes.removed, removed);
        append_all(changes.added, added);
        candidate.changes = std::make_shared<const ChangeSet>(std::move(changes));
    }
    result.candidate = std::move(candidate);
    return result;
}

std::string commit_notes(const SourcedZone& source, const ServedZonePtr& before, const ZonePtr& now) {
    if (now == before->zone) return source.notes;
    const auto old = serial_of(before);
    return fmt::format("{}{}: serial {} -> {}\n", source.notes, now->apex().to_string(),
                       old ? to_string(*old) : "none", to_string(now->serial()));
}

bool changed_since(const std::vector<SourceFile>& files) {
    return files.empty() || std::any_of(files.begin(), files.end(), [](const SourceFile& file) {
               struct stat status{};
               if (::stat(file.path.c_str(), &status) != 0) return true;
               const auto mtime =
                   static_cast<std::int64_t>(status.st_mtim.tv_sec) * 1'000'000'000 + status.st_mtim.tv_nsec;
               return static_cast<std::uint64_t>(status.st_size) != file.size || mtime != file.mtime_ns;
           });
}

Result<Serial> bump_file(const PrimaryZoneConfig& config, const ServedZonePtr& served,
                         std::optional<Serial> wanted, WallTime now) {
    auto loaded = load_zone_file(config.file, Name(config.name));
    if (!loaded) return unexpected<Error>(load_error(std::move(loaded).error()));
    const auto written = loaded->zone->serial();
    const auto serial_now = serial_of(served).value_or(written);
    const Serial newest = is_newer(written, serial_now) ? written : serial_now;
    const Serial next = wanted.value_or(next_serial(newest, style_of(newest, now), now));
    if (!is_newer(next, serial_now)) {
        return fail(ErrorCode::Invalid, fmt::format("{} is not newer than {}, which is served (RFC 1982)",
                                                    to_string(next), to_string(serial_now)));
    }
    DNS_TRY_ASSIGN(const auto edit, edit_serial(config.file, Name(config.name), next));
    if (changed_since(loaded->files)) {
        return fail(ErrorCode::Invalid,
                    fmt::format("{} is being edited; nothing was written, try again", config.file.string()));
    }
    // A link stays a link: what it leads to is replaced.
    std::error_code error;
    const auto file = std::filesystem::canonical(edit.file, error);
    if (error) return fail(ErrorCode::Io, fmt::format("{}: {}", edit.file.string(), error.message()));
    DNS_TRY(replace_file(file, edit.text));
    return next;
}

}  // namespace lockstep
