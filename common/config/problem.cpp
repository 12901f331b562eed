#include "config/problem.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace lockstep {

std::string ConfigProblem::to_string() const {
    auto line_text = file;
    if (line != 0) line_text += fmt::format(":{}:{}", line, column);
    line_text += ": " + text;
    if (!pointer.empty()) line_text += fmt::format(" (at {})", pointer);
    // What others wrote must not steer a terminal.
    std::string shown;
    for (const char character : line_text) {
        if (is_control(character)) {
            shown += fmt::format("\\u{:04x}", static_cast<unsigned>(character));
        } else {
            shown += character;
        }
    }
    return shown;
}

std::string ConfigProblem::with_source() const {
    if (source_line.empty()) return to_string();
    auto shown = source_line;
    std::replace_if(shown.begin(), shown.end(), is_control, ' ');
    return fmt::format("{}\n    {}\n    {:>{}}", to_string(), shown, '^', column);
}

}  // namespace lockstep
