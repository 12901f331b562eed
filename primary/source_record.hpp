#pragma once
// What a zone was loaded from, kept beside it in the store, so that files which are the same again need not
// be parsed.
//
// Threads: pure. Errors: none: what is not understood stands for nothing.

#include "config/zones.hpp"
#include "zonefile/zone_file.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace lockstep {

/// Value type.
struct SourceRecord {
    std::vector<SourceFile> files;
    std::string warnings;  // one a line
};

/// For Candidate::source: what `config` was loaded from, and what there was to say of it.
[[nodiscard]] std::string write_record(const PrimaryZoneConfig& config, const SourceRecord& record);
/// What write_record() was given, but for the files' times. No files where it was written by another version
/// of this program, which may judge them otherwise, or for another file or serial policy.
[[nodiscard]] SourceRecord read_record(const PrimaryZoneConfig& config, std::string_view text);

}  // namespace lockstep
