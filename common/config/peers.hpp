#pragma once
// "secondaries" and "primaries": the servers at the other end.

#include "base/endpoint.hpp"
#include "tsig/key.hpp"

#include <memory>
#include <string>

namespace lockstep {

/// A configured primary or secondary. Value type; zones refer to it by its place in the list.
struct PeerConfig {
    std::string name;  // unique in its list, case-blind
    Endpoint address;
    std::shared_ptr<const TsigKey> key;  // null = none; otherwise demanded and used, both ways

    /// Equal as configured: the keys are compared by value.
    [[nodiscard]] bool operator==(const PeerConfig& other) const;
};

}  // namespace lockstep
