#pragma once
// The part of the table of keys that holds bounds and timers.

#include "config/table.hpp"

namespace lockstep {

extern const ObjectTable timers_object;
extern const ObjectTable limits_object;
extern const ObjectTable rate_limit_object;

}  // namespace lockstep
