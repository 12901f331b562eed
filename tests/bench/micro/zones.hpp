#pragma once
// The zones that the micro benchmarks measure on.
//
// Threads: one. Errors: what is no good throws, which ends the run.

#include "wire/name.hpp"
#include "zone/snapshot.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace lockstep::bench {

/// A registry's zone `example.` of so many delegations (registry.hpp); kept, and every time the same.
[[nodiscard]] const ZonePtr& registry_zone(std::int64_t delegations);
/// The same content, made anew: nothing is shared with any other.
[[nodiscard]] ZonePtr registry_zone_anew(std::int64_t delegations);
/// The labels of its delegations, in random order.
[[nodiscard]] const std::vector<std::string>& registry_labels(std::int64_t delegations);

/// A master file of `hosts` hosts: A, AAAA and MX of `hostN`, A of `mailN`, a CNAME `wwwN`; relative names.
[[nodiscard]] std::string hosts_text(std::int64_t hosts);

[[nodiscard]] ZonePtr zone_of(std::string_view text, const Name& apex);

/// The version after `zone`: the next serial, and another address at `changed` (the first, if it had none).
[[nodiscard]] ZonePtr next_version(const ZonePtr& zone);

}  // namespace lockstep::bench
