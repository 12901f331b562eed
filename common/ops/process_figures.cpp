#include "ops/process_figures.hpp"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <sys/resource.h>
#include <unistd.h>
#include <vector>

namespace lockstep {
namespace {

// Places in /proc/self/stat after the program's name, which ends at the last parenthesis (proc(5)).
constexpr std::size_t user_ticks = 11;
constexpr std::size_t system_ticks = 12;
constexpr std::size_t thread_count = 17;
constexpr std::size_t started_ticks = 19;
constexpr std::size_t virtual_size = 20;
constexpr std::size_t resident_pages = 21;

std::vector<std::uint64_t> own_stat() {
    std::ifstream file("/proc/self/stat");
    std::string line;
    std::getline(file, line);
    std::istringstream words(line.substr(std::min(line.rfind(')') + 1, line.size())));
    std::string word;
    std::vector<std::uint64_t> numbers;
    while (words >> word)
        numbers.push_back(std::strtoull(word.c_str(), nullptr, 10));
    numbers.resize(std::max(numbers.size(), resident_pages + 1));
    return numbers;
}

/// When the machine was started, in seconds since 1970.
double boot_time() {
    std::ifstream file("/proc/stat");
    for (std::string line; std::getline(file, line);) {
        if (line.starts_with("btime ")) return std::strtod(line.c_str() + 6, nullptr);
    }
    return 0;
}

}  // namespace

ProcessFigures process_figures() {
    static const double ticks_a_second = static_cast<double>(sysconf(_SC_CLK_TCK));
    static const double booted = boot_time();
    const auto stat = own_stat();
    ProcessFigures figures{
        .cpu_seconds = static_cast<double>(stat[user_ticks] + stat[system_ticks]) / ticks_a_second,
        .start_time = booted + static_cast<double>(stat[started_ticks]) / ticks_a_second,
        .virtual_octets = stat[virtual_size],
        .resident_octets = stat[resident_pages] * static_cast<std::uint64_t>(sysconf(_SC_PAGESIZE)),
        .open_descriptors = 0,
        .most_descriptors = 0,
        .threads = stat[thread_count]};
    std::error_code error;
    for (auto at = std::filesystem::directory_iterator("/proc/self/fd", error);
         !error && at != std::filesystem::directory_iterator(); at.increment(error))
        ++figures.open_descriptors;
    rlimit limit{};
    if (getrlimit(RLIMIT_NOFILE, &limit) == 0) figures.most_descriptors = limit.rlim_cur;
    return figures;
}

}  // namespace lockstep
