#pragma once
// A daemon's state in a few words: `12 zones, 1 behind`.
//
// Threads: values. Errors: none.

#include <cstddef>
#include <string>

namespace lockstep {

/// Value type.
struct Summary {
    std::size_t zones = 0;
    std::size_t behind = 0;      // with a secondary that is not in step, or themselves behind their primary
    std::size_t not_served = 0;  // without content, or expired
};

[[nodiscard]] std::string to_string(const Summary& summary);

}  // namespace lockstep
