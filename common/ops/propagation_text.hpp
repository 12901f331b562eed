#pragma once
// How long serials took to arrive, as JSON.
//
// Threads: values. Errors: none.

#include "sync/propagation.hpp"

#include <string>
#include <vector>

namespace lockstep {

/// {"window_seconds","now","episodes":[{"zone","peer","serial","served_at","seen_at","seconds"}]}, oldest
/// first; "seen_at" is null of what is still on its way.
[[nodiscard]] std::string propagation_json(const std::vector<Propagation>& episodes, WallTime now);
/// One episode, on one line.
[[nodiscard]] std::string propagation_json_line(const Propagation& episode);

}  // namespace lockstep
