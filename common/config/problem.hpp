#pragma once
// What is wrong with a configuration, and where.

#include <compare>
#include <string>
#include <vector>

namespace lockstep {

/// One complaint about a configuration file. Value type.
struct ConfigProblem {
    std::string file;
    unsigned line = 0;    // from 1; 0 = the file as a whole
    unsigned column = 0;  // from 1, in characters
    std::string pointer;  // RFC 6901, e.g. /zones/3/file; empty = the whole document
    std::string text;
    std::string source_line = {};  // as it stands in the file; empty where it is long, or holds a secret

    /// `FILE:LINE:COLUMN: text (at POINTER)`; what is not known is left out, control characters are escaped.
    [[nodiscard]] std::string to_string() const;
    /// That, and below it the line, with a caret under the place.
    [[nodiscard]] std::string with_source() const;
    auto operator<=>(const ConfigProblem&) const = default;
};

using ConfigProblems = std::vector<ConfigProblem>;

/// Whether it is a control character of ASCII.
[[nodiscard]] constexpr bool is_control(char character) {
    return static_cast<unsigned char>(character) < 0x20 || character == 0x7f;
}

}  // namespace lockstep
