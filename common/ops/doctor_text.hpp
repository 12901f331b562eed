#pragma once
// What the doctor found, as text and as JSON.
//
// Threads: values. Errors: none.

#include "ops/status.hpp"
#include "sync/doctor.hpp"

#include <string>
#include <vector>

namespace lockstep {

/// Of one peer and zone. Value type.
struct ExaminedPeer {
    std::string peer;
    std::string address;
    std::string zone;
    PeerRole role = PeerRole::Secondary;
    std::vector<Finding> findings;

    [[nodiscard]] bool well() const;
};

/// A line for each step; the remedy of a bad one below it.
[[nodiscard]] std::string doctor_text(const std::vector<ExaminedPeer>& peers, Colour colour);
/// A list of {"peer","address","zone","role","steps":[{"step","ok","text","remedy"}]}.
[[nodiscard]] std::string doctor_json(const std::vector<ExaminedPeer>& peers);

}  // namespace lockstep
