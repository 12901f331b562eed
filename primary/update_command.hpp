#pragma once
// `lockstep-primary update`: nsupdate's commands, carried out by the daemon behind a control socket.
//
// Threads: the main thread; blocks. Errors: text to stderr, `FILE:LINE:COLUMN: text` where a line is at
// fault, and an exit code. A line at fault ends it, but on a terminal; a message that fails does not keep the
// next ones back.

#include "ops/control.hpp"

#include <filesystem>
#include <string>

namespace lockstep {

/// `file` is "-" for stdin.
[[nodiscard]] ExitCode run_update(const std::filesystem::path& socket, const std::string& file);

}  // namespace lockstep
