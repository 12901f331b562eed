#include "config/problem.hpp"

#include <fmt/format.h>

namespace lockstep {

std::string ConfigProblem::to_string() const {
    auto place = file;
    if (line != 0) place += fmt::format(":{}:{}", line, column);
    if (pointer.empty()) return fmt::format("{}: {}", place, text);
    return fmt::format("{}: {} (at {})", place, text, pointer);
}

}  // namespace lockstep
