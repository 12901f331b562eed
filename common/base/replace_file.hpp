#pragma once
// Writes a file anew so that no crash leaves half of it.

#include "base/result.hpp"

#include <filesystem>
#include <string_view>
#include <sys/types.h>

namespace lockstep {

/// Makes `text` the content of `file`: after a crash it is the old content or the new one. Mode and owner
/// stay; a file that was not there gets `mode`. Durable on return. Errors: Io, naming file and step. Threads:
/// any, but of one file one at a time.
[[nodiscard]] Result<void> replace_file(const std::filesystem::path& file, std::string_view text,
                                        mode_t mode = 0600);

}  // namespace lockstep
