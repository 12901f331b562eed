#include "config/problem.hpp"

#include <fmt/format.h>

namespace lockstep {

std::string ConfigProblem::to_string() const {
    auto line_text = file;
    if (line != 0) line_text += fmt::format(":{}:{}", line, column);
    line_text += ": " + text;
    if (!pointer.empty()) line_text += fmt::format(" (at {})", pointer);
    // What others wrote must not steer a terminal.
    std::string shown;
    for (const char character : line_text) {
        if (static_cast<unsigned char>(character) < 0x20 || character == 0x7f) {
            shown += fmt::format("\\u{:04x}", static_cast<unsigned>(character));
        } else {
            shown += character;
        }
    }
    return shown;
}

}  // namespace lockstep
