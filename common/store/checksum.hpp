#pragma once
// The checksum on everything that the state file holds.
//
// Threads: values. Limits: finds damage, not malice. Standards: CRC-64/XZ (ECMA-182's polynomial, reflected).

#include "base/bytes.hpp"

#include <cstdint>

namespace lockstep {

/// CRC-64/XZ of the octets added, in order. Finds every burst of up to 64 bits, and misses other damage once
/// in 2^64. Value type.
class Checksum {
public:
    Checksum& add(Octets octets);
    [[nodiscard]] std::uint64_t value() const { return value_; }

private:
    std::uint64_t value_ = 0;
};

}  // namespace lockstep
