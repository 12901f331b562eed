#pragma once
// The command line that both programs share: verbs, options, exit codes (INTERFACE.md, "Commands").
//
// Threads: the main thread. Errors: text to stderr and an exit code.

#include "config/load.hpp"
#include "ops/control.hpp"

#include <filesystem>
#include <functional>

namespace lockstep {

/// What differs between the roles.
struct Program {
    Role role;
    /// Runs the daemon until it is told to stop.
    std::function<ExitCode(const std::filesystem::path& config)> serve;
    /// Checks the configuration and all that it names; prints every problem.
    std::function<ExitCode(const std::filesystem::path& config)> check;
};

/// Parses the arguments and does what they say. Returns the process's exit code.
[[nodiscard]] int run_program(const Program& program, int argc, char** argv);

/// Prints problems to stderr, one a line.
void print_problems(const ConfigProblems& problems);

}  // namespace lockstep
