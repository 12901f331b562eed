#pragma once
// Asks a running daemon, from the command line.
//
// Threads: any; blocks. Errors: NotFound where no daemon answers.

#include "ops/control.hpp"

#include <filesystem>

namespace lockstep {

/// Sends `request` to the daemon behind `socket` and passes its output to stdout and stderr as it comes.
/// Returns the exit code.
[[nodiscard]] Result<ExitCode> ask_daemon(const std::filesystem::path& socket, const ControlRequest& request);

}  // namespace lockstep
