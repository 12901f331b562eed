#pragma once
// What is wrong with a master file, and where: for people, compiler style.
//
// Threads: values. Errors: none. Limits: 50 errors and 50 warnings a load by default; quoted source lines are
// cut at 160 octets. Security: texts quote words of the file with control characters escaped, so they are
// safe on a terminal and in a log.

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace lockstep {

/// One finding. Value type.
struct ZoneFileProblem {
    enum class Severity : std::uint8_t { Error, Warning };
    Severity severity = Severity::Error;
    std::string file;
    unsigned line = 0;    // from 1; 0: the file as a whole (it cannot be read)
    unsigned column = 0;  // in octets, from 1
    std::string text;
    std::string
        source_line;  // as it stands in the file, control characters replaced; empty where there is none

    friend bool operator==(const ZoneFileProblem&, const ZoneFileProblem&) = default;
};

enum class ProblemFormat { OneLine, WithSource };

/// `FILE:LINE:COLUMN: error: text` (or `warning:`), without a newline at the end; WithSource adds the line
/// and a caret below it.
[[nodiscard]] std::string format_problem(const ZoneFileProblem& problem,
                                         ProblemFormat format = ProblemFormat::OneLine);

}  // namespace lockstep
