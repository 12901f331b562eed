#pragma once
// Tables of mistakes: what is said about each.

#include "sample.hpp"
#include "support/catch.hpp"

#include <initializer_list>
#include <string>

namespace lockstep::sample {

/// A text, and all records that it makes with all that is said about it, a line each.
struct Fault {
    std::string text;
    std::string said;
};

inline std::string joined(const Lines& lines) {
    std::string text;
    for (const auto& line : lines)
        text += (text.empty() ? "" : "\n") + line;
    return text;
}

/// Texts that stand behind `head`, whose records are left out.
inline void check_faults(std::initializer_list<Fault> faults) {
    for (const auto& fault : faults) {
        CAPTURE(fault.text);
        CHECK(joined(records(fault.text)) == fault.said);
    }
}

}  // namespace lockstep::sample
