#pragma once
// What the kernel knows of this process, from /proc/self.
//
// Threads: any. Errors: none; what cannot be read is 0.

#include <cstdint>

namespace lockstep {

/// Value type.
struct ProcessFigures {
    double cpu_seconds = 0;  // user and system
    double start_time = 0;   // seconds since 1970
    std::uint64_t virtual_octets = 0;
    std::uint64_t resident_octets = 0;
    std::uint64_t open_descriptors = 0;
    std::uint64_t most_descriptors = 0;
    std::uint64_t threads = 0;
};

[[nodiscard]] ProcessFigures process_figures();

}  // namespace lockstep
