#include "store/write_ahead_log.hpp"

#include "base/bytes.hpp"

#include <array>
#include <bit>
#include <fstream>
#include <span>

namespace lockstep {
namespace {

constexpr std::uint32_t log_magic = 0x377f0682;  // its last bit: checksums are over big-endian words
constexpr std::size_t log_header_octets = 32;
constexpr std::size_t log_frame_header_octets = 24;
constexpr std::size_t largest_page = 65536;

std::uint32_t number(Octets octets, std::size_t at) {
    return load_big_endian<std::uint32_t>(octets.data() + at);
}

/// SQLite's running checksum: each frame's goes on from the one before it.
struct Sums {
    std::uint32_t first = 0;
    std::uint32_t second = 0;
    bool operator==(const Sums&) const = default;

    void add(Octets octets, bool big_endian) {
        for (std::size_t at = 0; at + 8 <= octets.size(); at += 8) {
            first += word(octets, at, big_endian) + second;
            second += word(octets, at + 4, big_endian) + first;
        }
    }
    static std::uint32_t word(Octets octets, std::size_t at, bool big_endian) {
        const std::uint32_t value = number(octets, at);
        return big_endian ? value : std::byteswap(value);
    }
    static Sums stored(Octets octets, std::size_t at) { return {number(octets, at), number(octets, at + 4)}; }
};

bool read(std::ifstream& file, std::span<std::byte> into) {
    file.read(reinterpret_cast<char*>(into.data()), static_cast<std::streamsize>(into.size()));
    return file.gcount() == static_cast<std::streamsize>(into.size());
}

}  // namespace

std::optional<std::uint64_t> damaged_at(const std::filesystem::path& log) {
    std::ifstream file(log, std::ios::binary);
    std::array<std::byte, log_header_octets> header{};
    if (!file || !read(file, header)) return std::nullopt;
    const bool big_endian = (number(header, 0) & 1) != 0;
    const std::size_t page = number(header, 8);
    Sums running;
    running.add(Octets(header).first(24), big_endian);
    // The header is synced before the first frame follows it.
    if ((number(header, 0) & ~1U) != log_magic || !(running == Sums::stored(header, 24)) || page < 512 ||
        page > largest_page || !std::has_single_bit(page)) {
        return file.peek() == std::ifstream::traits_type::eof() ? std::nullopt
                                                                : std::optional<std::uint64_t>{0};
    }

    OctetString frame(log_frame_header_octets + page);
    std::optional<std::uint64_t> broken;
    for (std::uint64_t at = log_header_octets; read(file, frame); at += frame.size()) {
        const Octets octets(frame);
        running.add(octets.first(8), big_endian);
        running.add(octets.subspan(log_frame_header_octets), big_endian);
        const bool same_log = equal_octets(octets.subspan(8, 8), Octets(header).subspan(16, 8));
        const bool checks = same_log && running == Sums::stored(octets, 16);
        const bool commits = number(octets, 4) != 0;
        if (!checks && !broken) broken = at;
        if (broken && checks && commits) return broken;
        // What follows a frame that does not check was summed up from what that frame said of itself.
        running = Sums::stored(octets, 16);
    }
    return std::nullopt;
}

}  // namespace lockstep
