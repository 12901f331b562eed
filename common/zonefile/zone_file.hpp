#pragma once
// Master files: text in, a zone or every error out. FORMAT.md is our reading of the grammar.
//
// Threads: pure functions of files and text; any thread, may block on the disk: never a query worker. Errors:
// ZoneFileErrors. Limits: LoadOptions. Security: $INCLUDE opens regular files only, below `include_root`
// where that is set. Standards: RFC 1035 §5, RFC 2308 §4, RFC 3597 §5, RFC 4343 §2.1.

#include "base/result.hpp"
#include "base/stored_path.hpp"
#include "wire/name.hpp"
#include "zone/snapshot.hpp"
#include "zonefile/problem.hpp"

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string_view>
#include <vector>

namespace lockstep {

/// A file that was read, and what tells whether it has changed since. Value type.
struct SourceFile {
    StoredPath path;
    std::uint64_t size = 0;
    std::int64_t mtime_ns = 0;  // since 1970
    std::uint64_t digest = 0;   // content_digest() of what was read
    bool is_link = false;       // the path led to a link, and that to what was read

    friend bool operator==(const SourceFile&, const SourceFile&) = default;
};

/// A 64-bit fingerprint of a file's content, the same in every run; against accidents, not against attackers.
[[nodiscard]] std::uint64_t content_digest(std::string_view text);

/// What a load may cost. Value type.
struct LoadOptions {
    unsigned max_include_depth = 20;
    std::uint64_t max_generated_records = 1'000'000;  // by all $GENERATE of a load together
    std::uint64_t max_file_octets = std::uint64_t{8} << 30;
    std::uint64_t max_files = 10'000;
    std::size_t max_errors = 50;
    std::size_t max_warnings = 50;
    enum class Includes : std::uint8_t { Allowed, Refused };
    Includes includes = Includes::Allowed;
    /// Done: nobody is writing the file any more. Else one written within the last tick of the file system's
    /// clock is read when that has passed (milliseconds), since a further write would not show in its times.
    enum class Writer : std::uint8_t { Unknown, Done };
    Writer writer = Writer::Unknown;
    /// A long text is read in parts of at least so many octets, side by side by so many threads at most; 0:
    /// as many as there are cores that we may use.
    std::size_t part_octets = std::size_t{8} << 20;
    unsigned readers = 0;
    std::filesystem::path include_root;  // where set, $INCLUDE of anything outside this folder is an error
};

/// A zone that is in order. `files` are all that were read, the main one first, for change detection.
struct LoadedZone {
    ZonePtr zone;
    std::vector<ZoneFileProblem> warnings;
    std::vector<SourceFile> files;
};

/// All that is wrong, in the order of the text, errors and warnings. `files` are those that could be read:
/// when one of them changes, it is worth trying again.
struct ZoneFileErrors {
    std::vector<ZoneFileProblem> problems;
    bool truncated = false;  // there were more errors than LoadOptions::max_errors
    std::vector<SourceFile> files;
};

/// Reads the zone `apex` from a master file and everything that it includes. A file that changes while it is
/// read is an error.
/// `$INCLUDE` paths are relative to the folder of the file they stand in.
[[nodiscard]] Expected<LoadedZone, ZoneFileErrors> load_zone_file(const StoredPath& file, const Name& apex,
                                                                  const LoadOptions& options = {});

/// Reads `files` of an earlier load, without parsing them: the same with their present times, where the
/// content of each is still what it was.
[[nodiscard]] std::optional<std::vector<SourceFile>> read_unchanged(const std::vector<SourceFile>& files,
                                                                    const LoadOptions& options = {});

/// load_zone_file() for text that is in memory already (standard input, tests); `file_name` is what problems
/// call it, and relative `$INCLUDE` paths are relative to the folder it names. `files` holds the included
/// files only.
[[nodiscard]] Expected<LoadedZone, ZoneFileErrors> load_zone_text(std::string_view text,
                                                                  std::string_view file_name,
                                                                  const Name& apex,
                                                                  const LoadOptions& options = {});

}  // namespace lockstep
