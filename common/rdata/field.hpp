#pragma once
// One field of RDATA in wire form: how long it is, whether it says what it may, where its names are.
//
// Threads: pure functions. Errors: WireError. Security: nothing past the given octets is read.

#include "base/bytes.hpp"
#include "rdata/layout.hpp"
#include "wire/error.hpp"

#include <cstdint>

namespace lockstep {

[[nodiscard]] inline std::size_t octet_at(Octets octets, std::size_t at) {
    return std::to_integer<std::size_t>(octets[at]);
}

/// Octets that `field` takes from the start of `rest`, which ends where the RDATA ends; names uncompressed.
/// Errors: Truncated, BadRdata, BadPointer, BadLabelType, NameTooLong.
[[nodiscard]] WireResult<std::size_t> field_octets(Field field, Octets rest);

/// What the fields of `rdata` owe each other. Errors: BadRdata.
[[nodiscard]] WireResult<void> check_rule(Rule rule, Octets rdata);

/// Octets of the uncompressed name at the start of `rest`. Errors: as field_octets.
[[nodiscard]] WireResult<std::size_t> name_octets(Octets rest);

/// Octets before the name within A6 RDATA (RFC 2874 §3.1), whose prefix length is at most 128.
[[nodiscard]] constexpr std::size_t a6_name_offset(std::size_t prefix_length) {
    return 1 + 16 - prefix_length / 8;
}

/// Whether `field` is a name that canonical form lower-cases.
[[nodiscard]] constexpr bool is_lowered(Field field) {
    return field == Field::NameCompressible || field == Field::NameDecompressed ||
           field == Field::NameLowered;
}
/// Whether `field` is a name that may stand compressed in a message that we read.
[[nodiscard]] constexpr bool is_decompressed(Field field) {
    return field == Field::NameCompressible || field == Field::NameDecompressed;
}

}  // namespace lockstep
