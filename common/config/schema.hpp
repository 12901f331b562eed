#pragma once
// What the table of keys says to people and editors.

#include "config/load.hpp"

#include <string>

namespace lockstep {

/// The JSON Schema (draft 7) of a role's configuration file; deploy/config has it as ROLE.schema.json.
[[nodiscard]] std::string schema_json(Role role);

/// The keys of both roles as the reference part of lockstep.json(5), in scdoc's markup.
[[nodiscard]] std::string reference_scd();

}  // namespace lockstep
