#pragma once
// Reads small files whole, and only files.

#include "base/result.hpp"

#include <cstddef>
#include <filesystem>
#include <string>

namespace lockstep {

/// Whether others than the owner and his group may read it, or others than the owner write it.
enum class FileAccess { Any, Private };

/// The content. Errors: NotFound, Io, Limit beyond `most` octets, Invalid where it is no regular file,
/// Refused where it must be Private and is not. The texts do not name the file.
[[nodiscard]] Result<std::string> read_text_file(const std::filesystem::path& file, std::size_t most,
                                                 FileAccess access);

}  // namespace lockstep
