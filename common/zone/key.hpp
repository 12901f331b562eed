#pragma once
// A name as a key whose octet order is the zone's canonical order (RFC 4034 §6.1).
//
// Labels below the apex, from the root outward, lower-cased, each ended by 0x00; within a label 0x00 is
// written 0x01 0x01 and 0x01 is written 0x01 0x02. So a name's key is a prefix of the keys of all names below
// it, the apex has the empty key, and no key has two 0x00 in a row.

#include "base/bytes.hpp"
#include "wire/labels.hpp"
#include "wire/name.hpp"

#include <array>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>

namespace lockstep {

/// Value type; about 512 octets, never allocates.
class NameKey {
public:
    static constexpr std::size_t max_octets =
        512;  // 250 octets of labels, each escaped, and their ends come to 504

    NameKey() = default;
    /// `name` must be within the apex, which has `apex_octets` octets.
    NameKey(const LabelledName& name, std::size_t apex_octets);
    NameKey(NameView name, std::size_t apex_octets) : NameKey(LabelledName(name), apex_octets) {}
    NameKey(const NameKey& other) { assign(other.octets()); }
    NameKey& operator=(const NameKey& other) {
        if (this != &other) assign(other.octets());
        return *this;
    }

    [[nodiscard]] Octets octets() const { return {octets_.data(), size_}; }
    [[nodiscard]] std::size_t size() const { return size_; }
    void assign(Octets octets) {
        size_ = 0;
        append(octets);
    }
    void append(Octets octets) {
        if (!octets.empty()) std::memcpy(octets_.data() + size_, octets.data(), octets.size());
        size_ += octets.size();
    }

    /// Whether it is that of a name within the one whose key `other` is.
    [[nodiscard]] bool begins_with(const NameKey& other) const {
        return size_ >= other.size_ && std::memcmp(octets_.data(), other.octets_.data(), other.size_) == 0;
    }
    /// Keeps the first `octets`, which it must have.
    void shorten(std::size_t octets) { size_ = octets; }
    /// Room for so many more octets, which the caller writes.
    std::byte* extend(std::size_t octets) {
        size_ += octets;
        return octets_.data() + size_ - octets;
    }

private:
    std::size_t size_ = 0;
    std::array<std::byte, max_octets> octets_;  // the first size_ octets count
};

/// Writes the name of `key` so that it ends where `out` ends, whose last octets hold the apex already; its
/// size in octets.
std::size_t write_name(Octets key, std::size_t apex_octets, std::span<std::byte, max_name_octets> out);

/// The same as a Name.
[[nodiscard]] Name name_of(Octets key, NameView apex);

/// What write_name() would yield.
[[nodiscard]] std::size_t name_octets(Octets key, std::size_t apex_octets);

/// Whether `key` is what NameKey makes of some name of at most 255 octets.
[[nodiscard]] bool is_sound_key(Octets key, std::size_t apex_octets);

/// Whether one of the labels of `key` is an asterisk.
[[nodiscard]] bool has_asterisk_label(Octets key);

/// The order of keys: that of their octets, a prefix first.
[[nodiscard]] inline std::strong_ordering compare_keys(Octets a, Octets b) {
    // Keys are short: a call to memcmp would cost more than it does. Words may overlap, as what was compared
    // is equal.
    const std::size_t both = a.size() < b.size() ? a.size() : b.size();
    const auto word = [&]<class U>(U, std::size_t at) {
        return load_big_endian<U>(a.data() + at) <=> load_big_endian<U>(b.data() + at);
    };
    auto order = std::strong_ordering::equal;
    if (both >= 8) {
        for (std::size_t at = 0; at < both - 8 && order == 0; at += 8)
            order = word(std::uint64_t{}, at);
        if (order == 0) order = word(std::uint64_t{}, both - 8);
    } else if (both >= 4) {
        order = word(std::uint32_t{}, 0);
        if (order == 0) order = word(std::uint32_t{}, both - 4);
    } else {
        for (std::size_t at = 0; at < both && order == 0; ++at)
            order = a[at] <=> b[at];
    }
    return order != 0 ? order : a.size() <=> b.size();
}

/// Octets that both begin with.
[[nodiscard]] std::size_t common_prefix(Octets a, Octets b);
/// Whole labels within the first `octets` of `key`.
[[nodiscard]] std::size_t whole_labels(Octets key, std::size_t octets);

}  // namespace lockstep
