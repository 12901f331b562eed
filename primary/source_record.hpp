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

/// For Candidate::source: `files`, which `config` was loaded from without a word to the operator.
[[nodiscard]] std::string record_source(const PrimaryZoneConfig& config,
                                        const std::vector<SourceFile>& files);
/// The files of `record`, without their times. None where it was made by another version of this program,
/// which may judge them otherwise, or for another file or serial policy.
[[nodiscard]] std::vector<SourceFile> recorded_files(const PrimaryZoneConfig& config,
                                                     std::string_view record);

}  // namespace lockstep
