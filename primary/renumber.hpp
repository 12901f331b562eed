#pragma once
// A zone under another serial.
//
// Threads: pure. Cost: one path through the tree.

#include "base/result.hpp"
#include "wire/serial.hpp"
#include "zone/snapshot.hpp"

namespace lockstep {

[[nodiscard]] Result<ZonePtr> renumbered(const ZonePtr& zone, Serial serial);

}  // namespace lockstep
