#pragma once
// How many processors there are for us. Threads: any.

#include <cstddef>

namespace lockstep {

/// The cores that the calling thread may run on, at least one: a service manager or container may have given
/// us fewer than the machine has. One system call. Source: sched_getaffinity(2).
[[nodiscard]] std::size_t usable_cores();

}  // namespace lockstep
