#pragma once
// From a master file to a candidate for the store, and back: the serial that `bump` writes.
//
// Threads: any (they block on the disk and take long: the pool's). Errors: text with FILE:LINE:COLUMN, one
// problem a line.

#include "config/zones.hpp"
#include "store/marks.hpp"
#include "store/zone_store.hpp"
#include "zonefile/zone_file.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace lockstep {

/// What a load came to.
struct SourcedZone {
    std::optional<Candidate> candidate;  // nothing where what is served is right already
    std::vector<SourceFile> files;
    std::string notes;  // warnings, the serial's note; one a line
};

/// Why a zone could not be loaded. `files` are those that were read: when one of them changes, it is worth
/// trying again.
struct SourceFailure : Error {
    SourceFailure(Error error, std::vector<SourceFile> read = {})
        : Error(std::move(error)), files(std::move(read)) {}
    std::vector<SourceFile> files;
};

/// Loads the file of `config`, puts the updates on it that `marks` tell of, and decides the serial against
/// `served`; `forced` overrides the policy. `loaded_from` is the Candidate::source that `served` came from:
/// files that are the same again are read, not parsed.
[[nodiscard]] Expected<SourcedZone, SourceFailure> source_zone(const PrimaryZoneConfig& config,
                                                               const ServedZonePtr& served,
                                                               std::string_view loaded_from,
                                                               const std::vector<Mark>& marks,
                                                               std::optional<Serial> forced, WallTime now);

/// What to tell the operator of `source`, committed as `now` where `before` was served.
[[nodiscard]] std::string commit_notes(const SourcedZone& source, const ServedZonePtr& before,
                                       const ZonePtr& now);

/// Whether any of the files has another size or modification time than when it was read.
[[nodiscard]] bool changed_since(const std::vector<SourceFile>& files);

/// What `bump` does before it reloads: finds the next serial (`wanted`, or the one after what is served and
/// written), writes it into the file. Errors: Invalid (the file has errors, `wanted` is not newer), Io; then
/// the file is as it was.
[[nodiscard]] Result<Serial> bump_file(const PrimaryZoneConfig& config, const ServedZonePtr& served,
                                       std::optional<Serial> wanted, WallTime now);

}  // namespace lockstep
