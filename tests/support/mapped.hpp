#pragma once
// What memory this process has.

#include <cstddef>
#include <cstdint>
#include <fstream>
#include <string>
#include <unistd.h>

namespace lockstep::test {

/// Whether `at` is in a mapping of this process.
inline bool is_mapped(const void* at) {
    const auto wanted = reinterpret_cast<std::uintptr_t>(at);
    std::ifstream maps("/proc/self/maps");
    for (std::string line; std::getline(maps, line);) {
        const auto begin = std::stoull(line, nullptr, 16);
        const auto end = std::stoull(line.substr(line.find('-') + 1), nullptr, 16);
        if (begin <= wanted && wanted < end) return true;
    }
    return false;
}

/// How much memory this process has, touched or not.
inline std::size_t mapped_octets() {
    std::ifstream statm("/proc/self/statm");
    std::size_t pages = 0;
    statm >> pages;
    return pages * static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
}

}  // namespace lockstep::test
