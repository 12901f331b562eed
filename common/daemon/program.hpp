#pragma once
// The command line that both programs share: verbs, options, exit codes (INTERFACE.md, "Commands").
//
// Threads: the main thread. Errors: text to stderr and an exit code.

#include "config/load.hpp"
#include "ops/control.hpp"
#include "wire/serial.hpp"
#include "zonefile/zone_file.hpp"

#include <filesystem>
#include <functional>
#include <optional>
#include <string>

namespace lockstep {

/// What differs between the roles.
struct Program {
    Role role;
    /// Runs the daemon until it is told to stop.
    std::function<ExitCode(const std::filesystem::path& config)> serve;
    /// Checks the configuration and all that it names; prints every problem.
    std::function<ExitCode(const std::filesystem::path& config)> check;
    /// Reads commands of nsupdate from a file ("-": stdin) and has the daemon behind the socket carry them
    /// out; empty where the role takes no updates.
    std::function<ExitCode(const std::filesystem::path& socket, const std::string& file)> update = {};
};

/// Parses the arguments and does what they say. Returns the process's exit code.
[[nodiscard]] int run_program(const Program& program, int argc, char** argv);

/// Prints problems to stderr, one a line; on a terminal with the source line and a caret.
void print_problems(const ConfigProblems& problems);

/// What a load of `file` came to, printed likewise; `served` is the serial that a daemon serves of the zone
/// now, to warn of a file that has fallen behind it. Returns whether the file can be loaded.
bool print_zone_problems(const Expected<LoadedZone, ZoneFileErrors>& loaded, const std::string& file,
                         std::optional<Serial> served);

}  // namespace lockstep
