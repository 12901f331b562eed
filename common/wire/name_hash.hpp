#pragma once
// Case-blind hashing of names and of parts of them, eight octets at a time.
//
// Threads: pure. Errors: none. Security: the start is drawn at random, so that collisions cannot be prepared.
// Standards: RFC 4343.

#include "base/bytes.hpp"

#include <cstdint>
#include <cstring>

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

/// `hash` of what came before, and of `octets` in lower case.
[[nodiscard]] inline std::uint64_t hash_folded(std::uint64_t hash, Octets octets) {
    std::size_t at = 0;
    for (; octets.size() - at >= 8; at += 8) {
        std::uint64_t word = 0;
        std::memcpy(&word, octets.data() + at, 8);
        hash = mix_hash(hash, fold_word(word));
    }
    if (at == octets.size()) return hash;
    std::uint64_t word = 0;
    for (std::size_t i = octets.size(); i > at; --i)
        word = word << 8 | std::to_integer<std::uint64_t>(octets[i - 1]);
    return mix_hash(hash, fold_word(word));
}

}  // namespace lockstep
