#pragma once
// Octets and a bounded big-endian cursor over them.

#include <bit>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

namespace lockstep {

/// Somebody else's octets, read only. A view: never stored without naming the owner.
using Octets = std::span<const std::byte>;
/// Owned octets.
using OctetString = std::vector<std::byte>;

[[nodiscard]] inline Octets as_octets(std::string_view text) {
    return std::as_bytes(std::span(text.data(), text.size()));
}
[[nodiscard]] inline std::string_view as_text(Octets octets) {
    return {reinterpret_cast<const char*>(octets.data()), octets.size()};
}
template <std::unsigned_integral U>
[[nodiscard]] constexpr U from_big_endian(U value) {
    return std::endian::native == std::endian::little ? std::byteswap(value) : value;
}

/// Reads `sizeof(U)` octets at `at`, which the caller knows to be there, in this machine's own order.
template <std::unsigned_integral U>
[[nodiscard]] inline U load_native(const std::byte* at) {
    U value;
    std::memcpy(&value, at, sizeof value);
    return value;
}
template <std::unsigned_integral U>
inline void store_native(std::byte* at, U value) {
    std::memcpy(at, &value, sizeof value);
}

/// Most are names, keys and labels, for which a call takes longer than comparing them. Words may overlap, as
/// what was compared is equal.
[[nodiscard]] inline bool equal_octets(Octets a, Octets b) {
    constexpr std::size_t few = 64;
    const std::size_t size = a.size();
    if (size != b.size()) return false;
    const auto same = [&]<class U>(U, std::size_t at) {
        return load_native<U>(a.data() + at) == load_native<U>(b.data() + at);
    };
    if (size > few) return std::memcmp(a.data(), b.data(), size) == 0;
    if (size >= 8) {
        for (std::size_t at = 0; at < size - 8; at += 8) {
            if (!same(std::uint64_t{}, at)) return false;
        }
        return same(std::uint64_t{}, size - 8);
    }
    if (size >= 4) return same(std::uint32_t{}, 0) && same(std::uint32_t{}, size - 4);
    if (size >= 2) return same(std::uint16_t{}, 0) && same(std::uint16_t{}, size - 2);
    return size == 0 || a[0] == b[0];
}
/// Copies `octets` to `to`, which does not overlap them: few by words that may overlap, as above.
inline void copy_octets(std::byte* to, Octets octets) {
    const std::size_t size = octets.size();
    const auto copy = [&]<class U>(U) {
        store_native(to, load_native<U>(octets.data()));
        store_native(to + size - sizeof(U), load_native<U>(octets.data() + size - sizeof(U)));
    };
    if (size > 16) {
        std::memcpy(to, octets.data(), size);
    } else if (size >= 8) {
        copy(std::uint64_t{});
    } else if (size >= 4) {
        copy(std::uint32_t{});
    } else {
        for (std::size_t at = 0; at < size; ++at)
            to[at] = octets[at];
    }
}

/// Reads an integer from `sizeof(U)` octets at `at`, which the caller knows to be there.
template <std::unsigned_integral U>
[[nodiscard]] inline U load_big_endian(const std::byte* at) {
    return from_big_endian(load_native<U>(at));
}
template <std::unsigned_integral U>
inline void store_big_endian(std::byte* at, U value) {
    store_native(at, from_big_endian(value));
}
template <std::unsigned_integral U>
inline void append_big_endian(OctetString& out, U value) {
    const auto at = out.size();
    out.resize(at + sizeof(U));
    store_big_endian(out.data() + at, value);
}
inline void append_octets(OctetString& out, Octets octets) {
    out.insert(out.end(), octets.begin(), octets.end());
}

/// Reads big-endian integers and runs of octets, never past the end. Value type; a view of its octets.
class ByteCursor {
public:
    explicit ByteCursor(Octets octets) : octets_(octets) {}

    [[nodiscard]] std::size_t position() const { return at_; }
    [[nodiscard]] std::size_t remaining() const { return octets_.size() - at_; }
    [[nodiscard]] bool empty() const { return remaining() == 0; }

    /// The next integer, or nothing where fewer octets are left (the cursor then stays).
    template <std::unsigned_integral U>
    [[nodiscard]] std::optional<U> read() {
        if (remaining() < sizeof(U)) return std::nullopt;
        const U value = load_big_endian<U>(octets_.data() + at_);
        at_ += sizeof(U);
        return value;
    }
    /// The next `count` octets, or nothing where fewer are left (the cursor then stays).
    [[nodiscard]] std::optional<Octets> take(std::size_t count) {
        if (remaining() < count) return std::nullopt;
        const Octets taken = octets_.subspan(at_, count);
        at_ += count;
        return taken;
    }
    [[nodiscard]] Octets rest() {
        const Octets taken = octets_.subspan(at_);
        at_ = octets_.size();
        return taken;
    }

private:
    Octets octets_;
    std::size_t at_ = 0;
};

}  // namespace lockstep
