#include "base/cores.hpp"

#include <algorithm>
#include <sched.h>
#include <thread>

namespace lockstep {

std::size_t usable_cores() {
    cpu_set_t cores;
    if (::sched_getaffinity(0, sizeof cores, &cores) == 0) return static_cast<std::size_t>(CPU_COUNT(&cores));
    return std::max(1U, std::thread::hardware_concurrency());  // more cores than cpu_set_t has places
}

}  // namespace lockstep
