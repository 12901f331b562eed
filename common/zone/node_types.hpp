#pragma once
// Which types a node has, to know in one pass what need not be looked for.

#include "zone/rrset.hpp"

#include <cstdint>

namespace lockstep {

/// A set of types, where those from 64 on, which are rare, count as one. Value type.
class NodeTypes {
public:
    template <class... Types>
    explicit constexpr NodeTypes(RrType first, Types... others) : bits_((bit(first) | ... | bit(others))) {}
    explicit NodeTypes(NodeView node) {
        for (auto at = node.begin(); at != node.end(); ++at)
            bits_ |= bit(at.type());
    }

    /// Exact for types from 1 to 63.
    [[nodiscard]] constexpr bool may_have(RrType type) const { return (bits_ & bit(type)) != 0; }
    [[nodiscard]] constexpr bool may_have_one_of(NodeTypes types) const { return (bits_ & types.bits_) != 0; }
    [[nodiscard]] constexpr bool are_among(NodeTypes types) const { return (bits_ & ~types.bits_) == 0; }

private:
    static constexpr std::uint64_t bit(RrType type) {
        const auto number = static_cast<std::uint16_t>(type);
        return std::uint64_t{1} << (number < 64 ? number : 0);
    }
    std::uint64_t bits_ = 0;
};

}  // namespace lockstep
