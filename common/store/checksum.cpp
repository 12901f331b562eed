#include "store/checksum.hpp"

#include <array>
#include <bit>
#include <cstring>

namespace lockstep {
namespace {

constexpr std::size_t slices = 8;
using Tables = std::array<std::array<std::uint64_t, 256>, slices>;

/// tables[0] is the usual table of one octet; tables[n] that of an octet with n zero octets behind it.
constexpr Tables make_tables() {
    constexpr std::uint64_t polynomial = 0xc96c5795d7870f42;
    Tables tables{};
    for (std::size_t octet = 0; octet < 256; ++octet) {
        std::uint64_t value = octet;
        for (int bit = 0; bit < 8; ++bit)
            value = (value & 1) != 0 ? value >> 1 ^ polynomial : value >> 1;
        tables[0][octet] = value;
    }
    for (std::size_t n = 1; n < slices; ++n) {
        for (std::size_t octet = 0; octet < 256; ++octet) {
            const std::uint64_t value = tables[n - 1][octet];
            tables[n][octet] = value >> 8 ^ tables[0][value & 0xff];
        }
    }
    return tables;
}

constexpr Tables tables = make_tables();

}  // namespace

Checksum& Checksum::add(Octets octets) {
    std::uint64_t state = state_;
    std::size_t at = 0;
    // Eight octets a step, each looked up as if the others were zero (slicing-by-8).
    for (; octets.size() - at >= slices; at += slices) {
        std::uint64_t word = 0;
        std::memcpy(&word, octets.data() + at, slices);
        if constexpr (std::endian::native == std::endian::big) word = std::byteswap(word);
        state ^= word;
        std::uint64_t next = 0;
        for (std::size_t i = 0; i < slices; ++i)
            next ^= tables[slices - 1 - i][state >> (8 * i) & 0xff];
        state = next;
    }
    for (; at < octets.size(); ++at)
        state = state >> 8 ^ tables[0][(state ^ std::to_integer<std::uint64_t>(octets[at])) & 0xff];
    state_ = state;
    return *this;
}

}  // namespace lockstep
