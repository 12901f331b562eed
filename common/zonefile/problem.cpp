#include "zonefile/problem.hpp"

namespace lockstep {

std::string format_problem(const ZoneFileProblem& problem, ProblemFormat format) {
    std::string text = problem.file;
    if (problem.line > 0) text += ':' + std::to_string(problem.line) + ':' + std::to_string(problem.column);
    text += problem.severity == ZoneFileProblem::Severity::Error ? ": error: " : ": warning: ";
    text += problem.text;
    if (format == ProblemFormat::OneLine || problem.source_line.empty()) return text;
    text += "\n    " + problem.source_line;
    // One column more than the line has is the place where something is missing.
    if (problem.column <= problem.source_line.size() + 1) {
        text += "\n    " + std::string(problem.column - 1, ' ') + '^';
    }
    return text;
}

}  // namespace lockstep
