#pragma once
// Asks a running daemon, from the command line.
//
// Threads: any; blocks. Errors: NotFound where no daemon answers.

#include "ops/control.hpp"
#include "wire/name.hpp"
#include "wire/serial.hpp"

#include <filesystem>
#include <map>

namespace lockstep {

/// Sends `request` to the daemon behind `socket` and passes its output to stdout and stderr as it comes.
/// Returns the exit code.
[[nodiscard]] Result<ExitCode> ask_daemon(const std::filesystem::path& socket, const ControlRequest& request);

/// The same, with what comes kept in place of printed.
[[nodiscard]] Result<ControlReply> ask_quietly(const std::filesystem::path& socket,
                                               const ControlRequest& request);

/// Which serial the daemon behind `socket` serves of each zone; empty where none answers
/// within five seconds.
[[nodiscard]] std::map<Name, Serial, CanonicalLess> served_serials(const std::filesystem::path& socket);

/// Asks again twice a second, for ever: on a terminal in place, else whenever the answer is another one. A
/// daemon that is gone after the first answer is waited for.
[[nodiscard]] Result<ExitCode> watch_daemon(const std::filesystem::path& socket,
                                            const ControlRequest& request);

}  // namespace lockstep
