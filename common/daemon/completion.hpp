#pragma once
// Completion scripts for shells, made from the program's own verbs and options.
//
// Threads: values. Errors: none. Security: names of zones that a daemon tells are data; no script has a shell
// expand them.

#include <string>
#include <string_view>
#include <vector>

namespace lockstep {

enum class Shell { Bash, Zsh, Fish };

/// What stands after an option, or in its place.
enum class Completed { Nothing, Anything, File, Zone, Words };

/// `--json`, `--config FILE`. Value type.
struct CompletedOption {
    std::string name;  // with its dashes
    std::string help;
    Completed value = Completed::Nothing;
    std::vector<std::string> words;  // where the value is one of these
};

/// `status [ZONE] [--json]`; one that has verbs of its own has nothing else. Value type.
struct CompletedVerb {
    std::string name;
    std::string help;
    std::vector<CompletedOption> options;
    std::vector<Completed> places;   // what its operands are, in their order
    std::vector<std::string> words;  // of places that are Words
    std::vector<CompletedVerb> verbs;
};

/// The script for `program` (a name without a path), to be sourced, or installed where the shell looks.
[[nodiscard]] std::string completion_script(Shell shell, std::string_view program,
                                            const std::vector<CompletedVerb>& verbs);

}  // namespace lockstep
