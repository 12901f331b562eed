#pragma once
// A new serial in a master file, everything else as its author left it: what `bump` writes.
//
// Threads: pure functions of files and text. Errors: NotFound (no SOA), Invalid (the file has errors; the
// text is the first of them), Unsupported (the SOA is written in the generic form of RFC 3597 or by
// $GENERATE), Io. Limits: LoadOptions' defaults.

#include "base/result.hpp"
#include "wire/name.hpp"
#include "wire/serial.hpp"

#include <filesystem>
#include <string>
#include <string_view>

namespace lockstep {

/// The file that holds the SOA and its whole text with the serial's digits replaced. Value type.
struct SerialEdit {
    std::filesystem::path file;  // the main file, or the included one
    std::string text;
    Serial before;
};

/// Finds the SOA of `apex` in `file` or what it includes. Nothing is written. A second SOA (as at the end of
/// a zone transfer's output) gets the new serial too where it stands in the same file.
[[nodiscard]] Result<SerialEdit> edit_serial(const std::filesystem::path& file, const Name& apex,
                                             Serial next);

/// The same for text without $INCLUDE. Errors: Invalid where it has an $INCLUDE, too.
[[nodiscard]] Result<std::string> with_serial(std::string_view text, const Name& apex, Serial next);

}  // namespace lockstep
