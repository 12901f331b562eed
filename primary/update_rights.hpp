#pragma once
// What a message wants to change, held against the rules of the zone. Standards: RFC 2136 §3.3, RFC 3007
// §3.1.
//
// Threads: pure. Errors: none. Security: what no rule covers is refused, whole message; the log gets the rule
// that nearly matched, the sender only what kind of thing was wrong.

#include "answer/update_in.hpp"
#include "primary/update_message.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace lockstep {

/// Why a message is refused.
struct UpdateRefusal {
    std::string text;            // for the log: which record, which rule
    std::string_view told = {};  // for the sender; of static storage
};

/// Where each of `updates` is allowed, in the zone as it is now: for how long the record lasts that it adds,
/// nothing: as long as nobody removes it.
[[nodiscard]] Expected<std::vector<std::optional<seconds>>, UpdateRefusal> allowed(
    const UpdateRequest& request, const std::vector<UpdateRecord>& updates, ZoneBuilder& zone);

/// The first rule that is about the sender; null where none is any more.
[[nodiscard]] const UpdateAccess* rule_of(const UpdateRequest& request);

}  // namespace lockstep
