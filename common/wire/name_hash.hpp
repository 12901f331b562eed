#pragma once
// Case-blind hashing of names and of parts of them, eight octets at a time.
//
// Threads: pure. Errors: none. Security: the start is drawn at random, so that collisions cannot be prepared.
// Standards: RFC 4343.

#include "base/bytes.hpp"

#include <cstdint>

namespace lockstep {

/// Lower-cases eight octets at once; octets from 0x80 stay.
[[nodiscard]] constexpr std::uint64_t fold_word(std::uint64_t word) {
    constexpr std::uint64_t ones = 0x0101010101010101;
    const std::uint64_t seven_bits = word & (ones * 0x7f);
    const std::uint64_t from_a = seven_bits + ones * (0x80 - 'A');
    const std::uint64_t past_z = seven_bits + ones * (0x7f - 'Z');
    const std::uint64_t upper = (from_a ^ past_z) & ~word & (ones * 0x80);
    return word | upper >> 2;
}

/// `hash` of what came before, and of `word`.
[[nodiscard]] constexpr std::uint64_t mix_hash(std::uint64_t hash, std::uint64_t word) {
    hash = (hash ^ word) * 0xff51afd7ed558ccd;
    return hash ^ hash >> 32;
}

/// `hash` of what came before, and of `octets`, one at least, in lower case. What is left behind the last
/// whole word is read in parts that may overlap.
[[nodiscard]] inline std::uint64_t hash_folded(std::uint64_t hash, Octets octets) {
    const std::byte* at = octets.data();
    std::size_t left = octets.size();
    for (; left > 8; left -= 8, at += 8)
        hash = mix_hash(hash, fold_word(load_native<std::uint64_t>(at)));
    std::uint64_t word = 0;
    if (left >= 4) {
        word =
            std::uint64_t{load_native<std::uint32_t>(at)} << 32 | load_native<std::uint32_t>(at + left - 4);
    } else {
        for (const std::size_t part : {std::size_t{0}, left / 2, left - 1})
            word = word << 8 | std::to_integer<std::uint64_t>(at[part]);
        word |= left << 24;
    }
    return mix_hash(hash, fold_word(word));
}

}  // namespace lockstep
