#pragma once
// "keys": what is common to all that refer to them.

#include "tsig/key.hpp"

namespace lockstep {

/// Equal by value, or both none. Time: independent of the secrets' octets.
[[nodiscard]] bool same_key(const TsigKeyPtr& a, const TsigKeyPtr& b);

}  // namespace lockstep
